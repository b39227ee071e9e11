"""Small draws that every part of a world uses: numbers by order of magnitude, places by weight, hours."""

from __future__ import annotations

import numpy as np

from benchmarks.world import DAY, HOUR

Rng = np.random.Generator


def magnitude(rng: Rng, low: float, high: float) -> float:
    """A number whose logarithm is even between those of `low` and `high`."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def whole(rng: Rng, low: float, high: float) -> int:
    """A whole number between `low` and `high`, even in its logarithm."""
    return round(magnitude(rng, low, high))


def growing(rng: Rng, count: int, growth: float) -> np.ndarray:
    """`count` moments in [0, 1) whose density grows like exp(growth × moment)."""
    even = rng.random(count)
    return even if growth < 1e-3 else np.log1p(even * np.expm1(growth)) / growth


def hour_of(time: np.ndarray | float) -> np.ndarray:
    """Hour of the day, in [0, 24), of moments in µs."""
    return np.mod(time, DAY) / HOUR


def hours_apart(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Signed way from `left` to `right` round the clock, in [-12, 12) hours."""
    return np.mod(right - left + 12.0, 24.0) - 12.0


def next_at(time: np.ndarray | float, hour: np.ndarray | float) -> np.ndarray:
    """First moments at or after `time` that lie at `hour`."""
    return time + np.mod(hour - hour_of(time), 24.0) * HOUR


class Segments:
    """Draws places by weight inside segments, such as items by pull inside a topic."""

    def __init__(self, segment: np.ndarray, weight: np.ndarray, count: int) -> None:
        self.order = np.argsort(segment, kind="stable")
        self.sums = np.concatenate([[0.0], np.cumsum(weight[self.order])])
        self.bounds = np.searchsorted(segment[self.order], np.arange(count + 1))
        self.low = self.sums[self.bounds[:-1]]
        self.mass = self.sums[self.bounds[1:]] - self.low

    def draw(self, segment: np.ndarray, rng: Rng) -> np.ndarray:
        """One place of each named segment; a segment without weight may not be named."""
        aim = self.low[segment] + rng.random(len(segment)) * self.mass[segment]
        index = np.searchsorted(self.sums, aim, side="right") - 1
        return self.order[np.clip(index, self.bounds[segment], self.bounds[segment + 1] - 1)]


__all__ = ["Rng", "Segments", "growing", "hour_of", "hours_apart", "magnitude", "next_at", "whole"]
