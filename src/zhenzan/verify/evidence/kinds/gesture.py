"""Gesture evidence: pointer traces that no hand drew."""

import numpy as np

from zhenzan.translation import N_
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.kinds.evidence_kind import SILENT, Bins, EvidenceKind, Probability, Sorting

__all__ = ["GESTURE", "gesture"]


def gesture(features: Features, probability: Probability) -> Bins:
    """0 a straight trace of constant speed, 1 one of the two, 2 neither."""
    straight, uneven = features["gesture_straightness"], features["gesture_unevenness"]
    bins = 2 - (straight > 0.999).astype(np.int8) - (uneven < 0.05).astype(np.int8)
    bins[np.isnan(straight) | np.isnan(uneven)] = SILENT
    return bins


GESTURE = EvidenceKind(
    "gesture",
    title=N_("Gesture"),
    for_fake=N_("The pointer moved as a machine moves it."),
    for_genuine=N_("The pointer moved as a hand moves it."),
    description="The pointer moved as a machine moves it: straight, at constant speed.",
    needs=("gesture",),
    sorting=Sorting((0.01, 0.09, 0.9), (0.5, 0.2, 0.3), gesture, spares=(2,)),
)
