"""Sellers' account pools: bots that are created, age and are closed; crowds of real people."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zhenzan.lab.population import Population
from zhenzan.lab.scenario import Seller
from zhenzan.lab.time_units import DAY
from zhenzan.lab.vocabulary import REGIONS

__all__ = ["Accounts", "Pool"]

REUSED_SHARE_MAX = 0.4  # fresh accounts that are used a second time


class Accounts:
    """Bots, numbered after the natural accounts. Columns grow; `closed` is the time of closing (−1: open)."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.count = 0
        self.ring = np.zeros(256, np.int32)
        self.seller = np.zeros(256, np.int32)
        self.created = np.zeros(256, np.int64)
        self.closed = np.full(256, -1, np.int64)
        self.used = np.zeros(256, np.bool_)

    def make(self, number: int, ring: int, seller: int, now: int) -> npt.NDArray[np.int64]:
        """Open new accounts; gives their numbers."""
        begin, end = self.count, self.count + number
        while end > len(self.ring):
            for name in ("ring", "seller", "created", "closed"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.full_like(old, -1)]))
            self.used = np.concatenate([self.used, np.zeros_like(self.used)])
        self.ring[begin:end], self.seller[begin:end], self.created[begin:end] = ring, seller, now
        self.count = end
        return np.arange(self.first + begin, self.first + end)

    def is_open(self, account: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether these bots are still open; natural accounts are."""
        bot = account >= self.first
        return ~bot | (self.closed[np.where(bot, account - self.first, 0)] < 0)


@dataclass
class Pool:
    """One ring of a seller: the accounts it likes with."""

    seller: int
    ring: int
    about: Seller
    accounts: npt.NDArray[np.int64]
    zeal: npt.NDArray[np.float64] | None = None
    spare: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    likes_made: int = 0
    lost: int = 0

    def draw(
        self, quantity: int, now: int, bots: Accounts, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.int64], float]:
        """Accounts for an order, and what it cost to have them (coins)."""
        if self.about.supply == "fresh":
            return self._fresh(quantity, now, bots, rng)
        if self.zeal is not None:
            keen = np.argsort(-self.zeal * rng.exponential(1, len(self.accounts)))
            return self.accounts[keen[:quantity]], 0.0
        slots = rng.permutation(len(self.accounts))[:quantity]
        cost = self._renew(slots, now, bots)
        return self.accounts[slots], cost

    def _renew(self, slots: npt.NDArray[np.int64], now: int, bots: Accounts) -> float:
        """Put new accounts in the place of closed and outlived ones; gives what these and first uses cost.

        Accounts that were never used cost nothing yet: a seller makes them when they are needed.
        """
        account = self.accounts[slots]
        gone = ~bots.is_open(account)
        old = now - bots.created[account - bots.first] > self.about.account_days * DAY
        renewed = slots[gone | old]
        self.lost += int(gone.sum())
        self.likes_made += len(renewed)
        if len(renewed):
            self.accounts[renewed] = bots.make(len(renewed), self.ring, self.seller, now)
        account = self.accounts[slots] - bots.first
        first_use = int((~bots.used[account]).sum())
        bots.used[account] = True
        return first_use * self.about.account_cost

    def _fresh(
        self, quantity: int, now: int, bots: Accounts, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.int64], float]:
        """New accounts, some of them used once before; then they are dropped."""
        spare = self.spare[bots.is_open(self.spare)]
        again = spare[: int(quantity * rng.uniform(0, REUSED_SHARE_MAX))]
        new = bots.make(quantity - len(again), self.ring, self.seller, now)
        self.lost += len(self.spare) - len(spare)
        self.likes_made += len(new)
        self.spare = rng.permutation(np.concatenate([spare[len(again) :], new[rng.random(len(new)) < 0.3]]))
        self.spare = self.spare[: self.about.accounts]
        return np.concatenate([again, new]), len(new) * self.about.account_cost


def crowd_of(
    about: Seller, people: Population, taken: npt.NDArray[np.bool_], rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Real people who like for pay: lively ones, of the seller's region, nobody twice. Marks them `taken`."""
    lively = people.liveliness
    weight = np.where(taken | (people.cohort[: people.viewers] >= 0), 0.0, lively)
    if about.region != "any":
        weight *= people.region[: people.viewers] == REGIONS.index(about.region)
    size = min(about.accounts, int((weight > 0).sum()))
    # Drawn with these weights, without repeats (Efraimidis and Spirakis 2006), not simply the liveliest.
    luck = rng.exponential(1, len(weight)) / np.maximum(weight, 1e-300)
    chosen = np.argsort(luck, kind="stable")[:size]
    taken[chosen] = True
    return np.sort(chosen)
