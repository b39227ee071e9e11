"""Counter-based random numbers inside kernels: a state for (stream, agent, step), then draw after draw.

The mixer is the finaliser of SplitMix64 (Steele, Lea, Flood, Fast splittable pseudorandom number generators,
OOPSLA 2014). All constants are uint64: numba turns mixed signs into floats.
"""

import numpy as np
from numba import njit

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
AGENT = np.uint64(0xD1342543DE82EF95)
STEP = np.uint64(0xAF251AF3B0F025B5)
S30, S27, S31, S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
S32, LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
TO_UNIT = 1.0 / 9007199254740992.0  # 2^-53
HALF_TO_UNIT = 1.0 / 4294967296.0  # 2^-32


@njit(cache=True, nogil=True, inline="always")
def mix(z):
    """Scramble 64 bits."""
    z = (z ^ (z >> S30)) * FIRST
    z = (z ^ (z >> S27)) * SECOND
    return z ^ (z >> S31)


@njit(cache=True, nogil=True, inline="always")
def seeded(key, agent, step):
    """The state from which an agent draws in a step; `key` is the stream's."""
    return mix(mix(key + np.uint64(agent) * AGENT) ^ (np.uint64(step) * STEP + GOLDEN))


@njit(cache=True, nogil=True, inline="always")
def unit(state):
    """A number from 0 to 1 (1 excluded) for a state; step the state by GOLDEN before the next."""
    return np.float64(mix(state) >> S11) * TO_UNIT


@njit(cache=True, nogil=True, inline="always")
def pair(state):
    """Two independent numbers from 0 to 1 for a state, 32 bits each: half the price of two of `unit`."""
    z = mix(state)
    return np.float64(z >> S32) * HALF_TO_UNIT, np.float64(z & LOW) * HALF_TO_UNIT


@njit(cache=True, nogil=True, inline="always")
def normal(one, other):
    """A standard normal number from two uniform ones (Box and Muller 1958)."""
    return np.sqrt(-2.0 * np.log(1.0 - one)) * np.cos(6.283185307179586 * other)


@njit(cache=True, nogil=True)
def units(key, one, other):
    """A number from 0 to 1 for every pair (one[i], other[i]): the same pair always has the same luck."""
    numbers = np.empty(one.size, np.float64)
    for i in range(one.size):
        numbers[i] = unit(seeded(key, one[i], other[i]))
    return numbers
