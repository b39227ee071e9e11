"""A table of counters that grows with what it holds, up to a limit; beyond it the longest silent go."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from zhenzan.screen.kernels.counting import find, move

__all__ = ["CounterTable"]

SLOTS_MIN = 1 << 12
FILLED_MAX = 0.6  # of the slots


class CounterTable:
    """Rows of `width` 64-bit words: the key, the time, then float32 counts. At most `rows_max` rows stay.

    Memory: 8 · width bytes a slot, at most 2 · rows_max / 0.6 slots.
    """

    def __init__(self, width: int, rows_max: int) -> None:
        self.width, self.rows_max = width, rows_max
        self.count = 0
        self.keys: npt.NDArray[np.uint64] = np.zeros((SLOTS_MIN, width), np.uint64)

    @property
    def values(self) -> npt.NDArray[np.float32]:
        """The same memory, two float32 for each word."""
        return self.keys.view(np.float32)

    def rows_of(self, several: Sequence[npt.NDArray[np.uint64]]) -> npt.NDArray[np.int64]:
        """int64[lists, keys]: the row of each key, made where it is new; good until the next call."""
        self._make_room(sum(keys.size for keys in several))
        found = np.empty((len(several), several[0].size), np.int64)
        for keys, slots in zip(several, found, strict=True):
            self.count += int(find(self.keys, keys, slots))
        return found

    def fill(self, rows: npt.NDArray[np.uint64]) -> None:
        """Take rows that another table held, instead of one's own."""
        if rows.ndim != 2 or rows.shape[1] != self.width or rows.dtype != np.uint64:
            raise ValueError(f"rows of {rows.shape[1:]} {rows.dtype}; {self.width} words wanted")
        slots = 1 << max(SLOTS_MIN.bit_length() - 1, int(len(rows) / FILLED_MAX * 1.5).bit_length())
        self.keys = np.zeros((slots, self.width), np.uint64)
        self.count = int(move(np.ascontiguousarray(rows), self.keys, np.iinfo(np.int64).min))

    def _make_room(self, coming: int) -> None:
        """Before a batch, so that what is dropped does not depend on where in it one looks."""
        if self.count + coming <= FILLED_MAX * len(self.keys):
            return
        since = 0
        if self.count > self.rows_max:
            used = self.keys[self.keys[:, 0] != 0, 1].view(np.int64)
            since = int(np.partition(used, used.size // 2)[used.size // 2])
        kept = self.count if since == 0 else self.count // 2 + 1
        slots = 1 << max(SLOTS_MIN.bit_length() - 1, int((kept + coming) / FILLED_MAX * 1.5).bit_length())
        fresh = np.zeros((max(slots, len(self.keys) if since == 0 else SLOTS_MIN), self.width), np.uint64)
        self.count = int(move(self.keys, fresh, since))
        self.keys = fresh
