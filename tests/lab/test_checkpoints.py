"""A stopped experiment goes on where it was: what was finished is kept, whatever ended the program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.polling import PATIENCE_SECONDS, wait_until

from zhenzan.errors import ResultError
from zhenzan.lab import Experiment, Scenario, run_experiment, write_results
from zhenzan.lab.bench import runner
from zhenzan.lab.bench.checkpoints import Outcome, RunCheckpoints, checkpoints_beside
from zhenzan.lab.bench.dump import experiment_files

TINY = {
    "world.viewers": 300,
    "world.creators": 60,
    "world.items": 200,
    "world.days": 2,
    "world.step_minutes": 240,
    "buyers.demand": "trial",
    "buyers.tempted_share": 1.0,
    "detector.kind": "rates",
    "seller.*.accounts": 60,
    "seller.*.rings": 1,
    "seller.*.quantities": [10],
}
PROGRAM = "import sys; from zhenzan.cli import main; sys.exit(main())"
SOME: Outcome = ({"bubble": 0.1, "found_share": float("inf")}, [{"strategy": "tiny", "quantity": 10}])


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    arms = {"none": {"detector.recall": 0.0}, "half": {"detector.recall": 0.5}}
    return Experiment("toy", Scenario().changed(TINY), arms, replicates=3)


class StopError(Exception):
    """The third world ends everything."""


def test_what_was_finished_is_not_run_again_and_the_results_are_the_same(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, seen = runner._live, []

    def dying(task: runner.Task) -> Outcome:
        seen.append(task)
        if len(seen) == 3:
            raise StopError
        return live(task)

    monkeypatch.setattr(runner, "_live", dying)
    with pytest.raises(StopError):
        run_experiment(experiment, target=tmp_path / "out")
    assert checkpoints_beside(tmp_path / "out").exists()
    results = run_experiment(experiment, target=tmp_path / "out")
    assert (results.reused, len(seen)) == (2, 7)
    whole = run_experiment(experiment)
    for (
        name,
        table,
    ) in whole.tables().items():  # by their text: what could not be measured is nan, and nan is not nan
        assert repr(results.tables()[name].to_pydict()) == repr(table.to_pydict())
    write_results(results, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["runs_of_a_stopped_program"] == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_other_seeds_scenarios_and_code_are_not_taken_for_these(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunCheckpoints(tmp_path / "kept") as kept:
        kept.add(experiment.base, 1, SOME)
    with RunCheckpoints(tmp_path / "kept") as kept:
        assert kept.find(experiment.base, 2) is None
        assert kept.find(experiment.base.changed({"detector.recall": 0.1}), 1) is None
        assert kept.find(experiment.base, 1) == SOME
        monkeypatch.setattr("zhenzan.lab.bench.checkpoints.made_by", lambda: "another state of the code")
        assert kept.find(experiment.base, 1) is None
        assert kept.reused == 1


@settings(max_examples=60)
@given(cut=st.integers(0, 10_000), flips=st.lists(st.integers(0, 10_000), max_size=2))
def test_a_torn_or_damaged_file_loses_lines_and_nothing_else(
    cut: int, flips: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path, scenario = tmp_path_factory.mktemp("kept") / "kept", Scenario()
    with RunCheckpoints(path) as kept:
        for seed in range(3):
            kept.add(scenario, seed, SOME)
    text = bytearray(path.read_bytes())
    text = text[: 1 + cut % len(text)]
    for flip in flips:
        text[flip % len(text)] = 0
    path.write_bytes(text)
    with RunCheckpoints(path) as kept:
        assert all(kept.find(scenario, seed) in (SOME, None) for seed in range(3))
        kept.add(scenario, 3, SOME)
    with RunCheckpoints(path) as kept:
        assert kept.find(scenario, 3) == SOME


def test_where_nothing_was_finished_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(StopError), RunCheckpoints(tmp_path / "kept"):
        raise StopError
    assert not list(tmp_path.iterdir())


def test_a_place_that_holds_something_else_is_refused_before_any_work(
    experiment: Experiment, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    with pytest.raises(ResultError, match="choose another --out"):
        run_experiment(replace(experiment, replicates=10_000), target=tmp_path / "photos")


@pytest.fixture
def started(experiment: Experiment, tmp_path: Path) -> tuple[Path, subprocess.Popen[str]]:
    """A real program that runs an experiment on two processes, too long for us, and its file."""
    write_experiment(replace(experiment, replicates=400), tmp_path)
    return tmp_path, start(tmp_path)


def write_experiment(experiment: Experiment, folder: Path) -> None:
    for name, text in experiment_files(experiment).items():
        (folder / name).write_text(text, encoding="utf-8")


def start(folder: Path) -> subprocess.Popen[str]:
    words = [
        "-c",
        PROGRAM,
        "lab",
        "experiment",
        folder / "experiment.toml",
        "--processes",
        2,
        "--out",
        folder / "out",
    ]
    return subprocess.Popen(
        [sys.executable, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "COLUMNS": "200"},
    )


def lines_kept(folder: Path, program: subprocess.Popen[str], least: int) -> int:
    """Wait until so many runs are kept."""
    file = checkpoints_beside(folder / "out")

    def lines() -> int:
        assert program.poll() is None, program.communicate()
        lines_written = file.read_bytes().count(b"\n") if file.exists() else 0
        return lines_written if lines_written >= least else 0

    return wait_until(lines)


def test_an_interrupt_is_one_line_and_a_kill_says_nothing_and_both_keep_what_was_finished(
    experiment: Experiment, started: tuple[Path, subprocess.Popen[str]]
) -> None:
    folder, program = started
    lines_kept(folder, program, 2)
    os.killpg(program.pid, signal.SIGINT)  # as a terminal does: everybody in the foreground hears it
    out, err = program.communicate(timeout=PATIENCE_SECONDS)
    assert program.returncode == 130
    assert err == "zhenzan: interrupted; finished worlds are kept: run the same command again to continue\n"
    assert out == ""
    before = checkpoints_beside(folder / "out").read_bytes().count(b"\n")
    program = start(folder)
    before = lines_kept(folder, program, before + 3)
    os.killpg(program.pid, signal.SIGKILL)
    program.communicate()
    assert not (folder / "out").exists()
    write_experiment(replace(experiment, replicates=20), folder)  # of the same worlds fewer, to see the end
    program = start(folder)
    _, err = program.communicate(timeout=PATIENCE_SECONDS)
    assert program.returncode == 0, err
    assert "Going on where an earlier run was stopped" in err
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert min(before, 5) <= manifest["runs_of_a_stopped_program"] <= manifest["runs"] == 40
    assert not checkpoints_beside(folder / "out").exists()
