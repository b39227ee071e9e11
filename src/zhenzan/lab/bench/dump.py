"""An experiment as TOML files that `load_experiment` reads back: itself, and each scenario it stands on."""

from __future__ import annotations

import json
from typing import Any

from zhenzan.lab.bench.model import Experiment

__all__ = ["FORMAT", "experiment_files"]

FORMAT = 1
EXPERIMENT, SCENARIO = "experiment.toml", "scenario.toml"


def experiment_files(experiment: Experiment) -> dict[str, str]:
    """The texts by file name: `experiment.toml`, `scenario.toml`, and one more for each other scenario."""
    scenarios = {experiment.base: SCENARIO}
    for name in experiment.arms:
        scenarios.setdefault(experiment.base_of(name), f"scenario-{len(scenarios) + 1}.toml")
    lines = [
        f"format = {FORMAT}",
        f"name = {_value(experiment.name)}",
        f"scenario = {_value(SCENARIO)}",
        f"replicates = {experiment.replicates}",
        f"first_seed = {experiment.first_seed}",
        f"outcomes = {_value(experiment.outcomes)}",
    ]
    if experiment.sweep:
        lines += ["", "[sweep]", f"keys = {_value(experiment.sweep.keys)}"]
        lines += [f"values = {_value(experiment.sweep.values)}"]
    for name in experiment.arms:
        lines += ["", *_arm(experiment, name, scenarios[experiment.base_of(name)])]
    return {EXPERIMENT: "\n".join(lines) + "\n"} | {
        file: scenario.to_toml() for scenario, file in scenarios.items()
    }


def _arm(experiment: Experiment, name: str, file: str) -> list[str]:
    arm = experiment.arm(name)
    lines = ["[[arm]]", f"name = {_value(name)}"]
    lines += [f"{key} = {_value(getattr(arm, key))}" for key in ("title", "title_zh") if getattr(arm, key)]
    if file != SCENARIO:
        lines.append(f"scenario = {_value(file)}")
    if not arm.swept:
        lines.append("swept = false")
    if arm.changes:
        lines += ["[arm.changes]", *(f"{_value(key)} = {_value(v)}" for key, v in arm.changes.items())]
    return lines


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
