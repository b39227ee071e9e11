"""What operators see: what can be sold and what is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.service.promotion.use_cases import PromotionDesk
from zhenzan.times import HOUR_US, now_us

__all__ = ["BuyerShare", "OversoldHour", "Promised", "StockCell", "operating_view"]


@dataclass(frozen=True, slots=True)
class StockCell:
    """Slots of an average day."""

    region: str
    interest: str
    slots_a_day: float


@dataclass(frozen=True, slots=True)
class Promised:
    """Exposures sold of one hour; `at`: its start (µs)."""

    at: int
    exposures: float


@dataclass(frozen=True, slots=True)
class OversoldHour:
    """More exposures are sold than there will be slots."""

    at: int
    region: str
    interest: str
    exposures_too_many: float


@dataclass(frozen=True, slots=True)
class BuyerShare:
    """Outcomes of a buyer's orders that are judged, and the void ones among them."""

    buyer: str
    judged: int
    void: int
    void_share: float


def operating_view(
    promotion: PromotionDesk,
) -> tuple[list[StockCell], list[Promised], list[OversoldHour]]:
    """Stock, what is promised, what is oversold. Raises NoTermsError."""
    stock = promotion.stock()
    own, audience = stock.inventory(now_us()), stock.audience
    daily = own.mean.sum(axis=2)
    cells = [
        StockCell(audience.regions[at], audience.interests[about], float(daily[at, about]))
        for at, about in np.ndindex(*daily.shape)
    ]
    promised = [Promised(hour * HOUR_US, float(sold.sum())) for hour, sold in sorted(own.sold.items())]
    oversold = [
        OversoldHour(hour * HOUR_US, audience.regions[at], audience.interests[about], beyond)
        for hour, at, about, beyond in own.oversold()
    ]
    return cells, promised, oversold
