"""Kernels that number ids by first appearance, batch after batch, with open addressing at most half full.

Rows go in blocks: every row's slot is read first, then the id that it points to, then what is not settled is
looked at one by one. A processor waits for the far reads of a block at once, where it would wait for each in
turn.
"""

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

FREE = np.int32(-1)
BLOCK_ROWS = 128


@njit(cache=True, nogil=True, inline="always")
def mix64(value):
    """Scramble 64 bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    z = np.uint64(value) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def add_integers(values, start, codes, slots, uniques, total):
    """Code `values[start:]` until done or the table is half full.

    Returns the row where it stopped and the ids so far.
    """
    mask = np.uint64(slots.size - 1)
    first_slot = np.empty(BLOCK_ROWS, np.uint64)
    guess = np.empty(BLOCK_ROWS, np.int32)
    row = start
    while row < values.size and total + BLOCK_ROWS <= uniques.size:
        size = min(BLOCK_ROWS, values.size - row)
        for i in range(size):
            first_slot[i] = mix64(values[row + i]) & mask
        for i in range(size):
            guess[i] = slots[first_slot[i]]
        for i in range(size):
            code = guess[i]
            if code >= 0 and uniques[code] != values[row + i]:
                code = FREE
            codes[row + i] = code
        for i in range(size):
            if codes[row + i] >= 0:
                continue
            value = values[row + i]
            slot = first_slot[i]
            while slots[slot] != FREE and uniques[slots[slot]] != value:
                slot = (slot + np.uint64(1)) & mask
            if slots[slot] == FREE:
                slots[slot] = total
                uniques[total] = value
                total += 1
            codes[row + i] = slots[slot]
        row += size
    return row, total


@njit(cache=True, nogil=True)
def place_integers(uniques, total, slots):
    """Fill empty `slots` with the ids known so far."""
    mask = np.uint64(slots.size - 1)
    for u in range(total):
        slot = mix64(uniques[u]) & mask
        while slots[slot] != FREE:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = u


@intrinsic
def eight_bytes(typing_context, data, position):
    """The 8 bytes of `data` (uint8[]) from `position` on, as one number; they need not be aligned."""

    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte = builder.gep(array.data, [arguments[1]])
        word = builder.load(builder.bitcast(byte, ir.IntType(64).as_pointer()))
        word.align = 1
        return word

    return types.uint64(data, types.int64), generate


@njit(cache=True, nogil=True)
def hash_text(data, begin, end):
    """64 bits of a string: FNV-1a over words of 8 bytes and what is left, scrambled."""
    value = np.uint64(0xCBF29CE484222325) ^ np.uint64(end - begin)
    while begin + 8 <= end:
        value = (value ^ eight_bytes(data, np.int64(begin))) * np.uint64(0x9E3779B97F4A7C15)
        value ^= value >> np.uint64(32)
        begin += 8
    for j in range(begin, end):
        value = (value ^ np.uint64(data[j])) * np.uint64(0x100000001B3)
    return mix64(value)


@njit(cache=True, nogil=True)
def same_text(left, left_begin, left_end, right, right_begin, right_end):
    size = left_end - left_begin
    if size != right_end - right_begin:
        return False
    j = 0
    while j + 8 <= size:
        if eight_bytes(left, np.int64(left_begin + j)) != eight_bytes(right, np.int64(right_begin + j)):
            return False
        j += 8
    while j < size:
        if left[left_begin + j] != right[right_begin + j]:
            return False
        j += 1
    return True


@njit(cache=True, nogil=True)
def add_texts(offsets, data, start, codes, slots, hashes, bounds, text, total):
    """As `add_integers`, for the strings `data[offsets[i]:offsets[i + 1]]`.

    Known strings lie end to end in `text`, string u from `bounds[u]` to `bounds[u + 1]`, its hash in
    `hashes[u]`. Stops too where `text` is full.
    """
    mask = np.uint64(slots.size - 1)
    hashed = np.empty(BLOCK_ROWS, np.uint64)
    guess = np.empty(BLOCK_ROWS, np.int32)
    row = start
    rows = offsets.size - 1
    while row < rows and total + BLOCK_ROWS <= hashes.size:
        size = min(BLOCK_ROWS, rows - row)
        if bounds[total] + (offsets[row + size] - offsets[row]) > text.size:
            break
        for i in range(size):
            hashed[i] = hash_text(data, offsets[row + i], offsets[row + i + 1])
        for i in range(size):
            guess[i] = slots[hashed[i] & mask]
        for i in range(size):
            code = guess[i]
            if code >= 0 and hashes[code] != hashed[i]:
                code = FREE
            guess[i] = code
        for i in range(size):
            begin, end = offsets[row + i], offsets[row + i + 1]
            code = guess[i]
            if code >= 0 and same_text(data, begin, end, text, bounds[code], bounds[code + 1]):
                codes[row + i] = code
                continue
            slot = hashed[i] & mask
            while slots[slot] != FREE:
                code = slots[slot]
                if hashes[code] == hashed[i] and same_text(
                    data, begin, end, text, bounds[code], bounds[code + 1]
                ):
                    break
                slot = (slot + np.uint64(1)) & mask
            if slots[slot] == FREE:
                slots[slot] = total
                hashes[total] = hashed[i]
                for j in range(begin, end):
                    text[bounds[total] + j - begin] = data[j]
                bounds[total + 1] = bounds[total] + end - begin
                total += 1
            codes[row + i] = slots[slot]
        row += size
    return row, total


@njit(cache=True, nogil=True)
def place_texts(hashes, total, slots):
    """Fill empty `slots` with the strings known so far."""
    mask = np.uint64(slots.size - 1)
    for u in range(total):
        slot = hashes[u] & mask
        while slots[slot] != FREE:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = u


@njit(cache=True, nogil=True)
def first_owners(item, creator, known, owner):
    """Lower `owner[v]` to the smallest creator (a number) that a row of item v names; `known[v]` says that
    one did.
    """
    for i in range(item.size):
        v = item[i]
        if not known[v] or creator[i] < owner[v]:
            owner[v] = creator[i]
            known[v] = True


@njit(cache=True, nogil=True)
def text_before(left, left_begin, left_end, right, right_begin, right_end):
    """Whether a string comes before another, byte by byte."""
    shared = min(left_end - left_begin, right_end - right_begin)
    for j in range(shared):
        a, b = left[left_begin + j], right[right_begin + j]
        if a != b:
            return a < b
    return left_end - left_begin < right_end - right_begin


@njit(cache=True, nogil=True)
def rows_of_others(item, offsets, data, owner, bounds, text, rows):
    """Rows whose creator (a string) is not the known owner of their item. Returns how many."""
    rows_found = 0
    for i in range(item.size):
        code = owner[item[i]]
        if code < 0 or not same_text(data, offsets[i], offsets[i + 1], text, bounds[code], bounds[code + 1]):
            rows[rows_found] = i
            rows_found += 1
    return rows_found


@njit(cache=True, nogil=True)
def lower_owners(item, codes, owner, bounds, text):
    """Lower `owner[v]`, a code of `text` or −1, to the smallest string that a row of item v names."""
    for i in range(item.size):
        old, new = owner[item[i]], codes[i]
        if old < 0 or (
            old != new and text_before(text, bounds[new], bounds[new + 1], text, bounds[old], bounds[old + 1])
        ):
            owner[item[i]] = new


@njit(cache=True, nogil=True)
def relabel(first, last, codes, new_code):
    for i in range(first, last):
        codes[i] = new_code[codes[i]]
