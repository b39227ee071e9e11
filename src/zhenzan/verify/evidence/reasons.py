"""Reasons of a verdict: each like's evidence in decibans, which add up from the prior to its probability.

A deciban is 10·log₁₀ of a likelihood ratio fake : genuine (I. J. Good). The order is fixed: what the moment
says by itself, its company (the votes of its accounts), who else meets there of their own accord, the
account's own record, the coincidence with its ring; then context, rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from zhenzan.arrays import is_rising
from zhenzan.verify.evidence.kinds.structural import STRUCTURAL
from zhenzan.verify.inference.message_passing import Beliefs

DECIBANS_PER_NAT = 10.0 / np.log(10.0)
LIKE_PRIOR = 0.002  # a like of which nothing speaks: the share of bought ones that leave no trace
CHANCE_MIN = 1e-6
# A like in a moment that by itself looks less bought than this, and is not, needs no explanation.
NOTABLE = 0.05
SILENT_DECIBANS = 0.05

NAMES = tuple(kind.name for kind in STRUCTURAL)


@dataclass(frozen=True)
class Reasons:
    """Structural evidence of some pairs. `pair` int32[m], ascending; `decibans` float32[m, len(names)], 0
    where silent.
    """

    pair: np.ndarray
    names: tuple[str, ...]
    decibans: np.ndarray
    prior: float

    def __post_init__(self) -> None:
        assert self.decibans.shape == (self.pair.size, len(self.names))
        assert self.decibans.dtype == np.float32
        assert is_rising(self.pair)

    def weighted(self, prior: float, slopes: Mapping[str, float]) -> Reasons:
        """The same reasons as calibration weighs them: each name times its slope (1 where unnamed)."""
        slope = np.array([slopes.get(name, 1.0) for name in self.names], np.float32)
        return Reasons(self.pair, self.names, self.decibans * slope, prior)

    def total(self, n: int) -> np.ndarray:
        """Prior plus evidence per pair, decibans. float32[n]."""
        total = np.full(n, self.prior, np.float32)
        total[self.pair] += self.decibans.sum(1)
        return total


def probability(decibans: np.ndarray) -> np.ndarray:
    """Decibans of odds to a probability, in place where it can. float32 in, float32 out."""
    return np.asarray(1.0 / (1.0 + np.exp(decibans * np.float32(-1.0 / DECIBANS_PER_NAT))))


def silent_chance(prior_decibans: float) -> float:
    """The probability, in single precision as verdicts have it, of a like of which nothing but the prior
    speaks.
    """
    return float(probability(np.array([prior_decibans], np.float32))[0])


def structural_reasons(
    beliefs: Beliefs, edge_pair: np.ndarray, ring_pair: np.ndarray, ring_chance: np.ndarray
) -> Reasons:
    """Split every notable like's log-odds into its reasons. O(edges)."""
    moment, share = beliefs.moment_of, np.clip(beliefs.share, CHANCE_MIN, 1.0)
    alone, company, met = (
        _logit(share / (1.0 + np.exp(-logit)))
        for logit in (beliefs.prior, beliefs.prior + beliefs.vote, beliefs.logit)
    )
    notable = alone > np.log(NOTABLE / (1.0 - NOTABLE))
    kept = np.flatnonzero((notable[moment] | (beliefs.bought > LIKE_PRIOR)) & (moment >= 0))
    # the moments of other likes are explained by what lies inside them
    ring_pair, ring_chance = ring_pair[ring_chance > LIKE_PRIOR], ring_chance[ring_chance > LIKE_PRIOR]
    moment, bought = moment[kept], beliefs.bought[kept]
    final = _logit(bought)
    start = float(np.log(LIKE_PRIOR / (1.0 - LIKE_PRIOR)))
    pair = _either(edge_pair[kept], ring_pair)
    decibans = np.zeros((pair.size, len(NAMES)), np.float32)
    column = {name: decibans[:, i] for i, name in enumerate(NAMES)}
    at = np.searchsorted(pair, edge_pair[kept])
    column["moment"][at] = ((alone - start) * DECIBANS_PER_NAT)[moment]
    column["company"][at] = ((company - alone) * DECIBANS_PER_NAT)[moment]
    column["gathering"][at] = ((met - company) * DECIBANS_PER_NAT)[moment]
    column["account"][at] = (final - met[moment]) * DECIBANS_PER_NAT
    at = np.searchsorted(pair, ring_pair)
    before = decibans[at].sum(1) + start * DECIBANS_PER_NAT
    column["coincidence"][at] = np.maximum(_logit(ring_chance) * DECIBANS_PER_NAT - before, 0.0)
    decibans[np.abs(decibans) < SILENT_DECIBANS] = 0.0
    return Reasons(pair, NAMES, decibans, start * float(DECIBANS_PER_NAT))


def _either(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Numbers that are in one of two ascending arrays or in both, ascending. int32."""
    occurs = np.zeros(max(int(codes[-1]) + 1 if codes.size else 0 for codes in (left, right)), bool)
    occurs[left] = True
    occurs[right] = True
    return np.flatnonzero(occurs).astype(np.int32)


def _logit(chance: np.ndarray) -> np.ndarray:
    chance = np.clip(chance, CHANCE_MIN, 1.0 - CHANCE_MIN)
    return np.asarray(np.log(chance / (1.0 - chance)))
