"""The same scenario and seed give the same bytes; anything else does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from zhenzan.errors import ResultError
from zhenzan.lab import Scenario, World, load_scenario, run, write_world
from zhenzan.lab.outputs.manifest import hash_of_file


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("kind", ["fixed", "profit"])
def test_one_thread_and_two_give_the_same_bytes(small: Scenario, tmp_path: Path, kind: str) -> None:
    # More viewers than two parts of rows, so that two threads really share the work.
    scenario = small.changed(
        {"world.viewers": 6_000, "world.days": 2, "buyers.demand": kind, "detector.kind": "rates"}
    )
    for threads in (1, 2):
        write_world(run(scenario, 11, threads=threads), tmp_path / str(threads))
    one, two = files_of(tmp_path / "1"), files_of(tmp_path / "2")
    assert one.keys() >= {"interactions.parquet", "truth.parquet", "manifest.json", "scenario.toml"}
    assert one == two


def test_another_seed_gives_another_world(small: Scenario, world: World) -> None:
    other = run(small, 4)
    assert not other.interactions.equals(world.interactions)
    assert other.outcomes["viewer_steps"] != world.outcomes["viewer_steps"]


def test_the_manifest_makes_the_world_again(small: Scenario, tmp_path: Path) -> None:
    write_world(run(small, 5), tmp_path / "first")
    manifest = json.loads((tmp_path / "first" / "manifest.json").read_text())
    for name, digest in manifest["files"].items():
        assert hash_of_file(tmp_path / "first" / name) == digest
    scenario = load_scenario(tmp_path / "first" / "scenario.toml")
    assert scenario.digest == manifest["scenario_sha256"]
    write_world(run(scenario, manifest["seed"]), tmp_path / "again")
    assert json.loads((tmp_path / "again" / "manifest.json").read_text()) == manifest


def test_without_a_log_the_outcomes_are_the_same(small: Scenario) -> None:
    with_log, without = run(small, 6), run(small, 6, log=False)
    assert without.interactions.num_rows == without.truth.num_rows == 0
    for name, table in with_log.outcomes.tables().items():
        assert table.equals(without.outcomes.tables()[name]) or name == "summary"
    np.testing.assert_equal(with_log.outcomes.numbers(), without.outcomes.numbers())


def test_policies_with_the_same_seed_have_the_same_people_and_items(small: Scenario, world: World) -> None:
    policed = run(small.changed({"detector.kind": "perfect", "feed.ranker": "raw"}), 3, log=False)
    for column in ("quality", "topic", "published", "duration"):
        assert policed.items[column].equals(world.items[column])


def test_a_world_never_takes_the_place_of_something_else(world: World, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    with pytest.raises(ResultError, match="no world folder"):
        write_world(world, tmp_path / "mine")
    assert files_of(tmp_path) == {"mine/notes.txt": b"keep me"}


@pytest.mark.soak
def test_no_kernel_reads_or_writes_beyond_its_arrays(tmp_path: Path) -> None:
    code = """
from zhenzan.lab import Scenario, run
scenario = Scenario().changed({
    "world.viewers": 1500, "world.creators": 60, "world.items": 80, "world.days": 3, "world.step_minutes": 60,
    "buyers.demand": "profit", "buyers.tempted_share": 1.0, "buyers.consider_per_day": 0.5,
    "promotion.offered": True, "promotion.tier_from": [1, 10],
    "promotion.tier_prices": [0.01, 0.01], "promotion.sizes": [1],
    "promotion.window_hours": 168, "detector.kind": "rates",
    "feed.ranker": "verified", "sanctions.ban_from": 2, "seller.*.accounts": 40, "records.views": 1.0,
})
print(run(scenario, 2).interactions.num_rows)
"""
    environment = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 1_000
