"""Labelled worlds to be judged on: the face of the generators."""

from benchmarks.farms import farms_world
from benchmarks.lab_world import lab_world
from benchmarks.real_timing_worlds import replay_world
from benchmarks.scale import lab_log, scale_log
from benchmarks.world import (
    BOUGHT,
    CAMOUFLAGE,
    CAMPAIGN_KINDS,
    CODE,
    CONFOUNDERS,
    KINDS_OF_LIKE,
    NATURAL,
    STRATEGIES,
    World,
)

__all__ = [
    "BOUGHT",
    "CAMOUFLAGE",
    "CAMPAIGN_KINDS",
    "CODE",
    "CONFOUNDERS",
    "KINDS_OF_LIKE",
    "NATURAL",
    "STRATEGIES",
    "World",
    "farms_world",
    "lab_log",
    "lab_world",
    "replay_world",
    "scale_log",
]
