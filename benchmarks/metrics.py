"""How well scores and probabilities tell bought likes from natural ones. Plain numpy, O(n log n)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.world import CAMOUFLAGE, CAMPAIGN_KINDS, CONFOUNDERS, World
from zhenzan.lab.metrics import adjusted_rand_index, average_precision, recall_at_precision, share

RELIABILITY_BINS = 15
MINIMUM_LIKES = 20  # A kind with fewer likes in a world is not judged: its numbers would be noise.


def area_under_roc(score: np.ndarray, truth: np.ndarray) -> float:
    """Chance that a random positive outranks a random negative, ties counting half."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives = int(truth.sum())
    return float(
        (rank[truth].sum() - positives * (positives + 1) / 2) / (positives * (len(truth) - positives))
    )


@dataclass(frozen=True)
class Reliability:
    """Per bin of stated probability: likes, mean stated probability and the share that was bought."""

    likes: np.ndarray
    stated: np.ndarray
    observed: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error: the mean gap between stated and observed, weighted by likes."""
        return float(np.sum(self.likes * np.abs(self.stated - self.observed)) / max(self.likes.sum(), 1))


def reliability(probability: np.ndarray, truth: np.ndarray, bins: int = RELIABILITY_BINS) -> Reliability:
    """Bins of equal width over [0, 1]; Guo et al., On calibration of modern neural networks (2017)."""
    assert probability.min() >= 0
    assert probability.max() <= 1
    bin_ = np.minimum((probability * bins).astype(np.int64), bins - 1)
    likes = np.bincount(bin_, minlength=bins)
    stated = np.bincount(bin_, weights=probability, minlength=bins) / np.maximum(likes, 1)
    observed = np.bincount(bin_, weights=truth, minlength=bins) / np.maximum(likes, 1)
    return Reliability(likes, stated, observed)


@dataclass(frozen=True)
class Judgement:
    """One score on one world. Camouflage is left out of everything but `camouflage_called_fake`."""

    average_precision: float
    recall_at_99: float
    threshold_at_99: float
    natural_called_fake: float
    camouflage_called_fake: float
    recall_of_verdicts: float
    precision_of_verdicts: float
    average_precision_by_kind: dict[str, float] = field(default_factory=dict)
    recall_by_kind: dict[str, float] = field(default_factory=dict)
    called_fake_by_confounder: dict[str, float] = field(default_factory=dict)
    calibration_error: float | None = None
    reliability: Reliability | None = None
    rings_rand_index: float | None = None


def judge(
    world: World,
    score: np.ndarray,
    called_fake: np.ndarray | None = None,
    ring: np.ndarray | None = None,
    is_probability: bool = False,
) -> Judgement:
    """Judge `score` (float[n], higher = more likely bought) on a world of n likes.

    `called_fake` (bool[n]) are the verdicts; without them a like is called fake at the score's own threshold
    of 99 % precision. `ring` (int[n], -1 none) is the ring found for each like's account.
    """
    assert len(score) == len(world), (len(score), len(world))
    bought, natural = world.is_bought, world.is_natural
    counted = bought | natural
    score = np.nan_to_num(score.astype(np.float64), nan=-np.inf)
    recall, threshold = recall_at_precision(score[counted], bought[counted])
    called = score >= threshold if called_fake is None else called_fake
    kinds = [name for name in CAMPAIGN_KINDS if (world.of(name) & bought).sum() >= MINIMUM_LIKES]
    confounders = [name for name in CONFOUNDERS if (world.of(name) & natural).sum() >= MINIMUM_LIKES]
    by_kind = {}
    for name in kinds:
        some = natural | (world.of(name) & bought)
        by_kind[name] = average_precision(score[some], bought[some])
    table = reliability(score[counted], bought[counted]) if is_probability else None
    return Judgement(
        average_precision=average_precision(score[counted], bought[counted]),
        recall_at_99=recall,
        threshold_at_99=threshold,
        natural_called_fake=share(called, natural),
        camouflage_called_fake=share(called, world.kind_of_like == CAMOUFLAGE),
        recall_of_verdicts=share(called, bought),
        precision_of_verdicts=share(bought, called & counted),
        average_precision_by_kind=by_kind,
        recall_by_kind={name: share(score >= threshold, world.of(name) & bought) for name in kinds},
        called_fake_by_confounder={name: share(called, world.of(name) & natural) for name in confounders},
        calibration_error=None if table is None else table.error,
        reliability=table,
        rings_rand_index=None if ring is None else ring_agreement(world, ring),
    )


def ring_agreement(world: World, ring: np.ndarray) -> float | None:
    """Adjusted Rand index of found rings over the accounts of planted rings that sold at least one like.

    An account that was put in no ring counts as a ring of its own. None where the world has no planted ring.
    """
    sellers = np.flatnonzero(world.is_bought & (world.ring >= 0))
    if len(sellers) == 0:
        return None
    first = sellers[np.unique(world.account[sellers], return_index=True)[1]]
    return adjusted_rand_index(world.ring[first], ring[first])
