"""Id encoding: ids are numbered by first appearance while the log is read, then ranked by the sorted ids.

Integers and strings alike: only distinct ids are kept, with 4 bytes a row. Ranks do not depend on the order
of rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.parallel import over_rows
from zhenzan.verify.kernels import id_numbering

SLOTS_START = 1 << 16
TEXT_START = 1 << 20
Codes = npt.NDArray[np.int32]


class IntegerIds:
    """Whole numbers. Memory 16 to 32 bytes a distinct id."""

    def __init__(self, kind: pa.DataType) -> None:
        self.kind = kind
        self.total = 0
        self._slots = np.full(SLOTS_START, id_numbering.FREE, np.int32)
        self._uniques = np.empty(SLOTS_START // 2, np.int64)

    def add(self, column: pa.Array) -> Codes:
        """Number a column without nulls. O(rows)."""
        return self.add_values(column.cast(pa.int64()).to_numpy(zero_copy_only=False))

    def add_values(self, values: npt.NDArray[np.int64]) -> Codes:
        codes = np.empty(values.size, np.int32)
        row, self.total = id_numbering.add_integers(values, 0, codes, self._slots, self._uniques, self.total)
        while row < values.size:
            self._grow()
            row, self.total = id_numbering.add_integers(
                values, row, codes, self._slots, self._uniques, self.total
            )
        return codes

    def _grow(self) -> None:
        self._slots = np.full(self._slots.size * 2, id_numbering.FREE, np.int32)
        self._uniques = _longer(self._uniques, self._slots.size // 2)
        id_numbering.place_integers(self._uniques, self.total, self._slots)

    def values(self) -> npt.NDArray[np.int64]:
        return self._uniques[: self.total]

    def array(self) -> pa.Array:
        return pa.array(self.values()).cast(self.kind)


class TextIds:
    """Strings. Memory their bytes and 30 to 60 bytes a distinct id."""

    def __init__(self, kind: pa.DataType) -> None:
        self.kind = kind
        self.total = 0
        self._slots = np.full(SLOTS_START, id_numbering.FREE, np.int32)
        self._hashes = np.empty(SLOTS_START // 2, np.uint64)
        self.bounds = np.zeros(SLOTS_START // 2 + 1, np.int64)
        self.text = np.empty(TEXT_START, np.uint8)

    def add(self, column: pa.Array) -> Codes:
        return self.add_text(*text_buffers(column))

    def add_text(self, offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8]) -> Codes:
        codes = np.empty(offsets.size - 1, np.int32)
        row = 0
        while True:
            row, self.total = id_numbering.add_texts(
                offsets, data, row, codes, self._slots, self._hashes, self.bounds, self.text, self.total
            )
            if row == codes.size:
                return codes
            self._grow(int(offsets[min(row + id_numbering.BLOCK_ROWS, codes.size)] - offsets[row]))

    def _grow(self, needed: int) -> None:
        if self.bounds[self.total] + needed > self.text.size:
            self.text = _longer(self.text, max(self.text.size * 2, int(self.bounds[self.total]) + needed))
        if self.total + id_numbering.BLOCK_ROWS > self._hashes.size:
            self._slots = np.full(self._slots.size * 2, id_numbering.FREE, np.int32)
            self._hashes = _longer(self._hashes, self._slots.size // 2)
            self.bounds = _longer(self.bounds, self._slots.size // 2 + 1)
            id_numbering.place_texts(self._hashes, self.total, self._slots)

    def array(self) -> pa.Array:
        bounds = pa.py_buffer(self.bounds[: self.total + 1])
        data = pa.py_buffer(self.text[: self.bounds[self.total]])
        return pa.LargeStringArray.from_buffers(self.total, bounds, data).cast(self.kind)


class IntegerOwners:
    """The owner of each item: the smallest id of a creator that its rows name.

    Memory 9 to 18 bytes an item.
    """

    def __init__(self, kind: pa.DataType) -> None:
        self.kind = kind
        self._owner = np.empty(0, np.int64)
        self._known = np.empty(0, np.bool_)

    def add(self, item: Codes, items: int, column: pa.Array) -> None:
        """Rows of items, by number of first appearance, and their creators, null where not known. O(rows)."""
        if items > self._known.size:
            self._owner, self._known = _longer(self._owner, 2 * items), _longer(self._known, 2 * items)
        item, column = _named(item, column)
        id_numbering.first_owners(
            item, column.cast(pa.int64()).to_numpy(zero_copy_only=False), self._known, self._owner
        )

    def owners(self, items: int) -> tuple[Codes, pa.Array]:
        """The owner of each item, −1 where none is named, as an index into the second: the sorted ids of the
        owners.
        """
        owner = np.full(items, -1, np.int32)
        known = np.flatnonzero(self._known[:items])
        ids, owner[known] = np.unique(self._owner[known], return_inverse=True)
        return owner, pa.array(ids).cast(self.kind)


class TextOwners:
    """As `IntegerOwners`, for strings. Memory: 4 to 8 bytes an item, and the distinct creators."""

    def __init__(self, kind: pa.DataType) -> None:
        self._ids = TextIds(kind)
        self._owner = np.empty(0, np.int32)

    def add(self, item: Codes, items: int, column: pa.Array) -> None:
        if items > self._owner.size:
            self._owner = _longer(self._owner, 2 * items, -1)
        item, column = _named(item, column)
        ids, rows = self._ids, np.empty(item.size, np.int64)
        others = id_numbering.rows_of_others(
            item, *text_buffers(column), self._owner, ids.bounds, ids.text, rows
        )
        if others:
            rows = rows[:others]
            codes = ids.add(column.take(pa.array(rows)))
            id_numbering.lower_owners(item[rows], codes, self._owner, ids.bounds, ids.text)

    def owners(self, items: int) -> tuple[Codes, pa.Array]:
        owner = self._owner[:items].copy()
        rank, ids = ranks(self._ids)
        owner[owner >= 0] = rank[owner[owner >= 0]]
        return owner, ids


def ids_of(kind: pa.DataType) -> IntegerIds | TextIds:
    return IntegerIds(kind) if pa.types.is_integer(kind) else TextIds(kind)


def owners_of(kind: pa.DataType) -> IntegerOwners | TextOwners:
    return IntegerOwners(kind) if pa.types.is_integer(kind) else TextOwners(kind)


def ranks(ids: IntegerIds | TextIds) -> tuple[Codes, pa.Array]:
    """The rank of each number among the sorted ids, and the sorted ids. O(ids · log ids)."""
    array = ids.array()
    order = np.argsort(ids.values()) if isinstance(ids, IntegerIds) else pc.sort_indices(array).to_numpy()
    rank = np.empty(order.size, np.int32)
    rank[order] = np.arange(order.size, dtype=np.int32)
    return rank, array.take(pa.array(order))


def relabel(codes: Codes, new_code: Codes) -> None:
    """`new_code[codes]`, in place, on all threads."""
    over_rows(id_numbering.relabel, codes.size, codes, new_code)


def text_buffers(column: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Where each string begins in the bytes (one more entry than strings), and the bytes.

    Nulls are empty strings.
    """
    column = column.cast(pa.large_string())
    _, bounds, data = column.buffers()
    offsets = np.frombuffer(bounds, np.int64)[column.offset : column.offset + len(column) + 1]
    return offsets, np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)


def _named(item: Codes, column: pa.Array) -> tuple[Codes, pa.Array]:
    if column.null_count == 0:
        return item, column
    return item[column.is_valid().to_numpy(zero_copy_only=False)], column.drop_null()


def _longer(array: npt.NDArray[Any], size: int, filler: Any = 0) -> npt.NDArray[Any]:
    longer = np.full(size, filler, array.dtype)
    longer[: array.size] = array
    return longer
