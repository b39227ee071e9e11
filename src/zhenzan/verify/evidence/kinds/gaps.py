"""Gap evidence: gaps between an account's likes that are as even as a metronome's."""

from zhenzan.translation import N_
from zhenzan.verify.evidence import feature_functions
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.kinds.evidence_kind import Bins, EvidenceKind, Probability, Sorting, cut

__all__ = ["GAPS"]


def gaps(features: Features, probability: Probability) -> Bins:
    """0 a metronome, then ever less regular."""
    return cut(feature_functions.gap_variation(features), (0.1, 0.2, 0.35))[features.pairs.account]


GAPS = EvidenceKind(
    "gaps",
    title=N_("Rhythm"),
    for_fake=N_("The account likes at metronomic intervals."),
    for_genuine=N_("The account likes at irregular intervals, as people do."),
    sorting=Sorting((0.001, 0.004, 0.015, 0.98), (0.2, 0.15, 0.15, 0.5), gaps, spares=(3,)),
)
