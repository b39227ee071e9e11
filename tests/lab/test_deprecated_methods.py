"""Methods that functions have replaced still work for one release, and say what to call instead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from zhenzan.lab import Experiment, Results, Scenario, World, experiment_charts, run_charts, run_experiment

TINY = {"world.viewers": 200, "world.creators": 60, "world.items": 120, "world.days": 2}


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    arms = {"none": {"detector.recall": 0.0}, "half": {"detector.recall": 0.5}}
    return Experiment("toy", Scenario().changed(TINY), arms, replicates=2)


@pytest.fixture(scope="module")
def results(experiment: Experiment) -> Results:
    return run_experiment(experiment)


def test_a_world_writes_itself(world: World, tmp_path: Path) -> None:
    with pytest.warns(DeprecationWarning, match=r"zhenzan\.lab\.write_world"):
        assert world.write(str(tmp_path / "world")) == tmp_path / "world"  # type: ignore[attr-defined]
    assert (tmp_path / "world" / "manifest.json").is_file()


def test_outcomes_draw_themselves(world: World) -> None:
    with pytest.warns(DeprecationWarning, match=r"zhenzan\.lab\.run_charts"):
        charts = world.outcomes.charts("zh")  # type: ignore[attr-defined]
    assert charts.keys() == run_charts(world.outcomes, "zh").keys()


def test_an_experiment_runs_itself(experiment: Experiment, results: Results) -> None:
    with pytest.warns(DeprecationWarning, match=r"zhenzan\.lab\.run_experiment"):
        again = experiment.run(processes=1)  # type: ignore[attr-defined]
    assert repr(again.runs.to_pydict()) == repr(results.runs.to_pydict())


def test_results_write_and_draw_themselves(results: Results, tmp_path: Path) -> None:
    with pytest.warns(DeprecationWarning, match=r"zhenzan\.lab\.experiment_charts"):
        assert results.charts().keys() == experiment_charts(results).keys()  # type: ignore[attr-defined]
    with pytest.warns(DeprecationWarning, match=r"zhenzan\.lab\.write_experiment_report"):
        path = results.report(tmp_path / "report.html", "zh")  # type: ignore[attr-defined]
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.warns(DeprecationWarning, match=r"zhenzan\.lab\.write_results"):
        results.write(tmp_path / "out")  # type: ignore[attr-defined]
    assert (tmp_path / "out" / "experiment.toml").is_file()


def test_a_changed_copy_has_them_too(experiment: Experiment) -> None:
    assert callable(replace(experiment, replicates=3).run)  # type: ignore[attr-defined]
