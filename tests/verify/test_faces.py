"""One log in many shapes: every dataframe and file, other column names, another policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.testing.worlds import ordinary_world

import zhenzan


@pytest.fixture(scope="module")
def log() -> pa.Table:
    return ordinary_world(2).log().table()


@pytest.fixture(scope="module")
def expected(log: pa.Table) -> zhenzan.Result:
    result = zhenzan.verify(log)
    assert result.summary["counts"]["fake"] > 100
    return result


def frames() -> dict[str, Callable[[pa.Table], Any]]:
    """The same log as each library's own object."""

    def duckdb_relation(table: pa.Table) -> Any:
        import duckdb

        return duckdb.from_arrow(table)

    def polars_frame(table: pa.Table) -> Any:
        return pytest.importorskip("polars").from_arrow(table)

    return {
        "pandas": lambda table: table.to_pandas(),
        "polars": polars_frame,
        "polars lazy": lambda table: polars_frame(table).lazy(),
        "arrow": lambda table: table,
        "arrow reader": lambda table: table.to_reader(),
        "duckdb": duckdb_relation,
    }


@pytest.mark.parametrize("library", frames())
def test_every_dataframe_gives_the_same_verdicts(
    log: pa.Table, expected: zhenzan.Result, library: str
) -> None:
    result = zhenzan.verify(frames()[library](log))
    assert result.verdicts.equals(expected.verdicts)
    assert result.items.equals(expected.items)


@pytest.mark.xfail(
    strict=False, reason="known fault: ids as text sort in another order, which decides of a few likes"
)
@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".csv.gz", ".ndjson"])
def test_a_file_gives_the_verdicts_of_its_table(
    log: pa.Table, expected: zhenzan.Result, tmp_path: Path, suffix: str
) -> None:
    frame, path = log.to_pandas(), tmp_path / f"likes{suffix}"
    if suffix == ".parquet":
        pq.write_table(log, path)
    elif suffix == ".ndjson":
        frame.to_json(path, orient="records", lines=True, date_format="iso", date_unit="us")
    else:
        frame.to_csv(path, index=False)
    verdicts = zhenzan.verify(path).verdicts
    same = ["row", "timestamp", "fake_probability", "verdict", "standing", "ring", "moment"]
    assert verdicts.select(same).equals(expected.verdicts.select(same))
    for name in ("account", "item"):
        assert [str(v) for v in verdicts[name].to_pylist()] == [str(v) for v in log[name].to_pylist()]


def test_columns_may_bear_the_names_of_the_log(log: pa.Table, expected: zhenzan.Result) -> None:
    foreign = log.rename_columns(["who", "what", "whose", "when"])
    mapping = {"account": "who", "item": "what", "creator": "whose", "timestamp": "when"}
    assert zhenzan.verify(foreign, mapping=mapping).verdicts.equals(expected.verdicts)


def test_a_stricter_policy_calls_fewer_likes_fake(
    log: pa.Table, expected: zhenzan.Result, tmp_path: Path
) -> None:
    (tmp_path / "policy.toml").write_text("[verdict]\nfake_threshold = 0.999\n")
    strict = zhenzan.verify(log, policy=tmp_path / "policy.toml")
    assert strict.verdicts["fake_probability"].equals(expected.verdicts["fake_probability"])
    assert 0 < strict.summary["counts"]["fake"] < expected.summary["counts"]["fake"]
    assert strict.summary["policy"]["verdict"]["fake_threshold"] == 0.999
    assert strict.summary["policy_version"] != expected.summary["policy_version"]
