"""What kernels take, as named tuples of arrays.

Numba writes the names of these classes into its cache, and looks them up before it asks whether the cache is
still good (0.68.1): a class that has moved or gone is an AttributeError for whoever upgrades. So they stay
here, under these names.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "ExcludedPairs",
    "FlightArrays",
    "Lags",
    "Limits",
    "MaskArrays",
    "Since",
    "Slots",
    "Terms",
    "ViewerArrays",
    "Work",
]


class Slots(NamedTuple):
    """Places to fill, one row each, all at one time. Viewers are numbers from 1 on."""

    viewer: npt.NDArray[np.uint64]
    region: npt.NDArray[np.int64]
    hour: npt.NDArray[np.int64]
    interest: npt.NDArray[np.int64]
    local_day: npt.NDArray[np.int64]


class FlightArrays(NamedTuple):
    """One row a flight. `planes` has the flights of each weight as bits; the last two are of all flights."""

    live: npt.NDArray[np.uint8]
    running: npt.NDArray[np.uint8]
    number: npt.NDArray[np.int64]
    generation: npt.NDArray[np.int64]
    tokens: npt.NDArray[np.float64]
    rate: npt.NDArray[np.float64]  # exposures a second
    block_end_us: npt.NDArray[np.int64]  # of the ten minutes that the next two are of
    block_most: npt.NDArray[np.int64]
    block_shown: npt.NDArray[np.int64]
    hour_left: npt.NDArray[np.int64]
    day_left: npt.NDArray[np.int64]
    hour_cap: npt.NDArray[np.int64]
    day_cap: npt.NDArray[np.int64]
    day_end_us: npt.NDArray[np.int64]
    shown: npt.NDArray[np.int64]
    open_fast: npt.NDArray[np.float64]  # exposures whose outcome may still come, soon or late
    open_slow: npt.NDArray[np.float64]
    goal: npt.NDArray[np.float64]
    counted: npt.NDArray[np.float64]  # units pending or settled
    outcomes: npt.NDArray[np.float64]  # ever attributed
    start_us: npt.NDArray[np.int64]
    plan_end_us: npt.NDArray[np.int64]
    end_us: npt.NDArray[np.int64]
    curve: npt.NDArray[np.float64]  # [flights, KNOTS + 1]
    prior_outcomes: npt.NDArray[np.float64]
    prior_exposures: npt.NDArray[np.float64]
    pushing: npt.NDArray[np.uint8]
    level: npt.NDArray[np.int64]
    planes: npt.NDArray[np.uint64]  # [levels, words]
    burst_seconds: npt.NDArray[np.float64]
    fast_share: npt.NDArray[np.float64]


class MaskArrays(NamedTuple):
    """Rows of bits, uint64 [values, words]."""

    region: npt.NDArray[np.uint64]
    hour: npt.NDArray[np.uint64]
    interest: npt.NDArray[np.uint64]


class ExcludedPairs(NamedTuple):
    """Viewers, ascending, and the flight that each must not be shown; −1 for all."""

    viewer: npt.NDArray[np.uint64]
    flight: npt.NDArray[np.int64]


class ViewerArrays(NamedTuple):
    """An open-addressing table: numbers of viewers, and the row of each."""

    keys: npt.NDArray[np.uint64]
    rows: npt.NDArray[np.int64]


class Limits(NamedTuple):
    """Exposures of a viewer a day, and the share of slots that is left alone."""

    viewer_day: int
    organic_share: float


class Since(NamedTuple):
    """When the ten minutes, the hour, and each flight's date began."""

    block_us: int
    hour_us: int
    day_us: npt.NDArray[np.int64]


class Work(NamedTuple):
    """Words of the flights that are active, of those that fit a slot, and counts by level."""

    active: npt.NDArray[np.uint64]
    fits: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.int64]


class Lags(NamedTuple):
    """Seconds to draw from: from outcome to verdict, from settlement to reversal."""

    verdict: npt.NDArray[np.float64]
    reversal: npt.NDArray[np.float64]


class Terms(NamedTuple):
    """What a delivery is to come to, and what is believed of it."""

    goal: int
    plan_seconds: float
    window_seconds: float
    settle_seconds: float
    delay_seconds: float
    prior_outcomes: float
    prior_exposures: float
    reach: float
    reversed_share: float
