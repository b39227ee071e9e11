"""Experiments: one scenario under several policies, with the same luck for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhenzan.lab.scenario import Scenario

__all__ = ["Contrast", "Experiment"]


@dataclass(frozen=True)
class Experiment:
    """A scenario and its arms: by name, which keys differ (see `Scenario.changed`).

    Replicate r of every arm runs with the seed `first_seed + r`, so that arms differ by policy, not by luck.
    """

    name: str
    base: Scenario
    arms: Mapping[str, Mapping[str, Any]]
    replicates: int = 20
    first_seed: int = 1000
    outcomes: tuple[str, ...] = field(default=())

    def scenario(self, arm: str) -> Scenario:
        """The scenario of one arm."""
        return self.base.changed(self.arms[arm])


@dataclass(frozen=True)
class Contrast:
    """What one arm's outcome is more than another's: the mean of the paired differences, with an interval."""

    outcome: str
    arm: str
    than: str
    mean: float
    low: float
    high: float
    replicates: int
