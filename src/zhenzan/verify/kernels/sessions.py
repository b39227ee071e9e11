"""Kernel that judges a ring's likes of an item together."""

import numpy as np
from numba import njit

from zhenzan.verify.kernels.windows import excess


@njit(cache=True, nogil=True)
def judge_sessions(
    likes,
    ring,
    item,
    time,
    item_offset,
    member,
    span,
    rate,
    likes_min,
    excess_min,
    prior_log,
    logit_max,
    chance,
):
    """Part each ring's likes of an item into stretches with no gap over the ring's span; judge each stretch.

    Expected likes: the natural likes of the item in the stretch times `rate[ring]`, the ring's idle likes per
    natural like of the
    log. `chance[i]` becomes the chance that like i was bought, 0 where its stretch shows nothing.
    """
    i = 0
    while i < likes.size:
        r = ring[i]
        v = item[likes[i]]
        j = i + 1
        while (
            j < likes.size
            and ring[j] == r
            and item[likes[j]] == v
            and time[likes[j]] - time[likes[j - 1]] <= span[r]
        ):
            j += 1
        count = j - i
        if count >= likes_min:
            natural = 0.5
            for p in range(max(likes[i], item_offset[v]), likes[j - 1] + 1):
                if member[p] != r:
                    natural += 1.0
            expected = max(natural * rate[r], 1e-3)
            value = excess(count, expected)
            if value > excess_min:
                logit = min(prior_log + value, logit_max)
                share = 1.0 - expected / count
                for k in range(i, j):
                    chance[k] = share / (1.0 + np.exp(-logit))
        i = j
