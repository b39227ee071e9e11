"""Times as logs write them → microseconds since 1970, UTC.

Numbers are seconds, milliseconds, microseconds or nanoseconds since 1970, or dates written as 20240131 or
20240131235959. One unit holds for a whole file: what the column's name says (`time_ms`, `ts_us`), else the
median magnitude of the file's first times (under 1e11 seconds, 1e14 milliseconds, 1e17 microseconds, else
nanoseconds), so a single odd row never changes how the others are read. Text is ISO 8601, with or
without zone and fraction, also with slashes or a blank before the zone; a time without a zone is UTC.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.interactions.convert import cast_whole
from zhenzan.interactions.records import Bools, Integers
from zhenzan.interactions.schema import TIMESTAMP

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["END_MICROSECONDS", "START_MICROSECONDS", "Clock"]

START_MICROSECONDS = 946_684_800_000_000  # 2000-01-01: older is a wrong unit, a serial day, an unset clock
END_MICROSECONDS = 4_133_980_800_000_000  # 2101-01-01: from here on times are mistakes
SAMPLE_VALUES = 65_536  # values looked at to decide the unit

_PER_UNIT_MICROSECONDS = {"s": 1_000_000.0, "ms": 1_000.0, "us": 1.0, "ns": 0.001}
_UNIT_OF_SUFFIX = {
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "秒": "s",
    "ms": "ms", "msec": "ms", "millis": "ms", "milliseconds": "ms", "毫秒": "ms",
    "us": "us", "micros": "us", "microseconds": "us", "ns": "ns", "nanos": "ns", "nanoseconds": "ns",
}  # fmt: skip

MISSING, UNREADABLE, OUTSIDE, ZONE, ORDER = (
    "timestamp is missing",
    "timestamp is not a time",
    "timestamp is outside 2000..2100 (a serial day, ticks, another unit?)",
    "timestamp names a zone of several meanings: write +08:00, or none",
    "timestamp may be day/month or month/day: write year-month-day",
)
# Spellings that mean one time, beside ISO 8601. Those with an offset are tried apart: in one list DuckDB 2.0
# carries the offset of one row over to the next, which has none.
ZONED_SPELLINGS = ("%a %b %d %H:%M:%S %z %Y", "%a, %d %b %Y %H:%M:%S %z")
SPELLINGS = (
    "%a, %d %b %Y %H:%M:%S GMT",
    "%a %b %d %H:%M:%S UTC %Y", "%a %b %d %H:%M:%S GMT %Y", "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "%b %d, %Y @ %H:%M:%S.%g", "%b %d, %Y, %H:%M:%S",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p",
)  # fmt: skip
CLOCKS = (" %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %H:%M:%S", ", %I:%M:%S %p", "")
_SLASHED = r"^(?P<one>\d{1,2})/(?P<two>\d{1,2})/\d{4}\b"
_ZONE_WORD = r"(?i)\d\s*[a-z]{2,5}$"
_PLAIN_WORD = r"(?i)\d\s*(utc|gmt|am|pm)$"


class Clock:
    """Reads the time column of one file; remembers the unit of its numbers.

    `read` returns the times as timestamp[us, UTC] and, for rows without a valid one, a mask per reason.
    Cost: vectorised; ISO text at tens of millions a second, odd spellings at a few millions.
    """

    def __init__(self, column: str) -> None:
        self.unit: str | None = _unit_of_name(column)
        self.day_first: bool | None = None  # of dates with slashes, decided on the first that tell

    def read(self, values: pa.Array) -> tuple[pa.Array, list[tuple[str, Bools]]]:
        kind = values.type
        missing = _nulls(values)
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            return _within_limits(_from_timestamps(values), missing, start=0)  # a type leaves no unit open
        if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            times = self._from_floats(values.cast(pa.float64(), safe=False))
        elif pa.types.is_integer(kind):
            times = self._from_integers(values)
        elif pa.types.is_null(kind):
            times = pa.nulls(len(values), TIMESTAMP)
        else:
            text = values.cast(pa.string())
            times = self._from_text(text)
            blank = pc.fill_null(pc.equal(pc.binary_length(text), 0), False)
            missing = missing | blank.to_numpy(zero_copy_only=False) if pc.any(blank).as_py() else missing
            if times.null_count:
                return _within_limits(times, missing, self._doubts(text, _nulls(times) & ~missing))
        return _within_limits(times, missing)

    def _doubts(self, text: pa.Array, unread: Bools) -> list[tuple[str, Bools]]:
        """Why texts were not read, where there is more to say than that they are no times."""
        text = pc.utf8_trim_whitespace(text)
        return [
            (reason, unread & pc.fill_null(mask, False).to_numpy(zero_copy_only=False))
            for reason, mask in (
                (ZONE, _names_a_zone(text)),
                (ORDER, pc.match_substring_regex(text, _SLASHED)),
            )
        ]

    def _slashed(self, text: pa.Array) -> list[str]:
        """How dates with slashes are written in this file; none where nothing tells day from month."""
        found = pc.extract_regex(text, _SLASHED).drop_null()
        if len(found) == 0:
            return []
        if self.day_first is None:
            first, second = (int(pc.max(found.field(i).cast(pa.int64())).as_py()) for i in (0, 1))
            if max(first, second) <= 12 or min(first, second) > 12:
                return []
            self.day_first = first > 12
        date = "%d/%m/%Y" if self.day_first else "%m/%d/%Y"
        return [date + clock for clock in CLOCKS]

    def _from_text(self, text: pa.Array) -> pa.Array:
        numbers = cast_whole(text, pa.int64())
        if numbers is not None:
            return self._from_integers(numbers)
        zoned = cast_whole(text, TIMESTAMP)
        naive = cast_whole(text, pa.timestamp("us")) if zoned is None else zoned
        return self._from_mixed_text(text) if naive is None else naive.view(TIMESTAMP)

    def _from_mixed_text(self, text: pa.Array) -> pa.Array:
        """Read text in several spellings, or with unreadable ones among them (these become null)."""
        text = pc.utf8_trim_whitespace(text)
        is_number = pc.fill_null(
            pc.match_substring_regex(text, r"^[+-]?\d{1,18}(\.\d*)?([eE]\+?\d{1,2})?$"), False
        )
        numbers = pc.if_else(is_number, text, pa.scalar(None, pa.string()))
        from_numbers = pa.nulls(len(text), TIMESTAMP)
        if pc.any(is_number).as_py():
            whole = cast_whole(numbers, pa.int64())
            from_numbers = (
                self._from_floats(numbers.cast(pa.float64())) if whole is None else self._from_integers(whole)
            )
        return pc.coalesce(from_numbers, _by_duckdb(text, [*SPELLINGS, *self._slashed(text)]))

    def _from_integers(self, values: pa.Array) -> pa.Array:
        if pa.types.is_uint64(values.type):
            limit = pa.scalar(np.iinfo(np.int64).max, pa.uint64())
            values = pc.if_else(pc.greater(values, limit), limit, values)
        values = values.cast(pa.int64())
        unit = self._decide(values)
        if unit.startswith("y"):
            return _from_calendar(values, unit)
        if unit == "us":
            return values.view(TIMESTAMP)
        if unit == "ns":
            micros = pc.divide(values, 1000)
            return (pc.if_else(pc.less(values, 0), -1, micros) if _any_negative(values) else micros).view(
                TIMESTAMP
            )
        factor = int(_PER_UNIT_MICROSECONDS[unit])
        bound = END_MICROSECONDS // factor + 1  # beyond it stays beyond the limit, and nothing overflows
        bounds = pc.min_max(values).as_py()
        if bounds["min"] is not None and (bounds["min"] < -1 or bounds["max"] > bound):
            values = pc.max_element_wise(
                pc.min_element_wise(values, bound, skip_nulls=False), -1, skip_nulls=False
            )
        return pc.multiply(values, factor).view(TIMESTAMP)

    def _from_floats(self, values: pa.Array) -> pa.Array:
        unit = self._decide(values)
        numbers = values.to_numpy(zero_copy_only=False)
        if unit.startswith("y"):
            whole = np.where(np.isfinite(numbers), numbers, 0).astype(np.int64)
            return _from_calendar(pa.array(whole, mask=~np.isfinite(numbers)), unit)
        with np.errstate(invalid="ignore", over="ignore"):
            scaled = np.rint(numbers * _PER_UNIT_MICROSECONDS[unit])
            inside = np.isfinite(scaled)
            clipped = np.clip(np.where(inside, scaled, 0), -1, END_MICROSECONDS).astype(np.int64)
        return pa.array(clipped, mask=~inside).view(TIMESTAMP)

    def _decide(self, values: pa.Array) -> str:
        """Settle the unit on the file's first numbers, once."""
        if self.unit is None:
            sample = values.drop_null().slice(0, SAMPLE_VALUES).to_numpy(zero_copy_only=False)
            sample = sample[np.isfinite(sample)]
            if len(sample) == 0:
                return "s"
            self.unit = _calendar_unit(sample) or _unit_of_magnitude(float(np.median(np.abs(sample))))
        return self.unit


