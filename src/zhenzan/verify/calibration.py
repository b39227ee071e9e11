"""Calibration: learn from labels what the log's features say, as weights in decibans that still add up.

An additive logistic model: an intercept, one slope for all structural evidence, and for every feature a
curve, linear between knots at its quantiles, kept smooth by a penalty on its bends (Hastie & Tibshirani 1986;
Eilers & Marx 1996). Solved by iteratively reweighted least squares; deterministic. Features are computed anew
from the verdicts and items of the result, so a result folder is all it takes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from zhenzan.errors import CalibrationError
from zhenzan.policy import Curve, Policy, Weights
from zhenzan.progress import SILENT, Progress
from zhenzan.verify.encode import Encoded, encode
from zhenzan.verify.features import FEATURES, Features
from zhenzan.verify.labels import match_labels
from zhenzan.verify.reasons import DECIBANS_PER_NAT, DESCRIPTIONS
from zhenzan.verify.result import Result

LEARNED = (
    "account_span_days",
    "account_rate",
    "account_age_days",
    "account_rank",
    "account_gap_seconds",
    "account_next_gap_seconds",
    "account_day_likes",
    "account_other_items_likes",
    "account_other_singleton_share",
    "item_age_days",
    "item_day_likes",
    "item_week_likes",
    "item_burst",
    "item_surge",
    "item_trend",
    "item_singleton_share",
    "item_day_singleton_share",
    "item_month_singleton_share",
    "item_next_quarter_singleton_share",
    "item_loyalty",
    "item_month_loyalty",
    "weekday",
)
KNOTS = 12
RIDGE, BEND = 30.0, 30.0
LABELS_MIN = 50
LABELS_MAX = 150_000  # more teach little and cost much: an even sample of them is used
ROUNDS = 8
STRUCTURAL_UNIT = 10.0  # structural evidence enters in bels
STRUCTURAL_RIDGE = 10.0
CHANGE_MIN = 1e-4


def calibrate(
    result: Result, labels: Any, *, policy: Policy | None = None, progress: Progress = SILENT
) -> Policy:
    """Learn weights from labels; gives `policy` (the default one if None) with them.

    `labels`: see `match_labels`. Raises CalibrationError where they match nothing, are all of one kind, or
    fewer than 50. Cost: about a second for 10,000 labels; memory 1.5 kB a label.
    """
    verdicts = result.verdicts
    rows, fake = match_labels(verdicts, labels)
    if rows.size < LABELS_MIN:
        raise CalibrationError(f"{rows.size} labels match the result; at least {LABELS_MIN} are needed.")
    if rows.size > LABELS_MAX:
        kept = np.linspace(0, rows.size - 1, LABELS_MAX).astype(np.int64)
        rows, fake = rows[kept], fake[kept]
    with progress.step("Learning from labels"):
        place = np.searchsorted(verdicts["row"].to_numpy(), rows)
        encoded = _encoded(result)
        features = Features(encoded.pairs)
        pair = encoded.rows.pair[place]
        columns = {name: features[name][pair].astype(np.float64) for name in LEARNED if name in features}
        weights, chance = _fit(columns, _structural(verdicts, place), fake)
    progress.say(
        f"Learned from {rows.size:,} labels, {fake.mean():.1%} of them fake: area under the curve "
        f"{_area_under_curve(chance, fake):.3f} on the labels themselves."
    )
    base = Policy.default() if policy is None else policy
    return replace(base, name="calibrated" if base.name == "default" else base.name, weights=weights)


def curve_decibans(curve: Curve, values: np.ndarray) -> np.ndarray:
    """What a curve says of each value: linear between its knots, flat outside. float32."""
    said = np.interp(values, curve.at, curve.decibans)
    return np.where(np.isfinite(values), said, curve.missing).astype(np.float32)


def describe(curve: Curve) -> str:
    """One sentence on the feature of a curve."""
    feature = FEATURES.get(curve.feature)
    return f"Learned from labels: {feature.description if feature else curve.feature}"


def _encoded(result: Result) -> Encoded:
    """The log as its result remembers it: who liked what, when; whose item it is."""
    verdicts, items = result.verdicts, result.items
    owner = items.select(["item", "creator"])
    likes = verdicts.select(["row", "account", "item", "timestamp"]).join(owner, "item").sort_by("row")
    return encode(likes.combine_chunks().to_batches())


def _structural(verdicts: pa.Table, place: np.ndarray) -> np.ndarray:
    """Sum of the structural evidence of each labelled like, in bels."""
    lists = verdicts["evidence"].take(pa.array(place)).combine_chunks()
    said = lists.flatten()
    owner = np.asarray(lists.value_parent_indices())
    names = np.asarray(said.field("name").cast(pa.string()))
    own = np.isin(names, tuple(DESCRIPTIONS))
    decibans = np.asarray(said.field("decibans"), np.float64)
    return np.bincount(owner[own], decibans[own], place.size) / STRUCTURAL_UNIT


def _fit(
    columns: dict[str, np.ndarray], structural: np.ndarray, fake: np.ndarray
) -> tuple[Weights, np.ndarray]:
    blocks: list[np.ndarray] = [np.ones((fake.size, 1), np.float32), structural.astype(np.float32)[:, None]]
    penalties = [np.zeros((1, 1)), np.full((1, 1), STRUCTURAL_RIDGE)]
    knots = {}
    for name, values in columns.items():
        known = values[np.isfinite(values)]
        if known.size == 0 or known.min() == known.max():
            continue
        knots[name] = np.unique(np.quantile(known, np.linspace(0, 1, KNOTS)))
        blocks.append(_hats(values, knots[name]))
        penalties.append(_penalty(knots[name].size))
    design = np.hstack(blocks)
    solution = _solve(design, fake, _block_diagonal(penalties))
    decibans = solution * DECIBANS_PER_NAT
    curves, first = [], 2
    for name, at in knots.items():
        said = decibans[first : first + at.size]
        missing = float(decibans[first + at.size])
        curves.append(Curve(name, tuple(map(float, at)), tuple(map(float, said)), missing))
        first += at.size + 1
    slope = float(max(solution[1] * DECIBANS_PER_NAT / STRUCTURAL_UNIT, 0.0))
    weights = Weights(float(decibans[0]), dict.fromkeys(DESCRIPTIONS, slope), tuple(curves))
    return weights, 1.0 / (1.0 + np.exp(-(design @ solution)))


def _hats(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The linear B-spline basis over knots `at`, and a column for absent values. float32[n, knots + 1]."""
    basis = np.zeros((values.size, at.size + 1), np.float32)
    known = np.flatnonzero(np.isfinite(values))
    inside = np.clip(values[known], at[0], at[-1])
    cell = np.clip(np.searchsorted(at, inside, side="right") - 1, 0, at.size - 2)
    part = (inside - at[cell]) / (at[cell + 1] - at[cell])
    basis[known, cell] = 1.0 - part
    basis[known, cell + 1] = part
    basis[~np.isfinite(values), -1] = 1.0
    return basis


