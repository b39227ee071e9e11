"""Which moments belong together: pairs that share far more accounts than their sizes explain.

The expectation goes by how busy a moment's own accounts are: regulars who are seen everywhere link
nothing. Participation alone can miss a ring whose every campaign is modest: no single account stands out. But
two orders served by one
ring share many accounts, where chance leaves none. Such linked moments start the inference off as campaigns;
whether they stay
so is for the votes of their accounts to say. Cost: Σ degree² over the accounts of strong moments outside
births.
"""

from __future__ import annotations

import numpy as np

from zhenzan.verify.encode import Pairs
from zhenzan.verify.kernels import overlaps
from zhenzan.verify.moments import Moments
from zhenzan.verify.residue import Residue

EXCESS_MIN = 8.0
SHARED_MIN = 3
INTEREST_FACTOR = 5.0  # people with like interests meet that much oftener than strangers
FALSE_LINKS_LOG = 7.0  # −ln of the false links expected among all pairs that share an account
DEGREE_MAX = 64  # an account in more strong moments than this tells little of any two of them


def linked_creators(pairs: Pairs, moments: Moments, residue: Residue) -> np.ndarray:
    """For each moment, on how many other creators it has a linked moment. int64[moments]."""
    best = np.empty(residue.edges, np.int32)
    eligible = (moments.excess >= EXCESS_MIN) & ~moments.at_birth
    overlaps.strongest_moment(residue.start, residue.stop, moments.excess, eligible, best)
    size, ties = np.zeros(moments.n, np.int64), np.zeros(moments.n, np.int64)
    nothing = np.empty(0, np.int64)
    count = overlaps.shared_pairs(
        residue.account_group,
        residue.group_edge,
        residue.edge_of,
        best,
        moments.n,
        DEGREE_MAX,
        nothing,
        size,
        ties,
    )
    keys = np.empty(count, np.int64)
    overlaps.shared_pairs(
        residue.account_group,
        residue.group_edge,
        residue.edge_of,
        best,
        moments.n,
        DEGREE_MAX,
        keys,
        size,
        ties,
    )
    if count == 0:
        return np.zeros(moments.n, np.int64)
    keys.sort()
    first = np.concatenate([[0], np.flatnonzero(np.diff(keys)) + 1])
    shared = np.diff(np.concatenate([first, [keys.size]]))
    left, right = keys[first] // moments.n, keys[first] % moments.n
    by_ties = np.maximum(ties[left] * size[right], ties[right] * size[left])
    expected = INTEREST_FACTOR * by_ties / max(float(size.sum()), 1.0)
    linked = np.flatnonzero(shared >= SHARED_MIN)
    tail = overlaps.poisson_tail(shared[linked], expected[linked])
    linked = linked[tail > np.log(shared.size) + FALSE_LINKS_LOG]
    creator = pairs.creator_of_item[pairs.item[moments.start]].astype(np.int64)
    both = np.concatenate(
        [
            left[linked] * pairs.n_creators + creator[right[linked]],
            right[linked] * pairs.n_creators + creator[left[linked]],
        ]
    )
    return np.bincount(np.unique(both) // pairs.n_creators, minlength=moments.n)
