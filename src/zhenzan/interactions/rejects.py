"""Rejected records: counted by reason without limit, and written to `rejected.ndjson`.

One line each: `{"file": …, "line": …, "row": …, "reason": …, "values": {…}}`. `line` is the physical line,
counted from 1; Parquet files, JSON arrays and dataframes give `record`, counted from 1, instead. `row` is the
record's number over the whole log. `values` holds a short excerpt of what was wrong, never an address or a
device, and nothing at all of a record that could not be taken apart, for anything may be in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from zhenzan.errors import ResultError

__all__ = ["REJECTS_WRITTEN_MAX", "Rejects"]

EXAMPLES_MAX = 16  # reasons of which one record is kept for a message
REJECTS_WRITTEN_MAX = (
    1_000_000  # lines written; beyond it bad records are only counted, or a bad log fills the disk
)
EXCERPT_CHARACTERS = 80
EXAMINED_CHARACTERS_MAX = 500

_ADDRESS = re.compile(
    r"\d{1,3}(\.\d{1,3}){3}|([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|[0-9a-f:]*::[0-9a-f:]*", re.IGNORECASE
)


class Rejects:
    """Counts bad records by reason; writes the first million of them if given a path."""

    def __init__(self, path: Path | None) -> None:
        self.by_reason: Counter[str] = Counter()
        self.examples: dict[str, str] = {}
        self.path = path
        self._written = 0
        self._file: BinaryIO | None = None
        self._encode = msgspec.json.Encoder().encode

    @property
    def room(self) -> int:
        """How many more records will be written; beyond it only `count` is needed. Without a file the first
        of each reason is kept for the message all the same.
        """
        return REJECTS_WRITTEN_MAX - self._written if self.path is not None else EXAMPLES_MAX

    @property
    def total(self) -> int:
        return self.by_reason.total()

    def count(self, reason: str, records: int) -> None:
        self.by_reason[reason] += records

    def write(
        self, file: str, line: int | None, record: int, row: int, reason: str, values: Mapping[str, Any]
    ) -> None:
        """Write one record; it is counted by `count`, not here."""
        position = {"line": line} if line is not None else {"record": record}
        if reason not in self.examples and len(self.examples) < EXAMPLES_MAX:
            shown = "".join(f" {_excerpt(value)!r}" for value in values.values())
            self.examples[reason] = f"{next(iter(position))} {next(iter(position.values()))}{shown}"
        if self.path is None:
            return
        excerpt = {name: _excerpt(value) for name, value in values.items()}
        entry = {"file": file, **position, "row": row, "reason": reason}
        self._put(entry | {"values": excerpt} if excerpt else entry)
        self._written += 1

    def open(self) -> None:
        if self.path is None:
            return
        try:
            self._file = self.path.open("wb", buffering=1 << 20)
        except OSError as error:
            raise ResultError(f"{self.path} cannot be written: {error.strerror or error}.") from None

    def close(self) -> None:
        """Say how many were only counted, and flush."""
        if self._file is None:
            return
        omitted = self.total - self._written
        if omitted > 0:
            self._put(
                {"reason": f"{omitted} more records were rejected and are only counted, not listed here"}
            )
        file, self._file = self._file, None
        try:
            file.close()
        except OSError as error:
            raise ResultError(f"{self.path} cannot be written: {error.strerror or error}.") from None

    def _put(self, entry: dict[str, Any]) -> None:
        if self._file is None:
            return
        try:
            self._file.write(self._encode(entry) + b"\n")
        except OSError as error:
            raise ResultError(f"{self.path} cannot be written: {error.strerror or error}.") from None


def _excerpt(value: Any) -> str | int | float | None:
    if value is None or isinstance(value, int | float):
        return value
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = text[:EXAMINED_CHARACTERS_MAX]
    text = _ADDRESS.sub("[address]", text)  # a shifted row may hold one in any column
    return text if len(text) <= EXCERPT_CHARACTERS else text[: EXCERPT_CHARACTERS - 1] + "…"
