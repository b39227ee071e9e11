"""How much each constant of the model matters: halved and doubled, one at a time, on worlds of the lab.

    python -m benchmarks.constants

Prints the mean change of average precision over worlds of several seeds. Kernels take constants as arguments,
so that what is changed in a module counts in them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np

import zhenzan
from benchmarks.lab_world import lab_world
from benchmarks.world import World
from zhenzan.lab.metrics import average_precision

__all__ = ["CONSTANTS", "sensitivity"]

CONSTANTS = {
    "baseline.natural_rate": (
        "PROFILE_PSEUDO_LIKES", "LIFE_LIKES_MIN", "FLAT_SHARE", "PRECISION_USUAL",
    ),
    "baseline.moments": ("EXCESS_MIN", "STEADY_USUAL", "LIKES_MIN", "BIRTH_SHARE"),
    "inference.coordinated_groups": (
        "CELL_LIKES_MIN", "SHARED_MIN", "DEGREE_MAX", "INTEREST_MIN", "INTEREST_MAX", "FALSE_LINKS_LOG",
        "LINKS_MAX",
    ),
    "inference.group_kinds": ("SAME_PEOPLE", "UNSEEN_SHARE", "LEVEL_SHARE_MIN", "LOGIT_MAX"),
    "inference.visits": ("FEW_DOUBT", "FEW_LIKES", "USUAL_VISITS_MIN", "RATIO_LOG_MAX", "DOUBT"),
    "inference.moment_prior": (
        "CAMPAIGN_PRIOR", "EXCESS_LOGIT_MAX", "BIRTH_LOGIT", "BIN_PSEUDO_MOMENTS",
    ),
    "inference.message_passing": (
        "RECRUIT_PRIOR", "SHARE_LIKES_MIN", "RATIO_MAX", "VOTE_MIN", "VOTE_MAX", "VOTE_STEP", "BASE_OF_ALL",
        "GOERS_FACTOR", "GOERS_MAX", "OFFICE_SHARE_MAX", "HEARD_MIN", "SPREAD_WANTED", "CROWD_LIKES",
        "QUIET_MAX", "LOYAL_PART", "LOYAL_PSEUDO_LIKES",
    ),
    "rings.partition": (
        "BOUGHT_MIN", "SAME_POOL_LIFT", "SESSION_LIKES_MIN", "SESSION_PRIOR", "SESSION_PSEUDO",
        "INTEREST_FACTOR",
    ),
    "rings.membership": ("INTEREST_FACTOR", "VISITS_MEAN_MIN", "RATIO_MAX"),
}  # fmt: skip
"""By module of `zhenzan.verify`."""
SEEDS, LIKES = (1, 2, 3, 4, 5, 6), 60_000


@contextmanager
def changed(module: str, name: str, factor: float) -> Iterator[None]:
    """The constant times a factor, in its module and in those that import it from there."""
    value = getattr(import_module(module), name)
    other = type(value)(value * factor)
    holders = [
        holder
        for path, holder in list(sys.modules.items())
        if path.startswith("zhenzan.verify") and getattr(holder, name, None) is value
    ]
    try:
        for holder in holders:
            setattr(holder, name, other)
        yield
    finally:
        for holder in holders:
            setattr(holder, name, value)


def precision(world: World, log: Any) -> float:
    probability = zhenzan.verify(log).verdicts["fake_probability"].to_numpy().astype(np.float64)
    return average_precision(probability, world.is_bought)


def sensitivity(seeds: Sequence[int] = SEEDS) -> Iterator[tuple[str, str, Any, float, float]]:
    """Module, name and value of each constant; the mean change of average precision where it is halved, and
    where it is doubled.
    """
    worlds = [lab_world(seed, likes=LIKES) for seed in seeds]
    logs = [world.table() for world in worlds]
    usual = [precision(world, log) for world, log in zip(worlds, logs, strict=True)]
    for module, names in CONSTANTS.items():
        for name in names:
            path = f"zhenzan.verify.{module}"
            changes = []
            for factor in (0.5, 2.0):
                with changed(path, name, factor):
                    precisions = [precision(world, log) for world, log in zip(worlds, logs, strict=True)]
                changes.append(float(np.mean(precisions) - np.mean(usual)))
            yield module, name, getattr(import_module(path), name), changes[0], changes[1]


if __name__ == "__main__":
    print("| constant | value | halved | doubled |\n| --- | --- | --- | --- |")
    for module, name, value, half, double in sensitivity():
        print(f"| `{module}.{name}` | {value:g} | {half:+.3f} | {double:+.3f} |", flush=True)
