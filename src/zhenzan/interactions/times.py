"""Time parsing: times as logs write them → microseconds since 1970, UTC.

Numbers are read by `epochs`. Text is ISO 8601 in all its forms, with or without zone and fraction, also with
slashes or a blank before the zone, or one of the spellings of the trade below. A time without a zone is UTC,
or of the zone that the user names. Each value is read by itself; only whether 1/2/2024 begins with the day is
decided on the column.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.errors import InputError
from zhenzan.interactions.column_types import NULL_WORDS, cast_whole
from zhenzan.interactions.epochs import (
    END_MICROSECONDS,
    START_MICROSECONDS,
    from_floats,
    from_integers,
    unit_of_name,
)
from zhenzan.interactions.records import Bools
from zhenzan.interactions.schema import TIMESTAMP

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["END_MICROSECONDS", "START_MICROSECONDS", "Clock", "check_zone"]

MISSING, UNREADABLE, OUTSIDE, ZONE, ORDER, CUT = (
    "timestamp is missing",
    "timestamp is not a time",
    "timestamp is outside 2000..2100 (a serial day, ticks, another unit?)",
    "timestamp names a zone of several meanings: write +08:00, or none",
    "timestamp may be day/month or month/day: write year-month-day",
    "timestamp is a number that a spreadsheet has cut (1.7E+12): export it again as text",
)
# Spellings that mean one time, beside ISO 8601. Those with an offset are tried apart: in one list DuckDB 2.0
# carries the offset of one row over to the next, which has none.
ZONED_SPELLINGS = ("%a %b %d %H:%M:%S %z %Y", "%a, %d %b %Y %H:%M:%S %z")
SPELLINGS = (
    "%a, %d %b %Y %H:%M:%S GMT",
    "%a %b %d %H:%M:%S UTC %Y",
    "%a %b %d %H:%M:%S GMT %Y",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
    "%b %d, %Y @ %H:%M:%S.%g",
    "%b %d, %Y, %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y-%m-%d %I:%M %p",
)
CLOCKS = (" %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %H:%M:%S", ", %I:%M:%S %p", "")
_SLASHED = r"^(?P<one>\d{1,2})/(?P<two>\d{1,2})/\d{4}\b"
_ZONE_WORD = r"(?i)\d\s*[a-z]{2,5}$"
_PLAIN_WORD = r"(?i)\d\s*(utc|gmt|am|pm)$"
_NUMBER = r"^[+-]?(\d{1,18}(\.\d*)?|[1-8]\d{18}|9[01]\d{17})$"
_WHOLE_NUMBER = r"^-?\d{1,19}$"
_THOUSANDS = r"^\d{1,3}(,\d{3}){2,}$"
_EXPONENT = r"^(?P<digits>[+-]?\d\.?\d*)[eE]\+?(?P<exponent>\d{1,2})$"
_ZONED = r"(?i)(\d(z| ?utc| ?gmt)( \d{4})?$|:\d\d(\.\d+)? ?[+-]\d\d(:?\d\d)?( \d{4})?$)"


class Clock:
    """A parser for the time column of one file.

    zone: the IANA name of the zone of times that name none; None is UTC. `read` returns the times as
    timestamp[us, UTC] and, for rows without a valid one, a mask per reason. Cost: vectorised; ISO text at
    tens of millions a second, odd spellings at a few millions.
    """

    def __init__(self, column: str, zone: str | None = None) -> None:
        self.unit: str | None = unit_of_name(column)
        self.zone = None if zone in (None, "UTC") else zone
        self.day_first: bool | None = None  # of dates with slashes, decided on the first that tell

    def read(self, values: pa.Array) -> tuple[pa.Array, list[tuple[str, Bools]]]:
        kind = values.type
        missing = _nulls(values)
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            times = _from_timestamps(values)
            if self.zone and getattr(kind, "tz", None) is None:
                times = self._placed(times, np.ones(len(values), np.bool_))
            return _within_limits(times, missing, start=0)  # a type leaves no unit open
        if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            times = self._placed(*from_floats(values.cast(pa.float64(), safe=False), self.unit))
        elif pa.types.is_integer(kind):
            times = self._placed(*from_integers(values, self.unit))
        elif pa.types.is_null(kind):
            times = pa.nulls(len(values), TIMESTAMP)
        else:
            text = values.cast(pa.string())
            times = self._from_text(text)
            if times.null_count:
                missing = missing | _said_missing(text, times)
                return _within_limits(times, missing, self._doubts(text, _nulls(times) & ~missing))
        return _within_limits(times, missing)

    def _placed(self, times: pa.Array, naive: Bools | None) -> pa.Array:
        """The times, of which `naive` were read as UTC though they are of the user's zone."""
        if self.zone is None or naive is None or not naive.any():
            return times
        sane = pc.if_else(pc.is_in(_year_of(times), pa.array(range(1970, 2102))), times, None)
        local = pc.assume_timezone(
            sane.cast(pa.timestamp("us", tz="UTC")).view(pa.int64()).view(pa.timestamp("us")),
            self.zone,
            ambiguous="earliest",
            nonexistent="latest",
        )
        moved = pc.coalesce(local.view(pa.int64()).view(TIMESTAMP), times)
        return pc.if_else(pa.array(naive), moved, times)

    def _doubts(self, text: pa.Array, unread: Bools) -> list[tuple[str, Bools]]:
        """Why texts were not read, where there is more to say than that they are no times."""
        text = pc.utf8_trim_whitespace(text)
        return [
            (reason, unread & pc.fill_null(mask, False).to_numpy(zero_copy_only=False))
            for reason, mask in (
                (ZONE, _names_a_zone(text)),
                (ORDER, pc.match_substring_regex(text, _SLASHED)),
                (CUT, pc.match_substring_regex(text, _EXPONENT)),
            )
        ]

    def _slashed(self, text: pa.Array) -> list[str]:
        """How dates with slashes are written in this file; none where nothing tells day from month."""
        parts = pc.extract_regex(text, _SLASHED).drop_null()
        if len(parts) == 0:
            return []
        if self.day_first is None:
            first, second = (int(pc.max(parts.field(i).cast(pa.int64())).as_py()) for i in (0, 1))
            if max(first, second) <= 12 or min(first, second) > 12:
                return []
            self.day_first = first > 12
        date = "%d/%m/%Y" if self.day_first else "%m/%d/%Y"
        return [date + clock for clock in CLOCKS]

    def _from_text(self, text: pa.Array) -> pa.Array:
        numbers = cast_whole(text, pa.int64())
        if numbers is not None:
            return self._placed(*from_integers(numbers, self.unit))
        zoned = cast_whole(text, TIMESTAMP)
        if zoned is not None:
            return zoned
        naive = cast_whole(text, pa.timestamp("us"))
        if naive is not None:
            return self._placed(naive.view(TIMESTAMP), np.ones(len(text), np.bool_))
        return self._from_mixed_text(text)

    def _from_mixed_text(self, text: pa.Array) -> pa.Array:
        """Read text in several spellings, or with unreadable ones among them (these become null)."""
        text = pc.utf8_trim_whitespace(text)
        text = pc.if_else(
            pc.match_substring_regex(text, _THOUSANDS), pc.replace_substring(text, ",", ""), text
        )
        is_number = pc.fill_null(pc.match_substring_regex(text, _NUMBER), False)
        is_number = pc.or_(is_number, _is_whole_exponent(text))
        times = pa.nulls(len(text), TIMESTAMP)
        if pc.any(is_number).as_py():
            numbers = pc.if_else(is_number, text, pa.scalar(None, pa.string()))
            # A float cannot hold every whole number of nanoseconds.
            is_whole = pc.match_substring_regex(numbers, _WHOLE_NUMBER)
            whole = pc.if_else(is_whole, numbers, pa.scalar(None, pa.string()))
            times = self._placed(*from_integers(whole.cast(pa.int64()), self.unit))
            if not pc.all(is_whole).as_py():
                rest = pc.if_else(is_whole, pa.scalar(None, pa.string()), numbers)
                times = pc.coalesce(times, self._placed(*from_floats(rest.cast(pa.float64()), self.unit)))
        worded = _by_duckdb(text, [*SPELLINGS, *self._slashed(text)])
        if self.zone is not None:
            zoned = pc.fill_null(pc.match_substring_regex(text, _ZONED), True)
            worded = self._placed(worded, ~zoned.to_numpy(zero_copy_only=False))
        return pc.coalesce(times, worded)


