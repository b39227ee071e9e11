"""Crews: groups of linked moments that were probably hired, and how well each account is known to one.

That the same accounts meet at several unrelated creators has two explanations: they were hired, or they
are friends, colleagues, fans. Five things tell: at how many creators they meet; how much of their liking
they do there; whether the crowd there is theirs alone, where a gathering draws strangers too; how many
they are; whether they meet at set hours of the day (see `hours`). The likelihoods are broad on purpose:
they part what is far apart. A member of a crew is known by its other visits, however much else it likes;
the inference hears that like by like. Cost: a sort of the likes in linked moments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.verify.baseline.moments import Moments
from zhenzan.verify.baseline.residue import Residue
from zhenzan.verify.encoding.distinct import distinct, distinct_in
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.inference.coincidence import Groups, groups_of
from zhenzan.verify.inference.hours import set_hours

ACCOUNTS_MIN, PLACES_MIN, PLACES_MIN_BIRTHS = 10, 3, 5
HIRED_LOG = (
    -1.3,
    -0.3,
)  # log-odds of hire against friends, against fans, before anything is known of a group
PLACES_MEAN = (12.0, 4.0)  # creators at which a hired group and friends meet
AWAY_BETA = (
    3.0,
    8.0,
)  # friends give a Beta(3, 1) part of their likes away from births, fans a Beta(1, 8) part
OUTLIER_MIN, OUTLIER_MAX = 0.01, 0.97
SIZE_MIDDLE = 100.0  # colleagues and friends are fewer than that, and orders need hands
SIZE_LOG_MIN, SIZE_LOG_MAX = -1.0, 1.5
USUAL_VISITS_MIN = 0.5
RATIO_LOG_MAX = 6.0


@dataclass(frozen=True)
class Visits:
    """Likes in crews' moments by accounts that were at others of the crew's places.

    `edge` int32[m], ascending; `ratio` float64[m]: how much likelier a hired account was there so often
    than another. `gathering` float64[moments], ≤ 0: log-odds against a campaign where its crowd meets at set
    hours.
    """

    edge: np.ndarray
    ratio: np.ndarray
    gathering: np.ndarray


@dataclass(frozen=True)
class _Gathering:
    """Likes in grouped moments: edge, group, account, creator, and how many *other* creators of the group the
    account was at. Per group: `natural` likes expected there.
    """

    edge: np.ndarray
    group: np.ndarray
    account: np.ndarray
    creator: np.ndarray
    others: np.ndarray
    natural: np.ndarray


def visits_of_crews(pairs: Pairs, moments: Moments, residue: Residue) -> Visits:
    """Find crews, first without the births of items and then with them, and count their members' visits."""
    ratio, by_hours = np.zeros(residue.edges), np.zeros(residue.edges)
    known = np.zeros(residue.edges, bool)
    for births in (False, True):
        groups = groups_of(pairs, moments, residue, births=births)
        if groups.n == 0:
            continue
        seen = _gathering(pairs, moments, residue, groups)
        of_group, of_moment = set_hours(pairs, moments, groups)
        least = PLACES_MIN_BIRTHS if births else PLACES_MIN
        friends, fans = _hired_log(pairs, residue, seen, of_group, least)
        not_friends, not_fans = _births_logs(moments, groups)
        at = groups.best[seen.edge]
        hired = _either(friends[seen.group] + not_friends[at], fans[seen.group] + not_fans[at]) > 0
        known[seen.edge] |= hired & (of_group[seen.group] < 0.0)
        by_hours = np.minimum(by_hours, np.where(groups.best >= 0, of_moment[groups.best], 0.0))
        chosen = hired & (seen.others > 0)
        edge = seen.edge[chosen]
        ratio[edge] = np.maximum(ratio[edge], np.exp(_ratio_log(pairs, seen, groups)[chosen]))
    edge = np.flatnonzero(ratio).astype(np.int32)
    by_hours[known] = 0.0  # a crew that is known by all else may work by a clock
    return Visits(edge, ratio[edge], _mean_in(residue, by_hours))


