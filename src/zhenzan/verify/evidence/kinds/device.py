"""Device evidence: devices that many accounts share."""

from zhenzan.translation import N_
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.kinds.evidence_kind import Bins, EvidenceKind, Probability, Sorting, cut

__all__ = ["DEVICE"]


def device(features: Features, probability: Probability) -> Bins:
    """0 one or two accounts on the device, then 3–4, 5–9, 10–29, 30 and more."""
    return cut(features["device_accounts"], (3, 5, 10, 30))


DEVICE = EvidenceKind(
    "device",
    title=N_("Device"),
    for_fake=N_("The device is shared by many accounts."),
    for_genuine=N_("The device belongs to this account alone."),
    needs=("device",),
    sorting=Sorting((0.97, 0.02, 0.007, 0.002, 0.001), (0.4, 0.1, 0.15, 0.15, 0.2), device, spares=(0,)),
)
