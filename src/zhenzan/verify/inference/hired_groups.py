"""Visits to hired groups: how well each account is known to a group, and which moments others explain.

A member of a hired group is known by its other visits, however much else it likes; a stranger in its midst is
known by having none. A moment of friends is explained by them. Cost: linear in the likes of linked cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from zhenzan.arrays import are_sizes, is_rising, is_within
from zhenzan.parallel import over_groups
from zhenzan.verify.baseline.moments import SCALES_SECONDS, Moments, joined
from zhenzan.verify.encoding.counting_sort import offsets
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.inference.coordinated_groups import Groups, groups_of
from zhenzan.verify.inference.group_kinds import GroupLogits, GroupVisits, group_logits, group_visits
from zhenzan.verify.kernels import shared_visitors

MOST = 0.35  # of a log's likes; more are never bought on the word of a log without labels
# Log-odds from which a group was hired. Of one that few likes tell of they must be higher: by three nats
# where there is none, by half of that at fifty, by next to nothing at a hundred and fifty.
HIRED_MIN, FEW_DOUBT, FEW_LIKES = 0.0, 3.0, 50.0
USUAL_VISITS_MIN = 0.5  # other creators at which a group's members are on average, at least
RATIO_LOG_MAX = 6.0  # nats that one account's visits may say
DOUBT = 2.0  # nats; a group that was hardly judged natural explains nothing
EXPLAINED_MAX = 8.0  # nats against a campaign that those who meet there by themselves explain
UNEXPLAINED_LOGIT = 25.0  # ceiling of a moment of which they are none; from a half on it falls
REGULARS_MIN, MARKED_EXCESS_MIN = 3, 4.0  # of a cell that a group marks: regulars, and nats beyond chance
MEMBER_VISITS_MIN = 4  # creators at which a class, a circle or a club knows its own
ELSEWHERE_PSEUDO = 20.0  # likes by which an item leans on the group's creators
MEMBERS_SHARE_MIN = 0.3  # of a moment that one social group may explain
GROUP_SCALE = len(SCALES_SECONDS)  # the scale of moments that only a hired group marks


@dataclass(frozen=True)
class Visits:
    """Likes in hired groups' cells by accounts that were, or were not, at others of the group's creators.

    `pair` int64[m], ascending; `ratio` float64[m]: how much likelier a hired account was there so often
    than another; `member` bool[m]: whether it was anywhere else of the group's. `ceiling`
    float64[moments]: log-odds of a campaign at most, where those who meet there do so by themselves;
    `group` int32[pairs], the hired group of each like's cell, −1 for none; `natural` bool[pairs], likes
    of regulars of groups that were not hired.
    """

    pair: np.ndarray
    ratio: np.ndarray
    member: np.ndarray
    ceiling: np.ndarray
    group: np.ndarray
    natural: np.ndarray

    def __post_init__(self) -> None:
        assert are_sizes(self.pair.size, self.ratio, self.member)
        assert is_rising(self.pair)
        assert is_within(self.pair, 0, self.group.size)
        assert is_within(self.ratio, 0.0, np.inf)
        assert are_sizes(self.group.size, self.natural)


@dataclass(frozen=True)
class _Level:
    """Groups at one level, who visits them and what kinds they are."""

    groups: Groups
    seen: GroupVisits
    logits: GroupLogits

    def of_cells(self, logit: np.ndarray) -> np.ndarray:
        """A log-odds of the group of each cell, −inf where there is none or it tells too little."""
        return np.asarray(np.append(logit, -np.inf)[self.groups.of_cell])


def visits_of_groups(pairs: Pairs, moments: Moments) -> tuple[Moments, Visits]:
    """Find groups, say which were hired, and mark their orders: the moments, with those that no time scale
    shows, and the visits. A like is of the level at which its group is likeliest hired.
    """
    levels = [_level(pairs, groups) for groups in groups_of(pairs, moments)]
    _doubt_most(levels, pairs.n)
    cell = levels[0].groups.cells.of_pair
    logit, best = _likeliest(levels)
    likes = np.stack([level.of_cells(level.groups.likes) for level in levels])
    likes = np.take_along_axis(likes, best[None], 0)[0]
    least = HIRED_MIN + FEW_DOUBT / (1.0 + (likes / FEW_LIKES) ** 3)
    hired = np.where(logit > least, best, -1)
    pair = np.flatnonzero((hired >= 0)[cell])
    ratio, member = np.empty(pair.size), np.empty(pair.size, bool)
    marked, of_cell, before = [moments], np.full(hired.size, -1, np.int32), 0
    natural = np.zeros(pairs.n, bool)
    for number, level in enumerate(levels):
        mine = hired == number
        of_cell[mine] = level.groups.of_cell[mine] + before
        before += level.groups.n
        rows = np.flatnonzero(mine[cell[pair]])
        marked.append(_marked_moments(pairs, level, pair[rows]))
        ratio[rows] = np.exp(_ratio_log(pairs, level, pair[rows]))
        member[rows] = level.seen.others[pair[rows]] > 0
        natural |= ((logit < -DOUBT) & np.isfinite(logit))[cell] & (level.seen.others > 0)
    every = joined(marked)
    ceiling = np.full(every.n, np.inf)
    ceiling[: moments.n] = _ceiling(pairs, moments, levels, logit)
    return every, Visits(pair, ratio, member, ceiling, of_cell[cell], natural)


def _level(pairs: Pairs, groups: Groups) -> _Level:
    seen, passers = group_visits(pairs, groups)
    return _Level(groups, seen, group_logits(pairs, groups, seen, passers))


def _likeliest(levels: list[_Level]) -> tuple[np.ndarray, np.ndarray]:
    """Per cell the log-odds that its group was hired, and at which level: where it is likeliest, or least
    likely if at any level the group is social. float64, int64 [cells + 1].
    """
    by_level = np.stack([level.of_cells(level.logits.hired) for level in levels])
    social = np.maximum.reduce([level.of_cells(level.logits.social) for level in levels]) > 0.0
    best = np.where(social, by_level.argmin(0), by_level.argmax(0))
    return np.take_along_axis(by_level, best[None], 0)[0], best


def _doubt_most(levels: list[_Level], likes: int) -> None:
    """No log is mostly bought by its own word: where hired groups would hold more than `MOST` of the likes at
    a level, none of them is believed.
    """
    for level in levels:
        hired = level.logits.hired > HIRED_MIN
        if level.groups.likes[hired].sum() > MOST * likes:
            level.logits.hired[hired] = -np.inf


def without_crowds(visits: Visits, moments: Moments) -> Visits:
    """The same, where only what hired groups prove can be a campaign: the other state of a log of which much
    seems bought.
    """
    middle = (moments.start.astype(np.int64) + moments.stop) // 2
    ceiling = np.where(visits.group[middle] >= 0, visits.ceiling, -EXPLAINED_MAX)
    return replace(visits, ceiling=np.minimum(visits.ceiling, ceiling))


def _marked_moments(pairs: Pairs, level: _Level, pair: np.ndarray) -> Moments:
    """Per cell of a hired group the stretch from its first regular to its last: likes, and how many of them
    natural, where regulars are as common as elsewhere at those creators. `pair`: the likes of those cells.
    """
    groups, elsewhere = level.groups, level.logits.elsewhere
    pair = pair[level.seen.others[pair] > 0]
    cell = groups.cells.of_pair[pair]
    order = np.argsort(cell, kind="stable")  # pair order within a cell
    cell, pair = cell[order], pair[order]
    group = groups.of_cell[cell].astype(np.int64)
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    last = np.concatenate([first[1:], [cell.size]]) - 1 if cell.size else first
    regulars = (last - first + 1).astype(np.float64)
    kept = regulars >= REGULARS_MIN
    first, last, regulars = first[kept], last[kept], regulars[kept]
    start, stop = pair[first], pair[last] + 1
    likes = (stop - start).astype(np.float64)
    usual = _regulars_elsewhere(pairs, pair, group, first, likes, regulars, elsewhere)
    whole = groups.cells.likes[cell[first]]
    natural = np.minimum((whole - regulars) * usual / (1.0 - usual) + 0.5, regulars)
    excess = regulars * np.log(regulars / natural) - (regulars - natural)
    expected = likes - regulars + natural
    by_start = np.argsort(start, kind="stable")
    by_start = by_start[excess[by_start] >= MARKED_EXCESS_MIN]
    return Moments(
        start=start[by_start].astype(np.int32),
        stop=stop[by_start].astype(np.int32),
        expected=expected[by_start],
        excess=excess[by_start],
        scale=np.full(by_start.size, GROUP_SCALE, np.int8),
        at_birth=np.zeros(by_start.size, bool),
    )


def _regulars_elsewhere(
    pairs: Pairs,
    pair: np.ndarray,
    group: np.ndarray,
    first: np.ndarray,
    likes: np.ndarray,
    regulars: np.ndarray,
    elsewhere: np.ndarray,
) -> np.ndarray:
    """The share of regulars among natural likes: as at the group's creators elsewhere, or at the other likes
    of the same item, if more of them come there. Who hides in hits comes all their lives, an order once.
    """
    item = pairs.item[pair].astype(np.int64)
    on_item = group * pairs.n_items + item
    names, which = np.unique(on_item, return_inverse=True)
    all_regulars = np.bincount(which, minlength=names.size)[which[first]]
    others = np.maximum(np.diff(pairs.item_offset)[item[first]] - likes, 0.0)
    usual = elsewhere[group[first]]
    here = (all_regulars - regulars + ELSEWHERE_PSEUDO * usual) / (others + ELSEWHERE_PSEUDO)
    return np.clip(np.maximum(usual, here), 1e-3, 0.9)


def _ratio_log(pairs: Pairs, level: _Level, pair: np.ndarray) -> np.ndarray:
    """Log-likelihood ratio of as many other visits: geometric for members, a Poisson law for passers-by.

    The Poisson mean goes by the account's likes and the natural likes in the group's cells. float64[pair].
    """
    groups, seen, elsewhere = level.groups, level.seen, level.logits.elsewhere
    others, group = seen.others[pair], groups.of_cell[groups.cells.of_pair[pair]]
    likes, regulars = groups.likes, np.bincount(seen.group, seen.likes, groups.n)
    usual = np.bincount(seen.group, seen.likes * (seen.visits - 1.0), groups.n) / np.maximum(regulars, 1.0)
    usual = np.maximum(usual, USUAL_VISITS_MIN)[group]
    odds = np.clip(elsewhere / (1.0 - elsewhere), 0.0, 4.0)
    natural = np.maximum((likes - regulars) * (1.0 + odds), 1.0)[group]
    own = np.diff(pairs.account_offset)[pairs.account[pair]]
    chance = groups.interest * own * natural / pairs.n
    member = others * np.log(usual / (1.0 + usual)) - np.log1p(usual)
    passer = others * np.log(chance) - chance - _log_factorial(others)
    return np.asarray(np.clip(member - passer, -RATIO_LOG_MAX, RATIO_LOG_MAX))


def _log_factorial(count: np.ndarray) -> np.ndarray:
    """Ln n! of whole numbers n ≥ 0."""
    steps = np.log(np.arange(1.0, count.max(initial=0) + 1.0))
    return np.asarray(np.concatenate([[0.0], np.cumsum(steps)])[count])


def _ceiling(pairs: Pairs, moments: Moments, levels: list[_Level], logit: np.ndarray) -> np.ndarray:
    """Log-odds of a campaign at most, where those who meet do so by themselves. float64[moments].

    That the same accounts come again has been weighed with the group: where a moment is its regulars', or, of
    a class, a circle or a club, its members', it is no more likely bought than the group was hired.
    """
    doubt = np.where(np.isfinite(logit), np.clip(logit + DOUBT, -EXPLAINED_MAX, 0.0), 0.0)
    ceiling, explained = np.zeros(moments.n), np.zeros(moments.n)
    for level in levels:
        groups, social = level.groups, level.logits.social
        if groups.n == 0:
            continue
        heard = np.append(~level.logits.once_each, False)[groups.of_cell]
        by_cells, regulars = _mean_of_regulars(moments, level, np.where(heard, doubt, 0.0))
        social = np.where(
            (social > 0.0) & (level.logits.hired < 0.0), np.clip(DOUBT - social, -EXPLAINED_MAX, 0.0), 0.0
        )
        by_members, members = _of_one_group(pairs, moments, _members(pairs, level.seen, social), social)
        ceiling = np.minimum(ceiling, np.minimum(by_cells, by_members))
        explained = np.maximum(explained, np.maximum(regulars, members))
    unexplained = UNEXPLAINED_LOGIT * np.clip(1.0 - 2.0 * explained, 0.0, 1.0)
    return np.where(explained > 0.0, ceiling + unexplained, np.inf)


def _mean_of_regulars(moments: Moments, level: _Level, doubt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per moment the mean over its likes of what is `doubt` of their cells, float64[cells + 1], 0 for likes
    of others than regulars; and the share of its likes of which something is told.
    """
    cell, others = level.groups.cells.of_pair, level.seen.others
    total, regulars = np.empty(cell.size + 1), np.empty(cell.size + 1, np.int32)
    shared_visitors.sum_of_regulars(cell, others, doubt, total, regulars)
    start, stop = moments.start, moments.stop
    return (total[stop] - total[start]) / moments.likes, (regulars[stop] - regulars[start]) / moments.likes


def _members(pairs: Pairs, seen: GroupVisits, social: np.ndarray) -> np.ndarray:
    """The social group at most creators of which each account was, −1 for none. int32[accounts]."""
    chosen = np.flatnonzero((social[seen.group] < 0.0) & (seen.visits >= MEMBER_VISITS_MIN))
    order = chosen[np.argsort(seen.visits[chosen], kind="stable")]
    member = np.full(pairs.n_accounts, -1, np.int32)
    member[seen.account[order]] = seen.group[order]
    return member


def _of_one_group(
    pairs: Pairs, moments: Moments, member: np.ndarray, doubt: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Per moment, `doubt` of the group of most of its likes, times their share, and the share; `member`
    int32[accounts].
    """
    against, share = np.zeros(moments.n), np.zeros(moments.n)
    if (member >= 0).any():
        over_groups(
            shared_visitors.members_in_moments,
            offsets(moments.likes),
            moments.start,
            moments.stop,
            pairs.account,
            member,
            doubt,
            MEMBERS_SHARE_MIN,
            against,
            share,
        )
    return against, share