def _gathering(pairs: Pairs, moments: Moments, residue: Residue, groups: Groups) -> _Gathering:
    group = np.where(groups.best >= 0, groups.of_moment[groups.best], -1)
    edge = np.flatnonzero(group >= 0)
    group = group[edge].astype(np.int64)
    pair = residue.edge_pair[edge]
    account = pairs.account[pair].astype(np.int64)
    creator = pairs.creator_of_item[pairs.item[pair]].astype(np.int64)
    visitors, visitor = np.unique(account * groups.n + group, return_inverse=True)
    visits = distinct_in(visitor, creator, visitors.size)
    inside = distinct(groups.best[edge])
    natural = np.bincount(groups.of_moment[inside], moments.expected[inside], groups.n)
    return _Gathering(edge, group, account, creator, visits[visitor] - 1, natural)


def _hired_log(
    pairs: Pairs, residue: Residue, seen: _Gathering, by_hours: np.ndarray, places_min: int
) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds that each group was hired, against friends and against fans; −inf for one too small to tell.
    float64[groups], twice.
    """
    groups = by_hours.size
    places = distinct_in(seen.group, seen.creator, groups)
    likes = np.bincount(seen.group, minlength=groups).astype(np.float64)
    excess = np.maximum(likes - seen.natural, 1.0)
    again = seen.others > 0
    regular, first = np.unique(seen.account[again] * groups + seen.group[again], return_index=True)
    group = regular % groups
    accounts = np.bincount(group, minlength=groups)
    elsewhere = np.bincount(group, residue.creators[regular // groups] - 1, groups)
    by_chance = likes / pairs.n  # a group that takes in half of all likes has no devoted members
    devotion = np.bincount(group, seen.others[again][first], groups) / np.maximum(elsewhere, 1.0)
    devotion = (devotion - by_chance) / np.maximum(1.0 - by_chance, 0.1)
    regulars = np.bincount(seen.group[again], minlength=groups)
    company = regulars / excess
    often = np.bincount(seen.group[again], seen.others[again], groups) / np.maximum(regulars, 1)
    known = np.where((accounts >= ACCOUNTS_MIN) & (places >= places_min), by_hours, -np.inf)
    known += _strangers_log(company, often)
    friends, fans = _hired_logits(places, accounts, devotion, company, excess / likes)
    return friends + known, fans + known


def _either(friends: np.ndarray, fans: np.ndarray) -> np.ndarray:
    """Log-odds of hire against both."""
    return np.asarray(-np.logaddexp(-friends, -fans))


def _hired_logits(
    places: np.ndarray,
    accounts: np.ndarray,
    devotion: np.ndarray,
    company: np.ndarray,
    excess_share: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds hired : friends, and hired : fans but for what the births of items say.

    `places` creators, geometric around `PLACES_MEAN`. `devotion`, the part of the regulars' other creators
    that are the group's: evenly spread for the hired, Beta(2, 14) for friends. `company`, the part of the
    moments' excess that regulars are: Beta(8, 1) for the hired, Beta(2, 2) for gatherings. Fans, too, meet
    at dozens of creators, alone: number and company never speak against them.
    """
    devotion = np.clip(devotion, OUTLIER_MIN, OUTLIER_MAX)
    company = np.clip(company, OUTLIER_MIN, OUTLIER_MAX)
    by_devotion = -np.log(210.0 * devotion) - 13.0 * np.log1p(-devotion)
    by_company = excess_share * (np.log(8.0 * company**7) - np.log(6.0 * company * (1.0 - company)))
    size = np.log(np.maximum(accounts, 1) / SIZE_MIDDLE)
    by_size = np.clip(np.maximum(size, 0.5 * size), SIZE_LOG_MIN, SIZE_LOG_MAX)
    hired, natural = PLACES_MEAN
    by_places = np.log(natural / hired) + places * np.log((1.0 - 1.0 / hired) / (1.0 - 1.0 / natural))
    friends = HIRED_LOG[0] + by_devotion + by_company + by_size + by_places
    fans = HIRED_LOG[1] + by_devotion + np.minimum(by_company, 0.0) + np.minimum(by_size, 0.0)
    return friends, fans


