"""The lab: a closed simulation in which likes are earned, bought, sold and policed.

    from zhenzan.lab import load_scenario, run

    world = run(load_scenario("scenarios/weekday.toml"), seed=7)
    world.interactions, world.truth, world.outcomes.summary   # Arrow tables

Nothing here connects to anything. A run is in `simulation`, what it leaves in `outputs`, what is told of it
in `reports`.
"""

from typing import TYPE_CHECKING, Any

from zhenzan.lab.scenario import Scenario, load_scenario, read_scenario, seller_of, shipped_scenario

if TYPE_CHECKING:
    from zhenzan.lab.bench import (
        Arm,
        Contrast,
        Experiment,
        Results,
        Sweep,
        load_experiment,
        processors,
        read_experiment,
        run_experiment,
    )
    from zhenzan.lab.outputs.folder import check_place, write_world
    from zhenzan.lab.outputs.outcomes import SUMMARY, Outcomes
    from zhenzan.lab.outputs.world import World
    from zhenzan.lab.play_to_service import replay_world
    from zhenzan.lab.reports import (
        experiment_charts,
        run_charts,
        write_experiment_report,
        write_outcomes,
        write_results,
        write_run_report,
    )
    from zhenzan.lab.scoring import Score, score
    from zhenzan.lab.simulation import run
    from zhenzan.lab.speed_comparison_model import minimal_world

__all__ = [
    "SUMMARY",
    "Arm",
    "Contrast",
    "Experiment",
    "Outcomes",
    "Results",
    "Scenario",
    "Score",
    "Sweep",
    "World",
    "check_place",
    "experiment_charts",
    "load_experiment",
    "load_scenario",
    "minimal_world",
    "processors",
    "read_experiment",
    "read_scenario",
    "replay_world",
    "run",
    "run_charts",
    "run_experiment",
    "score",
    "seller_of",
    "shipped_scenario",
    "write_experiment_report",
    "write_outcomes",
    "write_results",
    "write_run_report",
    "write_world",
]

_HOME = {
    "Arm": "bench",
    "Contrast": "bench",
    "Experiment": "bench",
    "Outcomes": "outputs.outcomes",
    "Results": "bench",
    "SUMMARY": "outputs.outcomes",
    "Score": "scoring",
    "Sweep": "bench",
    "World": "outputs.world",
    "check_place": "outputs.folder",
    "experiment_charts": "reports",
    "load_experiment": "bench",
    "minimal_world": "speed_comparison_model",
    "processors": "bench",
    "read_experiment": "bench",
    "replay_world": "play_to_service",
    "run": "simulation",
    "run_charts": "reports",
    "run_experiment": "bench",
    "score": "scoring",
    "write_experiment_report": "reports",
    "write_outcomes": "reports",
    "write_results": "reports",
    "write_run_report": "reports",
    "write_world": "outputs.folder",
}


def __getattr__(name: str) -> Any:
    """Engines bring numba along; who only reads a scenario need not wait for it."""
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import_module("zhenzan.lab.deprecated_methods").attach()
    value = getattr(import_module(f"zhenzan.lab.{_HOME[name]}"), name)
    globals()[name] = value
    return value
