"""Kernels that count events per item and keep the set of likes given: one pass over a step's events."""

import numpy as np
from numba import njit

from zhenzan.lab.kernels.random import mix
from zhenzan.lab.kernels.watch import COMMENT, DOUBLE_TAP, LIKE, SHARE, UNLIKE

EMPTY = np.int64(-1)
LONG_ENOUGH_MS = 30_000.0
COMMENT_DEPTH, SHARE_DEPTH = 1.5, 2.0
LIKE_DEPTH_MIN = 0.15


@njit(cache=True, nogil=True)
def put(table, key):
    """Put a key into an open-addressing table; False where it was there."""
    mask = table.size - 1
    slot = np.int64(mix(np.uint64(key)) & np.uint64(mask))
    while table[slot] != EMPTY:
        if table[slot] == key:
            return False
        slot = (slot + 1) & mask
    table[slot] = key
    return True


@njit(cache=True, nogil=True)
def rehash(old, new):
    """Move all keys into a larger table."""
    for slot in range(old.size):
        if old[slot] != EMPTY:
            put(new, old[slot])


@njit(cache=True, nogil=True)
def like_once(table, account, item, flags):
    """Take the like from events whose account likes the item already; give how many likes are left."""
    likes = 0
    for row in range(account.size):
        if flags[row] & LIKE:
            if item[row] >= 0 and put(table, (np.int64(account[row]) << 32) | np.int64(item[row])):
                likes += 1
            else:
                flags[row] &= ~(LIKE | UNLIKE | DOUBLE_TAP) & 255
    return likes


@njit(cache=True, nogil=True)
def credit_of(flags, watched_ms, duration_ms, deep):
    """Credit of an event in the ranking: its like, weighted by watch time and depth where `deep`."""
    like = 1.0 if flags & LIKE else 0.0
    if not deep:
        return like
    enough = min(duration_ms, LONG_ENOUGH_MS) if duration_ms > 0.0 else LONG_ENOUGH_MS
    watched = min(watched_ms / max(enough, 1.0), 1.0)
    credit = like * (LIKE_DEPTH_MIN + (1.0 - LIKE_DEPTH_MIN) * watched)
    if flags & COMMENT:
        credit += COMMENT_DEPTH * watched
    if flags & SHARE:
        credit += SHARE_DEPTH * watched
    return credit


@njit(cache=True, nogil=True)
def count_events(
    item,
    watched,
    flags,
    channel,
    kind,
    deep,
    at_once,
    topic,
    quality,
    duration_ms,
    exposures,
    views,
    credit,
    bought_views,
    bought_credit,
    shown,
    likes,
    topical_views,
    sums,
):
    """Add a step's events to the counters; give the views that came from what trends.

    An event of the feed has a channel (0…), any other has −1. `at_once`: whether views and likes move the
    ranking before the verdict. `likes` [3, items] by kind of like. `sums`: views, ms, quality · ms.
    """
    trending = 0
    seen, watched_ms, worth_ms = 0, 0, 0.0
    for row in range(item.size):
        i = item[row]
        if i < 0:
            continue
        seen += 1
        if channel[row] >= 0:
            exposures[i] += 1
            watched_ms += watched[row]
            worth_ms += quality[i] * watched[row]
            if channel[row] == 1:
                trending += 1
            elif channel[row] == 0 or channel[row] == 4:
                topical_views[topic[i]] += 1
        paid = kind[row] != 0
        if at_once:
            views[i] += 1
            if paid:
                bought_views[i] += 1
        act = flags[row]
        if act == 0:
            continue
        if act & LIKE:
            likes[kind[row], i] += 1
            shown[i] += 0 if act & UNLIKE else 1
        if at_once and not act & UNLIKE:
            worth = credit_of(act, watched[row], duration_ms[i], deep)
            credit[i] += worth
            if paid:
                bought_credit[i] += worth
    sums[0] += seen
    sums[1] += watched_ms
    sums[2] += worth_ms
    return trending


@njit(cache=True, nogil=True)
def rows_to_keep(account, item, flags, views_of, any_views):
    """Rows in which something was done, and all rows of the accounts of which views are kept. O(rows)."""
    kept = np.empty(item.size, np.int64)
    number = 0
    for row in range(item.size):
        is_kept = flags[row] != 0
        if any_views and not is_kept and account[row] < views_of.size:
            is_kept = views_of[account[row]]
        if is_kept and item[row] >= 0:
            kept[number] = row
            number += 1
    return kept[:number].copy()


@njit(cache=True, nogil=True)
def add_views(item, kind, views, bought_views):
    """Add views whose verdict is due to the counters that the ranking reads."""
    for row in range(item.size):
        if item[row] >= 0:
            views[item[row]] += 1
            bought_views[item[row]] += 1 if kind[row] != 0 else 0
