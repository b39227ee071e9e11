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

from zhenzan.verify.coincidence import Groups, groups_of
from zhenzan.verify.encode import Pairs
from zhenzan.verify.hours import set_hours
from zhenzan.verify.moments import Moments
from zhenzan.verify.residue import Residue

ACCOUNTS_MIN, PLACES_MIN, PLACES_MIN_BIRTHS = 10, 3, 5
HIRED_LOG = (
    -1.3,
    -0.3,
)  # log-odds of hire against friends, against fans, before anything is known of a group
PLACES_MEAN = (12.0, 4.0)  # creators at which a hired group and friends meet
AWAY_BETA = 8.0  # fans give a Beta(1, 8) part of the group's likes away from the births of items
AWAY_MIN = 0.25  # a moment around which less is away belongs to fans, whatever its group
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
    ratio, gathering = np.zeros(residue.edges), np.zeros(moments.n)
    for births in (False, True):
        groups = groups_of(pairs, moments, residue, births=births)
        if groups.n == 0:
            continue
        seen = _gathering(pairs, moments, residue, groups)
        by_hours, of_moment = set_hours(pairs, moments, groups)
        away = np.bincount(seen.group, ~moments.at_birth[groups.best[seen.edge]], groups.n)
        least = PLACES_MIN_BIRTHS if births else PLACES_MIN
        hired = _hired_log(pairs, residue, seen, away, least) + by_hours > 0
        chosen = hired[seen.group] & (seen.others > 0)
        chosen &= _away_around(moments, groups)[groups.best[seen.edge]] > AWAY_MIN
        by_edge = np.where(groups.best >= 0, of_moment[groups.best], 0.0)
        gathering = np.minimum(gathering, _mean_in(residue, by_edge))
        edge = seen.edge[chosen]
        ratio[edge] = np.maximum(ratio[edge], np.exp(_ratio_log(pairs, seen, groups)[chosen]))
    edge = np.flatnonzero(ratio).astype(np.int32)
    return Visits(edge, ratio[edge], gathering)


def _gathering(pairs: Pairs, moments: Moments, residue: Residue, groups: Groups) -> _Gathering:
    group = np.where(groups.best >= 0, groups.of_moment[groups.best], -1)
    edge = np.flatnonzero(group >= 0)
    group = group[edge].astype(np.int64)
    pair = residue.edge_pair[edge]
    account = pairs.account[pair].astype(np.int64)
    creator = pairs.creator_of_item[pairs.item[pair]].astype(np.int64)
    visitor = np.unique(account * groups.n + group, return_inverse=True)[1].astype(np.int64)
    visits = np.bincount(np.unique(visitor * pairs.n_creators + creator) // pairs.n_creators)
    inside = np.unique(groups.best[edge])
    natural = np.bincount(groups.of_moment[inside], moments.expected[inside], groups.n)
    return _Gathering(edge, group, account, creator, visits[visitor] - 1, natural)


def _hired_log(
    pairs: Pairs, residue: Residue, seen: _Gathering, away: np.ndarray, places_min: int
) -> np.ndarray:
    """Log-odds that each group was hired, −inf for one too small to tell. `away` likes away from births.
    float64[groups].
    """
    groups = away.size
    places = np.bincount(
        np.unique(seen.group * pairs.n_creators + seen.creator) // pairs.n_creators, minlength=groups
    )
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
    logit = _hired_logit(places, accounts, devotion, company, excess / likes, away / likes)
    logit += _strangers_log(company, often)
    return np.where((accounts >= ACCOUNTS_MIN) & (places >= places_min), logit, -np.inf)


def _hired_logit(
    places: np.ndarray,
    accounts: np.ndarray,
    devotion: np.ndarray,
    company: np.ndarray,
    excess_share: np.ndarray,
    away: np.ndarray,
) -> np.ndarray:
    """Log-odds hired : friends or fans.

    `places` creators, geometric around `PLACES_MEAN`. `devotion`, the part of the regulars' other creators
    that are the group's: evenly spread for the hired, Beta(2, 14) for friends. `company`, the part of the
    moments' excess that regulars are: Beta(8, 1) for the hired, Beta(2, 2) for gatherings. Fans meet like a
    crew, at dozens of creators, alone; but at the births of items, and seldom away from them.
    """
    devotion = np.clip(devotion, OUTLIER_MIN, OUTLIER_MAX)
    company = np.clip(company, OUTLIER_MIN, OUTLIER_MAX)
    by_devotion = -np.log(210.0 * devotion) - 13.0 * np.log1p(-devotion)
    by_company = excess_share * (np.log(8.0 * company**7) - np.log(6.0 * company * (1.0 - company)))
    size = np.log(np.maximum(accounts, 1) / SIZE_MIDDLE)
    by_size = np.clip(np.maximum(size, 0.5 * size), SIZE_LOG_MIN, SIZE_LOG_MAX)
    hired, natural = PLACES_MEAN
    by_places = np.log(natural / hired) + places * np.log((1.0 - 1.0 / hired) / (1.0 - 1.0 / natural))
    by_births = -np.log(AWAY_BETA) - (AWAY_BETA - 1.0) * np.log1p(-np.clip(away, 0.0, OUTLIER_MAX))
    friends = HIRED_LOG[0] + by_devotion + by_company + by_size + by_places
    fans = HIRED_LOG[1] + by_devotion + np.minimum(by_company, 0.0) + np.minimum(by_size, 0.0) + by_births
    return np.asarray(-np.logaddexp(-friends, -fans))


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


def _away_around(moments: Moments, groups: Groups) -> np.ndarray:
    """Of the likes in each moment and those linked to it, the part away from births. float64[moments].

    Links may join a crew and the fans of some of its creators to one group; among fans nearly all is births.
    """
    likes = moments.likes.astype(np.float64)
    both = np.stack([likes, likes * ~moments.at_birth])
    around = both.copy()
    for each, total in zip(both, around, strict=True):
        for one, other in (groups.links, groups.links[::-1]):
            total += np.bincount(one, each[other], moments.n)
    return np.asarray(around[1] / around[0])


def _mean_in(residue: Residue, by_edge: np.ndarray) -> np.ndarray:
    """Mean over the likes of each moment. float64[moments]."""
    total = np.concatenate([[0.0], np.cumsum(by_edge)])
    return np.asarray((total[residue.stop] - total[residue.start]) / (residue.stop - residue.start))
