"""Kernels that find, for every item and one time scale, the windows that hold more likes than its own life
makes likely.
"""

import numpy as np
from numba import njit

LOCAL_SPANS = 4  # the local rate is read from four window lengths on each side
PRIOR_LIKES = 0.5
EXPECTED_MIN = 1e-4


@njit(cache=True, nogil=True, inline="always")
def interpolate(x, start, step, table):
    """Linear interpolation in a table of equal steps; flat beyond its ends."""
    position = (x - start) / step
    if position <= 0.0:
        return table[0]
    last = table.size - 1
    if position >= last:
        return table[last]
    cell = int(position)
    share = position - cell
    return table[cell] * (1.0 - share) + table[cell + 1] * share


@njit(cache=True, nogil=True, inline="always")
def life_mass(warped_age, log_start, log_step, curve):
    """Share of an item's life that has passed at an age (in warped seconds), by the learned life curve."""
    return interpolate(np.log(max(warped_age, 1e-9)), log_start, log_step, curve)


@njit(cache=True, nogil=True)
def excess(likes, expected):
    """Log-likelihood ratio of a Poisson rate at its best value against the expected one; 0 where there is
    no excess.
    """
    if likes <= expected:
        return 0.0
    return likes * np.log(likes / expected) - (likes - expected)


@njit(cache=True, nogil=True)
def best_windows(score, stop, first, size, best, stop_at, chosen, expected, chosen_expected):
    """Weighted interval scheduling, right to left: the set of disjoint windows with the largest total
    score.
    """
    best[size] = 0.0
    for i in range(size - 1, -1, -1):
        take = score[i] + best[stop[i]] if score[i] > 0.0 else -1.0
        best[i] = max(best[i + 1], take)
    i = 0
    while i < size:
        if score[i] > 0.0 and score[i] + best[stop[i]] >= best[i]:
            chosen[first + i] = first + stop[i]
            chosen_expected[first + i] = expected[i]
            i = stop[i]
        else:
            i += 1


@njit(cache=True, nogil=True)
def scan_items(
    first_item,
    last_item,
    item_offset,
    time,
    grid_start,
    grid_step,
    grid,
    log_start,
    log_step,
    curve,
    log_end,
    width,
    likes_min,
    excess_min,
    chosen,
    chosen_expected,
):
    """Windows of `width` µs per item.

    Writes `chosen[i]` = stop position where a window starts at pair i, and its expected likes.

    Expected likes are the larger of two: the item's other likes spread by the life curve, and the pace just
    before and after. Cost: one pass with four moving pointers, O(n); memory: 20 bytes a like of the largest
    item, per thread.
    """
    most = 0
    for g in range(first_item, last_item):
        most = max(most, item_offset[g + 1] - item_offset[g])
    scores, stops, means = np.empty(most, np.float32), np.empty(most, np.int32), np.empty(most, np.float32)
    best = np.empty(most + 1, np.float64)
    for g in range(first_item, last_item):
        first = item_offset[g]
        size = item_offset[g + 1] - first
        if size < likes_min:
            continue
        t = time[first : first + size]
        score, stop, expected = scores[:size], stops[:size], means[:size]
        score[:] = 0.0
        birth = interpolate(t[0] * 1e-6, grid_start, grid_step, grid)
        total = life_mass(log_end - birth + 1.0, log_start, log_step, curve)
        j = 0
        before = 0
        after = 0
        found = False
        for i in range(size):
            while j < size and t[j] - t[i] < width:
                j += 1
            stop[i] = j
            likes = j - i
            if likes < likes_min:
                continue
            while t[before] < t[i] - LOCAL_SPANS * width:
                before += 1
            after = max(after, j)
            while after < size and t[after] - t[i] < (LOCAL_SPANS + 1) * width:
                after += 1
            spans = min(LOCAL_SPANS, (t[i] - t[0]) / width) + LOCAL_SPANS
            by_pace = ((i - before) + (after - j)) / spans
            if excess(likes, max(by_pace, EXPECTED_MIN)) <= excess_min:
                continue  # more likes expected by its life can only say less
            begin = interpolate(t[i] * 1e-6, grid_start, grid_step, grid) - birth
            end = interpolate((t[i] + width) * 1e-6, grid_start, grid_step, grid) - birth
            mass = (
                life_mass(end + 1.0, log_start, log_step, curve)
                - life_mass(begin, log_start, log_step, curve)
            ) / total
            mass = min(max(mass, 1e-9), 0.999)
            by_life = (size - likes + PRIOR_LIKES) * min(mass / (1.0 - mass), 1.0)
            expected[i] = max(by_life, by_pace, EXPECTED_MIN)
            value = excess(likes, expected[i])
            if value > excess_min:
                score[i] = value - excess_min
                found = True
        if found:
            best_windows(score, stop, first, size, best, stop, chosen, expected, chosen_expected)
