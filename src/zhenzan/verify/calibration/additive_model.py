"""Fitting an additive model to labelled likes, in the order of time.

Two models are fitted and averaged. The steady one has smooth curves of a few features that seldom mislead;
the broad one is boosted: curves of all features, then tables of the few pairs that say more together than
apart. The broad one is sharper while things stay as they are, the steady one holds when they change; their
mean is curves and tables again. How strongly smooth curves are held back is chosen by trying the past on
what came after it, never the other way round, and so are the scale of the whole, and how much is made of
what labels said of other likes of the same account or item.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.arrays import are_chances, are_sizes
from zhenzan.policy import Curve, Joint, Weights
from zhenzan.verify.calibration import gam
from zhenzan.verify.calibration.forward_validation import (
    Fold,
    folds_of,
    loss,
    platt_scale,
    rolling_predictions,
)
from zhenzan.verify.calibration.gam import Design, Floats, Model
from zhenzan.verify.calibration.pairwise import (
    Binned,
    JointTable,
    binned,
    fit_curves,
    fit_tables,
    table_scores,
)
from zhenzan.verify.calibration.random_effects import PULL_MIN, intercepts, shrinkage_of
from zhenzan.verify.evidence.reasons import DECIBANS_PER_NAT

__all__ = ["Learned", "learn"]

SPLINE = (
    "account_span_days",
    "account_rate",
    "item_month_visitor_share",
    "item_singleton_share",
    "item_next_quarter_singleton_share",
    "account_other_items_likes",
    "account_other_tenure",
    "item_month_loyalty",
    "item_surge",
    "weekday",
)

PENALTIES = (300.0, 1000.0)  # less holds better from one fold to the next, and worse for what comes later
TRIED_LIKES_MAX = 60_000  # labels that the choice is made on, spread evenly; the fit itself uses all
DECIBANS_MAX = 30.0  # the most that one curve or table may say
HALVINGS = 40
INTERCEPT_NATS_MAX = 20.0  # far from any share of fakes; what the means of curves add up to must fit in
DIGITS, TABLE_DIGITS = 3, 2


@dataclass(frozen=True)
class Learned:
    """Learned weights, and their accuracy on labels later than those they were learned from.

    `intercepts`: nats of each account or item by its code, float64, for kinds of ids that say something.
    `tried`: positions of those labels; `chance` float64: what was said of them; `penalty`: the one chosen.
    """

    weights: Weights
    intercepts: Mapping[str, Floats]
    tried: npt.NDArray[np.int64]
    chance: Floats
    penalty: float

    def __post_init__(self) -> None:
        assert are_sizes(self.tried.size, self.chance)
        assert are_chances(self.chance)


@dataclass(frozen=True)
class Rows:
    """Labelled likes in the order of time: on the knots of the smooth curves, on those of the boosted ones,
    and in bins.
    """

    smooth: Design
    boosted: Design
    binned: Binned
    fake: Floats
    weight: Floats

    def __post_init__(self) -> None:
        n = self.fake.size
        assert are_sizes(n, self.smooth.offset, self.boosted.offset, self.binned.code, self.weight)

    def __getitem__(self, chosen: npt.NDArray[np.int64] | slice) -> Rows:
        return Rows(
            self.smooth.rows(chosen),
            self.boosted.rows(chosen),
            self.binned.rows(chosen),
            self.fake[chosen],
            self.weight[chosen],
        )


@dataclass(frozen=True)
class FittedModel:
    """A fitted model: intercept, slopes and smooth curves; boosted curves and tables. All in nats."""

    smooth: Model
    boosted: Model
    tables: list[JointTable]

    def score(self, rows: Rows) -> Floats:
        """Log-odds of each row."""
        curves = gam.score(rows.smooth, self.smooth) + gam.score(rows.boosted, self.boosted)
        return curves + table_scores(rows.binned, self.tables)

    def times(self, factor: float) -> FittedModel:
        """All of it, scaled."""
        smooth, boosted = (
            Model(
                model.intercept * factor,
                model.slopes * factor,
                {name: heights * factor for name, heights in model.curves.items()},
            )
            for model in (self.smooth, self.boosted)
        )
        return FittedModel(
            smooth, boosted, [JointTable(t.first, t.second, t.nats * factor) for t in self.tables]
        )


def learn(
    columns: Mapping[str, npt.NDArray[Any]],
    structural: Mapping[str, npt.NDArray[Any]],
    offset: npt.NDArray[Any],
    fake: npt.NDArray[Any],
    weight: Floats,
    time: npt.NDArray[np.int64],
    ids: Mapping[str, npt.NDArray[np.int64]] = MappingProxyType({}),
    alike: Collection[str] = (),
) -> Learned:
    """Learn from n labelled likes: `columns` features by name, `structural` decibans of evidence by name.

    `offset`: decibans of all evidence that keeps its weight; `fake` 0 or 1; `weight`: how much a label
    counts; `time`: any rising number; `ids`: codes of accounts and items. `alike`: the ids all labels of
    which agree because each was labelled as a whole; they say all they may, which is no part of how well it
    did.
    Deterministic. Seconds, and about 1 kB a like, for a hundred thousand.
    """
    order = np.argsort(time, kind="stable")
    linear = np.stack([v[order] / DECIBANS_PER_NAT for v in structural.values()], 1) if structural else None
    linear = np.empty((order.size, 0)) if linear is None else np.ascontiguousarray(linear, np.float64)
    columns = {name: values[order] for name, values in columns.items()}
    steady = {name: columns[name] for name in SPLINE if name in columns}
    bins, none = binned(columns), np.zeros(order.size)
    rows = Rows(
        gam.design_of(steady, linear, offset[order] / DECIBANS_PER_NAT),
        gam.design_at(columns, dict(zip(bins.names, bins.middles, strict=True)), linear[:, :0].copy(), none),
        bins,
        fake[order].astype(np.float64),
        weight[order].astype(np.float64),
    )
    chosen = np.unique(np.linspace(0, order.size - 1, TRIED_LIKES_MAX).astype(np.int64))
    few = rows[chosen] if chosen.size < order.size else rows
    penalty, folds = _choose_penalty(few)
    tried = np.concatenate([np.arange(fold.end, fold.last) for fold in folds])
    scale = platt_scale(np.concatenate([fold.score for fold in folds]), few.fake[tried], few.weight[tried])
    taught = _rescaled(rows, _fit(rows, penalty), scale)
    scaled = [replace(fold, taught=scale * fold.taught, score=scale * fold.score) for fold in folds]
    score, intercepts_by_kind = taught.score(rows), {}
    beside = [np.zeros(fold.score.size) for fold in folds]
    for of, code in ids.items():
        own = code[order]
        pull: float | None = PULL_MIN
        if of not in alike:
            pull, more = shrinkage_of(of, own[chosen], scaled, few.fake, few.weight)
            beside = [base + its for base, its in zip(beside, more, strict=True)]
        if pull is not None:
            intercepts_by_kind[of] = intercepts(own, score, rows.fake, rows.weight, pull)
    chance = rolling_predictions([fold.score for fold in folds], beside, few.fake[tried], few.weight[tried])
    weights = _weights(columns, rows, taught, tuple(structural))
    return Learned(weights, intercepts_by_kind, order[chosen[tried]], chance, penalty)


def _fit(rows: Rows, penalty: float) -> FittedModel:
    """The mean of the steady model and the broad one."""
    return _mean(_spline(rows, penalty), _boosted(rows))


def _spline(rows: Rows, penalty: float) -> Model:
    """Slopes, and smooth curves of a few features."""
    return gam.fit(rows.smooth, rows.fake, rows.weight, penalty)


def _boosted(rows: Rows) -> FittedModel:
    """Slopes, boosted curves of all features, tables of some pairs. No penalty touches it."""
    start = gam.fit(rows.smooth.bare(), rows.fake, rows.weight, penalty=0.0)
    score = gam.score(rows.smooth, start)
    curves = Model(0.0, np.empty(0), fit_curves(rows.binned, rows.fake, rows.weight, score))
    score = score + gam.score(rows.boosted, curves)
    return FittedModel(start, curves, fit_tables(rows.binned, rows.fake, rows.weight, score))


def _mean(steady: Model, broad: FittedModel) -> FittedModel:
    start = broad.smooth
    both = Model(steady.intercept + start.intercept, steady.slopes + start.slopes, steady.curves)
    return replace(broad, smooth=both).times(0.5)


def _choose_penalty(rows: Rows) -> tuple[float, list[Fold]]:
    """Choose the penalty whose predictions of later labels are likeliest: it, and what was said of them."""
    parts = [(rows[:end], rows[end:last], _boosted(rows[:end])) for end, last in folds_of(rows.fake)]
    if not parts:
        score = _fit(rows, PENALTIES[-1]).score(rows)
        return PENALTIES[-1], [Fold(score[:0], score)]
    best: tuple[float, float, list[Fold]] = (np.inf, PENALTIES[-1], [])
    for penalty in PENALTIES:
        folds, reached = [], 0.0
        for before, after, broad in parts:
            taught = _mean(_spline(before, penalty), broad)
            folds.append(Fold(taught.score(before), taught.score(after)))
            reached += loss(folds[-1].score, after.fake, after.weight)
        if reached < best[0]:
            best = (reached, penalty, folds)
    return best[1], best[2]


def _rescaled(rows: Rows, taught: FittedModel, scale: float) -> FittedModel:
    """Scale all, and set the intercept so that the labels' mean is right."""
    taught, fake, weight = taught.times(scale), rows.fake, rows.weight
    score, fakes_wanted = taught.score(rows), float(weight @ fake)
    low, high = -2 * INTERCEPT_NATS_MAX, 2 * INTERCEPT_NATS_MAX
    for _ in range(HALVINGS):  # the mean rises with the intercept; Newton's steps run away where all is clear
        shift = (low + high) / 2
        above = float(weight @ (1 / (1 + np.exp(-np.clip(score + shift, -30, 30))))) > fakes_wanted
        low, high = (low, shift) if above else (shift, high)
    model = taught.smooth
    intercept = float(np.clip(model.intercept + (low + high) / 2, -INTERCEPT_NATS_MAX, INTERCEPT_NATS_MAX))
    return replace(taught, smooth=Model(intercept, model.slopes, model.curves))


