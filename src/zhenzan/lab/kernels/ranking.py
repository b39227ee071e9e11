"""The feed's ranking: stages with quotas and gates, scores, and what would be shown without bought likes."""

import numpy as np
from numba import njit

NEW_HOURS = 72.0
HOUR = 3_600_000_000.0
WEIGHT_AGE_MAX = 12.0  # half-lives; older items weigh nothing


@njit(cache=True, nogil=True)
def advance(stage, exposures, relative, quotas, gates):
    """The stage after a look at an item: up where its score passes the gate, −1 (retired) where not."""
    while 0 <= stage < quotas.size and exposures >= quotas[stage]:
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
    first, last, now, published, listed, exposures, views, credit, bought_views, bought_credit, uplift, stage,
    stage_without, factor, quotas, gates, boosts, retired, sharpness, smoothing, half_life_hours, mean,
    mean_without, weight, weight_without,
):  # fmt: skip
    """Write every item's weight in the feed, and its weight had nobody bought likes.

    Without them an item has neither the bought credit nor the genuine likes that its uplift (exposure won by
    bought likes) brought, the mean is that of all items without, and it may have stood at another gate.
    `factor`: the platform's sanctions. O(items).
    """
    for i in range(first, last):
        weight[i] = 0.0
        weight_without[i] = 0.0
        age = (now - published[i]) / HOUR
        if age <= 0.0 or not listed[i] or age > WEIGHT_AGE_MAX * half_life_hours:
            continue
        score = (max(credit[i], 0.0) + smoothing * mean) / (views[i] + smoothing) / mean
        settled = min(exposures[i], views[i])  # views whose likes may still come decide nothing yet
        stage[i] = advance(stage[i], settled, score, quotas, gates)
        boost = boosts[stage[i]] if stage[i] >= 0 else retired
        fading = np.exp(-0.6931471805599453 * age / half_life_hours)
        weight[i] = factor[i] * boost * fading * score**sharpness
        organic = 1.0 - min(max(uplift[i], -exposures[i]), exposures[i]) / max(exposures[i], 1)
        alone_views = max((views[i] - bought_views[i]) * organic, 0.0)
        alone_credit = max(credit[i] - bought_credit[i], 0.0) * organic
        alone = (alone_credit + smoothing * mean_without) / (alone_views + smoothing) / mean_without
        stage_without[i] = advance(stage_without[i], settled * organic, alone, quotas, gates)
        boost = boosts[stage_without[i]] if stage_without[i] >= 0 else retired
        weight_without[i] = boost * fading * alone**sharpness


@njit(cache=True, nogil=True)
def mark(total, guide):
    """Write into `guide[g]` the place whose stretch of the running total holds g / size of the whole."""
    step = total[guide.size] / guide.size
    place = 0
    for g in range(guide.size):
        while place < guide.size - 1 and total[place + 1] <= g * step:
            place += 1
        guide[g] = place


@njit(cache=True, nogil=True)
def running_totals(
    now, by_topic, weight, published, stage, listed, factor, total, fresh, guide, fresh_guide
):  # fmt: skip
    """Running totals, by topic, of the weights and of new items in the first stage; guides into both."""
    total[0] = 0.0
    fresh[0] = 0.0
    for place in range(by_topic.size):
        i = by_topic[place]
        total[place + 1] = total[place] + weight[i]
        age = (now - published[i]) / HOUR
        new = listed[i] and 0.0 < age < NEW_HOURS and stage[i] == 0
        fresh[place + 1] = fresh[place] + (factor[i] if new else 0.0)
    mark(total, guide)
    mark(fresh, fresh_guide)


@njit(cache=True, nogil=True)
def add_uplift(by_topic, topic_offset, weight, weight_without, topical_views, trending_views, uplift):
    """Add the exposure that each item had, by expectation, because of bought likes (others' too: below 0).

    `topical_views` [topics]: views of this step by topic, `trending_views`: from all items. What some win
    others lose: the sum stays 0.
    """
    total, total_without = 0.0, 0.0
    for i in range(weight.size):
        total += weight[i]
        total_without += weight_without[i]
    if total <= 0.0 or total_without <= 0.0:
        return
    for topic in range(topical_views.size):
        inside, inside_without = 0.0, 0.0
        for place in range(topic_offset[topic], topic_offset[topic + 1]):
            inside += weight[by_topic[place]]
            inside_without += weight_without[by_topic[place]]
        for place in range(topic_offset[topic], topic_offset[topic + 1]):
            i = by_topic[place]
            change = trending_views * (weight[i] / total - weight_without[i] / total_without)
            if inside > 0.0 and inside_without > 0.0:
                share = weight[i] / inside - weight_without[i] / inside_without
                change += topical_views[topic] * share
            uplift[i] += change
