"""Learn the weights of an additive model from labelled likes, in the order of time.

Three models of growing breadth are fitted and averaged, curve by curve: a few features that seldom mislead,
more, and all. The broad one is sharper while things stay as they are, the narrow one holds when they change;
their mean is additive again. How strongly curves are held back is chosen by trying the past on what came
after it, never the other way round, and so is the scale of the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.policy import Curve, Weights
from zhenzan.verify import additive
from zhenzan.verify.additive import Design, Floats, Model

__all__ = ["Learned", "area_under_curve", "calibration_error", "learn"]

NARROW = ("account_span_days", "account_rate", "item_month_visitor_share", "item_singleton_share")
MIDDLE = (
    *NARROW, "item_next_quarter_singleton_share", "account_other_items_likes", "account_other_tenure",
    "item_month_loyalty", "item_surge", "weekday",
)  # fmt: skip

PENALTIES = (10.0, 100.0, 1000.0)
TRIED_LIKES_MAX = 60_000  # labels that the choice is made on, spread evenly; the fit itself uses all
FOLDS = (
    (0.55, 0.7),
    (0.7, 0.85),
    (0.85, 1.0),
)  # trained on the first share of the labels, tried up to the second
SCALE_MIN, SCALE_MAX = 0.2, 1.5
DECIBANS_PER_NAT = 10 / np.log(10)
DECIBANS_MAX = 30.0
DIGITS = 3
BINS = 15


@dataclass(frozen=True)
class Learned:
    """The weights, and how they did on labels later than those they were learned from.

    `tried`: positions of those labels; `chance` float64: what was said of them; `penalty`: the one chosen.
    """

    weights: Weights
    tried: npt.NDArray[np.int64]
    chance: Floats
    penalty: float


def learn(
    columns: Mapping[str, npt.NDArray[Any]],
    structural: Mapping[str, npt.NDArray[Any]],
    offset: npt.NDArray[Any],
    fake: npt.NDArray[Any],
    weight: Floats,
    time: npt.NDArray[np.int64],
) -> Learned:
    """Learn from n labelled likes: `columns` features by name, `structural` decibans of evidence by name.

    `offset`: decibans of all evidence that keeps its weight; `fake` 0 or 1; `weight`: how much a label
    counts; `time`: any rising number. Deterministic. Seconds, and about 1 kB a like, for a hundred thousand.
    """
    order = np.argsort(time, kind="stable")
    linear = np.stack([v[order] / DECIBANS_PER_NAT for v in structural.values()], 1) if structural else None
    linear = np.empty((order.size, 0)) if linear is None else np.ascontiguousarray(linear, np.float64)
    design = additive.design_of(
        {name: values[order] for name, values in columns.items()}, linear, offset[order] / DECIBANS_PER_NAT
    )
    y, w = fake[order].astype(np.float64), weight[order].astype(np.float64)
    penalty, tried, said = _try(design, y, w)
    model = _fit(design, y, w, penalty)
    scale = _scale(said, y[tried], w[tried])
    model = _rescaled(design, model, scale, y, w)
    chance = _in_turn(said, y[tried], w[tried], tried)
    return Learned(_weights(design, model, tuple(structural)), order[tried], chance, penalty)


def _fit(design: Design, fake: Floats, weight: Floats, penalty: float) -> Model:
    """The mean of three models of growing breadth."""
    models = [additive.fit(design.only(NARROW), fake, weight, penalty)]
    models.append(additive.fit(design.only(MIDDLE), fake, weight, penalty))
    models.append(additive.fit(design, fake, weight, penalty))
    none = {name: np.zeros(at.size + 1) for name, at in zip(design.names, design.at, strict=True)}
    curves = {
        name: np.mean([model.curves.get(name, none[name]) for model in models], axis=0) for name in none
    }
    return Model(
        float(np.mean([model.intercept for model in models])),
        np.mean([model.slopes for model in models], axis=0),
        curves,
    )


def _try(design: Design, fake: Floats, weight: Floats) -> tuple[float, npt.NDArray[np.int64], Floats]:
    """Choose the penalty whose predictions of later labels are likeliest: it, those labels, their scores."""
    chosen = np.unique(np.linspace(0, fake.size - 1, TRIED_LIKES_MAX).astype(np.int64))
    if chosen.size < fake.size:
        penalty, tried, said = _try(design.rows(chosen), fake[chosen], weight[chosen])
        return penalty, chosen[tried], said
    n = fake.size
    folds = [(int(n * a), int(n * b)) for a, b in FOLDS]
    folds = [(a, b) for a, b in folds if b > a and 0 < fake[:a].sum() < a]
    if not folds:
        everything = np.arange(n)
        return PENALTIES[-1], everything, additive.score(design, _fit(design, fake, weight, PENALTIES[-1]))
    best: tuple[float, float, Floats] = (np.inf, PENALTIES[-1], np.empty(0))
    tried = np.concatenate([np.arange(a, b) for a, b in folds])
    for penalty in PENALTIES:
        said = np.concatenate(
            [
                additive.score(
                    design.rows(np.arange(a, b)),
                    _fit(design.rows(np.arange(a)), fake[:a], weight[:a], penalty),
                )
                for a, b in folds
            ]
        )
        loss = float(weight[tried] @ (np.logaddexp(0, said) - fake[tried] * said))
        if loss < best[0]:
            best = (loss, penalty, said)
    return best[1], tried, best[2]


def _scale(said: Floats, fake: Floats, weight: Floats) -> float:
    """The slope of labels on scores of later likes: under 1 where the past was too sure of itself."""
    if not 0 < fake.sum() < fake.size:
        return 1.0
    scale, shift = 1.0, 0.0
    for _ in range(20):
        chance = 1 / (1 + np.exp(-np.clip(scale * said + shift, -30, 30)))
        rows = np.stack([said, np.ones(said.size)])
        spread = weight * chance * (1 - chance)
        hessian = (rows * spread) @ rows.T + np.diag([1.0, 1e-6])
        step = np.linalg.solve(hessian, rows @ (weight * (fake - chance)) - np.array([scale - 1.0, 0.0]))
        scale, shift = scale + float(step[0]), shift + float(step[1])
    return min(max(scale, SCALE_MIN), SCALE_MAX)


def _rescaled(design: Design, model: Model, scale: float, fake: Floats, weight: Floats) -> Model:
    """Scale the curves, and set the intercept so that the labels' mean is right."""
    curves = {name: heights * scale for name, heights in model.curves.items()}
    scaled = Model(0.0, model.slopes * scale, curves)
    said, intercept = additive.score(design, scaled), model.intercept * scale
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(said + intercept, -30, 30)))
        intercept += float(weight @ (fake - chance)) / max(float(weight @ (chance * (1 - chance))), 1e-9)
    return Model(float(np.clip(intercept, -20, 20)), scaled.slopes, curves)


