"""Kernels that find what an item's own pace does not explain, where no other item can be compared with.

Time is cut into cells. A window of cells is compared with the cells before and after it, by mass: the share
of a day that the item's own rhythm by the hour puts into them. The window that stands out most is set aside,
the rhythm is learned anew without it, and so on, so that a burst hides neither itself nor another.
"""

import numpy as np
from numba import njit

HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
CELL_US = 600_000_000  # the finest cell, ten minutes
CELLS_MAX = 4096
CELLS_PER_LIKE = 8
WINDOW_DAYS_MAX = 2  # slower orders look like a pace of their own
WINDOW_GROWTH = 1.5
NEAR_SPANS, NEAR_HOURS = 1, 12  # how far the pace around a window is read, on each side
NEAR_SHARE_MIN = 0.4  # of a window's mass, so much must lie around it for anything to be compared
RHYTHM_PSEUDO_LIKES = 2.0  # for each hour of the day
WINDOWS_MAX = 8
EXCESS_MIN = 3.0  # nats over the pace around, beside the logarithm of how many such windows there are
PACE_SPREAD, PACE_SPREAD_DAYS = 0.1, 5.0  # of a natural day's pace against its neighbours; days that say so
PACE_SPREAD_MIN, PACE_SPREAD_MAX = 0.05, 0.5
BEYOND_Z = 1.96


