"""Kernels that learn how likes spread over an item's life."""

import numpy as np
from numba import njit

from zhenzan.verify.kernels.burst_windows import interpolate, life_mass


@njit(cache=True, nogil=True)
def likes_by_age(item_offset, time, grid_start, grid_step, grid, log_start, log_step, likes_min, received):
    """Add up weighted likes per log-age bin, each item weighing one over the square root of its likes."""
    for g in range(item_offset.size - 1):
        first, last = item_offset[g], item_offset[g + 1]
        size = last - first
        if size < likes_min:
            continue
        weight = 1.0 / np.sqrt(size)
        birth = interpolate(time[first] * 1e-6, grid_start, grid_step, grid)
        for i in range(first + 1, last):
            age = interpolate(time[i] * 1e-6, grid_start, grid_step, grid) - birth
            position = (np.log(age + 1.0) - log_start) / log_step
            received[min(max(int(position), 0), received.size - 1)] += weight


@njit(cache=True, nogil=True)
def likes_at_risk(
    item_offset, time, grid_start, grid_step, grid, log_end, log_start, log_step, curve, likes_min, exposed
):
    """Add up, per log-age bin, Σ w·n·(share of the bin that the log still saw) ÷ (life share seen so far)."""
    bins = exposed.size
    for g in range(item_offset.size - 1):
        first, last = item_offset[g], item_offset[g + 1]
        size = last - first
        if size < likes_min:
            continue
        weight = 1.0 / np.sqrt(size)
        birth = interpolate(time[first] * 1e-6, grid_start, grid_step, grid)
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
    """Likes per cell of the clock grid, each weighing 1/√(likes of its item), so that no single storm sets
    the pace.
    """
    for g in range(item_offset.size - 1):
        weight = 1.0 / np.sqrt(max(item_offset[g + 1] - item_offset[g], 1))
        for i in range(item_offset[g], item_offset[g + 1]):
            cell = int((time[i] * 1e-6 - grid_start) / grid_step)
            counts[min(max(cell, 0), counts.size - 1)] += weight


@njit(cache=True, nogil=True)
def mean_positions(
    item_offset, time, grid_start, grid_step, grid, log_end, log_start, log_step, curve, likes_min, position
):
    """Mean share of its life so far that had passed at the likes of each item but the first, by the curve."""
    for g in range(item_offset.size - 1):
        first, last = item_offset[g], item_offset[g + 1]
        if last - first < likes_min:
            continue
        birth = interpolate(time[first] * 1e-6, grid_start, grid_step, grid)
        total = life_mass(log_end - birth + 1.0, log_start, log_step, curve)
        passed = 0.0
        for i in range(first + 1, last):
            age = interpolate(time[i] * 1e-6, grid_start, grid_step, grid) - birth
            passed += min(life_mass(age + 1.0, log_start, log_step, curve) / total, 1.0)
        position[g] = passed / (last - first - 1)


__all__ = ["interpolate", "likes_at_risk", "likes_by_age", "mean_positions", "paced_counts"]
