"""Ids of 128 bits, categories and runs, by every door: the same as from a CSV file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.interactions.helpers import read, write

from zhenzan.errors import InputError
from zhenzan.interactions import open_log

DOORS: dict[str, Callable[[pl.DataFrame, Path], Any]] = {
    "eager": lambda frame, path: frame,
    "lazy": lambda frame, path: frame.lazy(),
    "parquet": lambda frame, path: frame.write_parquet(path) or path,
}


def accounts(source: Any) -> list[Any]:
    return [(row["account"], row["item"], row["timestamp"]) for row in read(source)]


@pytest.mark.parametrize("door", DOORS)
@given(
    numbers=st.lists(
        st.one_of(st.integers(2**63, 2**127 - 1), st.integers(0, 9)), min_size=1, max_size=6
    ).filter(lambda numbers: max(numbers) > 9),
    kind=st.sampled_from([pl.Int128, pl.UInt128]),
)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ids_of_128_bits_are_those_of_the_csv(
    tmp_path: Path, door: str, numbers: list[int], kind: type[pl.DataType]
) -> None:
    rows = "".join(f"{n},i{n % 3},2026-01-01T00:00:0{at}Z\n" for at, n in enumerate(numbers))
    text = write(tmp_path / "log.csv", f"account,item,timestamp\n{rows}")
    times = [f"2026-01-01T00:00:0{at}Z" for at in range(len(numbers))]
    frame = pl.DataFrame(
        {
            "account": pl.Series(numbers, dtype=kind),
            "item": [f"i{n % 3}" for n in numbers],
            "timestamp": times,
        }
    )
    assert accounts(DOORS[door](frame, tmp_path / "log.parquet")) == accounts(text)


@pytest.mark.parametrize(
    ("kind", "number"),
    [(pl.UInt128, 2**128 - 2**100), (pl.UInt128, 2**127), (pl.Int128, -1), (pl.Int128, -(2**63))],
)
def test_the_sign_of_128_bits_in_parquet(tmp_path: Path, kind: Any, number: int) -> None:
    frame = pl.DataFrame(
        {
            "account": pl.Series([number, None, 7], dtype=kind),
            "item": ["i"] * 3,
            "timestamp": ["2026-01-01"] * 3,
        }
    )
    frame.write_parquet(tmp_path / "log.parquet")
    log = open_log(tmp_path / "log.parquet")
    assert log.row_estimate == 3
    assert [row["account"] for row in read(tmp_path / "log.parquet")] == [str(number), "7"]


def test_ids_of_a_duckdb_query_keep_all_digits(tmp_path: Path) -> None:
    query = (
        "SELECT 18446744073709551615::HUGEINT - i AS account, (i % 3)::{} * 300000000000000000000 AS item,"
        " timestamp '2026-01-01' AS \"timestamp\" FROM range(9) t(i)"
    )
    for kind in ("HUGEINT", "UHUGEINT"):
        rows = read(duckdb.sql(query.format(kind)))
        assert {row["account"] for row in rows} == {str(2**64 - 1 - i) for i in range(9)}
        assert {row["item"] for row in rows} == {str(i * 3 * 10**20) for i in range(3)}


def test_a_frame_that_mixes_types_is_not_called_damaged() -> None:
    rest = {"item": ["a", "b"], "timestamp": ["2026-01-01"] * 2}
    for mixed in ([2**70, "x"], [1, "x"]):
        with pytest.raises(InputError, match="mixes types") as caught:
            open_log(pd.DataFrame(rest | {"account": mixed}))
        assert "damaged" not in str(caught.value)


@pytest.mark.parametrize("begin", [4, 300])
def test_a_damaged_file_with_128_bits_is_said(tmp_path: Path, begin: int) -> None:
    path = tmp_path / "log.parquet"
    frame = pl.DataFrame(
        {
            "account": pl.Series(range(900), dtype=pl.Int128),
            "item": ["i"] * 900,
            "timestamp": ["2026-01-01"] * 900,
        }
    )
    frame.write_parquet(path)
    data = bytearray(path.read_bytes())
    data[begin : begin + 90] = b"\xff" * 90
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"log\.parquet"):
        read(path)


def test_a_query_that_fails_is_one_of_our_errors(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT 'a' AS account, 'i' AS item, timestamp '2026-01-01' AS timestamp")
        connection.execute("FROM range(1000000)").fetchone()  # and its other rows are left unread
        with pytest.raises(InputError, match="its query fails"):
            read(relation)
    with pytest.raises(InputError, match="its query fails"):
        open_log(pl.scan_csv(tmp_path / "nothing.csv"))


WORDS = ["x", "y", "x", "x"]
ENCODED: list[Callable[[], pa.Array]] = [
    lambda: pa.table(pl.DataFrame({"c": WORDS}, schema={"c": pl.Categorical}))["c"],
    lambda: pa.table(pl.DataFrame({"c": WORDS}, schema={"c": pl.Enum(["y", "x"])}))["c"],
    lambda: pa.array(WORDS).dictionary_encode(),
    lambda: pa.array(WORDS, pa.string_view()),
    lambda: pa.RunEndEncodedArray.from_arrays([1, 2, 4], WORDS[:3]),
    lambda: pa.RunEndEncodedArray.from_arrays([3, 4, 9], pa.array(WORDS[:3], pa.string_view())).slice(2, 4),
    lambda: pa.RunEndEncodedArray.from_arrays([1, 2, 4], pa.array(WORDS[:3]).dictionary_encode()),
    lambda: pa.DictionaryArray.from_arrays(pa.array([0, 1, 0, 0]), pa.array(["x", "y"], pa.string_view())),
]


@pytest.mark.parametrize("encoded", ENCODED)
@pytest.mark.parametrize("column", ["account", "item", "kind", "creator", "ip", "region"])
def test_encoded_columns_are_read_like_any(column: str, encoded: Callable[[], pa.Array]) -> None:
    plain = {"account": list("abcd"), "item": list("ijkl"), "timestamp": ["2026-01-01"] * 4}
    words = {"x": "like", "y": "share"} if column == "kind" else {"x": "x", "y": "y"}
    values = encoded()
    if column == "kind":
        values = pa.chunked_array(
            [pa.array([words[word] for word in values.to_pylist()]).dictionary_encode()]
        )
    expected = pa.table(plain | {column: [words[word] for word in encoded().to_pylist()]})
    table = pa.table(plain | {column: values})
    assert read(table) == read(expected)
    assert read(table.to_reader()) == read(expected)


def test_encoded_times_are_read_like_any() -> None:
    days = ["2026-01-01", "2026-01-02"]
    runs = pa.RunEndEncodedArray.from_arrays([1, 4], pa.array(days))
    views = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1, 1]), pa.array(days, pa.string_view()))
    rest = {"account": list("abcd"), "item": list("ijkl")}
    for times in (runs, views):
        rows = read(pa.table(rest | {"timestamp": times}))
        assert [str(row["timestamp"].date()) for row in rows] == [days[0], *[days[1]] * 3]
