"""Watch-time evidence: likes of items that were hardly watched."""

from zhenzan.translation import N_
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.kinds.evidence_kind import Bins, EvidenceKind, Probability, Sorting, cut

__all__ = ["HARDLY", "WATCH", "watch"]

NOTHING_MS, HARDLY_MS = 500.0, 2000.0
HARDLY = 2  # the last bin that says so


def watch(features: Features, probability: Probability) -> Bins:
    """0 not watched at all, 1 hardly, 2 under a tenth, 3 under a half, 4 more, or of unknown length."""
    watched = features["watched_ms"]
    bins = cut(watched, (NOTHING_MS, HARDLY_MS))
    seen = bins == 2
    bins[seen] = 4
    if "watched_ratio" in features:
        share = features["watched_ratio"]
        bins[seen & (share < 0.5)] = 3
        bins[seen & (share < 0.1)] = 2
    return bins


WATCH = EvidenceKind(
    "watch",
    title=N_("Watch time"),
    for_fake=N_("It was liked almost without being watched."),
    for_genuine=N_("It was watched before it was liked."),
    needs=("watched",),
    sorting=Sorting((0.01, 0.03, 0.06, 0.25, 0.65), (0.5, 0.2, 0.1, 0.1, 0.1), watch, spares=(3, 4)),
)
