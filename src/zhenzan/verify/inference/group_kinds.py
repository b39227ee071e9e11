"""Who meets there: whether a group of linked cells was hired, or shares a taste, a class, a circle, an idol.

That the same accounts meet at several unrelated creators has natural explanations. Each is weighed as a whole
by the same few measures, under broad laws, and the hired against all the others together. The one that tells
most is taste asked directly: people who like those creators come to them outside the shared moments as well;
who was sent there does not. Cost: a sort of the likes in linked cells, and one pass over their creators' likes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from zhenzan.verify.encoding.distinct import distinct_in
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.encoding.grouped import group_rows
from zhenzan.verify.inference.coordinated_groups import Groups
from zhenzan.verify.kernels import overlaps

__all__ = ["KINDS", "GroupVisits", "group_visits", "hired_logit"]

DAY, HOUR = 86_400_000_000, 3_600_000_000  # µs
PLACES_MIN, ACCOUNTS_MIN = 3, 6  # fewer creators or regulars tell nothing
YOUNG = 3 * HOUR  # of an item's life: when fans, friends and followers come
DAYS_MIN = 5  # meetings on fewer days say nothing about the hour of the day
UNSEEN_SHARE = 0.2  # of a group's likes: what is seen of its creators elsewhere must outweigh this much unseen
AWAY_MIN, AWAY_MAX = -1.0, 5.0
LOGIT_MAX = 12.0


class Law(NamedTuple):
    """Mean and spread of a measure under one kind."""

    mean: float
    spread: float


@dataclass(frozen=True)
class Kind:
    """What a kind of group looks like. `share`: of groups, before anything is known.

    `away`: by how much the odds that a like is a regular's are larger in the cells than at the same creators
    otherwise, natural log. `accounts`, `places`: ln of regulars and of creators. `hour`: −ln(1.03 − R), R how
    nearly the days' meetings come at one hour. `young`: log-odds of coming in an item's first hours. `again`:
    ln of items per creator. Laws set on the development families, spreads widened by a seventh; doubling or
    halving any share moves less than 0.2 % of the likes in groups.
    """

    share: float
    away: Law
    accounts: Law
    places: Law
    hour: Law
    young: Law
    again: Law


KINDS = {
    "hired": Kind(
        0.12, Law(3.9, 1.5), Law(4.6, 1.0), Law(3.2, 1.1), Law(0.65, 0.9), Law(-2.8, 2.9), Law(0.4, 0.45)
    ),
    "taste": Kind(
        0.70, Law(0.5, 0.55), Law(4.8, 1.4), Law(2.4, 1.0), Law(1.2, 0.95), Law(-2.2, 1.6), Law(0.8, 0.8)
    ),
    "class": Kind(
        0.07, Law(5.0, 0.5), Law(3.4, 0.35), Law(2.1, 0.4), Law(2.7, 0.95), Law(-0.9, 0.8), Law(1.3, 0.55)
    ),
    "circle": Kind(
        0.08, Law(1.4, 0.8), Law(4.5, 0.95), Law(3.0, 0.6), Law(0.3, 0.35), Law(2.5, 1.2), Law(1.4, 0.5)
    ),
    "club": Kind(
        0.03, Law(1.2, 0.9), Law(5.6, 0.9), Law(2.3, 0.9), Law(0.5, 0.6), Law(1.4, 1.4), Law(1.7, 0.6)
    ),
}
"""Hired groups and the natural ones: people of one taste or language, classes and offices, friends who like
each other's posts, organised fans."""


@dataclass(frozen=True)
class GroupVisits:
    """Likes in grouped cells, in pair order. `pair` int64[m]; `group` int64[m]; `others` int64[m]: at how many
    *other* creators of the group its account was. `places` int64[groups] creators, `items` int64[groups].
    """

    pair: np.ndarray
    group: np.ndarray
    others: np.ndarray
    account: np.ndarray
    creator: np.ndarray
    visitor: np.ndarray
    visits: np.ndarray
    visitor_group: np.ndarray
    visitor_account: np.ndarray
    sole: np.ndarray
    n: int

    @property
    def regular(self) -> np.ndarray:
        """bool[m]: whether the account was at another creator of the group as well."""
        return np.asarray(self.others > 0)

    def count(self, what: np.ndarray | None = None) -> np.ndarray:
        """Likes of each group, or those where `what` bool[m] holds; float64[groups]."""
        return np.bincount(self.group, what, self.n).astype(np.float64)


def group_visits(pairs: Pairs, groups: Groups) -> GroupVisits:
    """Collect the likes in grouped cells. O(m log m)."""
    pair = np.flatnonzero(groups.of_pair >= 0)
    group = groups.of_pair[pair].astype(np.int64)
    account = pairs.account[pair]
    creator = pairs.creator_of_item[pairs.item[pair]].astype(np.int64)
    visitors, visitor = np.unique(group * pairs.n_accounts + account, return_inverse=True)
    visits = distinct_in(visitor, creator, visitors.size)
    sole = np.full(visitors.size, -1, np.int32)
    once = visits[visitor] == 1
    sole[visitor[once]] = creator[once]
    return GroupVisits(
        pair, group, visits[visitor] - 1, account, creator, visitor, visits,
        visitors // pairs.n_accounts, (visitors % pairs.n_accounts).astype(np.int32), sole, groups.n,
    )  # fmt: skip


