"""Line numbers of keys in a TOML text, for error messages."""

from __future__ import annotations

import re

from zhenzan.config.errors import Key

__all__ = ["line_of"]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"^\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_.-]+)\s*=")


def line_of(text: str, key: Key) -> int | None:
    """Return the 1-based line on which a key stands, or its table's where the key itself is not found.

    Reads headers and `name =` lines only, so that unusual TOML (inline tables, text over several lines that
    looks like a key) gives a near line at worst.
    """
    lines: dict[Key, int] = {}
    counts: dict[Key, int] = {}
    table: Key = ()
    for line_number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            parts = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            table = parts
            if len(parts) > 1 and parts[:1] in counts:  # [arm.changes] belongs to the last [[arm]]
                table = (parts[0], counts[parts[:1]] - 1, *parts[1:])
            if header[1] == "[[":
                index = counts.get(table, 0)
                counts[table] = index + 1
                lines.setdefault(table, line_number)
                table = (*table, index)
            lines.setdefault(table, line_number)
        elif name := _KEY.match(line):
            lines.setdefault((*table, *_split(name[1])), line_number)
    while key:
        if key in lines:
            return lines[key]
        key = key[:-1]
    return None


def _split(name: str) -> tuple[str, ...]:
    return (name[1:-1],) if name[0] in "\"'" else tuple(name.split("."))
