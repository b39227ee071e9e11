"""Kernels that order likes of which the model knows nothing, by what their accounts and items look like."""

import numpy as np
from numba import njit

from zhenzan.verify.kernels.like_order import largest

DAY = 86_400_000_000  # µs


@njit(cache=True, nogil=True)
def crowd(time, account, visitor, width, pull, visitors, strange, surge):
    """Of the likes of one item, within `width` µs on either side: the share of the others by visitors, pulled
    towards `visitors` as if `pull` more likes had it; and ln of how many likes there are against the item's
    average.
    """
    size = time.size
    days = 1.0 + (time[size - 1] - time[0]) / DAY
    expected = size * min(1.0, 2.0 * width / DAY / days)
    low, high, total = 0, 0, 0
    for i in range(size):
        while time[low] <= time[i] - width:
            total -= visitor[account[low]]
            low += 1
        while high < size and time[high] < time[i] + width:
            total += visitor[account[high]]
            high += 1
        others = total - visitor[account[i]]
        strange[i] = (others + pull * visitors) / (high - low - 1 + pull)
        surge[i] = np.log((high - low + 1.0) / (expected + 1.0))


@njit(cache=True, nogil=True)
def moments_of_signs(
    every, item_offset, time, account, visitor, width, pull, visitors, of_account, total, product
):
    """Sums of the signs and of their products over the likes of every `every`-th item; returns how many."""
    most = largest(0, item_offset.size - 1, item_offset)
    strange, surge, sign = np.empty(most), np.empty(most), np.empty(4)
    likes = 0
    for g in range(0, item_offset.size - 1, every):
        first, last = item_offset[g], item_offset[g + 1]
        if first == last:
            continue
        crowd(time[first:last], account[first:last], visitor, width, pull, visitors, strange, surge)
        for i in range(last - first):
            a = account[first + i]
            sign[0], sign[1], sign[2], sign[3] = of_account[0, a], of_account[1, a], strange[i], surge[i]
            for j in range(4):
                total[j] += sign[j]
                for k in range(j + 1):
                    product[j, k] += sign[j] * sign[k]
        likes += last - first
    return likes


@njit(cache=True, nogil=True)
def order_silent(
    begin,
    end,
    item_offset,
    time,
    account,
    visitor,
    width,
    pull,
    visitors,
    by_account,
    slope,
    probability,
    silent,
    silent_logit,
    lean,
    out,
):
    """`probability` where anything speaks; elsewhere the prior, moved by at most `lean` nats: by `by_account`
    and by the crowd's two signs times `slope`.
    """
    most = largest(begin, end, item_offset)
    strange, surge = np.empty(most), np.empty(most)
    for g in range(begin, end):
        first, last = item_offset[g], item_offset[g + 1]
        if first == last:
            continue
        crowd(time[first:last], account[first:last], visitor, width, pull, visitors, strange, surge)
        for i in range(last - first):
            p = first + i
            if probability[p] == silent:
                score = by_account[account[p]] + slope[0] * strange[i] + slope[1] * surge[i]
                logit = silent_logit + lean * score / (1.0 + abs(score))
                out[p] = 1.0 / (1.0 + np.exp(-logit))
            else:
                out[p] = probability[p]
