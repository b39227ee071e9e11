"""Mutable state of a simulation: the counters of its items and creators."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["CreatorState", "ItemState"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass
class ItemState:
    """Counters of n items. `likes` [3, n] by kind of like; `shown` is what the counter says."""

    n: int
    exposures: Ints = field(init=False)  # by the feed
    views: Ints = field(init=False)  # all
    credit: Floats = field(init=False)  # in the ranking's currency
    bought_views: Ints = field(init=False)
    bought_credit: Floats = field(init=False)
    uplift: Floats = field(init=False)  # exposures won by bought likes, by expectation
    stage: npt.NDArray[np.int8] = field(init=False)
    stage_without: npt.NDArray[np.int8] = field(init=False)
    factor: Floats = field(init=False)  # the platform's sanctions, 1: none
    shown: Ints = field(init=False)
    likes: Ints = field(init=False)
    voided_shown: Ints = field(init=False)  # likes of any kind that the counter lost by a verdict

    def __post_init__(self) -> None:
        for name in ("exposures", "views", "bought_views", "shown", "voided_shown"):
            setattr(self, name, np.zeros(self.n, np.int64))
        for name in ("credit", "bought_credit", "uplift"):
            setattr(self, name, np.zeros(self.n))
        self.stage, self.stage_without = np.zeros(self.n, np.int8), np.zeros(self.n, np.int8)
        self.factor, self.likes = np.ones(self.n), np.zeros((3, self.n), np.int64)

    def genuine(self) -> Ints:
        """Honest likes of each item that were not cancelled, whatever the detector says of them."""
        return self.shown + self.voided_shown - self.likes[1] - self.likes[2]


@dataclass
class CreatorState:
    """State of n creators. Money in coins; `frozen_until` is a day."""

    n: int
    caught: Ints = field(init=False)  # likes of any kind that were called fake
    strikes: npt.NDArray[np.int32] = field(init=False)
    strikes_undeserved: npt.NDArray[np.int32] = field(init=False)
    banned: npt.NDArray[np.bool_] = field(init=False)
    frozen_until: Floats = field(init=False)
    income: Floats = field(init=False)
    income_lost: Floats = field(init=False)  # to freezes and bans
    fines: Floats = field(init=False)
    spent_on_likes: Floats = field(init=False)
    spent_on_promotion: Floats = field(init=False)
    bought: npt.NDArray[np.bool_] = field(init=False)  # likes, of a seller
    promoted: npt.NDArray[np.bool_] = field(init=False)  # ordered honest promotion

    def __post_init__(self) -> None:
        for name in ("income", "income_lost", "fines", "spent_on_likes", "spent_on_promotion"):
            setattr(self, name, np.zeros(self.n))
        self.caught = np.zeros(self.n, np.int64)
        self.strikes = np.zeros(self.n, np.int32)
        self.strikes_undeserved = np.zeros(self.n, np.int32)
        for name in ("banned", "bought", "promoted"):
            setattr(self, name, np.zeros(self.n, np.bool_))
        self.frozen_until = np.full(self.n, -1.0)
