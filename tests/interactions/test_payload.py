"""Messages of interactions: both ways of reading agree, bad rows get reasons, good ones are never lost."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.errors import InputError
from zhenzan.interactions import HashKey, RotatingHash, given_rows, join_rows, read_message
from zhenzan.interactions import payload as reading
from zhenzan.interactions.field_names import look_at_names

KEY = HashKey(0, b"k" * 32)
HASHES = RotatingHash([KEY])
AT = 1_790_000_000_000

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
ids = st.one_of(texts, st.integers(-(2**70), 2**70))
times = st.one_of(
    st.integers(0, 2**62),
    st.integers(1_000_000_000, 2_000_000_000),
    st.floats(0, 1e18),
    st.datetimes(datetime(1990, 1, 1), datetime(2110, 1, 1)).map(lambda at: at.isoformat() + "Z"),
    st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.isoformat() + "+08:00"),
    st.just("yesterday"),
    st.just("2026-02-30T00:00:00Z"),
)
kinds = st.sampled_from(["like", "点赞", "view", "Un-Like", "huh", "", "star"])
values = {
    "timestamp": times,
    "account": ids,
    "item": ids,
    "id": st.one_of(st.none(), ids),
    "kind": st.one_of(st.none(), kinds),
    "creator": st.one_of(st.none(), ids),
    "watched": st.one_of(st.none(), st.integers(-5, 10**6), st.floats(allow_nan=False, allow_infinity=False)),
    "ip": st.one_of(st.none(), texts),
    "device": st.one_of(st.none(), ids),
    "region": st.one_of(st.none(), texts),
    "gesture": st.one_of(st.none(), st.just([{"x": 1, "y": 2.5, "t": 0}]), st.just([]), st.just("no")),
    "other": st.one_of(st.none(), st.integers(), st.just({"a": [1]})),
}


def alike(names: list[str]) -> Any:
    """Messages whose rows have the same fields, each drawn from few values: what is sent fast."""
    return st.lists(st.fixed_dictionaries({name: values[name] for name in names}), min_size=1, max_size=12)


messages = st.one_of(
    alike(["timestamp", "account", "item"]),
    alike(list(values)),
    st.lists(
        st.fixed_dictionaries(
            {"timestamp": st.integers(1_700_000_000, 1_800_000_000), "account": texts, "item": texts},
            optional={name: values[name] for name in ("id", "kind", "creator", "ip", "watched", "region")},
        ),
        min_size=1,
        max_size=12,
    ),
)


def lines(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


@settings(max_examples=150)
@given(messages)
def test_all_ways_of_reading_give_the_same_rows_and_refusals(rows: list[dict[str, Any]]) -> None:
    body = lines(rows)
    together = reading._read_rows(reading._pieces(body, "ndjson"), reading._decode_row, HASHES)
    fast = reading._read_fast(body, HASHES)
    alone = [read_message(lines([row]), "ndjson", HASHES) for row in rows]
    if fast is not None:
        assert not any(isinstance(row.get("gesture"), str) for row in rows)
        assert join_rows([fast]).equals(join_rows([together]))
        assert [rejected.index for rejected in fast.rejected] == [
            rejected.index for rejected in together.rejected
        ]
    assert join_rows(alone).equals(join_rows([together]))
    refused = [i for i, rows_read in enumerate(alone) if rows_read.rejected]
    assert refused == [rejected.index for rejected in together.rejected]
    assert len(together.good) + len(together.rejected) == len(rows)


@settings(max_examples=200)
@given(messages)
def test_an_array_says_what_lines_say(rows: list[dict[str, Any]]) -> None:
    as_lines, as_array = (
        read_message(body, form, HASHES)  # type: ignore[arg-type]
        for body, form in ((lines(rows), "ndjson"), (json.dumps(rows).encode(), "json"))
    )
    assert join_rows([as_lines]).equals(join_rows([as_array]))
    assert as_lines.rejected == as_array.rejected


def plain(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"i{i}",
            "timestamp": AT + i,
            "account": f"a{i}",
            "item": "v",
            "ip": f"10.0.0.{i % 200}",
            "watched": i,
        }
        for i in range(count)
    ]


def test_the_usual_message_is_read_fast() -> None:
    assert isinstance(read_message(lines(plain(100)), "ndjson", HASHES).good, pa.RecordBatch)


def test_one_bad_row_among_many_is_named_and_the_others_are_kept() -> None:
    rows = plain(200)
    rows[77]["account"] = True
    rows_read = read_message(lines(rows), "ndjson", HASHES)
    assert [rejected.index for rejected in rows_read.rejected] == [77]
    assert "account" in rows_read.rejected[0].reason
    assert join_rows([rows_read]).column("id").to_pylist() == [f"i{i}" for i in range(200) if i != 77]
    assert rows_read.indices == [i for i in range(200) if i != 77]


def nested(depth: int, between: bytes = b"") -> bytes:
    return (
        b'{"timestamp": 1790000000, "account": 1, "item": 2, "x": '
        + (b"[" + between) * depth
        + b"]" * depth
        + b"}"
    )


@pytest.mark.parametrize("index", [0, 1, 200])
@pytest.mark.parametrize("between", [b"", b"\n", b'1,\n{"a":1},'])
def test_a_row_that_nests_deep_neither_ends_the_process_nor_stops_the_others(
    index: int, between: bytes
) -> None:
    rows = [json.dumps(row).encode() for row in plain(200)]
    rows.insert(index, nested(40_000, between))
    rows_read = read_message(b"\n".join(rows), "ndjson", HASHES)
    assert join_rows([rows_read]).column("id").to_pylist() == [f"i{i}" for i in range(200)]
    assert rows_read.rejected


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[" + nested(100_000) + b"]"])
def test_an_array_that_nests_deep_is_refused(body: bytes) -> None:
    with pytest.raises(InputError, match="nests too deep"):
        read_message(body, "json", HASHES)


def test_the_usual_gestures_and_line_ends_are_still_read_fast() -> None:
    rows = [row | {"gesture": [{"x": 1, "y": 2, "t": i} for i in range(30)]} for row in plain(100)]
    for body in (lines(rows), lines(rows).replace(b"\n", b"\r\n") + b"\r\n"):
        assert isinstance(read_message(body, "ndjson", HASHES).good, pa.RecordBatch)


def test_an_arrow_stream_with_a_column_twice_is_refused() -> None:
    batch = pa.record_batch([pa.array([1])] * 4, names=["timestamp", "account", "item", "account"])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    with pytest.raises(InputError, match="several columns 'account'"):
        read_message(sink.getvalue(), "arrow", HASHES)


@pytest.mark.parametrize("body", [b" " * 5_000, b"\n" * 5_000, b"\r\n" * 5_000])
def test_a_message_of_spaces_is_empty(body: bytes) -> None:
    with pytest.raises(InputError, match="empty"):
        read_message(body, "ndjson", HASHES)


@pytest.mark.parametrize("number", [-1e308, 1e308, -1, -(10**30), 10**30])
def test_a_strange_time_is_a_rejected_row(number: float) -> None:
    rows_read = read_message(lines([{"timestamp": number, "account": 1, "item": 2}]), "ndjson", HASHES)
    assert len(rows_read.rejected) == 1


def test_rows_are_shown_as_they_were_given() -> None:
    rows = [{"account": "a"}, {"account": "b", "item": [1, 2]}]
    as_lines, as_array = lines(rows), json.dumps(rows).encode()
    assert given_rows(b"\n\n" + as_lines, "ndjson", [1]) == [json.dumps(rows[1])]
    assert given_rows(as_array, "json", [1, 0]) == [json.dumps(rows[1]), json.dumps(rows[0])]
    table = pa.table({"timestamp": [1, 2], "account": ["a", "b"], "item": ["", "v"]})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    assert given_rows(sink.getvalue(), "arrow", [0]) == ['{"timestamp":1,"account":"a","item":""}']


@given(st.binary(max_size=300), st.sampled_from(["json", "ndjson", "arrow"]))
def test_rubbish_is_an_error_or_rejected_rows(body: bytes, form: Any) -> None:
    try:
        rows_read = read_message(body, form, HASHES)
    except InputError:
        return
    assert rows_read.rejected or len(rows_read.good)


def test_an_arrow_stream_says_what_lines_say() -> None:
    rows = plain(50)
    table = pa.Table.from_pylist(
        [{**row, "timestamp": datetime.fromtimestamp(row["timestamp"] / 1e3, UTC)} for row in rows]
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    batch = join_rows([read_message(sink.getvalue(), "arrow", HASHES)])
    assert batch.equals(join_rows([read_message(lines(rows), "ndjson", HASHES)]))


@pytest.mark.parametrize(
    ("number", "us"),
    [
        (1_790_000_000, 1_790_000_000_000_000),
        (1_790_000_000_123, 1_790_000_000_123_000),
        (1_790_000_000_123_456, 1_790_000_000_123_456),
        (1_790_000_000_123_456_789, 1_790_000_000_123_456),
        (1_790_000_000.25, 1_790_000_000_250_000),
        ("2026-09-21T14:13:20Z", 1_790_000_000_000_000),
        ("2026-09-21T22:13:20+08:00", 1_790_000_000_000_000),
        ("2026-09-21 14:13:20", 1_790_000_000_000_000),
    ],
)
def test_the_size_of_a_number_tells_its_unit(number: Any, us: int) -> None:
    row = {"timestamp": number, "account": "a", "item": "v"}
    batch = join_rows([read_message(lines([row]), "ndjson", HASHES)])
    assert batch.column("timestamp").cast(pa.int64()).to_pylist() == [us]


def test_an_id_is_made_of_what_happened() -> None:
    row = {"timestamp": AT, "account": 7, "item": "v"}
    batch = join_rows([read_message(lines([row]), "ndjson", HASHES)])
    assert batch.column("id").to_pylist() == [f"like:7:v:{AT * 1000}"]


def test_raw_addresses_are_gone_and_equal_ones_stay_equal() -> None:
    rows = [
        {"timestamp": AT, "account": str(i), "item": "v", "ip": "10.1.2.3", "device": "secret-9"}
        for i in range(2)
    ]
    batch = join_rows([read_message(lines(rows), "ndjson", HASHES)])
    assert "10.1.2.3" not in str(batch.to_pylist())
    assert "secret-9" not in str(batch.to_pylist())
    assert len(set(batch.column("ip").to_pylist())) == 1
    assert batch.column("ip")[0] != batch.column("device")[0]


def test_a_key_holds_for_what_happens_in_its_time() -> None:
    later = HashKey(AT * 1000 + 500, b"x" * 32)
    both = RotatingHash([KEY, later])
    rows = [{"timestamp": AT + i, "account": "a", "item": "v", "ip": "10.0.0.1"} for i in (0, 0, 1, 1)]
    seen = join_rows([read_message(lines(rows), "ndjson", both)]).column("ip").to_pylist()
    assert seen[0] == seen[1] == HASHES.ip.one("10.0.0.1", 0)
    assert seen[2] == seen[3] != seen[0]
    large = join_rows([read_message(lines(rows * 40), "ndjson", both)]).column("ip").to_pylist()
    assert large == seen * 40


ROW = {"account": "a", "item": "v", "timestamp": 1_790_000_000}


@pytest.mark.parametrize("rows", [3, 300])
@pytest.mark.parametrize("format", ["json", "ndjson", "arrow"])
def test_names_that_are_no_fields_are_counted(rows: int, format: Any) -> None:
    objects = [ROW | {"id": str(i), "colour": "red"} | ({"size": i} if i else {}) for i in range(rows)]
    if format == "arrow":
        table = pa.Table.from_pylist([{"size": None, **row} for row in objects])
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        body = sink.getvalue().to_pybytes()
    else:
        body = (json.dumps(objects) if format == "json" else "\n".join(map(json.dumps, objects))).encode()
    rows_read = read_message(body, format, HASHES)
    assert len(rows_read.good) == rows
    assert rows_read.unknown == {"colour": rows, "size": rows - 1}


def test_of_many_unknown_names_the_most_frequent_are_told() -> None:
    objects = [ROW | {"id": str(i)} | {f"x{j}{'y' * 200}": 1 for j in range(i, 50)} for i in range(50)]
    rows_read = read_message(json.dumps(objects).encode(), "json", HASHES)
    assert len(rows_read.unknown) == 20
    assert set(rows_read.unknown.values()) == set(range(31, 51))
    assert max(map(len, rows_read.unknown)) == 60


KEYS = st.sampled_from(["account", "item", "colour", '\\":', 'a\\":b', "", " ", "acc\\u006funt"])
JSON_VALUES = st.sampled_from(["1", '"x\\":"', '{"b": 1}', '{"b": 1, "b": 2}', "[]"])


@given(st.lists(st.tuples(KEYS, st.sampled_from(["", " ", "\t"]), JSON_VALUES), max_size=6))
def test_a_name_twice_in_one_object_is_found_however_it_is_written(pairs: list[tuple[str, str, str]]) -> None:
    """As Python's own reader finds it."""
    text = "{" + ", ".join(f'"{name}"{blank}:{value}' for name, blank, value in pairs) + "}"
    twice: list[str] = []

    def once(pairs_read: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs_read]
        twice.extend(name for name in names if names.count(name) > 1)

    json.loads(text, object_pairs_hook=once)
    repeated = look_at_names(text.encode(), frozenset(), Counter())
    assert (repeated in twice) if twice else repeated is None


@pytest.mark.parametrize("format", ["json", "ndjson"])
@pytest.mark.parametrize("rows", [1, 3, 300])
def test_a_row_that_names_a_field_twice_is_refused_and_the_others_are_read(rows: int, format: Any) -> None:
    lines = [json.dumps(ROW | {"id": str(i)}) for i in range(rows)]
    lines.insert(1, '{"account": "a", "item": "v", "timestamp": 1790000000, "account": "b"}')
    body = ("[" + ",".join(lines) + "]" if format == "json" else "\n".join(lines)).encode()
    rows_read = read_message(body, format, HASHES)
    assert [(row.index, row.reason) for row in rows_read.rejected] == [(1, "row names 'account' twice")]
    assert len(rows_read.good) == rows
