"""IP evidence: network addresses shared with accounts that are suspect for other reasons."""

import numpy as np

from zhenzan.translation import N_
from zhenzan.verify.evidence import feature_functions
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.kinds.evidence_kind import SILENT, Bins, EvidenceKind, Probability, Sorting

__all__ = ["IP"]

SHARED_ACCOUNTS_MIN = 3  # accounts from which an address counts as shared
SUSPECT_LOW, SUSPECT_HIGH = 0.3, 0.6  # mean probability of the others on an address


def ip(features: Features, probability: Probability) -> Bins:
    """0 not shared, 1 shared by accounts beyond suspicion (a school), 2 by rather suspect ones, 3 by very."""
    accounts = features["ip_accounts"]
    others = feature_functions.belief_of_others(features, "ip", probability)
    bins = np.ones(accounts.size, np.int8)
    bins[others >= SUSPECT_LOW] = 2
    bins[others >= SUSPECT_HIGH] = 3
    bins[accounts < SHARED_ACCOUNTS_MIN] = 0
    bins[np.isnan(accounts)] = SILENT
    return bins


IP = EvidenceKind(
    "ip",
    title=N_("Network address"),
    for_fake=N_("The network address is shared by many accounts."),
    for_genuine=N_("The network address is an ordinary one."),
    description="The network address is shared with accounts that are suspect otherwise too.",
    needs=("ip",),
    sorting=Sorting((0.7, 0.29, 0.007, 0.003), (0.4, 0.1, 0.2, 0.3), ip, spares=(0, 1)),
)
