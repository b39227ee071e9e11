"""Intervals over replicates: Student's t for means, the bootstrap for where a curve crosses zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["Interval", "bootstrap_crossing", "crossing", "student_interval", "student_quantile"]

CONFIDENCE = 0.95
RESAMPLES = 2_000
RESAMPLING_SEED = 20_240_304
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean and the ends of its 95 % interval. Not a number where fewer than two values are known."""

    mean: float
    low: float
    high: float
    count: int


def student_interval(values: npt.ArrayLike) -> Interval:
    """Mean of the values that are numbers, with Student's t interval over them (they are independent)."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    n = len(known)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(known.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    half = student_quantile(0.5 + CONFIDENCE / 2, n - 1) * float(known.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, n)


@cache
def student_quantile(probability: float, degrees: int) -> float:
    """The quantile of Student's t for whole degrees of freedom: its finite series, inverted by bisection."""
    low, high = -1e4, 1e4
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if _student_below(middle, degrees) < probability else (low, middle)
    return (low + high) / 2


def _student_below(t: float, degrees: int) -> float:
    """P(T < t) (Abramowitz & Stegun 26.7.3 and 26.7.4)."""
    theta = math.atan(t / math.sqrt(degrees))
    cosine, sine = math.cos(theta), math.sin(theta)
    term, total = (cosine, 0.0) if degrees % 2 else (1.0, 0.0)
    for k in range((degrees - 1) // 2 if degrees % 2 else degrees // 2):
        total += term
        lead = (2 * k + 2) / (2 * k + 3) if degrees % 2 else (2 * k + 1) / (2 * k + 2)
        term *= lead * cosine * cosine
    inside = (theta + sine * total) * 2 / math.pi if degrees % 2 else sine * total
    return 0.5 + inside / 2


def crossing(levels: Floats, curves: Floats) -> Floats:
    """The level from which each curve [curves, levels] is no more above 0, between levels by a straight line.

    Infinite where it still is at the last level; minus infinite where it never is.
    """
    above = curves > 0
    last = above.shape[1] - 1 - np.argmax(above[:, ::-1], axis=1)  # the last level above 0
    after = np.minimum(last + 1, above.shape[1] - 1)
    row = np.arange(len(curves))
    start, end = curves[row, last], curves[row, after]
    drop = np.where(start > end, start - end, 1.0)
    level = levels[last] + (levels[after] - levels[last]) * np.clip(start / drop, 0.0, 1.0)
    level = np.where(last == above.shape[1] - 1, np.inf, level)
    crossings: Floats = np.where(above.any(axis=1), level, -np.inf)
    return crossings


def bootstrap_crossing(levels: Floats, replicates: Floats) -> Interval:
    """The level at which the mean of the curves [replicates, levels] goes below 0, with a percentile
    bootstrap interval.

    Replicates are drawn with replacement, all levels of one together, as they had the same luck. Ends may be
    infinite: see `crossing`.
    """
    known = replicates[np.isfinite(replicates).all(axis=1)]
    n = len(known)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    level = float(crossing(levels, known.mean(axis=0)[None, :])[0])
    if n == 1:
        return Interval(level, math.nan, math.nan, 1)
    draws = np.random.default_rng(RESAMPLING_SEED).integers(0, n, (RESAMPLES, n))
    crossings = np.sort(crossing(levels, known[draws].mean(axis=1)))
    tail = (1 - CONFIDENCE) / 2
    low, high = crossings[int(tail * RESAMPLES)], crossings[math.ceil((1 - tail) * RESAMPLES) - 1]
    return Interval(level, float(low), float(high), n)