def _penalty(knots: int) -> np.ndarray:
    penalty = np.eye(knots + 1) * RIDGE
    if knots > 2:
        bends = np.diff(np.eye(knots), 2, axis=0)
        penalty[:knots, :knots] += BEND * bends.T @ bends
    return penalty


def _block_diagonal(blocks: list[np.ndarray]) -> np.ndarray:
    size = sum(block.shape[0] for block in blocks)
    whole, first = np.zeros((size, size)), 0
    for block in blocks:
        last = first + block.shape[0]
        whole[first:last, first:last] = block
        first = last
    return whole


def _solve(design: np.ndarray, fake: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    """Penalised logistic regression by Newton's method. float64[columns]."""
    solution = np.zeros(design.shape[1])
    solution[0] = np.log(fake.mean() / (1.0 - fake.mean()))
    for _ in range(ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ solution, -30, 30)))
        weight = np.maximum(chance * (1.0 - chance), 1e-6).astype(np.float32)
        slope = design.T @ (fake - chance) - penalty @ solution
        curvature = ((design * weight[:, None]).T @ design).astype(np.float64) + penalty
        step = np.linalg.solve(curvature + 1e-6 * np.eye(slope.size), slope)
        solution += step
        if np.abs(step).max() < CHANGE_MIN:
            break
    return solution


def _area_under_curve(chance: np.ndarray, fake: np.ndarray) -> float:
    """Mann–Whitney: the chance that a fake like ranks above a genuine one, ties half."""
    _, place, count = np.unique(chance, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    fakes = float(fake.sum())
    return float((rank[fake > 0].sum() - fakes * (fakes + 1) / 2) / (fakes * (fake.size - fakes)))
