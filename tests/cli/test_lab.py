"""The lab from the command line: a world, its verification, its score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from conftest import Run

SCENARIO = """
name = "short"
[world]
days = 7
viewers = 3_000
creators = 400
items = 1_500
[buyers]
bought_share = 0.1
[[seller]]
strategy = "burst"
accounts = 200
quantities = [50, 100]
[[seller]]
strategy = "tiny"
accounts = 100
"""


def test_a_world_is_written_verified_and_scored(zhenzan: Run, tmp_path: Path) -> None:
    (tmp_path / "short.toml").write_text(SCENARIO)
    world, result = tmp_path / "world", tmp_path / "result"
    done = zhenzan("lab", "world", tmp_path / "short.toml", "--seed", 7, "--out", world)
    assert done.code == 0, done.err
    assert "zhenzan verify" in done.out
    assert {p.name for p in world.iterdir()} >= {"interactions.parquet", "truth.parquet", "manifest.json"}
    assert json.loads((world / "manifest.json").read_text())["seed"] == 7
    assert zhenzan("verify", world / "interactions.parquet", "--out", result).code == 0
    scored = zhenzan("lab", "score", result, world / "truth.parquet", "--json")
    assert scored.code == 0, scored.err
    numbers = json.loads(scored.out)
    assert numbers["likes"] == pq.read_table(result / "verdicts.parquet").num_rows
    assert numbers["average_precision"] > 0.5
    assert numbers["average_precision_by_strategy"].keys() == {"burst", "tiny"}
    assert numbers["natural_called_fake"] < 0.02
    shown = zhenzan("lab", "score", result, world / "truth.parquet")
    assert "Average precision" in shown.out
    assert "fans" in shown.out


def test_a_run_writes_outcomes_and_prints_them(zhenzan: Run, tmp_path: Path) -> None:
    (tmp_path / "short.toml").write_text(SCENARIO)
    done = zhenzan("lab", "run", tmp_path / "short.toml", "--out", tmp_path / "out", "--threads", 1)
    assert done.code == 0, done.err
    assert "buyer_profit_per_order" in done.out
    assert "strategy" in done.out
    orders = pq.read_table(tmp_path / "out" / "orders.parquet")
    assert orders.num_rows > 5


def test_a_truth_of_another_log_is_refused(zhenzan: Run, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "short.toml").write_text(SCENARIO.replace("days = 7", "days = 1"))
    assert zhenzan("lab", "world", tmp_path / "short.toml", "--out", tmp_path / "world", "-q").code == 0
    done = zhenzan("lab", "score", folder / "result", tmp_path / "world" / "truth.parquet")
    assert done.code == 1
    assert "not of the same log" in done.err
