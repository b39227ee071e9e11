"""Small made-up worlds: an ordinary fortnight, a planted ring, and the crowds that must not be taken for one.

One seed draws everything, so that a world is the same on every machine. Times are seconds from the start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

import zhenzan

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
DAYS = 14
START_MICROSECONDS = 1_700_006_400_000_000  # a midnight, UTC
CROWD = "crowd"
VIEWERS, CREATORS, ITEMS, LIKES = 2_000, 150, 400, 9_000


@dataclass(frozen=True)
class Log:
    """Likes as columns; `who` says which part of the world each comes from; `ip` is empty where unknown."""

    account: np.ndarray
    item: np.ndarray
    creator: np.ndarray
    seconds: np.ndarray
    who: np.ndarray
    ip: np.ndarray

    @property
    def n(self) -> int:
        return int(self.account.size)

    def table(self, *, with_ip: bool = False) -> pa.Table:
        columns = {
            "account": self.account,
            "item": self.item,
            "creator": self.creator,
            "timestamp": pa.array(
                START_MICROSECONDS + (self.seconds * 1e6).astype(np.int64), pa.timestamp("us", tz="UTC")
            ),
        }
        if with_ip:
            columns["ip"] = pa.array(self.ip, mask=self.ip == "")
        return pa.table(columns)


class World:
    """A world under construction: items are born all the time; likes follow age and the hour of day."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.births = self.random.uniform(-2 * DAY, (DAYS - 1) * DAY, ITEMS)
        self.creator_of = {i: int(c) for i, c in enumerate(self.random.integers(0, CREATORS, ITEMS))}
        self.parts: list[tuple[str, np.ndarray, np.ndarray, np.ndarray]] = []
        self.accounts = VIEWERS
        self.crowd = CROWD  # what the likes that are added as `CROWD` are filed under

    def newcomers(self, count: int) -> np.ndarray:
        """Accounts that nobody else in the world is."""
        self.accounts += count
        return np.arange(self.accounts - count, self.accounts)

    def item_of(self, creator: int, birth: float) -> int:
        """A new item."""
        item = len(self.creator_of)
        self.creator_of[item] = creator
        self.births = np.append(self.births, birth)
        return item

    def new_creator(self) -> int:
        return max(self.creator_of.values()) + 1

    def add(self, who: str, account: np.ndarray, item: np.ndarray | int, seconds: np.ndarray) -> None:
        item = np.broadcast_to(np.asarray(item), account.shape)
        kept = (seconds >= 0) & (seconds < DAYS * DAY)
        self.parts.append(
            (self.crowd if who == CROWD else who, account[kept], item[kept], np.floor(seconds[kept]))
        )

    def ages(self, count: int, scale: float = 1.5 * DAY) -> np.ndarray:
        """How old an item is when it is liked: most soon, some long after."""
        return np.where(
            self.random.random(count) < 0.8,
            self.random.exponential(scale, count),
            self.random.uniform(0, 10 * DAY, count),
        )

    def at_waking_hours(self, seconds: np.ndarray, *, awake_from: float = 7.0) -> np.ndarray:
        """Move times to within seventeen waking hours of their day."""
        day, hour = np.divmod(seconds, DAY)
        return day * DAY + (awake_from * HOUR + hour * 17 / 24) % DAY

    def ordinary_likes(self, who: str, account: np.ndarray, *, awake_from: float = 7.0) -> None:
        """One like for each entry of `account`: popular items oftener, at the person's waking hours."""
        popularity = self.random.pareto(1.2, ITEMS) + 0.2
        item = self.random.choice(ITEMS, account.size, p=popularity / popularity.sum())
        seconds = np.maximum(self.births[item], 0.0) + self.ages(account.size)
        self.add(who, account, item, self.at_waking_hours(seconds, awake_from=awake_from))

    def background(self) -> None:
        activity = self.random.pareto(1.5, VIEWERS) + 0.3
        self.ordinary_likes(
            "natural", self.random.choice(VIEWERS, LIKES, p=activity / activity.sum()).astype(np.int64)
        )

    def ring(
        self, name: str, members: int, orders: int, *, minutes: float = 20.0, share: float = 0.7
    ) -> None:
        """`members` fresh accounts serve orders of unrelated creators, and like a few things of their own."""
        crew = self.newcomers(members)
        creators = self.random.choice(CREATORS, orders, replace=False)
        for creator in creators:
            start = self.random.uniform(DAY, (DAYS - 1) * DAY)
            item = self.item_of(int(creator), start - self.random.uniform(0.5, 1.0) * DAY)
            paid = self.random.choice(crew, int(share * members), replace=False)
            self.add(name, paid, item, start + self.random.uniform(0, minutes * MINUTE, paid.size))
            early = self.random.choice(VIEWERS, 12, replace=False)
            self.add("natural", early, item, self.births[item] + self.ages(early.size))
        self.ordinary_likes("camouflage", np.repeat(crew, 2))

    def log(self, ip_of: dict[int, str] | None = None) -> Log:
        """Shuffled, one like per account and item."""
        who = np.concatenate([np.full(a.size, name, object) for name, a, _, _ in self.parts])
        account, item, seconds = (np.concatenate([part[k] for part in self.parts]) for k in (1, 2, 3))
        order = np.lexsort((seconds, item, account))
        again = np.zeros(order.size, bool)
        again[1:] = (account[order][1:] == account[order][:-1]) & (item[order][1:] == item[order][:-1])
        rows = self.random.permutation(order[~again])
        addresses = ip_of or {}
        return Log(
            account[rows].astype(np.int64),
            item[rows].astype(np.int64),
            np.array([self.creator_of[int(i)] for i in item[rows]], np.int64),
            seconds[rows],
            who[rows],
            np.array([addresses.get(int(a), "") for a in account[rows]], object),
        )


def ordinary_world(seed: int, *, rings: int = 1) -> World:
    """A fortnight with its ring or rings."""
    world = World(seed)
    world.background()
    for number in range(rings):
        world.ring(f"ring {number}", members=60, orders=10)
    return world


def called_fake(result: zhenzan.Result, log: Log, who: str) -> float:
    """The share of the likes of that part of the world that is called fake."""
    verdict = np.array(result.verdicts["verdict"].to_pylist())
    mine = log.who == who
    assert mine.sum() >= 50, f"the world holds too few likes of {who!r} for a share to mean anything"
    return float((verdict[mine] == "fake").mean())
