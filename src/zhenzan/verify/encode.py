"""From record batches of interactions to `Pairs`: ids as dense integers, likes in canonical order, one pair per account and item.

Everything after this file is linear passes over flat arrays. Codes are ranks of the sorted ids and the order is total, so
neither the order of the rows nor the number of threads can change a verdict. Limits: 2³¹ − 1 likes, accounts and items.
Memory at the peak about 70 bytes a like for integer ids; strings add their own bytes while they are encoded.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.errors import InputError
from zhenzan.interactions import KINDS
from zhenzan.verify.kernels import ordering

ROWS_MAX = 2**31 - 1
DENSE_RANGE_FACTOR = 4  # an id range up to four times the likes is ranked by presence, a wider one by hashing
LIKE, UNLIKE = KINDS.index("like"), KINDS.index("unlike")
STANDINGS = ("counted", "repeated", "cancelled")
COUNTED, REPEATED, CANCELLED = range(3)
CONTEXT_COLUMNS = ("watched", "duration", "ip", "device", "region", "app", "origin", "gesture")


@dataclass(frozen=True)
class Pairs:
    """The distinct (account, item) likes of a log, sorted by item, then time, then account.

    `account`, `item` int32[n]; `time` int64[n], µs since 1970 UTC; `creator_of_item` int32[items]; `item_offset` int64[items + 1];
    `by_account` int32[n], pair positions grouped by account, by time within; `account_offset` int64[accounts + 1].
    `founder` int64[n], the position among the log's like rows of the row that made the pair; `context`: other columns by name, in
    pair order.
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
        """An integer context column as numpy, nulls as −1 (0 for the hashed `ip` and `device`); None where the log has none."""
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
    """The like rows of the log, in input order: `row` int64 record number, `pair` int32, `standing` int8 (index in `STANDINGS`),
    `time` int64 µs or None where every row is the founder of its pair; `id` the log's own ids or None.
    """

    row: np.ndarray | None
    pair: np.ndarray
    standing: np.ndarray
    time: np.ndarray | None
    id: pa.ChunkedArray | None

    @property
    def n(self) -> int:
        return int(self.pair.size)


@dataclass(frozen=True)
class Encoded:
    """An encoded log: `account_ids`, `item_ids`, `creator_ids` (Arrow arrays, sorted) turn codes back into the log's own ids."""

    pairs: Pairs
    rows: Rows
    account_ids: pa.Array
    item_ids: pa.Array
    creator_ids: pa.Array
    kinds: dict[str, int]


def encode(batches: Iterable[pa.RecordBatch]) -> Encoded:
    """Encode a log. Raises `InputError` where it holds no likes or more than `ROWS_MAX`."""
    gathered = _gather(batches)
    if gathered.likes == 0:
        raise InputError(
            "The log holds no likes, so there is nothing to verify. Check that the file is the right one and that its kind "
            f"column says `like` (kinds seen: {gathered.kinds or 'none'})."
        )
    time = np.concatenate(gathered.times)
    gathered.times.clear()
    kind = np.concatenate(gathered.unlikes)
    gathered.unlikes.clear()
    with ThreadPoolExecutor(2) as pool:
        accounts = pool.submit(_rank_ids, gathered.column("account"))
        items = pool.submit(_rank_ids, gathered.column("item"))
        account, account_ids = accounts.result()
        item, item_ids = items.result()
    creator_of_item, creator_ids = _creators(gathered, item, item_ids)
    row_ids = gathered.chunks.pop("id", None)
    ids = None if row_ids is None else pa.chunked_array(row_ids)
    again = None if ids is None else _delivered_again(ids, kind, time, account, item)
    rows_number = _row_numbers(gathered, kind)
    pairs, rows = _order(account, item, time, kind, again, len(account_ids), len(item_ids))
    founder = rows.pop("founder")
    if kind.any():  # accounts and items that only unlikes name are not of the result
        account_ids = _drop_unliked(pairs, "account", account_ids)
        liked = np.flatnonzero(np.diff(pairs["item_offset"]))
        creator_of_item = creator_of_item[liked]
        item_ids = _drop_unliked(pairs, "item", item_ids)
    creator_of_item, creator_ids = _drop_itemless(creator_of_item, creator_ids)
    context = {name: _take(chunks, founder) for name, chunks in gathered.chunks.items()}
    like_rows = kind == 0
    all_like = bool(like_rows.all())
    return Encoded(
        Pairs(creator_of_item=creator_of_item, n_creators=len(creator_ids), context=context, **pairs),
        Rows(
            row=rows_number,
            pair=rows["pair"] if all_like else rows["pair"][like_rows],
            standing=rows["standing"] if all_like else rows["standing"][like_rows],
            time=None if founder.size == kind.size else time[like_rows],
            id=ids if ids is None or all_like else ids.filter(pa.array(like_rows)),
        ),
        account_ids,
        item_ids,
        creator_ids,
        gathered.kinds,
    )


