"""Kernels of the features: linear passes over pairs, flat arrays in, flat arrays out.

`order` with `offset` (CSR) lists the pair positions of each group, by time within a group; an empty `order`
means that the groups lie in place, as items do. Likes of one instant are treated alike, whatever their
order: no feature may depend on ids or on the order of rows. Shares and means are sums of whole numbers
(`FIXED`), so that they do not depend on the order of summation either.
"""

import numpy as np
from numba import njit

from zhenzan.verify.kernels.like_order import largest

DAY = 86_400_000_000  # µs
HOUR = 3_600_000_000
FIXED = 65_536.0  # fixed point: whole numbers add up to the same sum in any order


@njit(cache=True, nogil=True, inline="always")
def row_at(order, i):
    return order[i] if order.size else i


@njit(cache=True, nogil=True)
def gaps(begin, end, order, offset, time, backward, scale, out):
    """Time to the group's previous (or next) like: 0 where another has the same instant, NaN without any."""
    for g in range(begin, end):
        first, last = offset[g], offset[g + 1]
        i = first
        while i < last:
            now = time[row_at(order, i)]
            j = i + 1
            while j < last and time[row_at(order, j)] == now:
                j += 1
            gap = np.nan
            if j - i > 1:
                gap = 0.0
            elif backward and i > first:
                gap = (now - time[row_at(order, i - 1)]) * scale
            elif not backward and j < last:
                gap = (time[row_at(order, j)] - now) * scale
            for k in range(i, j):
                out[row_at(order, k)] = gap
            i = j


@njit(cache=True, nogil=True)
def ages(begin, end, order, offset, time, scale, out):
    """Time since the group's first like."""
    for g in range(begin, end):
        if offset[g] < offset[g + 1]:
            birth = time[row_at(order, offset[g])]
            for i in range(offset[g], offset[g + 1]):
                p = row_at(order, i)
                out[p] = (time[p] - birth) * scale


@njit(cache=True, nogil=True)
def ranks(begin, end, order, offset, time, out):
    """1 + the group's likes before this instant."""
    for g in range(begin, end):
        first = offset[g]
        rank = 1
        for i in range(first, offset[g + 1]):
            if i > first and time[row_at(order, i)] > time[row_at(order, i - 1)]:
                rank = i - first + 1
            out[row_at(order, i)] = rank


@njit(cache=True, nogil=True)
def window_counts(begin, end, order, offset, time, before, after, out):
    """The group's likes in the open window (t − before, t + after), this one included; widths ≥ 1 µs."""
    for g in range(begin, end):
        first, last = offset[g], offset[g + 1]
        low, high = first, first
        for i in range(first, last):
            p = row_at(order, i)
            while time[row_at(order, low)] <= time[p] - before:
                low += 1
            while high < last and time[row_at(order, high)] < time[p] + after:
                high += 1
            out[p] = high - low


@njit(cache=True, nogil=True)
def window_means(begin, end, offset, time, account, value, before, after, pull, mean, out):
    """Mean of `value[account]` (fixed point) over the *other* likes of the item in the open window.

    Pulled towards `mean` (fixed point) as if `pull` more likes had it.
    """
    for g in range(begin, end):
        first, last = offset[g], offset[g + 1]
        low, high = first, first
        total = np.int64(0)
        for i in range(first, last):
            while time[low] <= time[i] - before:
                total -= value[account[low]]
                low += 1
            while high < last and time[high] < time[i] + after:
                total += value[account[high]]
                high += 1
            others = total - value[account[i]]
            out[i] = (others + pull * mean) / (high - low - 1 + pull) / FIXED


@njit(cache=True, nogil=True)
def item_means(begin, end, offset, account, value, pull, mean, out):
    """Mean of `value[account]` (fixed point) over the item's other likes, pulled as in `window_means`."""
    for g in range(begin, end):
        first, last = offset[g], offset[g + 1]
        total = np.int64(0)
        for i in range(first, last):
            total += value[account[i]]
        for i in range(first, last):
            out[i] = (total - value[account[i]] + pull * mean) / (last - first - 1 + pull) / FIXED


