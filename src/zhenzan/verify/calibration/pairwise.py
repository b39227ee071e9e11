"""Boosted curves and pairwise tables: what each feature says, and what two say together and neither says
alone.

Boosting with trees of one feature, then with trees of two (Lou, Caruana and others, *Accurate Intelligible
Models with Pairwise Interactions*, KDD 2013): of the pairs, a first pass over all finds the few that gain
most, a second learns their tables. Deterministic: pairs are drawn by a fixed sequence, sums are in row order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.arrays import is_rising
from zhenzan.verify.kernels import pairwise as kernels

__all__ = [
    "Binned",
    "JointTable",
    "bin_of",
    "binned",
    "cuts_of",
    "fit_curves",
    "fit_tables",
    "table_scores",
]

Floats = npt.NDArray[np.float64]

CUTS_MAX = 14  # a table stays readable, and each row of it has a share of the labels
TABLES_MAX = 16
CURVE_ROUNDS, SEARCH_ROUNDS, TABLE_ROUNDS = 200, 300, 300  # at most; a step is small (`RATE`)
CURVES_TRIED, SEARCH_TRIED, TABLES_TRIED = 8, 8, 4  # drawn for each tree: chance shares out what many know
RATE = 0.05
PULL = 10.0  # as many likes of variance ¼ × 4 as a step is pulled to 0 by
CURVATURE_MIN = 10.0  # Σ p(1 − p) on each side of a split: about a hundred labels where a tenth is fake
CURVATURE_SHARE_MIN = 0.05  # or this share of all of it, where labels are few
LABELS_MIN = 1000  # fewer labels cannot tell an interplay from chance


@dataclass(frozen=True)
class Binned:
    """Rows of features as bins: `code` uint8[n, f]; `cuts[f]` rising, one more bin for a missing value.

    `middles[f]` are the medians of the bins between the cuts.
    """

    names: tuple[str, ...]
    cuts: tuple[Floats, ...]
    middles: tuple[Floats, ...]
    code: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        assert self.code.shape[1] == len(self.names) == len(self.cuts) == len(self.middles)
        assert all(is_rising(cuts) for cuts in self.cuts)

    def rows(self, chosen: npt.NDArray[Any] | slice) -> Binned:
        """Some of the rows, by mask, position or slice."""
        return Binned(self.names, self.cuts, self.middles, self.code[chosen])


@dataclass(frozen=True)
class JointTable:
    """What two features say together: `nats` float64[bins of first, bins of second], missing last."""

    first: int
    second: int
    nats: Floats


def cuts_of(values: npt.NDArray[Any]) -> Floats:
    """Up to `CUTS_MAX` quantiles that are values themselves, rising, so that no bin is empty; else none."""
    known = np.sort(values[np.isfinite(values)].astype(np.float64))
    if known.size == 0 or known[0] == known[-1]:
        return np.empty(0)
    cuts = np.unique(np.quantile(known, np.linspace(0, 1, CUTS_MAX + 2)[1:-1], method="nearest"))
    return np.asarray(cuts[cuts > known[0]])


def bin_of(values: npt.NDArray[Any], cuts: Floats) -> npt.NDArray[np.uint8]:
    """How many cuts each value reaches; `len(cuts) + 1` where it is missing."""
    code = np.searchsorted(cuts, values, "right").astype(np.uint8)
    code[~np.isfinite(values)] = cuts.size + 1
    return code


def binned(columns: Mapping[str, npt.NDArray[Any]]) -> Binned:
    """All features that vary and do not repeat another, in bins. One byte a row and feature."""
    kept: dict[bytes, str] = {}
    cuts, middles, codes = [], [], []
    for name, values in columns.items():
        own = cuts_of(values)
        code = bin_of(values, own)
        if own.size == 0 or code.tobytes() in kept:
            continue
        kept[code.tobytes()] = name
        cuts.append(own)
        codes.append(code)
        middles.append(np.array([np.median(values[code == b]) for b in range(own.size + 1)], np.float64))
    n = next(iter(columns.values())).size if columns else 0
    matrix = np.ascontiguousarray(np.stack(codes, 1)) if codes else np.empty((n, 0), np.uint8)
    return Binned(tuple(kept.values()), tuple(cuts), tuple(middles), matrix)


def fit_curves(rows: Binned, fake: Floats, weight: Floats, score: Floats) -> dict[str, Floats]:
    """Learn what each feature adds to `score` (log-odds, nats), by name: nats by bin, missing last."""
    features = np.arange(len(rows.names))
    if features.size == 0:
        return {}
    nats, _ = _boost(rows, fake, weight, score, features, features, CURVE_ROUNDS, CURVES_TRIED)
    return {name: np.diag(nats[f])[: rows.cuts[f].size + 2].copy() for f, name in enumerate(rows.names)}


def fit_tables(rows: Binned, fake: Floats, weight: Floats, score: Floats) -> list[JointTable]:
    """Learn tables on top of `score` (log-odds, nats). None from fewer than `LABELS_MIN` rows.

    `fake` 0 or 1, all float64[n]. O(rows · rounds): a second for each hundred thousand.
    """
    first, second = np.triu_indices(len(rows.names), 1)
    if fake.size < LABELS_MIN or first.size == 0:
        return []
    _, gains = _boost(rows, fake, weight, score, first, second, SEARCH_ROUNDS, SEARCH_TRIED)
    best = np.sort(np.argsort(-gains, kind="stable")[:TABLES_MAX])
    best = best[gains[best] > 0]
    if best.size == 0:
        return []
    first, second = first[best], second[best]
    nats, gains = _boost(rows, fake, weight, score, first, second, TABLE_ROUNDS, TABLES_TRIED)
    return [
        JointTable(int(f), int(s), nats[p, : rows.cuts[f].size + 2, : rows.cuts[s].size + 2])
        for p, (f, s) in enumerate(zip(first, second, strict=True))
        if gains[p] > 0
    ]


def table_scores(rows: Binned, tables: list[JointTable]) -> Floats:
    """The sum of the tables for each row, nats."""
    total = np.zeros(rows.code.shape[0])
    for table in tables:
        total += table.nats[rows.code[:, table.first], rows.code[:, table.second]]
    return total


def _boost(
    rows: Binned,
    fake: Floats,
    weight: Floats,
    score: Floats,
    first: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    rounds: int,
    tried: int,
) -> tuple[Floats, Floats]:
    bins = CUTS_MAX + 2
    table, gains = np.zeros((first.size, bins, bins)), np.zeros(first.size)
    chance = 1 / (1 + np.exp(-score))
    least = min(CURVATURE_MIN, CURVATURE_SHARE_MIN * float(weight @ (chance * (1 - chance))))
    kernels.boost(
        rows.code,
        fake,
        weight,
        score.copy(),
        first,
        second,
        bins,
        rounds,
        tried,
        RATE,
        PULL,
        least,
        table,
        gains,
    )
    return table, gains
