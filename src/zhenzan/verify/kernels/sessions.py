"""Kernel that judges a ring's likes of an item together."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def judge_sessions(
    likes,
    ring,
    item,
    time,
    item_offset,
    span,
    expected_share,
    likes_min,
    excess_log,
    excess_share,
    session,
):
    """Part each ring's likes of an item into stretches with no gap over the ring's span; judge each stretch.

    Expected likes: the natural likes of the item, whenever they came, times `expected_share[i]`, the ring's
    idle likes per natural like on items about as popular. Tastes differ, so a ring's natural likes of an item
    are negative binomial of shape 1: `excess_log[s]` is −ln of the chance of as many in session s,
    `excess_share[s]` the part beyond what is expected; `session[i]` is like i's, −1 for one of fewer than
    `likes_min` likes. Returns how many there are.
    """
    sessions = 0
    ring_likes = 0
    i = 0
    while i < likes.size:
        r = ring[i]
        v = item[likes[i]]
        if i == 0 or ring[i - 1] != r or item[likes[i - 1]] != v:
            ring_likes = 1
            while (
                i + ring_likes < likes.size and ring[i + ring_likes] == r and item[likes[i + ring_likes]] == v
            ):
                ring_likes += 1
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
            natural = item_offset[v + 1] - item_offset[v] - ring_likes + 0.5
            expected = max(natural * expected_share[i], 1e-3)
            excess_log[sessions] = count * np.log((1.0 + expected) / expected) if count > expected else 0.0
            excess_share[sessions] = max(1.0 - expected / count, 0.0)
            session[i:j] = sessions
            sessions += 1
        else:
            session[i:j] = -1
        i = j
    return sessions
