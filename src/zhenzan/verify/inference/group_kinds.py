"""Kinds of groups: whether a group of linked cells was hired, or shares a taste, a class, a circle, an idol.

That the same accounts meet at several unrelated creators has natural explanations. Each is weighed as a whole
by the same few measures, under broad laws, and the hired against all the others together. The one that tells
most is taste asked directly: people who like those creators come to them outside the shared moments as well;
who was sent there does not. Cost: a pass over the likes by account, one over those of each group's creators.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from zhenzan.arrays import are_sizes, is_ascending
from zhenzan.parallel import over_groups
from zhenzan.verify.encoding.counting_sort import group_rows, offsets
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.encoding.unique import unique
from zhenzan.verify.inference.coordinated_groups import Groups
from zhenzan.verify.kernels import communities, shared_visitors

__all__ = ["KINDS", "GroupLogits", "GroupVisits", "group_logits", "group_visits"]

DAY, HOUR = 86_400_000_000, 3_600_000_000  # µs
SAME_PEOPLE = 0.5  # Jaccard's index of two groups' regulars
GROUPS_OF_ONE_MAX = 12  # groups of one account that are looked at
UNSEEN_MAX, AGAIN_MIN = 0.5, 0.3
PLACES_MIN, ACCOUNTS_MIN = 3, 6  # fewer creators or regulars tell nothing
YOUNG = 3 * HOUR  # of an item's life: when fans, friends and followers come
QUARTERS, NARROW_HOURS, SMOOTH_HOURS, HOUR_PSEUDO = 96, 0.5, 3.5, 0.05
DAYS_MIN = 5  # meetings on fewer days say nothing about the hour of the day
UNSEEN_SHARE = 0.2  # of a group's likes: what is seen of its creators elsewhere must outweigh that much
AWAY_MIN, AWAY_MAX = -1.0, 5.0
LEVELS = np.array([1, 2, 4, 8])  # other creators of the group that make a regular; the level that tells most
LEVEL_SHARE_MIN = 0.5  # and that half of the likes in the cells reach
BUSY_VARIANCE_MIN = 0.05
LOGIT_MAX = 12.0  # nats: six measures never leave less than one doubt in 160,000


class Law(NamedTuple):
    """Mean and spread of a measure under one kind."""

    mean: float
    spread: float


@dataclass(frozen=True)
class Kind:
    """The laws of one kind of group. `share`: of groups, before anything is known.

    `away`: by how much the odds that a like is a regular's are larger in the cells than at the same creators
    otherwise, natural log. `accounts`, `places`: ln of regulars and of creators. `hour`: how
    much denser meetings are at their set hours than in the group's own smooth day, mean natural log.
    `young`: log-odds of coming in an item's first hours. `again`: ln of items per creator. `elsewhere`:
    log-odds that a like which those creators get otherwise is a regular's. `busy`: slope of ln creators
    visited by ln of a regular's other likes; who likes much meets oftener, who is sent is sent alike. Laws
    set on the development families, spreads widened by a seventh.
    """

    share: float
    away: Law
    accounts: Law
    places: Law
    hour: Law
    young: Law
    again: Law
    elsewhere: Law
    busy: Law


# fmt: off
_NAMES = ("hired", "taste", "class", "office", "circle", "audience", "club")
_SHARES = (0.15, 0.70, 0.07, 0.05, 0.08, 0.05, 0.03)
_LAWS = {
    #              hired       taste       class       office      circle      audience    club
    "away":      ((3.2, 1.2), (0.0, 0.75), (3.5, 1.3), (2.8, 1.1), (0.8, 0.85), (1.0, 1.0), (0.4, 0.9)),
    "accounts":  ((5.0, 1.2), (4.7, 1.6), (3.5, 0.5), (4.6, 0.6), (4.5, 0.9), (5.5, 1.0), (5.4, 1.4)),
    "places":    ((3.5, 1.1), (2.5, 1.2), (2.3, 0.7), (3.5, 0.5), (3.1, 0.6), (1.25, 0.3), (2.6, 1.2)),
    "hour":      ((0.0, 0.2), (0.0, 0.25), (1.0, 0.45), (0.75, 0.4), (0.0, 0.2), (0.0, 0.3), (0.0, 0.2)),
    "young":     ((-2.0, 2.9), (-1.9, 1.2), (-1.2, 1.1), (-2.0, 1.0), (2.4, 1.2), (3.0, 2.5), (0.9, 1.3)),
    "again":     ((0.5, 0.5), (0.9, 0.75), (0.8, 0.7), (0.1, 0.3), (1.35, 0.5), (0.1, 0.3), (1.45, 0.7)),
    "elsewhere": ((-1.5, 1.1), (0.4, 1.7), (-1.9, 1.0), (-1.9, 1.1), (-0.15, 0.75), (-1.2, 1.4), (1.4, 1.3)),
    "busy":      ((-0.12, 0.25), (0.09, 0.14), (0, 0.12), (0.05, 0.15), (-0.2, 0.4), (0.05, 0.1), (0, 0.13)),
}
# fmt: on
KINDS = {
    name: Kind(share, *(Law(*laws[column]) for laws in _LAWS.values()))
    for column, (name, share) in enumerate(zip(_NAMES, _SHARES, strict=True))
}
"""Hired groups and the natural ones: people of one taste or language, classes, offices and schools, friends
who like each other's posts, those whom the same storms or messages reach, organised fans."""


