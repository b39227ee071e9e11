"""A population that likes by taste, and natural crowds in it: what campaigns are planted in.

`population` is a platform of people with tastes; it knows nothing of campaigns. `exchange_groups`,
`loyal_fans` and `taste_waves` make natural crowds of its people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.families.contract import NATURAL, Likes
from benchmarks.world import DAY, HOUR

CREATORS = 2_200
EARLIER = 3 * DAY  # items are born from this long before the log begins until it ends
LIFE, LIFE_SPREAD, LIFE_SHAPE = 14 * HOUR, 0.7, 1.5
EVENING, EVENING_SPREAD, SCATTER = 20.0, 3.0, 3.5  # hours


class Urn:
    """Draws things in proportion to their weight, from one group of them or (group −1) from all."""

    def __init__(self, weight: np.ndarray, group: np.ndarray, groups: int) -> None:
        """`weight` float64[n] above 0, `group` int64[n] in [0, groups); every group has something in it."""
        self.order = np.argsort(group, kind="stable")
        self.mass = np.concatenate([[0.0], np.cumsum(weight[self.order])])
        edge = np.searchsorted(group[self.order], np.arange(groups + 1))
        self.first, self.last = np.append(edge[:-1], 0), np.append(edge[1:], len(group)) - 1

    def draw(self, rng: np.random.Generator, group: np.ndarray) -> np.ndarray:
        """int64[m]: one thing for each entry of `group` int64[m]."""
        first, last = self.first[group], self.last[group]
        low, high = self.mass[first], self.mass[last + 1]
        index = np.searchsorted(self.mass, low + rng.random(len(group)) * (high - low), side="right") - 1
        return self.order[np.clip(index, first, last)]


@dataclass(frozen=True)
class Population:
    """People (`activity`, `hour` float64[accounts]; `tastes` int64[accounts, k]), items and their likes.

    Of items: `creator`, `topic` int64[items]; `pull` float64; `birth`, `life` float64 in µs. `likes` lie in
    [0, span), one per account and item. `zone` int64[accounts]: the time zone; a topic belongs to one zone.
    """

    span: float
    activity: np.ndarray
    hour: np.ndarray
    zone: np.ndarray
    tastes: np.ndarray
    creator: np.ndarray
    topic: np.ndarray
    pull: np.ndarray
    birth: np.ndarray
    life: np.ndarray
    own_hours: bool
    likes: Likes

    @property
    def accounts(self) -> int:
        return len(self.activity)

    def moments(self, rng: np.random.Generator, account: np.ndarray, item: np.ndarray) -> np.ndarray:
        """When these accounts like these items: in the item's life, then at the account's own hour."""
        return _moments(
            rng, self.birth[item], self.life[item], self.hour[account] if self.own_hours else None
        )


def population(
    rng: np.random.Generator,
    accounts: int = 45_000,
    draws: int = 1_400_000,
    tastes: int = 50,
    outside: float = 0.2,
    own_hours: bool = True,
    tastes_per_account: int = 2,
    zones: Sequence[float] = (1.0,),
    likes: int | None = None,
    popular_inside: bool = False,
    days: int = 28,
) -> Population:
    """People who like what is in their tastes, by pull; a share `outside` of draws is by pull over all items.

    `tastes`: number of topics of each time zone; `zones`: share of people and creators in each. `likes`: how
    many likes there shall be, instead of `draws`. `popular_inside`: the items with the most pull are born
    early in the log, none of them before it. Less than a second for 0.7 million likes.
    """
    span = float(days * DAY)
    activity = rng.pareto(1.3, accounts) + 0.1
    zone = rng.choice(len(zones), accounts, p=zones)
    hour = rng.normal(EVENING, EVENING_SPREAD, accounts) + zone * 24 / len(zones)
    chosen = rng.random((accounts, tastes), np.float32).argpartition(tastes_per_account - 1, axis=1)
    liked = chosen[:, :tastes_per_account] + zone[:, None] * tastes
    creator, topic, pull, birth, life = _items(rng, tastes, zones, span)
    if popular_inside:
        top = np.argsort(pull)[-50:]
        birth[top] = rng.uniform(0, span / 2, len(top))
    urn = Urn(pull, topic, tastes * len(zones))
    aim = None if likes is None else int(likes * (1.05 + EARLIER / span))  # some fall outside the log
    pair = _distinct_pairs(rng, urn, activity, liked, outside, draws, aim)
    account, item = pair // len(pull), pair % len(pull)
    time = _moments(rng, birth[item], life[item], hour[account] if own_hours else None)
    kept = np.flatnonzero((time >= 0) & (time < span))
    if likes is not None:
        kept = rng.permutation(kept)[:likes]
    log = Likes(account[kept], item[kept], time[kept], NATURAL)
    return Population(span, activity, hour, zone, liked, creator, topic, pull, birth, life, own_hours, log)


def _items(
    rng: np.random.Generator, tastes: int, zones: Sequence[float], span: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Creator, topic, pull, birth and life of every item; a creator has one topic, a topic some creators."""
    topics = tastes * len(zones)
    drawn = rng.choice(topics, CREATORS - topics, p=np.repeat(np.asarray(zones) / tastes, tastes))
    topic_of_creator = np.concatenate([np.arange(topics), drawn])
    fame = rng.pareto(1.1, CREATORS) + 0.1
    creator = np.repeat(np.arange(CREATORS), 1 + rng.poisson(9, CREATORS))
    pull = rng.lognormal(0, 1.3, len(creator)) * fame[creator]
    birth = rng.uniform(-EARLIER, span, len(creator))
    life = LIFE * rng.lognormal(0, LIFE_SPREAD, len(creator))
    return creator, topic_of_creator[creator], pull, birth, life


