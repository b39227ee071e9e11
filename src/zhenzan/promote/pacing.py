"""What pacing assumes of the time between exposure and outcome, and how near to its goal a flight may go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp

import numpy as np
import numpy.typing as npt

__all__ = ["OutcomeDelay", "in_flight_max"]

BONUS_MAX = 0.12  # outcomes beyond the goal that may be expected of what was shown and may still come
UNITS_LISTED = 256


@dataclass(frozen=True, slots=True)
class OutcomeDelay:
    """Most outcomes come `fast_seconds` after their exposure in the mean, the others after `slow_seconds`."""

    fast_share: float = 0.85
    fast_seconds: float = 15.0
    slow_seconds: float = 900.0

    @property
    def mean_seconds(self) -> float:
        return self.fast_share * self.fast_seconds + (1.0 - self.fast_share) * self.slow_seconds

    def __post_init__(self) -> None:
        assert 0 < self.fast_share <= 1, "a share lies between 0 and 1"
        assert 0 < self.fast_seconds < self.slow_seconds, "delays are positive, the slow one longer"


@cache
def in_flight_max() -> npt.NDArray[np.float64]:
    """For 0 to 256 free units: the mean of a Poisson number of outcomes of which `BONUS_MAX` are too many."""
    means = np.zeros(UNITS_LISTED + 1)
    for free in range(1, UNITS_LISTED + 1):
        low, high = 0.0, 2.0 * free + 4.0
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if _excess(middle, free) < BONUS_MAX else (low, middle)
        means[free] = low
    means.flags.writeable = False
    return means


def _excess(mean: float, free: int) -> float:
    """E[max(N − free, 0)] for a Poisson number N."""
    term, total = exp(-mean), 0.0
    for count in range(free):
        total += (free - count) * term
        term *= mean / (count + 1)
    return total + mean - free
