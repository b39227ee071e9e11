"""Shipped scenarios and experiments: by name from anywhere, and in the wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from zhenzan.errors import ScenarioError
from zhenzan.lab import load_experiment, load_scenario

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", [path.stem for path in sorted((ROOT / "scenarios").glob("*.toml"))])
def test_a_shipped_scenario_is_found_by_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_scenario(name) == load_scenario(ROOT / "scenarios" / f"{name}.toml")


def test_a_shipped_experiment_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_experiment("small-orders").name == "small-orders"


def test_a_file_of_ones_own_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("weekday.toml").write_text('format = 1\nname = "mine"\n')
    assert load_scenario("weekday.toml").name == "mine"


def test_a_folder_of_that_name_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("demo").mkdir()  # as `make demo` makes one
    assert load_scenario("demo").name == "demo"


@pytest.mark.parametrize("load", [load_scenario, load_experiment])
def test_a_wrong_name_is_told_what_there_is(
    load: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError, match="shipped"):
        load("weekdya")
    with pytest.raises(ScenarioError, match="there is no such"):
        load("folder/weekday.toml")


@pytest.mark.slow
def test_the_wheel_carries_them(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="the build backend is not installed")
    code = "import os, sys; os.chdir(sys.argv[1]); from hatchling.build import build_wheel as make; "
    code += "print(make(sys.argv[2]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT), str(tmp_path)], capture_output=True, text=True, check=True
    )
    with zipfile.ZipFile(tmp_path / done.stdout.split()[-1]) as wheel:
        names = set(wheel.namelist())
    assert "zhenzan/lab/shipped_files/scenarios/weekday.toml" in names
    assert "zhenzan/lab/shipped_files/experiments/small-orders.toml" in names
