"""What every family of worlds gives: a labelled log whose crowds, pools and orders are named.

A family is a function `make(seed) -> FamilyWorld`. It draws every parameter (sizes, rates, delays, mixtures)
from `np.random.default_rng(seed)`, so that no two seeds are the same world with other noise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.world import BOUGHT, CAMOUFLAGE, CODE, NATURAL, World

START = 1_700_000_000_000_000  # µs since 1970 of every world's first instant, before `start_shift`


@dataclass(frozen=True)
class Likes:
    """Likes made by one mechanism: account, item int64[n]; time float64[n], µs since the world's start.

    `kind`: NATURAL, BOUGHT or CAMOUFLAGE. `event`: of bought likes the order, of natural likes the natural
    crowd (a hit, a live room, a class…), −1 where there is none; scalars are broadcast.
    """

    account: np.ndarray
    item: np.ndarray
    time: np.ndarray
    kind: int
    event: int | np.ndarray = -1


@dataclass(frozen=True)
class FamilyWorld:
    """A log and what is true of it.

    `world.ring` is the pool of each like's account (−1: none), `world.campaign` the order of each bought
    like. `crowd` int32[n]: natural crowd of each natural like (−1: none); `crowd_kinds[i]` the kind of crowd
    i, such as "viral" or "class". `pool_kinds[i]` the kind of pool i, such as "throwaway"; a kind that begins
    with "aged" is reported apart. `parameters`: what was drawn.
    """

    world: World
    crowd: np.ndarray
    crowd_kinds: tuple[str, ...]
    pool_kinds: tuple[str, ...]
    parameters: dict[str, object] = field(default_factory=dict)


Family = Callable[[int], FamilyWorld]


def assemble_family(
    name: str,
    parts: Sequence[Likes],
    creator_of_item: np.ndarray,
    pool_of_account: np.ndarray,
    crowd_kinds: Sequence[str],
    pool_kinds: Sequence[str],
    rng: np.random.Generator,
    span: float,
    parameters: dict[str, object] | None = None,
    resolution_us: int = 1000,
    start_shift: int = 0,
) -> FamilyWorld:
    """Join parts: one like per (account, item), times within [0, span), ids permuted, rows shuffled.

    Where an account likes an item twice a bought like outlives camouflage, and camouflage a natural like.
    Orders are numbered over all pools, crowds apart from orders. `resolution_us`: unit of the timestamps.
    """
    account = np.concatenate([p.account for p in parts]).astype(np.int64)
    item = np.concatenate([p.item for p in parts]).astype(np.int64)
    time = np.concatenate([np.asarray(p.time, np.float64) for p in parts])
    kind = np.concatenate([np.full(len(p.account), p.kind, np.int8) for p in parts])
    event = np.concatenate([np.broadcast_to(p.event, len(p.account)) for p in parts]).astype(np.int32)
    assert account.min() >= 0, "accounts are places in pool_of_account"
    assert account.max() < len(pool_of_account), "accounts are places in pool_of_account"
    assert item.min() >= 0, "items are places in creator_of_item"
    assert item.max() < len(creator_of_item), "items are places in creator_of_item"
    inside = np.flatnonzero((time >= 0) & (time < span))
    rank = np.array([2, 0, 1])[kind[inside]]
    pair = account[inside] * len(creator_of_item) + item[inside]
    order = np.lexsort((time[inside], rank, pair))
    first = np.concatenate([[True], pair[order][1:] != pair[order][:-1]])
    rows = rng.permutation(inside[order[first]])
    account, item, time, kind, event = account[rows], item[rows], time[rows], kind[rows], event[rows]
    assert kind[pool_of_account[account] < 0].max(initial=0) == NATURAL, "only pools' accounts buy or hide"
    assert event[(kind == NATURAL)].max(initial=-1) < len(crowd_kinds), "every crowd has a kind"
    assert pool_of_account.max(initial=-1) < len(pool_kinds), "every pool has a kind"
    ids = [
        _opaque(size, rng) for size in (len(pool_of_account), len(creator_of_item), creator_of_item.max() + 1)
    ]
    pool = pool_of_account[account].astype(np.int32)
    world = World(
        name=name,
        account=ids[0][account],
        item=ids[1][item],
        creator=ids[2][creator_of_item[item]],
        timestamp=START + start_shift + (time / resolution_us).astype(np.int64) * resolution_us,
        kind_of_like=kind,
        strategy=np.where(kind == NATURAL, CODE["ordinary"], CODE["mixed"]).astype(np.int8),
        ring=pool,
        campaign=np.where(kind == BOUGHT, event, -1).astype(np.int32),
    )
    crowd = np.where(kind == NATURAL, event, -1).astype(np.int32)
    return FamilyWorld(world, crowd, tuple(crowd_kinds), tuple(pool_kinds), parameters or {})


def _opaque(count: int, rng: np.random.Generator) -> np.ndarray:
    """Distinct positive ids in random order, with gaps, as a platform's ids have."""
    return rng.permutation(int(count)).astype(np.int64) * 7 + 1_000 + rng.integers(0, 7, int(count))


__all__ = ["BOUGHT", "CAMOUFLAGE", "NATURAL", "Family", "FamilyWorld", "Likes", "assemble_family"]
