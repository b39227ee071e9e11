"""Sellers: they keep account pools, deliver orders in their own way, and adapt when they are caught."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhenzan.lab.market.orders import Order
from zhenzan.lab.market.pools import Accounts, Pool, crowd_of
from zhenzan.lab.population import Population
from zhenzan.lab.rng import generator
from zhenzan.lab.scenario import Scenario, Seller
from zhenzan.lab.time_units import MINUTE, awake
from zhenzan.lab.visit_calendar import Visits
from zhenzan.lab.vocabulary import BOUGHT, CAMOUFLAGE, SOURCE_CODE

__all__ = ["SellerState", "open_shops"]

LIKE, COMMENT, SHARE = 1, 2, 4
CAUGHT_ENOUGH = 0.1  # share of found likes at which a seller changes its ways
MEMORY = 0.3  # weight of the last day in what a seller has learned
PACE_STEP, PACE_MAX = 1.25, 8.0
CAMOUFLAGE_STEP, CAMOUFLAGE_MAX = 1.2, 5.0
PRICE_STEP, PRICE_MAX = 1.1, 3.0
CROWD_CANDIDATES = 3  # workers asked for each like, since not all are about


@dataclass
class SellerState:
    """One seller in the course of a run. Money in coins."""

    number: int
    about: Seller
    pools: list[Pool]
    price_factor: float = 1.0
    pace_factor: float = 1.0
    camouflage_factor: float = 1.0
    caught: float = 0.0
    revenue: float = 0.0
    cost: float = 0.0
    fines: float = 0.0
    likes: int = 0
    likes_caught: int = 0
    settled_before: tuple[int, int, float] = (0, 0, 0.0)

    def price(self, quantity: int) -> float:
        """Coins for an order of `quantity` likes, now."""
        return self.about.price(quantity) * quantity * self.price_factor

    def deliver(
        self, number: int, order: Order, people: Population, bots: Accounts, rng: np.random.Generator
    ) -> tuple[Visits, float]:
        """The visits of an order, and what they cost the seller. `order.paid` is what was paid."""
        pool = self.pools[int(rng.integers(0, len(self.pools)))]
        low, high = self.about.minutes
        duration = np.exp(rng.uniform(np.log(low), np.log(high))) * MINUTE * self.pace_factor
        candidates = order.quantity * (CROWD_CANDIDATES if self.about.supply == "crowd" else 1)
        account, cost = pool.draw(candidates, order.start, bots, rng)
        time = order_times(order.start, duration, len(account), rng)
        if self.about.supply == "crowd":
            about = awake(time, people.zone[account], rng)
            account, time = account[about][: order.quantity], time[about][: order.quantity]
            cost += self.about.worker_share * order.paid * len(account) / order.quantity
        cost += self.about.delivery_cost * len(account)
        flags = np.full(len(account), LIKE)
        flags |= np.where(rng.random(len(account)) < self.about.comments, COMMENT, 0)
        flags |= np.where(rng.random(len(account)) < self.about.shares, SHARE, 0)
        visits = Visits.of(
            account,
            order.item,
            time,
            SOURCE_CODE[self.about.strategy],
            kind=BOUGHT,
            campaign=number,
            flags=flags,
            watched_share=self.about.watched_share,
        )
        return visits, cost

    def hide(
        self,
        likes: int,
        now: int,
        span: int,
        totals: npt.NDArray[np.float64],
        by_topic: npt.NDArray[np.int32],
        rng: np.random.Generator,
    ) -> tuple[Visits, float]:
        """Likes of what trends, by which bots try to look like anybody; and their cost."""
        number = int(rng.poisson(likes * self.about.camouflage * self.camouflage_factor))
        bots = [pool.accounts if len(pool.accounts) else pool.spare for pool in self.pools]
        accounts = np.concatenate(bots)
        if self.about.supply == "crowd" or number == 0 or len(accounts) == 0 or totals[-1] <= 0:
            return Visits.of(np.zeros(0), np.zeros(0), np.zeros(0), 0), 0.0
        index = np.searchsorted(totals, rng.random(number) * totals[-1], side="right") - 1
        visits = Visits.of(
            rng.choice(accounts, number),
            by_topic[np.minimum(index, len(by_topic) - 1)],
            now + rng.integers(0, span, number),
            SOURCE_CODE[self.about.strategy],
            kind=CAMOUFLAGE,
            flags=LIKE,
            watched_share=max(self.about.watched_share, 0.3),
        )
        return visits, number * self.about.delivery_cost

    def adapt(self, likes: int, caught: int, margin: float) -> None:
        """Learn from the day: `likes` delivered and `caught` so far, `margin` = profit a coin of revenue."""
        if likes == 0:
            return  # no news
        self.caught += MEMORY * (caught / likes - self.caught)
        if not self.about.adapts:
            return
        if self.caught > CAUGHT_ENOUGH:
            self.pace_factor = min(self.pace_factor * PACE_STEP, PACE_MAX)
            self.camouflage_factor = min(self.camouflage_factor * CAMOUFLAGE_STEP, CAMOUFLAGE_MAX)
            if margin < 0.3:
                self.price_factor = min(self.price_factor * PRICE_STEP, PRICE_MAX)
        else:
            self.pace_factor = max(self.pace_factor / PACE_STEP, 1.0)
            self.camouflage_factor = max(self.camouflage_factor / CAMOUFLAGE_STEP, 1.0)
            self.price_factor = max(self.price_factor / PRICE_STEP, 1.0)


def order_times(start: int, duration: float, n: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Moments of delivery: evenly at random, most at first, or like a metronome, as sellers differ."""
    style = rng.integers(0, 3)
    if style == 0:
        offset = rng.random(n)
    elif style == 1:
        offset = np.minimum(rng.exponential(0.3, n), 1.0) * rng.uniform(0.98, 1, n)
    else:
        offset = (rng.permutation(n) + rng.normal(0, 0.15, n)) / max(n, 1)
    return (start + np.clip(offset, 0, 1) * duration).astype(np.int64)


def open_shops(scenario: Scenario, seed: int, people: Population, bots: Accounts) -> list[SellerState]:
    """Every seller with its pools filled."""
    rng = generator(seed, "shops")
    taken = np.zeros(people.viewers, np.bool_)
    shops: list[SellerState] = []
    ring = 0
    for number, about in enumerate(scenario.sellers):
        shop = SellerState(number, about, [])
        for _ in range(about.rings):
            size = max(int(about.accounts * rng.uniform(0.7, 1.3)), 2)
            zeal = None
            if about.supply == "crowd":
                accounts = crowd_of(about, people, taken, rng)
                zeal = rng.lognormal(0, 0.5, len(accounts))
            elif about.supply == "bots":
                life = int(about.account_days * 24 * 60 * MINUTE)
                accounts = bots.make(size, ring, number, 0)
                bots.created[accounts - bots.first] = -rng.integers(0, life, size)
            else:
                accounts = np.zeros(0, np.int64)
            shop.pools.append(Pool(number, ring, about, accounts, zeal))
            ring += 1
        shops.append(shop)
    return shops