SOCIAL = ("class", "office", "circle", "club")


@dataclass(frozen=True)
class GroupVisits:
    """Visitors of groups: who was at their creators, in their cells. `others` int32[pairs]: at how many
    *other* creators of its cell's group the account of each like was, 0 in no group's cell.

    Of regulars, who were at several creators of a group, by group, then account, int32: `group`, `account`,
    `visits`, how many creators, and `likes`.
    """

    others: np.ndarray
    group: np.ndarray
    account: np.ndarray
    visits: np.ndarray
    likes: np.ndarray

    def __post_init__(self) -> None:
        assert are_sizes(self.group.size, self.account, self.visits, self.likes)
        assert is_ascending(self.group)
        assert bool((self.visits <= self.likes).all())


class Passers(NamedTuple):
    """Passers-by: who was at one creator of a group, by account: int32. Of groups of `PLACES_MIN` creators or
    more.
    """

    group: np.ndarray
    account: np.ndarray
    creator: np.ndarray


def group_visits(pairs: Pairs, groups: Groups) -> tuple[GroupVisits, Passers]:
    """Collect the visitors of groups; groups of the same people become one. Linear in the likes but for sorts
    of those of one account; 4 bytes a like and 12 a passer.
    """
    apart, passers = _visits(pairs, groups)
    name = _same_people(apart, groups.n, pairs.n_accounts)
    if np.array_equal(name, np.arange(groups.n)):
        return apart, passers
    groups.of_cell[:] = np.append(name, -1)[groups.of_cell]
    return _visits(pairs, groups)


def _same_people(seen: GroupVisits, groups: int, accounts: int) -> np.ndarray:
    """The first of the groups that have most of their regulars in common, for each: int64[groups].

    Friends who meet at forty creators may fall into several groups, and so may a ring.
    """
    _, order = group_rows(seen.account, accounts)
    account, group = seen.account[order], seen.group[order].astype(np.int64)
    keys = [np.empty(0, np.int64)]
    for apart in range(1, GROUPS_OF_ONE_MAX):
        both = account[apart:] == account[:-apart]
        if not both.any():
            break
        keys.append(group[:-apart][both] * groups + group[apart:][both])
    key, shared = np.unique(np.concatenate(keys), return_counts=True)
    size = np.bincount(group, minlength=groups)
    left, right = key // max(groups, 1), key % max(groups, 1)
    same = shared >= SAME_PEOPLE * (size[left] + size[right] - shared)
    name = np.arange(groups)
    communities.join(name, left[same], right[same])
    return name


