"""A closed world in which likes are earned, bought, sold and policed; sellers are agents in arrays.

    from zhenzan.lab import load_scenario, run

    world = run(load_scenario("scenarios/weekday.toml"), seed=7)
    world.interactions, world.truth, world.outcomes.summary   # Arrow tables

Nothing here connects to anything. The road is in `simulation`.
"""

from typing import TYPE_CHECKING, Any

from zhenzan.lab.scenario import Scenario, load_scenario, read_scenario, seller_of

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
        write_results,
    )
    from zhenzan.lab.minimal import minimal_world
    from zhenzan.lab.outputs.folder import check_place, write_outcomes
    from zhenzan.lab.outputs.outcomes import SUMMARY, Outcomes
    from zhenzan.lab.outputs.world import World
    from zhenzan.lab.replay import play
    from zhenzan.lab.scoring import Score, score
    from zhenzan.lab.simulation import run

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
    "load_experiment",
    "load_scenario",
    "minimal_world",
    "play",
    "processors",
    "read_experiment",
    "read_scenario",
    "run",
    "score",
    "seller_of",
    "write_outcomes",
    "write_results",
]

_HOME = {
    "Arm": "bench",
    "Contrast": "bench",
    "Experiment": "bench",
    "Results": "bench",
    "Sweep": "bench",
    "load_experiment": "bench",
    "processors": "bench",
    "read_experiment": "bench",
    "write_results": "bench",
    "Outcomes": "outputs.outcomes",
    "SUMMARY": "outputs.outcomes",
    "Score": "scoring",
    "World": "outputs.world",
    "check_place": "outputs.folder",
    "minimal_world": "minimal",
    "play": "replay",
    "run": "simulation",
    "score": "scoring",
    "write_outcomes": "outputs.folder",
}


def __getattr__(name: str) -> Any:
    """Engines bring numba along; who only reads a scenario need not wait for it."""
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"zhenzan.lab.{_HOME[name]}"), name)
    globals()[name] = value
    return value
