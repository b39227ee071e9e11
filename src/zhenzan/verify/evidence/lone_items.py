"""Lone items: items whose accounts are hardly seen elsewhere, so that they can only be compared with their
own pace.

A burst on such an item may be a campaign of accounts made for it or a crowd that came for the news: the log
holds nothing that could tell. Its likes over the item's own pace are therefore as likely bought as not, their
verdict is uncertain, and the interval of the item's genuine likes reaches from "all of these were bought" to
"none was". What one more burst could hide unseen widens it too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.arrays import are_chances, are_sizes, is_rising, is_within
from zhenzan.translation import N_
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.evidence.kinds.evidence_kind import EvidenceKind
from zhenzan.verify.evidence.reasons import DECIBANS_PER_NAT, LIKE_PRIOR
from zhenzan.verify.kernels import lone_items

__all__ = ["UNTOLD", "LoneItems", "find_lone_items", "no_lone_items"]

UNTOLD = EvidenceKind(
    "untold",
    title=N_("Nothing to compare with"),
    for_fake=N_(
        "Whether it was bought cannot be told from one item: it is one of more likes than the item's own "
        "pace explains, and the item's accounts are hardly seen elsewhere."
    ),
    for_genuine=N_("Whether it was bought cannot be told from one item."),
    description="It cannot be told from one item: the like is one of more than the item's own pace explains, "
    "and the item's accounts are hardly seen elsewhere.",
)
SEEN_SHARE_MAX = 0.1  # of an item's likes by accounts seen elsewhere, over which they can be compared
LIKES_MIN = 20  # under which an item has no pace of its own
BOUGHT_CHANCE = 0.5  # of an excess of which nothing is known
EXCESS_SHARE_MIN = 0.5  # a like more likely than this in the excess is uncertain


@dataclass(frozen=True)
class LoneItems:
    """`lone` bool[items]; `doubt` float64[items], how many likes of each may be bought, at most; `pair`
    int32[m], ascending: the likes in windows that the pace does not explain, and `share` float32[m], the part
    of each that it does not.
    """

    lone: np.ndarray
    doubt: np.ndarray
    pair: np.ndarray
    share: np.ndarray

    def __post_init__(self) -> None:
        assert are_sizes(self.lone.size, self.doubt)
        assert are_sizes(self.pair.size, self.share)
        assert is_rising(self.pair)
        assert is_within(self.doubt, 0.0, np.inf)
        assert are_chances(self.share)

    @property
    def chance(self) -> np.ndarray:
        """How likely each of `pair` was bought, as far as can be known. float32[m]."""
        return np.maximum(self.share * np.float32(BOUGHT_CHANCE), np.float32(LIKE_PRIOR))

    @property
    def uncertain(self) -> np.ndarray:
        """The pairs whose verdict is uncertain, unless other evidence calls them fake. int32."""
        return np.asarray(self.pair[self.share >= EXCESS_SHARE_MIN])

    def decibans(self, total: np.ndarray) -> np.ndarray:
        """What raises each like to its `chance` where its evidence so far, decibans float32[pairs], leaves it
        below. float32[pairs], 0 where silent.
        """
        added = np.zeros(total.size, np.float32)
        target = np.log(self.chance / (1.0 - self.chance)) * DECIBANS_PER_NAT
        added[self.pair] = np.maximum(target - total[self.pair], 0.0)
        return added

    def benefit(self, pairs: Pairs, probability: np.ndarray, counted: np.ndarray) -> np.ndarray:
        """How many more of each lone item's counted likes are genuine where all are that nothing calls
        likelier bought than not. float64[items], 0 for others.
        """
        at = np.flatnonzero(self.lone[pairs.item] & counted & (probability <= BOUGHT_CHANCE))
        return np.bincount(pairs.item[at], probability[at], pairs.n_items)

    def excess(self, pairs: Pairs, counted: np.ndarray) -> np.ndarray:
        """The counted likes of each item that its pace does not explain. float64[items]."""
        weight = self.share * counted[self.pair]
        return np.bincount(pairs.item[self.pair], weight, pairs.n_items)


def find_lone_items(pairs: Pairs, resolution_seconds: float) -> LoneItems:
    """The lone items, and what their own pace does not explain.

    `resolution_seconds` of the log's timestamps. Cost: one pass over the likes, and about 1 µs a like of a
    lone item; 4 bytes a like of the log where there is a lone item.
    """
    likes = np.diff(pairs.item_offset)
    seen = (np.diff(pairs.account_offset) > 1)[pairs.account]
    seen_to = np.concatenate([[0], np.cumsum(seen, dtype=np.int64)])
    seen_of_item = np.diff(seen_to[pairs.item_offset])
    lonely = (likes >= LIKES_MIN) & (seen_of_item <= SEEN_SHARE_MAX * likes)
    doubt = np.zeros(pairs.n_items)
    items = np.flatnonzero(lonely)
    if items.size == 0:
        return no_lone_items(pairs)
    share = np.zeros(pairs.n, np.float32)
    resolution = round(resolution_seconds * 1e6)
    lone_items.items_excess(0, items.size, items, pairs.item_offset, pairs.time, resolution, share, doubt)
    pair = np.flatnonzero(share).astype(np.int32)
    return LoneItems(lonely, doubt, pair, share[pair])


def no_lone_items(pairs: Pairs) -> LoneItems:
    """None: every item can be compared with others, or with labelled likes."""
    nothing = np.zeros(pairs.n_items, bool)
    return LoneItems(nothing, np.zeros(pairs.n_items), np.empty(0, np.int32), np.empty(0, np.float32))