@njit(cache=True, nogil=True)
def account_means(begin, end, order, offset, value, out):
    """Mean of `value[pair]` (fixed point) over the account's *other* likes; NaN where it has no other."""
    for a in range(begin, end):
        first, last = offset[a], offset[a + 1]
        total = np.int64(0)
        for i in range(first, last):
            total += value[order[i]]
        for i in range(first, last):
            others = last - first - 1
            out[order[i]] = (total - value[order[i]]) / others / FIXED if others else np.nan


@njit(cache=True, nogil=True)
def account_spans(begin, end, order, offset, time, scale, out):
    """Time between an account's first and last like."""
    for a in range(begin, end):
        if offset[a] < offset[a + 1]:
            out[a] = (time[order[offset[a + 1] - 1]] - time[order[offset[a]]]) * scale


@njit(cache=True, nogil=True)
def account_days(begin, end, offset, time, days, busiest):
    """UTC days with a like, and the share of the likes that fall on the busiest of them.

    `time` is that of each account's likes, one after another, in all kernels that take no order.
    """
    for a in range(begin, end):
        own = time[offset[a] : offset[a + 1]]
        count, most = 0, 0
        i = 0
        while i < own.size:
            day = own[i] // DAY
            j = i
            while j < own.size and own[j] // DAY == day:
                j += 1
            count += 1
            most = max(most, j - i)
            i = j
        days[a] = count
        busiest[a] = most / max(own.size, 1)


