"""Kernels of the feed's ranking: stages with quotas and gates, scores, and exposure without bought likes."""

import numpy as np
from numba import njit

NEW_HOURS = 72.0
HOUR = 3_600_000_000.0
WEIGHT_AGE_MAX = 12.0  # half-lives; older items weigh nothing


@njit(cache=True, nogil=True)
def advance(stage, exposures, relative, quotas, gates):
    """The stage after a look at an item: up where its score passes the gate, −1 (retired) where not.

    `quotas` and `gates` are tuples, for which numba counts no references.
    """
    while 0 <= stage < len(quotas) and exposures >= quotas[stage]:
        if relative < gates[stage]:
            return -1
        stage += 1
    return stage


@njit(cache=True, nogil=True)
def mean_score(credit, views, smoothing):
    """Credit a view over all items, never 0."""
    total, seen = 0.0, 0.0
    for i in range(credit.size):
        total += max(credit[i], 0.0)
        seen += views[i]
    return max(total + 0.02 * smoothing, 1e-9) / (seen + smoothing)


@njit(cache=True, nogil=True)
def rank_items(
    first,
    last,
    now,
    published,
    listed,
    exposures,
    views,
    credit,
    bought_views,
    bought_credit,
    uplift,
    stage,
    stage_without,
    factor,
    quotas,
    gates,
    boosts,
    retired,
    sharpness,
    smoothing,
    half_life_hours,
    mean,
    mean_without,
    reach,
    positions,
    weight,
    weight_without,
    new,
):
    """Write every item's weight in the feed, its weight had nobody bought likes, and that of new items.

    Item i's are at `positions[i]`, by topic. Without bought likes an item has neither their credit nor the
    genuine likes that its uplift (exposure won by bought likes) brought, the mean is that of all items
    without, and it may have stood at another gate. `factor`: the platform's sanctions. `new`: the factor
    where an item is new and in its first stage. Powers are taken in single precision, at half the time.
    O(items).
    """
    for i in range(first, last):
        at = positions[i]
        weight[at], weight_without[at], new[at] = 0.0, 0.0, 0.0
        age = (now - published[i]) / HOUR
        if age <= 0.0 or not listed[i] or age > WEIGHT_AGE_MAX * half_life_hours:
            continue
        fading = 0.6931471805599453 * age / half_life_hours
        score = (max(credit[i], 0.0) + smoothing * mean) / (views[i] + smoothing) / mean
        settled = min(exposures[i], views[i])  # views whose likes may still come decide nothing yet
        stage[i] = advance(stage[i], settled, score, quotas, gates)
        boost = boosts[stage[i]] if stage[i] >= 0 else retired
        other = reach[i]
        worth = other * np.exp(np.float32(sharpness * np.log(np.float32(score)) - fading))
        weight[at] = factor[i] * boost * worth
        if stage[i] == 0 and age < NEW_HOURS:
            new[at] = factor[i]
        organic = 1.0 - min(max(uplift[i], -exposures[i]), exposures[i]) / max(exposures[i], 1)
        alone = score
        if organic != 1.0 or bought_views[i] > 0 or mean_without != mean:
            alone_views = max((views[i] - bought_views[i]) * organic, 0.0)
            alone_credit = max(credit[i] - bought_credit[i], 0.0) * organic
            alone = (alone_credit + smoothing * mean_without) / (alone_views + smoothing) / mean_without
            worth = other * np.exp(np.float32(sharpness * np.log(np.float32(alone)) - fading))
        stage_without[i] = advance(stage_without[i], settled * organic, alone, quotas, gates)
        boost = boosts[stage_without[i]] if stage_without[i] >= 0 else retired
        weight_without[at] = boost * worth


@njit(cache=True, nogil=True)
def run_up(weight, total, guide):
    """Write the running total of weights, and into `guide[g]` the place that holds g / size of the whole."""
    total[0] = 0.0
    for index in range(weight.size):
        total[index + 1] = total[index] + weight[index]
    step = total[guide.size] / guide.size
    index = 0
    for g in range(guide.size):
        while index < guide.size - 1 and total[index + 1] <= g * step:
            index += 1
        guide[g] = index


@njit(cache=True, nogil=True)
def add_uplift(by_topic, topic_offset, weight, weight_without, total, topical_views, trending_views, uplift):
    """Add the exposure that each item had, by expectation, because of bought likes (others' too: below 0).

    `topical_views` [topics]: views of this step by topic, `trending_views`: from all items. What some win
    others lose: the sum stays 0.
    """
    everything, without = total[weight.size], 0.0
    for index in range(weight.size):
        without += weight_without[index]
    if everything <= 0.0 or without <= 0.0:
        return
    for topic in range(topical_views.size):
        low, high = topic_offset[topic], topic_offset[topic + 1]
        inside, inside_without = 0.0, 0.0
        for index in range(low, high):
            inside += weight[index]
            inside_without += weight_without[index]
        gain, loss = trending_views / everything, trending_views / without
        if inside > 0.0 and inside_without > 0.0:
            gain += topical_views[topic] / inside
            loss += topical_views[topic] / inside_without
        for index in range(low, high):
            uplift[by_topic[index]] += weight[index] * gain - weight_without[index] * loss
