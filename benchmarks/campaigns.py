"""Bought likes of the hard worlds: bursts, drips, tiny orders, paid crowds, throwaways, and camouflage."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.gatherings import join
from benchmarks.natural import Catalogue, People, choose_items
from benchmarks.world import BOUGHT, CAMOUFLAGE, CODE, DAY, HOUR, MINUTE, Part


@dataclass
class Market:
    """What the sellers have done so far: the parts, the rings (ring → accounts) and the number of orders."""

    people: People
    catalogue: Catalogue
    rng: np.random.Generator
    parts: list[Part] = field(default_factory=list)
    rings: list[np.ndarray] = field(default_factory=list)
    orders: int = 0
    buyer_items: list[int] = field(default_factory=list)

    def next_target(self, duration: float) -> tuple[int, float]:
        """An item and a start time.

        Buyers are unrelated creators who often buy for several of their items. Items are of every
        popularity and age, many of them new ones in their first day.
        """
        rng, catalogue = self.rng, self.catalogue
        while True:
            if not self.buyer_items:
                if rng.random() < 0.15:
                    weight = catalogue.popularity / catalogue.popularity.sum()
                    buyer = int(catalogue.creator[rng.choice(len(weight), p=weight)])
                else:
                    buyer = int(rng.integers(0, len(catalogue.fame)))
                own = np.flatnonzero(catalogue.creator == buyer)
                wanted = min(len(own), int(rng.geometric(0.45)))
                self.buyer_items = rng.choice(own, wanted, replace=False).tolist() if wanted else []
                continue
            item = self.buyer_items.pop()
            earliest, latest = max(catalogue.birth[item], 0.0), catalogue.span - duration
            if earliest >= latest:
                continue
            if catalogue.birth[item] > 0 and rng.random() < 0.5:
                latest = min(latest, earliest + DAY * rng.random())
            return item, float(rng.uniform(earliest, latest))

    def deliver(self, item: int, account: np.ndarray, time: np.ndarray, strategy: str) -> None:
        """Book one order's likes."""
        part = Part(account, np.full(len(account), item), time, BOUGHT, CODE[strategy], self.orders)
        self.parts.append(part)
        self.orders += 1

    def camouflage(self, accounts: np.ndarray, n: int, strategy: str) -> None:
        """n likes by these accounts of what trends, at any time of the day."""
        if n == 0:
            return
        time = self.rng.uniform(0, self.catalogue.span, n)
        item = choose_items(self.catalogue, time, np.full(n, -1), self.rng)
        who = self.rng.choice(accounts, n)
        ok = item >= 0
        self.parts.append(Part(who[ok], item[ok], time[ok], CAMOUFLAGE, CODE[strategy]))

    def joined(self) -> Part:
        return join(self.parts)