class _Gathered:
    """Columns of the likes and unlikes, batch after batch."""

    def __init__(self) -> None:
        self.chunks: dict[str, list[pa.Array]] = {}
        self.times: list[np.ndarray] = []
        self.unlikes: list[np.ndarray] = []
        self.kinds: dict[str, int] = {}
        self.likes = 0
        self.rows = 0

    def column(self, name: str) -> pa.ChunkedArray:
        return pa.chunked_array(self.chunks.pop(name))


def _gather(batches: Iterable[pa.RecordBatch]) -> _Gathered:
    gathered = _Gathered()
    for batch in batches:
        counts, kept, unlike = _likes_of(batch)
        for name, count in counts.items():
            gathered.kinds[name] = gathered.kinds.get(name, 0) + count
        if kept.num_rows == 0:
            continue
        gathered.rows += kept.num_rows
        gathered.likes += kept.num_rows - int(unlike.sum())
        if gathered.rows > ROWS_MAX:
            raise InputError(
                f"The log holds more than {ROWS_MAX:,} likes; split it by time or by app and verify the parts."
            )
        gathered.unlikes.append(unlike)
        gathered.times.append(kept.column("timestamp").cast(pa.int64()).to_numpy(zero_copy_only=False))
        for name in kept.schema.names:
            if name in ("account", "item", "creator", "id", "row", *CONTEXT_COLUMNS):
                gathered.chunks.setdefault(name, []).append(kept.column(name))
    return gathered


def _likes_of(batch: pa.RecordBatch) -> tuple[dict[str, int], pa.RecordBatch, np.ndarray]:
    """Keep likes and unlikes; count every kind. Returns counts, the kept rows and 1 where a row is an unlike."""
    if "kind" not in batch.schema.names:
        return {"like": batch.num_rows}, batch, np.zeros(batch.num_rows, np.int8)
    kind = batch.column("kind").to_numpy(zero_copy_only=False)
    tally = np.bincount(kind, minlength=len(KINDS))
    counts = {KINDS[i]: int(tally[i]) for i in range(len(KINDS)) if tally[i]}
    keep = (kind == LIKE) | (kind == UNLIKE)
    if not keep.all():
        batch, kind = batch.filter(pa.array(keep)), kind[keep]
    return counts, batch, (kind == UNLIKE).astype(np.int8)


def _row_numbers(gathered: _Gathered, kind: np.ndarray) -> np.ndarray | None:
    """Record numbers of the like rows, or None where they are simply 0, 1, 2, …"""
    chunks = gathered.chunks.pop("row", None)
    if chunks is None:
        return None
    number = pa.chunked_array(chunks).to_numpy()
    if not kind.any() and number.size and number[0] == 0 and number[-1] == number.size - 1:
        return None
    return number[kind == 0]


def _rank_ids(column: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """Codes int32[n] and the sorted distinct ids. Integers: linear; strings: one hash pass and a sort of the distinct ones."""
    codes = np.empty(len(column), np.int32)
    if pa.types.is_integer(column.type):
        values = column.to_numpy()
        low, high = int(values.min()), int(values.max())
        span = high - low + 1
        if span <= max(DENSE_RANGE_FACTOR * values.size, 1 << 16):
            return codes, pa.array(ordering.presence_ranks(values, low, span, codes))
        uniques = ordering.hash_codes(values, codes)
        order = np.argsort(uniques)
        ids = pa.array(uniques[order])
    else:
        encoded = column.dictionary_encode()
        codes = np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks])
        dictionary = encoded.chunk(0).dictionary if encoded.num_chunks else pa.array([], column.type)
        order = pc.sort_indices(dictionary).to_numpy()
        ids = dictionary.take(pa.array(order))
    new_code = np.empty(order.size, np.int32)
    new_code[order] = np.arange(order.size, dtype=np.int32)
    ordering.relabel(codes, new_code)
    return codes, ids