def hired_logit(pairs: Pairs, groups: Groups, seen: GroupVisits) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds that each group was hired, −inf for one too small to tell, and the share of regulars among the
    likes that its creators get elsewhere. float64[groups], twice.
    """
    if groups.n == 0:
        return np.zeros(0), np.zeros(0)
    accounts = np.bincount(seen.visitor_group[seen.visits >= 2], minlength=groups.n)
    places = distinct_in(seen.group, seen.creator, groups.n)
    items = distinct_in(seen.group, pairs.item[seen.pair].astype(np.int64), groups.n)
    away, elsewhere = _away(pairs, groups, seen, places)
    measures = {
        "away": away,
        "accounts": np.log(np.maximum(accounts, 1)),
        "places": np.log(np.maximum(places, 1)),
        "hour": _one_hour(pairs, seen),
        "young": _young(pairs, seen),
        "again": np.log(np.maximum(items, 1) / np.maximum(places, 1)),
    }
    likelihood = {name: _log_likelihood(kind, measures) for name, kind in KINDS.items()}
    natural = np.logaddexp.reduce([each for name, each in likelihood.items() if name != "hired"])
    logit = np.clip(likelihood["hired"] - natural, -LOGIT_MAX, LOGIT_MAX)
    logit[(places < PLACES_MIN) | (accounts < ACCOUNTS_MIN)] = -np.inf
    return logit, elsewhere


def _log_likelihood(kind: Kind, measures: dict[str, np.ndarray]) -> np.ndarray:
    """Ln of the kind's share and of its laws: numbers of people and places normal, the others Student's t of
    four degrees, whose tails are wide; a measure that is not known, NaN, says nothing.
    """
    total = np.full(measures["away"].size, np.log(kind.share))
    for name, value in measures.items():
        law: Law = getattr(kind, name)
        apart = (value - law.mean) / law.spread
        if name == "away" and kind is KINDS["hired"]:
            apart = np.minimum(apart, 0.0)
        normal = name in ("accounts", "places")
        log = -0.5 * np.minimum(apart, 6.0) ** 2 if normal else -2.5 * np.log1p(apart**2 / 4.0)
        total += np.nan_to_num(log - np.log(law.spread), nan=0.0)
    return total


def _away(
    pairs: Pairs, groups: Groups, seen: GroupVisits, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Log odds ratio that a like is a regular's, in the cells against the same creators otherwise; and the
    share of regulars otherwise. What was not seen, because the cells hold nearly all that the creators get, is
    taken to be as in the cells.
    """
    likes, regulars = seen.count(), seen.count(seen.regular)
    creators = np.unique(seen.group * pairs.n_creators + seen.creator) % pairs.n_creators
    creator_offset, item_of_creator = group_rows(pairs.creator_of_item, pairs.n_creators)
    quiet, by_regulars = np.zeros(groups.n), np.zeros(groups.n)
    overlaps.quiet_likes(
        _offsets(places), creators, creator_offset, item_of_creator, pairs.item_offset, pairs.account,
        groups.of_pair, _offsets(np.bincount(seen.visitor_group, minlength=groups.n)), seen.visitor_account,
        seen.sole, np.full(pairs.n_accounts, -1, np.int32), np.empty(pairs.n_accounts, np.int32), quiet,
        by_regulars,
    )  # fmt: skip
    inside = (regulars + 1.0) / (likes + 2.0)
    unseen = UNSEEN_SHARE * likes
    outside = (by_regulars + 0.5 + unseen * inside) / (quiet + 5.0 + unseen)
    away = np.log(inside / (1.0 - inside)) - np.log(outside / (1.0 - outside))
    return np.clip(away, AWAY_MIN, AWAY_MAX), (by_regulars + 0.5) / (quiet + 5.0)


def _one_hour(pairs: Pairs, seen: GroupVisits) -> np.ndarray:
    """−ln(1.03 − R), R the length of the mean of the days' mean directions on the clock; NaN for few days."""
    rows = np.flatnonzero(seen.regular)
    time = pairs.time[seen.pair[rows]]
    days, day = np.unique(seen.group[rows] * (int(pairs.time.max()) // DAY + 1) + time // DAY, return_inverse=True)
    angle = time % DAY * (2.0 * np.pi / DAY)
    along, across = (np.bincount(day, part(angle), days.size) for part in (np.cos, np.sin))
    length = np.maximum(np.hypot(along, across), 1e-9)
    group = days // (int(pairs.time.max()) // DAY + 1)
    number = np.bincount(group, minlength=seen.n)
    mean = np.hypot(*(np.bincount(group, each / length, seen.n) for each in (along, across)))
    return np.where(number >= DAYS_MIN, -np.log(1.03 - mean / np.maximum(number, 1)), np.nan)


def _young(pairs: Pairs, seen: GroupVisits) -> np.ndarray:
    """Log-odds that a regular comes in an item's first hours."""
    age = pairs.time[seen.pair] - pairs.time[pairs.item_offset[pairs.item[seen.pair]]]
    early, all_ = seen.count(seen.regular & (age < YOUNG)), seen.count(seen.regular)
    return np.log((early + 0.5) / (all_ - early + 0.5))


def _offsets(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts)])
