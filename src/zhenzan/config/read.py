"""Reading TOML files: a document, or an error with the file, line and key that is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from zhenzan.config.errors import InvalidKeyError, Key
from zhenzan.config.locate import line_of
from zhenzan.deprecation import renamed_parameters
from zhenzan.errors import ZhenzanError

__all__ = ["read_document", "read_text"]

Made = TypeVar("Made")


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


@renamed_parameters(place="locate")
def read_document(
    text: str,
    source: str,
    read: Callable[[dict[str, Any]], Made],
    error: type[ZhenzanError],
    locate: Callable[[str, Key], int | None] = line_of,
) -> Made:
    """The record that `read` makes of a TOML text. Raises `error` with `source` and the line of what is
    wrong.

    `locate` finds the line of a key.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise error(f"{source}: {_toml_problem(wrong)}") from None
    try:
        return read(document)
    except InvalidKeyError as wrong:
        line = locate(text, wrong.key)
        raise error(f"{source if line is None else f'{source}, line {line}'}: {wrong}") from None


def _toml_problem(error: tomllib.TOMLDecodeError) -> str:
    problem = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL)
    if problem is None:
        return f"is not valid TOML: {error}"
    where = f"line {problem[2]}, column {problem[3]}" if problem[2] else "at the end"
    return f"{where}: is not valid TOML: {problem[1]}"
