"""Crews: groups of linked moments that were probably hired, and how well each account is known to one.

That the same accounts meet at several unrelated creators has two explanations: they were hired, or they
are friends, colleagues, fans. Four things tell: at how many creators they meet; how much of their liking
they do there; whether the crowd there is theirs alone, where a gathering draws strangers too; how many
they are. The likelihoods are broad on purpose: they part what is far apart. A member of a crew is known by
its other visits, however much else it likes; the inference hears that like by like. Cost: a sort of the
likes in linked moments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.verify.coincidence import Groups, groups_of
from zhenzan.verify.encode import Pairs
from zhenzan.verify.moments import Moments
from zhenzan.verify.residue import Residue

ACCOUNTS_MIN, PLACES_MIN, PLACES_MIN_BIRTHS = 10, 3, 5
HIRED_LOG = -1.3  # log-odds that a group of linked moments was hired, before anything is known of it
HIRED_LOG_BIRTHS = -0.3  # the same where births count; what fans do there too says nothing then
PLACES_MEAN = (12.0, 4.0)  # creators at which a hired group and a natural one meet
OUTLIER_MIN, OUTLIER_MAX = 0.01, 0.97
SIZE_MIDDLE = 100.0  # colleagues and friends are fewer than that, and orders need hands
SIZE_LOG_MIN, SIZE_LOG_MAX = -1.0, 1.5
USUAL_VISITS_MIN = 0.5
RATIO_LOG_MAX = 6.0


@dataclass(frozen=True)
class Visits:
    """Likes in crews' moments by accounts that were at others of the crew's places.

    `edge` int32[m], ascending; `ratio` float64[m]: how much likelier a hired account was there so often
    than another.
    """

    edge: np.ndarray
    ratio: np.ndarray


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
    ratio = np.zeros(residue.edges)
    for births in (False, True):
        groups = groups_of(pairs, moments, residue, births=births)
        if groups.n == 0:
            continue
        seen = _gathering(pairs, moments, residue, groups)
        chosen = _hired(pairs, residue, seen, groups.n, births=births)[seen.group] & (seen.others > 0)
        edge = seen.edge[chosen]
        ratio[edge] = np.maximum(ratio[edge], np.exp(_ratio_log(pairs, seen, groups)[chosen]))
    edge = np.flatnonzero(ratio).astype(np.int32)
    return Visits(edge, ratio[edge])


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


def _hired(pairs: Pairs, residue: Residue, seen: _Gathering, groups: int, *, births: bool) -> np.ndarray:
    """Whether each group was hired. bool[groups]."""
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
    logit = _hired_logit(places, accounts, devotion, company, excess / likes, births=births)
    logit += _strangers_log(company, often)
    least = PLACES_MIN_BIRTHS if births else PLACES_MIN
    return np.asarray((logit > 0) & (accounts >= ACCOUNTS_MIN) & (places >= least))


def _hired_logit(
    places: np.ndarray,
    accounts: np.ndarray,
    devotion: np.ndarray,
    company: np.ndarray,
    excess_share: np.ndarray,
    *,
    births: bool,
) -> np.ndarray:
    """Log-odds hired : natural.

    `places` creators, geometric around `PLACES_MEAN`. `devotion`, the part of the regulars' other creators
    that are the group's: evenly spread for the hired, Beta(2, 14) for friends. `company`, the part of the
    moments' excess that regulars are: Beta(8, 1) for the hired, Beta(2, 2) for gatherings.
    """
    devotion = np.clip(devotion, OUTLIER_MIN, OUTLIER_MAX)
    company = np.clip(company, OUTLIER_MIN, OUTLIER_MAX)
    by_devotion = -np.log(210.0 * devotion) - 13.0 * np.log1p(-devotion)
    by_company = excess_share * (np.log(8.0 * company**7) - np.log(6.0 * company * (1.0 - company)))
    size = np.log(np.maximum(accounts, 1) / SIZE_MIDDLE)
    by_size = np.clip(np.maximum(size, 0.5 * size), SIZE_LOG_MIN, SIZE_LOG_MAX)
    if births:
        return np.asarray(
            HIRED_LOG_BIRTHS + by_devotion + np.minimum(by_company, 0.0) + np.minimum(by_size, 0.0)
        )
    hired, natural = PLACES_MEAN
    by_places = np.log(natural / hired) + places * np.log((1.0 - 1.0 / hired) / (1.0 - 1.0 / natural))
    return np.asarray(HIRED_LOG + by_places + by_devotion + by_company + by_size)


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
