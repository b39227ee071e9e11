"""A TOML document of a kind: read, located, and refused with file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from zhenzan.config.errors import InvalidKeyError, Key, shown
from zhenzan.config.locate import line_of
from zhenzan.config.record import Record, keys_of
from zhenzan.errors import ZhenzanError

__all__ = ["read_document", "read_text"]

Made = TypeVar("Made", bound=Record)

FORMAT = 1  # of every kind of file, so far


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


def read_document(
    text: str,
    source: str,
    kind: type[Made],
    error: type[ZhenzanError],
    prepare: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    place: Callable[[str, Key], int | None] = line_of,
) -> Made:
    """The record that a text holds. Raises `error` with `source` and the line of what is wrong.

    `prepare` may change the document before it is read; `place` finds the line of a key.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise error(f"{source}: {_toml_problem(wrong)}") from None
    try:
        return record_of(document, kind, prepare)
    except InvalidKeyError as wrong:
        raise error(f"{located(source, place(text, wrong.key))}: {wrong}") from None


def record_of(
    document: dict[str, Any],
    kind: type[Made],
    prepare: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> Made:
    """The record of a parsed document, whose `format` must be the one that is read."""
    document = prepare(document)
    kind.known(document, (), ("format", *keys_of(kind)))
    named = document.pop("format", FORMAT)
    if named != FORMAT or isinstance(named, bool):
        message = f"{shown(named)} is not a format this version reads; it reads {FORMAT}"
        raise kind.refuses(("format",), message)
    return kind.from_value(document, ())


def located(source: str, line: int | None) -> str:
    return source if line is None else f"{source}, line {line}"


def _toml_problem(error: tomllib.TOMLDecodeError) -> str:
    told = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL)
    if told is None:
        return f"is not valid TOML: {error}"
    where = f"line {told[2]}, column {told[3]}" if told[2] else "at the end"
    return f"{where}: is not valid TOML: {told[1]}"