def _weights(
    columns: Mapping[str, npt.NDArray[Any]], rows: Rows, taught: FittedModel, names: tuple[str, ...]
) -> Weights:
    """As the policy holds them: decibans, rounded; the mean of a curve or table belongs to the intercept."""
    intercept, curves, joints = taught.smooth.intercept, [], []
    for name, values in columns.items():
        at, heights = _curve(rows, taught, name)
        if at.size == 0:
            continue
        missing = ~np.isfinite(values)
        middle = float(np.where(missing, heights[-1], np.interp(values, at, heights[:-1])).mean())
        intercept += middle
        decibans = _rounded((heights - middle) * DECIBANS_PER_NAT)
        unseen = decibans[-1] if missing.any() else 0.0
        if any(decibans[:-1]) or unseen:
            curves.append(Curve(name, tuple(at.tolist()), decibans[:-1], unseen))
    for table in taught.tables:
        middle = float(table_scores(rows.binned, [table]).mean())
        intercept += middle
        joints.append(_joint(rows.binned, table, middle))
    slopes = zip(names, taught.smooth.slopes, strict=True)
    nats = float(np.clip(intercept, -INTERCEPT_NATS_MAX, INTERCEPT_NATS_MAX))
    start = round(float(nats * DECIBANS_PER_NAT), DIGITS)
    structural = {name: round(float(slope), DIGITS) for name, slope in slopes}
    return Weights(start, structural, tuple(curves), tuple(joints))


