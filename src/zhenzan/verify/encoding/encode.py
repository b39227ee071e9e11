"""From record batches of interactions to `Pairs`: ids as dense integers, likes in canonical order, one pair
per account and item.

Everything after this file is linear passes over flat arrays. Codes are ranks of the sorted ids and the order
is total, so neither the order of the rows nor the number of threads can change a verdict. Limits: 2³¹ − 1
likes, accounts and items. Memory at the peak about 50 bytes a like; of ids only the distinct ones are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.arrays import are_offsets, are_sizes, is_ascending, is_permutation, is_within
from zhenzan.errors import NoLikesError
from zhenzan.parallel import cuts, over_groups, over_rows
from zhenzan.verify.encoding.counting_sort import group_events, group_rows
from zhenzan.verify.encoding.ids import text_buffers
from zhenzan.verify.encoding.like_columns import LikeColumns, collect_likes, joined
from zhenzan.verify.encoding.tie_break import break_ties
from zhenzan.verify.kernels import like_order

COUNT_STATUSES = ("counted", "repeated", "cancelled", "promoted")
COUNTED, REPEATED, CANCELLED = range(3)


@dataclass(frozen=True)
class Pairs:
    """The distinct (account, item) likes of a log, sorted by item, then time, then account.

    `account`, `item` int32[n]; `time` int64[n], µs since 1970 UTC; `creator_of_item` int32[items];
    `item_offset` int64[items + 1]; `by_account` int32[n], pair positions grouped by account, by time within;
    `account_offset` int64[accounts + 1]. `founder` int64[n], the position among the log's like rows of the
    row that made the pair; `context`: other columns by name, in pair order.
    """

    account: np.ndarray
    item: np.ndarray
    time: np.ndarray
    creator_of_item: np.ndarray
    item_offset: np.ndarray
    by_account: np.ndarray
    account_offset: np.ndarray
    n_creators: int
    context: dict[str, pa.Array]

    def __post_init__(self) -> None:
        n, items = self.n, self.n_items
        assert self.account.dtype == self.item.dtype == self.by_account.dtype == np.int32
        assert self.time.dtype == np.int64
        assert are_sizes(n, self.account, self.item, self.time, *self.context.values())
        assert are_sizes(items, self.creator_of_item)
        assert are_offsets(self.item_offset, n)
        assert are_offsets(self.account_offset, n)
        assert is_within(self.account, 0, self.n_accounts)
        assert is_within(self.creator_of_item, 0, self.n_creators)
        assert is_ascending(self.item)
        assert is_permutation(self.by_account, n)

    @property
    def n(self) -> int:
        return int(self.account.size)

    @property
    def n_accounts(self) -> int:
        return int(self.account_offset.size - 1)

    @property
    def n_items(self) -> int:
        return int(self.item_offset.size - 1)

    def column(self, name: str) -> np.ndarray | None:
        """An integer context column as numpy, nulls as −1 (0 for the hashed `ip` and `device`); None where
        the log has none.
        """
        if name not in self.context:
            return None
        array = self.context[name]
        missing = 0 if name in ("ip", "device") else -1
        return np.asarray(pc.fill_null(array, missing).to_numpy(zero_copy_only=False))

    @property
    def watched(self) -> np.ndarray | None:
        return self.column("watched")

    @property
    def duration(self) -> np.ndarray | None:
        return self.column("duration")

    @property
    def ip(self) -> np.ndarray | None:
        return self.column("ip")

    @property
    def device(self) -> np.ndarray | None:
        return self.column("device")

    @property
    def gesture(self) -> pa.Array | None:
        return self.context.get("gesture")


@dataclass(frozen=True)
class Rows:
    """The like rows of the log, in input order: `row` int64 record number, `pair` int32, `count_status` int8
    (index in `COUNT_STATUSES`), `time` int64 µs or None where every row is the founder of its pair; `id` the
    log's own ids or None.
    """

    row: np.ndarray | None
    pair: np.ndarray
    count_status: np.ndarray
    time: np.ndarray | None
    id: pa.ChunkedArray | None

    def __post_init__(self) -> None:
        assert are_sizes(self.n, self.count_status)
        assert is_within(self.count_status, 0, len(COUNT_STATUSES))
        assert self.row is None or are_sizes(self.n, self.row)
        assert self.time is None or are_sizes(self.n, self.time)
        assert self.id is None or len(self.id) == self.n

    @property
    def n(self) -> int:
        return int(self.pair.size)


@dataclass(frozen=True)
class Encoded:
    """An encoded log: `account_ids`, `item_ids`, `creator_ids` (Arrow arrays, sorted) turn codes back into
    the log's own ids. distinct_ids: how many different idempotency keys likes have, as a share of their rows;
    None without keys.
    """

    pairs: Pairs
    rows: Rows
    account_ids: pa.Array
    item_ids: pa.Array
    creator_ids: pa.Array
    kinds: dict[str, int]
    distinct_ids: float | None = None

    def __post_init__(self) -> None:
        pairs = self.pairs
        assert len(self.account_ids) == pairs.n_accounts
        assert len(self.item_ids) == pairs.n_items
        assert len(self.creator_ids) == pairs.n_creators
        assert is_within(self.rows.pair, 0, pairs.n)


SAMPLED_ROWS = 1 << 20  # from here on the share of different keys is told by a sixty-fourth of them
MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


def encode(
    batches: Iterable[pa.RecordBatch], ordering_stage: Callable[[], AbstractContextManager[Any]] = nullcontext
) -> Encoded:
    """Encode a log: read it, then, inside `ordering_stage()`, put its likes in order.

    Raises `NoLikesError` where it holds none, `InputError` where more than `gather.ROWS_MAX`.
    """
    gathered = collect_likes(batches)
    if isinstance(gathered, dict) or gathered.likes == 0:
        kinds = gathered if isinstance(gathered, dict) else gathered.kinds
        raise NoLikesError(
            "The log holds no likes, so there is nothing to verify. Check that the file is the right one and"
            f" that its kind column says `like` (kinds seen: {kinds or 'none'})."
        )
    with ordering_stage():
        return _encoded(gathered)


def _encoded(gathered: LikeColumns) -> Encoded:
    kind = joined(gathered.unlikes)  # 1 where a row is an unlike
    rows_number = gathered.row_numbers(kind)
    account, account_ids = gathered.accounts.ranked()
    item, item_ids, creator_of_item, creator_ids = gathered.items_and_owners()
    time = joined(gathered.times)
    row_ids = gathered.chunks.pop("id", None)
    ids = None if row_ids is None else pa.chunked_array(row_ids)
    hashes = None if ids is None else _hashes(ids)
    distinct_ids = None if hashes is None else _distinct_share(hashes[kind == 0] if kind.any() else hashes)
    again = None if hashes is None else _delivered_again(hashes, kind, time, account, item)
    pairs, rows = _order(account, item, time, kind, again, len(account_ids), len(item_ids))
    founder = rows.pop("founder")
    if kind.any():  # accounts and items that only unlikes name are not of the result
        account_ids = _drop_unliked(pairs, "account", account_ids)
        liked = np.flatnonzero(np.diff(pairs["item_offset"]))
        creator_of_item = creator_of_item[liked]
        item_ids = _drop_unliked(pairs, "item", item_ids)
    creator_of_item, creator_ids = _drop_itemless(creator_of_item, creator_ids)
    columns = {name: pa.chunked_array(chunks) for name, chunks in gathered.chunks.items()}
    if founder.size < kind.size:
        founder = break_ties(founder, rows["pair"], time, columns)
    context = {name: _take(column, founder) for name, column in columns.items()}
    like_rows = kind == 0
    all_like = bool(like_rows.all())
    return Encoded(
        Pairs(creator_of_item=creator_of_item, n_creators=len(creator_ids), context=context, **pairs),
        Rows(
            row=rows_number,
            pair=rows["pair"] if all_like else rows["pair"][like_rows],
            count_status=rows["standing"] if all_like else rows["standing"][like_rows],
            time=None if founder.size == kind.size else time if all_like else time[like_rows],
            id=ids if ids is None or all_like else ids.filter(pa.array(like_rows)),
        ),
        account_ids,
        item_ids,
        creator_ids,
        gathered.kinds,
        distinct_ids,
    )


def _hashes(ids: pa.ChunkedArray) -> np.ndarray:
    """uint64 of each key; null keys are all different."""
    hashes = np.empty(len(ids), np.uint64)
    start = 0
    for chunk in ids.chunks:
        stop = start + len(chunk)
        like_order.string_hashes(*text_buffers(chunk), hashes[start:stop])
        nulls = np.flatnonzero(chunk.is_null().to_numpy(zero_copy_only=False))
        hashes[start + nulls] = (start + nulls).astype(np.uint64)
        start = stop
    return hashes


def _distinct_share(hashes: np.ndarray) -> float:
    """How many different keys there are for each row, by a sixty-fourth of the keys where there are many."""
    if hashes.size > SAMPLED_ROWS:
        hashes = hashes[(hashes * MIX[0]) >> np.uint64(58) == 0]
    return float(np.unique(hashes).size / max(hashes.size, 1))


def _delivered_again(
    hashes: np.ndarray, kind: np.ndarray, time: np.ndarray, account: np.ndarray, item: np.ndarray
) -> np.ndarray | None:
    """Whether an earlier row is the same: it bears the same idempotency key, kind, account and item. bool per
    row; None where every row is new.

    The earliest row by time is the first, whatever the order of the rows. Null keys are all new. What bears
    the key of another like is not that like: ids that recur are numbers of something else.
    """
    with np.errstate(over="ignore"):
        hashes += kind.astype(np.uint64) * MIX[0] + account.astype(np.uint64) * MIX[1]
        hashes += item.astype(np.uint64) * MIX[2]
    order = np.argsort(hashes, kind="stable")
    same = hashes[order[1:]] == hashes[order[:-1]]
    if not same.any():
        return None
    shared = order[np.concatenate([same, [False]]) | np.concatenate([[False], same])]
    shared = shared[np.lexsort((shared, item[shared], account[shared], time[shared], hashes[shared]))]
    again = np.zeros(hashes.size, bool)
    again[shared[1:]] = hashes[shared[1:]] == hashes[shared[:-1]]
    return again


def _order(
    account: np.ndarray,
    item: np.ndarray,
    time: np.ndarray,
    kind: np.ndarray,
    again: np.ndarray | None,
    accounts: int,
    items: int,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    event = kind if again is None else (kind + 2 * again).astype(np.int8)
    n = account.size
    standing, pair_of_row, founder = np.zeros(n, np.int8), np.empty(n, np.int32), np.empty(n, np.int32)
    pair_account, pair_time = np.empty(n, np.int32), np.empty(n, np.int64)
    of_item = np.empty(items, np.int64)
    offset, placed = group_events(item, items, time, account, event)
    over_groups(
        like_order.break_ties, offset, offset, placed, accounts, REPEATED, CANCELLED, pair_of_row, standing,
        founder, pair_account, pair_time, of_item,
    )  # fmt: skip
    del placed
    item_offset = np.concatenate([[0], np.cumsum(of_item)])
    edges = np.array(cuts(offset, 0, items))
    begin, pairs = offset[edges[:-1]], np.diff(item_offset[edges])
    over_rows(like_order.close_gaps, n, pair_of_row, begin, begin - item_offset[edges[:-1]])
    founder, pair_account, pair_time = (
        _close(array, begin, pairs) for array in (founder, pair_account, pair_time)
    )
    account_offset, by_account = group_rows(pair_account, accounts)
    over_groups(like_order.sort_groups, account_offset, account_offset, by_account, pair_time)
    columns: dict[str, np.ndarray] = {
        "account": pair_account,
        "item": np.repeat(np.arange(items, dtype=np.int32), of_item),
        "time": pair_time,
        "item_offset": item_offset,
        "by_account": by_account,
        "account_offset": account_offset,
    }
    return columns, {"pair": pair_of_row, "standing": standing, "founder": founder}


def _close(array: np.ndarray, begin: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Move the parts of an array, each `sizes[p]` entries from `begin[p]` on, together, in place; returns
    them all.
    """
    stop = 0
    for start, size in zip(begin.tolist(), sizes.tolist(), strict=True):
        if start != stop:
            array[stop : stop + size] = array[start : start + size]
        stop += size
    return array[:stop]


def _drop_unliked(pairs: dict[str, np.ndarray], name: str, ids: pa.Array) -> pa.Array:
    """Number the accounts or items anew without those that have no pair; returns their ids."""
    offset = pairs[f"{name}_offset"]
    liked = np.diff(offset) > 0
    if liked.all():
        return ids
    pairs[f"{name}_offset"] = np.concatenate([[0], offset[1:][liked]])
    pairs[name] = (np.cumsum(liked, dtype=np.int32) - np.int32(1))[pairs[name]]
    return ids.filter(pa.array(liked))


def _drop_itemless(creator_of_item: np.ndarray, ids: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Number the creators anew without those that own no item: an item whose rows name several has one
    owner.
    """
    owns = np.bincount(creator_of_item, minlength=len(ids)) > 0
    if owns.all():
        return creator_of_item, ids
    return (np.cumsum(owns, dtype=np.int32) - np.int32(1))[creator_of_item], ids.filter(pa.array(owns))


def _take(column: pa.ChunkedArray, founder: np.ndarray) -> pa.Array:
    taken = column.take(pa.array(founder))
    return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken
