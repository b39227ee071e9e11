"""Checks of array records: sizes, order, ranges and permutations, to be asserted where a record is made.
Cost: a linear pass or two each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "are_chances",
    "are_offsets",
    "are_sizes",
    "is_ascending",
    "is_permutation",
    "is_rising",
    "is_within",
]

Array = npt.NDArray[Any]


def are_sizes(size: int, *arrays: Array) -> bool:
    """Whether each array has that many rows."""
    return all(len(array) == size for array in arrays)


def is_ascending(values: Array) -> bool:
    """Whether no value is smaller than the one before."""
    return bool((values[1:] >= values[:-1]).all())


def is_rising(values: Array) -> bool:
    """Whether each value is larger than the one before: sorted, and none twice."""
    return bool((values[1:] > values[:-1]).all())


def is_within(values: Array, low: float, stop: float) -> bool:
    """Whether all are at least `low` and below `stop`; NaN is not."""
    return values.size == 0 or bool(low <= values.min() and values.max() < stop)


def are_chances(values: Array) -> bool:
    """Whether all are probabilities: in [0, 1], none of them NaN."""
    return values.size == 0 or bool(values.min() >= 0.0 and values.max() <= 1.0)


def are_offsets(offset: Array, total: int) -> bool:
    """Whether runs `offset[g]:offset[g + 1]` part `total` rows, all of them, in order."""
    return bool(offset[0] == 0 and offset[-1] == total) and is_ascending(offset)


def is_permutation(order: Array, size: int) -> bool:
    """Whether each of 0, 1, … `size` − 1 stands there once."""
    seen = np.zeros(size, bool)
    if len(order) != size or not is_within(order, 0, size):
        return False
    seen[order] = True
    return bool(seen.all())
