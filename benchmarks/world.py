"""A labelled log of likes: the record that every generator returns and every score is judged on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

NATURAL, BOUGHT, CAMOUFLAGE = 0, 1, 2
KINDS_OF_LIKE = ("natural", "bought", "camouflage")

#: What made a like: first the natural ones and the confounders, then the kinds of campaign.
CONFOUNDERS = ("heavy", "newcomer", "viral", "surge", "fans", "community", "storm", "cohort", "hunter")
CAMPAIGN_KINDS = (
    "burst",
    "drip",
    "tiny",
    "crowd",
    "throwaway",
    "mixed",
    "farm_dense",
    "farm_medium",
    "farm_slow",
    "replay",
)
STRATEGIES = ("ordinary", *CONFOUNDERS, *CAMPAIGN_KINDS)
CODE = {name: code for code, name in enumerate(STRATEGIES)}

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Part:
    """Likes made by one mechanism. `time` is µs since the world's start; scalars are broadcast."""

    account: np.ndarray
    item: np.ndarray
    time: np.ndarray
    kind: int | np.ndarray
    strategy: int | np.ndarray
    campaign: int | np.ndarray = -1

    def __len__(self) -> int:
        return len(self.account)

    def keep(self, mask: np.ndarray) -> Part:
        """The likes where `mask` (bool[n]) holds, or those at the indices `mask` (int[m])."""
        picked = [np.broadcast_to(v, len(self))[mask] for v in (self.kind, self.strategy, self.campaign)]
        return Part(self.account[mask], self.item[mask], self.time[mask], *picked)


@dataclass(frozen=True)
class World:
    """A log of n likes with the truth about each of them. All arrays are of length n and aligned.

    `kind_of_like` is one of NATURAL, BOUGHT, CAMOUFLAGE; `strategy` indexes STRATEGIES; `ring` is the planted
    ring of the like's *account* (-1: none), whatever the like itself is; `campaign` the order that the like
    belongs to (-1: none). `timestamp` is µs since 1970. `ip` and `device` are optional integer codes.
    """

    name: str
    account: np.ndarray
    item: np.ndarray
    creator: np.ndarray
    timestamp: np.ndarray
    kind_of_like: np.ndarray
    strategy: np.ndarray
    ring: np.ndarray
    campaign: np.ndarray
    ip: np.ndarray | None = None
    device: np.ndarray | None = None
    notes: dict[str, object] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.account)

    @property
    def is_bought(self) -> np.ndarray:
        return self.kind_of_like == BOUGHT

    @property
    def is_natural(self) -> np.ndarray:
        return self.kind_of_like == NATURAL

    def of(self, strategy: str) -> np.ndarray:
        """Mask of the likes that `strategy` made (campaign kinds: camouflage included)."""
        return self.strategy == CODE[strategy]

    def reorder(self, order: np.ndarray) -> World:
        """The same log with its rows taken in `order` (int64[m])."""
        columns = ("account", "item", "creator", "timestamp", "kind_of_like", "strategy", "ring", "campaign")
        moved = {name: getattr(self, name)[order] for name in columns}
        for name in ("ip", "device"):
            if getattr(self, name) is not None:
                moved[name] = getattr(self, name)[order]
        return replace(self, **moved)

    def table(self, ids: str = "int", context: bool = False) -> pa.Table:
        """What a detector may see: account, item, creator, timestamp and, with `context`, ip and device."""
        convert = _as_text if ids == "string" else (lambda values, prefix: pa.array(values))
        columns = {
            "account": convert(self.account, "user-"),
            "item": convert(self.item, "video-"),
            "creator": convert(self.creator, "author-"),
            "timestamp": pa.array(self.timestamp).cast(pa.timestamp("us", tz="UTC")),
        }
        if context and self.ip is not None and self.device is not None:
            columns["ip"] = _as_text(self.ip, "net-")
            columns["device"] = _as_text(self.device, "dev-")
        return pa.table(columns)


def _as_text(values: np.ndarray, prefix: str) -> pa.Array:
    distinct, codes = np.unique(values, return_inverse=True)
    names = pa.array([f"{prefix}{value:x}" for value in distinct.tolist()])
    return names.take(pa.array(codes))


def side_by_side(worlds: list[World]) -> World:
    """One log of several worlds whose people never meet, as on a platform of many languages and regions."""
    apart = {"account": 1 << 32, "item": 1 << 32, "creator": 1 << 32, "ring": 1 << 16, "campaign": 1 << 24}

    def joined(name: str) -> np.ndarray:
        step = apart.get(name, 0)
        columns = [getattr(world, name).astype(np.int64) for world in worlds]
        return np.concatenate(
            [np.where(column < 0, column, column + step * number) for number, column in enumerate(columns)]
        )

    columns = ("account", "item", "creator", "timestamp", "kind_of_like", "strategy", "ring", "campaign")
    return World("side by side", *map(joined, columns))


def assemble(
    name: str,
    parts: list[Part],
    creator_of_item: np.ndarray,
    ring_of_account: np.ndarray,
    rng: np.random.Generator,
    start: int,
    order: str = "shuffled",
    network_of_account: tuple[np.ndarray, np.ndarray] | None = None,
    notes: dict[str, object] | None = None,
) -> World:
    """Join parts into a world: one like per (account, item), ids permuted so that they tell nothing.

    Where an account likes an item twice, a bought like outlives camouflage and camouflage a natural like.
    `creator_of_item` int[items], `ring_of_account` int[accounts], `start` µs since 1970. Cost: a few sorts.
    """
    assert order in ("shuffled", "time"), order
    account = np.concatenate([part.account for part in parts]).astype(np.int64)
    item = np.concatenate([part.item for part in parts]).astype(np.int64)
    time = np.concatenate([np.asarray(part.time, dtype=np.float64) for part in parts])
    kind, strategy, campaign = (
        np.concatenate([np.broadcast_to(getattr(part, field_), len(part)) for part in parts]).astype(dtype)
        for field_, dtype in (("kind", np.int8), ("strategy", np.int8), ("campaign", np.int32))
    )
    rank = np.array([2, 0, 1])[kind]
    pair = account * len(creator_of_item) + item
    by_pair = np.lexsort((time, rank, pair))
    first = np.ones(len(pair), dtype=bool)
    first[1:] = pair[by_pair][1:] != pair[by_pair][:-1]
    chosen = by_pair[first]
    account_ids = _opaque_ids(len(ring_of_account), rng)
    item_ids = _opaque_ids(len(creator_of_item), rng)
    creator_ids = _opaque_ids(int(creator_of_item.max()) + 1, rng)
    world = World(
        name=name,
        account=account_ids[account[chosen]],
        item=item_ids[item[chosen]],
        creator=creator_ids[creator_of_item[item[chosen]]],
        timestamp=start + np.round(time[chosen] / 1000).astype(np.int64) * 1000,
        kind_of_like=kind[chosen],
        strategy=strategy[chosen],
        ring=ring_of_account[account[chosen]].astype(np.int32),
        campaign=campaign[chosen],
        ip=None if network_of_account is None else network_of_account[0][account[chosen]],
        device=None if network_of_account is None else network_of_account[1][account[chosen]],
        notes=notes or {},
    )
    rows = rng.permutation(len(world))
    if order == "time":
        rows = rows[np.argsort(world.timestamp[rows], kind="stable")]
    return world.reorder(rows)


def _opaque_ids(count: int, rng: np.random.Generator) -> np.ndarray:
    """Distinct positive ids of `count` things in random order, with gaps, as a platform's ids have."""
    return rng.permutation(count).astype(np.int64) * 7 + 1_000 + rng.integers(0, 7, count)