@njit(cache=True, nogil=True)
def account_hours(begin, end, offset, time, active, quiet):
    """Of the 24 hours of the day: how many ever saw a like, and the longest run around it that did not.

    A run around the clock does not depend on the time zone.
    """
    for a in range(begin, end):
        seen = np.int64(0)
        for i in range(offset[a], offset[a + 1]):
            seen |= np.int64(1) << ((time[i] // HOUR) % 24)
        hours, run, longest = 0, 0, 0
        for h in range(48):
            if (seen >> (h % 24)) & 1:
                run = 0
                if h < 24:
                    hours += 1
            else:
                run += 1
                longest = max(longest, run)
        active[a] = hours
        quiet[a] = min(longest, 24)


@njit(cache=True, nogil=True)
def account_gap_variation(begin, end, offset, time, gaps_min, longest, out):
    """Coefficient of variation of an account's gaps up to `longest` µs; NaN where fewer than `gaps_min`.

    Metronomes are near 0, a Poisson process is at 1, people's bursts lie above. Longer gaps are pauses.
    """
    for a in range(begin, end):
        own = time[offset[a] : offset[a + 1]]
        count, total = 0, 0.0
        for i in range(1, own.size):
            gap = own[i] - own[i - 1]
            if gap <= longest:
                count += 1
                total += gap
        out[a] = np.nan
        if count >= gaps_min and total > 0.0:
            mean, square = total / count, 0.0
            for i in range(1, own.size):
                gap = own[i] - own[i - 1]
                if gap <= longest:
                    square += (gap - mean) ** 2
            out[a] = np.sqrt(square / count) / mean


@njit(cache=True, nogil=True)
def account_wake(begin, end, offset, time, sleep, scale, out):
    """Longest stretch of an account's likes without a gap of `sleep` µs. No one stays awake for days."""
    for a in range(begin, end):
        own = time[offset[a] : offset[a + 1]]
        longest, since = np.int64(0), np.int64(0)
        for i in range(own.size):
            now = own[i]
            if i == 0 or now - own[i - 1] >= sleep:
                since = now
            longest = max(longest, now - since)
        out[a] = longest * scale


@njit(cache=True, nogil=True)
def beliefs_of_others(order, offset, account, accounts, belief, out):
    """Mean belief (fixed point) in the likes of the *other* accounts of each group; NaN where there are
    none.

    Memory: 20 bytes an account.
    """
    stamp = np.full(accounts, -1, np.int32)
    total = np.zeros(accounts, np.int64)
    likes = np.zeros(accounts, np.int64)
    for g in range(offset.size - 1):
        everyone = np.int64(0)
        for i in range(offset[g], offset[g + 1]):
            a = account[order[i]]
            if stamp[a] != g:
                stamp[a] = g
                total[a] = 0
                likes[a] = 0
            total[a] += belief[order[i]]
            likes[a] += 1
            everyone += belief[order[i]]
        for i in range(offset[g], offset[g + 1]):
            a = account[order[i]]
            others = offset[g + 1] - offset[g] - likes[a]
            out[order[i]] = (everyone - total[a]) / others / FIXED if others else np.nan


@njit(cache=True, nogil=True)
def distinct_keys(order, offset, key, keys, missing, out):
    """How many distinct `key[pair]` (0 … keys − 1, or `missing`) each group has. Memory: `keys` × 4 bytes."""
    stamp = np.full(keys, -1, np.int32)
    for g in range(offset.size - 1):
        count = 0
        for i in range(offset[g], offset[g + 1]):
            k = key[row_at(order, i)]
            if k != missing and stamp[k] != g:
                stamp[k] = g
                count += 1
        out[g] = count


@njit(cache=True, nogil=True)
def creator_likes(begin, end, order, offset, item, creator_of_item, creators, out):
    """Likes of the pair's account for the pair's creator, of whom there are `creators`."""
    creator = np.empty(largest(begin, end, offset), np.int32)
    likes = np.zeros(creators, np.int32)
    for a in range(begin, end):
        own = order[offset[a] : offset[a + 1]]
        for i in range(own.size):
            creator[i] = item[own[i]]
        for i in range(own.size):
            creator[i] = creator_of_item[creator[i]]
            likes[creator[i]] += 1
        for i in range(own.size):
            out[own[i]] = likes[creator[i]]
        for i in range(own.size):
            likes[creator[i]] = 0


@njit(cache=True, nogil=True)
def count_stops(likes, item, creator_of_item, row_of_creator, stops):
    """`stops[row_of_creator[c] + k]`: likes of creator c by accounts with exactly k likes of it, as far as
    its row goes.
    """
    for p in range(likes.size):
        c = creator_of_item[item[p]]
        if likes[p] < row_of_creator[c + 1] - row_of_creator[c]:
            stops[row_of_creator[c] + likes[p]] += 1


@njit(cache=True, nogil=True)
def stop_spikes(
    begin,
    end,
    likes,
    item,
    creator_of_item,
    items_of_creator,
    row_of_creator,
    stops,
    likes_min,
    likes_max,
    accounts_min,
    out,
):
    """Accounts that stop at exactly as many likes of the creator against the mean of those with one more or
    fewer.
    """
    for p in range(begin, end):
        c, k = creator_of_item[item[p]], likes[p]
        out[p] = np.nan
        if k < likes_min or k > likes_max or k >= items_of_creator[c]:
            continue
        first = row_of_creator[c]
        at = stops[first + k] // k
        if at >= accounts_min:
            fewer, more = stops[first + k - 1] // (k - 1), stops[first + k + 1] // (k + 1)
            out[p] = at / ((fewer + more) / 2 + 1)


@njit(cache=True, nogil=True)
def traces(begin, end, offset, x, y, t, straightness, jerk, duration):
    """Pointer traces: chord ÷ path (1 is a straight line), unevenness of speed, duration in milliseconds.

    Unevenness is the coefficient of variation of the speed between samples: 0 for constant speed, as a
    script moves. NaN where a trace has fewer than 3 samples, does not move or takes no time.
    """
    for g in range(begin, end):
        first, last = offset[g], offset[g + 1]
        straightness[g] = np.nan
        jerk[g] = np.nan
        duration[g] = np.nan
        if last - first < 1:
            continue
        duration[g] = t[last - 1] - t[first]
        if last - first < 3:
            continue
        path, total, square, steps = 0.0, 0.0, 0.0, 0
        for i in range(first + 1, last):
            length = np.hypot(x[i] - x[i - 1], y[i] - y[i - 1])
            path += length
            if t[i] > t[i - 1]:
                speed = length / (t[i] - t[i - 1])
                total += speed
                square += speed * speed
                steps += 1
        if path > 0.0:
            straightness[g] = min(np.hypot(x[last - 1] - x[first], y[last - 1] - y[first]) / path, 1.0)
        if steps >= 2 and total > 0.0:
            mean = total / steps
            jerk[g] = np.sqrt(max(square / steps - mean * mean, 0.0)) / mean
