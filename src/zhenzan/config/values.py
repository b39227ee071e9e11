"""Checks of single values: msgspec decides by the annotated type, and a sentence says what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import pairwise
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, NoReturn, Union, get_args, get_origin

import msgspec

from zhenzan.config.errors import InvalidKeyError, Key, shown

__all__ = ["Kind", "checked", "kind_of", "repeated"]

_NATIVE = (datetime, date)  # TOML has them, so a text is neither
_BOUNDS = ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern", "tz", "description")
_NOUNS = {float: "numbers", int: "numbers", str: "texts"}
_COUNTS = {2: "two", 3: "three"}
_NOT_OF_TYPE = {
    bool: "is not true or false",
    str: "is not text; write it in quotes",
    datetime: "is not a time with its offset; write e.g. 2026-06-01T00:00:00+08:00",
    dict: "is not a table",
}


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
                limits |= {name: said for name in _BOUNDS if (said := getattr(meta, name)) is not None}
                limits |= meta.extra or {}
            annotation = args[0]
        elif origin in (Union, UnionType) and NoneType in args and len(args) == 2:
            annotation = next(one for one in args if one is not NoneType)
        else:
            return Kind(whole, origin or annotation, args, limits)


def checked(value: Any, kind: Kind) -> Any:
    """The value as its type has it. Raises `InvalidKeyError`, its key from the value on."""
    try:
        made = msgspec.convert(value, kind.annotation, builtin_types=_NATIVE)
    except msgspec.ValidationError:
        _refuse((), value, kind)
    _check_rest((), made, kind)
    return made


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
        yield from ((place, item, of) for place, item in enumerate(value))
    elif kind.base is tuple and isinstance(value, list | tuple) and len(value) == len(kind.args):
        kinds = map(kind_of, kind.args)
        yield from ((place, item, of) for place, (item, of) in enumerate(zip(value, kinds, strict=True)))


def _check_rest(key: Key, value: Any, kind: Kind) -> None:
    """What msgspec has no word for: finite numbers, lines of text, allowed words, rising lists."""
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidKeyError(key, f"{shown(value)} is not a finite number")
    if isinstance(value, str) and kind.limits:
        _check_text(key, value, kind)
    for place, item, of in _items(value, kind):
        _check_rest((*key, place), item, of)
    if kind.limits.get("rising") and any(b <= a for a, b in pairwise(value)):
        noun = kind.limits.get("noun", "numbers")
        raise InvalidKeyError(key, f"the {noun} must rise from one to the next; {shown(value)} does not rise")


def _check_text(key: Key, value: str, kind: Kind) -> None:
    allowed = kind.limits.get("allowed")
    if allowed is not None and value not in allowed:
        words = ", ".join(map(repr, allowed))
        raise InvalidKeyError(key, f"{shown(value)} is not allowed; allowed are {words}")
    if "line" in kind.limits:
        if kind.limits.get("min_length") and not value.strip():
            raise InvalidKeyError(key, "is empty")
        text = value if kind.limits["line"] else value.replace("\n", "").replace("\t", "")
        if not text.isprintable():
            raise InvalidKeyError(key, f"{shown(value)} holds unprintable characters")


def _refuse(key: Key, value: Any, kind: Kind) -> NoReturn:
    """Raise for a value that msgspec refused; of a list or table, for its first item that is wrong."""
    if "all" not in kind.limits:
        for place, item, of in _items(value, kind):
            try:
                msgspec.convert(item, of.annotation, builtin_types=_NATIVE)
            except msgspec.ValidationError:
                _refuse((*key, place), item, of)
    if kind.base in (Union, UnionType) and isinstance(value, int | float):
        for number in map(kind_of, kind.args):
            if number.base in (int, float) and not isinstance(value, bool):
                _refuse(key, value, number)
    hint = f"; {kind.limits['hint']}" if "hint" in kind.limits else ""
    raise InvalidKeyError(key, _sentence(value, kind) + hint)


def _sentence(value: Any, kind: Kind) -> str:
    limits = kind.limits
    if "must_be" in limits:
        return f"{shown(value)} is not {limits['must_be']}"
    if "allowed" in limits:
        return f"{shown(value)} is not allowed; allowed are {', '.join(map(repr, limits['allowed']))}"
    if kind.base in (int, float):
        return f"{shown(value)} is not {_number(kind)}"
    if kind.base in (Union, UnionType, Literal):
        return f"{shown(value)} is neither {' nor '.join(map(_choice, kind.args))}"
    if kind.base is str and isinstance(value, str):
        most = limits.get("max_length", 0)
        return f"is {len(value):,} characters long, more than {most:,}" if value else "is empty"
    if kind.base is tuple:
        return _list_sentence(value, kind)
    return f"{shown(value)} {_NOT_OF_TYPE.get(kind.base, 'is not allowed')}"


def _choice(argument: Any) -> str:
    """One of several types or words, as a message names it."""
    kind = kind_of(argument)
    if kind.base is Literal:
        return " nor ".join(map(repr, kind.args))
    return _number(kind) if kind.base in (int, float) else repr(argument)


def _number(kind: Kind) -> str:
    """What a number must be: `a whole number between 1 and 1,000`."""
    limits, text = kind.limits, "a whole number" if kind.base is int else "a number"
    low, high = limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))
    if low is not None and high is not None:
        text += f" between {low:,.15g} and {high:,.15g}" + (", both excluded" if "gt" in limits else "")
    return text


def _list_sentence(value: Any, kind: Kind) -> str:
    least, most = kind.limits.get("min_length"), kind.limits.get("max_length")
    of = kind_of(kind.args[0]).base
    noun = kind.limits.get("noun") or _NOUNS.get(of, "lists")
    if kind.item is None:
        return f"{shown(value)} is not a list of {_COUNTS.get(len(kind.args), len(kind.args))} {noun}"
    if not isinstance(value, list | tuple):
        return f"{shown(value)} is not a list of {'numbers' if of in (int, float) else noun}"
    if least == most:
        return f"holds {len(value)} {noun}; it must be {least}"
    return f"needs {least:,} {f'to {most:,}' if most else 'or more'} {noun}, has {len(value):,}"
