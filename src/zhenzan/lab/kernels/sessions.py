"""Kernels of sessions: what viewers see and do in them, and in planned visits."""

import numpy as np
from numba import njit

from zhenzan.lab.kernels.random import GOLDEN, normal, pair, seeded, unit
from zhenzan.lab.kernels.watch import (
    SKIP_QUANTILES,
    T_DURATION,
    T_EMOTION,
    T_HELD_MATCH,
    T_HELD_OTHER,
    T_LIKE_HELD,
    T_LIKE_SKIPPED,
    T_SKIP_MS,
    T_TOPIC,
    act,
    held_time,
    motive_factor,
    skipped_time,
)

TRIES = 4  # until something is found that was not seen of late
SEEN_SLOTS = 64  # a power of two
SEEN_MASK = SEEN_SLOTS - 1
SEARCH_SHARE = 0.04
PAUSE_MS = 700.0  # between two items
INTERESTS = 3

# Places in a viewer's row: all that a session needs to know of them, in one line of memory.
V_MOTIVES, V_ATTENTION, V_INTERESTS, V_SOURCE, V_GENEROSITY = 0, 5, 6, 9, 10
VIEWER = 16


def viewer_rows(motives, attention_ms, interests, source, generosity):
    """A row for each viewer, float32 [viewers, VIEWER]; of the cumulative motives all but the last."""
    rows = np.zeros((len(source), VIEWER), np.float32)
    rows[:, V_MOTIVES : V_MOTIVES + 5] = motives[:, :5]
    rows[:, V_ATTENTION] = attention_ms
    rows[:, V_INTERESTS : V_INTERESTS + INTERESTS] = interests
    rows[:, V_SOURCE] = source
    rows[:, V_GENEROSITY] = generosity
    return rows


@njit(cache=True, nogil=True)
def choose_items(
    state,
    viewer,
    begin,
    end,
    rows,
    follow_offset,
    follow_creator,
    seen,
    latest,
    topic_offset,
    by_topic,
    total,
    guide,
    shares,
    out_item,
    out_channel,
):
    """Choose the items that the feed shows in the rows begin..end of a session (−1: nothing); gives the state
    after the draws.

    Channels: 0 one's topics, 1 what trends, 2 new items, 3 those whom one follows, 4 search. `total`
    [2, items + 1]: running totals, by topic, of all weights and of new items; an item is the place whose
    stretch holds the goal. `guide[·, g]` is the place that holds g / items of the whole, so that a few steps
    suffice (Chen and Asau, On generating random variates from an empirical distribution, 1974). `shares`:
    cumulative, of views from followed creators, one's topics, new items. Written out in one piece: numba
    counts references to every array that an inlined function is given, at twice the cost of all the rest.
    """
    items = by_topic.size
    for row in range(begin, end):
        item, channel = np.int64(-1), 1
        for _ in range(TRIES):
            u, w = pair(state)
            v = unit(state + GOLDEN)
            state += GOLDEN + GOLDEN
            item, channel, table, low, high = np.int64(-1), 1, 0, np.int64(0), items
            if u < shares[0]:
                first = follow_offset[viewer]
                size = follow_offset[viewer + 1] - first
                if size > 0:
                    item = np.int64(latest[follow_creator[first + int(v * size)]])
                    channel = 3 if item >= 0 else 1
            elif u < shares[1]:
                topic = np.int64(rows[viewer, V_INTERESTS + min(int(w * w * INTERESTS), INTERESTS - 1)])
                from_, to = topic_offset[topic], topic_offset[topic + 1]
                if total[0, to] > total[0, from_]:
                    low, high, channel = from_, to, 4 if w < SEARCH_SHARE else 0
            elif u < shares[2] and total[1, items] > 0.0:
                table, channel = 1, 2
            if item < 0 and total[table, items] > 0.0:
                goal = total[table, low] + v * (total[table, high] - total[table, low])
                index = np.int64(guide[table, min(int(goal / total[table, items] * items), items - 1)])
                index = min(max(index, low), high - 1)
                while index > low and total[table, index] > goal:
                    index -= 1
                while index < high - 1 and total[table, index + 1] <= goal:
                    index += 1
                item = np.int64(by_topic[index])
            if item < 0 or seen[viewer, item & SEEN_MASK] != item:
                break
        out_item[row], out_channel[row] = item, channel
        if item >= 0:
            seen[viewer, item & SEEN_MASK] = item
    return state


