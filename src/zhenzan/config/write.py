"""Writing records as TOML: one canonical text, each key with a comment that says what it does."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from datetime import date
from typing import Any

from zhenzan.config.record import Record, fields_of

__all__ = ["bare_key", "document", "quoted", "section", "wrapped", "written"]

COMMENT_WIDTH = 100
LIST_WIDTH = 100
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def document(record: Record, comment: str) -> str:
    """A whole file: the record's own keys, a table for each record in it, one for each of a list of them."""
    fields = fields_of(type(record))
    values = [(field, getattr(record, field.name)) for field in fields if not field.is_internal]
    plain = [
        f"{field.key} = {written(value)}" for field, value in values if not field.record and value is not None
    ]
    blocks = ["\n".join([f"# {comment}", f"format = {record.FORMAT}", *plain])]
    for field, value in values:
        if field.record and isinstance(value, tuple):
            blocks += [section(f"[[{field.key}]]", row) for row in value]
        elif field.record and value is not None:
            blocks.append(section(f"[{field.key}]", value))
    return "\n\n".join(blocks) + "\n"


def section(header: str, record: Record) -> str:
    """A record under its header, then its own tables; a key that is absent stands in a comment."""
    lines, tables = [header], list[str]()
    for field in fields_of(type(record)):
        value = getattr(record, field.name)
        if field.record and isinstance(value, tuple):
            tables += [section(f"[[{header.strip('[]')}.{field.key}]]", row) for row in value]
            continue
        if isinstance(value, dict):
            rows = [f"{bare_key(name)} = {written(item)}" for name, item in value.items()]
            tables += [f"[{header.strip('[]')}.{field.key}]", *rows] if rows else []
            continue
        lines += [f"# {line}" for line in textwrap.wrap(field.description, COMMENT_WIDTH)]
        lines.append(f"# {field.key} = ..." if value is None else f"{field.key} = {written(value)}")
    return "\n".join(lines + tables)


def written(value: Any) -> str:
    """A value as TOML: a truth value, text, a number that reads back to the same bits, a time, or a list."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(value: str) -> str:
    """Text as a TOML basic string."""
    return (
        '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in value) + '"'
    )


def wrapped(parts: Iterable[str]) -> str:
    """An array of parts that are TOML already, wrapped to readable lines between them."""
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) + 2 > LIST_WIDTH - 4:
            lines.append("")
        lines[-1] += f"{part}, "
    if len(lines) == 1 and len(lines[0]) <= LIST_WIDTH:
        return f"[{lines[0][:-2]}]"
    return "[\n" + "".join(f"    {line[:-1]}\n" for line in lines) + "]"


def bare_key(name: str) -> str:
    """A bare key where TOML allows one, a quoted one otherwise."""
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else quoted(name)