def check_zone(zone: str | None) -> None:
    """Raise InputError if there is no such zone."""
    try:
        if zone is not None:
            ZoneInfo(zone)
            pc.assume_timezone(pa.array([0], pa.timestamp("us")), zone)
    except (ZoneInfoNotFoundError, ValueError, OSError, pa.ArrowException):
        raise InputError(
            f"There is no time zone {zone!r}. Give an IANA name such as Asia/Shanghai or Europe/Berlin."
        ) from None


def _said_missing(text: pa.Array, times: pa.Array) -> Bools:
    """Which of the texts that are no times say that there is none."""
    words = pc.utf8_lower(pc.utf8_trim_whitespace(text))
    mask_array = pc.and_(pc.is_null(times), pc.is_in(words, pa.array(NULL_WORDS)))
    mask: Bools = mask_array.to_numpy(zero_copy_only=False)
    return mask


def _year_of(times: pa.Array) -> pa.Array:
    return pc.add(pc.divide(times.view(pa.int64()), 31_556_952_000_000), 1970)


def _from_timestamps(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_timestamp(kind) and kind.unit == "us":
        return values.view(TIMESTAMP)
    if pa.types.is_date(kind):
        values, kind = values.cast(pa.timestamp("s")), pa.timestamp("s")
    return from_integers(values.view(pa.int64()), kind.unit)[0]


_duckdb_lock = threading.Lock()
_duckdb: DuckDBPyConnection | None = None


def _names_a_zone(text: pa.Array) -> pa.Array:
    """Whether a time ends in letters that several zones go by, such as CST."""
    return pc.and_(
        pc.match_substring_regex(text, _ZONE_WORD), pc.invert(pc.match_substring_regex(text, _PLAIN_WORD))
    )


def _is_whole_exponent(text: pa.Array) -> pa.Array:
    """Which numbers with an exponent still hold all their digits: 1.714564800E9."""
    parts = pc.extract_regex(text, _EXPONENT)
    if parts.null_count == len(parts):
        return pa.array(np.zeros(len(text), np.bool_))
    digits = pc.utf8_length(pc.replace_substring_regex(parts.field("digits"), r"[+.-]", ""))
    exponent = pc.cast(pc.if_else(pc.is_null(parts), None, parts.field("exponent")), pa.int32())
    return pc.fill_null(pc.greater(digits, exponent), False)


def _extended(text: pa.Array) -> pa.Array:
    """ISO 8601 in its extended form, as DuckDB reads it: of the basic form, of week dates, of small letters,
    of a decimal comma, of slashes and of a blank before the zone.
    """
    weeks = pc.fill_null(pc.match_substring_regex(text, _WEEK_DATE), False)
    if pc.any(weeks).as_py():
        dated = [_of_week(value) for value in text.filter(weeks).to_pylist()]
        text = pc.replace_with_mask(text, weeks, pa.array(dated, pa.string()))
    for pattern, written in _TO_EXTENDED:
        text = pc.replace_substring_regex(text, pattern, written)
    return text


_TO_EXTENDED = (
    (r"^(\d{4})/(\d{1,2})/(\d{1,2})", r"\1-\2-\3"),
    (r"^(\d.*) ([+-]\d\d:?\d\d)$", r"\1\2"),
    (r"^(\d{4})(\d\d)(\d\d)[Tt ](\d)", r"\1-\2-\3T\4"),
    (r"^(\d{4}-[\d-]+)[Tt ](\d\d)(\d\d)(\d\d)", r"\1T\2:\3:\4"),
    (r"^(\d{4}-[\d-]+)[Tt ](\d\d)(\d\d)([Zz+-]|$)", r"\1T\2:\3\4"),
    (r"^(\d{4}-[\d-]+)[Tt ](\d\d)([Zz+-]|$)", r"\1T\2:00\3"),
    (r"^(\d{4}-[\d-]+)t(\d)", r"\1T\2"),
    (r"^(\d{4}-.*:\d\d),(\d)", r"\1.\2"),
    (r"^(\d{4}.*\d)z$", r"\1Z"),
)
_WEEK_DATE = r"^\d{4}-?[Ww]\d\d-?\d"


def _of_week(text: str) -> str | None:
    year, week, day, rest = re.fullmatch(r"(\d{4})-?[Ww](\d\d)-?(\d)(.*)", text).groups()  # type: ignore[union-attr]
    try:
        return f"{date.fromisocalendar(int(year), int(week), int(day))}{rest}"
    except ValueError:
        return None


def _by_duckdb(text: pa.Array, spellings: list[str]) -> pa.Array:
    """Read text times of mixed spellings; null where DuckDB cannot, or where a zone has several meanings."""
    global _duckdb
    import duckdb  # a tenth of a second that few logs need

    text = _extended(text)
    iso = pc.and_(pc.match_substring_regex(text, r"^\d{4}-\d"), pc.invert(_names_a_zone(text)))
    absent = pa.scalar(None, pa.string())
    text = pc.if_else(pc.match_substring_regex(text, r"\d"), text, absent)  # no word such as infinity
    table = pa.table(
        {"iso": pc.if_else(iso, text, absent), "other": pc.if_else(pc.fill_null(iso, False), absent, text)}
    )
    zoned, formats = (
        ", ".join(f"'{spelling}'" for spelling in group) for group in (ZONED_SPELLINGS, spellings)
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