def _unit_of_name(column: str) -> str | None:
    words = re.split(r"[_\s\-.()\[\]（）]+", column.strip().casefold())
    words = [word for word in words if word]
    return _UNIT_OF_SUFFIX.get(words[-1]) if len(words) > 1 else None


def _unit_of_magnitude(size: float) -> str:
    return "s" if size < 1e11 else "ms" if size < 1e14 else "us" if size < 1e17 else "ns"


def _calendar_unit(sample: Integers) -> str | None:
    """Return how calendar numbers are written, if all of the sample are such.

    As numbers since 1970 they would all lie in August 1970 (8 digits) or after 2500 (14 digits).
    """
    low, high = int(sample.min()), int(sample.max())
    if low >= 19_700_101 and high <= 21_001_231:
        days = sample.astype(np.int64)
        unit = "yyyymmdd"
    elif low >= 19_700_101_000_000 and high <= 21_001_231_235_959:
        days = sample.astype(np.int64) // 1_000_000
        unit = "yyyymmddhhmmss"
    else:
        return None
    return unit if bool(np.all(_is_date(days))) else None


def _is_date(days: Integers) -> Bools:
    month, day = days // 100 % 100, days % 100
    valid: Bools = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return valid


def _from_calendar(values: pa.Array, unit: str) -> pa.Array:
    digits = 8 if unit == "yyyymmdd" else 14
    numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
    clock = numbers % 1_000_000 if digits == 14 else np.zeros_like(numbers)
    days = numbers // 1_000_000 if digits == 14 else numbers
    hour, minute, second = clock // 10_000, clock // 100 % 100, clock % 100
    valid = _is_date(days) & (days >= 10_000_101) & (days <= 99_991_231)
    valid &= (hour < 24) & (minute < 60) & (second < 60) & ~_nulls(values)
    days = np.where(valid, days, 19_700_101)
    month = (days // 10_000 - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (days // 100 % 100 - 1)
    date = month.astype("datetime64[D]") + (days % 100 - 1)
    valid &= date.astype("datetime64[M]") == month  # 31 February is no date
    seconds = date.astype("datetime64[s]").astype(np.int64) + hour * 3600 + minute * 60 + second
    return pa.array(seconds * 1_000_000, mask=~valid).view(TIMESTAMP)


def _from_timestamps(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_timestamp(kind) and kind.unit == "us":
        return values.view(TIMESTAMP)
    if pa.types.is_date(kind):
        values, kind = values.cast(pa.timestamp("s")), pa.timestamp("s")
    clock = Clock("")
    clock.unit = kind.unit
    return clock._from_integers(values.view(pa.int64()))


def _any_negative(values: pa.Array) -> bool:
    low = pc.min(values).as_py()
    return low is not None and low < 0


_duckdb_lock = threading.Lock()
_duckdb: DuckDBPyConnection | None = None


def _names_a_zone(text: pa.Array) -> pa.Array:
    """Whether a time ends in letters that several zones go by, such as CST."""
    return pc.and_(
        pc.match_substring_regex(text, _ZONE_WORD), pc.invert(pc.match_substring_regex(text, _PLAIN_WORD))
    )


def _by_duckdb(text: pa.Array, spellings: list[str]) -> pa.Array:
    """Read text times of mixed spellings; null where DuckDB cannot, or where a zone has several meanings."""
    global _duckdb
    import duckdb  # a tenth of a second that few logs need

    text = pc.replace_substring_regex(text, r"^(\d{4})/(\d{1,2})/(\d{1,2})", r"\1-\2-\3")
    text = pc.replace_substring_regex(text, r"^(\d.*) ([+-]\d\d:?\d\d)$", r"\1\2")
    iso = pc.and_(pc.match_substring_regex(text, r"^\d{4}-\d"), pc.invert(_names_a_zone(text)))
    absent = pa.scalar(None, pa.string())
    text = pc.if_else(pc.match_substring_regex(text, r"\d"), text, absent)  # no word such as infinity
    table = pa.table(
        {"iso": pc.if_else(iso, text, absent), "other": pc.if_else(pc.fill_null(iso, False), absent, text)}
    )
    zoned, formats = (
        ", ".join(f"'{spelling}'" for spelling in each) for each in (ZONED_SPELLINGS, spellings)
    )
    with _duckdb_lock:
        if _duckdb is None:
            _duckdb = duckdb.connect(":memory:", config={"threads": 1})
            _duckdb.execute("SET TimeZone = 'UTC'")
        relation = _duckdb.from_arrow(table)
        result = relation.project(
            "coalesce(epoch_us(try_cast(iso AS TIMESTAMPTZ)),"
            f" epoch_us(try_strptime(other, [{zoned}])),"
            f" epoch_us(try_strptime(coalesce(other, iso), [{formats}]))) AS time"
        ).to_arrow_table()
    return result["time"].combine_chunks().cast(pa.int64()).view(TIMESTAMP)


def _nulls(values: pa.Array) -> Bools:
    if values.null_count == 0:
        return np.zeros(len(values), np.bool_)
    mask: Bools = values.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
    return mask


def _within_limits(
    times: pa.Array,
    missing: Bools,
    doubts: Sequence[tuple[str, Bools]] = (),
    start: int = START_MICROSECONDS,
) -> tuple[pa.Array, list[tuple[str, Bools]]]:
    numbers = times.view(pa.int64())
    bounds = pc.min_max(numbers).as_py()
    low, high = bounds["min"], bounds["max"]
    if times.null_count == 0 and (low is None or (low >= start and high < END_MICROSECONDS)):
        return times, []
    unreadable = _nulls(times) & ~missing
    clean = numbers.fill_null(0).to_numpy(zero_copy_only=False)
    outside = ((clean < start) | (clean >= END_MICROSECONDS)) & ~_nulls(times)
    return times, [(MISSING, missing), *doubts, (UNREADABLE, unreadable), (OUTSIDE, outside)]
