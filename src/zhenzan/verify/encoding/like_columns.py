"""Like columns: the likes and unlikes of a log's batches; ids as numbers by first appearance."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from zhenzan.errors import InputError
from zhenzan.interactions import KINDS
from zhenzan.parallel import pool
from zhenzan.verify.encoding.ids import (
    IntegerIds,
    IntegerOwners,
    TextIds,
    TextOwners,
    ids_of,
    owners_of,
    ranks,
    relabel,
)

ROWS_MAX = 2**31 - 1
LIKE, UNLIKE = KINDS.index("like"), KINDS.index("unlike")
CONTEXT_COLUMNS = ("watched", "duration", "ip", "device", "region", "app", "origin", "gesture")


class IdColumn:
    """A column of ids: numbers by first appearance, batch after batch."""

    def __init__(self, kind: pa.DataType) -> None:
        self.ids: IntegerIds | TextIds = ids_of(kind)
        self.chunks: list[np.ndarray] = []

    def add(self, column: pa.Array) -> np.ndarray:
        self.chunks.append(self.ids.add(column))
        return self.chunks[-1]

    def ranked(self) -> tuple[np.ndarray, pa.Array]:
        """Ranks int32[rows] among the sorted ids, and these. Hands its memory over."""
        rank, ids = ranks(self.ids)
        codes = joined(self.chunks)
        relabel(codes, rank)
        return codes, ids


class LikeColumns:
    """Columns of the likes and unlikes, batch after batch. Ids are numbered while the next batch is read."""

    def __init__(self, schema: pa.Schema) -> None:
        self.accounts = IdColumn(schema.field("account").type)
        self.items = IdColumn(schema.field("item").type)
        self.owners: IntegerOwners | TextOwners | None = None
        if "creator" in schema.names:
            self.owners = owners_of(schema.field("creator").type)
        self.chunks: dict[str, list[pa.Array]] = {}
        self.times: list[np.ndarray] = []
        self.unlikes: list[np.ndarray] = []
        self.numbers: list[np.ndarray] | None = [] if "row" in schema.names else None
        self.in_sequence = True
        self.kinds: dict[str, int] = {}
        self.likes = 0
        self.rows = 0

    def add(self, batch: pa.RecordBatch, unlike: np.ndarray) -> None:
        accounts = pool().submit(self.accounts.add, batch.column("account"))
        item = self.items.add(batch.column("item"))
        if self.owners is not None:
            self.owners.add(item, self.items.ids.total, batch.column("creator"))
        if self.numbers is not None:
            self._add_numbers(batch.column("row").to_numpy())
        self.times.append(batch.column("timestamp").cast(pa.int64()).to_numpy(zero_copy_only=False).copy())
        self.unlikes.append(unlike)
        for name in batch.schema.names:
            if name == "id" or name in CONTEXT_COLUMNS:
                self.chunks.setdefault(name, []).append(batch.column(name))
        self.rows += batch.num_rows
        self.likes += batch.num_rows - int(unlike.sum())
        accounts.result()

    def _add_numbers(self, numbers: np.ndarray) -> None:
        """Keep record numbers from the first on that are not simply 0, 1, 2, …: most logs have none."""
        if self.in_sequence and numbers[0] == self.rows and numbers[-1] == self.rows + numbers.size - 1:
            return
        if self.in_sequence:
            self.numbers, self.in_sequence = [np.arange(self.rows)], False
        assert self.numbers is not None
        self.numbers.append(numbers.copy())

    def row_numbers(self, kind: np.ndarray) -> np.ndarray | None:
        """Record numbers of the like rows, or None where they are simply 0, 1, 2, …"""
        if self.numbers is None or (self.in_sequence and self.likes == self.rows):
            return None
        numbers = np.arange(self.rows) if self.in_sequence else joined(self.numbers)
        return numbers if self.likes == self.rows else numbers[kind == 0]

    def items_and_owners(self) -> tuple[np.ndarray, pa.Array, np.ndarray, pa.Array]:
        """Codes of the rows' items, the items, the owner of each, the creators.

        An item that names none owns itself.
        """
        rank, _ = ranks(self.items.ids)
        item, ids = self.items.ranked()
        if self.owners is None:
            return item, ids, np.arange(len(ids), dtype=np.int32), ids
        by_appearance, creators = self.owners.owners(len(ids))
        owner = np.empty(len(ids), np.int32)
        owner[rank] = by_appearance
        orphans = np.flatnonzero(owner < 0)
        owner[orphans] = len(creators) + np.arange(orphans.size, dtype=np.int32)
        if orphans.size:
            own = ids.take(pa.array(orphans))
            if own.type != creators.type:
                own, creators = own.cast(pa.string()), creators.cast(pa.string())
            creators = pa.concat_arrays([creators, own])
        return item, ids, owner, creators


def joined(chunks: list[np.ndarray]) -> np.ndarray:
    """One array of several; the list is emptied."""
    joined = chunks[0] if len(chunks) == 1 else np.concatenate(chunks)
    chunks.clear()
    return joined


def collect_likes(batches: Iterable[pa.RecordBatch]) -> LikeColumns | dict[str, int]:
    """Read all batches. Where none holds a like or unlike, only the kinds that were seen."""
    gathered: LikeColumns | None = None
    kinds: dict[str, int] = {}
    for batch in batches:
        counts, kept, unlike = _likes_of(batch)
        for name, count in counts.items():
            kinds[name] = kinds.get(name, 0) + count
        if kept.num_rows == 0:
            continue
        gathered = gathered or LikeColumns(kept.schema)
        if gathered.rows + kept.num_rows > ROWS_MAX:
            raise InputError(
                f"The log holds more than {ROWS_MAX:,} likes; split it by time or by app, and verify parts."
            )
        gathered.add(kept, unlike)
    if gathered is None:
        return kinds
    gathered.kinds = kinds
    return gathered


def _likes_of(batch: pa.RecordBatch) -> tuple[dict[str, int], pa.RecordBatch, np.ndarray]:
    """Keep likes and unlikes; count every kind.

    Returns counts, the kept rows and 1 where a row is an unlike.
    """
    if "kind" not in batch.schema.names:
        return {"like": batch.num_rows}, batch, np.zeros(batch.num_rows, np.int8)
    kind = batch.column("kind").to_numpy(zero_copy_only=False)
    tally = np.bincount(kind, minlength=len(KINDS))
    counts = {KINDS[i]: int(tally[i]) for i in range(len(KINDS)) if tally[i]}
    keep = (kind == LIKE) | (kind == UNLIKE)
    if not keep.all():
        batch, kind = batch.filter(pa.array(keep)), kind[keep]
    return counts, batch, (kind == UNLIKE).astype(np.int8)