def order_times(start: float, duration: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Delivery instants: evenly at random, front-loaded, or metronomic with jitter, as sellers differ."""
    style = rng.integers(0, 3)
    if style == 0:
        offset = rng.random(n)
    elif style == 1:
        offset = np.minimum(rng.exponential(0.3, n), 1.0) * rng.uniform(0.98, 1, n)
    else:
        offset = (rng.permutation(n) + rng.normal(0, 0.15, n)) / n
    return start + np.clip(offset, 0, 1) * duration


def bursts(market: Market, n: int, scale: float) -> None:
    """Orders of 100–500 likes in 5–60 minutes from rings of 200–800 accounts used again and again."""
    rng = market.rng
    made = 0
    while made < n:
        size = int(rng.integers(200, 800) * min(1.0, max(scale, 0.2)))
        ring = _new_ring(market, size)
        # A ring works until its accounts were used some five to nine times, so that a log holds a few rings.
        ring_likes = 0
        while ring_likes < size * rng.uniform(5, 9) and made < n:
            quantity = min(int(rng.integers(100, 500)), int(size * rng.uniform(0.5, 0.95)))
            duration = rng.uniform(5, 60) * MINUTE
            item, start = market.next_target(duration)
            time = order_times(start, duration, quantity, rng)
            market.deliver(item, rng.choice(ring, quantity, replace=False), time, "burst")
            ring_likes += quantity
            made += quantity
        market.camouflage(ring, int(ring_likes * rng.uniform(0.2, 1.2)), "burst")


def drips(market: Market, n: int, scale: float) -> None:
    """Orders of 60–250 likes spread over about two days, from rings of 150–400 accounts."""
    rng = market.rng
    made = 0
    while made < n:
        size = int(rng.integers(150, 400) * min(1.0, max(scale, 0.3)))
        ring = _new_ring(market, size)
        ring_likes = 0
        while ring_likes < size * rng.uniform(8, 16) and made < n:
            quantity = int(np.clip(rng.uniform(0.25, 0.7) * size, 20, 250))
            duration = rng.uniform(36, 60) * HOUR
            item, start = market.next_target(duration)
            time = order_times(start, duration, quantity, rng)
            market.deliver(item, rng.choice(ring, quantity, replace=False), time, "drip")
            ring_likes += quantity
            made += quantity
        market.camouflage(ring, int(ring_likes * rng.uniform(0.2, 1.2)), "drip")


def tiny_orders(market: Market, n: int, scale: float) -> None:
    """Ten likes in about ten minutes (a few orders of twenty), each by a random ten of a pool of 1,500."""
    rng = market.rng
    pools = max(1, round(scale))
    for _ in range(pools):
        pool = _new_ring(market, int(1500 * min(1.0, max(scale, 0.1))))
        made = 0
        while made < n / pools:
            quantity = 20 if rng.random() < 0.1 else 10
            duration = rng.uniform(5, 18) * MINUTE
            item, start = market.next_target(duration)
            time = order_times(start, duration, quantity, rng)
            market.deliver(item, rng.choice(pool, quantity, replace=False), time, "tiny")
            made += quantity
        market.camouflage(pool, int(made * rng.uniform(0.2, 1.2)), "tiny")


def paid_crowds(market: Market, n: int, scale: float) -> None:
    """Real people with a life of their own who like for cents: orders of 50–200 in some waking hours."""
    rng, people = market.rng, market.people
    pools = max(1, round(2 * scale))
    weight = np.sqrt(people.activity) * (people.cohort < 0)
    for _ in range(pools):
        size = int(rng.integers(500, 1200) * min(1.0, max(scale, 0.15)))
        pool = rng.choice(people.real, size, replace=False, p=weight / weight.sum())
        weight[pool] = 0
        market.rings.append(pool)
        zeal = rng.lognormal(0, 0.5, size)
        made = 0
        while made < n / pools:
            quantity = int(rng.integers(50, 200))
            duration = rng.uniform(2, 10) * HOUR
            item, start = market.next_target(duration)
            time = start + rng.uniform(0, duration, size)
            keen = rng.permutation(np.argsort(-zeal * rng.exponential(1, size))[: quantity * 3])
            keen = keen[people.awake(pool[keen], time[keen], rng)][:quantity]
            market.deliver(item, pool[keen], time[keen], "crowd")
            made += len(keen)


def throwaways(market: Market, n: int) -> None:
    """Orders of 50–300 likes by fresh accounts that are used once or twice and dropped."""
    rng, people = market.rng, market.people
    made = 0
    spare = np.zeros(0, dtype=np.int64)
    everyone: list[np.ndarray] = []
    while made < n:
        quantity = int(np.exp(rng.uniform(np.log(50), np.log(300))))
        duration = np.exp(rng.uniform(np.log(8 * MINUTE), np.log(4 * HOUR)))
        item, start = market.next_target(duration)
        again = min(len(spare), int(quantity * rng.uniform(0, 0.4)))
        reused, spare = spare[:again], spare[again:]
        fresh = people.newcomers(quantity - again)
        everyone.append(fresh)
        spare = np.concatenate((spare, fresh[rng.random(len(fresh)) < 0.3]))
        spare = rng.permutation(spare)[:2000]
        account = np.concatenate((reused, fresh))
        market.deliver(item, account, order_times(start, duration, len(account), rng), "throwaway")
        made += quantity
    fresh = np.concatenate(everyone)
    market.camouflage(fresh, int(len(fresh) * rng.uniform(0.05, 0.3)), "throwaway")


def _new_ring(market: Market, size: int) -> np.ndarray:
    ring = market.people.newcomers(size)
    market.rings.append(ring)
    return ring
