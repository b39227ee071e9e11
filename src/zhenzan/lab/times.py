"""Units of time inside the world: µs from its start; and the rhythm of a day."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "REGIONS",
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

# Views by local hour in KuaiRand-Pure (25 April – 4 May 2022), hours 18–21 filled evenly, then mean 1.
_VIEWS_BY_HOUR = np.array(
    [5977, 3761, 2441, 1586, 1310, 1585, 2887, 4352, 5594, 6693, 7510, 8649,
     9654, 9320, 8548, 8867, 9281, 9985, 10200, 10300, 10400, 10600, 10698, 9537], dtype=np.float64
)  # fmt: skip
RHYTHM: npt.NDArray[np.float64] = _VIEWS_BY_HOUR / _VIEWS_BY_HOUR.mean()

REGIONS = ("CN", "MY", "VN", "JP", "IN", "RU", "DE", "GB", "BR", "US")
REGION_OFFSETS_HOURS = np.array([8, 8, 7, 9, 5.5, 3, 1, 0, -3, -5], dtype=np.float64)
REGION_SHARES = np.array([0.66, 0.06, 0.05, 0.04, 0.04, 0.04, 0.03, 0.03, 0.03, 0.02])


def awake(
    time: npt.NDArray[np.int64], zone: npt.NDArray[np.float32], rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Bool[n]: whether somebody `zone` hours ahead of UTC is about at `time`, likelier in busy hours."""
    hour = ((time / HOUR + zone) % 24).astype(np.int64)
    return rng.random(len(time)) * RHYTHM.max() < RHYTHM[hour]
