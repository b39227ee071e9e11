"""Viewers' sessions: who comes in a step, and what they see and do there."""

import numpy as np
from numba import njit

from zhenzan.lab.kernels.random import GOLDEN, normal, seeded, unit
from zhenzan.lab.kernels.watch import (
    T_DURATION,
    T_EMOTION,
    T_SKIP_MS,
    T_TOPIC,
    act,
    held_time,
    see,
    skipped_time,
)

SECOND, HOUR = 1_000_000, 3_600_000_000
VIEWS_MAX = 400  # of one viewer in one step
TRIES = 4  # until something is found that was not seen of late
SEEN_SLOTS = 32
ORGANIC, SEARCH = 0, 1
SEARCH_SHARE = 0.04
PAUSE_MS = 700.0  # between two items


@njit(cache=True, nogil=True)
def count_views(
    first, last, key, step, hour, steps_per_day, rhythm, zone, sessions_per_day, views_mean, views
):
    """`views[i]`: how many items viewer i is shown in the sessions that begin in this step (0: none begins).

    `rhythm` [24]: by local hour, mean 1. Cost: O(viewers), some 5 ns each.
    """
    for i in range(first, last):
        local = int(hour + zone[i] + 48.0) % 24
        chance = sessions_per_day[i] * rhythm[local] / steps_per_day
        state = seeded(key, i, step)
        sessions = int(chance)
        if unit(state) < chance - sessions:
            sessions += 1
        views[i] = 0
        if sessions == 0:
            continue
        state += GOLDEN
        stop = -np.log(1.0 - 1.0 / max(views_mean, 1.000001))
        number = 1 + int(-np.log(1.0 - unit(state)) / stop)
        views[i] = min(sessions * number, VIEWS_MAX)


@njit(cache=True, nogil=True, inline="always")
def pick(total, guide, low, high, u):
    """The place from `low` to `high` whose stretch of the running total holds low + u·(high − low).

    `guide[g]` is the place that holds g / size of the whole, so that a few steps suffice (Chen and Asau, On
    generating random variates from an empirical distribution, 1974).
    """
    goal = total[low] + u * (total[high] - total[low])
    place = guide[min(int(goal / total[guide.size] * guide.size), guide.size - 1)]
    place = min(max(place, low), high - 1)
    while place > low and total[place] > goal:
        place -= 1
    while place < high - 1 and total[place + 1] <= goal:
        place += 1
    return place


@njit(cache=True, nogil=True, inline="always")
def choose(state, viewer, interests, follow_offset, follow_creator, latest, topic_offset, by_topic, total,
           fresh, guide, fresh_guide, shares):  # fmt: skip
    """An item for the next view (−1: none), its channel and the state after the draws.

    Channels: 0 one's topics, 1 what trends, 2 new items, 3 those whom one follows, 4 search.
    """
    u = unit(state)
    state += GOLDEN
    v = unit(state)
    state += GOLDEN
    items = by_topic.size
    if u < shares[0]:
        size = follow_offset[viewer + 1] - follow_offset[viewer]
        if size > 0:
            item = latest[follow_creator[follow_offset[viewer] + int(v * size)]]
            if item >= 0:
                return item, 3, state
        u = 1.0
    elif u < shares[0] + shares[1]:
        w = unit(state)
        state += GOLDEN
        channel = 0
        topic = interests[viewer, min(int(w * w * interests.shape[1]), interests.shape[1] - 1)]
        if w < SEARCH_SHARE:
            channel = 4
        low, high = topic_offset[topic], topic_offset[topic + 1]
        if total[high] > total[low]:
            return by_topic[pick(total, guide, low, high, v)], channel, state
        u = 1.0
    elif u < shares[0] + shares[1] + shares[2] and fresh[items] > 0.0:
        return by_topic[pick(fresh, fresh_guide, 0, items, v)], 2, state
    if total[items] > 0.0:
        return by_topic[pick(total, guide, 0, items, v)], 1, state
    return -1, 1, state


