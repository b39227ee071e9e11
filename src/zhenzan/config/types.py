"""Field types of configuration records: msgspec's `Meta` for ranges and descriptions, and further rules as
its `extra`.

- `allowed`: the words that may stand there.
- `rising`: whether each item of a list is over the one before.
- `rising_by`: the key by which each record of a list is over the one before.
- `unique`: a key that no two records of a list share, and what an error says of a second value.
- `line`: the text is printable; True: and has no line breaks.
- `needed`: whether a file must hold the key though Python has a default.
- `filled`: whether the record itself finds a value where a file holds none.
- `must_be`: what an error says that a refused value is not.
- `noun`: what an error calls the items of a list.
- `kinds`: the tagged classes that an item of a list of tables may be; the first is the usual.
- `hint`, `missing`: what an error adds where the value is refused, or is not there.
- `value`: what the reference says may stand there.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

__all__ = ["FLAT", "INTERNAL", "LINE", "Line", "about", "between", "items_about", "one_of"]

FLAT = Meta(extra={"flat": True})
"""A record whose keys stand in the table of the record that holds it."""

INTERNAL = Meta(extra={"internal": True})
"""A field that no file may set."""

LINE = Meta(extra={"line": True})
"""A text that is printable and has no line breaks."""

Line = Annotated[str, Meta(min_length=1, max_length=80), LINE]
"""A short text of one line that is not blank, such as a name."""


def about(description: str, **extra: Any) -> Meta:
    """A field with a description."""
    return Meta(description=description, extra=extra or None)


def between(low: float, high: float, description: str, **extra: Any) -> Meta:
    """A field that is a number from `low` to `high`."""
    return Meta(ge=low, le=high, description=description, extra=extra or None)


def one_of(allowed: tuple[str, ...], description: str, **extra: Any) -> Meta:
    """A field that is one of some words."""
    return Meta(description=description, extra={"allowed": allowed, **extra})


def items_about(description: str, *, least: int = 1, most: int | None = None, **extra: Any) -> Meta:
    """A field that lists from `least` to `most` items."""
    return Meta(description=description, min_length=least, max_length=most, extra=extra or None)
