"""A world while it is made: its people and items, and the likes, crowds and pools put into it so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.families.contract import (
    BOUGHT,
    CAMOUFLAGE,
    NATURAL,
    START,
    FamilyWorld,
    Likes,
    assemble_family,
)
from benchmarks.families.development.draws import Dials, Grouped, distinct
from benchmarks.world import DAY, HOUR


@dataclass
class People:
    """Real accounts: activity f[n], tastes int[n, k], zone int[n], own hour of the day f[n], joining f[n].

    `scatter`: hours by which likes leave the own hour; `sessions`: whether those of a day lie together.
    """

    activity: np.ndarray
    tastes: np.ndarray
    zone: np.ndarray
    hour: np.ndarray
    joined: np.ndarray
    scatter: float
    sessions: bool

    def __len__(self) -> int:
        return len(self.activity)


@dataclass
class Items:
    """Items: creator int[m], topic int[m], pull f[m], birth f[m] (µs, also negative), life f[m] (µs)."""

    creator: np.ndarray
    topic: np.ndarray
    pull: np.ndarray
    birth: np.ndarray
    life: np.ndarray
    topics: int

    def __len__(self) -> int:
        return len(self.creator)

    def append(self, creator: np.ndarray, topic: np.ndarray, birth: np.ndarray) -> np.ndarray:
        """New items that no ordinary feed shows; gives their places."""
        first = len(self)
        self.creator = np.append(self.creator, creator)
        self.topic = np.append(self.topic, topic)
        self.birth = np.append(self.birth, birth)
        self.pull = np.append(self.pull, np.zeros(len(creator)))
        self.life = np.append(self.life, np.full(len(creator), float(DAY)))
        return np.arange(first, len(self))


@dataclass
class Scene:
    """People, items and what they did. Ordinary likes come first; crowds and pools are added to them."""

    people: People
    items: Items
    span: float
    dials: Dials
    likes: int = 0
    parts: list[Likes] = field(default_factory=list)
    crowds: list[str] = field(default_factory=list)
    pools: list[str] = field(default_factory=list)
    orders: int = 0

    def __post_init__(self) -> None:
        people = self.people
        self.rng = self.dials.rng
        self.pool_of = np.full(len(people), -1, np.int64)
        keen = np.sqrt(people.activity)
        self.fellows_by_taste = Grouped(
            people.tastes.ravel(), np.repeat(keen, people.tastes.shape[1]), self.items.topics
        )
        self.anyone = Grouped(np.zeros(len(people), np.int64), keen, 1)

    @property
    def shrink(self) -> float:
        """By what crowds and pools are smaller in a small log: 1 from 0.2 M likes on."""
        return float(min(1.0, np.sqrt(self.likes / 200_000)))

    def ordinary(self, account: np.ndarray, item: np.ndarray, time: np.ndarray) -> None:
        """The log's ordinary likes; counts them per item, by which orders choose what is obscure."""
        self.natural(account, item, time)
        self.likes = len(account)
        self.popularity = np.bincount(item, minlength=len(self.items)) + self.rng.random(len(self.items))

    def natural(self, account: np.ndarray, item: np.ndarray, time: np.ndarray, crowd: int = -1) -> None:
        """Add natural likes; those of people who had not joined yet, and of unborn items, never happened."""
        real = account < len(self.people)
        joined = np.where(real, self.people.joined[np.where(real, account, 0)], -np.inf)
        ok = (time >= joined) & (time >= self.items.birth[item])
        self.parts.append(Likes(account[ok], item[ok], time[ok], NATURAL, crowd))

    def crowd(self, kind: str) -> int:
        """A new natural crowd; gives its number."""
        self.crowds.append(kind)
        return len(self.crowds) - 1

    def pool(self, kind: str, accounts: np.ndarray) -> int:
        """A new pool of these accounts; gives its number."""
        self.pools.append(kind)
        self.pool_of[accounts] = len(self.pools) - 1
        return len(self.pools) - 1

    def bought(self, account: np.ndarray, item: np.ndarray, time: np.ndarray, order: np.ndarray) -> None:
        self.parts.append(Likes(account, item, time, BOUGHT, order))

    def cover(self, account: np.ndarray, item: np.ndarray, time: np.ndarray) -> None:
        """Likes by which a pool's accounts hide."""
        self.parts.append(Likes(account, item, time, CAMOUFLAGE))

    def number_orders(self, count: int) -> np.ndarray:
        """Numbers of `count` new orders."""
        self.orders += count
        return np.arange(self.orders - count, self.orders)

    def newcomers(self, count: int) -> np.ndarray:
        """Accounts that did nothing before."""
        first = len(self.pool_of)
        self.pool_of = np.append(self.pool_of, np.full(count, -1, np.int64))
        return np.arange(first, first + count)

    def somebody(self, count: int) -> np.ndarray:
        """Up to `count` different real people, the active ones oftener."""
        return distinct(self.anyone.draw(np.zeros(2 * count, np.int64), self.rng), count, self.rng)

    def fellows(self, topic: int, count: int) -> np.ndarray:
        """Up to `count` different real people of one taste, the active ones oftener."""
        drawn = self.fellows_by_taste.draw(np.full(2 * count, topic, np.int64), self.rng)
        return distinct(drawn[drawn >= 0] // self.people.tastes.shape[1], count, self.rng)

    def born_inside(self, margin: float = DAY) -> np.ndarray:
        """Items born in the log, at least `margin` before its end."""
        return np.flatnonzero((self.items.birth > 0) & (self.items.birth < self.span - margin))

    def at_own_hours(self, time: np.ndarray, account: np.ndarray, earliest: np.ndarray) -> np.ndarray:
        """The times moved to the accounts' own hours of that day, of the next one if before `earliest`."""
        people, day = self.people, np.floor(time / DAY)
        if people.sessions:
            table = self.rng.normal(0, people.scatter, 1 << 16)
            offset = table[(account * 7919 + day.astype(np.int64) * 104_729) & 0xFFFF]
            offset = offset + self.rng.exponential(0.2, len(time))
        else:
            offset = self.rng.normal(0, people.scatter, len(time))
        moved = day * DAY + ((people.hour[account] + offset) % 24) * HOUR
        return np.where(moved < earliest, moved + DAY, moved)

    def hours_of_taste(self, topic: np.ndarray) -> np.ndarray:
        """For each topic an hour at which somebody of this taste might like."""
        who = self.fellows_by_taste.draw(topic, self.rng)
        who = np.where(who < 0, 0, who) // self.people.tastes.shape[1]
        return (self.people.hour[who] + self.rng.normal(0, self.people.scatter, len(who))) % 24

    def finish(self, name: str) -> FamilyWorld:
        """The labelled log."""
        return assemble_family(
            name,
            self.parts,
            self.items.creator,
            self.pool_of,
            self.crowds,
            self.pools,
            self.rng,
            self.span,
            parameters=self.dials.drawn,
            resolution_us=self.dials.pick("resolution_us", (1_000, 1_000_000)),
            start_shift=(-START) % DAY + DAY * self.dials.whole("start_day", 0, 400),
        )
