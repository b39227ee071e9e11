"""Which flight a viewer is shown: three masks, what is active, what the viewer has seen, one weighted draw.

Weights are powers of two, so that a level's flights are counted by bits: the total weight of everything that
fits, and with it the exact propensity, costs one pass over words, not over flights.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from zhenzan.promote.kernels.bits import mixed, nth_one, ones, uniform

U64 = np.uint64
LEVELS = 4  # weights 1, 2, 4, 8

SHOWN, NOTHING_FITS, VIEWER_FULL, LEFT_ORGANIC, NOT_A_VIEWER = range(5)

# Columns of a viewer's row: the date it counts, exposures on it, and which flights these were.
DAY, COUNT, FIRST_SEEN = range(3)


@njit(cache=True, nogil=True)
def refresh(flights, seconds, active):
    """Bring every flight's tokens up to date, and write which may be shown into the words of `active`."""
    for word in range(active.size):
        bits = U64(0)
        for position in range(64):
            flight = word * 64 + position
            if not flights.live[flight]:
                continue
            rate = flights.rate[flight]
            depth = 1.0 + rate * flights.burst_seconds[0]
            tokens = min(flights.tokens[flight] + rate * seconds, depth)
            flights.tokens[flight] = tokens
            if tokens >= 1.0 and _left(flights, flight) > 0 and rate > 0.0:
                bits |= U64(1) << U64(position)
        active[word] = bits


@njit(cache=True, nogil=True, inline="always")
def _left(flights, flight):
    """Exposures before the nearest cap."""
    block_left = flights.block_most[flight] - flights.block_shown[flight]
    return min(block_left, flights.hour_left[flight], flights.day_left[flight])


@njit(cache=True, nogil=True, inline="always")
def viewer_row(keys, viewer):
    """The row of a viewer, or the empty one that would be theirs, in a table that is a power of two long."""
    mask = U64(keys.size - 1)
    at = mixed(viewer) & mask
    while keys[at] != viewer and keys[at] != U64(0):
        at = (at + U64(1)) & mask
    return np.int64(at)


@njit(cache=True, nogil=True)
def rehash(old_keys, old_rows, keys, rows, day_min):
    """Copy the viewers who have seen something since `day_min`; returns how many."""
    copied = 0
    for at in range(old_keys.size):
        if old_keys[at] != U64(0) and old_rows[at, DAY] >= day_min:
            to = viewer_row(keys, old_keys[at])
            keys[to] = old_keys[at]
            rows[to] = old_rows[at]
            copied += 1
    return copied


@njit(cache=True, nogil=True, inline="always")
def _fitting(active, masks, slot, at, fits):
    """Write the words of the flights that are active and take the slot."""
    by_region = masks.region[slot.region[at]]
    by_hour = masks.hour[slot.hour[at]]
    by_interest = masks.interest[slot.interest[at]]
    for word in range(active.size):
        fits[word] = active[word] & by_region[word] & by_hour[word] & by_interest[word]


@njit(cache=True, nogil=True, inline="always")
def _without(fits, flight):
    fits[flight >> 6] &= ~(U64(1) << U64(flight & 63))


@njit(cache=True, nogil=True, inline="always")
def _exclude(fits, excluded, viewer):
    """Take out the flights that exclude the viewer; True where all do. Pairs are sorted by viewer."""
    low = np.searchsorted(excluded.viewer, viewer)
    while low < excluded.viewer.size and excluded.viewer[low] == viewer:
        if excluded.flight[low] < 0:
            return True
        _without(fits, excluded.flight[low])
        low += 1
    return False


@njit(cache=True, nogil=True, inline="always")
def _exclude_seen(fits, row, generations):
    """Take out what the viewer was shown today; a flight's place may since be another's."""
    for seen in range(FIRST_SEEN, FIRST_SEEN + row[COUNT]):
        flight = row[seen] & 0xFFFFFFFF
        if generations[flight] == row[seen] >> 32:
            _without(fits, flight)


@njit(cache=True, nogil=True, inline="always")
def _count_levels(fits, planes, counts):
    counts[:] = 0
    for word in range(fits.size):
        if fits[word] == U64(0):
            continue
        for level in range(LEVELS):
            counts[level] += ones(fits[word] & planes[level, word])


@njit(cache=True, nogil=True, inline="always")
def _draw(fits, planes, counts, total, share):
    """The flight at `share` of the total weight, and its weight."""
    target = np.int64(share * total)  # half-open, so each weight has just its share
    level = 0
    while target >= counts[level] << level:
        target -= counts[level] << level
        level += 1
    rank = target >> level
    for word in range(fits.size):
        bits = fits[word] & planes[level, word]
        here = np.int64(ones(bits))
        if rank < here:
            return word * 64 + np.int64(nth_one(bits, rank)), 1 << level
        rank -= here
    return np.int64(-1), 0  # not reached: the levels were counted over the same words


