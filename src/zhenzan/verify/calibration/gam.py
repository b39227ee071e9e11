"""An additive logistic model: an intercept, slopes, and one piecewise linear curve per feature.

Fitted by Newton's method with a quadratic penalty on the height and the bends of the curves; slopes are
drawn to 1 and kept from being negative. Deterministic: no random numbers, sums in row order. After
generalised additive models (Hastie and Tibshirani) and P-splines (Eilers and Marx, 1996).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.arrays import are_sizes
from zhenzan.verify.kernels import gam as kernels

__all__ = ["Design", "Model", "design_at", "design_of", "fit", "knots_of", "locate", "score"]

Floats = npt.NDArray[np.float64]

KNOTS_MAX = 12  # quantiles: each piece of a curve has a share of the labels
NEWTON_STEPS_MAX = 25  # it converges quadratically; ten are many
NEWTON_TOLERANCE = 1e-4  # nats, far below what is written
SLOPE_PENALTY = 25.0  # as many labels as it takes to move a slope half the way from 1
SCORE_MAX = 30.0
RIDGE = 1e-8  # so that a column that repeats another leaves the Hessian regular


@dataclass(frozen=True)
class Design:
    """Rows of a model: `knot` int16[n, f] and `share` float32[n, f] on curves, `linear` float64[n, s].

    `at[f]` are the knots of curve f; one more coefficient after them stands for a missing value. `offset`
    float64[n] is added as it is.
    """

    names: tuple[str, ...]
    at: tuple[Floats, ...]
    knot: npt.NDArray[np.int16]
    share: npt.NDArray[np.float32]
    linear: Floats
    offset: Floats

    def __post_init__(self) -> None:
        assert self.knot.shape == self.share.shape == (self.offset.size, len(self.at))
        assert are_sizes(self.offset.size, self.linear)
        assert bool(np.isfinite(self.offset).all())

    @property
    def column(self) -> npt.NDArray[np.int64]:
        """Where each curve's coefficients begin; one more for their end."""
        sizes = [len(at) + 1 for at in self.at]
        return np.cumsum([1 + self.linear.shape[1], *sizes]).astype(np.int64)

    def rows(self, chosen: npt.NDArray[Any] | slice) -> Design:
        """Some of the rows, by mask, position or slice."""
        return Design(
            self.names,
            self.at,
            self.knot[chosen],
            self.share[chosen],
            self.linear[chosen],
            self.offset[chosen],
        )

    def bare(self) -> Design:
        """Without curves."""
        return Design((), (), self.knot[:, :0].copy(), self.share[:, :0].copy(), self.linear, self.offset)


@dataclass(frozen=True)
class Model:
    """Log-odds in nats: `intercept`, `slopes` float64[s], heights of curves at knots, missing last."""

    intercept: float
    slopes: Floats
    curves: Mapping[str, Floats]


def knots_of(values: npt.NDArray[Any], most: int = KNOTS_MAX) -> Floats:
    """Up to `most` quantiles of the finite values, rising; empty where there are none."""
    known = np.sort(values[np.isfinite(values)].astype(np.float64))
    if known.size == 0:
        return np.empty(0)
    return np.unique(np.quantile(known, np.linspace(0, 1, most)))


def locate(values: npt.NDArray[Any], at: Floats) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.float32]]:
    """Left knot and share of the way to the next for each value; the last knot + 1 for a missing one."""
    missing = ~np.isfinite(values)
    clipped = np.clip(np.where(missing, at[0], values).astype(np.float64), at[0], at[-1])
    left = np.clip(np.searchsorted(at, clipped, "right") - 1, 0, max(at.size - 2, 0))
    share = np.zeros(values.size)
    if at.size > 1:
        share = (clipped - at[left]) / (at[left + 1] - at[left])
    share[missing] = 0.0
    return np.where(missing, at.size, left).astype(np.int16), share.astype(np.float32)


def design_of(columns: Mapping[str, npt.NDArray[Any]], linear: Floats, offset: Floats) -> Design:
    """Place rows on curves with knots at quantiles; what never varies is left out."""
    at = {name: knots_of(values) for name, values in columns.items()}
    at = {
        name: own
        for name, own in at.items()
        if own.size > 1 or (own.size == 1 and not np.all(np.isfinite(columns[name])))
    }
    return design_at(columns, at, linear, offset)