def _distinct_pairs(
    rng: np.random.Generator,
    urn: Urn,
    activity: np.ndarray,
    tastes: np.ndarray,
    outside: float,
    draws: int,
    aim: int | None,
) -> np.ndarray:
    """Sorted account × items + item of so many draws, or of as many as give `aim` of them, each pair once."""
    size, seen, total = len(urn.order), np.empty(0, np.int64), 0
    goal = draws if aim is None else 2 * aim
    for _ in range(10):
        account = np.repeat(
            np.arange(len(activity)), rng.multinomial(goal - total, activity / activity.sum())
        )
        group = tastes[account, rng.integers(tastes.shape[1], size=len(account))]
        group[rng.random(len(account), np.float32) < outside] = -1
        seen = sorted_unique(np.concatenate([seen, account * size + urn.draw(rng, group)]))
        if aim is None or len(seen) >= aim:
            break
        total, goal = goal, int(1.02 * goal * (aim / len(seen)) ** 1.4) + 1_000
    return seen


def sorted_unique(values: np.ndarray) -> np.ndarray:
    """The different values of int64[n], sorted (by sorting: much faster here than hashing)."""
    values = np.sort(values)
    return values[np.concatenate([[True], values[1:] != values[:-1]])]


def _moments(
    rng: np.random.Generator, birth: np.ndarray, life: np.ndarray, hour: np.ndarray | None
) -> np.ndarray:
    """After birth by a Gamma life; with `hour`, put off to the next time it is about that hour of the day."""
    time = birth + rng.gamma(LIFE_SHAPE, 1.0, len(birth)) * life
    return time if hour is None else at_hour(time, rng.normal(hour, SCATTER))


def at_hour(time: np.ndarray, hour: np.ndarray | float) -> np.ndarray:
    """The next instant, from `time` (µs) on, at which it is `hour` o'clock."""
    return time + (np.asarray(hour) * HOUR - time) % DAY


