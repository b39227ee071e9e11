"""Parquet files and dataframes, and the round trip of random tables through every format."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interactions.helpers import means_itself, read, read_with_rejects, rows_of, write

from zhenzan.errors import InputError
from zhenzan.interactions import KINDS, open_log
from zhenzan.interactions.column_types import MILLISECONDS_MAX

TIME = datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
FRAME: dict[str, list[Any]] = {
    "user_id": [1, 2],
    "item_id": ["a", "b"],
    "time": [TIME, TIME],
    "watched": [5, None],
}

ids = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
ids = ids.filter(means_itself)
optional_ids = st.one_of(st.none(), ids)
COLUMNS = ("account", "item", "timestamp", "kind", "creator", "watched", "region")
rows = st.fixed_dictionaries(
    {
        "account": ids,
        "item": ids,
        "timestamp": st.datetimes(datetime(2000, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC)),
        "kind": st.sampled_from(KINDS),
        "creator": optional_ids,
        "watched": st.one_of(st.none(), st.integers(0, MILLISECONDS_MAX)),
        "region": optional_ids,
    }
)


def _write_csv(path: Path, table: list[dict[str, Any]], delimiter: str) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(
            file, delimiter=delimiter, quoting=csv.QUOTE_NOTNULL if hasattr(csv, "QUOTE_NOTNULL") else 1
        )
        writer.writerow(table[0])
        for row in table:
            writer.writerow("" if value is None else str(value) for value in row.values())
    return path


def as_csv(folder: Path, table: list[dict[str, Any]]) -> Path:
    return _write_csv(folder / "log.csv", table, ",")


def as_tsv(folder: Path, table: list[dict[str, Any]]) -> Path:
    return _write_csv(folder / "log.tsv", table, "\t")


def as_arrow_csv(folder: Path, table: list[dict[str, Any]]) -> Path:
    pa_csv.write_csv(as_arrow(folder, table), folder / "arrow.csv")
    return folder / "arrow.csv"


def as_ndjson(folder: Path, table: list[dict[str, Any]]) -> Path:
    return write(folder / "log.ndjson", "".join(json.dumps(row, default=str) + "\n" for row in table))


def as_json(folder: Path, table: list[dict[str, Any]]) -> Path:
    return write(folder / "log.json", json.dumps(table, default=str, ensure_ascii=False, indent=1))


def as_parquet(folder: Path, table: list[dict[str, Any]]) -> Path:
    pq.write_table(as_arrow(folder, table), folder / "log.parquet", row_group_size=3)
    return folder / "log.parquet"


def as_arrow(folder: Path, table: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(table)


def as_polars(folder: Path, table: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(table)


Writer = Callable[[Path, list[dict[str, Any]]], Any]
WRITERS: list[Writer] = [as_csv, as_tsv, as_arrow_csv, as_ndjson, as_json, as_parquet, as_arrow, as_polars]


@given(table=st.lists(rows, min_size=1, max_size=10))
@settings(max_examples=60)
def test_a_table_is_the_same_interactions_in_every_format(
    tmp_path: Path, table: list[dict[str, Any]]
) -> None:
    table = [{name: row[name] for name in COLUMNS} for row in table]
    expected = [{"row": i, **row} for i, row in enumerate(table)]
    for writer in WRITERS:
        rows = read(writer(tmp_path, table))
        assert [{name: row.get(name) for name in expected[0]} for row in rows] == expected, writer.__name__


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(FRAME),
        pl.DataFrame(FRAME),
        pl.DataFrame(FRAME).lazy(),
        pl.DataFrame(FRAME).with_columns(pl.col("item_id").cast(pl.Categorical)),
        pa.table(FRAME),
        pa.table(FRAME).to_batches()[0],
        pa.table(FRAME).to_reader(),
        pa.table(FRAME).set_column(1, "item_id", pa.array(["a", "b"]).dictionary_encode()),
        pa.table(FRAME).set_column(1, "item_id", pa.array(["a", "b"], pa.large_string())),
        pa.table(FRAME).set_column(0, "user_id", pa.array([1.0, 2.0])),
        pa.table(FRAME).set_column(0, "user_id", pa.array([1, 2], pa.uint32())),
        duckdb.from_arrow,
    ],
)
def test_any_dataframe_is_a_log(frame: Any) -> None:
    log = open_log(frame(pa.table(FRAME)) if callable(frame) else frame)
    assert log.types["account"] == pa.int64()
    rows = rows_of(log)
    assert [(row["account"], row["item"], row["timestamp"], row["watched"]) for row in rows] == [
        (1, "a", TIME, 5),
        (2, "b", TIME, None),
    ]


def test_a_frame_of_mixed_types_is_one_clear_error() -> None:
    with pytest.raises(InputError, match=r"column 'user_id' mixes types .*Make all its values text"):
        open_log(pd.DataFrame(FRAME | {"user_id": [1, "x"]}))


@pytest.mark.parametrize("source", [5, None, {"a": [1]}, [1, 2], object()])
def test_what_is_no_log_at_all_is_said(source: Any) -> None:
    with pytest.raises(InputError, match="A log is a path"):
        open_log(source)


def test_a_stream_can_be_read_once() -> None:
    log = open_log(pa.table(FRAME).to_reader())
    assert len(rows_of(log)) == 2
    with pytest.raises(InputError, match="read already"):
        rows_of(log)


def test_ids_beyond_int64_become_text() -> None:
    frame = pa.table(FRAME).set_column(0, "user_id", pa.array([2**64 - 1, 5], pa.uint64()))
    assert [row["account"] for row in read(frame)] == ["18446744073709551615", "5"]


def test_rejected_records_of_parquet_have_record_numbers(tmp_path: Path) -> None:
    frame = pa.table(FRAME | {"user_id": [None, 2], "watched": [5, -1]})
    pq.write_table(frame, tmp_path / "log.parquet")
    log = open_log(tmp_path / "log.parquet")
    assert log.row_estimate == 2
    rows, rejected = read_with_rejects(tmp_path / "log.parquet")
    assert not rows
    assert [(entry["record"], entry["reason"]) for entry in rejected] == [
        (1, "account is missing"),
        (2, "watched is negative"),
    ]
    assert "line" not in rejected[0]


def test_only_the_needed_columns_of_parquet_are_read(tmp_path: Path) -> None:
    frame = pa.table(FRAME).append_column("blob", pa.array(["x" * 1000] * 2))
    pq.write_table(frame, tmp_path / "log.parquet", compression="none")
    data = bytearray((tmp_path / "log.parquet").read_bytes())
    at = data.index(b"x" * 1000)
    data[at - 16 : at] = b"\xff" * 16  # breaks the column's first page
    path = write(tmp_path / "log.parquet", bytes(data))
    assert len(read(path)) == 2
    with pytest.raises(InputError, match="damaged"):
        read(path, mapping={"creator": "blob"})


@pytest.mark.parametrize("data", [b"PAR1" + b"\0" * 64, b"not parquet at all"])
def test_an_unreadable_parquet_is_one_clear_error(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match=r"log\.parquet is (damaged|not a Parquet file)") as caught:
        read(write(tmp_path / "log.parquet", data))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("column", "values"), [("time", [[1], [2]]), ("user_id", [[1], [2]]), ("user_id", [True, False])]
)
def test_a_column_of_a_useless_type_is_one_clear_error(column: str, values: list[Any]) -> None:
    with pytest.raises(InputError, match=f"column '{column}' is "):
        read(pa.table(FRAME | {column: values}))


def test_ids_that_are_whole_numbers_in_one_file_and_text_in_another_are_text(tmp_path: Path) -> None:
    pq.write_table(pa.table(FRAME), tmp_path / "a.parquet")
    write(tmp_path / "b.csv", "user_id,item_id,time,kind\nx,9,2024-01-01,unlike\n")
    log = open_log(tmp_path)
    assert (log.format, log.types["account"]) == ("csv+parquet", pa.string())
    rows = rows_of(log)
    assert [(row["row"], row["account"], row["kind"], row["watched"]) for row in rows] == [
        (0, "1", "like", 5),
        (1, "2", "like", None),
        (2, "x", "unlike", None),
    ]