def design_at(
    columns: Mapping[str, npt.NDArray[Any]], at: Mapping[str, Floats], linear: Floats, offset: Floats
) -> Design:
    """Place rows on curves with these knots."""
    n = linear.shape[0]
    knot, share = np.empty((n, len(at)), np.int16), np.empty((n, len(at)), np.float32)
    for f, (name, own) in enumerate(at.items()):
        knot[:, f], share[:, f] = locate(columns[name], own)
    return Design(tuple(at), tuple(at.values()), knot, share, linear, offset)


def fit(design: Design, fake: Floats, weight: Floats, penalty: float) -> Model:
    """Fit to `fake` (0 or 1, float64[n]) with row weights. O(rows · curves²): seconds for 200,000 × 30."""
    slopes = design.linear.shape[1]
    free = np.ones(int(design.column[-1]), bool)
    while True:
        coefficients = _newton(design, fake, weight, penalty, free)
        wrong = np.flatnonzero(coefficients[1 : 1 + slopes] < 0) + 1
        if wrong.size == 0:
            break
        free[wrong] = False  # evidence for fake never becomes evidence for genuine
    ends = design.column
    curves = {name: coefficients[ends[f] : ends[f + 1]] for f, name in enumerate(design.names)}
    return Model(float(coefficients[0]), coefficients[1 : 1 + slopes], curves)


def score(design: Design, model: Model) -> Floats:
    """Log-odds of each row, nats; curves that the model lacks count as 0."""
    flat = {name: np.zeros(at.size + 1) for name, at in zip(design.names, design.at, strict=True)}
    curves = [model.curves.get(name, flat[name]) for name in design.names]
    return _scores(design, np.concatenate([[model.intercept], model.slopes, *curves]))


def _scores(design: Design, coefficients: Floats) -> Floats:
    out = np.empty(design.knot.shape[0])
    kernels.scores(design.column, design.knot, design.share, design.linear, design.offset, coefficients, out)
    return np.clip(out, -SCORE_MAX, SCORE_MAX)


def _newton(
    design: Design, fake: Floats, weight: Floats, penalty: float, free: npt.NDArray[np.bool_]
) -> Floats:
    """Newton's method with step halving; coefficients that are not free stay 0."""
    quadratic, target = _penalty(design, penalty)
    share = float((weight @ fake) / weight.sum())
    coefficients = target * free
    coefficients[0] = np.log(share / (1 - share))

    def loss(candidate: Floats) -> float:
        eta, away = _scores(design, candidate), candidate - target
        return float(weight @ (np.logaddexp(0, eta) - fake * eta)) + 0.5 * float(away @ quadratic @ away)

    now = loss(coefficients)
    for _ in range(NEWTON_STEPS_MAX):
        chance = 1 / (1 + np.exp(-_scores(design, coefficients)))
        gradient, hessian = np.zeros(free.size), np.zeros((free.size, free.size))
        kernels.normal_equations(
            design.column,
            design.knot,
            design.share,
            design.linear,
            weight * chance * (1 - chance),
            weight * (fake - chance),
            gradient,
            hessian,
        )
        hessian += np.tril(hessian, -1).T + quadratic + RIDGE * np.eye(free.size)
        gradient -= quadratic @ (coefficients - target)
        step = np.zeros(free.size)
        step[free] = np.linalg.solve(hessian[np.ix_(free, free)], gradient[free])
        reached = loss(coefficients + step)
        while reached > now and np.abs(step).max() > NEWTON_TOLERANCE:
            step /= 2
            reached = loss(coefficients + step)
        coefficients, now = coefficients + step, reached
        if np.abs(step).max() <= NEWTON_TOLERANCE:
            break
    return coefficients


def _penalty(design: Design, penalty: float) -> tuple[Floats, Floats]:
    """The quadratic form, and what it draws the coefficients to."""
    slopes, ends = design.linear.shape[1], design.column
    quadratic, target = np.zeros((ends[-1], ends[-1])), np.zeros(ends[-1])
    target[1 : 1 + slopes] = 1.0
    quadratic[range(1, 1 + slopes), range(1, 1 + slopes)] = SLOPE_PENALTY
    for f, at in enumerate(design.at):
        block = np.eye(at.size + 1)
        if at.size > 2:
            bends = np.diff(np.eye(at.size), 2, axis=0)
            block[: at.size, : at.size] += bends.T @ bends
        quadratic[ends[f] : ends[f + 1], ends[f] : ends[f + 1]] = penalty * block
    return quadratic, target
