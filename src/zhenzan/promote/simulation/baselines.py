"""How others pace, on the same flights: quotas by the hour, and LinkedIn's throttle.

The throttle is Algorithm 1 of Agarwal, Ghosh, Wei and You, Budget pacing for targeted online advertisements
at LinkedIn (KDD 2014): once a minute the pass-through rate goes up by a tenth of itself where less was spent
than planned, down where more was.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhenzan.promote.caps import hour_end
from zhenzan.promote.flights import KNOTS
from zhenzan.promote.kernels.arguments import FlightArrays

__all__ = ["HourlyQuota", "Throttle", "units_due"]

AT_ONCE = 10.0  # exposures a second: as fast as slots come
FIRST_PASS_RATE = 0.1
ADJUST = 0.1
UNLIMITED = 1 << 40


def units_due(flights: FlightArrays, at_us: int) -> npt.NDArray[np.float64]:
    """Units of each flight's plan at a time."""
    span = np.maximum(flights.plan_end_us - flights.start_us, 1)
    at = np.clip((at_us - flights.start_us) / span, 0.0, 1.0) * KNOTS
    low = np.minimum(at.astype(np.int64), KNOTS - 1)
    rows = np.arange(at.size)
    before, after = flights.curve[rows, low], flights.curve[rows, low + 1]
    due: npt.NDArray[np.float64] = flights.goal * (before + (at - low) * (after - before))
    return due


def _open(flights: FlightArrays, now_us: int) -> npt.NDArray[np.bool_]:
    begun = (flights.start_us <= now_us) & (now_us < flights.end_us)
    behind: npt.NDArray[np.bool_] = (
        (flights.live == 1) & (flights.running == 1) & begun & (flights.counted < flights.goal)
    )
    return behind


class HourlyQuota:
    """Each UTC hour has its part of the goal, delivered as fast as slots come."""

    def pace(self, flights: FlightArrays, now_us: int) -> None:
        quota = np.ceil(units_due(flights, hour_end(now_us)) - 1e-9)
        flights.rate[:] = np.where(_open(flights, now_us) & (flights.counted < quota), AT_ONCE, 0.0)
        flights.block_most[:] = UNLIMITED


class Throttle:
    """A pass-through rate for each flight, of the slots that fit it (`supply`, slots a second)."""

    def __init__(self, capacity: int) -> None:
        self.supply = np.ones(capacity)
        self._pass_rate = np.full(capacity, FIRST_PASS_RATE)
        self._generation = np.zeros(capacity, np.int64)
        self._adjusted_us = 0

    def pace(self, flights: FlightArrays, now_us: int) -> None:
        new = self._generation != flights.generation
        self._pass_rate[new] = FIRST_PASS_RATE
        self._generation[new] = flights.generation[new]
        if now_us - self._adjusted_us >= 60_000_000:
            self._adjusted_us = now_us
            ahead = flights.counted >= units_due(flights, now_us)
            change = np.where(ahead, 1.0 - ADJUST, 1.0 + ADJUST)
            self._pass_rate[:] = np.clip(self._pass_rate * change, 1e-6, 1.0)
        flights.rate[:] = np.where(_open(flights, now_us), self._pass_rate * self.supply, 0.0)
        flights.block_most[:] = UNLIMITED
