"""The registry of evidence kinds: each with its name, texts, needs and policy switch.

Evidence that an operator's rule gives, or calibration from a feature, is named after these and not listed.
"""

from __future__ import annotations

from collections.abc import Mapping

from zhenzan.verify.evidence.farms import FARM
from zhenzan.verify.evidence.kinds.device import DEVICE
from zhenzan.verify.evidence.kinds.evidence_kind import EvidenceKind
from zhenzan.verify.evidence.kinds.gaps import GAPS
from zhenzan.verify.evidence.kinds.gesture import GESTURE
from zhenzan.verify.evidence.kinds.hours import HOURS
from zhenzan.verify.evidence.kinds.ip import IP
from zhenzan.verify.evidence.kinds.reward import REWARD
from zhenzan.verify.evidence.kinds.rotation import ROTATION
from zhenzan.verify.evidence.kinds.structural import LABELLED, STRUCTURAL
from zhenzan.verify.evidence.kinds.watch import WATCH
from zhenzan.verify.evidence.lone_items import UNTOLD

__all__ = ["CONTEXT", "KINDS", "LABELLED", "STRUCTURAL"]

CONTEXT: tuple[EvidenceKind, ...] = (WATCH, DEVICE, IP, ROTATION, GAPS, HOURS, GESTURE, REWARD)
"""In the order in which they are reported."""

KINDS: Mapping[str, EvidenceKind] = {
    kind.name: kind for kind in (*STRUCTURAL, *CONTEXT, FARM, UNTOLD, *LABELLED)
}
