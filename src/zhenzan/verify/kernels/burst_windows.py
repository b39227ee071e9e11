"""Kernels that find, for every item and one time scale, the windows that hold more likes than its own life
makes likely.
"""

import numpy as np
from numba import njit

LOCAL_SPANS = 4  # the local rate is read from four window lengths on each side
PRIOR_LIKES = 0.5
EARLY_SPANS = 2  # window lengths since an item's birth under which its age, too, must not explain a window


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


@njit(cache=True, nogil=True, inline="always")
def warped_around(opens, width, birth, end_time, grid_start, grid_step, grid):
    """Of the window of `width` µs that opens at `opens`, in warped seconds: where it begins and ends, and how
    long its neighbourhood is, `LOCAL_SPANS` widths on each side but inside the item's life.
    """
    begin = interpolate(opens * 1e-6, grid_start, grid_step, grid)
    close = interpolate((opens + width) * 1e-6, grid_start, grid_step, grid)
    low = interpolate(max(opens - LOCAL_SPANS * width, birth) * 1e-6, grid_start, grid_step, grid)
    late = min(opens + (LOCAL_SPANS + 1) * width, max(end_time, opens + width))
    high = interpolate(late * 1e-6, grid_start, grid_step, grid)
    return begin, close, max((begin - low) + (high - close), close - begin)


@njit(cache=True, nogil=True)
def excess(likes, expected):
    """Log-likelihood ratio of a Poisson rate at its best value against the expected one; 0 where there is
    no excess.
    """
    if likes <= expected:
        return 0.0
    return likes * np.log(likes / expected) - (likes - expected)


@njit(cache=True, nogil=True)
def excess_over_pace(likes, expected, steadiness):
    """As `excess`, where the rate itself varies about what is expected as a Gamma law of shape `steadiness`:
    the likes are negative binomial.
    """
    if likes <= expected:
        return 0.0
    return likes * np.log(likes / expected) - (likes + steadiness) * np.log(
        (likes + steadiness) / (expected + steadiness)
    )


@njit(cache=True, nogil=True)
def excess_over_life(likes, size, mass, precision):
    """Log-likelihood ratio of `likes` of an item's `size` likes in a part of its life that holds `mass` of
    most lives, against a binomial law; 0 where there are fewer.

    Lives differ, as a Beta law of `precision` pseudo-likes does: so many likes say no more of a life than
    `size`·(precision + 1) ÷ (size + precision) independent ones.
    """
    part = likes / size
    if part <= mass:
        return 0.0
    value = part * np.log(part / mass)
    if part < 1.0:
        value += (1.0 - part) * np.log((1.0 - part) / (1.0 - mass))
    return value * size * (precision + 1.0) / (size + precision)


