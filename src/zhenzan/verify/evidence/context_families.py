"""The families of context evidence: what each looks at, how it sorts likes, what it takes for granted.

The defaults are plain guesses, kept mild: `genuine` is what an ordinary log looks like, `fake` how the
crudest fakes look. A log of any size replaces the first, and the fakes that are found in it the second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.verify.evidence import measures
from zhenzan.verify.evidence.features import Features

__all__ = ["CONTEXT", "SILENT", "Bins", "Family", "Probability"]

Probability = npt.NDArray[np.floating[Any]]
Bins = npt.NDArray[np.int8]
SILENT = -1

WATCHED_NOTHING_MS, WATCHED_HARDLY_MS = 500.0, 2000.0  # a double tap in passing; hardly a look
WATCHED_HARDLY = 2  # the last bin of `watch` that says so
SHARED_ACCOUNTS_MIN = 3  # accounts from which an address or device counts as shared
SUSPECT_LOW, SUSPECT_HIGH = 0.3, 0.6  # mean probability of the others on an address
ROTATION_LIKES_MIN = 5  # likes of an account under which rotation means nothing
HOURS_DAYS_MIN = 3  # days of likes under which sleeplessness means nothing
SPIKE_ACCOUNTS = 1.5  # ratios from which a count at which accounts stop stands out


@dataclass(frozen=True)
class Family:
    """One kind of context evidence.

    `genuine`, `fake`: default share of each bin; `spares`: bins that never accuse; `needs`: columns of
    which the log must have one. `bins` returns int8[pairs], `SILENT` where the family has nothing to say.
    """

    name: str
    description: str
    genuine: tuple[float, ...]
    fake: tuple[float, ...]
    bins: Callable[[Features, Probability], Bins]
    needs: tuple[str, ...] = ()
    spares: tuple[int, ...] = ()


def _cut(values: npt.NDArray[Any], edges: tuple[float, ...]) -> Bins:
    """Bin 0 lies below the first edge; NaN is silent."""
    bins = np.zeros(values.size, np.int8)
    for edge in edges:
        bins += values >= edge
    bins[np.isnan(values)] = SILENT
    return bins


def watch(features: Features, probability: Probability) -> Bins:
    """0 not watched at all, 1 hardly, 2 under a tenth, 3 under a half, 4 more, or of unknown length."""
    watched = features["watched_ms"]
    bins = _cut(watched, (WATCHED_NOTHING_MS, WATCHED_HARDLY_MS))
    seen = bins == 2
    bins[seen] = 4
    if "watched_ratio" in features:
        share = features["watched_ratio"]
        bins[seen & (share < 0.5)] = 3
        bins[seen & (share < 0.1)] = 2
    return bins


def device(features: Features, probability: Probability) -> Bins:
    """0 one or two accounts on the device, then 3–4, 5–9, 10–29, 30 and more."""
    return _cut(features["device_accounts"], (3, 5, 10, 30))


def ip(features: Features, probability: Probability) -> Bins:
    """0 not shared, 1 shared by accounts beyond suspicion (a school), 2 by rather suspect ones, 3 by very."""
    accounts = features["ip_accounts"]
    others = measures.belief_of_others(features, "ip", probability)
    bins = np.ones(accounts.size, np.int8)
    bins[others >= SUSPECT_LOW] = 2
    bins[others >= SUSPECT_HIGH] = 3
    bins[accounts < SHARED_ACCOUNTS_MIN] = 0
    bins[np.isnan(accounts)] = SILENT
    return bins


def rotation(features: Features, probability: Probability) -> Bins:
    """0 few addresses and devices for the account's likes, then a half, then nine tenths as many as likes."""
    likes = features["account_likes"]
    used = np.zeros(likes.size, np.float32)
    for column in ("ip", "device"):
        if column in features.columns:
            used = np.maximum(used, features[f"account_{column}s"] / likes)
    bins = _cut(used, (0.5, 0.9))
    bins[likes < ROTATION_LIKES_MIN] = SILENT
    return bins


def gaps(features: Features, probability: Probability) -> Bins:
    """0 a metronome, then ever less regular."""
    return _cut(measures.gap_variation(features), (0.1, 0.2, 0.35))[features.pairs.account]


def hours(features: Features, probability: Probability) -> Bins:
    """0 the account pauses as sleepers do, then awake for 30, 48, 96 hours and more."""
    bins = _cut(measures.wake_hours(features), (30, 48, 96))
    bins[features.days_and_busiest[0] < HOURS_DAYS_MIN] = SILENT
    return bins[features.pairs.account]


def gesture(features: Features, probability: Probability) -> Bins:
    """0 a straight trace of constant speed, 1 one of the two, 2 neither."""
    straight, uneven = features["gesture_straightness"], features["gesture_unevenness"]
    bins = 2 - (straight > 0.999).astype(np.int8) - (uneven < 0.05).astype(np.int8)
    bins[np.isnan(straight) | np.isnan(uneven)] = SILENT
    return bins


def reward(features: Features, probability: Probability) -> Bins:
    """0 no count stands out, then accounts stop at this one twice, four times as often as beside it."""
    return _cut(features["reward_spike"], (SPIKE_ACCOUNTS, 3.0, 6.0))


CONTEXT: tuple[Family, ...] = (
    Family(
        "watch", "It was liked almost without being watched.",
        (0.01, 0.03, 0.06, 0.25, 0.65), (0.5, 0.2, 0.1, 0.1, 0.1), watch, ("watched",), spares=(3, 4),
    ),
    Family(
        "device", "The device is shared by many accounts.",
        (0.97, 0.02, 0.007, 0.002, 0.001), (0.4, 0.1, 0.15, 0.15, 0.2), device, ("device",), spares=(0,),
    ),
    Family(
        "ip", "The network address is shared with accounts that are suspect otherwise too.",
        (0.7, 0.29, 0.007, 0.003), (0.4, 0.1, 0.2, 0.3), ip, ("ip",), spares=(0, 1),
    ),
    Family(
        "rotation", "The account uses a new address or device for nearly every like.",
        (0.85, 0.1, 0.05), (0.4, 0.2, 0.4), rotation, ("ip", "device"), spares=(0,),
    ),
    Family(
        "gaps", "The account likes at metronomic intervals.",
        (0.001, 0.004, 0.015, 0.98), (0.2, 0.15, 0.15, 0.5), gaps, spares=(3,),
    ),
    Family(
        "hours", "The account is active around the clock, for days without sleep.",
        (0.985, 0.01, 0.004, 0.001), (0.5, 0.1, 0.15, 0.25), hours, spares=(0,),
    ),
    Family(
        "gesture", "The pointer moved as a machine moves it: straight, at constant speed.",
        (0.01, 0.09, 0.9), (0.5, 0.2, 0.3), gesture, ("gesture",), spares=(2,),
    ),
    Family(
        "reward", "The account stopped at a number of likes at which unusually many accounts stop.",
        (0.9, 0.07, 0.02, 0.01), (0.6, 0.1, 0.15, 0.15), reward, spares=(0,),
    ),
)  # fmt: skip
"""In the order in which they are reported."""
