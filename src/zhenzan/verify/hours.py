"""Whether linked moments come at set hours of the day, as breaks and lessons end, where orders come at any.

Colleagues and classmates meet at one unrelated creator after the other, as a hired crew does; but they
meet when they are free. Each moment has one hour, its middle like's; a creator speaks once in a group, by
its strongest moment. Cost: linear in the links.
"""

from __future__ import annotations

import numpy as np

from zhenzan.verify.coincidence import Groups
from zhenzan.verify.encode import Pairs
from zhenzan.verify.moments import Moments

__all__ = ["set_hours"]

DAY, QUARTERS = 86_400_000_000, 96  # µs; the parts of the day that are told apart
TOGETHER_QUARTERS = 3.0  # standard deviation between meetings at one set hour
ANY_HOUR_MOMENTS = 2.0  # other moments, at any hour, that each is taken to have
SAMPLE_LIKES = 1_000_000  # that tell at which hours this log likes
HEARD_PART, HEARD_FREE, HEARD_MAX = 0.5, 4.0, 12.0  # nats: orders, too, may come by a clock


def set_hours(pairs: Pairs, moments: Moments, groups: Groups) -> tuple[np.ndarray, np.ndarray]:
    """What the hours say against hire, nats ≤ 0: of each group, and of each moment. float64[groups],
    float64[moments].

    A group's moments are weighed by how near to each other they come, one moment by itself and those linked
    to it, since links may join a crew and a class to one group.
    """
    middle = (moments.start.astype(np.int64) + moments.stop) // 2
    quarter = pairs.time[middle] % DAY * QUARTERS // DAY
    usual, near = _usual_hours(pairs)[quarter], _near()
    speaks = _strongest(pairs.creator_of_item[pairs.item[middle]], moments, groups)
    by_group = np.bincount(
        groups.of_moment[speaks] * QUARTERS + quarter[speaks], minlength=groups.n * QUARTERS
    ).reshape(groups.n, QUARTERS)
    at = quarter[speaks]
    group = groups.of_moment[speaks]
    together = (by_group @ near)[group, at] - near[0, 0]
    of_group = np.bincount(group, _likelier(together, by_group.sum(1)[group] - 1, usual[speaks]), groups.n)

    both = speaks[groups.left] & speaks[groups.right]
    left, right = groups.left[both], groups.right[both]
    together = _over_links(left, right, near[quarter[left], quarter[right]], moments.n)
    links = _over_links(left, right, np.ones(left.size), moments.n)
    alone = np.where(links > 0, _likelier(together, links, usual), 0.0)
    of_moment = alone + np.bincount(groups.left, alone[groups.right], moments.n)
    of_moment += np.bincount(groups.right, alone[groups.left], moments.n)
    return _heard(of_group), _heard(of_moment)


def _likelier(together: np.ndarray, others: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Ln of how much likelier an hour is, given the density `together` of the others, than as usual."""
    return np.asarray(np.log((ANY_HOUR_MOMENTS * usual + together) / ((ANY_HOUR_MOMENTS + others) * usual)))


def _over_links(left: np.ndarray, right: np.ndarray, weight: np.ndarray, moments: int) -> np.ndarray:
    return np.asarray(np.bincount(left, weight, moments) + np.bincount(right, weight, moments))


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
    """Whether each moment is the strongest of its creator in its group. bool[moments]."""
    member = np.flatnonzero(groups.of_moment >= 0)
    order = member[np.lexsort((moments.excess[member], creator[member], groups.of_moment[member]))]
    key = groups.of_moment[order] * np.int64(creator.max(initial=0) + 1) + creator[order]
    speaks = np.zeros(moments.n, bool)
    speaks[order[np.flatnonzero(np.diff(key, append=-1))]] = True
    return speaks
