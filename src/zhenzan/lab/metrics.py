"""Metrics of scores against the truth: precision, recall, Rand index. Plain numpy, O(n log n)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "PRECISION_WANTED",
    "adjusted_rand_index",
    "average_precision",
    "precision_recall",
    "recall_at_precision",
    "share",
]

Floats = npt.NDArray[np.float64]
PRECISION_WANTED = 0.99


def precision_recall(score: Floats, truth: npt.NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and threshold (score ≥ threshold) at every distinct score, highest score first."""
    assert len(score) == len(truth)
    assert truth.any(), "a curve needs positives"
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    hits = np.cumsum(truth[order])[last]
    return hits / (last + 1), hits / hits[-1], ranked[last]


def average_precision(score: Floats, truth: npt.NDArray[np.bool_]) -> float:
    """Area under the precision-recall steps; equal scores count as one step, so ties earn nothing."""
    precision, recall, _ = precision_recall(score, truth)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def recall_at_precision(
    score: Floats, truth: npt.NDArray[np.bool_], target: float = PRECISION_WANTED
) -> tuple[float, float]:
    """The largest recall whose precision is at least `target`, and its threshold (0 and infinity if none)."""
    precision, recall, threshold = precision_recall(score, truth)
    good = np.flatnonzero(precision >= target)
    return (float(recall[good[-1]]), float(threshold[good[-1]])) if len(good) else (0.0, float("inf"))


def adjusted_rand_index(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> float:
    """Agreement of two clusterings: 0 by chance, 1 if equal. Negative labels stand alone.

    Hubert and Arabie, Comparing partitions, Journal of Classification 2 (1985).
    """
    left, right = _singletons(left), _singletons(right)
    both = _pairs(left * (int(right.max()) + 1) + right)
    one, other, every = _pairs(left), _pairs(right), len(left) * (len(left) - 1) / 2
    chance = one * other / max(every, 1.0)
    best = (one + other) / 2
    return 1.0 if best == chance else (both - chance) / (best - chance)


def _pairs(labels: npt.NDArray[Any]) -> float:
    counts = np.unique(labels, return_counts=True)[1].astype(np.float64)
    return float(np.sum(counts * (counts - 1) / 2))


def _singletons(labels: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    labels = labels.astype(np.int64).copy()
    alone = labels < 0
    labels[alone] = labels.max(initial=0) + 1 + np.arange(int(alone.sum()))
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def share(mask: npt.NDArray[np.bool_], of: npt.NDArray[np.bool_]) -> float:
    """Share of `of` for which `mask` holds; not a number where there are none."""
    total = int(of.sum())
    return float((mask & of).sum() / total) if total else float("nan")
