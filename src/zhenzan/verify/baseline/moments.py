"""Moments: the disjoint windows of an item, at each time scale, that hold more likes than the item's own life
makes likely.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from zhenzan.arrays import are_sizes, is_within
from zhenzan.parallel import over_groups
from zhenzan.verify.baseline.natural_rate import NaturalRate, solve_for_median
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.kernels import burst_windows

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
SCALES_SECONDS = (2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY)
EXCESS_MIN = 2.0  # nats
STEADY_SAMPLE = 1_000_000
STEADY_LIKES_MIN, STEADY_EXPECTED_MIN, STEADY_WINDOWS_MIN = 20, 2.0, 100
STEADY_RANGE, STEADY_USUAL = (0.5, 50.0), 3.0
LIKES_MIN = 6  # nobody sells fewer; a ring known from elsewhere is still counted down to three (see rings)
# A window that opens in the first quarter of its own length of an item's life is at its birth.
BIRTH_SHARE = 0.25
SHARE_MIN, SHARE_MAX = 0.02, 0.99  # never nothing, never all: logarithms stay finite
# An item that got nearly all its likes in its first hours: its whole life may have been bought, and no pace
# of its own tells. Judged by its accounts alone, as if a tenth of it were natural.
WHOLE_SHARE, WHOLE_LONGEST, WHOLE_NATURAL, COVERED_SHARE = 0.9, 6 * HOUR, 0.1, 0.5


@dataclass(frozen=True)
class Moments:
    """Candidate campaigns. `start`, `stop` int32: pair positions (a moment is a run of pairs of one item);
    `expected` float64 likes; `excess` float64 nats over the item's pace and life; `scale` int8 index in
    `SCALES_SECONDS`; `at_birth` bool. Scale by scale; within a scale sorted by start, and disjoint.
    """

    start: np.ndarray
    stop: np.ndarray
    expected: np.ndarray
    excess: np.ndarray
    scale: np.ndarray
    at_birth: np.ndarray

    def __post_init__(self) -> None:
        assert are_sizes(self.n, self.stop, self.expected, self.excess, self.scale, self.at_birth)
        assert bool((self.start < self.stop).all())
        assert is_within(self.expected, 0.0, np.inf)

    @property
    def n(self) -> int:
        return int(self.start.size)

    @property
    def likes(self) -> np.ndarray:
        return np.asarray(self.stop - self.start)

    def taken(self, order: np.ndarray) -> Moments:
        """These moments, or some of them, in that order."""
        return Moments(**{field.name: getattr(self, field.name)[order] for field in fields(Moments)})

    @property
    def excess_share(self) -> np.ndarray:
        """The part of each moment that its expectation does not explain."""
        return np.asarray(np.clip(1.0 - self.expected / np.maximum(self.likes, 1), SHARE_MIN, SHARE_MAX))


def find_moments(pairs: Pairs, expectation: NaturalRate) -> Moments:
    """Scan every item at every scale that the timestamps can resolve, and add the whole lives of items that
    had a short one. O(n) per scale; 3 bytes a like.
    """
    scanned = _scanned(pairs, expectation)
    whole = _whole_lives(pairs, scanned, expectation.resolution_seconds)
    every = joined([scanned, whole])
    return every.taken(np.lexsort((every.start, every.scale)))


def joined(parts: list[Moments]) -> Moments:
    """Moments of several kinds, one after the other."""
    names = [field.name for field in fields(Moments)]
    return Moments(**{name: np.concatenate([getattr(moments, name) for moments in parts]) for name in names})


def _whole_lives(pairs: Pairs, scanned: Moments, resolution_seconds: float) -> Moments:
    """Short lives of which no moment covers half, each at the narrowest scale that holds it."""
    likes = np.diff(pairs.item_offset).astype(np.int64)
    covered = np.zeros(pairs.n_items, np.int64)
    np.maximum.at(covered, pairs.item[scanned.start], scanned.likes)
    item = np.flatnonzero((likes >= LIKES_MIN) & (covered < COVERED_SHARE * likes))
    start = pairs.item_offset[item].astype(np.int64)
    stop = start + np.ceil(WHOLE_SHARE * likes[item]).astype(np.int64)
    seconds = (pairs.time[stop - 1] - pairs.time[start]) * 1e-6
    scale = np.searchsorted(SCALES_SECONDS, seconds, side="right")
    first = np.searchsorted(SCALES_SECONDS, resolution_seconds)
    taken = scanned.scale * np.int64(pairs.n_items) + pairs.item[scanned.start]
    kept = (seconds <= WHOLE_LONGEST) & (scale >= first) & ~np.isin(scale * pairs.n_items + item, taken)
    start, stop, scale = start[kept], stop[kept], scale[kept]
    return Moments(
        start=start.astype(np.int32),
        stop=stop.astype(np.int32),
        expected=WHOLE_NATURAL * (stop - start),
        excess=np.zeros(start.size),
        scale=scale.astype(np.int8),
        at_birth=np.ones(start.size, bool),
    )


def _scanned(pairs: Pairs, expectation: NaturalRate) -> Moments:
    """The improbable moments of every scale. O(n) per scale."""
    by_scale = [
        _scan(pairs, expectation, int(seconds * 1e6))
        for seconds in SCALES_SECONDS
        if seconds >= expectation.resolution_seconds
    ]
    skipped = len(SCALES_SECONDS) - len(by_scale)
    span = np.concatenate([windows[0] for windows in by_scale], 1)
    chosen = np.concatenate([windows[1] for windows in by_scale], 1).astype(np.float64)
    scales = np.arange(skipped, len(SCALES_SECONDS), dtype=np.int8)
    scale = np.repeat(scales, [windows[0].shape[1] for windows in by_scale])
    birth = pairs.time[pairs.item_offset[pairs.item[span[0]]]]
    age_seconds = (pairs.time[span[0]] - birth) * 1e-6
    return Moments(
        start=span[0],
        stop=span[1],
        expected=chosen[0],
        excess=chosen[1],
        scale=scale,
        at_birth=age_seconds < BIRTH_SHARE * np.asarray(SCALES_SECONDS)[scale],
    )


def _scan(pairs: Pairs, expectation: NaturalRate, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The windows of one scale, in order of start: int32[2, windows], float32[2, windows]."""
    parts = over_groups(
        burst_windows.scan_items,
        pairs.item_offset,
        pairs.item_offset,
        pairs.time,
        expectation.grid_start,
        expectation.grid_step,
        expectation.grid,
        expectation.log_start,
        expectation.log_step,
        expectation.curve,
        expectation.log_end,
        expectation.precision,
        _steadiness(pairs, expectation, width),
        expectation.end_time,
        width,
        LIKES_MIN,
        EXCESS_MIN,
    )
    return np.concatenate([part[0] for part in parts], 1), np.concatenate([part[1] for part in parts], 1)


def _steadiness(pairs: Pairs, expectation: NaturalRate, width: int) -> float:
    """How steady natural paces are at one scale: the shape of the Gamma law by which the median window's rate
    differs from that of its neighbours. Learned from at most about `STEADY_SAMPLE` likes.
    """
    every = max(pairs.n // STEADY_SAMPLE, 1)
    likes, mean = burst_windows.pace_samples(
        pairs.item_offset,
        pairs.time,
        expectation.grid_start,
        expectation.grid_step,
        expectation.grid,
        expectation.end_time,
        width,
        every,
        STEADY_LIKES_MIN,
        STEADY_EXPECTED_MIN,
    )
    if likes.size < STEADY_WINDOWS_MIN:
        return STEADY_USUAL
    square, by_chance = (likes - mean) ** 2, mean * (1.0 + 1.0 / (2 * burst_windows.LOCAL_SPANS))
    return solve_for_median(square, lambda shape: by_chance + mean**2 / shape, STEADY_RANGE)
