"""Epoch times: numbers → microseconds since 1970, UTC.

A number is seconds, milliseconds, microseconds or nanoseconds since 1970, or a date written as 20240131,
202401312359 or 20240131235959. What the column's name says (`time_ms`, `ts_us`) holds; else each number tells
by its size, for between the years 2000 and 2100 no two of these meet. So a value means the same in a file, a
dataframe and a message, whatever stands beside it.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.interactions.records import Bools, Integers
from zhenzan.interactions.schema import TIMESTAMP

__all__ = ["END_MICROSECONDS", "START_MICROSECONDS", "from_floats", "from_integers", "unit_of_name"]

START_MICROSECONDS = 946_684_800_000_000  # 2000-01-01: older is a wrong unit, a serial day, an unset clock
END_MICROSECONDS = 4_133_980_800_000_000  # 2101-01-01: from here on times are mistakes
OUTSIDE_MICROSECONDS = -1  # stands for every number that is no time of these years

_PER_UNIT_MICROSECONDS = {"s": 1_000_000.0, "ms": 1_000.0, "us": 1.0, "ns": 0.001}
_UNIT_OF_SUFFIX = {
    "s": "s",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "秒": "s",
    "ms": "ms",
    "msec": "ms",
    "millis": "ms",
    "milliseconds": "ms",
    "毫秒": "ms",
    "us": "us",
    "micros": "us",
    "microseconds": "us",
    "ns": "ns",
    "nanos": "ns",
    "nanoseconds": "ns",
}

# Least and greatest number of each way to write a time. None overlaps another.
_WINDOWS: tuple[tuple[str, int, int], ...] = (
    ("yyyymmdd", 20_000_101, 21_001_231),
    ("s", START_MICROSECONDS // 1_000_000, END_MICROSECONDS // 1_000_000 - 1),
    ("yyyymmddhhmm", 200_001_010_000, 210_012_312_359),
    ("ms", START_MICROSECONDS // 1_000, END_MICROSECONDS // 1_000 - 1),
    ("yyyymmddhhmmss", 20_000_101_000_000, 21_001_231_235_959),
    ("us", START_MICROSECONDS, END_MICROSECONDS - 1),
    ("ns", START_MICROSECONDS * 1_000, END_MICROSECONDS * 1_000 - 1),
)


def unit_of_name(column: str) -> str | None:
    """The unit that a column's last word says, if it says one."""
    words = re.split(r"[_\s\-.()\[\]（）]+", column.strip().casefold())
    words = [word for word in words if word]
    return _UNIT_OF_SUFFIX.get(words[-1]) if len(words) > 1 else None


def from_integers(values: pa.Array, unit: str | None) -> tuple[pa.Array, Bools | None]:
    """Whole numbers → timestamp[us, UTC], −1 µs where a number is no time; and which were written as dates,
    which name no zone (None: none).
    """
    if pa.types.is_uint64(values.type):
        limit = pa.scalar(np.iinfo(np.int64).max, pa.uint64())
        values = pc.if_else(pc.greater(values, limit), limit, values)
    values = values.cast(pa.int64())
    if unit == "us":
        return values.view(TIMESTAMP), None
    bounds = pc.min_max(values).as_py()
    if bounds["min"] is None:
        return pa.nulls(len(values), TIMESTAMP), None
    numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
    null = None if values.null_count == 0 else values.is_null().to_numpy(zero_copy_only=False)
    if unit is None:
        unit = next(
            (name for name, low, high in _WINDOWS if low <= bounds["min"] <= bounds["max"] <= high), None
        )
    if unit is not None:
        return _as_times(_scaled(numbers, unit), null), np.ones(len(numbers), np.bool_) if _is_date(
            unit
        ) else None
    micros = np.full(len(numbers), OUTSIDE_MICROSECONDS, np.int64)
    dates = np.zeros(len(numbers), np.bool_)
    for name, low, high in _WINDOWS:
        inside = (numbers >= low) & (numbers <= high)
        micros[inside] = _scaled(numbers[inside], name)
        if _is_date(name):
            dates |= inside
    return _as_times(micros, null), dates


def from_floats(values: pa.Array, unit: str | None) -> tuple[pa.Array, Bools | None]:
    """The same for numbers with a fraction. Not-a-number and infinite become null."""
    numbers = values.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    finite = np.isfinite(numbers)
    micros = np.full(len(numbers), OUTSIDE_MICROSECONDS, np.int64)
    dates = np.zeros(len(numbers), np.bool_)
    with np.errstate(invalid="ignore", over="ignore"):
        for name, low, high in _WINDOWS:
            if unit is not None and name != unit:
                continue
            inside = finite & (numbers >= low) & (numbers < high + 1.0)
            if _is_date(name) or name == "ns":  # floats of such size are whole
                micros[inside] = _scaled(numbers[inside].astype(np.int64), name)
                dates |= inside & _is_date(name)
            else:
                micros[inside] = np.rint(numbers[inside] * _PER_UNIT_MICROSECONDS[name]).astype(np.int64)
    return _as_times(micros, None if finite.all() else ~finite), dates


def _is_date(unit: str) -> bool:
    return unit.startswith("y")


def _as_times(micros: Integers, null: Bools | None) -> pa.Array:
    return pa.array(micros, mask=null).view(TIMESTAMP)


def _scaled(numbers: Integers, unit: str) -> Integers:
    if _is_date(unit):
        return _from_calendar(numbers, unit)
    if unit == "ns":
        return np.floor_divide(numbers, 1000)
    factor = int(_PER_UNIT_MICROSECONDS[unit])
    bound = END_MICROSECONDS // factor + 1  # beyond it stays beyond the limit, and nothing overflows
    if len(numbers) and (numbers.min() < -1 or numbers.max() > bound):
        numbers = np.clip(numbers, -1, bound)
    return numbers * factor


def _from_calendar(numbers: Integers, unit: str) -> Integers:
    clock_digits = len(unit) - 8
    days = numbers // 10**clock_digits
    clock = numbers % 10**clock_digits * 10 ** (6 - clock_digits)
    hour, minute, second = clock // 10_000, clock // 100 % 100, clock % 100
    month_number, day = days // 100 % 100, days % 100
    valid = (month_number >= 1) & (month_number <= 12) & (day >= 1) & (day <= 31)
    valid &= (hour < 24) & (minute < 60) & (second < 60)
    days = np.where(valid, days, 20_000_101)
    month = (days // 10_000 - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (days // 100 % 100 - 1)
    date = month.astype("datetime64[D]") + (days % 100 - 1)
    valid &= date.astype("datetime64[M]") == month  # 31 February is no date
    seconds = date.astype("datetime64[s]").astype(np.int64) + hour * 3600 + minute * 60 + second
    return np.where(valid, seconds * 1_000_000, OUTSIDE_MICROSECONDS)
