"""Kernels that encode ids and put likes in their one canonical order. Flat arrays only; every pass is linear but the sorts."""

import numpy as np
from numba import njit, prange

FREE = np.int32(-1)


@njit(cache=True, nogil=True)
def presence_ranks(values, low, span, codes):
    """Rank ids whose range is dense: one pass to mark, one to count, one to look up. Memory: `span` × 4 bytes."""
    rank = np.zeros(span, np.int32)
    for i in range(values.size):
        rank[values[i] - low] = 1
    total = 0
    for j in range(span):
        if rank[j]:
            rank[j] = total
            total += 1
        else:
            rank[j] = FREE
    uniques = np.empty(total, np.int64)
    for j in range(span):
        if rank[j] >= 0:
            uniques[rank[j]] = low + j
    for i in range(values.size):
        codes[i] = rank[values[i] - low]
    return uniques


@njit(cache=True, nogil=True, inline="always")
def mix64(value):
    """Scramble 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    z = np.uint64(value) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def hash_codes(values, codes):
    """Number distinct ids by first appearance with open addressing that doubles at half load."""
    capacity = 1 << 16
    slots = np.full(capacity, FREE, np.int32)
    uniques = np.empty(capacity // 2, np.int64)
    total = 0
    for i in range(values.size):
        mask = np.uint64(capacity - 1)
        slot = mix64(values[i]) & mask
        while slots[slot] != FREE and uniques[slots[slot]] != values[i]:
            slot = (slot + np.uint64(1)) & mask
        if slots[slot] == FREE:
            if total == capacity // 2:
                capacity *= 2
                mask = np.uint64(capacity - 1)
                slots = np.full(capacity, FREE, np.int32)
                grown = np.empty(capacity // 2, np.int64)
                grown[:total] = uniques[:total]
                uniques = grown
                for u in range(total):
                    slot = mix64(uniques[u]) & mask
                    while slots[slot] != FREE:
                        slot = (slot + np.uint64(1)) & mask
                    slots[slot] = u
                slot = mix64(values[i]) & mask
                while slots[slot] != FREE:
                    slot = (slot + np.uint64(1)) & mask
            slots[slot] = total
            uniques[total] = values[i]
            total += 1
        codes[i] = slots[slot]
    return uniques[:total].copy()


@njit(cache=True, nogil=True)
def relabel(codes, new_code):
    for i in range(codes.size):
        codes[i] = new_code[codes[i]]


@njit(cache=True, nogil=True)
def offsets_of(codes, groups):
    """CSR offsets of `groups` groups over unsorted codes."""
    offset = np.zeros(groups + 1, np.int64)
    for i in range(codes.size):
        offset[codes[i] + 1] += 1
    for g in range(groups):
        offset[g + 1] += offset[g]
    return offset


@njit(cache=True, nogil=True)
def grouped(codes, offset):
    """Stable counting sort: positions of the rows, group after group, in row order within a group."""
    cursor = offset[:-1].copy()
    order = np.empty(codes.size, np.int32)
    for i in range(codes.size):
        order[cursor[codes[i]]] = i
        cursor[codes[i]] += 1
    return order


@njit(cache=True, nogil=True, parallel=True)
def sort_within(order, offset, time, account, kind):
    """Order each item's rows by time, then account, then kind (0 to 3), then row. Segments already in order cost one look."""
    for g in prange(offset.size - 1):
        start, stop = offset[g], offset[g + 1]
        in_order = True
        for i in range(start + 1, stop):
            if time[order[i]] < time[order[i - 1]]:
                in_order = False
                break
        if not in_order:
            segment = order[start:stop].copy()
            by_time = np.argsort(time[segment])
            order[start:stop] = segment[by_time]
        i = start
        while i < stop:
            j = i + 1
            while j < stop and time[order[j]] == time[order[i]]:
                j += 1
            if j - i > 1:
                sort_ties(order, i, j, account, kind)
            i = j


@njit(cache=True, nogil=True)
def sort_ties(order, start, stop, account, kind):
    """Order rows of one instant by account, then kind (likes before unlikes), then row number."""
    rows = np.sort(order[start:stop])
    key = np.empty(rows.size, np.int64)
    for i in range(rows.size):
        key[i] = np.int64(account[rows[i]]) * 4 + kind[rows[i]]
    by_key = np.argsort(key, kind="mergesort")
    for i in range(rows.size):
        order[start + i] = rows[by_key[i]]


@njit(cache=True, nogil=True)
def settle_standing(
    order, offset, account, event, accounts, pair_of_row, standing, counted, repeated, cancelled
):
    """Walk each item's history: first likes make pairs, later ones repeat, an unlike cancels the like that stands.

    `event`: 0 like, 1 unlike, 2 a like and 3 an unlike that were delivered before: they change nothing that stands. Returns the rows that founded a pair, in canonical order. `pair_of_row` is −1 for unlikes.
    """
    seen_item = np.full(accounts, FREE, np.int32)
    pair_of = np.empty(accounts, np.int32)
    standing_row = np.full(accounts, FREE, np.int32)
    founders = np.empty(order.size, np.int32)
    pairs = 0
    for g in range(offset.size - 1):
        for i in range(offset[g], offset[g + 1]):
            row = order[i]
            a = account[row]
            if seen_item[a] != g:
                standing_row[a] = FREE
            if event[row] & 1:
                pair_of_row[row] = FREE
                if event[row] == 1 and seen_item[a] == g and standing_row[a] != FREE:
                    standing[standing_row[a]] = cancelled
                    standing_row[a] = FREE
                continue
            if seen_item[a] != g:
                seen_item[a] = g
                pair_of[a] = pairs
                founders[pairs] = row
                pairs += 1
            pair_of_row[row] = pair_of[a]
            if event[row] == 0 and standing_row[a] == FREE:
                standing[row] = counted
                standing_row[a] = row
            else:
                standing[row] = repeated
    return founders[:pairs].copy()


@njit(cache=True, nogil=True)
def string_hashes(offsets, data, hashes):
    """64-bit FNV-1a of each string of an Arrow string buffer, scrambled."""
    for i in range(hashes.size):
        value = np.uint64(0xCBF29CE484222325)
        for j in range(offsets[i], offsets[i + 1]):
            value = (value ^ np.uint64(data[j])) * np.uint64(0x100000001B3)
        hashes[i] = mix64(value)
