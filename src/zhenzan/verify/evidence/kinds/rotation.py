"""Rotation evidence: addresses and devices that change with nearly every like."""

import numpy as np

from zhenzan.translation import N_
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.kinds.evidence_kind import SILENT, Bins, EvidenceKind, Probability, Sorting, cut

__all__ = ["ROTATION"]

LIKES_MIN = 5  # likes of an account under which rotation means nothing


def rotation(features: Features, probability: Probability) -> Bins:
    """0 few addresses and devices for the account's likes, then a half, then nine tenths as many as likes."""
    likes = features["account_likes"]
    used = np.zeros(likes.size, np.float32)
    for column in ("ip", "device"):
        if column in features.columns:
            used = np.maximum(used, features[f"account_{column}s"] / likes)
    bins = cut(used, (0.5, 0.9))
    bins[likes < LIKES_MIN] = SILENT
    return bins


ROTATION = EvidenceKind(
    "rotation",
    title=N_("Rotation"),
    for_fake=N_("The account uses a new address or device for nearly every like."),
    for_genuine=N_("The account keeps to a few addresses and devices."),
    needs=("ip", "device"),
    sorting=Sorting((0.85, 0.1, 0.05), (0.4, 0.2, 0.4), rotation, spares=(0,)),
)
