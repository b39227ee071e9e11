"""Moments: the disjoint windows of an item, at each time scale, that hold more likes than the item's own life
makes likely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.verify.baseline.expectation import Expectation
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.kernels import windows
from zhenzan.verify.parts import in_parts

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
SCALES_SECONDS = (2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY)
EXCESS_MIN = (
    5.0,
    5.0,
    6.0,
    8.0,
    12.0,
    16.0,
)  # nats; lives differ more over long windows than a Poisson law allows
LIKES_MIN = 6  # nobody sells fewer; a ring known from elsewhere is still counted down to three (see rings)
BIRTH_SHARE = (
    0.25  # a window that opens in the first quarter of its own length of an item's life is at its birth
)
SHARE_MIN, SHARE_MAX = 0.02, 0.99


@dataclass(frozen=True)
class Moments:
    """Candidate campaigns. `start`, `stop` int32: pair positions (a moment is a run of pairs of one item);
    `expected` float64 likes; `excess` float64 nats over a Poisson law; `scale` int8 index in
    `SCALES_SECONDS`; `at_birth` bool. Scale by scale; within a scale sorted by start, and disjoint.
    """

    start: np.ndarray
    stop: np.ndarray
    expected: np.ndarray
    excess: np.ndarray
    scale: np.ndarray
    at_birth: np.ndarray

    @property
    def n(self) -> int:
        return int(self.start.size)

    @property
    def likes(self) -> np.ndarray:
        return np.asarray(self.stop - self.start)

    @property
    def excess_share(self) -> np.ndarray:
        """The part of each moment that its expectation does not explain."""
        return np.asarray(np.clip(1.0 - self.expected / np.maximum(self.likes, 1), SHARE_MIN, SHARE_MAX))


def find_moments(pairs: Pairs, expectation: Expectation) -> Moments:
    """Scan every item at every scale that the timestamps can resolve. O(n) per scale; 8 bytes a like."""
    starts, stops, expecteds = [], [], []
    chosen = np.zeros(pairs.n, np.int32)
    expected = np.zeros(pairs.n, np.float32)
    for seconds, excess_min in zip(SCALES_SECONDS, EXCESS_MIN, strict=True):
        start = np.empty(0, np.int32)
        if seconds >= expectation.resolution_seconds:
            chosen[:] = 0
            in_parts(
                windows.scan_items, pairs.item_offset, pairs.item_offset, pairs.time, expectation.grid_start,
                expectation.grid_step, expectation.grid, expectation.log_start, expectation.log_step,
                expectation.curve, expectation.log_end, int(seconds * 1e6), LIKES_MIN, excess_min, chosen,
                expected,
            )  # fmt: skip
            start = np.flatnonzero(chosen).astype(np.int32)
        starts.append(start)
        stops.append(chosen[start])
        expecteds.append(expected[start].astype(np.float64))
    counts = [start.size for start in starts]
    start, stop, mean = np.concatenate(starts), np.concatenate(stops), np.concatenate(expecteds)
    scale = np.repeat(np.arange(len(SCALES_SECONDS), dtype=np.int8), counts)
    likes = (stop - start).astype(np.float64)
    birth = pairs.time[pairs.item_offset[pairs.item[start]]]
    age_seconds = (pairs.time[start] - birth) * 1e-6
    return Moments(
        start=start,
        stop=stop,
        expected=mean,
        excess=likes * np.log(np.maximum(likes, 1e-9) / np.maximum(mean, 1e-9)) - (likes - mean),
        scale=scale,
        at_birth=age_seconds < BIRTH_SHARE * np.asarray(SCALES_SECONDS)[scale],
    )
