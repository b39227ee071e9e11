"""Loading an experiment file, or one clear error: file, line, key, what is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zhenzan.config import Key, line_of, read_document, read_text
from zhenzan.errors import ScenarioError
from zhenzan.lab import builtin
from zhenzan.lab.bench.experiment_file import ExperimentFile
from zhenzan.lab.bench.model import Arm, Experiment
from zhenzan.lab.scenario import Scenario, load_scenario
from zhenzan.lab.scenario.load import FILE_BYTES_MAX
from zhenzan.lab.scenario.model import SECTIONS
from zhenzan.lab.scenario.record import InvalidKeyError

__all__ = ["load_experiment", "read_experiment"]


def load_experiment(path: str | Path) -> Experiment:
    """Read and check an experiment file and the scenario files that it names, relative to itself; or one that
    is shipped, by its bare name (`small-orders`).

    Raises `ScenarioError`: a file cannot be read, is not TOML, or a key or value is not allowed.
    """
    file = builtin.find_shipped("experiments", path)
    if not file.exists():
        raise ScenarioError(f"{path}: there is no such experiment file{builtin.names('experiments', path)}")
    text = read_text(file, "experiment", FILE_BYTES_MAX, ScenarioError)
    return read_experiment(text, str(file), file.parent)


def read_experiment(text: str, source: str = "experiment", folder: str | Path = ".") -> Experiment:
    """Read and check the text of an experiment; scenarios are looked for from `folder` (`ScenarioError`)."""

    def read(document: dict[str, Any]) -> Experiment:
        if worlds := [key for key in SECTIONS if key in document]:
            raise InvalidKeyError((worlds[0],), "belongs to a scenario; run the file with `zhenzan lab run`")
        return _experiment(ExperimentFile.from_document(document), Path(folder))

    return read_document(text, source, read, ScenarioError, _line_of)


def _line_of(text: str, key: Key) -> int | None:
    """Keys of changes may be written with quotes around all of it, or with dots between."""
    apart = tuple(part for one in key for part in (one.split(".") if isinstance(one, str) else [one]))
    return max(line_of(text, spelling) or 0 for spelling in (key, apart)) or None


def _experiment(file: ExperimentFile, folder: Path) -> Experiment:
    arms = {}
    for index, arm in enumerate(file.arms):
        own = _scenario(("arm", index, "scenario"), folder / arm.scenario) if arm.scenario else None
        arms[arm.name] = Arm(_flat(arm.changes), own, arm.swept, arm.title, arm.title_zh, arm.against)
    base = _scenario(("scenario",), folder / file.scenario)
    return Experiment(file.name, base, arms, file.replicates, file.first_seed, file.outcomes, file.sweep)


def _scenario(key: Key, path: Path) -> Scenario:
    try:
        return load_scenario(path)
    except ScenarioError as error:
        raise InvalidKeyError(key, str(error)) from None


def _flat(values: dict[str, Any], before: str = "") -> dict[str, Any]:
    """`{"detector": {"recall": 0.5}}` as `{"detector.recall": 0.5}`: keys may be written either way."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value}
    return flat