def by_weight(rng: np.random.Generator, weight: np.ndarray, count: int) -> np.ndarray:
    """int64[count]: different places in `weight`, drawn one after another in proportion to it."""
    count = min(count, len(weight))
    return np.argpartition(rng.exponential(size=len(weight)) / weight, count - 1)[:count]


def some_of_each(rng: np.random.Generator, size: np.ndarray, of: int) -> tuple[np.ndarray, np.ndarray]:
    """(row, member): for row r `size[r]` different members of range(of), each as likely as any other."""
    rank = rng.random((len(size), of), np.float32).argsort(axis=1)
    row, member = np.nonzero(rank < size[:, None])
    return row, member


def exchange_groups(rng: np.random.Generator, people: Population, groups: int = 6) -> list[Likes]:
    """Groups of 15–39 people of one zone who like each other's new posts within the hour, 60 % each."""
    topics_of_zone = (people.topic.max() + 1) // (people.zone.max() + 1)
    zone_of_creator = _first_of_each(people.creator, people.topic) // topics_of_zone
    crowds = []
    for number in range(groups):
        zone, size = people.zone[rng.integers(people.accounts)], rng.integers(15, 40)
        member = rng.choice(np.flatnonzero(people.zone == zone), size, replace=False)
        face = rng.choice(np.flatnonzero(zone_of_creator == zone), size, replace=False)
        post = np.flatnonzero(np.isin(people.creator, face) & (people.birth >= 0))
        likes = (rng.random((len(post), size)) < 0.6) & (people.creator[post][:, None] != face)
        row, who = np.nonzero(likes)
        time = people.birth[post[row]] + rng.uniform(0, HOUR, len(row))
        crowds.append(Likes(member[who], post[row], time, NATURAL, number))
    return crowds


def loyal_fans(rng: np.random.Generator, people: Population, creators: int = 20) -> list[Likes]:
    """50–150 fans of each of some creators, who like each new item in its first half hour, 60 % each."""
    topic_of_creator = _first_of_each(people.creator, people.topic)
    crowds = []
    for number, idol in enumerate(rng.choice(len(topic_of_creator), creators, replace=False)):
        alike = np.flatnonzero((people.tastes == topic_of_creator[idol]).any(axis=1))
        fan = alike[by_weight(rng, people.activity[alike], int(rng.integers(50, 151)))]
        post = np.flatnonzero((people.creator == idol) & (people.birth >= 0))
        row, who = np.nonzero(rng.random((len(post), len(fan))) < 0.6)
        time = people.birth[post[row]] + rng.uniform(0, HOUR / 2, len(row))
        crowds.append(Likes(fan[who], post[row], time, NATURAL, number))
    return crowds


def taste_waves(rng: np.random.Generator, people: Population, waves: int = 120) -> list[Likes]:
    """Items that a recommender brings to 60–300 accounts of their taste, all within 2–7 hours."""
    young = np.flatnonzero((people.birth >= 0) & (people.birth < people.span - 2 * DAY))
    crowds = []
    for number, item in enumerate(rng.choice(young, waves, replace=False)):
        alike = np.flatnonzero((people.tastes == people.topic[item]).any(axis=1))
        shown = alike[by_weight(rng, people.activity[alike], int(rng.integers(60, 301)))]
        start = people.birth[item] + rng.exponential(12 * HOUR)
        time = start + rng.uniform(0, rng.uniform(2, 7) * HOUR, len(shown))
        crowds.append(Likes(shown, np.full(len(shown), item), time, NATURAL, number))
    return crowds


def _first_of_each(group: np.ndarray, value: np.ndarray) -> np.ndarray:
    """`value` at the first place of each of the sorted groups 0, 1, 2…"""
    return value[np.searchsorted(group, np.arange(group[-1] + 1))]


__all__ = [
    "Population",
    "Urn",
    "at_hour",
    "by_weight",
    "exchange_groups",
    "loyal_fans",
    "population",
    "some_of_each",
    "sorted_unique",
    "taste_waves",
]
