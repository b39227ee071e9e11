"""The flights of a decider: a place for each order that is delivered, in flat arrays that kernels share."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from zhenzan.errors import PromotionError
from zhenzan.promote.kernels.arguments import FlightArrays
from zhenzan.promote.kernels.decisions import LEVELS
from zhenzan.promote.targeting import WORD_BITS, Targeting

__all__ = ["KNOTS", "Flight", "empty_flights", "straight_curve"]

KNOTS = 64  # pieces of a plan's curve
NO_CAP = 1 << 30


def straight_curve() -> tuple[float, ...]:
    """The plan that delivers evenly."""
    return tuple(np.linspace(0, 1, KNOTS + 1).tolist())


@dataclass(frozen=True, slots=True)
class Flight:
    """What a decider needs to know of an order. Times are µs since 1970.

    `curve`: the share of the goal that is planned at each of `KNOTS` + 1 equal steps from start to
    `plan_end_us`. From then until `end_us` what is missing is made good. `like_rate`: outcomes an exposure,
    expected at first; worth `rate_exposures` exposures of experience.
    """

    number: int
    goal: int
    start_us: int
    plan_end_us: int
    end_us: int
    like_rate: float
    rate_exposures: float = 30.0
    curve: tuple[float, ...] = field(default_factory=straight_curve)
    targeting: Targeting = field(default_factory=Targeting)
    hour_cap: int = NO_CAP
    day_cap: int = NO_CAP
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if not self.start_us < self.plan_end_us <= self.end_us:
            raise PromotionError("a flight's plan ends after its start and not after its end")
        if self.number < 0 or self.goal < 1:
            raise PromotionError("a flight has a number from 0 on and a goal of at least one unit")
        if not 0 < self.like_rate < 1 or self.rate_exposures <= 0:
            raise PromotionError("a flight's expected like rate lies between 0 and 1")
        if min(self.hour_cap, self.day_cap) < 1:
            raise PromotionError("a cap is at least one exposure")
        curve = self.curve
        ascending = all(low <= high for low, high in pairwise(curve))
        if len(curve) != KNOTS + 1 or not ascending or curve[0] != 0 or abs(curve[-1] - 1) > 1e-6:
            raise PromotionError(f"a plan's curve ascends from 0 to 1 in {KNOTS} steps")


INTEGERS = (
    "number", "generation", "block_end_us", "block_most", "block_shown", "hour_left", "day_left", "hour_cap",
    "day_cap", "day_end_us", "shown", "start_us", "plan_end_us", "end_us", "level",
)  # fmt: skip
SHAPES: dict[str, tuple[str, type[np.generic]]] = {
    "curve": ("knots", np.float64),
    "planes": ("planes", np.uint64),
    "burst_seconds": ("one", np.float64),
    "fast_share": ("one", np.float64),
    "live": ("flights", np.uint8),
    "running": ("flights", np.uint8),
    "pushing": ("flights", np.uint8),
    **dict.fromkeys(INTEGERS, ("flights", np.int64)),
}


def empty_flights(capacity: int) -> FlightArrays:
    """Room for so many flights, a multiple of 64."""
    sizes: dict[str, tuple[int, ...]] = {
        "flights": (capacity,),
        "knots": (capacity, KNOTS + 1),
        "planes": (LEVELS, capacity // WORD_BITS),
        "one": (1,),
    }
    arrays: dict[str, Any] = {}
    for name in FlightArrays._fields:
        shape, kind = SHAPES.get(name, ("flights", np.float64))
        arrays[name] = np.zeros(sizes[shape], kind)
    return FlightArrays(**arrays)
