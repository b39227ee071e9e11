"""Deduplication: recently seen interaction ids, so that a repeated like is refused on intake.

Two generations of fingerprints: one fills, the one before still answers, so the memory is fixed and the last
`remembered` ids at least are known. What repeats later than that lies in the lake twice until its hour is
compacted.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.lake.kernels.fingerprints import hash_strings
from zhenzan.lake.kernels.slots import add_new, remove_newest

__all__ = ["REMEMBERED", "DedupResult", "RecentIds", "fingerprints"]

REMEMBERED = 4_000_000  # ids: two tables of 64 MB, touched only as they fill


class DedupResult:
    """Result of `RecentIds.add`: `is_new` bool[n], and what `rollback` needs."""

    def __init__(self, is_new: npt.NDArray[np.bool_], slots: npt.NDArray[np.int64], count: int) -> None:
        self.is_new, self.slots, self.count = is_new, slots, count


class RecentIds:
    """Ids seen lately. Two different ids that pass for one: one chance in 2⁶⁴ for each pair, and nobody
    without the key can look for such a pair.
    """

    def __init__(self, key: bytes, remembered: int = REMEMBERED) -> None:
        assert len(key) == 16, len(key)
        self._key = (
            np.uint64(int.from_bytes(key[:8], "little")),
            np.uint64(int.from_bytes(key[8:], "little")),
        )
        self._size = 1 << max(4, (2 * remembered - 1).bit_length())
        self.remembered = remembered
        self._now, self._before = self._table(), np.zeros(2, np.uint64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, ids: pa.Array) -> DedupResult:
        """Add ids (no nulls), and say which of them are new (of repeats, the first only).

        Cost: some 40 ns an id while the tables lie in the cache, 200 ns beyond.
        """
        values = fingerprints(ids, self._key)
        if self._count >= self.remembered:
            self._rotate()
        if values.size > self._size // 4:
            raise ValueError(f"{values.size:,} ids at once; {self._size // 4:,} at most")
        is_new, slots = np.empty(values.size, np.bool_), np.empty(values.size, np.int64)
        count = int(add_new(self._now, self._before, values, is_new, slots))
        self._count += count
        return DedupResult(is_new, slots, count)

    def learn(self, ids: pa.Array) -> int:
        """Add any number of ids that were stored before; returns how many they are."""
        step = self._size // 4
        for begin in range(0, len(ids), step):
            self.add(ids.slice(begin, step))
        return len(ids)

    def rollback(self, added: DedupResult) -> None:
        """Remove what the latest `add` added, because it was not stored after all."""
        remove_newest(self._now, added.slots)
        self._count -= added.count

    def _rotate(self) -> None:
        self._before, self._now, self._count = self._now, self._table(), 0

    def _table(self) -> npt.NDArray[np.uint64]:
        return np.zeros(self._size, np.uint64)


def fingerprints(ids: pa.Array, key: tuple[np.uint64, np.uint64]) -> npt.NDArray[np.uint64]:
    """SipHash-2-4 of each string; none is 0."""
    assert pa.types.is_string(ids.type), ids.type
    assert not ids.null_count
    out = np.empty(len(ids), np.uint64)
    if len(ids):
        _, offsets, data = ids.buffers()
        bounds = np.frombuffer(offsets, np.int32, len(ids) + 1, ids.offset * 4)
        bytes_ = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
        hash_strings(bounds, bytes_, *key, out)
    return out
