"""What can be ordered and for how much: packages, price tiers, bundles. Money is whole minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zhenzan.errors import PromotionError, did_you_mean

__all__ = ["GOAL_KINDS", "UNITS_MAX", "Package", "Tier"]

GOAL_KINDS = ("like", "comment", "share", "follow")
UNITS_MAX = 1_000_000  # of one kind in one order
PRICE_MAX = 10**12  # minor units; products with a number of units stay below 2⁶²


@dataclass(frozen=True, slots=True)
class Tier:
    """From so many units on, one unit costs so much."""

    units: int
    unit_price: int

    def __post_init__(self) -> None:
        if not 1 <= self.units <= UNITS_MAX:
            raise PromotionError(f"a tier begins at 1 to {UNITS_MAX:,} units, not {self.units:,}")
        if not 1 <= self.unit_price <= PRICE_MAX // UNITS_MAX:
            raise PromotionError(f"a unit costs 1 to {PRICE_MAX // UNITS_MAX:,} minor units")


@dataclass(frozen=True, slots=True)
class Package:
    """An offer. `tiers` gives the prices of each kind that the package sells; several kinds are a bundle.

    `minimum`, `maximum`: units of one kind in one order.
    """

    id: str
    tiers: Mapping[str, tuple[Tier, ...]]
    minimum: int = 10
    maximum: int = 10_000

    def __post_init__(self) -> None:
        if not self.tiers:
            raise PromotionError(f"package {self.id!r} sells nothing")
        if not 1 <= self.minimum <= self.maximum <= UNITS_MAX:
            raise PromotionError(f"package {self.id!r}: needs 1 ≤ minimum ≤ maximum ≤ {UNITS_MAX:,}")
        for kind, tiers in self.tiers.items():
            if kind not in GOAL_KINDS:
                raise PromotionError(
                    f"package {self.id!r} cannot sell {kind!r}{did_you_mean(kind, GOAL_KINDS)}"
                )
            begins = [tier.units for tier in tiers]
            if not begins or begins[0] > self.minimum or begins != sorted(set(begins)):
                raise PromotionError(
                    f"package {self.id!r}, {kind}: tiers ascend and begin at or below {self.minimum} units"
                )

    def price(self, kind: str, units: int) -> int:
        """Minor units for so many units of a kind. Fewer units never cost more than a larger tier's first."""
        if kind not in self.tiers:
            raise PromotionError(
                f"package {self.id!r} does not sell {kind!r}; it sells {', '.join(self.tiers)}"
            )
        if not self.minimum <= units <= self.maximum:
            raise PromotionError(
                f"package {self.id!r} sells {self.minimum:,} to {self.maximum:,} units, not {units:,}"
            )
        reached = [tier for tier in self.tiers[kind] if tier.units <= units]
        larger = [tier.units * tier.unit_price for tier in self.tiers[kind][len(reached) :]]
        return min([units * reached[-1].unit_price, *larger])
