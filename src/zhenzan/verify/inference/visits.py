"""What groups tell of likes: how well each account is known to a hired one, and which moments others explain.

A member of a hired group is known by its other visits, however much else it likes; a stranger in its midst is
known by having none. A moment of friends is explained by them. Cost: linear in the likes of linked cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.verify.baseline.moments import SCALES_SECONDS, Moments
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.inference.coordinated_groups import Groups, groups_of
from zhenzan.verify.inference.group_kinds import GroupLogits, GroupVisits, group_logits, group_visits

HIRED_MIN = 0.0  # log-odds
USUAL_VISITS_MIN = 0.5
RATIO_LOG_MAX = 6.0
EXPLAINED_MAX = 8.0  # nats against a campaign that those who meet there by themselves explain
REGULARS_MIN = 3
MEMBER_VISITS_MIN = 4  # creators at which a class, a circle or a club knows its own
ELSEWHERE_PSEUDO = 20.0  # likes by which an item leans on the group's creators
GROUP_SCALE = len(SCALES_SECONDS)  # the scale of moments that only a hired group marks


@dataclass(frozen=True)
class Visits:
    """Likes in hired groups' cells by accounts that were, or were not, at others of the group's creators.

    `pair` int64[m], ascending; `ratio` float64[m]: how much likelier a hired account was there so often than
    another; `member` bool[m]: whether it was anywhere else of the group's. `gathering` float64[moments], ≤ 0:
    log-odds against a campaign where people meet by themselves; `group` int32[pairs], the hired group of each
    like's cell, −1 for none.
    """

    pair: np.ndarray
    ratio: np.ndarray
    member: np.ndarray
    gathering: np.ndarray
    group: np.ndarray


def visits_of_groups(pairs: Pairs, moments: Moments) -> tuple[Moments, Visits]:
    """Find groups, say which were hired, and mark their orders: the moments, with those that no time scale
    shows, and the visits.
    """
    groups = groups_of(pairs, moments)
    seen = group_visits(pairs, groups)
    logits = group_logits(pairs, groups, seen)
    elsewhere, hired = logits.elsewhere, logits.hired > HIRED_MIN
    of_pair = np.where((groups.of_pair >= 0) & hired[np.maximum(groups.of_pair, 0)], groups.of_pair, -1) if (
        groups.n
    ) else groups.of_pair
    rows = np.flatnonzero(hired[seen.group])
    marked = _marked_moments(pairs, groups, seen, rows, elsewhere)
    every = _joined(moments, marked)
    ratio = np.exp(_ratio_log(pairs, groups, seen, rows, elsewhere))
    gathering = np.concatenate([_explained(pairs, moments, seen, logits), np.zeros(marked.n)])
    return every, Visits(seen.pair[rows], ratio, seen.regular[rows], gathering, of_pair)


def _marked_moments(
    pairs: Pairs, groups: Groups, seen: GroupVisits, rows: np.ndarray, elsewhere: np.ndarray
) -> Moments:
    """Per cell of a hired group the stretch from its first regular to its last: likes, and how many of them
    natural, where regulars are as common as elsewhere at those creators.
    """
    rows = rows[seen.regular[rows]]
    cell = groups.cell[seen.pair[rows]]
    order = np.argsort(cell, kind="stable")  # pair order within a cell
    cell, pair, group = cell[order], seen.pair[rows][order], seen.group[rows][order]
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    last = np.concatenate([first[1:], [cell.size]]) - 1 if cell.size else first
    regulars = (last - first + 1).astype(np.float64)
    kept = regulars >= REGULARS_MIN
    first, last, regulars = first[kept], last[kept], regulars[kept]
    start, stop = pair[first], pair[last] + 1
    likes = (stop - start).astype(np.float64)
    usual = _regulars_elsewhere(pairs, pair, group, first, likes, regulars, elsewhere)
    natural = np.minimum((likes - regulars) * usual / (1.0 - usual) + 0.1, regulars)
    excess = regulars * np.log(regulars / natural) - (regulars - natural)
    expected = likes - regulars + natural
    by_start = np.argsort(start, kind="stable")
    return Moments(
        start=start[by_start].astype(np.int32), stop=stop[by_start].astype(np.int32),
        expected=expected[by_start], excess=excess[by_start],
        scale=np.full(start.size, GROUP_SCALE, np.int8), at_birth=np.zeros(start.size, bool),
    )  # fmt: skip


def _regulars_elsewhere(
    pairs: Pairs, pair: np.ndarray, group: np.ndarray, first: np.ndarray, likes: np.ndarray,
    regulars: np.ndarray, elsewhere: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """The share of regulars among natural likes: as at the group's creators elsewhere, or at the other likes
    of the same item, if more of them come there. Who hides in hits comes all their lives; an order comes once.
    """
    item = pairs.item[pair].astype(np.int64)
    on_item = group * pairs.n_items + item
    names, which = np.unique(on_item, return_inverse=True)
    all_regulars = np.bincount(which, minlength=names.size)[which[first]]
    others = np.maximum(np.diff(pairs.item_offset)[item[first]] - likes, 0.0)
    usual = elsewhere[group[first]]
    here = (all_regulars - regulars + ELSEWHERE_PSEUDO * usual) / (others + ELSEWHERE_PSEUDO)
    return np.clip(np.maximum(usual, here), 1e-3, 0.9)


def _joined(moments: Moments, more: Moments) -> Moments:
    names = ("start", "stop", "expected", "excess", "scale", "at_birth")
    return Moments(**{name: np.concatenate([getattr(moments, name), getattr(more, name)]) for name in names})


def _ratio_log(
    pairs: Pairs, groups: Groups, seen: GroupVisits, rows: np.ndarray, elsewhere: np.ndarray
) -> np.ndarray:
    """Log-likelihood ratio of as many other visits: geometric for members, a Poisson law for passers-by.

    The Poisson mean goes by the account's likes and the natural likes in the group's cells. float64[rows].
    """
    others, group = seen.others[rows], seen.group[rows]
    likes, regulars = seen.count(), seen.count(seen.regular)
    usual = np.bincount(seen.group, seen.others, seen.n) / np.maximum(regulars, 1.0)
    usual = np.maximum(usual, USUAL_VISITS_MIN)[group]
    odds = np.clip(elsewhere / (1.0 - elsewhere), 0.0, 4.0)
    natural = np.maximum((likes - regulars) * (1.0 + odds), 1.0)[group]
    own = np.diff(pairs.account_offset)[seen.account[rows]]
    chance = groups.interest * own * natural / pairs.n
    member = others * np.log(usual / (1.0 + usual)) - np.log1p(usual)
    passer = others * np.log(chance) - chance - _log_factorial(others)
    return np.asarray(np.clip(member - passer, -RATIO_LOG_MAX, RATIO_LOG_MAX))


def _log_factorial(count: np.ndarray) -> np.ndarray:
    """Ln n! of whole numbers n ≥ 0."""
    steps = np.log(np.arange(1.0, count.max(initial=0) + 1.0))
    return np.asarray(np.concatenate([[0.0], np.cumsum(steps)])[count])


def _explained(pairs: Pairs, moments: Moments, seen: GroupVisits, logits: GroupLogits) -> np.ndarray:
    """What each moment hears against hire from groups that meet by themselves. float64[moments], ≤ 0.

    The log-odds of those, for the part of its likes that are their regulars' in their own cells; and those of a
    class, a circle or a club, for the part that are its members', wherever they are.
    """
    own, member = np.zeros(pairs.n), np.full(pairs.n, -1, np.int32)
    if seen.pair.size == 0:
        return np.zeros(moments.n)
    told = np.where(np.isfinite(logits.hired), np.clip(logits.hired, -EXPLAINED_MAX, 0.0), 0.0)
    own[seen.pair] = np.where(seen.regular, told[seen.group], 0.0)
    total = np.concatenate([[0.0], np.cumsum(own)])
    by_cells = (total[moments.stop] - total[moments.start]) / moments.likes
    social = np.where(logits.social > 0.0, np.clip(-logits.social, -EXPLAINED_MAX, 0.0), 0.0)
    member = _members(pairs, seen, social)
    by_members = _of_one_group(moments, member[pairs.account], social)
    return np.minimum(by_cells, by_members)


def _members(pairs: Pairs, seen: GroupVisits, social: np.ndarray) -> np.ndarray:
    """The social group at most creators of which each account was, −1 for none. int32[accounts]."""
    chosen = np.flatnonzero((social[seen.visitor_group] < 0.0) & (seen.visits >= MEMBER_VISITS_MIN))
    order = chosen[np.argsort(seen.visits[chosen], kind="stable")]
    member = np.full(pairs.n_accounts, -1, np.int32)
    member[seen.visitor_account[order]] = seen.visitor_group[order]
    return member


def _of_one_group(moments: Moments, group: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Per moment, `told` of the group of most of its likes, times their share; `group` int32[pairs]."""
    inside = np.concatenate([[0], np.cumsum(group >= 0)])
    some = np.flatnonzero(inside[moments.stop] - inside[moments.start] >= 0.3 * moments.likes)
    likes = moments.likes[some]
    which = np.repeat(np.arange(some.size), likes)
    place = np.repeat(moments.start[some] - (np.cumsum(likes) - likes), likes) + np.arange(which.size)
    known = group[place] >= 0
    key, count = np.unique(
        which[known] * np.int64(told.size) + group[place][known], return_counts=True
    )
    against = np.zeros(moments.n)
    value = told[key % max(told.size, 1)] * count / likes[key // max(told.size, 1)]
    np.minimum.at(against, some[key // max(told.size, 1)], value)
    return against