@njit(cache=True, nogil=True)
def decide(slot, now_us, flights, masks, excluded, viewers, limits, key, first, work, log):
    """Decide slot by slot into `log`; returns how many viewers are new, or −1 − n, having decided nothing,
    where slot n is malformed.

    `slot`: viewer, region, hour, interest, local_day. `limits`: exposures of a viewer a day, share that is
    left organic. `first`: the number of the first decision. Cost: one pass over the words of all flights.
    """
    added = 0
    for at in range(slot.viewer.size):
        if not _well_formed(slot, at, masks):
            return -1 - at
    for at in range(slot.viewer.size):
        entry = log[at]
        entry.decision = first + U64(at)
        entry.time_us = now_us
        entry.viewer = slot.viewer[at]
        entry.region = slot.region[at]
        entry.hour = slot.hour[at]
        entry.interest = slot.interest[at]
        entry.local_day = slot.local_day[at]
        entry.flight = -1
        row = viewer_row(viewers.keys, slot.viewer[at])
        is_new = viewers.keys[row] == U64(0)
        seen = viewers.rows[row]
        if is_new or slot.local_day[at] > seen[DAY]:  # a date that goes back is counted with the later one
            seen[DAY] = slot.local_day[at]
            seen[COUNT] = 0
        flight = _choose(slot, at, flights, masks, excluded, seen, limits, key, work, entry)
        if flight >= 0:
            viewers.keys[row] = slot.viewer[at]
            added += is_new
            entry.flight = flights.number[flight]
            _show(flights, flight, seen, work.active)
    return added


@njit(cache=True, nogil=True, inline="always")
def _choose(slot, at, flights, masks, excluded, seen, limits, key, work, entry):
    """The flight that the slot shows, or −1; writes why, and with which chance, into the entry."""
    entry.propensity = 1.0
    if seen[COUNT] >= limits.viewer_day:
        entry.reason = VIEWER_FULL
        return np.int64(-1)
    draw = entry.decision * U64(2)
    if uniform(key, draw) < limits.organic_share:
        entry.reason = LEFT_ORGANIC
        entry.propensity = limits.organic_share
        return np.int64(-1)
    entry.propensity = 1.0 - limits.organic_share
    _fitting(work.active, masks, slot, at, work.fits)
    if _exclude(work.fits, excluded, slot.viewer[at]):
        entry.reason = NOT_A_VIEWER
        return np.int64(-1)
    _exclude_seen(work.fits, seen, flights.generation)
    _count_levels(work.fits, flights.planes, work.counts)
    total = 0
    eligible = 0
    for level in range(LEVELS):
        total += work.counts[level] << level
        eligible += work.counts[level]
    entry.eligible = min(eligible, 65_535)
    if total == 0:
        entry.reason = NOTHING_FITS
        return np.int64(-1)
    flight, weight = _draw(work.fits, flights.planes, work.counts, total, uniform(key, draw + U64(1)))
    entry.reason = SHOWN
    entry.propensity = (1.0 - limits.organic_share) * weight / total
    return flight


@njit(cache=True, nogil=True, inline="always")
def _well_formed(slot, at, masks):
    return (
        slot.viewer[at] != U64(0)
        and 0 <= slot.region[at] < masks.region.shape[0]
        and 0 <= slot.hour[at] < masks.hour.shape[0]
        and 0 <= slot.interest[at] < masks.interest.shape[0]
    )


@njit(cache=True, nogil=True, inline="always")
def _show(flights, flight, seen, active):
    """Take one exposure off the flight's caps and tokens, and note it for the viewer."""
    flights.tokens[flight] -= 1.0
    flights.block_shown[flight] += 1
    flights.hour_left[flight] -= 1
    flights.day_left[flight] -= 1
    flights.shown[flight] += 1
    flights.open_fast[flight] += flights.fast_share[0]
    flights.open_slow[flight] += 1.0 - flights.fast_share[0]
    if flights.tokens[flight] < 1.0 or _left(flights, flight) <= 0:
        _without(active, flight)
    seen[FIRST_SEEN + seen[COUNT]] = flights.generation[flight] << 32 | flight
    seen[COUNT] += 1


@njit(cache=True, nogil=True)
def recount(log, flight, now_us, since, flights, viewers, seconds):
    """Count exposures of an earlier process again; returns how many viewers are new.

    `flight` [records]: rows of flights, or −1 where one has ended. `since`: when the block and the hour
    began, and each flight's date. `seconds`: the mean fast and slow delay of outcomes.
    """
    added = 0
    for at in range(log.size):
        row = viewer_row(viewers.keys, log[at].viewer)
        added += viewers.keys[row] == U64(0)
        viewers.keys[row] = log[at].viewer
        seen = viewers.rows[row]
        if log[at].local_day > seen[DAY]:
            seen[DAY] = log[at].local_day
            seen[COUNT] = 0
        shown = flight[at]
        if seen[COUNT] < seen.size - FIRST_SEEN:
            seen[FIRST_SEEN + seen[COUNT]] = flights.generation[shown] << 32 | shown if shown >= 0 else 0
            seen[COUNT] += 1
        if shown < 0:
            continue
        age = max(now_us - log[at].time_us, 0) / 1e6
        flights.shown[shown] += 1
        flights.open_fast[shown] += flights.fast_share[0] * np.exp(-age / seconds[0])
        flights.open_slow[shown] += (1.0 - flights.fast_share[0]) * np.exp(-age / seconds[1])
        flights.block_shown[shown] += log[at].time_us >= since.block_us
        flights.hour_left[shown] -= log[at].time_us >= since.hour_us
        flights.day_left[shown] -= log[at].time_us >= since.day_us[shown]
    return added
