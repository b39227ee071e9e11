"""Kernels that add up what was judged, per item and per account, each in one fixed order."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def add_items(
    first, last, item_offset, account, probability, verdict, counted, bot, fake, uncertain, claimed, doubt,
    variance, counts,
):  # fmt: skip
    """Of the counted likes of items first..last: how many; Σ(1 − p) and Σp(1 − p), a bot's idle like being
    doubted wholly; and `counts` of fake, uncertain and idle ones.
    """
    for v in range(first, last):
        certain, spread = 0.0, 0.0
        for p in range(item_offset[v], item_offset[v + 1]):
            if not counted[p]:
                continue
            idle = bot[account[p]] and verdict[p] != fake
            chance = 1.0 if idle else np.float64(probability[p])
            certain += 1.0 - chance
            spread += chance * (1.0 - chance)
            claimed[v] += 1
            counts[0, v] += verdict[p] == fake
            counts[1, v] += verdict[p] == uncertain
            counts[2, v] += idle
        doubt[v] = certain
        variance[v] = spread


@njit(cache=True, nogil=True)
def add_accounts(account, probability, verdict, fake, expected, fakes):
    """Σp, and fake likes, of each account."""
    for p in range(account.size):
        expected[account[p]] += probability[p]
        fakes[account[p]] += verdict[p] == fake
