"""The same log gives the same bytes: twice in one process, in another, with one thread or several."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.testing.worlds import ordinary_world

import zhenzan
from zhenzan.verify.results.folder import TABLES

FILES = [f"{name}.parquet" for name in TABLES]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "likes.parquet"
    pq.write_table(ordinary_world(5, rings=2).log().table(), path)
    return path


@pytest.fixture(scope="module")
def here(log: Path) -> dict[str, str]:
    """The fingerprints of the result in this process."""
    result = zhenzan.verify(log, out=log.parent / "here")
    assert result.summary["counts"]["fake"] > 500
    return fingerprints(log.parent / "here")


def fingerprints(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def test_the_same_log_twice_gives_the_same_bytes(log: Path, here: dict[str, str]) -> None:
    zhenzan.verify(log, out=log.parent / "again")
    assert fingerprints(log.parent / "again") == here


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_number_of_threads_changes_no_byte(log: Path, here: dict[str, str], threads: int) -> None:
    """Also where the work is handed out in far smaller parts than usual."""
    out = log.parent / f"threads-{threads}"
    environment = {**os.environ, "NUMBA_NUM_THREADS": str(threads), "PYTHONHASHSEED": str(threads)}
    script = (
        "import sys, zhenzan\nfrom zhenzan import parallel\n"
        "assert parallel.THREADS == int(sys.argv[3])\nparallel.PART_SIZE_MIN = 50\n"
        "zhenzan.verify(sys.argv[1], out=sys.argv[2])"
    )
    command = [sys.executable, "-c", script, str(log), str(out), str(threads)]
    subprocess.run(command, check=True, env=environment)
    assert fingerprints(out) == here


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_changes_no_verdict_of_a_log_with_rings(log: Path, seed: int) -> None:
    """Every like keeps its verdict, its probability to the last bit, its ring and its moment's company."""
    table = pq.read_table(log)
    order = np.random.default_rng(seed).permutation(table.num_rows)
    one, other = zhenzan.verify(table).verdicts, zhenzan.verify(table.take(pa.array(order))).verdicts
    assert len(set(one["verdict"].to_pylist())) > 1
    for name in ("account", "item", "fake_probability", "verdict", "ring", "evidence"):
        assert one[name].take(pa.array(order)).to_pylist() == other[name].to_pylist(), name


def test_in_memory_and_in_a_folder_are_the_same(log: Path, here: dict[str, str]) -> None:
    in_memory, stored = zhenzan.verify(log), zhenzan.Result.load(log.parent / "here")
    for name in TABLES:
        assert in_memory.table(name).equals(stored.table(name)), name
