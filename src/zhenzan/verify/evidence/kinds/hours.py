"""Hours evidence: accounts that never sleep."""

from zhenzan.translation import N_
from zhenzan.verify.evidence import feature_functions
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.kinds.evidence_kind import SILENT, Bins, EvidenceKind, Probability, Sorting, cut

__all__ = ["HOURS"]

DAYS_MIN = 3  # days of likes under which sleeplessness means nothing


def hours(features: Features, probability: Probability) -> Bins:
    """0 the account pauses as sleepers do, then awake for 30, 48, 96 hours and more."""
    bins = cut(feature_functions.wake_hours(features), (30, 48, 96))
    bins[features.days_and_busiest[0] < DAYS_MIN] = SILENT
    return bins[features.pairs.account]


HOURS = EvidenceKind(
    "hours",
    title=N_("Hours of the day"),
    for_fake=N_("The account is active around the clock."),
    for_genuine=N_("The account sleeps, as people do."),
    description="The account is active around the clock, for days without sleep.",
    sorting=Sorting((0.985, 0.01, 0.004, 0.001), (0.5, 0.1, 0.15, 0.25), hours, spares=(0,)),
)
