"""The natural rate: the pace of the whole log by the clock, and how an item's likes spread over its life.

Both are learned from the log itself. The clock's pace warps time so that nights and quiet days shrink; in
warped time one life curve, learned over all items, says which share of an item's likes falls before each
age. Cost: a few linear passes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zhenzan.arrays import is_ascending, is_within
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.kernels import decay_curve

HOUR = 3600.0
GRID_CELLS_MAX = 200_000  # 1.6 MB; 22 years by the hour
PROFILE_PSEUDO_LIKES = 50.0  # by which each hour of the day leans on an even day; see Constants in model.md
LIFE_BINS = 96  # of log-age, from the first second to the end of the log
LIFE_ROUNDS = 4  # of the product-limit iteration
LIFE_LIKES_MIN = 5  # fewer have hardly a course
FLAT_SHARE = 0.1  # share of every life spread evenly over log-age, so that no age is ever impossible
PRECISION_LIKES_MIN, PRECISION_ITEMS_MIN = 10, 50
PRECISION_RANGE, PRECISION_USUAL = (2.0, 200.0), 8.0
CHI_SQUARE_MEDIAN = 0.4549  # of one degree of freedom: the median of a squared normal deviate
RESOLUTIONS = (86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000)  # µs: days, hours, minutes, seconds


@dataclass(frozen=True)
class NaturalRate:
    """The natural course of likes.

    `grid`: warped seconds at each `grid_step` clock seconds from `grid_start`; `curve`: share of an item's
    likes before each log-age; `log_end`: warped seconds at the end of the log; `precision`: how alike lives
    are, in pseudo-likes of a Beta law; `end_time`: µs of the last like; `resolution_seconds` of timestamps.
    """

    grid_start: float
    grid_step: float
    grid: np.ndarray
    log_start: float
    log_step: float
    curve: np.ndarray
    log_end: float
    precision: float
    end_time: int
    resolution_seconds: float

    def __post_init__(self) -> None:
        assert self.grid_step > 0.0
        assert self.log_step > 0.0
        assert is_ascending(self.grid)  # warped time does not run back
        assert is_ascending(self.curve)
        assert is_within(self.curve, 0.0, 1.0 + 1e-9)  # a sum of shares, rounded
        assert self.precision > 0.0


def learn_natural_rate(pairs: Pairs) -> NaturalRate:
    """Learn the clock's pace and the life curve. O(n) time."""
    start, end = float(pairs.time.min()) * 1e-6, float(pairs.time.max()) * 1e-6
    resolution = resolution_of(pairs.time)
    step = max(HOUR, (end - start) / GRID_CELLS_MAX)
    grid = _hourly_rate(pairs, start, end, step, flat=resolution >= HOUR)
    log_end = float(grid[-1])
    log_start, log_step, curve = _decay_curve(pairs, (start, step, grid), log_end)
    precision = _precision(pairs, (start, step, grid), log_end, (log_start, log_step, curve))
    return NaturalRate(
        start, step, grid, log_start, log_step, curve, log_end, precision, int(pairs.time.max()), resolution
    )


def _precision(
    pairs: Pairs,
    clock: tuple[float, float, np.ndarray],
    log_end: float,
    curve: tuple[float, float, np.ndarray],
) -> float:
    """How alike lives are: were all the same, an item's likes would lie evenly over the life curve.

    Their mean position u varies as (1/n + (1 − 1/n) / (s + 1)) / 12 for a precision of s. Solved for the
    median item, so that bought bursts, which are few, count little.
    """
    size = np.diff(pairs.item_offset)
    position = np.zeros(size.size)
    decay_curve.mean_positions(
        pairs.item_offset, pairs.time, *clock, log_end, *curve, PRECISION_LIKES_MIN, position
    )
    is_precise = size >= PRECISION_LIKES_MIN
    if np.count_nonzero(is_precise) < PRECISION_ITEMS_MIN:
        return PRECISION_USUAL
    square, one = 12.0 * (position[is_precise] - 0.5) ** 2, 1.0 / (size[is_precise] - 1.0)
    return solve_for_median(square, lambda s: one + (1.0 - one) / (s + 1.0), PRECISION_RANGE)


