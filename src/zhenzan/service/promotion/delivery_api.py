"""Decisions and exposures over the API: what a platform asks when it fills a slot, and what clients report.

A decision is answered from memory. An exposure is on the disk before it is acknowledged. A view begins when
the service hears of an exposure, and is qualified by the time until it hears of it again.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import struct
from typing import Annotated

import msgspec
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from zhenzan.promote import BeaconProblem, Exposure, Slot, View, close_view, open_view
from zhenzan.service.api_keys import Role
from zhenzan.service.dependencies import Caller
from zhenzan.service.fields import Id
from zhenzan.service.promotion.delivering import PromotionDelivery
from zhenzan.service.promotion.orders_api import READERS, sees
from zhenzan.service.route_declaration import Routes
from zhenzan.times import now_us

__all__ = ["DELIVERING"]

api = Routes("promotion")
PLATFORMS = (Role.platform,)
CLIENTS = (Role.platform, Role.viewer)
RECORD_BYTES, TAG_BYTES = 48, 16
_TIME = struct.Struct("<q")

Word = Annotated[str, Meta(max_length=80)]
Pixels = Annotated[float, Meta(ge=0, le=1, description="Share of its pixels that is on the screen.")]
Token = Annotated[
    str, Meta(min_length=1, max_length=200, description="As it was answered.", examples=["AAECAwQF"])
]


class SlotToFill(msgspec.Struct):
    """A place to fill for a viewer; region and interest are words of the terms of sale."""

    account: Annotated[str, Meta(min_length=1, max_length=1_024, examples=["fan-7"])]
    region: Annotated[Word, Meta(examples=["CN"])] = ""
    interest: Annotated[Word, Meta(examples=["general"])] = ""


class Slots(msgspec.Struct):
    """Up to a thousand."""

    slots: Annotated[list[SlotToFill], Meta(min_length=1, max_length=1_000)]


class PromotedItem(msgspec.Struct):
    """What is shown: label it as `label` says, and send `origin` with every interaction that comes of it."""

    order: str
    item: str
    receipt: str
    origin: str
    label: str = "promoted"


class Decided(msgspec.Struct):
    """For each slot, in order; null: show what would be shown anyway."""

    decisions: list[PromotedItem | None]


class Reported(msgspec.Struct):
    """A receipt, when the clip is on the screen."""

    receipt: Token
    pixels: Pixels = 1.0


class Reports(msgspec.Struct):
    """Up to a thousand."""

    exposures: Annotated[list[Reported], Meta(min_length=1, max_length=1_000)]


class Beacon(msgspec.Struct):
    """The view that begins, or why it counts for nothing: forged, not_shown, too_late, hidden, too_short."""

    view: str | None
    problem: str | None


class Beacons(msgspec.Struct):
    """For each exposure, in order."""

    views: list[Beacon]


class Ended(msgspec.Struct):
    """A view, when it is over."""

    view: Token
    pixels: Pixels = 1.0


class EndedViews(msgspec.Struct):
    """Up to a thousand."""

    views: Annotated[list[Ended], Meta(min_length=1, max_length=1_000)]


class Qualified(msgspec.Struct):
    """For each view, in order, why it is not qualified; null: it is."""

    problems: list[str | None]


class OrderExposures(msgspec.Struct):
    """How often an order was chosen, how many of these exposures clients reported, how many are qualified."""

    decided: int
    reported: int
    qualified: int


@api.get("/v1/promotion/orders/{order_id:str}/exposures", READERS, "Exposures of an order", OrderExposures)
async def order_exposures(
    request: Caller, promotion_delivery: NamedDependency[PromotionDelivery], order_id: Id
) -> OrderExposures:
    """So far; `decided` of an order that flies."""
    counts = await asyncio.to_thread(promotion_delivery.exposure_counts, order_id, sees(request.user))
    return OrderExposures(*counts)


@api.post("/v1/decisions", PLATFORMS, "What to show in slots", Decided, status=200)
async def decisions(promotion_delivery: NamedDependency[PromotionDelivery], data: JSONBody[Slots]) -> Decided:
    """Which order, if any, each viewer is shown. The answer waits for no disk."""
    slots = [Slot(slot.account, slot.region, slot.interest) for slot in data.slots]
    shown = promotion_delivery.delivery.decide(slots, now_us())
    return Decided(
        [
            None
            if one is None
            else PromotedItem(one.order, one.item, _text(one.receipt), f"promoted:{one.order}")
            for one in shown
        ]
    )


@api.post("/v1/exposures", CLIENTS, "Report what was shown", Beacons, status=200)
async def exposures(
    promotion_delivery: NamedDependency[PromotionDelivery], data: JSONBody[Reports]
) -> Beacons:
    """By receipts. What is answered is on the disk; sent again, it counts once."""
    receipts, now = promotion_delivery.receipts, now_us()
    views = []
    for report in data.exposures:
        raw = _bytes(report.receipt, RECORD_BYTES + TAG_BYTES)
        views.append(open_view(receipts, raw[:RECORD_BYTES], raw[RECORD_BYTES:], report.pixels, now))
    opened = [Exposure(view.record, view.opened_us) for view in views if isinstance(view, View)]
    if opened:
        await promotion_delivery.exposures.open(opened)
    return Beacons(
        [
            Beacon(_view_text(view), None) if isinstance(view, View) else Beacon(None, str(view))
            for view in views
        ]
    )


@api.post("/v1/exposures/qualified", CLIENTS, "Report that views are over", Qualified, status=200)
async def qualified(
    promotion_delivery: NamedDependency[PromotionDelivery], data: JSONBody[EndedViews]
) -> Qualified:
    """A view is qualified after two seconds, by the service's own clock, with half of its pixels."""
    now, results = now_us(), []
    for ended in data.views:
        raw = _bytes(ended.view, RECORD_BYTES + _TIME.size + TAG_BYTES)
        record, rest = raw[:RECORD_BYTES], raw[RECORD_BYTES:]
        opened = _TIME.unpack(rest[: _TIME.size].ljust(_TIME.size, b"\0"))[0]
        view = View(record, opened, rest[_TIME.size :])
        results.append(close_view(promotion_delivery.receipts, view, ended.pixels, now))
    good = [result for result in results if not isinstance(result, BeaconProblem)]
    if good:
        await promotion_delivery.exposures.qualify(good, now)
    return Qualified([str(result) if isinstance(result, BeaconProblem) else None for result in results])


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str, size: int) -> bytes:
    """What a text stands for; nothing where it is not of this size."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
    return raw if len(raw) == size else b""


def _view_text(view: View) -> str:
    return _text(view.record + _TIME.pack(view.opened_us) + view.tag)


DELIVERING = (order_exposures, decisions, exposures, qualified)
