"""Calibrated weights at work: from features to evidence, by the curves that the policy holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.policy import Curve, Weights
from zhenzan.verify.features import FEATURES, Features, check_names

__all__ = [
    "PREFIX",
    "apply_weights",
    "check_weights",
    "curve_decibans",
    "describe",
]

PREFIX = "calibrated:"
STEP = 0.01  # decibans that evidence is rounded to; what rounds to nothing is not said


def check_weights(weights: Weights) -> None:
    """Raise `PolicyError` where a curve names a feature that there is not."""
    check_names((curve.feature for curve in weights.curves), "weights")


def apply_weights(features: Features, weights: Weights) -> Iterable[tuple[str, npt.NDArray[np.float32]]]:
    """Yield the evidence of each curve: (`calibrated:<feature>`, decibans float32[pairs]).

    Curves of features whose columns the log lacks are left out. One feature at a time is in memory; each
    takes 8 bytes a like. Raises `PolicyError` as `check_weights` does.
    """
    check_weights(weights)
    for curve in weights.curves:
        if curve.feature in features:
            yield PREFIX + curve.feature, curve_decibans(curve, features[curve.feature])


def curve_decibans(curve: Curve, values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Read a curve at each value: straight lines between knots, level outside, `missing` for NaN."""
    decibans = np.interp(values, curve.at, curve.decibans)
    decibans[~np.isfinite(values)] = curve.missing
    return np.asarray(np.rint(decibans / STEP) * STEP, np.float32)


def describe(curve: Curve) -> str:
    """One sentence on what a curve looks at."""
    feature = FEATURES.get(curve.feature)
    return f"Learned from labels: {feature.description if feature else curve.feature}"
