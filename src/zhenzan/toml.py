"""TOML files that people write by hand: read them, say what is wrong and where, write values back."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from zhenzan.errors import ZhenzanError, did_you_mean

__all__ = [
    "InvalidKeyError",
    "Key",
    "Shape",
    "dotted",
    "line_of",
    "parsed",
    "quoted",
    "read_text",
    "shown",
    "toml_problem",
    "written",
]

Made = TypeVar("Made")

Key = tuple[str | int, ...]
"""A path into a document, e.g. `("rule", 0, "weight")`."""

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"^\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_.-]+)\s*=")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


class InvalidKeyError(ZhenzanError):
    """A value is not allowed. `key` is its path, e.g. `("rule", 0, "weight")`."""

    def __init__(self, key: Key, message: str) -> None:
        super().__init__(f"{dotted(key)}: {message}")
        self.key = key
        self.message = message


def read_text(path: Path, what: str, bytes_max: int, error: type[ZhenzanError]) -> str:
    """The text of a file that should be a `what`. Raises `error` where it cannot be one."""
    try:
        if path.stat().st_size > bytes_max:
            raise error(f"{path}: is larger than {bytes_max:,} bytes, so it is no {what}")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise error(f"{path}: is not UTF-8 text ({wrong.reason} at byte {wrong.start})") from None
    except FileNotFoundError:
        raise error(f"{path}: there is no such {what} file") from None
    except OSError as wrong:
        raise error(f"{path}: cannot be read ({(wrong.strerror or str(wrong)).lower()})") from None


def parsed(
    text: str,
    source: str,
    make: Callable[[dict[str, Any]], Made],
    error: type[ZhenzanError],
    place: Callable[[str, Key], int | None] | None = None,
) -> Made:
    """What `make` makes of the document. Raises `error` with `source` and the line of what is wrong.

    `place` finds the line of a key, `line_of` unless given.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise error(f"{source}: {toml_problem(wrong)}") from None
    try:
        return make(document)
    except InvalidKeyError as wrong:
        line = (place or line_of)(text, wrong.key)
        raise error(f"{source if line is None else f'{source}, line {line}'}: {wrong}") from None


@dataclass(frozen=True)
class Shape:
    """Checks of a document's shape that raise a room's own `error`."""

    error: type[InvalidKeyError]

    def format(self, document: dict[str, Any], reads: int) -> None:
        """Refuse a document that names another format than the one that is read."""
        named = document.get("format", reads)
        if named != reads or isinstance(named, bool):
            message = f"{shown(named)} is not a format this version reads; it reads {reads}"
            raise self.error(("format",), message)

    def known(self, key: Key, values: dict[str, Any], allowed: Iterable[str]) -> None:
        """Refuse keys that are none of those allowed."""
        allowed = list(allowed)
        for name in values:
            if name not in allowed:
                choice = did_you_mean(name, allowed) or f"; the keys here are {', '.join(allowed)}"
                raise self.error((*key, name), f"there is no such key{choice}")

    def table(self, key: Key, value: Any) -> dict[str, Any]:
        """The value, which must be a table."""
        if not isinstance(value, dict):
            raise self.error(key, f"{shown(value)} is not a table; write [{'.'.join(map(str, key))}]")
        return value

    def tables(self, key: Key, value: Any) -> list[dict[str, Any]]:
        """The value, which must be a list of tables."""
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.error(key, f"is not a list of tables; write [[{'.'.join(map(str, key))}]]")
        return value


def written(value: Any) -> str:
    """A value as TOML: a truth value, text, a number that reads back to the same bits, or a list of these."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(value: str) -> str:
    """Text as a TOML basic string."""
    return (
        '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in value) + '"'
    )


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
                found.setdefault(table, line_number)
                table = (*table, index)
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
