"""Validation of single values: msgspec checks the annotated type, and a sentence says what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import pairwise
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from zhenzan.config.errors import InvalidKeyError, Key, shown

__all__ = ["Kind", "checked", "expected", "kind_of", "repeated"]

_NATIVE = (datetime, date)  # TOML has them, so a text is neither
_BOUNDS = ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern", "tz", "description")
_MORE = {"allowed", "line", "rising"}
_UNIONS = (Union, UnionType, Literal)
_NOUNS = {float: "numbers", int: "numbers", str: "texts"}
_COUNTS = {2: "two", 3: "three"}
_WORDS = {bool: "true or false", str: "text", datetime: "a time with its offset", dict: "a table"}
_REMEDIES = {str: "; write it in quotes", datetime: "; write e.g. 2026-06-01T00:00:00+08:00"}


class Kind(NamedTuple):
    """An annotated type taken apart: `base` is bool, int, float, str, tuple, dict, datetime or a record."""

    annotation: Any
    base: Any
    args: tuple[Any, ...]
    limits: dict[str, Any]

    @property
    def item(self) -> Any:
        """The type of every item of a list of any length, None for any other type."""
        return self.args[0] if self.base is tuple and self.args[1:] == (...,) else None


def kind_of(annotation: Any) -> Kind:
    """Take an annotation apart: what `Meta` says of it, and the type within, None beside it left out."""
    whole, limits = annotation, dict[str, Any]()
    while True:
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            for meta in annotation.__metadata__:
                limits |= {name: bound for name in _BOUNDS if (bound := getattr(meta, name)) is not None}
                limits |= meta.extra or {}
            annotation = args[0]
        elif origin in (Union, UnionType) and NoneType in args and len(args) == 2:
            annotation = next(one for one in args if one is not NoneType)
        else:
            return Kind(whole, origin or annotation, args, limits)


def checked(value: Any, kind: Kind) -> Any:
    """The value as its type has it. Raises `InvalidKeyError`, its key from the value on."""
    _check((), value, kind)
    return msgspec.convert(value, kind.annotation, builtin_types=_NATIVE)


def expected(kind: Kind) -> str:
    """The expected value in words: `a whole number between 1 and 1,000`, `true or false`."""
    limits = kind.limits
    if "must_be" in limits:
        return str(limits["must_be"])
    if "allowed" in limits:
        return ", ".join(f"`{word}`" for word in limits["allowed"])
    if kind.base in (int, float):
        low, high = limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))
        span = "" if low is None else f" between {low:,.15g} and {high:,.15g}"
        number = "a whole number" if kind.base is int else "a number"
        return number + span + (", both excluded" if "gt" in limits else "")
    if kind.base in _UNIONS:
        return " or ".join(expected(kind_of(option)) for option in kind.args)
    if kind.base is tuple:
        count = "" if kind.item is not None else f"{_COUNTS[len(kind.args)]} "
        is_numbers = kind_of(kind.args[0]).base in (int, float)
        return f"a list of {count}{'numbers' if is_numbers else _noun(kind)}"
    return _WORDS.get(kind.base) or ("a table" if isinstance(kind.base, type) else repr(kind.base))


def repeated(names: Iterable[str]) -> tuple[int, str] | None:
    """Return place and name of the first name that was there before."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            return index, name
        seen.add(name)
    return None


def _items(value: Any, kind: Kind) -> Iterator[tuple[str | int, Any, Kind]]:
    """Place, item and its type, of a list or table; none where the value is neither."""
    if kind.base is dict and isinstance(value, dict):
        of = kind_of(kind.args[1])
        yield from ((name, item, of) for name, item in value.items())
    elif kind.item is not None and isinstance(value, list | tuple):
        of = kind_of(kind.item)
        yield from ((index, item, of) for index, item in enumerate(value))
    elif kind.base is tuple and isinstance(value, list | tuple) and len(value) == len(kind.args):
        kinds = map(kind_of, kind.args)
        yield from ((index, item, of) for index, (item, of) in enumerate(zip(value, kinds, strict=True)))


def _check(key: Key, value: Any, kind: Kind) -> None:
    """Refuse a value; of a list or table, its first item that is wrong. Items of long lists are looked at one
    by one only where msgspec refuses some, or cannot check them.
    """
    problem = ""
    try:
        msgspec.convert(value, kind.annotation, builtin_types=_NATIVE)
    except msgspec.ValidationError:
        problem = _sentence(value, kind) + (f"; {kind.limits['hint']}" if "hint" in kind.limits else "")
    if problem or any(map(_needs_more, kind.args)):
        for index, item, of in _items(value, kind):
            _check((*key, index), item, of)
    problem = problem or _more_than_type(value, kind)
    if problem:
        raise InvalidKeyError(key, problem)


def _needs_more(annotation: Any) -> bool:
    """Whether msgspec cannot check all of a type."""
    kind = kind_of(annotation)
    is_unbounded = kind.base is float and not {"ge", "gt"} & kind.limits.keys()
    return is_unbounded or bool(_MORE & kind.limits.keys()) or any(map(_needs_more, kind.args))


def _more_than_type(value: Any, kind: Kind) -> str:
    """What msgspec has no word for: finite numbers, lines of text, allowed words, rising lists."""
    limits = kind.limits
    if isinstance(value, float) and not math.isfinite(value):
        return f"{shown(value)} is not a finite number"
    if value not in limits.get("allowed", (value,)):
        return f"{shown(value)} is not allowed; allowed are {', '.join(map(repr, limits['allowed']))}"
    if "line" in limits:
        if limits.get("min_length") and not value.strip():
            return "is empty"
        text = value if limits["line"] else value.replace("\n", "").replace("\t", "")
        return "" if text.isprintable() else f"{shown(value)} holds unprintable characters"
    if limits.get("rising") and any(b <= a for a, b in pairwise(value)):
        return f"the {_noun(kind)} must rise from one to the next; {shown(value)} does not rise"
    return ""


def _sentence(value: Any, kind: Kind) -> str:
    """What is wrong with a value that msgspec refused."""
    limits = kind.limits
    if "must_be" in limits:
        return f"{shown(value)} is not {limits['must_be']}"
    if "allowed" in limits:
        return f"{shown(value)} is not allowed; allowed are {', '.join(map(repr, limits['allowed']))}"
    if kind.base in _UNIONS:
        return f"{shown(value)} is neither {' nor '.join(expected(kind_of(option)) for option in kind.args)}"
    least, most = limits.get("min_length"), limits.get("max_length")
    if isinstance(value, str) and kind.base is str:
        return f"is {len(value):,} characters long, more than {most:,}" if value else "is empty"
    if isinstance(value, list | tuple) and kind.item is not None:
        if least == most:
            return f"holds {len(value)} {_noun(kind)}; it must be {least}"
        return f"needs {least:,} {f'to {most:,}' if most else 'or more'} {_noun(kind)}, has {len(value):,}"
    return f"{shown(value)} is not {expected(kind)}{_REMEDIES.get(kind.base, '')}"


def _noun(kind: Kind) -> str:
    """What the items of a list are called."""
    return str(kind.limits.get("noun") or _NOUNS.get(kind_of(kind.args[0]).base, "lists"))
