"""An experiment as TOML files that `load_experiment` reads back: itself, and each scenario it stands on."""

from __future__ import annotations

from zhenzan.config import FORMAT, written
from zhenzan.lab.bench.model import Experiment

__all__ = ["experiment_files"]

EXPERIMENT, SCENARIO = "experiment.toml", "scenario.toml"


def experiment_files(experiment: Experiment) -> dict[str, str]:
    """The texts by file name: `experiment.toml`, `scenario.toml`, and one more for each other scenario."""
    scenarios = {experiment.base: SCENARIO}
    for name in experiment.arms:
        scenarios.setdefault(experiment.base_of(name), f"scenario-{len(scenarios) + 1}.toml")
    lines = [
        f"format = {FORMAT}",
        f"name = {written(experiment.name)}",
        f"scenario = {written(SCENARIO)}",
        f"replicates = {experiment.replicates}",
        f"first_seed = {experiment.first_seed}",
        f"outcomes = {written(experiment.outcomes)}",
    ]
    if experiment.sweep:
        lines += ["", "[sweep]", f"keys = {written(experiment.sweep.keys)}"]
        lines += [f"values = {written(experiment.sweep.values)}"]
    for name in experiment.arms:
        lines += ["", *_arm(experiment, name, scenarios[experiment.base_of(name)])]
    return {EXPERIMENT: "\n".join(lines) + "\n"} | {
        file: scenario.to_toml() for scenario, file in scenarios.items()
    }


def _arm(experiment: Experiment, name: str, file: str) -> list[str]:
    arm = experiment.arm(name)
    lines = ["[[arm]]", f"name = {written(name)}"]
    lines += [
        f"{key} = {written(getattr(arm, key))}"
        for key in ("title", "title_zh", "against")
        if getattr(arm, key)
    ]
    if file != SCENARIO:
        lines.append(f"scenario = {written(file)}")
    if not arm.swept:
        lines.append("swept = false")
    if arm.changes:
        lines += ["[arm.changes]", *(f"{written(key)} = {written(v)}" for key, v in arm.changes.items())]
    return lines
