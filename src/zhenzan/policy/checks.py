"""Checks of single values, and the error that knows which key is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from zhenzan import toml
from zhenzan.errors import PolicyError
from zhenzan.toml import Key, shown

__all__ = ["DECIBANS_MAX", "NAME_LENGTH_MAX", "SHAPE", "InvalidKeyError", "number", "repeated", "text"]

NAME_LENGTH_MAX = 80
DECIBANS_MAX = 100.0  # ten billion to one: no single reason can say more


class InvalidKeyError(toml.InvalidKeyError, PolicyError):
    """A value of the policy is not allowed. `key` is its path, e.g. `("rule", 0, "weight")`."""


SHAPE = toml.Shape(InvalidKeyError)


def number(
    key: Key,
    value: Any,
    low: float,
    high: float,
    *,
    open_ends: bool = False,
    whole: bool = False,
) -> float | int:
    """Return `value` as a number within its range, or raise `InvalidKeyError`."""
    kind = "a whole number" if whole else "a number"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidKeyError(key, f"{shown(value)} is not {kind}")
    if whole and not isinstance(value, int):
        raise InvalidKeyError(key, f"{shown(value)} is not {kind}")
    inside = low < value < high if open_ends else low <= value <= high
    if not (math.isfinite(value) and inside):
        if math.isinf(low):
            raise InvalidKeyError(key, f"{shown(value)} is not a finite number")
        span = f"between {low:g} and {high:g}" + (", both excluded" if open_ends else "")
        raise InvalidKeyError(key, f"{shown(value)} is not {kind} {span}")
    return value if whole else float(value)


def text(key: Key, value: Any, length_max: int, *, lines: bool = False) -> str:
    """Return `value` as non-empty printable text, or raise `InvalidKeyError`."""
    if not isinstance(value, str):
        raise InvalidKeyError(key, f"{shown(value)} is not text")
    if not value.strip():
        raise InvalidKeyError(key, "is empty")
    if len(value) > length_max:
        raise InvalidKeyError(key, f"is {len(value)} characters long, more than {length_max}")
    unprintable = value.replace("\n", "").replace("\t", "") if lines else value
    if not unprintable.isprintable():
        raise InvalidKeyError(key, f"{shown(value)} holds unprintable characters")
    return value


def repeated(names: Iterable[str]) -> tuple[int, str] | None:
    """Return place and name of the first name that was there before."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            return index, name
        seen.add(name)
    return None
