"""Fields of a scenario: numbers, choices, switches and lists, each with its meaning, range and default."""

from __future__ import annotations

import itertools
import math
from dataclasses import Field, field, fields
from datetime import date
from typing import Any, ClassVar, cast

from zhenzan import toml
from zhenzan.errors import ScenarioError
from zhenzan.toml import Key, shown

__all__ = [
    "SHAPE",
    "InvalidKeyError",
    "Section",
    "choice",
    "flag",
    "number",
    "numbers",
    "one_number",
    "printable",
    "text",
]

NAME_LENGTH_MAX = 80


class InvalidKeyError(toml.InvalidKeyError, ScenarioError):
    """A value of the scenario is not allowed. `key` is its path, e.g. `("seller", 0, "strategy")`."""


SHAPE = toml.Shape(InvalidKeyError)


def number(default: float, what: str, low: float, high: float) -> Any:
    """A field that holds a number from `low` to `high`; whole where the default is."""
    return field(default=default, metadata={"what": what, "kind": "number", "low": low, "high": high})


def flag(default: bool, what: str) -> Any:
    """A field that is true or false."""
    return field(default=default, metadata={"what": what, "kind": "flag"})


def choice(default: str, what: str, allowed: tuple[str, ...]) -> Any:
    """A field that is one of some words."""
    return field(default=default, metadata={"what": what, "kind": "choice", "allowed": allowed})


def numbers(
    default: tuple[float, ...], what: str, low: float, high: float, *, rising: bool = False, length: int = 0
) -> Any:
    """A field that holds a list of numbers from `low` to `high`: `length` of them, or any number where 0."""
    whole = all(isinstance(one, int) for one in default)
    about = {
        "what": what, "kind": "numbers", "low": low, "high": high, "rising": rising, "length": length,
        "whole": whole,
    }  # fmt: skip
    return field(default=default, metadata=about)


def text(default: str, what: str) -> Any:
    """A field that holds a short text."""
    return field(default=default, metadata={"what": what, "kind": "text"})


class Section:
    """A record that checks its own fields when it is made and raises `InvalidKeyError`."""

    section: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for each in fields(cast(Any, self)):
            key = (self.section, each.name) if self.section else (each.name,)
            checked = _checked(key, each, getattr(self, each.name))
            object.__setattr__(self, each.name, checked)


def _checked(key: Key, each: Field[Any], value: Any) -> Any:
    about = each.metadata
    if about["kind"] == "flag":
        if not isinstance(value, bool):
            raise InvalidKeyError(key, f"{shown(value)} is not true or false")
        return value
    if about["kind"] == "choice":
        if value not in about["allowed"]:
            allowed = ", ".join(map(repr, about["allowed"]))
            raise InvalidKeyError(key, f"{shown(value)} is not allowed; allowed are {allowed}")
        return value
    if about["kind"] == "text":
        return printable(key, value.isoformat() if isinstance(value, date) else value)
    if about["kind"] == "numbers":
        return _list(key, value, each)
    return one_number(key, value, about["low"], about["high"], whole=isinstance(each.default, int))


def printable(key: Key, value: Any) -> str:
    """The value where it is a short text of one line; raises `InvalidKeyError` where not."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise InvalidKeyError(key, f"{shown(value)} is not a printable text")
    if len(value) > NAME_LENGTH_MAX:
        raise InvalidKeyError(key, f"is {len(value)} characters long, more than {NAME_LENGTH_MAX}")
    return value


def _list(key: Key, value: Any, each: Field[Any]) -> tuple[float, ...]:
    about = each.metadata
    if not isinstance(value, list | tuple) or not value:
        raise InvalidKeyError(key, f"{shown(value)} is not a list of numbers")
    if about["length"] and len(value) != about["length"]:
        raise InvalidKeyError(key, f"holds {len(value)} numbers; it must be {about['length']}")
    found = tuple(
        one_number((*key, i), one, about["low"], about["high"], whole=about["whole"])
        for i, one in enumerate(value)
    )
    if about["rising"] and any(b <= a for a, b in itertools.pairwise(found)):
        raise InvalidKeyError(key, f"{shown(list(found))} does not rise from number to number")
    return found


def one_number(key: Key, value: Any, low: float, high: float, *, whole: bool) -> float:
    """The value where it is a number from `low` to `high`; raises `InvalidKeyError` where not."""
    kind = "a whole number" if whole else "a number"
    span = f"{kind} between {low:,.10g} and {high:,.10g}"
    wrong_type = isinstance(value, bool) or not isinstance(value, int | float)
    if wrong_type or (whole and not isinstance(value, int)) or not math.isfinite(value):
        raise InvalidKeyError(key, f"{shown(value)} is not {span}")
    if not low <= value <= high:
        raise InvalidKeyError(key, f"{shown(value)} is not {span}")
    return value if whole else float(value)
