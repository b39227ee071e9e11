"""The slots of a world as they come, step by step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhenzan.promote.caps import BLOCK_US, local_clock, zone_named
from zhenzan.promote.simulation.world import World, viewers_of

__all__ = ["STEP_SECONDS", "STEP_US", "Traffic"]

STEP_SECONDS = 20
STEP_US = STEP_SECONDS * 1_000_000
ACTIVITY = 1.5  # some viewers come more often: the power of a uniform draw over their numbers


class Traffic:
    """Viewers of each cell (region, interest), who come at the rates of its hour and day."""

    def __init__(self, world: World, generator: np.random.Generator) -> None:
        self.world, self.generator = world, generator
        self._viewers = viewers_of(world.truth).ravel()
        self._block = -1

    def slots(self, now_us: int) -> tuple[npt.NDArray[np.int64], ...] | None:
        """Viewer, region, hour, interest and date of each slot of a step; None where there is none."""
        if now_us // BLOCK_US != self._block:
            self._block = now_us // BLOCK_US
            self._per_step = self.world.slots_per_hour(now_us).ravel() * STEP_SECONDS / 3600
            clocks = [local_clock(now_us, zone_named(zone)) for zone in self.world.zones]
            self._day, self._hour = (np.array(column) for column in zip(*clocks, strict=True))
        counts = self.generator.poisson(self._per_step)
        cell = np.repeat(np.arange(counts.size), counts)
        if not cell.size:
            return None
        self.generator.shuffle(cell)
        within = (self.generator.random(cell.size) ** ACTIVITY * self._viewers[cell]).astype(np.int64)
        region, interest = np.divmod(cell, self.world.truth.hourly.shape[1])
        return 1 + cell + counts.size * within, region, self._hour[region], interest, self._day[region]
