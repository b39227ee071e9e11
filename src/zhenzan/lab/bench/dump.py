"""Writing an experiment as TOML files that `load_experiment` reads back: itself, and each of its
scenarios.
"""

from __future__ import annotations

from zhenzan.config import document
from zhenzan.lab.bench.experiment_file import ArmTable, ExperimentFile
from zhenzan.lab.bench.model import Experiment

__all__ = ["experiment_files"]

EXPERIMENT, SCENARIO = "experiment.toml", "scenario.toml"


def experiment_files(experiment: Experiment) -> dict[str, str]:
    """The texts by file name: `experiment.toml`, `scenario.toml`, and one more for each other scenario."""
    scenarios = {experiment.base: SCENARIO}
    for name in experiment.arms:
        scenarios.setdefault(experiment.base_of(name), f"scenario-{len(scenarios) + 1}.toml")
    file = ExperimentFile(
        name=experiment.name,
        replicates=experiment.replicates,
        first_seed=experiment.first_seed,
        outcomes=experiment.outcomes,
        scenario=SCENARIO,
        sweep=experiment.sweep,
        arms=tuple(_arm(experiment, name, scenarios[experiment.base_of(name)]) for name in experiment.arms),
    )
    texts = {EXPERIMENT: document(file, "An experiment of the lab.")}
    return texts | {name: scenario.to_toml() for scenario, name in scenarios.items()}


def _arm(experiment: Experiment, name: str, scenario: str) -> ArmTable:
    arm = experiment.arm(name)
    own = None if scenario == SCENARIO else scenario
    return ArmTable(name, arm.title, arm.title_zh, arm.against, own, arm.swept, dict(arm.changes))
