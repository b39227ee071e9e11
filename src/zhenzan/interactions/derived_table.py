"""Derived columns of a table: constants, and times joined from a date and a clock column.

Constants come from the user (`--map account==ann`), from folders (`event_type=like/`) and from the names of
files (`unlikes.csv`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.interactions.column_types import as_text, plain
from zhenzan.interactions.mapping import fold
from zhenzan.interactions.records import Chunk, Table

__all__ = ["CLOCKS", "DerivedTable", "is_clock", "is_date"]

DATE = r"^(\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{8}|\d{1,2}[./]\d{1,2}[./]\d{4}|\d{4}年\d{1,2}月\d{1,2}日)$"
CLOCK = r"(?i)^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[ap]m)?$"
HOUR_MINUTE = r"^(([01]?\d|2[0-3])?[0-5]?\d)$"  # 1205, 905, 5
HOURS = ("hour", "hours", "hourofday", "小时")
NUMBERED_CLOCKS = (*HOURS, "hourmin", "hhmm", "hourminute")
CLOCKS = (*NUMBERED_CLOCKS, "time", "clock", "timeofday", "时间", "时刻")  # names of columns of such times


class DerivedTable:
    """A table and further columns. constants: column → its one value, None for a column of nothing. joined:
    column → (column of the date, column of the time of day).
    """

    def __init__(
        self,
        table: Table,
        constants: Mapping[str, str | None],
        joined: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self._table = table
        self._joined = dict(joined or {})
        self._constants = {name: value for name, value in constants.items() if name not in table.columns}
        self.name, self.format, self.again = table.name, table.format, table.again
        self.row_estimate = table.row_estimate
        self.columns: tuple[str, ...] = (*table.columns, *self._constants, *self._joined)

    def id_type(self, column: str) -> pa.DataType:
        own = column in self._constants or column in self._joined
        return pa.string() if own else self._table.id_type(column)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        parts = [part for name in columns for part in self._joined.get(name, ())]
        own = [name for name in columns if name not in self._constants and name not in self._joined]
        read = tuple(dict.fromkeys([*own, *parts])) or self._table.columns[:1]
        for chunk in self._table.chunks(read):
            rows = len(chunk.columns[read[0]])
            added = {
                name: pa.repeat(pa.scalar(value, pa.string()), rows)
                for name, value in self._constants.items()
                if name in columns
            }
            for name, (date, clock) in self._joined.items():
                if name in columns:
                    hours = fold(clock) in HOURS
                    added[name] = _joined_text(chunk.columns[date], chunk.columns[clock], hours)
            yield replace(chunk, columns={**chunk.columns, **added})


def is_date(values: pa.Array) -> bool:
    """Whether a column holds days without a time of day."""
    return bool(pa.types.is_date(values.type)) or _all_match(values, DATE)


def is_clock(values: pa.Array, column: str) -> bool:
    """Whether a column holds times of day: 12:05, 12:05:09, or, where its name says so, 1205 or an hour."""
    if pa.types.is_time(values.type) or _all_match(values, CLOCK):
        return True
    return fold(column) in NUMBERED_CLOCKS and _all_match(values, HOUR_MINUTE)


def _joined_text(date: pa.Array, clock: pa.Array, hours: bool) -> pa.Array:
    """A day and a time of day as `2024-05-01 12:05`. A clock of digits alone is hours, or HHMM."""
    days = pc.replace_substring_regex(_text(date), r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3")
    times = _text(clock)
    digits = pc.match_substring_regex(times, r"^\d{1,4}$")
    padded = pc.binary_join_element_wise(times, "00", "") if hours else times
    padded = pc.replace_substring_regex(pc.utf8_lpad(padded, 4, "0"), r"^(\d\d)(\d\d)$", r"\1:\2")
    return pc.binary_join_element_wise(days, pc.if_else(digits, padded, times), " ")


def _text(values: pa.Array) -> pa.Array:
    return pc.utf8_trim_whitespace(as_text(plain(values))[0])


def _all_match(values: pa.Array, pattern: str) -> bool:
    if pa.types.is_nested(values.type) or pa.types.is_floating(values.type):
        return False
    text = _text(values).drop_null()
    return len(text) > 0 and bool(pc.all(pc.match_substring_regex(text, pattern)).as_py())
