"""One rule for every door: a value means the same in a file, in a dataframe and in a message."""

from __future__ import annotations

import csv
import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interactions.helpers import rows_of

from zhenzan.interactions import HashKey, RotatingHash, join_rows, open_log, read_message

HASHES = RotatingHash([HashKey(0, b"k" * 32)])
EXAMPLES = int(os.environ.get("ZHENZAN_FUZZ_EXAMPLES", "60"))
FIELDS = ("timestamp", "account", "item", "kind", "creator", "watched", "region")

moments = st.datetimes(datetime(1995, 1, 1), datetime(2103, 1, 1))
spelled = st.sampled_from(
    [
        "%Y-%m-%dT%H:%M:%SZ",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S.%f",
        "%Y%m%dT%H%M%SZ",
        "%Y-%m-%dT%H:%M:%S,5Z",
        "%Y-%m-%dt%H:%M:%Sz",
        "%G-W%V-%uT%H:%M:%SZ",
        "%Y/%m/%d %H:%M",
        "%Y-%m-%d",
        "%Y%m%d%H%M%S",
        "%Y%m%d",
        "%a %b %d %H:%M:%S +0800 %Y",
        "%a, %d %b %Y %H:%M:%S GMT",
        "%Y年%m月%d日 %H:%M:%S",
        "%d.%m.%Y %H:%M",
        "%m/%d/%Y %H:%M:%S",
        "%b %d, %Y @ %H:%M:%S.000",
        "%Y-%m-%d %H:%M:%S CST",
        "%Y-%m-%d %H:%M:%S UTC",
        "%Y-%m-%dT24:00:00Z",
        "%Y-%m-%dT%H",
        "%Y-%m-%d %I:%M:%S %p",
        "  %Y-%m-%dT%H:%M:%S+05:30 ",
    ]
)
absent = st.sampled_from(["None", "null", "NaN", "n/a", "NA", "undefined", "\\N", "nil", "  "])
odd_ids = st.sampled_from(
    [
        "7.3E+18",
        "1.5e17",
        "1001.0",
        "1001.50",
        "'0012",
        '="0012"',
        " a ",
        "\u3000b\u00a0",
        "007",
        "12e4",
        "0",
        "-1",
        "18446744073709551615",
        "9007199254740993",
        "a,b",
        "a\x7fb",
        "a\x01b",
        "a\x85b",
        'say "x"',
        "小红",
        "1.0.0",
        "x.0",
    ]
)
texts = st.one_of(
    st.text("abc0159.eE-_ ", min_size=1, max_size=8), absent, odd_ids, st.integers(0, 10**19).map(str)
)
numbers = st.one_of(
    st.integers(0, 2**63 - 1),
    st.integers(946_684_800, 4_133_980_800),
    st.integers(946_684_800_000, 4_133_980_800_000),
    st.integers(20_000_101, 20_991_231),
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.one_of(
    st.builds(lambda moment, spelling: moment.strftime(spelling), moments, spelled),
    st.builds(lambda moment, zone: moment.replace(tzinfo=zone).isoformat(), moments, zones),
    numbers.map(str),
    texts,
)
kinds = st.sampled_from(
    ["like", "点赞", "un-like", "WatchEvent", "1", "0", "-1", "true", "huh", "view", "None"]
)
lengths = st.one_of(
    st.integers(-3, 10**7).map(str), st.sampled_from(["12.5", "1e3", "soon", "NaN", "0.4999"])
)
value_of = {
    "timestamp": times,
    "account": texts,
    "item": texts,
    "kind": kinds,
    "creator": texts,
    "watched": lengths,
    "region": texts,
}
GOOD = {"timestamp": "2024-05-01T12:00:00Z", "account": "ann", "item": "v1"}

Row = tuple[Any, ...]


def of_rows(rows: list[dict[str, Any]]) -> list[Row]:
    kinds_of = ("view", "like", "unlike", "comment", "share", "follow", "collect", "gift", "report")
    named = [
        {
            **row,
            "kind": kinds_of[row["kind"]] if isinstance(row.get("kind"), int) else row.get("kind") or "like",
        }
        for row in rows
    ]
    return [
        (
            row["timestamp"].timestamp(),
            str(row["account"]),
            str(row["item"]),
            row["kind"],
            None if row.get("creator") is None else str(row["creator"]),
            row.get("watched"),
            row.get("region"),
        )
        for row in named
    ]


def by_log(source: Any) -> tuple[list[Row], list[str]]:
    log = open_log(source, mapping={name: name for name in GOOD})
    rows = of_rows(rows_of(log))
    return rows, [*log.summary.by_reason, *log.summary.skipped_by_reason]


def by_message(row: dict[str, Any]) -> tuple[list[Row], list[str]]:
    read = read_message(json.dumps(row).encode(), "ndjson", HASHES)
    return of_rows(join_rows([read]).to_pylist()), [rejected.reason for rejected in read.rejected]


def all_agree(doors: dict[str, tuple[list[Row], list[str]]], row: dict[str, Any]) -> None:
    """Every door gives the rows of the first, or refuses for its reason."""
    first_rows, first_reasons = next(iter(doors.values()))
    for door, (rows, reasons) in doors.items():
        assert rows == first_rows, (door, row)
        assert [reason.split(":")[0] for reason in reasons] == [
            reason.split(":")[0] for reason in first_reasons
        ], row


@settings(max_examples=EXAMPLES)
@given(st.fixed_dictionaries({}, optional=value_of))
@pytest.mark.filterwarnings("ignore")
def test_a_text_means_the_same_at_every_door(tmp_path_factory: Any, given_values: dict[str, str]) -> None:
    row = {**GOOD, **given_values}
    folder: Path = tmp_path_factory.getbasetemp()
    path = folder / "row.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerow(row)
    lines = folder / "row.ndjson"
    lines.write_text(json.dumps(row) + "\n")
    doors = {
        "csv": by_log(path),
        "ndjson": by_log(lines),
        "frame": by_log(pa.table({name: pa.array([value]) for name, value in row.items()})),
        "message": by_message(row),
    }
    all_agree(doors, row)


@settings(max_examples=EXAMPLES)
@given(
    st.fixed_dictionaries(
        {
            "timestamp": st.one_of(numbers, st.floats(9e8, 4.2e9), st.floats(0, 1e19)),
            "account": st.one_of(
                st.integers(0, 2**63 - 1), st.floats(0, 1e17), st.integers(0, 10**6).map(float)
            ),
            "item": st.integers(-5, 2**62),
        },
        optional={"watched": st.one_of(st.integers(-2, 10**13), st.floats(0, 1e15))},
    )
)
def test_a_number_means_the_same_at_every_door(tmp_path_factory: Any, row: dict[str, Any]) -> None:
    lines = tmp_path_factory.getbasetemp() / "numbers.ndjson"
    lines.write_text(json.dumps(row) + "\n")
    doors = {
        "ndjson": by_log(lines),
        "frame": by_log(pa.table({name: pa.array([value]) for name, value in row.items()})),
        "message": by_message(row),
    }
    all_agree(doors, row)


@pytest.mark.parametrize("mark", [False, 0, "0", "否"])
def test_a_mark_that_says_no_is_no_like_at_any_door(tmp_path: Path, mark: Any) -> None:
    (tmp_path / "log.ndjson").write_text("".join(json.dumps({**GOOD, "like": m}) + "\n" for m in (mark, 1)))
    log = open_log(tmp_path / "log.ndjson")
    assert len(rows_of(log)) == 1
    assert log.summary.skipped == 1
    assert by_message({**GOOD, "like": mark})[0] == []
    assert len(by_message({**GOOD, "like": True})[0]) == 1
