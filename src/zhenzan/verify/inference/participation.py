"""What a moment says by itself: its excess, its place in the item's life, and how many accounts in it are
seen nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma

import numpy as np

from zhenzan.verify.baseline.moments import SCALES_SECONDS, Moments
from zhenzan.verify.encoding.encode import Pairs

EXCESS_EDGES = np.array([2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0])
CAMPAIGN_PRIOR = 0.02
EXCESS_LOGIT_MAX = 3.0
BIRTH_LOGIT = -4.0  # fans gather at a birth: until accounts say otherwise, a crowd there is theirs
WHOLE_LIFE_LOGIT = -2.0  # an item that got nothing after its birth may have had no fans at all
WHOLE_LIFE_SHARE = 0.9
BIN_PSEUDO_MOMENTS = 10.0
NEWCOMER_LIKES_MAX = 2
# Natural moments differ in their share of newcomers as a Beta law of this many pseudo-likes does.
NEWCOMER_PRECISION = 4.0
THROWAWAY_SHAPE = (6.0, 1.0)  # and campaigns of throwaway accounts as Beta(6, 1)
THROWAWAY_PRIOR = 0.3  # share of campaigns run on throwaway accounts
THROWAWAY_LOG_MAX = 10.0
THROWAWAY_LIKES_MIN = 20  # a handful of strangers is chance, not an order


@dataclass(frozen=True)
class MomentPrior:
    """`bin` int32[moments]: scale × birth × excess; `logit` float64[bins], the starting belief that such a
    moment is a campaign.
    """

    bin: np.ndarray
    logit: np.ndarray

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
        np.concatenate([by_level, by_level + BIRTH_LOGIT, by_level + WHOLE_LIFE_LOGIT]), len(SCALES_SECONDS) + 1
    )
    whole = moments.likes >= WHOLE_LIFE_SHARE * np.diff(pairs.item_offset)[pairs.item[moments.start]]
    stage = np.where(moments.at_birth, np.where(whole, 2, 1), 0)
    place = level + levels * stage + 3 * levels * moments.scale.astype(np.int64)
    return MomentPrior(place.astype(np.int32), logit)


@dataclass(frozen=True)
class Newcomers:
    """`account` bool[accounts]; `evidence` float64[moments], log-likelihood ratio campaign : natural of each
    moment's share of
    newcomers; `lift` float64[moments], how much likelier a newcomer in it is bought than another.
    """

    account: np.ndarray
    evidence: np.ndarray
    lift: np.ndarray


def newcomers_in(pairs: Pairs, moments: Moments) -> Newcomers:
    """Compare each moment's share of accounts that are hardly seen elsewhere with the whole log's. O(n)."""
    newcomer = np.diff(pairs.account_offset) <= NEWCOMER_LIKES_MAX
    is_new = newcomer[pairs.account]
    common = min(max(float(is_new.mean()), 0.01), 0.99)
    running = np.concatenate([[0], np.cumsum(is_new, dtype=np.int64)])
    fresh = (running[moments.stop] - running[moments.start]).astype(np.float64)
    known = moments.likes - fresh
    natural = (NEWCOMER_PRECISION * common, NEWCOMER_PRECISION * (1.0 - common))
    ratio = _beta_log(fresh, known, *THROWAWAY_SHAPE) - _beta_log(fresh, known, *natural)
    odds = THROWAWAY_PRIOR * np.exp(np.clip(ratio, -50.0, THROWAWAY_LOG_MAX))
    odds[moments.likes < THROWAWAY_LIKES_MIN] = 0.0
    evidence = np.log(odds + 1.0 - THROWAWAY_PRIOR)
    expected = THROWAWAY_SHAPE[0] / sum(THROWAWAY_SHAPE)
    lift = odds / (odds + 1.0 - THROWAWAY_PRIOR) * max(expected / common - 1.0, 0.0)
    return Newcomers(newcomer, evidence, lift)


def _beta_log(yes: np.ndarray, no: np.ndarray, a: float, b: float) -> np.ndarray:
    """Log of the beta-binomial likelihood without its binomial coefficient."""
    constant = lgamma(a) + lgamma(b) - lgamma(a + b)
    return np.asarray(_log_gamma(yes + a) + _log_gamma(no + b) - _log_gamma(yes + no + a + b) - constant)


def _log_gamma(x: np.ndarray) -> np.ndarray:
    """Ln Γ for x > 0: Stirling's series after shifting x above 8 (Abramowitz & Stegun 6.1.41); error below
    1e-10.
    """
    shifted, log_product = x.copy(), np.zeros_like(x)
    for _ in range(8):
        small = shifted < 8.0
        log_product[small] += np.log(shifted[small])
        shifted[small] += 1.0
    inverse = 1.0 / shifted
    series = inverse * (1 / 12 - inverse**2 * (1 / 360 - inverse**2 * (1 / 1260 - inverse**2 / 1680)))
    return np.asarray(
        (shifted - 0.5) * np.log(shifted) - shifted + 0.918938533204672742 + series - log_product
    )
