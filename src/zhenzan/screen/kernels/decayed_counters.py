"""Decayed counters in open-addressing tables: a row of a table is one cache line.

Two passes over a block of likes: the first finds the rows, with many reads of memory on their way at once;
the second counts, like by like in order, in what is then in the cache.
"""

from __future__ import annotations

import numpy as np
from numba import njit

U64 = np.uint64
ABSENT = -1
STEPS = 1024  # of a half-life, in the table of powers
STEP_NATS = np.log(2) / STEPS
FURTHEST = 63.0  # half-lives: nothing is left then
POWERS = np.exp2(-np.arange(STEPS + 1) / STEPS)
HALVES = np.where(np.arange(64) < 60, np.exp2(-np.arange(64.0)), 0.0)
BLOCK = 128  # likes whose rows stay in the cache until they are counted


@njit(cache=True, nogil=True, inline="always")
def mixed(value):
    """SplitMix64's finish: every bit of the input moves every bit of the output."""
    value = (value ^ (value >> U64(30))) * U64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> U64(27))) * U64(0x94D049BB133111EB)
    return value ^ (value >> U64(31))


@njit(cache=True, nogil=True, inline="always")
def _salted(value, salt):
    """The key of one kind of entity: none is 0, and 0 stays 0 (absent)."""
    if value == U64(0):
        return value
    mixed_value = mixed(mixed(value) + salt)
    return mixed_value if mixed_value != U64(0) else U64(1)


@njit(cache=True, nogil=True, inline="always")
def _paired(one, other, salt):
    """The key of a pair; 0 where one is absent."""
    if one == U64(0) or other == U64(0):
        return U64(0)
    mixed_pair = mixed(one ^ mixed(other + salt))
    return mixed_pair if mixed_pair != U64(0) else U64(1)


@njit(cache=True, nogil=True, inline="always")
def _fetch(keys, keys_sought, rows):
    """Read where each search will begin, so that all are in the cache then: no read waits for another. What
    is read is left in `rows`, else the compiler would not read it.
    """
    mask = U64(keys.shape[0] - 1)
    for i in range(keys_sought.size):
        rows[i] = np.int64(keys[keys_sought[i] & mask, 0])


@njit(cache=True, nogil=True, inline="always")
def _find(keys, keys_sought, rows):
    """Fill int64 `rows` with the row of each key in column 0 of `keys`, made where it is new; returns how
    many were. The table is a power of two long and has room for all.
    """
    mask = U64(keys.shape[0] - 1)
    added = 0
    for i in range(keys_sought.size):
        key = keys_sought[i]
        if key == U64(0):
            rows[i] = ABSENT
            continue
        at = key & mask
        while keys[at, 0] != key and keys[at, 0] != U64(0):
            at = (at + U64(1)) & mask
        if keys[at, 0] == U64(0):
            keys[at, 0] = key
            added += 1
        rows[i] = np.int64(at)
    return added


@njit(cache=True, nogil=True, inline="always")
def day_share(elapsed, per_day, powers, halves):
    """2^(−elapsed / day): a table's value, and two terms of the series for what is left of a step."""
    x = min(elapsed * per_day, FURTHEST)  # no branch: nobody could foretell it
    whole = int(x)
    step = (x - whole) * STEPS
    at = int(step)
    left = (step - at) * STEP_NATS
    return powers[at] * halves[whole] * (1.0 - left * (1.0 - 0.5 * left))


@njit(cache=True, nogil=True, inline="always")
def hour_share(day):
    """The same over an hour, 1/24 of a day: its 24th power."""
    two = day * day
    four = two * two
    eight = four * four
    return eight * eight * eight


@njit(cache=True, nogil=True, inline="always")
def minute_share(hour):
    """The same over a minute: the 60th power of an hour's."""
    two = hour * hour
    four = two * two
    eight = four * four
    sixteen = eight * eight
    return sixteen * sixteen * sixteen * eight * four


@njit(cache=True, nogil=True, inline="always")
def _count_entity(stamps, values, at, time, per_day, powers, halves):
    """Bring an entity's row up to `time` and add one like; what comes late adds less."""
    last = stamps[at, 1]
    day = day_share(abs(time - last), per_day, powers, halves)
    hour = hour_share(day)
    minute = minute_share(hour)
    if time >= last:
        values[at, 4] = values[at, 4] * minute + 1.0
        values[at, 5] = values[at, 5] * hour + 1.0
        values[at, 6] = values[at, 6] * day + 1.0
        for k in range(7, 10):
            values[at, k] *= day
        stamps[at, 1] = time
    else:
        values[at, 4] += minute
        values[at, 5] += hour
        values[at, 6] += day


@njit(cache=True, nogil=True, inline="always")
def _count_pair(stamps, values, at, time, per_day, powers, halves):
    """The same for a pair; returns what it adds to distinct counts. There every pair weighs
    2^(−time since it last occurred / half-life), so this like brings back what had decayed.
    """
    last = stamps[at, 1]
    share = day_share(abs(time - last), per_day, powers, halves)
    if time < last:
        values[at, 4] += share
        return 0.0
    values[at, 4] = values[at, 4] * share + 1.0
    stamps[at, 1] = time
    return 1.0 - share


