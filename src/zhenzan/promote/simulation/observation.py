"""What is measured of flights while they are delivered."""

from __future__ import annotations

import numpy as np

from zhenzan.promote.caps import BLOCK_US
from zhenzan.promote.kernels.arguments import FlightArrays
from zhenzan.promote.simulation.baselines import units_due

__all__ = ["Observation"]

NEAR_UNITS = 1.5


class Observation:
    """By place of a deal: how often it was looked at, its distances from the plan, how often it was near.

    `block_plans`: by ten minutes, how many exposures each may have.
    """

    def __init__(self, deals: int, rows: int) -> None:
        self.samples, self.near = np.zeros(deals, np.int64), np.zeros(deals, np.int64)
        self.deviation, self.is_paused = np.zeros(deals), np.zeros(deals, np.bool_)
        self.place_of_row = np.zeros(rows, np.int64)
        self.block_plans: dict[int, np.ndarray] = {}

    def look(self, flights: FlightArrays, now_us: int) -> None:
        """Measure all flights whose plan runs."""
        live = np.flatnonzero(flights.live)
        places = self.place_of_row[live]
        off = np.abs(flights.counted - units_due(flights, now_us))[live]
        planned = (now_us < flights.plan_end_us[live]) & (flights.start_us[live] <= now_us)
        on = planned & ~self.is_paused[places]
        self.samples[places[on]] += 1
        self.deviation[places[on]] += off[on]
        self.near[places[on]] += off[on] <= NEAR_UNITS
        plans = self.block_plans.setdefault(now_us // BLOCK_US, np.zeros(self.samples.size, np.int64))
        plans[places] = np.maximum(plans[places], flights.block_most[live])
