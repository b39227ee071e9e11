"""Which moments belong together: those that share far more accounts than their sizes explain.

The expectation goes by how busy a moment's own accounts are: regulars who are seen everywhere link
nothing. Participation alone can miss a ring whose every campaign is modest: no single account stands out.
But two orders served by one ring share many accounts, where chance leaves none. What is linked is joined
to groups; whether a group was hired or meets by itself is for `crews` to say. Cost: Σ degree² over the
accounts of strong moments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.verify.baseline.moments import Moments
from zhenzan.verify.baseline.residue import Residue
from zhenzan.verify.encoding.distinct import distinct
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.kernels import communities, overlaps
from zhenzan.verify.parts import results_in_parts

EXCESS_MIN = 8.0
SHARED_MIN = 3
INTEREST_MIN = 5.0  # people with like interests meet that much oftener than strangers
INTEREST_MARGIN = 3.5  # and some do that much oftener than most
MEETINGS_USUAL, MEETINGS_PSEUDO = 1.4, 20_000.0  # how much oftener most do, until a log says otherwise
MEETINGS_EXPECTED_MAX = 0.2
FALSE_LINKS_LOG = 7.0  # −ln of the false links expected among all pairs that share an account
WEB_LINKS_LOG = 3.0  # −ln of the weak links that chance gives a moment; one is nothing, a web of them is not
WEB_LINKS_MIN = 3
DEGREE_MAX = 64  # an account in more strong moments than this tells little of any two of them


@dataclass(frozen=True)
class Groups:
    """Linked moments, joined. `of_moment` int32[moments], −1 for none; `best` int32[edges], the strongest
    eligible moment that holds the edge, −1 for none. `links` int64[2, links], the moments of each link;
    `ties` int64[2, ties], those and weaker ones, some of them chance. `interest`: how much oftener than by
    chance accounts meet.
    """

    of_moment: np.ndarray
    best: np.ndarray
    links: np.ndarray
    ties: np.ndarray
    n: int
    interest: float


def groups_of(pairs: Pairs, moments: Moments, residue: Residue, *, births: bool) -> Groups:
    """Join the strong moments that share accounts beyond chance.

    Without `births` those at an item's birth are left out, because fans gather there. With them, weaker
    links count too where a moment has several: small orders of one ring share three accounts, not thirty.
    """
    best = np.empty(residue.edges, np.int32)
    eligible = moments.excess >= EXCESS_MIN
    if not births:
        eligible &= ~moments.at_birth
    overlaps.strongest_moment(residue.start, residue.stop, moments.excess, eligible, best)
    left, right, shared, expected, sharing, interest = _shared(pairs, moments.n, residue, best)
    surprise = overlaps.poisson_tail(shared, interest * expected)
    linked = surprise > np.log(sharing) + FALSE_LINKS_LOG
    per_moment = 2.0 * sharing / max(distinct(best[best >= 0]).size, 1)
    tied = surprise > np.log(max(per_moment, 1.0)) + WEB_LINKS_LOG
    if births:
        linked[_web(left, right, np.flatnonzero(tied), moments.n)] = True
    ties, links = (np.stack([left[chosen], right[chosen]]) for chosen in (tied | linked, linked))
    parent = np.arange(moments.n)
    communities.join(parent, *links)
    member = distinct(links)
    names, number = np.unique(parent[member], return_inverse=True)
    of_moment = np.full(moments.n, -1, np.int32)
    of_moment[member] = number
    return Groups(of_moment, best, links, ties, int(names.size), interest)


def _shared(
    pairs: Pairs, moments: int, residue: Residue, best: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int, float]:
    """Pairs of moments that share `SHARED_MIN` accounts: both, int64, how many they share and how many chance
    would give; how many pairs share any; and the log's `interest`.

    Memory: 20 bytes a like in a strong moment, 8 bytes a moment and part. Time: as many steps as there are
    pairs of moments of one account.
    """
    size, ties = np.zeros(moments, np.int64), np.zeros(moments, np.int64)
    accounts, held = residue.account_group.size - 1, int(np.count_nonzero(best >= 0))
    account_member = np.empty(accounts + 1, np.int64)
    moment, group, member, account = (np.empty(held, np.int32) for _ in range(4))
    overlaps.memberships(
        residue.account_group, residue.group_edge, residue.edge_of, best, DEGREE_MAX, account_member, moment,
        group, size, ties,
    )  # fmt: skip
    begin = np.concatenate([[0], np.cumsum(size)])
    overlaps.members_of(account_member, moment, begin[:-1].copy(), member, account)
    likes = _likes(pairs, moments, residue, best)
    crowd = np.stack([size, ties / max(int(size.sum()), 1), likes / pairs.n], 1)
    once, twice, sharing = np.zeros(moments), np.zeros(moments, np.int64), np.zeros(moments, np.int64)
    found = results_in_parts(
        overlaps.shared_accounts, np.concatenate([[0], np.cumsum(ties)]), begin, member, account,
        account_member, moment, group, crowd, MEETINGS_EXPECTED_MAX, SHARED_MIN, once, twice, sharing,
    )  # fmt: skip
    left, right, shared, expected = (np.concatenate(column) for column in zip(*found, strict=True))
    interest = _interest(float(once.sum()), int(twice.sum()))
    return left, right, shared, expected, max(int(sharing.sum()), 1), interest


def _interest(once: float, twice: int) -> float:
    """How much oftener than by chance accounts meet who may have interests, a language or a region in common.

    `once`: what chance would share, over the pairs of moments that share one account; `twice`: the pairs that
    share two. Were all pairs alike, P(2 shared) : P(1 shared) = factor · expected / 2. Rings share many more,
    so they hardly count; a log of several populations that never meet has a large factor.
    """
    most = (2.0 * twice + MEETINGS_USUAL * MEETINGS_PSEUDO) / (once + MEETINGS_PSEUDO)
    return max(INTEREST_MARGIN * most, INTEREST_MIN)


def _likes(pairs: Pairs, moments: int, residue: Residue, best: np.ndarray) -> np.ndarray:
    """All likes of each moment's accounts. float64[moments]."""
    edge = np.flatnonzero(best >= 0)
    own = np.diff(pairs.account_offset)[pairs.account[residue.edge_pair[edge]]]
    return np.bincount(best[edge], own, moments)


def _web(left: np.ndarray, right: np.ndarray, link: np.ndarray, moments: int) -> np.ndarray:
    """The core of a graph: links whose both ends keep `WEB_LINKS_MIN` links (Seidman 1983)."""
    while True:
        degree = np.bincount(left[link], minlength=moments) + np.bincount(right[link], minlength=moments)
        kept = link[np.minimum(degree[left[link]], degree[right[link]]) >= WEB_LINKS_MIN]
        if kept.size == link.size:
            return link
        link = kept