@njit(cache=True, nogil=True)
def count_likes(
    names, salts, pairs, keys, pair_keys, times, per_day, powers, halves, grows, shown, out, begin
):
    """Count likes in order and write their features: float32[features, likes] `out`, from column `begin` on.
    Returns how many rows either table has more.

    `names` uint64[names, likes]: who and what each concerns, entities first, 0: absent; each kind has one of
    the `salts`. `pairs` int64[pairs, 2]: which names are counted together; `grows`: the columns of the
    distinct counts of either; `shown`: the features that show these, −1: none. A table's row: key, time,
    then as float32 from column 4 on three counts of an entity (or one of a pair) and three distinct counts.
    Features of entities come first, three each, then one a pair.
    """
    entities = (out.shape[0] - pairs.shape[0] - np.count_nonzero(shown >= 0)) // 3
    hashed = np.empty((names.shape[0], BLOCK), np.uint64)
    together = np.empty((pairs.shape[0], BLOCK), np.uint64)
    rows, pair_rows = np.empty((entities, BLOCK), np.int64), np.empty((pairs.shape[0], BLOCK), np.int64)
    added, pairs_added = 0, 0
    for start in range(0, times.size, BLOCK):
        size = min(BLOCK, times.size - start)
        for n in range(names.shape[0]):
            for i in range(size):
                hashed[n, i] = _salted(names[n, start + i], salts[n])
        for p in range(pairs.shape[0]):
            one, other = pairs[p]
            for i in range(size):
                together[p, i] = _paired(hashed[one, i], hashed[other, i], salts[one])
        for e in range(entities):
            _fetch(keys, hashed[e, :size], rows[e])
        for p in range(pairs.shape[0]):
            _fetch(pair_keys, together[p, :size], pair_rows[p])
        for e in range(entities):
            added += _find(keys, hashed[e, :size], rows[e])
        for p in range(pairs.shape[0]):
            pairs_added += _find(pair_keys, together[p, :size], pair_rows[p])
        _count_block(
            keys,
            rows,
            pair_keys,
            pair_rows,
            times[start : start + size],
            per_day,
            powers,
            halves,
            pairs,
            grows,
            shown,
            out,
            begin + start,
        )
    return added, pairs_added


@njit(cache=True, nogil=True)
def _count_block(
    keys, rows, pair_keys, pair_rows, times, per_day, powers, halves, sides, grows, shown, out, begin
):
    """Count likes whose rows are known, one after the other."""
    values, pair_values = keys.view(np.float32), pair_keys.view(np.float32)
    stamps, pair_stamps = keys.view(np.int64), pair_keys.view(np.int64)
    entities, pairs = rows.shape[0], pair_rows.shape[0]
    for i in range(times.size):
        for e in range(entities):
            at = rows[e, i]
            if at < 0:
                for k in range(3):
                    out[3 * e + k, begin + i] = np.nan
                continue
            _count_entity(stamps, values, U64(at), times[i], per_day, powers, halves)
            for k in range(3):
                out[3 * e + k, begin + i] = values[U64(at), 4 + k]
        for p in range(pairs):
            at = pair_rows[p, i]
            fresh = 0.0
            if at < 0:
                out[3 * entities + p, begin + i] = np.nan
            else:
                fresh = _count_pair(pair_stamps, pair_values, U64(at), times[i], per_day, powers, halves)
                out[3 * entities + p, begin + i] = pair_values[U64(at), 4]
            for side in range(2):
                if shown[p, side] < 0:
                    continue
                if at < 0:
                    out[shown[p, side], begin + i] = np.nan
                    continue
                owner = U64(rows[sides[p, side], i])
                values[owner, grows[p, side]] += fresh
                out[shown[p, side], begin + i] = values[owner, grows[p, side]]


@njit(cache=True, nogil=True)
def move(old, new):
    """Put the rows of `old` into the empty, larger table `new`; returns how many there are."""
    mask = U64(new.shape[0] - 1)
    moved = 0
    for i in range(old.shape[0]):
        if old[i, 0] == U64(0):
            continue
        at = old[i, 0] & mask
        while new[at, 0] != U64(0):
            at = (at + U64(1)) & mask
        new[at] = old[i]
        moved += 1
    return moved


@njit(cache=True, nogil=True)
def drop(keys, since):
    """Empty the rows whose time is before `since`, and close the gaps: one pass, in place. Returns how many
    stay. It begins after an empty row, which no search goes past: what it has gone by stays where it is.
    """
    mask = U64(keys.shape[0] - 1)
    stamps = keys.view(np.int64)
    start = U64(0)
    while keys[start, 0] != U64(0):
        start += U64(1)
    stay = 0
    for step in range(1, keys.shape[0]):
        at = (start + U64(step)) & mask
        if keys[at, 0] == U64(0):
            continue
        if stamps[at, 1] < since:
            keys[at] = U64(0)
            continue
        stay += 1
        to = keys[at, 0] & mask
        while to != at and keys[to, 0] != U64(0):
            to = (to + U64(1)) & mask
        if to != at:
            keys[to] = keys[at]
            keys[at] = U64(0)
    return stay


@njit(cache=True, nogil=True)
def times_of(keys, out):
    """Write the time of each row that is there; `out` is one longer, so that no branch is needed."""
    stamps, at = keys.view(np.int64), 0
    for i in range(keys.shape[0]):
        out[at] = stamps[i, 1]
        at += np.int64(keys[i, 0] != U64(0))
