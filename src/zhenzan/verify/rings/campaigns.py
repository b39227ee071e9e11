"""Campaigns: the moments that bought likes fall in, merged where they overlap, so that each bought stretch is
told once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.arrays import are_sizes, is_within
from zhenzan.verify.baseline.moments import Moments
from zhenzan.verify.encoding.unique import unique

BOUGHT_MIN = 0.5  # likelier bought than not


@dataclass(frozen=True)
class Campaigns:
    """`start`, `stop` int64: pair positions, disjoint and ascending; `strongest` int32: the moment of largest
    belief in each;
    `of_pair` int32[pairs], −1 outside.
    """

    start: np.ndarray
    stop: np.ndarray
    strongest: np.ndarray
    of_pair: np.ndarray

    def __post_init__(self) -> None:
        assert are_sizes(self.n, self.stop, self.strongest)
        assert bool((self.start < self.stop).all())
        assert bool((self.stop[:-1] <= self.start[1:]).all())
        assert is_within(self.of_pair, -1, max(self.n, 1))

    @property
    def n(self) -> int:
        return int(self.start.size)


def find_campaigns(
    pairs_n: int,
    item: np.ndarray,
    moments: Moments,
    edge_pair: np.ndarray,
    bought: np.ndarray,
    moment_of: np.ndarray,
    logit: np.ndarray,
) -> Campaigns:
    """Merge the moments that the bought likes name. `item` int32[pairs]. O(moments · log + pairs)."""
    of_pair = np.full(pairs_n, -1, np.int32)
    named = unique(moment_of[(bought >= BOUGHT_MIN) & (moment_of >= 0)])
    if named.size == 0:
        empty = np.empty(0, np.int64)
        return Campaigns(empty, empty, empty.astype(np.int32), of_pair)
    named = named[np.lexsort((named, moments.start[named]))]
    start, stop = moments.start[named].astype(np.int64), moments.stop[named].astype(np.int64)
    reach = np.maximum.accumulate(stop)
    opens = np.concatenate([[True], start[1:] >= reach[:-1]])
    number = np.cumsum(opens) - 1
    first = np.flatnonzero(opens)
    last = np.maximum.reduceat(stop, first)
    by_belief = np.lexsort((named, -logit[named], number))
    leads = by_belief[np.concatenate([[True], number[by_belief][1:] != number[by_belief][:-1]])]
    campaigns = Campaigns(start[first], last, named[leads].astype(np.int32), of_pair)
    assert np.all(item[campaigns.start] == item[campaigns.stop - 1]), "a campaign never spans two items"
    inside = edge_pair
    position = np.searchsorted(campaigns.start, inside, side="right") - 1
    within = (position >= 0) & (inside < campaigns.stop[np.maximum(position, 0)])
    of_pair[inside[within]] = position[within]
    return campaigns