def _visits(pairs: Pairs, groups: Groups) -> tuple[GroupVisits, Passers]:
    is_large = groups.distinct(groups.cells.creator) >= PLACES_MIN
    others = np.zeros(pairs.n, np.int32)
    parts = over_groups(
        shared_visitors.visitors_of_groups,
        pairs.account_offset,
        pairs.account_offset,
        pairs.by_account,
        groups.cells.by_account,
        groups.of_cell,
        groups.cells.creator,
        is_large,
        others,
    )
    regular, passer = (np.concatenate(kind, 1) for kind in zip(*parts, strict=True))
    _, order = group_rows(regular[0], groups.n)
    return GroupVisits(others, *regular.take(order, 1)), Passers(*passer)


@dataclass(frozen=True)
class GroupLogits:
    """Per group, float64: log-odds that it was `hired`, −inf for one that tells too little; that it is
    `social`, a class, a circle or a club, against all else; and `elsewhere`, the share of regulars among the
    likes that its creators get otherwise. `once_each`, bool: it met once at each of creators who get hardly
    anything else, of whom nobody can be said to be a follower.
    """

    hired: np.ndarray
    social: np.ndarray
    elsewhere: np.ndarray
    once_each: np.ndarray

    def __post_init__(self) -> None:
        assert are_sizes(self.hired.size, self.social, self.elsewhere, self.once_each)
        assert not np.isnan(self.hired).any()


def group_logits(pairs: Pairs, groups: Groups, seen: GroupVisits, passers: Passers) -> GroupLogits:
    """Weigh every kind for every group."""
    if groups.n == 0:
        return GroupLogits(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0))
    places, items = groups.distinct(groups.cells.creator), groups.distinct(groups.cells.item)
    accounts = np.bincount(seen.group, minlength=groups.n)
    few = (places < PLACES_MIN) | (accounts < ACCOUNTS_MIN)
    away, elsewhere, unseen = _away(pairs, groups, seen, passers, few)
    busy, error = _by_activity(pairs, seen, groups.n)
    pair = np.flatnonzero(seen.others)
    group, time = groups.of_cell[groups.cells.of_pair[pair]].astype(np.int64), pairs.time[pair]
    measures = {
        "away": away,
        "accounts": np.log(np.maximum(accounts, 1)),
        "places": np.log(np.maximum(places, 1)),
        "hour": _set_hours(group, time, groups.n),
        "young": _young(group, time - pairs.time[pairs.item_offset[pairs.item[pair]]], groups.n),
        "again": np.log(np.maximum(items, 1) / np.maximum(places, 1)),
        "elsewhere": np.log(elsewhere / (1.0 - elsewhere)),
        "busy": busy,
    }
    once_each = (unseen > UNSEEN_MAX) & (measures["again"] < AGAIN_MIN)
    measures["away"] = np.where(once_each, np.nan, away)
    likelihood = {name: _log_likelihood(kind, measures, error) for name, kind in KINDS.items()}
    silent = few | (away <= AWAY_MIN)
    hired = np.where(silent, -np.inf, _against_others(likelihood, ("hired",)))
    social = np.where(silent, -np.inf, _against_others(likelihood, SOCIAL))
    return GroupLogits(hired, social, elsewhere, once_each)


def _against_others(likelihood: dict[str, np.ndarray], names: tuple[str, ...]) -> np.ndarray:
    """Log-odds of some kinds against the others."""
    chosen = np.logaddexp.reduce([likelihood[name] for name in names])
    others = np.logaddexp.reduce([loglik for name, loglik in likelihood.items() if name not in names])
    return np.clip(chosen - others, -LOGIT_MAX, LOGIT_MAX)


