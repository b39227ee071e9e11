"""A ring buys promotion for its own item and likes it: what does it gain over an honest buyer of the same?

Pairs of one world and the same orders: once the ring's accounts like whatever of theirs they are shown, once
they are viewers like all others. Fakes are found at their settlement with some chance, else a day later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from zhenzan.promote.commands import Judge
from zhenzan.promote.simulation.experiment import SLOTS_A_DAY_MIN
from zhenzan.promote.simulation.market import Deal, Market, Pacing, Stop
from zhenzan.promote.simulation.selling import sell
from zhenzan.promote.simulation.world import World, make_world
from zhenzan.times import DAY_US

__all__ = ["RingPair", "play_ring_pair", "ring_gain"]

RING_SHARE = 0.05  # of all viewers
FOUND_AT_SETTLEMENT = 0.9
ORDERS, UNITS = 6, 10


@dataclass(frozen=True)
class RingPair:
    """Likes by real people that the buyers have, and minor units billed, without the ring and with it."""

    seed: int
    orders: int
    honest_likes: int
    ring_likes: int
    honest_billed: int
    ring_billed: int
    billed_for_fakes: int
    refunded: int


class RingMarket(Market):
    """A market in which a share of the viewers belongs to the ring that has bought all orders."""

    def __init__(self, world: World, deals: list[Deal], acts: bool) -> None:
        super().__init__(world, deals, Pacing.hazard, Stop.reserve, restarts=0)
        self.acts = acts
        self.fakes: set[str] = set()

    def is_member(self, viewer: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Membership by the number alone: one viewer in twenty."""
        mixed = np.asarray(viewer, np.uint64) * np.uint64(2_654_435_761) % np.uint64(2**32)
        members: npt.NDArray[np.bool_] = mixed < RING_SHARE * 2**32
        return members

    def likes(self, viewers: npt.NDArray[np.uint64], places: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Members like whatever they are shown of theirs."""
        liked = super().likes(viewers, places)
        return liked | self.is_member(viewers) if self.acts else liked

    def judge(self, index: int, viewer: int, outcome: str, at_us: int) -> None:
        """Fakes are found at their settlement, or reversed a day later."""
        if not (self.acts and bool(self.is_member(viewer))):
            super().judge(index, viewer, outcome, at_us)
            return
        self.fakes.add(outcome)
        self.truth[outcome] = False
        verdict_us = self.verdict_time(at_us)
        if self.generator.random() < FOUND_AT_SETTLEMENT:
            self.schedule(verdict_us, index, Judge(outcome, genuine=False))
            return
        self.schedule(verdict_us, index, Judge(outcome, genuine=True))
        self.schedule(verdict_us + DAY_US, index, Judge(outcome, genuine=False))


def play_ring_pair(seed: int, orders: int = ORDERS, slots_per_day: float = SLOTS_A_DAY_MIN) -> RingPair:
    """The same orders with and without the ring."""
    world = make_world(seed, slots_per_day)
    deals = sell(world, orders, UNITS).deals
    honest, ring = (RingMarket(world, [replace(deal) for deal in deals], acts) for acts in (False, True))
    for market in (honest, ring):
        market.run()
    captured = [
        name
        for record in ring.records
        for line in record.order.lines
        for name, status in line.outcomes.items()
        if status == "captured" and name in ring.fakes
    ]
    return RingPair(
        seed,
        len(deals),
        honest.genuine_likes(),
        ring.genuine_likes(),
        sum(record.order.billed for record in honest.records),
        sum(record.order.billed for record in ring.records),
        len(captured),
        sum(record.order.refunded for record in ring.records),
    )


def ring_gain(pairs: list[RingPair]) -> tuple[float, float, float]:
    """Real people's likes that the ring has more than the honest buyer, an order: mean and 95 % interval."""
    gains = np.array([(pair.ring_likes - pair.honest_likes) / pair.orders for pair in pairs])
    error = 1.96 * gains.std(ddof=1) / np.sqrt(gains.size)
    return float(gains.mean()), float(gains.mean() - error), float(gains.mean() + error)
