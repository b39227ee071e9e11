"""Excel workbooks (xlsx, xlsb, xls, ods) by python-calamine: each sheet is a table, its first full row the
header.

A number has 15 digits in Excel: longer ids that were not kept as text have lost their last digits, and are
refused as all floats beyond 2^53 are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from zhenzan.errors import InputError
from zhenzan.interactions.records import Chunk

__all__ = ["SheetTable", "is_workbook", "open_workbook"]

CHUNK_ROWS = 200_000
_SIGNS = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet")
_OLD_SIGN = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # a compound file: xls


def is_workbook(head: bytes) -> bool:
    """Whether a file's first bytes are a workbook's."""
    packed = head.startswith(b"PK\x03\x04") and any(sign in head for sign in (*_SIGNS, b"xl/"))
    return packed or head.startswith(_OLD_SIGN)


def open_workbook(path: str) -> list[SheetTable]:
    """The sheets of a workbook that hold rows. Raises InputError where the reader is not installed, or the
    file is damaged.
    """
    try:
        from python_calamine import CalamineError, load_workbook
    except ImportError:
        raise InputError(
            f"{path} is a spreadsheet's workbook: save the sheet as CSV UTF-8, or install the reader with"
            " pip install 'zhenzan[excel]'."
        ) from None
    try:
        with load_workbook(path) as book:
            sheets = [
                SheetTable(path, name, book.get_sheet_by_name(name).to_python()) for name in book.sheet_names
            ]
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(f"{path} is damaged, or not a workbook ({error}): save it anew.") from None
    full = [sheet for sheet in sheets if sheet.columns]
    if not full:
        raise InputError(f"{path} is an empty workbook: there is nothing to read.")
    return full


class SheetTable:
    """One sheet, held in memory (a sheet has a million rows at most)."""

    format = "excel"
    again = True

    def __init__(self, path: str, sheet: str, rows: list[list[Any]]) -> None:
        self.name = f"{path}, sheet {sheet!r}"
        filled = [i for i, row in enumerate(rows) if any(cell != "" for cell in row)]
        header = filled[0] if filled else 0
        self._numbers = filled[1:]
        self._rows = rows
        self._header = [str(cell).strip() for cell in rows[header]] if filled else []
        self.columns: tuple[str, ...] = tuple(self._header)
        self.row_estimate: int | None = len(self._numbers)

    def id_type(self, column: str) -> pa.DataType:
        return pa.string()

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        for start in range(0, len(self._numbers), CHUNK_ROWS):
            numbers = self._numbers[start : start + CHUNK_ROWS]
            arrays = {}
            for name in columns:
                position = self._header.index(name)
                arrays[name] = _array([_cell(self._rows[i], position) for i in numbers])
            yield Chunk(arrays, len(numbers), line_of=[i + 1 for i in numbers].__getitem__)


def _cell(row: Sequence[Any], position: int) -> Any:
    value = row[position] if position < len(row) else ""
    return None if value == "" else value


def _array(values: list[Any]) -> pa.Array:
    """Numbers if all are, times if all are, else text."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.nulls(len(values))
    if kinds <= {int, float}:
        whole = all(value is None or (value == int(value) and abs(value) <= 2**53) for value in values)
        if whole:
            return pa.array([None if value is None else int(value) for value in values], pa.int64())
        return pa.array(values, pa.float64())
    if kinds <= {datetime, date}:
        return pa.array([_moment(value) for value in values], pa.timestamp("us"))
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _moment(value: Any) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) <= 2**53 else repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value.total_seconds()) if isinstance(value, timedelta) else str(value)
