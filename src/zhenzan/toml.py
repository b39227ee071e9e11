"""Where a key stands in a TOML file, and what is wrong with one: for every file that people write by hand."""

from __future__ import annotations

import re
import tomllib
from typing import Any

__all__ = ["Key", "dotted", "line_of", "shown", "toml_problem"]

Key = tuple[str | int, ...]
"""A path into a document, e.g. `("rule", 0, "weight")`."""

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"^\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_.-]+)\s*=")


def dotted(key: Key) -> str:
    """Write a path as people do: `("rule", 0, "weight")` is `rule[1].weight`."""
    text = ""
    for part in key:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: Any) -> str:
    """A value as it may stand in a message: short, on one line."""
    plain = repr(value)
    return plain if len(plain) <= 60 else plain[:57] + "..."


def toml_problem(error: tomllib.TOMLDecodeError) -> str:
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL)
    if found is None:
        return f"is not valid TOML: {error}"
    where = f"line {found[2]}, column {found[3]}" if found[2] else "at the end"
    return f"{where}: is not valid TOML: {found[1]}"


def line_of(text: str, key: Key) -> int | None:
    """Return the 1-based line on which a key stands, or its table's where the key itself is not found.

    Reads headers and `name =` lines only, so that unusual TOML (inline tables, text over several lines that
    looks like a key) gives a near line at worst.
    """
    found: dict[Key, int] = {}
    counts: dict[str, int] = {}
    table: Key = ()
    for line_number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            parts = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            table = parts
            if parts[0] in counts:  # [arm.changes] belongs to the last [[arm]]
                table = (parts[0], counts[parts[0]] - 1, *parts[1:])
            if header[1] == "[[":
                index = counts.get(header[2], 0)
                counts[header[2]] = index + 1
                table = (*parts, index)
                found.setdefault(parts, line_number)
            found.setdefault(table, line_number)
        elif name := _KEY.match(line):
            found.setdefault((*table, *_split(name[1])), line_number)
    while key:
        if key in found:
            return found[key]
        key = key[:-1]
    return None


def _split(name: str) -> tuple[str, ...]:
    return (name[1:-1],) if name[0] in "\"'" else tuple(name.split("."))
