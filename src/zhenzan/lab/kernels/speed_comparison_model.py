"""Kernel of the smallest world: everybody looks at a random item and likes it with one probability."""

import numpy as np
from numba import njit

from zhenzan.lab.kernels.random import GOLDEN, S11, TO_UNIT, mix, seeded

S32 = np.uint64(32)


@njit(cache=True, nogil=True)
def live_minimal(first, last, key, first_step, steps, items, like_chance):
    """Likes of each item [items] by the agents first..last in `steps` steps. Some 5 ns an agent step."""
    likes = np.zeros(items, np.int64)
    span = np.uint64(items)
    for step in range(first_step, first_step + steps):
        for agent in range(first, last):
            state = seeded(key, agent, step)
            if np.float64(mix(state) >> S11) * TO_UNIT < like_chance:
                item = ((mix(state + GOLDEN) >> S32) * span) >> S32
                likes[np.int64(item)] += 1
    return likes
