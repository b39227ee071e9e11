"""Provisional evidence: what the counters and the last settlement say of a like as it arrives.

Milder than what settlement says with the whole log before it: this verdict is shown, never paid on. The cuts
and weights are those of `verify`'s defaults where it has the same evidence, else plain guesses of that size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhenzan.screen.kernels.binning import bin_values

__all__ = ["EVIDENCE", "PRIOR_DECIBANS", "SILENT_CHANCE", "Evidence", "binned"]

PRIOR_DECIBANS = -17.0  # one like in fifty is fake
SILENT_CHANCE = float(1 / (1 + np.exp(np.float32(PRIOR_DECIBANS) * np.float32(-np.log(10) / 10))))
"""How likely a like is fake, in single precision, of which nothing but the prior speaks."""
Floats = npt.NDArray[np.float32]
Columns = Mapping[str, Floats]


@dataclass(frozen=True)
class Evidence:
    """One kind of evidence: `measure` of the columns, cut at `cuts`, gives `decibans` (one more than cuts). A
    measure that is NaN says nothing.
    """

    name: str
    description: str
    needs: tuple[str, ...]
    measure: Callable[..., Floats]
    cuts: tuple[float, ...]
    decibans: tuple[float, ...]

    def __post_init__(self) -> None:
        assert len(self.decibans) == len(self.cuts) + 1
        assert self.cuts == tuple(sorted(self.cuts))


def _itself(values: Floats) -> Floats:
    return values


def _burst(minute: Floats, hour: Floats) -> Floats:
    """Likes of the last minute over what the hour before it makes likely; 0 under five likes."""
    expected = np.maximum((hour - minute) / 60, np.float32(0.5))
    return np.where(minute >= 5, (minute - expected) / expected, np.float32(0))


def _share(part: Floats, whole: Floats) -> Floats:
    """The part in the whole, where the whole is large enough to say anything."""
    return np.where(whole >= 5, part / whole, np.float32(np.nan))


EVIDENCE: tuple[Evidence, ...] = (
    Evidence(
        "watch", "It was liked almost without being watched.", ("watched",), _itself,
        (500.0, 2000.0), (8.0, 5.0, 0.0),
    ),
    Evidence(
        "pace", "The account likes faster than people watch.", ("account_likes_minute",), _itself,
        (8.0, 15.0, 30.0), (0.0, 3.0, 6.0, 10.0),
    ),
    Evidence(
        "burst", "The item is liked far more than its last hour made likely.",
        ("item_likes_minute", "item_likes_hour"), _burst, (5.0, 15.0, 40.0), (0.0, 2.0, 4.0, 6.0),
    ),
    Evidence(
        "device", "The device is shared by many accounts.", ("device_accounts_day",), _itself,
        (2.5, 4.5, 9.5, 29.5), (0.0, 2.0, 5.0, 7.0, 8.0),
    ),
    Evidence(
        "ip", "Most likes of the item come from this address.",
        ("item_ip_likes_day", "item_likes_day"), _share, (0.3, 0.6), (0.0, 3.0, 6.0),
    ),
    Evidence(
        "rotation", "The account uses a new address or device for nearly every like.",
        ("account_ips_day", "account_likes_day"), _share, (0.7, 0.9), (0.0, 2.0, 5.0),
    ),
)  # fmt: skip
"""In the order in which they are reported."""


def binned(evidence: Evidence, columns: Columns) -> Floats:
    """Decibans of each like; 0 where a column is absent or empty."""
    out = np.zeros(len(next(iter(columns.values()))), np.float32)
    if all(name in columns for name in evidence.needs):
        measured = evidence.measure(*(columns[name] for name in evidence.needs))
        bin_values(measured, np.array(evidence.cuts), np.array(evidence.decibans, np.float32), out)
    return out
