"""Reward evidence: likes of a creator that stop at the number which unlocks a reward."""

from zhenzan.translation import N_
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.kinds.evidence_kind import Bins, EvidenceKind, Probability, Sorting, cut

__all__ = ["REWARD"]

SPIKE_ACCOUNTS = 1.5  # ratios from which a count at which accounts stop stands out


def reward(features: Features, probability: Probability) -> Bins:
    """0 no count stands out, then accounts stop at this one twice, four times as often as beside it."""
    return cut(features["reward_spike"], (SPIKE_ACCOUNTS, 3.0, 6.0))


REWARD = EvidenceKind(
    "reward",
    title=N_("Reward"),
    for_fake=N_("The account stopped at a number of likes at which unusually many accounts stop."),
    for_genuine=N_("The account's number of likes is no usual place to stop."),
    sorting=Sorting((0.9, 0.07, 0.02, 0.01), (0.6, 0.1, 0.15, 0.15), reward, spares=(0,)),
)
