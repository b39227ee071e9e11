"""Time units of the simulation (µs from its start), and the rhythm of a day."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "REGION_OFFSETS_HOURS",
    "REGION_SHARES",
    "RHYTHM",
    "SECOND",
    "awake",
]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# Views by local hour in KuaiRand-Pure (25 April – 4 May 2022), then mean 1.
_VIEWS_BY_HOUR = np.array(
    [6573, 3982, 2633, 1606, 1302, 1418, 2619, 4096, 5277, 6435, 7252, 8420,
     9366, 9308, 8555, 8512, 9128, 9797, 9445, 8945, 9356, 9823, 10686, 10101], dtype=np.float64
)  # fmt: skip
RHYTHM: npt.NDArray[np.float64] = _VIEWS_BY_HOUR / _VIEWS_BY_HOUR.mean()

REGION_OFFSETS_HOURS = np.array([8, 8, 7, 9, 5.5, 3, 1, 0, -3, -5], dtype=np.float64)
REGION_SHARES = np.array([0.66, 0.06, 0.05, 0.04, 0.04, 0.04, 0.03, 0.03, 0.03, 0.02])


def awake(
    time: npt.NDArray[np.int64], zone: npt.NDArray[np.float32], rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Bool[n]: whether somebody `zone` hours ahead of UTC is about at `time`, likelier in busy hours."""
    hour = ((time / HOUR + zone) % 24).astype(np.int64)
    return rng.random(len(time)) * RHYTHM.max() < RHYTHM[hour]
