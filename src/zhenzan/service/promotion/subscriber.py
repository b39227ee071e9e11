"""Promotion follows settlements."""

from __future__ import annotations

from collections.abc import Sequence

from zhenzan.service.promotion.billing import BillPromotion
from zhenzan.service.resources import Resources
from zhenzan.settlement import SettlementSubscriber

__all__ = ["subscribers"]


def subscribers(resources: Resources) -> Sequence[SettlementSubscriber]:
    """One: it bills what settles."""
    return (BillPromotion(resources.promotion_delivery),)
