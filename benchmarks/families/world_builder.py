"""A world in the making: a population, the natural crowds added to it, and the pools that buyers hire."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.families.contract import BOUGHT, NATURAL, FamilyWorld, Likes, assemble_family
from benchmarks.families.population import Population, at_hour, by_weight, some_of_each
from benchmarks.world import DAY, HOUR, MINUTE, SECOND

MIDNIGHT = 6_400 * SECOND  # from START to the next midnight: time 0 of these worlds
LAST_ORDER = 4 * DAY  # no order begins in the last days, so that it ends before the log does
Delays = Callable[[np.random.Generator, int], np.ndarray]


def stream(seed: int, name: str) -> np.random.Generator:
    """The random numbers of one part of a world."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


@dataclass(frozen=True)
class PoolPlan:
    """New accounts for hire: how many, their orders, the size of an order (least, most), and its delays."""

    accounts: int
    orders: int
    size: tuple[int, int]
    delays: Delays


def _two_minutes(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.uniform(0, 2 * MINUTE, n)


def _two_days(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.uniform(0, 2 * DAY, n)


def _ten_minutes(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.uniform(0, 10 * MINUTE, n)


def _half_an_hour(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.uniform(0, 30 * MINUTE, n)


def _three_pushes(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.integers(3, size=n) * 12 * HOUR + rng.exponential(15 * MINUTE, n)


PLANS = {
    "burst": PoolPlan(60, 14, (48, 48), _two_minutes),
    "drip": PoolPlan(80, 20, (56, 56), _two_days),
    "tiny": PoolPlan(1_500, 1_500, (10, 10), _ten_minutes),
    "wave": PoolPlan(150, 40, (45, 45), _three_pushes),
    "throwaway": PoolPlan(3_000, 150, (30, 30), _half_an_hour),
}
BESIDE = ("burst", "drip", "tiny", "wave")
POOLS = ("crowd", *BESIDE, "throwaway")


@dataclass
class Draft:
    """A world in the making. `hours` of orders: "any", "log" (those of natural likes) or "clock" (9 h).

    `cover`: the kind of the likes that new accounts for hire make for themselves.
    """

    seed: int
    people: Population
    hours: str = "any"
    cover: int = NATURAL
    parts: list[Likes] = field(default_factory=list)
    pools: list[tuple[str, np.ndarray]] = field(default_factory=list)
    crowds: list[str] = field(default_factory=list)
    orders: int = 0
    accounts: int = 0

    def __post_init__(self) -> None:
        self.parts.append(self.people.likes)
        self.accounts = self.people.accounts

    def add_crowds(self, kind: str, crowds: Sequence[Likes]) -> None:
        """Natural crowds of one kind, each with an id of its own."""
        for likes in crowds:
            self.parts.append(Likes(likes.account, likes.item, likes.time, NATURAL, len(self.crowds)))
            self.crowds.append(kind)

    def add_pool(self, kind: str, orders: int | None = None) -> None:
        """The pool of new accounts of this kind, with so many orders instead of those of its plan."""
        plan = PLANS[kind]
        account = np.arange(self.accounts, self.accounts + plan.accounts)
        self.accounts += plan.accounts
        everything = np.arange(len(self.people.pull))
        self.spend(stream(self.seed, kind + " cover"), account, everything, self.cover)
        self.hire(kind, account, plan.orders if orders is None else orders, plan.size, plan.delays)

    def hire(
        self, kind: str, account: np.ndarray, orders: int, size: tuple[int, int], delays: Delays
    ) -> None:
        """A pool of these accounts, and its orders on items of the less popular half."""
        rng = stream(self.seed, kind)
        item, start = self.targets(rng, orders)
        start = self.to_hours(stream(self.seed, kind + " hours"), start)
        members = rng.integers(size[0], size[1] + 1, orders)
        row, member = some_of_each(rng, members, len(account))
        time = start[row] + delays(rng, len(row))
        self.parts.append(Likes(account[member], item[row], time, BOUGHT, self.orders + row))
        self.pools.append((kind, account))
        self.orders += orders

    def targets(self, rng: np.random.Generator, orders: int) -> tuple[np.ndarray, np.ndarray]:
        """(item, instant): evenly random instants, and at each another item that is born by then."""
        people = self.people
        low = np.flatnonzero(people.pull < np.median(people.pull))
        low = low[np.argsort(people.birth[low])]
        start = rng.uniform(0, people.span - LAST_ORDER, 4 * orders)
        born = np.searchsorted(people.birth[low], start)
        item, first = np.unique(low[(rng.random(len(start)) * born).astype(np.int64)], return_index=True)
        chosen = rng.permutation(len(item))[:orders]
        assert len(chosen) == orders, "more orders than items"
        return item[chosen], start[first[chosen]]

    def to_hours(self, rng: np.random.Generator, start: np.ndarray) -> np.ndarray:
        """The same instants, put off to the hours at which orders are given."""
        if self.hours == "any":
            return start
        if self.hours == "clock":
            return at_hour(start, 9.0)
        return at_hour(start, rng.choice(self.people.likes.time, len(start)) / HOUR)

    def spend(self, rng: np.random.Generator, account: np.ndarray, items: np.ndarray, kind: int) -> None:
        """3–9 likes of each account on `items` born in the log, by pull, a day or so after birth."""
        people = self.people
        young = items[(people.birth[items] >= 0) & (people.birth[items] < people.span - LAST_ORDER)]
        who = np.repeat(account, rng.integers(3, 10, len(account)))
        item = rng.choice(young, len(who), p=people.pull[young] / people.pull[young].sum())
        time = people.birth[item] + rng.exponential(DAY, len(who))
        self.parts.append(Likes(who, item, time, kind))

    def finish(self, name: str, **parameters: object) -> FamilyWorld:
        pool_of_account = np.full(self.accounts, -1)
        for number, (_, account) in enumerate(self.pools):
            pool_of_account[account] = number
        return assemble_family(
            name,
            self.parts,
            self.people.creator,
            pool_of_account,
            self.crowds,
            [kind for kind, _ in self.pools],
            stream(self.seed, "rows"),
            self.people.span,
            parameters,
            start_shift=MIDNIGHT,
        )


def add_crowd(
    draft: Draft,
    accounts: int = 400,
    orders: int = 250,
    size: tuple[int, int] = (25, 59),
    spread: float = 1.0,
    busy: float = 0.5,
) -> None:
    """A pool of the population's own accounts, a share `busy` of them drawn by activity, the rest evenly."""
    rng, people = stream(draft.seed, "crowd accounts"), draft.people
    active = by_weight(rng, people.activity, round(accounts * busy))
    others = rng.permutation(np.setdiff1d(np.arange(people.accounts), active))[: accounts - len(active)]

    def delays(rng: np.random.Generator, n: int) -> np.ndarray:
        return rng.gamma(2.0, 2 * HOUR * spread, n)

    draft.hire("crowd", np.concatenate([active, others]), orders, size, delays)
