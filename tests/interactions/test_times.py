from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interactions.helpers import rows_of, write

from zhenzan.errors import InputError
from zhenzan.interactions import open_log
from zhenzan.interactions.times import (
    MISSING,
    ORDER,
    OUTSIDE,
    START_MICROSECONDS,
    UNREADABLE,
    ZONE,
    Clock,
    check_zone,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 12, 31, 23, 59, 59, 999999))


def microseconds(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1)


def read(values: pa.Array, column: str = "time") -> list[int | None]:
    """Read times; None where there is a problem."""
    read_values, problems = Clock(column).read(values)
    assert read_values.type == pa.timestamp("us", tz="UTC")
    bad = {i for _, mask in problems for i in mask.nonzero()[0]}
    return [None if i in bad else value for i, value in enumerate(read_values.view(pa.int64()).to_pylist())]


@given(st.lists(times, min_size=1))
@pytest.mark.parametrize(("column", "divisor"), [("t_us", 1), ("t_ms", 1000), ("t_s", 1_000_000)])
def test_numbers_in_a_named_unit_are_exact(column: str, divisor: int, values: list[datetime]) -> None:
    numbers = [microseconds(value.replace(tzinfo=UTC)) // divisor for value in values]
    expected = [number * divisor for number in numbers]
    assert read(pa.array(numbers, pa.int64()), column) == expected
    assert read(pa.array([str(number) for number in numbers]), column) == expected
    assert read(pa.array([float(number) for number in numbers]), column) == expected


@given(st.lists(st.datetimes(datetime(2001, 9, 10), datetime(2100, 1, 1)), min_size=1))
@pytest.mark.parametrize("per_second", [1, 1000, 1_000_000, 1_000_000_000])
def test_the_unit_of_numbers_is_told_by_magnitude(per_second: int, values: list[datetime]) -> None:
    seconds = [microseconds(value.replace(tzinfo=UTC)) // 1_000_000 for value in values]
    numbers = pa.array([second * per_second for second in seconds], pa.int64())
    assert read(numbers) == [second * 1_000_000 for second in seconds]


def test_a_number_is_the_same_time_whatever_stands_beside_it() -> None:
    numbers = [1_700_000_000, 1_700_000_000_123, 947_000_000_000, 20231114221320, 1_700_000_000_000_000_999]
    alone = [read(pa.array([number]))[0] for number in numbers]
    assert alone == read(pa.array(numbers)) == read(pa.array([str(number) for number in numbers]))
    assert alone[0] == alone[3] == alone[4] == 1_700_000_000_000_000
    assert alone[2] == 947_000_000_000_000


@given(st.lists(times, min_size=1), st.integers(-14 * 60, 14 * 60), st.sampled_from(["T", " "]))
def test_text_with_a_zone_is_that_instant(values: list[datetime], offset: int, between: str) -> None:
    zone = timezone(timedelta(minutes=offset))
    instants = [value.replace(tzinfo=zone) for value in values]
    expected = [microseconds(instant) for instant in instants]
    expected_or_none = [
        e if START_MICROSECONDS <= e < microseconds(datetime(2101, 1, 1, tzinfo=UTC)) else None
        for e in expected
    ]
    assert read(pa.array([instant.isoformat(between) for instant in instants])) == expected_or_none


@given(st.lists(times, min_size=1))
def test_text_without_a_zone_is_utc(values: list[datetime]) -> None:
    assert read(pa.array([v.isoformat() for v in values])) == [
        microseconds(v.replace(tzinfo=UTC)) for v in values
    ]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Shanghai"])
def test_arrow_timestamps_of_any_unit_and_zone(unit: str, zone: str | None) -> None:
    moment = datetime(2024, 2, 29, 12, 0, 1, tzinfo=UTC)
    given_value = moment if zone else moment.replace(tzinfo=None)
    assert read(pa.array([given_value, None], pa.timestamp(unit, zone))) == [microseconds(moment), None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2012/03/10 22:00:00 -0800", "2012-03-11T06:00:00+00:00"),
        ("2024-01-02", "2024-01-02T00:00:00+00:00"),
        ("2024-01-02 10:00", "2024-01-02T10:00:00+00:00"),
        ("2024-01-02T10:00:00.123456789Z", "2024-01-02T10:00:00.123456+00:00"),
        ("  2024-01-02T10:00:00Z ", "2024-01-02T10:00:00+00:00"),
        ("1704189600", "2024-01-02T10:00:00+00:00"),
        ("1704189600.5", "2024-01-02T10:00:00.500000+00:00"),
    ],
)
def test_spellings_may_be_mixed_in_one_column(text: str, expected: str) -> None:
    values = pa.array(["2024-01-01T00:00:00Z", text, "no time at all"])
    assert read(values)[1] == microseconds(datetime.fromisoformat(expected))


def test_calendar_numbers_are_dates() -> None:
    day = microseconds(datetime(2024, 2, 29, tzinfo=UTC))
    assert read(pa.array([20240229, 20240101]))[0] == day
    assert read(pa.array(["20240229", "20240101"]))[0] == day
    assert read(pa.array([20240229101112]))[0] == day + 36_672_000_000
    assert read(pa.array([20240101] * 5 + [20240231])) == [
        microseconds(datetime(2024, 1, 1, tzinfo=UTC))
    ] * 5 + [None]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, MISSING),
        ("", MISSING),
        ("yesterday", UNREADABLE),
        ("2024-02-30", UNREADABLE),
        ("1969-12-31", OUTSIDE),
        ("2101-01-01", OUTSIDE),
        ("infinity", UNREADABLE),
        ("-5", OUTSIDE),
        ("9" * 18, OUTSIDE),
        ("9" * 40, UNREADABLE),
    ],
)
def test_each_bad_time_has_its_reason(value: str | None, reason: str) -> None:
    _, problems = Clock("time_s").read(pa.array(["2024-01-01T00:00:00Z", value]))
    assert [name for name, mask in problems if mask[1]] == [reason]
    assert not any(mask[0] for _, mask in problems)


