"""Forward validation (cross-validation in time): a model is chosen and judged on labels later than those it
learned from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.verify.calibration.gam import Floats

__all__ = [
    "Fold",
    "area_under_curve",
    "calibration_error",
    "folds_of",
    "loss",
    "platt_scale",
    "rolling_predictions",
]

SHARES = (
    (0.55, 0.7),
    (0.7, 0.85),
    (0.85, 1.0),
)  # trained on the first share of the labels, tried up to the second
SCALE_MIN, SCALE_MAX = 0.2, 1.5
BINS = 15


@dataclass(frozen=True)
class Fold:
    """Labels up to `end` taught; those from there to `last` are tried.

    `taught`: log-odds of the former by what they taught, float64[end]; `score`: of the latter.
    """

    taught: Floats
    score: Floats

    @property
    def end(self) -> int:
        return self.taught.size

    @property
    def last(self) -> int:
        return self.taught.size + self.score.size


def folds_of(fake: Floats) -> list[tuple[int, int]]:
    """End of what teaches and of what is tried, in the order of time; none where one kind of label lacks."""
    folds = [(int(fake.size * a), int(fake.size * b)) for a, b in SHARES]
    return [(end, last) for end, last in folds if last > end and 0 < fake[:end].sum() < end]


def loss(score: Floats, fake: Floats, weight: Floats) -> float:
    """Minus the log-likelihood of labels, nats."""
    return float(weight @ (np.logaddexp(0, score) - fake * score))


def platt_scale(score: Floats, fake: Floats, weight: Floats) -> float:
    """The slope of labels on scores of later likes: under 1 where the past was too sure of itself."""
    if not 0 < fake.sum() < fake.size:
        return 1.0
    scale, shift = 1.0, 0.0
    for _ in range(20):
        chance = 1 / (1 + np.exp(-np.clip(scale * score + shift, -30, 30)))
        rows = np.stack([score, np.ones(score.size)])
        spread = weight * chance * (1 - chance)
        hessian = (rows * spread) @ rows.T + np.diag([1.0, 1e-6])
        step = np.linalg.solve(hessian, rows @ (weight * (fake - chance)) - np.array([scale - 1.0, 0.0]))
        scale, shift = scale + float(step[0]), shift + float(step[1])
    return min(max(scale, SCALE_MIN), SCALE_MAX)


def rolling_predictions(
    scores: Sequence[Floats], beside: Sequence[Floats], fake: Floats, weight: Floats
) -> Floats:
    """Chances of the tried labels, each part scaled by what the parts before it taught; `beside` is added to
    what a part says once it is scaled.
    """
    chance, before = [], np.empty(0)
    for part, more in zip(scores, beside, strict=True):
        scale = platt_scale(before, fake[: before.size], weight[: before.size])
        chance.append(1 / (1 + np.exp(-np.clip(scale * part + more, -30, 30))))
        before = np.concatenate([before, part])
    return np.concatenate(chance)


def area_under_curve(fake: npt.NDArray[Any], score: npt.NDArray[Any]) -> float:
    """Area under the ROC curve: the chance that a fake scores above a genuine one, ties counting half."""
    positives, n = float(np.sum(fake)), fake.size
    if positives in (0, n):
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float(
        (ranks[inverse][fake.astype(bool)].sum() - positives * (positives + 1) / 2)
        / (positives * (n - positives))
    )


def calibration_error(fake: npt.NDArray[Any], chance: npt.NDArray[Any]) -> float:
    """Expected calibration error: mean gap between stated and observed share over bins of equal width."""
    bins = np.minimum((chance * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    gap = np.abs(np.bincount(bins, chance, BINS) - np.bincount(bins, fake, BINS))
    return float(gap.sum() / max(counts.sum(), 1))
