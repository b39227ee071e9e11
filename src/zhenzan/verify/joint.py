"""Joint tables: what two features say together and neither says alone, learned on top of a model's scores.

Boosting with trees of two features each (Lou, Caruana and others, *Accurate Intelligible Models with
Pairwise Interactions*, KDD 2013): a first pass over all pairs of features finds the few that gain most, a
second learns their tables. Deterministic: pairs are drawn by a fixed sequence, sums are in row order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.verify.kernels import joint as kernels

__all__ = ["Binned", "JointTable", "bin_of", "binned", "cuts_of", "fit_tables", "table_scores"]

Floats = npt.NDArray[np.float64]

CUTS_MAX = 14  # a table stays readable, and each row of it has a share of the labels
TABLES_MAX = 16
SEARCH_ROUNDS, ROUNDS = 300, 300
SEARCH_PAIRS, TRIED_PAIRS = 8, 4  # pairs drawn for each tree: which feature speaks is left to chance a little
RATE = 0.05
PULL = 10.0  # as many likes of variance ¼ × 4 as a step is pulled to 0 by
CURVATURE_MIN = 10.0  # Σ p(1 − p) on each side of a split: about a hundred labels where a tenth is fake
LABELS_MIN = 1000  # fewer labels cannot tell an interplay from chance


@dataclass(frozen=True)
class Binned:
    """Rows of features as bins: `code` uint8[n, f]; `cuts[f]` rising, one more bin for a missing value."""

    names: tuple[str, ...]
    cuts: tuple[Floats, ...]
    code: npt.NDArray[np.uint8]

    def rows(self, chosen: npt.NDArray[Any] | slice) -> Binned:
        """Some of the rows, by mask, position or slice."""
        return Binned(self.names, self.cuts, self.code[chosen])


@dataclass(frozen=True)
class JointTable:
    """What two features say together: `nats` float64[bins of first, bins of second], missing last."""

    first: int
    second: int
    nats: Floats


def cuts_of(values: npt.NDArray[Any]) -> Floats:
    """Up to `CUTS_MAX` rising quantiles of the finite values, each parting some; none where none vary."""
    known = np.sort(values[np.isfinite(values)].astype(np.float64))
    if known.size == 0 or known[0] == known[-1]:
        return np.empty(0)
    cuts = np.unique(np.quantile(known, np.linspace(0, 1, CUTS_MAX + 2)[1:-1]))
    return np.asarray(cuts[cuts > known[0]])


def bin_of(values: npt.NDArray[Any], cuts: Floats) -> npt.NDArray[np.uint8]:
    """How many cuts each value reaches; `len(cuts) + 1` where it is missing."""
    code = np.searchsorted(cuts, values, "right").astype(np.uint8)
    code[~np.isfinite(values)] = cuts.size + 1
    return code


def binned(columns: Mapping[str, npt.NDArray[Any]]) -> Binned:
    """All features that vary, in bins. One byte a row and feature."""
    cuts = {name: cuts_of(values) for name, values in columns.items()}
    names = tuple(name for name, own in cuts.items() if own.size)
    n = next(iter(columns.values())).size if columns else 0
    code = np.empty((n, len(names)), np.uint8)
    for f, name in enumerate(names):
        code[:, f] = bin_of(columns[name], cuts[name])
    return Binned(names, tuple(cuts[name] for name in names), code)


def fit_tables(rows: Binned, fake: Floats, weight: Floats, score: Floats) -> list[JointTable]:
    """Learn tables on top of `score` (log-odds, nats). None from fewer than `LABELS_MIN` rows.

    `fake` 0 or 1, all float64[n]. O(rows · rounds): a second for each hundred thousand.
    """
    first, second = np.triu_indices(len(rows.names), 1)
    if fake.size < LABELS_MIN or first.size == 0:
        return []
    _, gains = _boost(rows, fake, weight, score, first, second, SEARCH_ROUNDS, SEARCH_PAIRS)
    best = np.sort(np.argsort(-gains, kind="stable")[:TABLES_MAX])
    best = best[gains[best] > 0]
    if best.size == 0:
        return []
    first, second = first[best], second[best]
    nats, gains = _boost(rows, fake, weight, score, first, second, ROUNDS, TRIED_PAIRS)
    return [
        JointTable(int(f), int(s), nats[p, : rows.cuts[f].size + 2, : rows.cuts[s].size + 2])
        for p, (f, s) in enumerate(zip(first, second, strict=True))
        if gains[p] > 0
    ]


def table_scores(rows: Binned, tables: list[JointTable]) -> Floats:
    """What the tables add to each row, nats."""
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
    kernels.boost(
        rows.code, fake, weight, score.copy(), first, second, bins, rounds, tried, RATE, PULL, CURVATURE_MIN,
        table, gains,
    )  # fmt: skip
    return table, gains
