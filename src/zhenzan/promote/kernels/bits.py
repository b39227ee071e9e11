"""Single instructions on 64-bit words, and random numbers by counter."""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

U64 = np.uint64
TWO_53 = 1.0 / (1 << 53)


@intrinsic
def ones(typing_context, word):
    """How many bits are set."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic
def lowest(typing_context, word):
    """The place of the lowest bit that is set; 64 where none is."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], context.get_constant(types.boolean, False))

    return types.uint64(types.uint64), generate


@njit(cache=True, nogil=True, inline="always")
def mixed(value):
    """SplitMix64's finish (Steele, Lea, Flood, OOPSLA 2014)."""
    value = (value ^ (value >> U64(30))) * U64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> U64(27))) * U64(0x94D049BB133111EB)
    return value ^ (value >> U64(31))


@njit(cache=True, nogil=True, inline="always")
def uniform(key, counter):
    """The counter's number in [0, 1): a function of key and counter, so a log can be drawn again."""
    return np.float64(mixed(key + counter * U64(0x9E3779B97F4A7C15)) >> U64(11)) * TWO_53


@njit(cache=True, nogil=True, inline="always")
def nth_one(word, rank):
    """The place of the bit that is set for the `rank`-th time, from 0."""
    for _ in range(rank):
        word &= word - U64(1)
    return lowest(word)
