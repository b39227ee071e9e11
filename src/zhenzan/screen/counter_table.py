"""A bounded table of counters: it grows up to a limit; beyond it the longest silent rows are dropped."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhenzan.screen.kernels.decayed_counters import drop, move, times_of

__all__ = ["CounterTable"]

SLOTS_MIN = 1 << 12
FILLED_MAX = 0.6  # of the slots


class CounterTable:
    """Rows of `width` 64-bit words: the key, the time, then float32 counts. Where they would be more than
    `rows_max`, half of them go.

    Memory: 8 · width bytes a slot, at most 2 · rows_max / 0.6 slots; half as much again while it grows.
    """

    def __init__(self, width: int, rows_max: int) -> None:
        self.width, self.rows_max = width, rows_max
        self.count = 0
        self.keys: npt.NDArray[np.uint64] = np.zeros((SLOTS_MIN, width), np.uint64)

    @property
    def values(self) -> npt.NDArray[np.float32]:
        """The same memory, two float32 for each word."""
        return self.keys.view(np.float32)

    def fill(self, rows: npt.NDArray[np.uint64]) -> None:
        """Take rows that another table held, instead of one's own."""
        if rows.ndim != 2 or rows.shape[1] != self.width or rows.dtype != np.uint64:
            raise ValueError(f"rows of {rows.shape[1:]} {rows.dtype}; {self.width} words wanted")
        self._take(np.ascontiguousarray(rows), len(rows))

    def make_room(self, coming: int) -> None:
        """Before a batch, so that what is dropped does not depend on where in it one looks, nor on how large
        the table is just now.
        """
        if self.count and self.count + coming > self.rows_max:
            self.count = int(drop(self.keys, self._half_gone()))
        if self.count + coming > FILLED_MAX * len(self.keys):
            self._take(self.keys, self.count + coming)

    def _half_gone(self) -> int:
        """The time from which on rows stay, so that half of them go, or more where many have one time."""
        times = np.empty(self.count + 1, np.int64)
        times_of(self.keys, times)
        times = times[: self.count]
        middle = int(np.partition(times, times.size // 2)[times.size // 2])
        return middle if 4 * np.count_nonzero(times < middle) >= times.size else middle + 1

    def _take(self, rows: npt.NDArray[np.uint64], room: int) -> None:
        """Into a fresh table that has room for that many."""
        slots = max(SLOTS_MIN, 1 << int(room / FILLED_MAX).bit_length())
        fresh = np.zeros((slots, self.width), np.uint64)
        self.count = int(move(rows, fresh))
        self.keys = fresh
