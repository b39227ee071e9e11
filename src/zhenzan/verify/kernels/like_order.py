"""Kernels that put likes in their one canonical order.

Flat arrays only; every pass is linear but the sorts.

What a group's rows name is copied beside each other before it is looked at: a processor waits for many far
reads at once, but not for one between two comparisons.
"""

import numpy as np
from numba import njit

from zhenzan.verify.kernels.id_numbering import hash_text

FREE = np.int32(-1)
RUN_ROWS = 12  # rows sorted by insertion before runs are merged


@njit(cache=True, nogil=True)
def count_rows(first, last, codes, counts):
    """Add the rows first..last of each group to `counts` int32[groups]."""
    for i in range(first, last):
        counts[codes[i]] += 1


@njit(cache=True, nogil=True)
def open_groups(counts, offset, cursor):
    """From `counts` [parts, groups] to CSR offsets, and where each part's rows of each group begin.

    `cursor` may be `counts` itself.
    """
    parts, groups = counts.shape
    total = np.int64(0)
    for g in range(groups):
        offset[g] = total
        for part in range(parts):
            rows = counts[part, g]
            cursor[part, g] = total
            total += rows
    offset[groups] = total


@njit(cache=True, nogil=True)
def place_rows(first, last, codes, cursor, order):
    """Put the rows first..last in their groups, in row order within a group."""
    for i in range(first, last):
        order[cursor[codes[i]]] = i
        cursor[codes[i]] += 1


@njit(cache=True, nogil=True)
def place_events(first, last, codes, cursor, time, account, event, placed):
    """As `place_rows`, with what `break_ties` asks of a row beside its number, so that it need not go far for
    it.

    `placed` int64[rows, 2]: the time; the account, the event and the number in 31, 2 and 31 bits.
    """
    for i in range(first, last):
        who = np.uint64(account[i]) << np.uint64(33) | np.uint64(event[i]) << np.uint64(31)
        placed[cursor[codes[i]], 0] = time[i]
        placed[cursor[codes[i]], 1] = np.int64(who | np.uint64(i))
        cursor[codes[i]] += 1


@njit(cache=True, nogil=True)
def sort_by_time(key, tie, row, size, key_to, tie_to, row_to):
    """Sort the first `size` rows by key, then tie, stably: insertion within runs, then merges.

    The `_to` arrays are room.
    """
    in_order = True
    for i in range(1, size):
        if key[i] < key[i - 1] or (key[i] == key[i - 1] and tie[i] < tie[i - 1]):
            in_order = False
            break
    if in_order:
        return
    for start in range(0, size, RUN_ROWS):
        for i in range(start + 1, min(start + RUN_ROWS, size)):
            k, t, r = key[i], tie[i], row[i]
            j = i - 1
            while j >= start and (k < key[j] or (k == key[j] and t < tie[j])):
                key[j + 1], tie[j + 1], row[j + 1] = key[j], tie[j], row[j]
                j -= 1
            key[j + 1], tie[j + 1], row[j + 1] = k, t, r
    width = RUN_ROWS
    while width < size:
        for start in range(0, size, 2 * width):
            middle, stop = min(start + width, size), min(start + 2 * width, size)
            i, j = start, middle
            for o in range(start, stop):
                right = i == middle
                if i < middle and j < stop:
                    right = key[j] < key[i] or (key[j] == key[i] and tie[j] < tie[i])
                if right:
                    key_to[o], tie_to[o], row_to[o] = key[j], tie[j], row[j]
                    j += 1
                else:
                    key_to[o], tie_to[o], row_to[o] = key[i], tie[i], row[i]
                    i += 1
        for i in range(size):
            key[i], tie[i], row[i] = key_to[i], tie_to[i], row_to[i]
        width *= 2


@njit(cache=True, nogil=True)
def largest(first, last, offset):
    """Rows of the largest group."""
    most = 0
    for g in range(first, last):
        most = max(most, offset[g + 1] - offset[g])
    return most


@njit(cache=True, nogil=True)
def sort_groups(first, last, offset, order, time):
    """Order each group's rows by time, ties as they lie."""
    most = largest(first, last, offset)
    key, tie, row = np.empty(most, np.int64), np.zeros(most, np.int64), np.empty(most, np.int32)
    key_to, tie_to, row_to = np.empty(most, np.int64), np.zeros(most, np.int64), np.empty(most, np.int32)
    for g in range(first, last):
        start, size = offset[g], offset[g + 1] - offset[g]
        for i in range(size):
            row[i] = order[start + i]
        for i in range(size):
            key[i] = time[row[i]]
        sort_by_time(key, tie, row, size, key_to, tie_to, row_to)
        for i in range(size):
            order[start + i] = row[i]


@njit(cache=True, nogil=True)
def break_ties(
    first,
    last,
    offset,
    placed,
    accounts,
    repeated,
    cancelled,
    pair_of_row,
    standing,
    founder,
    pair_account,
    pair_time,
    pairs_of_group,
):
    """Walk each item's history by time, then account, then event: first likes make pairs, later ones
    repeat, an unlike cancels the like that stands.

    `placed`: of `place_events`. Events: 0 like, 1 unlike, 2 a like and 3 an unlike that were delivered
    before: they change nothing that stands. `founder`, `pair_account` and `pair_time` are filled from
    `offset[first]` on, one entry a pair; `pair_of_row` counts from there too, −1 for unlikes;
    `pairs_of_group` int64 per item. `standing` comes as zeros, for counted.
    """
    most = largest(first, last, offset)
    key, tie, row = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int32)
    key_to, tie_to, row_to = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int32)
    state = np.full((accounts, 4), FREE, np.int32)  # last item, its pair, the row that stands
    pair = offset[first]
    for g in range(first, last):
        size = offset[g + 1] - offset[g]
        before = pair
        for i in range(size):
            who = np.uint64(placed[offset[g] + i, 1])
            key[i], tie[i] = placed[offset[g] + i, 0], np.int64(who >> np.uint64(31))
            row[i] = np.int32(who & np.uint64(0x7FFFFFFF))
        sort_by_time(key, tie, row, size, key_to, tie_to, row_to)
        for i in range(size):
            a, what, r = tie[i] >> 2, tie[i] & 3, row[i]
            known = state[a, 0] == g
            if what & 1:
                pair_of_row[r] = FREE
                if what == 1 and known and state[a, 2] != FREE:
                    standing[state[a, 2]] = cancelled
                    state[a, 2] = FREE
                continue
            if not known:
                state[a, 0], state[a, 1], state[a, 2] = g, pair, FREE
                founder[pair] = r
                pair_account[pair] = a
                pair_time[pair] = key[i]
                pair += 1
            pair_of_row[r] = state[a, 1]
            if what == 0 and state[a, 2] == FREE:
                state[a, 2] = r
            else:
                standing[r] = repeated
        pairs_of_group[g] = pair - before


@njit(cache=True, nogil=True)
def close_gaps(first, last, pair_of_row, edges, gaps):
    """Number pairs without the gaps between parts: those of part p, from `edges[p]` on, lose `gaps[p]`."""
    for i in range(first, last):
        pair = pair_of_row[i]
        part = 0
        while part + 1 < edges.size and edges[part + 1] <= pair:
            part += 1
        if pair >= 0:
            pair_of_row[i] = pair - gaps[part]


@njit(cache=True, nogil=True)
def string_hashes(offsets, data, hashes):
    """64 bits of each string of an Arrow buffer."""
    for i in range(hashes.size):
        hashes[i] = hash_text(data, offsets[i], offsets[i + 1])