@njit(cache=True, nogil=True)
def best_windows(score, stop, first, size, best, expected, surprise, windows, found_from, chosen):
    """Weighted interval scheduling, right to left: the set of disjoint windows with the largest total
    score, written into `windows` int32[2, room] and `chosen` float32[2, room] from `found_from` on; returns
    where they end.
    """
    best[size] = 0.0
    for i in range(size - 1, -1, -1):
        take = score[i] + best[stop[i]] if score[i] > 0.0 else -1.0
        best[i] = max(best[i + 1], take)
    i = 0
    end = found_from
    while i < size:
        if score[i] > 0.0 and score[i] + best[stop[i]] >= best[i]:
            windows[0, end], windows[1, end] = first + i, first + stop[i]
            chosen[0, end], chosen[1, end] = expected[i], surprise[i]
            end += 1
            i = stop[i]
        else:
            i += 1
    return end


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
    precision,
    steadiness,
    end_time,
    width,
    likes_min,
    excess_min,
):
    """Windows of `width` µs of the items first..last: start and stop positions, int32[2, windows], and what
    was expected and the excess in nats, float32[2, windows].

    A window must exceed the item's pace just before and after it. One that opens early, when there was hardly
    a before, must exceed what lives bring at that age as well, given how many likes the item has in all; its
    excess is the smaller. Cost: one pass with four moving pointers, O(n); memory: 20 bytes a like of the
    largest item, per thread.
    """
    most = 0
    for g in range(first_item, last_item):
        most = max(most, item_offset[g + 1] - item_offset[g])
    scores, stops, means = np.empty(most, np.float32), np.empty(most, np.int32), np.empty(most, np.float32)
    surprises, best = np.empty(most, np.float32), np.empty(most + 1, np.float64)
    room = (item_offset[last_item] - item_offset[first_item]) // likes_min + 1
    windows, chosen = np.empty((2, room), np.int32), np.empty((2, room), np.float32)
    end = 0
    for g in range(first_item, last_item):
        first = item_offset[g]
        size = item_offset[g + 1] - first
        if size < likes_min:
            continue
        t = time[first : first + size]
        score, stop, expected, surprise = scores[:size], stops[:size], means[:size], surprises[:size]
        score[:] = 0.0
        birth = interpolate(t[0] * 1e-6, grid_start, grid_step, grid)
        total = life_mass(log_end - birth + 1.0, log_start, log_step, curve)
        j = 0
        before = 0
        after = 0
        has_window = False
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
            near = (i - before) + (after - j)
            if likes * 2 * LOCAL_SPANS <= near:
                continue
            begin, close, around = warped_around(t[i], width, t[0], end_time, grid_start, grid_step, grid)
            by_pace = (near + PRIOR_LIKES) * (close - begin) / around
            value = excess_over_pace(likes, by_pace, steadiness)
            if value <= excess_min:
                continue
            expected[i] = by_pace
            if t[i] - t[0] < EARLY_SPANS * width:
                mass = (
                    life_mass(close - birth + 1.0, log_start, log_step, curve)
                    - life_mass(begin - birth, log_start, log_step, curve)
                ) / total
                mass = min(max(mass, 1e-9), 0.999)
                value = min(value, excess_over_life(likes, size, mass, precision))
                by_life = (size - likes + PRIOR_LIKES) * mass / (1.0 - mass)
                expected[i] = min(max(by_life, by_pace), likes)
            if value > excess_min:
                surprise[i] = value
                score[i] = value - excess_min
                has_window = True
        if has_window:
            end = best_windows(score, stop, first, size, best, expected, surprise, windows, end, chosen)
    return windows[:, :end].copy(), chosen[:, :end].copy()


@njit(cache=True, nogil=True)
def pace_samples(
    item_offset, time, grid_start, grid_step, grid, end_time, width, every, likes_min, expected_min
):
    """Windows side by side over the lives of every `every`-th item of at least `likes_min` likes: likes, and
    what the pace before and after made likely where that is `expected_min` or more; float64 each.
    """
    room = 1024
    counts, means = np.empty(room), np.empty(room)
    end = 0
    for g in range(0, item_offset.size - 1, every):
        t = time[item_offset[g] : item_offset[g + 1]]
        if t.size < likes_min:
            continue
        begin = t[0] + EARLY_SPANS * width
        before, i, j, after = 0, 0, 0, 0
        while begin + width <= min(t[t.size - 1], end_time):
            while before < t.size and t[before] < begin - LOCAL_SPANS * width:
                before += 1
            while i < t.size and t[i] < begin:
                i += 1
            j = max(i, j)
            while j < t.size and t[j] < begin + width:
                j += 1
            after = max(after, j)
            while after < t.size and t[after] < begin + (LOCAL_SPANS + 1) * width:
                after += 1
            near = (i - before) + (after - j)
            if near >= 2 * expected_min:
                at, close, around = warped_around(begin, width, t[0], end_time, grid_start, grid_step, grid)
                mean = near * (close - at) / around
                if mean >= expected_min:
                    if end == room:
                        counts, means = np.concatenate((counts, counts)), np.concatenate((means, means))
                        room *= 2
                    counts[end], means[end] = j - i, mean
                    end += 1
            elif i == j and i < t.size:
                begin = max(begin, t[i] - width)  # nothing near: on to the next like
            begin += width
    return counts[:end], means[:end]