@njit(cache=True, nogil=True)
def live_sessions(
    first, last, key, step, step_start, step_us, active, offset,
    interests, motives, attention_ms, source_of_viewer, follow_offset, follow_creator, seen,
    latest, topic_offset, by_topic, total, fresh, guide, fresh_guide, shares,
    traits, shown, parameters, skip_factors,
    out_account, out_item, out_time, out_watched, out_flags, out_channel, out_motive, out_source,
):  # fmt: skip
    """All views of the active viewers first..last, written from `offset[k]` on for the k-th of them.

    Times are µs from the world's start. A view of nothing (an empty feed) has item −1. Cost: O(views),
    some 150 ns each.
    """
    for k in range(first, last):
        i = active[k]
        state = seeded(key, i, step)
        u = unit(state)
        state += GOLDEN
        motive = 0
        while motive < 5 and u >= motives[i, motive]:
            motive += 1
        mood = np.exp(0.5 * normal(unit(state), unit(state + GOLDEN)))
        state += GOLDEN + GOLDEN
        time = step_start + int(unit(state) * step_us)
        state += GOLDEN
        for row in range(offset[k], offset[k + 1]):
            item, channel = -1, 1
            for _ in range(TRIES):
                item, channel, state = choose(
                    state, i, interests, follow_offset, follow_creator, latest, topic_offset, by_topic,
                    total, fresh, guide, fresh_guide, shares,
                )  # fmt: skip
                if item < 0 or seen[i, item % SEEN_SLOTS] != item:
                    break
            out_account[row], out_item[row], out_time[row] = i, item, time
            out_channel[row], out_motive[row], out_source[row] = channel, motive, source_of_viewer[i]
            out_watched[row], out_flags[row] = 0, 0
            if item < 0:
                continue
            seen[i, item % SEEN_SLOTS] = item
            topic = int(traits[item, T_TOPIC])
            match = False
            for t in range(interests.shape[1]):
                match |= interests[i, t] == topic
            watched, flags, state = see(
                state, motive, match, interests[i, 0] == topic, channel == 3, traits, item, attention_ms[i],
                mood, shown[item], parameters, skip_factors,
            )  # fmt: skip
            out_watched[row], out_flags[row] = int(watched), flags
            time += int((watched + PAUSE_MS) * 1000.0)
            out_time[row] = time


@njit(cache=True, nogil=True)
def planned_views(
    first, last, key, account, item, number, source, like_chance, held_share, glance, motive_of_source,
    motives, attention_ms, traits, parameters, skip_factors, out_watched, out_flags, out_motive,
):  # fmt: skip
    """Views that were planned (fans, hits, …): what each viewer does with the item they came for.

    `motive_of_source` [sources]: −1 where the viewer's own motives rule.
    `number` is the visit's own number, from which it draws; `like_chance` and `held_share` [sources];
    `glance` [sources]: those come only to like, and do so without watching.
    """
    for row in range(first, last):
        i, what, kind = account[row], item[row], source[row]
        state = seeded(key, i, number[row])
        u = unit(state)
        state += GOLDEN
        motive = 0
        while motive < 5 and u >= motives[i, motive]:
            motive += 1
        if motive_of_source[kind] >= 0:
            motive = motive_of_source[kind]
        held = unit(state) < held_share[kind]
        state += GOLDEN
        u = unit(state)
        state += GOLDEN
        other = unit(state)
        state += GOLDEN
        if held:
            watched = max(held_time(u, other, traits[what, T_DURATION], attention_ms[i]), 0.0)
        else:
            watched = skipped_time(u, other, traits[what, T_DURATION], traits[what, T_SKIP_MS], skip_factors)
        chance = like_chance[kind] if held or glance[kind] else 0.3 * like_chance[kind]
        chance *= min(max(traits[what, T_EMOTION], 0.5), 2.0) ** 0.33
        flags, state = act(state, chance, motive, held, parameters)
        out_watched[row], out_flags[row], out_motive[row] = int(watched), flags, motive