def _creators(gathered: _Gathered, item: np.ndarray, item_ids: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Owner of each item: the smallest id its rows name; an item that names none owns itself."""
    if "creator" not in gathered.chunks:
        return np.arange(len(item_ids), dtype=np.int32), item_ids
    column = gathered.column("creator")
    known = np.asarray(column.is_valid().to_numpy())
    owner = np.full(len(item_ids), np.iinfo(np.int32).max, np.int32)
    creator_ids: pa.Array = pa.array([], column.type)
    if known.any():
        codes, creator_ids = _rank_ids(column if known.all() else column.drop_null())
        np.minimum.at(owner, item if known.all() else item[known], codes)
    orphans = np.flatnonzero(owner == np.iinfo(np.int32).max)
    owner[orphans] = len(creator_ids) + np.arange(orphans.size, dtype=np.int32)
    if orphans.size:
        own = item_ids.take(pa.array(orphans))
        if own.type != creator_ids.type:
            own, creator_ids = own.cast(pa.string()), creator_ids.cast(pa.string())
        creator_ids = pa.concat_arrays([creator_ids, own])
    return owner, creator_ids


def _delivered_again(
    ids: pa.ChunkedArray, kind: np.ndarray, time: np.ndarray, account: np.ndarray, item: np.ndarray
) -> np.ndarray | None:
    """Whether an earlier row bears the same idempotency key, bool per row; None where every key is new.

    The earliest row by time is the first, whatever the order of the rows. Null keys are all new. An unlike may bear
    the key of the like it takes back.
    """
    hashes = np.empty(len(ids), np.uint64)
    start = 0
    for chunk in ids.chunks:
        text = chunk.cast(pa.large_string())
        _, offsets, data = text.buffers()
        stop = start + len(chunk)
        span = np.frombuffer(offsets, np.int64)[text.offset : text.offset + len(chunk) + 1]
        characters = (
            np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
        )
        ordering.string_hashes(span, characters, hashes[start:stop])
        nulls = np.flatnonzero(chunk.is_null().to_numpy(zero_copy_only=False))
        hashes[start + nulls] = (start + nulls).astype(np.uint64)
        start = stop
    hashes ^= (kind.astype(np.uint64)) << np.uint64(63)
    order = np.argsort(hashes, kind="stable")
    same = hashes[order[1:]] == hashes[order[:-1]]
    if not same.any():
        return None
    shared = order[np.concatenate([same, [False]]) | np.concatenate([[False], same])]
    shared = shared[np.lexsort((shared, item[shared], account[shared], time[shared], hashes[shared]))]
    again = np.zeros(len(ids), bool)
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
    standing = np.zeros(account.size, np.int8)
    pair_of_row = np.empty(account.size, np.int32)
    event = kind if again is None else (kind + 2 * again).astype(np.int8)
    offset = ordering.offsets_of(item, items)
    order = ordering.grouped(item, offset)
    ordering.sort_within(order, offset, time, account, event)
    founder = ordering.settle_standing(
        order, offset, account, event, accounts, pair_of_row, standing, COUNTED, REPEATED, CANCELLED
    )
    del order
    pair_account, pair_item, pair_time = account[founder], item[founder], time[founder]
    account_offset = ordering.offsets_of(pair_account, accounts)
    by_account = ordering.grouped(pair_account, account_offset)
    ordering.sort_within(by_account, account_offset, pair_time, pair_item, np.zeros(pair_item.size, np.int8))
    pairs = {
        "account": pair_account,
        "item": pair_item,
        "time": pair_time,
        "item_offset": ordering.offsets_of(pair_item, items),
        "by_account": by_account,
        "account_offset": account_offset,
    }
    return pairs, {"pair": pair_of_row, "standing": standing, "founder": founder}


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
    """Number the creators anew without those that own no item: an item whose rows name several has one owner."""
    owns = np.bincount(creator_of_item, minlength=len(ids)) > 0
    if owns.all():
        return creator_of_item, ids
    return (np.cumsum(owns, dtype=np.int32) - np.int32(1))[creator_of_item], ids.filter(pa.array(owns))


def _take(chunks: list[pa.Array], founder: np.ndarray) -> pa.Array:
    taken = pa.chunked_array(chunks).take(pa.array(founder))
    return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken
