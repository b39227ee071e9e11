"""SipHash-2-4 of every string of an Arrow array (Aumasson and Bernstein, 2012): keyed, so that nobody can
choose an id that passes for another's.
"""

from __future__ import annotations

import numpy as np
from numba import njit

U64 = np.uint64


@njit(cache=True, nogil=True)
def _round(v0, v1, v2, v3):
    v0 += v1
    v1 = (v1 << U64(13)) | (v1 >> U64(51))
    v1 ^= v0
    v0 = (v0 << U64(32)) | (v0 >> U64(32))
    v2 += v3
    v3 = (v3 << U64(16)) | (v3 >> U64(48))
    v3 ^= v2
    v0 += v3
    v3 = (v3 << U64(21)) | (v3 >> U64(43))
    v3 ^= v0
    v2 += v1
    v1 = (v1 << U64(17)) | (v1 >> U64(47))
    v1 ^= v2
    v2 = (v2 << U64(32)) | (v2 >> U64(32))
    return v0, v1, v2, v3


@njit(cache=True, nogil=True)
def _siphash(data, begin, end, k0, k1):
    v0 = k0 ^ U64(0x736F6D6570736575)
    v1 = k1 ^ U64(0x646F72616E646F6D)
    v2 = k0 ^ U64(0x6C7967656E657261)
    v3 = k1 ^ U64(0x7465646279746573)
    length = end - begin
    at = begin
    for _ in range(length // 8):
        word = U64(0)
        for j in range(8):
            word |= U64(data[at + j]) << U64(8 * j)
        v3 ^= word
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= word
        at += 8
    word = U64(length & 255) << U64(56)
    for j in range(end - at):
        word |= U64(data[at + j]) << U64(8 * j)
    v3 ^= word
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0 ^= word
    v2 ^= U64(0xFF)
    for _ in range(4):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@njit(cache=True, nogil=True)
def hash_strings(offsets, data, k0, k1, out):
    """Fill uint64[n] `out` from int32[n + 1] `offsets` into uint8 `data`. 0 stands for an empty slot, so no
    hash is 0.
    """
    for i in range(out.size):
        digest = _siphash(data, offsets[i], offsets[i + 1], k0, k1)
        out[i] = digest if digest != U64(0) else U64(1)