@njit(cache=True, nogil=True)
def live_sessions(
    first,
    last,
    key,
    step,
    step_start,
    step_us,
    active,
    offset,
    rows,
    follow_offset,
    follow_creator,
    seen,
    latest,
    topic_offset,
    by_topic,
    total,
    guide,
    shares,
    traits,
    shown,
    parameters,
    skip_factors,
    out_account,
    out_item,
    out_time,
    out_watched,
    out_flags,
    out_channel,
    out_motive,
    out_source,
):
    """All views of the active viewers first..last, written from `offset[k]` − `offset[0]` on for the k-th.

    Times are µs from the world's start. A view of nothing (an empty feed) has item −1. First all items of a
    session are chosen, then all are watched, so that memory is waited for once and not view by view. Cost:
    O(views), some 80 ns each.
    """
    for k in range(first, last):
        i = active[k]
        begin, end = offset[k] - offset[0], offset[k + 1] - offset[0]
        state = seeded(key, i, step)
        u, v = pair(state)
        motive = 0
        while motive < 5 and u >= rows[i, V_MOTIVES + motive]:
            motive += 1
        one, other = pair(state + GOLDEN)
        mood = np.exp(0.5 * normal(one, other))
        state = choose_items(
            state + GOLDEN + GOLDEN,
            i,
            begin,
            end,
            rows,
            follow_offset,
            follow_creator,
            seen,
            latest,
            topic_offset,
            by_topic,
            total,
            guide,
            shares,
            out_item,
            out_channel,
        )
        time = step_start + int(v * step_us)
        source, attention_ms = int(rows[i, V_SOURCE]), rows[i, V_ATTENTION]
        cause, second, third = rows[i, V_INTERESTS], rows[i, V_INTERESTS + 1], rows[i, V_INTERESTS + 2]
        for row in range(begin, end):
            item = np.int64(out_item[row])
            out_account[row], out_motive[row], out_source[row] = i, motive, source
            out_watched[row], out_flags[row], out_time[row] = 0, 0, time
            if item < 0:
                continue
            topic = traits[item, T_TOPIC]
            match = (topic == cause) | (topic == second) | (topic == third)
            u, held_by = pair(state)
            v, luck = pair(state + GOLDEN)
            state += GOLDEN + GOLDEN
            held = held_by < (traits[item, T_HELD_MATCH] if match else traits[item, T_HELD_OTHER])
            duration_ms = traits[item, T_DURATION]
            if held:
                watched = held_time(u, v, duration_ms, attention_ms)
                chance = np.float64(traits[item, T_LIKE_HELD])
            else:
                factor = skip_factors[int(v * SKIP_QUANTILES)]
                watched = skipped_time(u, duration_ms, traits[item, T_SKIP_MS] * factor)
                chance = np.float64(traits[item, T_LIKE_SKIPPED])
            chance *= rows[i, V_GENEROSITY] * motive_factor(
                motive,
                match,
                topic == cause,
                out_channel[row] == 3,
                traits[item, T_EMOTION] * mood,
                shown[item],
                parameters,
            )
            flags, state = act(state, luck, chance, motive, held, parameters)
            out_watched[row], out_flags[row] = int(watched), flags
            time += int((watched + PAUSE_MS) * 1000.0)
            out_time[row] = time


@njit(cache=True, nogil=True)
def planned_views(
    first,
    last,
    key,
    account,
    item,
    number,
    source,
    like_chance,
    held_share,
    glance,
    motive_of_source,
    motives,
    attention_ms,
    traits,
    parameters,
    skip_factors,
    out_watched,
    out_flags,
    out_motive,
):
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
        v, u = pair(state)
        other, luck = pair(state + GOLDEN)
        state += GOLDEN + GOLDEN
        held = v < held_share[kind]
        if held:
            watched = max(held_time(u, other, traits[what, T_DURATION], attention_ms[i]), 0.0)
        else:
            skip_ms = traits[what, T_SKIP_MS] * skip_factors[int(other * SKIP_QUANTILES)]
            watched = skipped_time(u, traits[what, T_DURATION], skip_ms)
        chance = like_chance[kind] if held or glance[kind] else 0.3 * like_chance[kind]
        chance *= min(max(traits[what, T_EMOTION], 0.5), 2.0) ** 0.33
        flags, state = act(state, luck, chance, motive, held, parameters)
        out_watched[row], out_flags[row], out_motive[row] = int(watched), flags, motive


@njit(cache=True, nogil=True)
def hired_views(
    first,
    last,
    key,
    account,
    item,
    number,
    watched_share,
    duration_ms,
    glance_from_ms,
    glance_to_ms,
    out_watched,
):
    """Milliseconds that those watch who are paid: a glance, or about the share of an item they are told."""
    for row in range(first, last):
        u, v = pair(seeded(key, account[row], number[row]))
        share = min(watched_share[row] * (0.5 + u), 1.05)
        glance = glance_from_ms + v * (glance_to_ms - glance_from_ms)
        out_watched[row] = int(max(glance, share * duration_ms[item[row]]))
