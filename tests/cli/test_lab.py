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
viewers = 8_000
creators = 800
items = 3_000
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
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Who gains, who loses" in page
    assert "谁得谁失" in page


EXPERIMENT = """
name = "toy"
scenario = "short.toml"
outcomes = ["found_share"]
[[arm]]
name = "nobody-looks"
[[arm]]
name = "half"
[arm.changes]
detector.kind = "rates"
detector.recall = 0.5
detector.recall_small = 0.5
"""


def test_an_experiment_writes_results_report_and_itself(zhenzan: Run, tmp_path: Path) -> None:
    (tmp_path / "short.toml").write_text(SCENARIO.replace("days = 7", "days = 2\nstep_minutes = 240"))
    (tmp_path / "toy.toml").write_text(EXPERIMENT)
    out = tmp_path / "out"
    done = zhenzan(
        "lab", "experiment", tmp_path / "toy.toml", "--replicates", 2, "--processes", 1, "--out", out
    )
    assert done.code == 0, done.err
    assert "half" in done.out
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["runs"], manifest["replicates"]) == (4, 2)
    (interval,) = [
        row for row in pq.read_table(out / "contrasts.parquet").to_pylist() if row["outcome"] == "found_share"
    ]
    assert 0.4 < interval["mean"] < 0.6
    page = (out / "report.html").read_text()
    assert "//" not in page.replace("http://www.w3.org", "")
    again = tmp_path / "again"
    done = zhenzan("lab", "experiment", out / "experiment.toml", "--processes", 1, "--out", again, "-q")
    assert (again / "runs.parquet").read_bytes() == (out / "runs.parquet").read_bytes()


def test_a_bad_experiment_is_one_clear_line(zhenzan: Run, tmp_path: Path) -> None:
    (tmp_path / "short.toml").write_text(SCENARIO)
    (tmp_path / "toy.toml").write_text(EXPERIMENT.replace('"rates"', '"rate"'))
    done = zhenzan("lab", "experiment", tmp_path / "toy.toml", "--out", tmp_path / "out")
    assert done.code == 1
    assert "toy.toml, line 10: arm[2].changes.detector.kind: 'rate' is not allowed" in done.err
    assert not (tmp_path / "out").exists()


def test_a_truth_of_another_log_is_refused(zhenzan: Run, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "short.toml").write_text(SCENARIO.replace("days = 7", "days = 1"))
    assert zhenzan("lab", "world", tmp_path / "short.toml", "--out", tmp_path / "world", "-q").code == 0
    done = zhenzan("lab", "score", folder / "result", tmp_path / "world" / "truth.parquet")
    assert done.code == 1
    assert "belong to different logs" in done.err