def _in_turn(said: Floats, fake: Floats, weight: Floats, tried: npt.NDArray[np.int64]) -> Floats:
    """Chances of the tried labels, each part scaled by what the parts before it taught."""
    chance = np.empty(said.size)
    parts = np.array_split(np.arange(tried.size), len(FOLDS))
    for i, part in enumerate(parts):
        scale = _scale(said[: part[0]], fake[: part[0]], weight[: part[0]]) if i and part.size else 1.0
        chance[part] = 1 / (1 + np.exp(-scale * said[part]))
    return chance


def _weights(design: Design, model: Model, names: tuple[str, ...]) -> Weights:
    """As the policy holds them: decibans, rounded; a curve's mean belongs to the intercept."""
    curves, intercept = [], model.intercept
    for f, (name, at) in enumerate(zip(design.names, design.at, strict=True)):
        heights = model.curves[name]
        used = heights[design.knot[:, f]] * (1 - design.share[:, f])
        used += heights[np.minimum(design.knot[:, f] + 1, at.size)] * design.share[:, f]
        middle = float(used.mean())
        intercept += middle
        decibans = _rounded((heights - middle) * DECIBANS_PER_NAT)
        missing = decibans[-1] if np.any(design.knot[:, f] == at.size) else 0.0
        if any(decibans[:-1]) or missing:
            curves.append(Curve(name, tuple(float(value) for value in at), decibans[:-1], missing))
    slopes = {name: round(float(slope), DIGITS) for name, slope in zip(names, model.slopes, strict=True)}
    return Weights(_rounded(np.array([intercept * DECIBANS_PER_NAT]))[0], slopes, tuple(curves))


def _rounded(decibans: Floats) -> tuple[float, ...]:
    return tuple(
        round(float(value), DIGITS) + 0.0 for value in np.clip(decibans, -DECIBANS_MAX, DECIBANS_MAX)
    )


def area_under_curve(fake: npt.NDArray[Any], score: npt.NDArray[Any]) -> float:
    """Area under the ROC curve: the chance that a fake scores above a genuine one, ties counting half."""
    positives, n = float(np.sum(fake)), fake.size
    if positives in (0, n):
        return float("nan")
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float(
        (ranks[place][fake.astype(bool)].sum() - positives * (positives + 1) / 2)
        / (positives * (n - positives))
    )


def calibration_error(fake: npt.NDArray[Any], chance: npt.NDArray[Any]) -> float:
    """Expected calibration error: mean gap between stated and observed share over bins of equal width."""
    bins = np.minimum((chance * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    gap = np.abs(np.bincount(bins, chance, BINS) - np.bincount(bins, fake, BINS))
    return float(gap.sum() / max(counts.sum(), 1))