@njit(cache=True, nogil=True)
def cell_size(first_time, last_time, likes, resolution):
    """µs of a cell: a whole multiple of the timestamps' resolution."""
    cells = min(max(CELLS_PER_LIKE * likes, 64), CELLS_MAX)
    size = max(CELL_US, resolution, (last_time - first_time) // cells + 1)
    return (size + resolution - 1) // resolution * resolution


@njit(cache=True, nogil=True)
def relearn_mass(counts, owner, begin, size, mass):
    """The days' share in each cell by the item's rhythm over what is not set aside; flat for long cells."""
    mass[:] = size / DAY_US
    if size > HOUR_US or counts.size * size < 2 * DAY_US:
        return
    likes, cells = np.full(24, RHYTHM_PSEUDO_LIKES), np.zeros(24)
    total, seen = 0.0, 0
    for c in range(counts.size):
        if owner[c] < 0:
            hour = (begin + c * size + size // 2) % DAY_US // HOUR_US
            likes[hour] += counts[c]
            cells[hour] += 1.0
            total += counts[c]
            seen += 1
    mean = (total + 24 * RHYTHM_PSEUDO_LIKES) / max(seen, 1)
    pace = np.empty(24)
    for h in range(24):
        pace[h] = likes[h] / (mean * (cells[h] + RHYTHM_PSEUDO_LIKES / mean)) if mean > 0.0 else 1.0
    pace /= pace.mean()
    for c in range(counts.size):
        mass[c] *= pace[(begin + c * size + size // 2) % DAY_US // HOUR_US]


@njit(cache=True, nogil=True)
def accumulate(counts, owner, mass, likes_to, mass_to):
    """Likes and mass before each cell, of cells that are not set aside."""
    for c in range(counts.size):
        free = owner[c] < 0
        likes_to[c + 1] = likes_to[c] + (counts[c] if free else 0)
        mass_to[c + 1] = mass_to[c] + (mass[c] if free else 0.0)


@njit(cache=True, nogil=True, inline="always")
def around(first, last, reach, likes_to, mass_to):
    """Likes and mass within `reach` cells before and after the window, and in it."""
    low, high = max(first - reach, 0), min(last + reach, mass_to.size - 1)
    inside, of_mass = likes_to[last] - likes_to[first], mass_to[last] - mass_to[first]
    return (
        likes_to[high] - likes_to[low] - inside,
        mass_to[high] - mass_to[low] - of_mass,
        inside,
        of_mass,
    )


@njit(cache=True, nogil=True, inline="always")
def reach_of(width, size):
    """Cells on each side from which the pace around a window is read."""
    return max(NEAR_SPANS * width, NEAR_HOURS * HOUR_US // size, 1)


@njit(cache=True, nogil=True)
def standing_out(inside, of_mass, near, near_mass, spread):
    """Nats by which two paces explain the likes better than one, over what natural paces vary."""
    expected = near * of_mass / near_mass
    if inside <= expected:
        return 0.0
    rate = (inside + near) / (of_mass + near_mass)
    value = inside * np.log(inside / (rate * of_mass))
    if near > 0:
        value += near * np.log(near / (rate * near_mass))
    return value / (1.0 + spread * spread * rate * of_mass)


@njit(cache=True, nogil=True)
def hidden(inside, of_mass, near, near_mass, spread):
    """The likes over the pace around, and the variance of that difference."""
    expected = (near + 0.5) * of_mass / near_mass
    variance = expected * (1.0 + of_mass / near_mass) + (spread * expected) ** 2
    return inside - expected, variance


@njit(cache=True, nogil=True)
def widest(cells, size):
    """The most cells of a window."""
    return max(min(int(WINDOW_DAYS_MAX * DAY_US // size), int(0.7 * cells)), 1)


@njit(cache=True, nogil=True)
def find_window(size, likes_to, mass_to, spread):
    """The window that stands out most: score (nats, less the logarithm of how many windows of its width there
    are), first cell, last cell.
    """
    cells = likes_to.size - 1
    best, best_first, best_last = 0.0, 0, 0
    width, most = 1, widest(cells, size)
    while width <= most:
        reach = reach_of(width, size)
        for first in range(cells - width + 1):
            near, near_mass, inside, of_mass = around(first, first + width, reach, likes_to, mass_to)
            if of_mass <= 0.0 or near_mass < NEAR_SHARE_MIN * of_mass:
                continue
            if inside * near_mass <= near * of_mass:
                continue
            score = standing_out(inside, of_mass, near, near_mass, spread) - np.log(cells / width)
            if score > best:
                best, best_first, best_last = score, first, first + width
        width = max(width + 1, int(width * WINDOW_GROWTH))
    return best, best_first, best_last


@njit(cache=True, nogil=True)
def unseen(size, likes_to, mass_to, spread):
    """The most likes that one more window could hide: over the pace around, and what chance allows."""
    cells = likes_to.size - 1
    most_hidden = 0.0
    width, most = 1, widest(cells, size)
    while width <= most:
        reach = reach_of(width, size)
        for first in range(cells - width + 1):
            near, near_mass, inside, of_mass = around(first, first + width, reach, likes_to, mass_to)
            if inside == 0 or near_mass < NEAR_SHARE_MIN * of_mass:
                continue
            over, variance = hidden(inside, of_mass, near, near_mass, spread)
            most_hidden = max(most_hidden, min(over + BEYOND_Z * np.sqrt(variance), inside))
        width = max(width + 1, int(width * WINDOW_GROWTH))
    return most_hidden


@njit(cache=True, nogil=True)
def pace_spread(size, likes_to, mass_to):
    """How much natural days differ from their neighbours, relative to their pace."""
    cells = likes_to.size - 1
    day = max(int(DAY_US // size), 1)
    square, days = PACE_SPREAD_DAYS * PACE_SPREAD**2, PACE_SPREAD_DAYS
    for first in range(0, cells - day + 1, day):
        near, near_mass, inside, of_mass = around(first, first + day, NEAR_SPANS * day, likes_to, mass_to)
        if of_mass < 0.5 or near_mass < 0.5 or near <= 0:
            continue
        expected = near * of_mass / near_mass
        chance = expected * (1.0 + of_mass / near_mass)
        if expected >= 5.0:
            square += ((inside - expected) ** 2 - chance) / expected**2
            days += 1.0
    return min(max(np.sqrt(max(square / days, 0.0)), PACE_SPREAD_MIN), PACE_SPREAD_MAX)


@njit(cache=True, nogil=True)
def item_excess(time, resolution, share):
    """Of one item's likes (`time` int64 µs, ascending): `share` float32[likes], the part of each that the
    pace does not explain (0 outside the windows that stand out). Returns how many at most may be bought.
    """
    begin = time[0]
    size = cell_size(begin, time[time.size - 1], time.size, resolution)
    cells = int((time[time.size - 1] - begin) // size) + 1
    counts, owner, mass = np.zeros(cells), np.full(cells, -1, np.int32), np.empty(cells)
    for t in time:
        counts[(t - begin) // size] += 1.0
    likes_to, mass_to = np.zeros(cells + 1), np.zeros(cells + 1)
    firsts, lasts = np.zeros(WINDOWS_MAX, np.int64), np.zeros(WINDOWS_MAX, np.int64)
    windows = 0
    while True:
        relearn_mass(counts, owner, begin, size, mass)
        accumulate(counts, owner, mass, likes_to, mass_to)
        if windows == WINDOWS_MAX:
            break
        score, first, last = find_window(size, likes_to, mass_to, PACE_SPREAD)
        if score < EXCESS_MIN:
            break
        firsts[windows], lasts[windows] = first, last
        for c in range(first, last):
            if owner[c] < 0:
                owner[c] = windows
        windows += 1
    spread = pace_spread(size, likes_to, mass_to)
    part, doubt, variance = np.zeros(windows), 0.0, 0.0
    for w in range(windows):
        inside, of_mass = 0.0, 0.0
        for c in range(firsts[w], lasts[w]):
            if owner[c] == w:
                inside += counts[c]
                of_mass += mass[c]
        reach = reach_of(lasts[w] - firsts[w], size)
        near, near_mass, _, _ = around(firsts[w], lasts[w], reach, likes_to, mass_to)
        if near_mass < NEAR_SHARE_MIN * of_mass:
            near, near_mass = likes_to[cells], max(mass_to[cells], 1e-9)
        over, of_variance = hidden(inside, of_mass, near, near_mass, spread)
        over = min(max(over, 0.0), inside)
        part[w] = over / max(inside, 1.0)
        doubt += over
        variance += of_variance
    for i in range(time.size):
        w = owner[(time[i] - begin) // size]
        share[i] = part[w] if w >= 0 else 0.0
    return doubt + BEYOND_Z * np.sqrt(variance) + unseen(size, likes_to, mass_to, spread)


@njit(cache=True, nogil=True)
def items_excess(begin, end, items, item_offset, time, resolution, share, doubt):
    """`item_excess` of `items[begin:end]`, into `share` float32[pairs] and `doubt` float64[items]."""
    for i in range(begin, end):
        first, last = item_offset[items[i]], item_offset[items[i] + 1]
        doubt[items[i]] = item_excess(time[first:last], resolution, share[first:last])
