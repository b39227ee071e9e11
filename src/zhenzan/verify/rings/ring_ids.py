"""Ring ids: a ring keeps its id from one result to the next by the accounts that it kept.

Rings are found anew each time. Each earlier ring goes on in the one that has most of its accounts, if they
are a good part of the smaller of the two. Where several go on in one, the one that brings most accounts gives
its id and the others are merged into it; where one went apart, its largest part goes on. All others are new,
with ids that were never given before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from zhenzan.verify.encoding.index_of import index_of
from zhenzan.verify.rings.partition import Rings

__all__ = ["KnownRings", "merged_rings", "named_rings"]

SHARED_MIN = 0.25  # of the smaller ring's accounts: so many must be the same people
BACK_MIN = 0.5  # of a ring that comes back: so many must have been in it, or it is another


@dataclass(frozen=True)
class KnownRings:
    """`members`: accounts (text) and the id, int32, of the ring that each was last in; `free`: the smallest
    id that was never given; `gone`: rings that the last judgement did not find.
    """

    members: pa.Table
    free: int
    gone: frozenset[int] = frozenset()


def named_rings(rings: Rings, account_ids: pa.Array, known: KnownRings) -> Rings:
    """The rings with their ids carried over; `account_ids` are those of the log. O(accounts · log)."""
    heirs = _heirs(rings.of_account, account_ids, known.members)
    size = np.bincount(rings.of_account[rings.of_account >= 0], minlength=rings.n)
    for ring in known.gone & heirs.keys():
        if heirs[ring][1] < BACK_MIN * size[heirs[ring][0]]:
            del heirs[ring]
    ids = np.full(rings.n, -1, np.int32)
    for ring in sorted(heirs, key=lambda ring: (heirs[ring][1], -ring)):
        ids[heirs[ring][0]] = ring  # the last one, which brings most, stays
    new = np.flatnonzero(ids < 0)
    ids[new] = known.free + np.arange(new.size)
    assert np.unique(ids).size == rings.n
    return Rings(rings.of_account, rings.n, ids)


def merged_rings(accounts: pa.Table, members: pa.Table) -> Mapping[int, int]:
    """Merged rings: earlier ones that went on under another id, and which. `accounts`: of the new result,
    with ids.
    """
    ring = accounts["ring"].fill_null(-1).to_numpy().astype(np.int64)
    heirs = _heirs(ring, accounts["account"].combine_chunks(), members)
    alive = set(ring.tolist())
    return {old: heir for old, (heir, _) in heirs.items() if old not in alive}


def _heirs(of_account: np.ndarray, account_ids: pa.Array, members: pa.Table) -> dict[int, tuple[int, int]]:
    """For each earlier ring that goes on: in which of the present ones, and how many accounts they share.
    `of_account`: the present ring of each account, −1 for none.
    """
    code = index_of(members["account"].combine_chunks(), account_ids.cast(pa.string()))
    old = members["ring"].to_numpy().astype(np.int64)
    new = np.where(code >= 0, of_account[np.maximum(code, 0)] if of_account.size else -1, -1)
    old_size, new_size = np.bincount(old), np.bincount(of_account[of_account >= 0])
    pair, shared = np.unique(np.stack([old, new])[:, new >= 0], axis=1, return_counts=True)
    heirs: dict[int, tuple[int, int]] = {}
    for (ring, heir), count in zip(pair.T.tolist(), shared.tolist(), strict=True):
        if count < SHARED_MIN * min(old_size[ring], new_size[heir]):
            continue
        if ring not in heirs or count > heirs[ring][1]:
            heirs[ring] = (heir, count)
    return heirs
