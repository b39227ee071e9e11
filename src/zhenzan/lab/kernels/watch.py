"""Kernels of a single view: how long somebody watches an item, and what they do."""

from statistics import NormalDist

import numpy as np
from numba import njit

from zhenzan.lab.kernels.random import GOLDEN, pair

LIKE, COMMENT, SHARE, FOLLOW, UNLIKE, DOUBLE_TAP = 1, 2, 4, 8, 16, 32
SOCIAL, ALGORITHMIC, COMMERCIAL, EMOTIONAL, EXPRESSION, REWARD = 0, 1, 2, 3, 4, 5

# How those who are held watch: to the end, again, or a part. Set to the shape of public watch ratios.
COMPLETES, REPLAYS = 0.52, 0.20
SKIP_MEDIAN_MS, SKIP_SPREAD = 2_900.0, 0.9
SKIP_SHARE_MAX = 0.9
SKIP_QUANTILES = 4096
NEVER_STARTED = 0.0065

# Places in the tuple of viewing parameters.
P_ENGAGED, P_LIKE_HELD, P_LIKE_SKIPPED, P_QUALITY, P_MATCH, P_CONFORMITY = 0, 1, 2, 3, 4, 5
P_COMMENT, P_SHARE, P_FOLLOW, P_UNLIKE, P_DOUBLE_TAP, P_MUTUAL = 6, 7, 8, 9, 10, 11
P_HELD_LENGTH, P_LIKE_LENGTH, P_MEDIAN_MS = 12, 13, 14

# Places in an item's row of traits: all that a view needs of it, in one stretch of memory.
T_HELD_MATCH, T_HELD_OTHER, T_LIKE_HELD, T_LIKE_SKIPPED, T_SKIP_MS, T_EMOTION, T_DURATION, T_TOPIC = range(8)
TRAITS = 8


def skip_factors():
    """Quantiles of the time to a swipe, in its median [SKIP_QUANTILES]: a lognormal, as a table."""
    middle = NormalDist()
    places = ((k + 0.5) / SKIP_QUANTILES for k in range(SKIP_QUANTILES))
    return np.array([np.exp(SKIP_SPREAD * middle.inv_cdf(quantile)) for quantile in places])


def traits_of(quality, appeal, charm, duration_ms, topic, parameters):
    """One row of traits for each item [items, TRAITS]. Live rooms, of length 0, count as middling."""
    median_ms = parameters[P_MEDIAN_MS]
    length = np.log(np.where(duration_ms > 0.0, duration_ms, median_ms) / median_ms)
    base = parameters[P_ENGAGED] + parameters[P_QUALITY] * quality + parameters[P_HELD_LENGTH] * length
    charm = charm * np.exp(parameters[P_LIKE_LENGTH] * length)
    half = 0.5 * parameters[P_MATCH]
    return np.column_stack(
        [
            1.0 / (1.0 + np.exp(-(base + half))),
            1.0 / (1.0 + np.exp(-(base - half))),
            charm * parameters[P_LIKE_HELD] * np.exp(0.25 * quality),
            charm * parameters[P_LIKE_SKIPPED] * np.exp(0.35 * appeal),
            SKIP_MEDIAN_MS * np.exp(0.15 * appeal),
            np.exp(0.45 * quality),
            duration_ms,
            topic,
        ]
    ).astype(np.float32)


@njit(cache=True, nogil=True, inline="always")
def held_time(u, other, duration_ms, attention_ms):
    """Milliseconds that somebody who is held watches, not beyond their patience; `duration_ms` 0: live."""
    if duration_ms <= 0.0:
        return attention_ms * (0.5 + 3.0 * other)
    if u < COMPLETES:
        share = 0.97 + 0.1 * other
    elif u < COMPLETES + REPLAYS:
        share = 1.1 - 0.5 * np.log(1.0 - other)
    else:
        share = 0.2 + 0.75 * other
    return min(share * duration_ms, max(attention_ms, 5_000.0))


@njit(cache=True, nogil=True, inline="always")
def skipped_time(u, duration_ms, skip_ms):
    """Milliseconds until somebody swipes on, who would do so after `skip_ms`."""
    if u < NEVER_STARTED:
        return 0.0
    limit = SKIP_SHARE_MAX * duration_ms if duration_ms > 0.0 else 1e9
    return min(skip_ms, limit)


@njit(cache=True, nogil=True, inline="always")
def motive_factor(motive, match, cause, close, emotion, shown_likes, parameters):
    """How much likelier than the mean somebody with this motive likes what they see now.

    `match`: of one's topics; `cause`: of the first of them; `close`: by somebody one follows; `emotion`: what
    the item stirs in the viewer's mood.
    """
    if motive == SOCIAL:
        follows = 1.0 + 8.0 * parameters[P_MUTUAL] if close else 0.85
        return follows * (1.0 + parameters[P_CONFORMITY] * np.log1p(shown_likes)) * 0.75
    if motive == ALGORITHMIC:
        return 1.35 if match else 0.35
    if motive == COMMERCIAL:
        return 1.2
    if motive == EMOTIONAL:
        return emotion * 0.8
    if motive == EXPRESSION:
        return 2.6 if cause else 0.5
    return 0.8


@njit(cache=True, nogil=True, inline="always")
def act(state, luck, like_chance, motive, held, parameters):
    """Flags of what is done in one view, and the state after the draws. `luck`: of the like, from 0 to 1."""
    flags = 0
    u, taken_back = pair(state)
    state += GOLDEN
    if luck < like_chance:
        flags |= LIKE
        if taken_back < parameters[P_UNLIKE]:
            flags |= UNLIKE
        bias = 0.15 if motive == EMOTIONAL else 0.0
        tap, _ = pair(state)
        if tap < parameters[P_DOUBLE_TAP] + bias:
            flags |= DOUBLE_TAP
    state += GOLDEN
    talkative = 5.0 if motive == COMMERCIAL else 1.0
    scale = (2.2 if held else 0.45) * talkative
    if u < parameters[P_COMMENT] * scale:
        flags |= COMMENT
    elif u > 1.0 - parameters[P_SHARE] * scale:
        flags |= SHARE
    elif abs(u - 0.5) < 0.5 * parameters[P_FOLLOW] * scale:
        flags |= FOLLOW
    return flags, state
