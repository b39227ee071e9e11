"""Orders of honest promotion, what they came to, and what buyers know of who sells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["PromotionOrder", "PromotionSeller", "PromotionTotals"]


@dataclass(frozen=True)
class PromotionOrder:
    """A creator orders so many likes of one item, from a time of the world on (µs)."""

    creator: int
    item: int
    units: int
    start: int


@dataclass(frozen=True)
class PromotionTotals:
    """What all orders came to; money in coins. `refused`: quotes that were not feasible. `done`: of those
    that ended, with all units settled.
    """

    orders: int = 0
    refused: int = 0
    ended: int = 0
    done: int = 0
    exposures: int = 0
    likes: int = 0
    judged: int = 0
    void: int = 0
    captured: int = 0
    settled_share: float = 1.0  # of the units of orders that ended
    paid: float = 0.0
    billed: float = 0.0
    refunded: float = 0.0


class PromotionSeller(Protocol):
    """Who sells promotion."""

    def price(self, units: int) -> float:
        """Coins for so many likes."""

    def sell(self, wish: PromotionOrder) -> bool:
        """Sell an order if it can be done; whether it was sold."""
