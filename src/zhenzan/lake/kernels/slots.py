"""Kernels of a set of 64-bit fingerprints: open addressing, linear probing; only the newest slots are
freed.
"""

from __future__ import annotations

import numpy as np
from numba import njit

EMPTY = np.uint64(0)


@njit(cache=True, nogil=True)
def _holds(table, value):
    mask = np.uint64(table.size - 1)
    at = value & mask
    while table[at] != EMPTY:
        if table[at] == value:
            return True
        at = (at + np.uint64(1)) & mask
    return False


@njit(cache=True, nogil=True)
def add_new(table, other, values, is_new, slots):
    """Add to `table` what neither it nor `other` holds. Fills bool `is_new`, and int64 `slots` with where
    each was put (−1: nowhere). Returns how many were added. Tables are a power of two long and never full.
    """
    mask = np.uint64(table.size - 1)
    added = 0
    for i in range(values.size):
        value = values[i]
        is_new[i] = False
        slots[i] = -1
        if _holds(other, value):
            continue
        at = value & mask
        while table[at] != EMPTY and table[at] != value:
            at = (at + np.uint64(1)) & mask
        if table[at] == EMPTY:
            table[at] = value
            is_new[i] = True
            slots[i] = at
            added += 1
    return added


@njit(cache=True, nogil=True)
def remove_newest(table, slots):
    """Empty the slots that the latest `add_new` filled: nothing was put behind them since."""
    for i in range(slots.size):
        if slots[i] >= 0:
            table[slots[i]] = EMPTY
