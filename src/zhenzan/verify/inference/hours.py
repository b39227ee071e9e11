"""Whether linked moments come at set hours of the day, as breaks and lessons end, where orders come at any.

Colleagues and classmates meet at one unrelated creator after the other, as a hired crew does; but they
meet when they are free. Each moment has one hour, its middle like's; a creator speaks once in a group, by
its strongest moment. Cost: linear in the ties.
"""

from __future__ import annotations

import numpy as np

from zhenzan.verify.baseline.moments import Moments
from zhenzan.verify.encoding.distinct import distinct
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.inference.coincidence import Groups

__all__ = ["HEARD_MAX", "set_hours"]

DAY, QUARTERS = 86_400_000_000, 96  # µs; the parts of the day that are told apart
OCCASION = DAY // 2  # meetings that near are one: what an hour of the day says needs several days
TOGETHER_QUARTERS = 3.0  # standard deviation between meetings at one set hour
ANY_HOUR_MOMENTS = 2.0  # other moments, at any hour, that each is taken to have
SAMPLE_LIKES = 1_000_000  # that tell at which hours this log likes
LIKE_ITS_GROUP = 2.0  # nats; a moment whose ties say so keeps its group's hours
HEARD_PART, HEARD_FREE, HEARD_MAX = 0.5, 4.0, 12.0  # nats: orders, too, may come by a clock


def set_hours(pairs: Pairs, moments: Moments, groups: Groups) -> tuple[np.ndarray, np.ndarray]:
    """What the hours say against hire, nats ≤ 0: of each group, and of each moment. float64[groups],
    float64[moments].

    A group's moments are weighed by how near to each other they come. A moment hears that if its own ties
    agree, since links may join a crew and a class to one group; and itself and those tied to it.
    """
    middle = (moments.start.astype(np.int64) + moments.stop) // 2
    quarter = pairs.time[middle] % DAY * QUARTERS // DAY
    usual, near = _usual_hours(pairs)[quarter], _near()
    speaks = _strongest(pairs.creator_of_item[pairs.item[middle]], moments, groups)
    joined = np.flatnonzero(speaks & (groups.of_moment >= 0))
    together, others = _in_group(groups.of_moment[joined], pairs.time[middle[joined]], near)
    of_group = np.bincount(groups.of_moment[joined], _likelier(together, others, usual[joined]), groups.n)

    ties = groups.ties[:, speaks[groups.ties].all(0)]
    ties = ties[:, np.abs(np.diff(pairs.time[middle[ties]], axis=0))[0] >= OCCASION]
    together = _over(ties, near[quarter[ties[0]], quarter[ties[1]]], moments.n)
    tied = _over(ties, np.ones(ties.shape[1]), moments.n)
    alone = np.where(tied > 0, _likelier(together, tied, usual), 0.0)
    of_moment = alone.copy()
    for one, other in (groups.ties, groups.ties[::-1]):
        of_moment += np.bincount(one, alone[other], moments.n)
    group = groups.of_moment
    of_its_group = np.where((group >= 0) & (of_moment > LIKE_ITS_GROUP), of_group[group], 0.0)
    return _heard(of_group), _heard(np.maximum(of_moment, of_its_group))


def _in_group(group: np.ndarray, time: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per moment, of those of its group on other occasions: density at its hour, and number.

    float64[moments], int64[moments].
    """
    quarter = time // (DAY // QUARTERS)
    at = quarter % QUARTERS
    by_group = np.bincount(group * QUARTERS + at, minlength=(group.max(initial=0) + 1) * QUARTERS)
    by_group = by_group.reshape(-1, QUARTERS)
    span = int(quarter.max(initial=0) - quarter.min(initial=0)) + QUARTERS
    place = group * np.int64(span) + (quarter - quarter.min(initial=0))
    known, count = np.unique(place, return_counts=True)
    before = np.concatenate([[0], np.cumsum(count)])
    together = (by_group @ near)[group, at]
    for apart in range(-QUARTERS // 2 + 1, QUARTERS // 2):
        here = np.searchsorted(known, place + apart)
        there = before[np.searchsorted(known, place + apart + 1)] - before[here]
        together -= near[at, (at + apart) % QUARTERS] * there
    first, last = (np.searchsorted(known, place + each) for each in (1 - QUARTERS // 2, QUARTERS // 2))
    return together, by_group.sum(1)[group] - (before[last] - before[first])


def _likelier(together: np.ndarray, others: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Ln of how much likelier an hour is, given the density `together` of the others, than as usual."""
    return np.asarray(np.log((ANY_HOUR_MOMENTS * usual + together) / ((ANY_HOUR_MOMENTS + others) * usual)))


def _over(ties: np.ndarray, weight: np.ndarray, moments: int) -> np.ndarray:
    """Sum of the ties' weights at each of their moments. float64[moments]."""
    return np.asarray(np.bincount(ties[0], weight, moments) + np.bincount(ties[1], weight, moments))


def _heard(ratio_log: np.ndarray) -> np.ndarray:
    return np.asarray(-np.clip(HEARD_PART * (ratio_log - HEARD_FREE), 0.0, HEARD_MAX))


def _near() -> np.ndarray:
    """Density at one part of the day of meetings around another, mean 1. float64[QUARTERS, QUARTERS]."""
    apart = np.abs(np.arange(QUARTERS) - np.arange(QUARTERS)[:, None])
    near = np.exp(-0.5 * (np.minimum(apart, QUARTERS - apart) / TOGETHER_QUARTERS) ** 2)
    return np.asarray(near * QUARTERS / near.sum(1, keepdims=True))


def _usual_hours(pairs: Pairs) -> np.ndarray:
    """Likes of the log at each part of the day, mean 1. float64[QUARTERS]."""
    time = pairs.time[:: max(pairs.n // SAMPLE_LIKES, 1)]
    likes = np.bincount(time % DAY * QUARTERS // DAY, minlength=QUARTERS) + 1.0
    return np.asarray(likes * QUARTERS / likes.sum())


def _strongest(creator: np.ndarray, moments: Moments, groups: Groups) -> np.ndarray:
    """Whether each moment is the strongest of its creator in its group, or in none. bool[moments]."""
    member = distinct(groups.ties)
    order = member[np.lexsort((moments.excess[member], creator[member], groups.of_moment[member]))]
    key = (groups.of_moment[order] + 1) * np.int64(creator.max(initial=0) + 1) + creator[order]
    speaks = np.zeros(moments.n, bool)
    speaks[order[np.flatnonzero(np.diff(key, append=-1))]] = True
    return speaks