@given(
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))),
    st.lists(st.one_of(st.none(), st.floats())),
)
def test_no_number_is_too_odd(whole: list[int | None], floating: list[float | None]) -> None:
    for values in (pa.array(whole, pa.int64()), pa.array(floating, pa.float64())):
        for result in read(values):
            assert result is None or 0 <= result < microseconds(datetime(2101, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "spelling",
    [
        "20240501T040009Z", "20240501T120009+0800", "2024-05-01T04:00:09,0Z", "2024-05-01t04:00:09z",
        "2024-W18-3T04:00:09Z", "2024W183T040009Z", "Wed May 01 12:00:09 +0800 2024", "1,714,536,009",
        "1.714536009E9", "2024-05-01T04:00:09", "2024/5/1 04:00:09", "May 1, 2024 @ 04:00:09.000",
    ],
)  # fmt: skip
def test_one_instant_in_the_spellings_of_the_trade(spelling: str) -> None:
    assert read(pa.array([spelling])) == [INSTANT]
    assert read(pa.array([spelling, "2024-05-01T12:00:09+08:00", "never"])) == [INSTANT, INSTANT, None]


@given(
    st.lists(st.datetimes(datetime(2001, 1, 1), datetime(2037, 1, 1)), min_size=1),
    st.sampled_from(["Asia/Shanghai", "America/Los_Angeles", "Asia/Kolkata"]),
)
def test_times_that_name_no_zone_are_of_the_zone_that_is_said(values: list[datetime], zone: str) -> None:
    values = [value.replace(microsecond=0, fold=0) for value in values]  # text names no fold
    expected = [microseconds(value.replace(tzinfo=ZoneInfo(zone))) for value in values]
    real = [i for i, v in enumerate(values) if exists(v, zone)]  # no time that clocks leap over
    columns = [
        pa.array([value.isoformat() for value in values] + ["2024-05-01T04:00:09Z"]),
        pa.array([f"{value:%Y%m%d%H%M%S}" for value in values] + [f"{INSTANT}"]),
    ]
    for column in columns:
        clock = Clock("time", zone)
        read = clock.read(column)[0].view(pa.int64()).to_pylist()
        assert [read[i] for i in real] == [expected[i] for i in real]
        assert read[-1] == INSTANT
    typed = Clock("time", zone).read(pa.array(values, pa.timestamp("s")))[0].view(pa.int64()).to_pylist()
    assert [typed[i] for i in real] == [expected[i] for i in real]


def exists(value: datetime, zone: str) -> bool:
    aware = value.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == value


@pytest.mark.parametrize("zone", ["Asia/Shangai", "CST8", "", "../etc"])
def test_a_zone_that_is_none_is_told(zone: str) -> None:
    with pytest.raises(InputError, match="time zone"):
        check_zone(zone)


INSTANT = microseconds(datetime(2024, 5, 1, 4, 0, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        "Wed May 01 12:00:09 +0800 2024", "Wed, 01 May 2024 04:00:09 GMT", "2024年5月1日 04:00:09",
        "May 1, 2024 @ 04:00:09.000", "01.05.2024 04:00:09", "2024-05-01 04:00:09 AM", "2024/5/1 4:00:09",
        "2024-05-01 12:00:09 +08:00", "2024-05-01 04:00:09 UTC",
    ],
)  # fmt: skip
def test_spellings_of_the_trade_are_one_instant_whatever_stands_beside_them(text: str) -> None:
    others = ["Fri Jan 15 08:36:13 +0800 2021", "2024-05-01T04:00:09Z", "nothing"]
    assert read(pa.array([text])) == [INSTANT]
    assert read(pa.array([*others, text, *others]))[3] == INSTANT


def test_days_and_months_with_slashes_are_decided_on_the_whole_column() -> None:
    assert read(pa.array(["5/1/2024 04:00:09", "5/13/2024 04:00:09"]))[0] == INSTANT
    assert read(pa.array(["1/5/2024 04:00:09", "13/5/2024 04:00:09"]))[0] == INSTANT
    _, problems = Clock("time").read(pa.array(["5/1/2024 04:00:09"]))
    assert next(reason for reason, mask in problems if mask.any()) == ORDER


@pytest.mark.parametrize("word", ["CST", "IST", "BST", "EST", "PST"])
def test_a_zone_of_several_meanings_is_no_time(word: str) -> None:
    _, problems = Clock("time").read(pa.array([f"2024-05-01 12:00:00 {word}", "2024-05-01 12:00:00"]))
    assert next((reason, mask.tolist()) for reason, mask in problems if mask.any()) == (ZONE, [True, False])


@pytest.mark.parametrize("numbers", [[45413.5, 45414.5], [638_501_616_000_000_000], [19_844], [1.5e9 / 2]])
def test_serial_days_ticks_and_old_times_are_refused(numbers: list[float]) -> None:
    assert read(pa.array(numbers)) == [None] * len(numbers)


def test_nanoseconds_among_other_spellings_are_times(tmp_path: Path) -> None:
    text = "account,item,timestamp\na,v,1714564800000000000\na,w,2024-05-01T12:00:00Z\n"
    rows = rows_of(open_log(write(tmp_path / "mixed.csv", text)))
    assert len({row["timestamp"] for row in rows}) == 1
    assert len(rows) == 2