def _strangers_log(company: np.ndarray, often: np.ndarray) -> np.ndarray:
    """What strangers say against hire, ≤ 0: of a crew whose members come `often` again, few come once only.

    Were its visits geometric, 1 − 1/often of all its likes would be regulars'.
    """
    usual = 1.0 - 1.0 / np.maximum(often, 1.0)
    return np.asarray(7.0 * np.log(np.clip(company / np.maximum(usual, 1e-3), OUTLIER_MIN, 1.0)))


def _ratio_log(pairs: Pairs, seen: _Gathering, groups: Groups) -> np.ndarray:
    """Log-likelihood ratio of as many other visits: geometric for members, a Poisson law for passers-by.

    The Poisson mean goes by the account's likes and the natural likes in the group's moments. float64[m].
    """
    likes = np.bincount(seen.group, minlength=groups.n)
    usual = np.bincount(seen.group, seen.others, groups.n) / np.maximum(likes, 1)
    usual = np.maximum(usual, USUAL_VISITS_MIN)[seen.group]
    own = np.diff(pairs.account_offset)[seen.account]
    chance = groups.interest * own * np.maximum(seen.natural, 1.0)[seen.group] / pairs.n
    member = seen.others * np.log(usual / (1.0 + usual)) - np.log1p(usual)
    passer = seen.others * np.log(chance) - chance - _log_factorial(seen.others)
    return np.asarray(np.clip(member - passer, -RATIO_LOG_MAX, RATIO_LOG_MAX))


def _log_factorial(count: np.ndarray) -> np.ndarray:
    """Ln n! of whole numbers n ≥ 0."""
    steps = np.log(np.arange(1.0, count.max(initial=0) + 1.0))
    return np.asarray(np.concatenate([[0.0], np.cumsum(steps)])[count])


def _births_logs(moments: Moments, groups: Groups) -> tuple[np.ndarray, np.ndarray]:
    """What the births of items say against friends, and against fans, ≥ 0. float64[moments], twice.

    Fans come when an item is new, friends seldom: of friends' likes a Beta(3, 1) part is away from births, of
    fans' a Beta(1, 8) part. Links may join fans and a crew that served some of their creators to one group,
    so a moment goes by the likes in its group and by those in the moments linked to it, whichever says less.
    """
    likes = moments.likes.astype(np.float64)
    away = likes * ~moments.at_birth
    around, around_away = likes.copy(), away.copy()
    for one, other in (groups.links, groups.links[::-1]):
        around += np.bincount(one, likes[other], moments.n)
        around_away += np.bincount(one, away[other], moments.n)
    member = groups.of_moment >= 0
    of_group = [np.bincount(groups.of_moment[member], each[member], groups.n) for each in (away, likes)]
    part = np.clip(around_away / around, OUTLIER_MIN, OUTLIER_MAX)
    group_part = np.clip(of_group[0] / of_group[1], OUTLIER_MIN, OUTLIER_MAX)[groups.of_moment]
    least, most = np.minimum(part, group_part), np.maximum(part, group_part)
    friends = -np.log(AWAY_BETA[0]) - (AWAY_BETA[0] - 1.0) * np.log(most)
    fans = -np.log(AWAY_BETA[1]) - (AWAY_BETA[1] - 1.0) * np.log1p(-least)
    return np.maximum(friends, 0.0), np.maximum(fans, 0.0)


def _mean_in(residue: Residue, by_edge: np.ndarray) -> np.ndarray:
    """Mean over the likes of each moment. float64[moments]."""
    total = np.concatenate([[0.0], np.cumsum(by_edge)])
    return np.asarray((total[residue.stop] - total[residue.start]) / (residue.stop - residue.start))
