"""When an exposure is qualified: two seconds with half of its pixels, by the service's own clock.

The client is shown a receipt. When the clip is on the screen it sends the receipt, and gets a view: the same
record with the time at which the service heard of it, under the service's key. When it is done it sends the
view. The time between the two is the service's own, so a client can claim less than it saw, never more.
Nothing is billed by views, so a forged one gains nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

import numpy as np

from zhenzan.promote.receipts import RECORD, Receipts
from zhenzan.times import HOUR_US

__all__ = ["BeaconProblem", "View", "close_view", "open_view"]

QUALIFIED_US = 2_000_000
PIXELS_MIN = 0.5
OPENED_WITHIN_US = 600_000_000  # of the decision; what was fetched ahead is shown by then or never
CLOSED_WITHIN_US = HOUR_US  # of the view


class BeaconProblem(StrEnum):
    """Why a beacon counts for nothing."""

    forged = "forged"  # the receipt or view is none of the service's
    not_shown = "not_shown"  # the decision was to show nothing
    too_late = "too_late"
    hidden = "hidden"  # less than half of the pixels
    too_short = "too_short"


@dataclass(frozen=True, slots=True)
class View:
    """A view that has begun; `tag` makes it the service's word."""

    record: bytes
    opened_us: int
    tag: bytes

    @property
    def signed(self) -> bytes:
        return _signed(self.record, self.opened_us)


def _signed(record: bytes, opened_us: int) -> bytes:
    """As long as a record, and no receipt: what would be its flight is −1."""
    digest = blake2b(record, digest_size=16).digest()
    return struct.pack("<q", opened_us) + digest + b"\xff" * (RECORD.itemsize - 24)


def open_view(
    receipts: Receipts, record: bytes, tag: bytes, pixels_share: float, at_us: int
) -> View | BeaconProblem:
    """The view that begins when the service hears of it."""
    if not receipts.holds(record, tag):
        return BeaconProblem.forged
    fields = np.frombuffer(record, RECORD)[0]
    if fields["flight"] < 0:
        return BeaconProblem.not_shown
    if not 0 <= at_us - int(fields["time_us"]) <= OPENED_WITHIN_US:
        return BeaconProblem.too_late
    if not pixels_share >= PIXELS_MIN:
        return BeaconProblem.hidden
    tag = receipts.tags(np.frombuffer(_signed(record, at_us), RECORD))[0]
    return View(record, at_us, tag)


def close_view(receipts: Receipts, view: View, pixels_share: float, at_us: int) -> int | BeaconProblem:
    """The number of the decision whose exposure is qualified now. The caller counts each number once."""
    if len(view.record) != RECORD.itemsize or not receipts.holds(view.signed, view.tag):
        return BeaconProblem.forged
    if not pixels_share >= PIXELS_MIN:
        return BeaconProblem.hidden
    lasted_us = at_us - view.opened_us
    if lasted_us < QUALIFIED_US:
        return BeaconProblem.too_short
    if lasted_us > CLOSED_WITHIN_US:
        return BeaconProblem.too_late
    return int(np.frombuffer(view.record, RECORD)[0]["decision"])