def _curve(rows: Rows, taught: FittedModel, name: str) -> tuple[Floats, Floats]:
    """The sum of a feature's smooth and boosted curves: knots, and heights with that of a missing value."""
    parts = [
        (design.at[design.names.index(name)], model.curves[name])
        for design, model in ((rows.smooth, taught.smooth), (rows.boosted, taught.boosted))
        if name in design.names
    ]
    at = np.unique(np.concatenate([np.empty(0), *(knots for knots, _ in parts)]))
    heights = np.zeros(at.size + 1)
    for knots, own in parts:
        heights[:-1] += np.interp(at, knots, own[:-1])
        heights[-1] += own[-1]
    return at, heights


def _joint(binned: Binned, table: JointTable, middle: float) -> Joint:
    first, second = (
        tuple(float(cut) for cut in binned.cuts[feature]) for feature in (table.first, table.second)
    )
    decibans = (table.nats - middle) * DECIBANS_PER_NAT
    return Joint(
        (binned.names[table.first], binned.names[table.second]),
        (first, second),
        tuple(_rounded(row, TABLE_DIGITS) for row in decibans),
    )


def _rounded(decibans: Floats, digits: int = DIGITS) -> tuple[float, ...]:
    return tuple(
        round(float(value), digits) + 0.0 for value in np.clip(decibans, -DECIBANS_MAX, DECIBANS_MAX)
    )
