"""Labelled worlds to be judged on: the face of the generators."""

from benchmarks.hard import hard_world
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
    "hard_world",
]
