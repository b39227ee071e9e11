"""Evidence from calibrated weights: features and ids looked up in the policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.policy import Curve, Joint, Weights
from zhenzan.verify.calibration.pairwise import bin_of
from zhenzan.verify.calibration.random_effects import random_effect_decibans
from zhenzan.verify.encoding.encode import Encoded
from zhenzan.verify.evidence.features import FEATURES, Features, check_names

__all__ = ["PREFIX", "LearnedEvidence", "apply_weights", "check_weights", "curve_decibans", "joint_decibans"]

PREFIX = "calibrated:"
STEP = 0.01  # decibans that evidence is rounded to; what rounds to nothing is not said


@dataclass(frozen=True)
class LearnedEvidence:
    """Evidence that labels taught: `calibrated:<feature>` (or two), a sentence, decibans float32[pairs]."""

    name: str
    description: str
    decibans: npt.NDArray[np.float32]


def check_weights(weights: Weights) -> None:
    """Raise `PolicyError` where a curve or a table names a feature that there is not."""
    check_names((curve.feature for curve in weights.curves), "weights")
    check_names((name for joint in weights.joints for name in joint.features), "weights")


def apply_weights(
    encoded: Encoded, features: Features, weights: Weights, say: Callable[[str], object]
) -> Iterable[LearnedEvidence]:
    """Yield the evidence of each curve, table and reputation.

    Those of features whose columns the log lacks are left out, and reputations where it is of another
    platform, which is said. One or two features at a time are in memory; each takes 8 bytes a like. Raises
    `PolicyError` as `check_weights` does.
    """
    check_weights(weights)
    for curve in weights.curves:
        if curve.feature in features:
            decibans = curve_decibans(curve, features[curve.feature])
            yield LearnedEvidence(PREFIX + curve.feature, _words(curve.feature), decibans)
    for joint in weights.joints:
        if all(name in features for name in joint.features):
            decibans = joint_decibans(joint, *(bin_codes(joint, side, features) for side in (0, 1)))
            yield LearnedEvidence(PREFIX + "*".join(joint.features), _words(*joint.features), decibans)
    for of, decibans in random_effect_decibans(encoded, weights, say):
        yield LearnedEvidence(
            PREFIX + of, f"Learned from labels: what labels say of likes of this {of}.", decibans
        )


def curve_decibans(curve: Curve, values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Read a curve at each value: straight lines between knots, level outside, `missing` for NaN."""
    decibans = np.interp(values, curve.at, curve.decibans)
    decibans[~np.isfinite(values)] = curve.missing
    return _rounded(decibans)


def bin_codes(joint: Joint, side: int, features: Features) -> npt.NDArray[np.uint8]:
    """In which row (side 0) or column (side 1) of the table each like stands."""
    return bin_of(features[joint.features[side]], np.array(joint.cuts[side]))


def joint_decibans(
    joint: Joint, rows: npt.NDArray[np.uint8], columns: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """Read a table at each pair of row and column."""
    return _rounded(np.array(joint.decibans))[rows, columns]


def _rounded(decibans: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    return np.asarray(np.rint(decibans / STEP) * STEP, np.float32)


def _words(*names: str) -> str:
    """One sentence on what a curve or a table looks at."""
    descriptions = [FEATURES[name].description.rstrip(".") for name in names]
    return f"Learned from labels: {'; together with: '.join(descriptions)}."
