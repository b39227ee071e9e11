"""The prior of a moment: its excess and its place in the item's life."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.arrays import is_within
from zhenzan.verify.baseline.moments import SCALES_SECONDS, Moments
from zhenzan.verify.encoding.encode import Pairs

# See Constants in docs/explanation/model.md for what each number does.
EXCESS_EDGES = np.array([2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0])  # nats: bins of the learned prior
CAMPAIGN_PRIOR = 0.02  # of moments, where the log does not say otherwise
EXCESS_LOGIT_MAX = 3.0  # nats: excess alone never makes a moment likelier than even
BIRTH_LOGIT = -4.0  # fans gather at a birth: until accounts say otherwise, a crowd there is theirs
WHOLE_LIFE_LOGIT = -2.0  # an item that got nothing after its birth may have had no fans at all
WHOLE_LIFE_SHARE = 0.9
BIN_PSEUDO_MOMENTS = 10.0  # by which a bin leans on the start


@dataclass(frozen=True)
class MomentPrior:
    """`bin` int32[moments]: scale × birth × excess; `logit` float64[bins], the starting belief that such a
    moment is a campaign.
    """

    bin: np.ndarray
    logit: np.ndarray

    def __post_init__(self) -> None:
        assert is_within(self.bin, 0, self.logit.size)
        assert bool(np.isfinite(self.logit).all())

    def relearn(self, campaign: np.ndarray) -> np.ndarray:
        """The M step: log-odds per moment from the posterior of all moments of its bin, shrunk to the start.
        float64[moments].
        """
        start = 1.0 / (1.0 + np.exp(-self.logit))
        seen = np.bincount(self.bin, minlength=start.size)
        share = (np.bincount(self.bin, campaign, start.size) + BIN_PSEUDO_MOMENTS * start) / (
            seen + BIN_PSEUDO_MOMENTS
        )
        share = np.clip(share, 1e-6, 0.9)
        return np.asarray(np.log(share / (1.0 - share))[self.bin])


def moment_prior(pairs: Pairs, moments: Moments, campaign: float | None) -> MomentPrior:
    """Start from `campaign`, the share of all moments that were bought, and a nat for every two nats of
    excess.
    """
    base = CAMPAIGN_PRIOR if campaign is None else campaign
    levels = EXCESS_EDGES.size
    level = np.clip(np.searchsorted(EXCESS_EDGES, moments.excess, side="right") - 1, 0, levels - 1)
    by_level = np.log(base / (1.0 - base)) + np.clip(0.5 * EXCESS_EDGES - 1.0, -2.0, EXCESS_LOGIT_MAX)
    logit = np.tile(
        np.concatenate([by_level, by_level + BIRTH_LOGIT, by_level + WHOLE_LIFE_LOGIT]),
        len(SCALES_SECONDS) + 1,
    )
    whole = moments.likes >= WHOLE_LIFE_SHARE * np.diff(pairs.item_offset)[pairs.item[moments.start]]
    stage = np.where(moments.at_birth, np.where(whole, 2, 1), 0)
    cell = level + levels * stage + 3 * levels * moments.scale.astype(np.int64)
    return MomentPrior(cell.astype(np.int32), logit)