def solve_for_median(
    square: np.ndarray, variance: Callable[[float], np.ndarray], within: tuple[float, float]
) -> float:
    """The parameter, of 33 `within` a range, whose `variance`, which falls with it, makes the median of
    squared deviations over their variance that of χ² of one degree.
    """
    candidates = np.geomspace(*within, 33)
    over = [np.median(square / variance(candidate)) for candidate in candidates]
    return float(candidates[min(int(np.searchsorted(over, CHI_SQUARE_MEDIAN)), candidates.size - 1)])


def resolution_of(time: np.ndarray) -> float:
    """The coarsest unit that all times are multiples of, in seconds."""
    for unit in RESOLUTIONS:
        if not np.any(time[:1024] % unit) and not np.any(time % unit):
            return unit * 1e-6
    return 1e-6


def _hourly_rate(pairs: Pairs, start: float, end: float, step: float, *, flat: bool) -> np.ndarray:
    """Cumulative pace, scaled so that the log lasts as long in warped seconds as by the clock."""
    cells = int((end - start) / step) + 1
    counts = np.zeros(cells)
    decay_curve.paced_counts(pairs.time, pairs.item_offset, start, step, counts)
    if flat or step > HOUR:
        pace = _smooth(counts, max(round(86_400 / step), 1)) if not flat else np.ones(cells)
    else:
        hour = (np.arange(cells) + int(start // HOUR)) % 24
        by_hour = np.bincount(hour, counts, 24)
        cells_by_hour = np.maximum(np.bincount(hour, minlength=24), 1)
        mean = counts.sum() / cells
        profile = (by_hour + PROFILE_PSEUDO_LIKES * mean / (mean + 1)) / (
            cells_by_hour * mean + PROFILE_PSEUDO_LIKES * mean / (mean + 1)
        )
        level = _smooth(counts / np.maximum(profile[hour], 0.02), 24)
        pace = profile[hour] * level
    pace = np.maximum(pace, 0.02 * max(pace.mean(), 1e-12))
    grid = np.concatenate([[0.0], np.cumsum(pace)])
    return np.asarray(grid * (cells * step / grid[-1]))


def _smooth(values: np.ndarray, width: int) -> np.ndarray:
    """Centred moving average over `width` cells, shorter at the ends."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    position = np.arange(values.size)
    low = np.maximum(position - width // 2, 0)
    high = np.minimum(position + width // 2 + 1, values.size)
    return np.asarray((total[high] - total[low]) / (high - low))


def _decay_curve(
    pairs: Pairs, clock: tuple[float, float, np.ndarray], log_end: float
) -> tuple[float, float, np.ndarray]:
    """Cumulative share of life by log-age, learned by a product-limit style iteration that allows for lives
    the log cuts off.
    """
    log_start = 0.0
    log_step = (np.log(max(log_end, 10.0) + 2.0) - log_start) / LIFE_BINS
    even = np.full(LIFE_BINS, 1.0 / LIFE_BINS)
    share = even.copy()
    received = np.full(LIFE_BINS, 1e-3)
    decay_curve.likes_by_age(
        pairs.item_offset, pairs.time, *clock, log_start, log_step, LIFE_LIKES_MIN, received
    )
    for _ in range(LIFE_ROUNDS):
        exposed = np.full(LIFE_BINS, 1e-3 * LIFE_BINS)
        curve = np.concatenate([[0.0], np.cumsum(share)])
        decay_curve.likes_at_risk(
            pairs.item_offset,
            pairs.time,
            *clock,
            log_end,
            log_start,
            log_step,
            curve,
            LIFE_LIKES_MIN,
            exposed,
        )
        share = received / exposed
        share = (1 - FLAT_SHARE) * share / share.sum() + FLAT_SHARE * even
    return log_start, log_step, np.concatenate([[0.0], np.cumsum(share)])
