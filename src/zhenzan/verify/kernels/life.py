"""Kernels that learn how likes spread over an item's life."""

import numpy as np
from numba import njit

from zhenzan.verify.kernels.windows import interpolate, life_mass


@njit(cache=True, nogil=True)
def life_histogram(
    item_offset, warped, log_end, log_start, log_step, bins, curve, likes_min, received, exposed
):
    """Add up, per log-age bin, weighted likes received and likes at risk, each item weighing the square root of its likes.

    `received[b]` Σ w·likes in bin b; `exposed[b]` Σ w·n·(share of bin b that the log still saw) ÷ (life share seen so far).
    """
    for g in range(item_offset.size - 1):
        first, last = item_offset[g], item_offset[g + 1]
        size = last - first
        if size < likes_min:
            continue
        weight = 1.0 / np.sqrt(size)
        birth = warped[first]
        for i in range(first + 1, last):
            position = (np.log(warped[i] - birth + 1.0) - log_start) / log_step
            received[min(max(int(position), 0), bins - 1)] += weight
        seen = log_end - birth + 1.0
        whole = size / max(life_mass(seen, log_start, log_step, curve), 1e-3)
        position = (np.log(seen) - log_start) / log_step
        full = min(max(int(position), 0), bins)
        for b in range(full):
            exposed[b] += weight * whole
        if full < bins:
            exposed[full] += weight * whole * min(max(position - full, 0.0), 1.0)


@njit(cache=True, nogil=True)
def paced_counts(time, item_offset, grid_start, grid_step, counts):
    """Likes per cell of the clock grid, each weighing 1/√(likes of its item), so that no single storm sets the pace."""
    for g in range(item_offset.size - 1):
        weight = 1.0 / np.sqrt(max(item_offset[g + 1] - item_offset[g], 1))
        for i in range(item_offset[g], item_offset[g + 1]):
            cell = int((time[i] * 1e-6 - grid_start) / grid_step)
            counts[min(max(cell, 0), counts.size - 1)] += weight


__all__ = ["interpolate", "life_histogram", "paced_counts"]