def _log_likelihood(kind: Kind, measures: dict[str, np.ndarray], busy_error: np.ndarray) -> np.ndarray:
    """Ln of the kind's share and of its laws: numbers of people and places normal, the others Student's t of
    four degrees, whose tails are wide; a measure that is not known, NaN, says nothing.
    """
    total = np.full(measures["away"].size, np.log(kind.share))
    for name, value in measures.items():
        law: Law = getattr(kind, name)
        spread = np.hypot(law.spread, busy_error) if name == "busy" else np.full(value.size, law.spread)
        apart = (value - law.mean) / spread
        if name == "away" and kind is KINDS["hired"]:
            apart = np.minimum(apart, 0.0)
        normal = name in ("away", "accounts", "places")
        log = -0.5 * np.clip(apart, -5.0, 5.0) ** 2 if normal else -2.5 * np.log1p(apart**2 / 4.0)
        total += np.nan_to_num(log - np.log(spread), nan=0.0)
    return total


def _away(
    pairs: Pairs, groups: Groups, seen: GroupVisits, passers: Passers, few: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log odds ratio that a like is a regular's, in the cells against the same creators otherwise; the
    share of regulars otherwise; and which part of what is compared with was not seen.

    Each creator counts by its likes in the cells. What was not seen of one, because the cells hold nearly all
    that it gets, is taken to be as in the cells. Of groups that are `few` regulars are not looked for.
    """
    likes, cells = groups.likes, np.flatnonzero(groups.of_cell >= 0)
    key = groups.of_cell[cells] * np.int64(pairs.n_creators) + groups.cells.creator[cells]
    names, which = np.unique(key, return_inverse=True)
    creators, group = names % pairs.n_creators, names // pairs.n_creators
    here = np.bincount(which, groups.cells.likes[cells], names.size)
    every = np.bincount(pairs.creator_of_item, np.diff(pairs.item_offset), pairs.n_creators)[creators]
    quiet = every - here
    by_regulars = _quiet_likes(pairs, groups, seen, passers, creators, group, every, ~few)
    away, elsewhere = np.full(groups.n, AWAY_MIN), np.zeros(groups.n)
    for level, others in enumerate(LEVELS):
        often = seen.visits > others
        by_often = np.bincount(seen.group[often], seen.likes[often], groups.n)
        inside = (by_often + 1.0) / (likes + 2.0)
        unseen = UNSEEN_SHARE * here
        of_creator = (by_regulars[:, level] + unseen * inside[group]) / (quiet + unseen)
        outside = (np.bincount(group, here * of_creator, groups.n) + 0.5) / (likes + 5.0)
        log_ratio = np.log(inside / (1.0 - inside)) - np.log(outside / (1.0 - outside))
        away = np.maximum(away, np.where(inside >= LEVEL_SHARE_MIN, log_ratio, AWAY_MIN))
        if level == 0:
            elsewhere = outside
    not_seen = UNSEEN_SHARE * here / (quiet + UNSEEN_SHARE * here)
    part = np.bincount(group, here * not_seen, groups.n) / np.maximum(likes, 1.0)
    return np.clip(away, AWAY_MIN, AWAY_MAX), elsewhere, part


def _quiet_likes(
    pairs: Pairs,
    groups: Groups,
    seen: GroupVisits,
    passers: Passers,
    creators: np.ndarray,
    group: np.ndarray,
    likes: np.ndarray,
    is_large: np.ndarray,
) -> np.ndarray:
    """Likes of the `creators` of each asked `group`, which get `likes` in all, outside its cells by regulars
    of each of `LEVELS`: float64[groups' creators, levels].
    """
    creator_offset, item_of_creator = group_rows(pairs.creator_of_item, pairs.n_creators)
    by_regulars = np.zeros((creators.size, LEVELS.size))
    passer_offset, passer = group_rows(passers.group, groups.n)
    over_groups(
        shared_visitors.quiet_likes,
        offsets(np.bincount(group, likes, groups.n) * is_large),
        is_large,
        offsets(np.bincount(group, minlength=groups.n)),
        creators,
        creator_offset,
        item_of_creator,
        pairs.item_offset,
        pairs.account,
        groups.cells.of_pair,
        groups.of_cell,
        pairs.n_accounts,
        offsets(np.bincount(seen.group, minlength=groups.n)),
        seen.account,
        seen.visits,
        passer_offset,
        passers.account[passer],
        passers.creator[passer],
        LEVELS,
        by_regulars,
    )
    return by_regulars


def _by_activity(pairs: Pairs, seen: GroupVisits, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Slope of ln creators visited by ln of the other likes of a group's regulars, and its standard error;
    float64[groups].
    """
    group = seen.group
    count = np.maximum(np.bincount(group, minlength=groups), 1)

    def mean(value: np.ndarray) -> np.ndarray:
        return np.asarray(np.bincount(group, value, groups) / count)

    visits = np.log(seen.visits)
    others = np.log1p(np.diff(pairs.account_offset)[seen.account] - seen.likes)
    visits, others = visits - mean(visits)[group], others - mean(others)[group]
    varied = mean(others**2) + BUSY_VARIANCE_MIN
    return mean(visits * others) / varied, np.sqrt(mean(visits**2) / varied / count)


def _set_hours(group: np.ndarray, time: np.ndarray, groups: int) -> np.ndarray:
    """Mean over a group's meetings of ln(density of its other meetings at that part of the day : the same
    smoothed over hours); NaN for few days. `group` and `time`, µs, int64, of its regulars' likes.

    Breaks and lessons come at set hours, orders at any; against the group's own smooth day neither evenings
    nor time zones speak. A quarter of an hour of a day is one meeting.
    """
    quarter = time // (DAY // QUARTERS)
    first = int(quarter.min(initial=0))
    span = int(quarter.max(initial=0)) - first + 1
    met = group * span + (quarter - first)
    met = unique(met[np.diff(met, prepend=-1) != 0])  # neighbours are mostly of one meeting
    group, quarter = met // span, met % span + first
    part = quarter % QUARTERS
    of_day = np.bincount(group * QUARTERS + part, minlength=groups * QUARTERS).reshape(groups, QUARTERS)
    of_day = of_day.astype(np.float64)
    day = group * span + quarter // QUARTERS - first // QUARTERS
    days = np.bincount(group[np.diff(day, prepend=-1) != 0], minlength=groups)
    here = (group, part)
    others = np.maximum(of_day.sum(1)[group] - 1.0, 1.0)
    near = _near(NARROW_HOURS)
    narrow = ((of_day @ near)[here] - near[0, 0]) / others
    smooth = (of_day @ _near(SMOOTH_HOURS))[here] / others
    log_ratio = np.log((narrow + HOUR_PSEUDO) / (np.maximum(smooth, 1e-9) + HOUR_PSEUDO))
    mean = np.bincount(group, log_ratio, groups) / np.maximum(np.bincount(group, minlength=groups), 1)
    return np.where(days >= DAYS_MIN, mean, np.nan)


def _near(hours: float) -> np.ndarray:
    """Density at one part of the day around another, mean 1. float64[QUARTERS, QUARTERS]."""
    apart = np.abs(np.arange(QUARTERS) - np.arange(QUARTERS)[:, None])
    near = np.exp(-0.5 * (np.minimum(apart, QUARTERS - apart) * 24.0 / QUARTERS / hours) ** 2)
    return np.asarray(near * QUARTERS / near.sum(1, keepdims=True))


def _young(group: np.ndarray, age: np.ndarray, groups: int) -> np.ndarray:
    """Log-odds that a regular comes in an item's first hours; `age` int64 µs of it at its regulars' likes."""
    early, all_ = np.bincount(group[age < YOUNG], minlength=groups), np.bincount(group, minlength=groups)
    return np.asarray(np.log((early + 0.5) / (all_ - early + 0.5)))
