"""Subsets of a log: some of its pairs as a log of their own, and the mapping back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.arrays import are_sizes, is_rising
from zhenzan.verify.encoding.counting_sort import offsets
from zhenzan.verify.encoding.encode import Pairs

__all__ = ["Subset", "subset_of"]


@dataclass(frozen=True)
class Subset:
    """`pairs` of the rest, without context; `pair`, `account`, `item`: what each is in the whole log, int32
    ascending. Where the rest is all, they are the whole's own numbers.
    """

    pairs: Pairs
    pair: np.ndarray
    account: np.ndarray
    item: np.ndarray

    def __post_init__(self) -> None:
        assert are_sizes(self.pairs.n, self.pair)
        assert are_sizes(self.pairs.n_accounts, self.account)
        assert are_sizes(self.pairs.n_items, self.item)
        assert is_rising(self.pair)
        assert is_rising(self.account)
        assert is_rising(self.item)


def subset_of(pairs: Pairs, kept: np.ndarray) -> Subset:
    """The pairs that are `kept`, bool[pairs], of which there is at least one. O(n)."""
    assert kept.any()
    pair = np.flatnonzero(kept).astype(np.int32)
    account, own_account = _dense(pairs.account[pair], pairs.n_accounts)
    item, own_item = _dense(pairs.item[pair], pairs.n_items)
    creator, own_creator = _dense(pairs.creator_of_item[item], pairs.n_creators)
    rank = np.cumsum(kept, dtype=np.int32) - np.int32(1)
    rest = Pairs(
        account=own_account,
        item=own_item,
        time=pairs.time[pair],
        creator_of_item=own_creator,
        item_offset=offsets(np.bincount(own_item)),
        by_account=rank[pairs.by_account[kept[pairs.by_account]]],
        account_offset=offsets(np.bincount(own_account)),
        n_creators=creator.size,
        context={},
    )
    return Subset(rest, pair, account, item)


def _dense(codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The codes that occur, ascending, and each one's place among them. int32"""
    occurs = np.zeros(size, bool)
    occurs[codes] = True
    rank = np.cumsum(occurs, dtype=np.int32) - np.int32(1)
    return np.flatnonzero(occurs).astype(np.int32), rank[codes]
