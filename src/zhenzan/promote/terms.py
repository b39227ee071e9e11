"""The terms of sale: packages with their prices, caps, who may promote what, and which orders are reviewed.

One TOML file holds them all. A record checks itself whenever one is made, from Python or from a file alike.
Money is whole minor units of `currency`.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise
from typing import Annotated, ClassVar

from msgspec import Meta, field

from zhenzan import config
from zhenzan.config import LINE, Difference, Line, about, between, differences, document, items_about, one_of
from zhenzan.errors import PromotionError, did_you_mean
from zhenzan.promote.caps import zone_named
from zhenzan.promote.flights import NO_CAP
from zhenzan.promote.packages import GOAL_KINDS, PRICE_MAX, UNITS_MAX, Package, Tier
from zhenzan.promote.viewers import VIEWER_DAY_MAX
from zhenzan.times import HOUR_US

__all__ = [
    "PROMOTABLE",
    "Caps",
    "Delivery",
    "InvalidKeyError",
    "KindPrices",
    "Market",
    "Offer",
    "Review",
    "Terms",
]

PROMOTABLE = ("own", "permitted", "any")
OFFERS_MAX = 200
REGIONS_MAX, INTERESTS_MAX = 300, 1_000
TIERS_MAX = 20

Units = Annotated[int, Meta(ge=1, le=UNITS_MAX)]
UnitPrice = Annotated[int, Meta(ge=1, le=PRICE_MAX // UNITS_MAX)]
Id = Annotated[
    str,
    Meta(
        pattern=r"^[\w.-]{1,60}\Z",
        extra={
            "must_be": "an id; write up to 60 letters, digits, '-', '_', '.'",
            "missing": "write up to 60 letters, digits, '-', '_', '.'",
        },
    ),
]


class InvalidKeyError(config.InvalidKeyError, PromotionError):
    """A value of the terms is not allowed. `key` is its path, e.g. `("package", 0, "minimum")`."""


class TermsRecord(config.Record, frozen=True):
    """A table of the terms. Raises `InvalidKeyError` where a value is not allowed."""

    refuses: ClassVar[type[config.InvalidKeyError]] = InvalidKeyError


class Caps(TermsRecord, frozen=True):
    """Limits that hold for every order, beside those that its buyer sets."""

    order_hour: Annotated[
        int, between(0, NO_CAP, "Exposures of one order in a whole UTC hour; 0: no cap.")
    ] = 0
    order_day: Annotated[
        int, between(0, NO_CAP, "Exposures of one order on a date of its own clock; 0: no cap.")
    ] = 0
    viewer_day: Annotated[
        int, between(1, VIEWER_DAY_MAX, "Promoted exposures of one viewer on a date of the viewer's clock.")
    ] = 4
    open_orders: Annotated[
        int, between(1, 100_000, "Orders of one buyer that are neither closed nor cancelled.")
    ] = 100

    def flight_caps(self, hour: int = NO_CAP, day: int = NO_CAP) -> tuple[int, int]:
        """Hour and day cap of a flight whose buyer set these."""
        return min(hour, self.order_hour or NO_CAP), min(day, self.order_day or NO_CAP)


class Review(TermsRecord, frozen=True):
    """When a person looks at an order before it runs."""

    void_share: Annotated[
        float,
        between(
            0, 1, "Share of a buyer's judged outcomes that are void, over which new orders are reviewed."
        ),
    ] = 0.3
    judged_min: Annotated[
        int, between(1, 1_000_000, "Judged outcomes of a buyer from which on that share counts.")
    ] = 20
    price_from: Annotated[
        int, between(0, PRICE_MAX, "Orders of this price or more are reviewed, in minor units; 0: none.")
    ] = 0

    def is_due(self, price: int, judged: int, void: int) -> bool:
        """Whether an order of this price is reviewed; of its buyer's outcomes so many are judged and void."""
        assert 0 <= void <= judged, "void outcomes are among those judged"
        is_dear = 0 < self.price_from <= price
        return is_dear or (judged >= self.judged_min and void > self.void_share * judged)


class Delivery(TermsRecord, frozen=True):
    """Whose items may be promoted, to whom, and what comes of an exposure."""

    items: Annotated[
        str,
        one_of(
            PROMOTABLE,
            "Whose items a buyer may promote: their own; also those whose creator has permitted it; or any.",
        ),
    ] = "own"
    attribution_hours: Annotated[
        int, between(1, 168, "Hours after an exposure in which an interaction is its outcome.")
    ] = 24
    quote_minutes: Annotated[int, between(1, 1_440, "Minutes for which a quote may be paid.")] = 15
    organic_share: Annotated[
        float,
        between(0, 0.5, "Share of slots that are left alone at random, so that effects can be measured."),
    ] = 0.01
    viewers_may_opt_out: Annotated[bool, about("Whether a viewer can turn promotion off.")] = True

    @property
    def attribution_us(self) -> int:
        """The attribution window in µs."""
        return self.attribution_hours * HOUR_US

    def may_promote(self, buyer: str, creator: str, is_permitted: bool) -> bool:
        """Whether the buyer may promote an item of the creator, who has permitted it or not."""
        return self.items == "any" or buyer == creator or (self.items == "permitted" and is_permitted)


class Market(TermsRecord, frozen=True):
    """Who can be reached, and what is expected of them until the service has counted for itself."""

    regions: Annotated[
        tuple[tuple[str, str], ...],
        items_about(
            "Pairs of a region (ISO 3166) and the IANA zone of its clock.",
            most=REGIONS_MAX,
            noun="pairs",
            value="a list of pairs",
        ),
    ] = (("CN", "Asia/Shanghai"),)
    interests: Annotated[
        tuple[str, ...],
        items_about(
            "Words for what a slot is about, as platforms send them.", most=INTERESTS_MAX, noun="words"
        ),
    ] = ("general",)
    slots_hour: Annotated[
        int,
        between(
            1, 10**9, "Slots an hour of each region and interest, expected until a day of them was counted."
        ),
    ] = 1_000
    viewers_day: Annotated[int, between(1, 10**9, "Different viewers a day of each region and interest.")] = (
        1_000
    )
    like_rate: Annotated[float, between(1e-6, 0.9, "Likes an exposure, expected of an unknown item.")] = 0.03
    comment_rate: Annotated[float, between(1e-6, 0.9, "Comments an exposure, expected likewise.")] = 0.004
    share_rate: Annotated[float, between(1e-6, 0.9, "Shares an exposure, expected likewise.")] = 0.003
    follow_rate: Annotated[float, between(1e-6, 0.9, "Follows an exposure, expected likewise.")] = 0.003
    rate_exposures: Annotated[
        int, between(1, 10**6, "Exposures of an item by which half of that expectation is replaced.")
    ] = 60

    def __post_init__(self) -> None:
        super().__post_init__()
        for index, (_, zone) in enumerate(self.regions):
            try:
                zone_named(zone)
            except PromotionError as error:
                raise self.refused(str(error), "regions", index) from None
        for key, words in (("regions", [name for name, _ in self.regions]), ("interests", self.interests)):
            if len(set(words)) < len(words):
                raise self.refused("a word stands there twice; write each once", key)

    def rate(self, kind: str) -> float:
        """Outcomes of a kind an exposure, expected of an unknown item."""
        return float(getattr(self, f"{kind}_rate"))


class KindPrices(TermsRecord, frozen=True):
    """What units of one kind cost in a package."""

    kind: Annotated[str, one_of(GOAL_KINDS, "Which outcome is sold.")]
    tiers: Annotated[
        tuple[tuple[Units, UnitPrice], ...],
        items_about(
            "Pairs: from this many units on, one unit costs this much, in minor units.",
            most=TIERS_MAX,
            noun="pairs",
            value="a list of pairs",
        ),
    ]

    def __post_init__(self) -> None:
        super().__post_init__()
        for index, ((before, _), (units, _)) in enumerate(pairwise(self.tiers), 1):
            if units <= before:
                message = f"{units:,} units are not over the {before:,} of the tier before"
                raise self.refused(message, "tiers", index)


class Offer(TermsRecord, frozen=True):
    """A package: one kind, or a bundle of several, in any mixture."""

    id: Annotated[Id, about("What orders call it.", value="id")]
    title: Annotated[Line, about("What buyers read, in English.")]
    prices: Annotated[
        tuple[KindPrices, ...],
        items_about(
            "Prices of each kind that it sells.",
            most=len(GOAL_KINDS),
            unique=("kind", "is priced already"),
            missing="write [[package.price]] with kind and tiers",
        ),
    ] = field(name="price")
    title_zh: Annotated[
        str, Meta(max_length=80), LINE, about("What buyers read, in Chinese; as in English where absent.")
    ] = ""
    minimum: Annotated[Units, about("The fewest units of one kind in one order.")] = 10
    maximum: Annotated[Units, about("The most units of one kind in one order.")] = 10_000

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.minimum > self.maximum:
            raise self.refused(f"{self.maximum:,} is below the minimum, {self.minimum:,}", "maximum")
        for index, price in enumerate(self.prices):
            first = price.tiers[0][0]
            if first > self.minimum:
                message = f"begins at {first:,} units; {self.minimum:,} units, the minimum, have no price"
                raise self.refused(message, "price", index, "tiers")

    @property
    def package(self) -> Package:
        """The same, as orders are priced by it."""
        tiers = {price.kind: tuple(Tier(*tier) for tier in price.tiers) for price in self.prices}
        return Package(self.id, tiers, self.minimum, self.maximum)


class Terms(TermsRecord, frozen=True):
    """Everything that an operator decides about promotion. Immutable; equal terms have equal versions."""

    offers: Annotated[
        tuple[Offer, ...],
        items_about(
            "What can be ordered.",
            most=OFFERS_MAX,
            unique=("id", "is the id of another package"),
            missing="write [[package]] with id, title and [[package.price]]",
        ),
    ] = field(name="package")
    name: Annotated[Line, about("What these terms are called.")] = "terms"
    currency: Annotated[
        str,
        Meta(pattern=r"^[A-Z]{3}\Z"),
        about("ISO 4217 code of the money.", must_be="a currency; write its ISO 4217 code, e.g. CNY"),
    ] = "CNY"
    digits: Annotated[int, between(0, 4, "Decimal digits that minor units have.")] = 2
    caps: Annotated[Caps, about("Limits of every order.")] = Caps()
    review: Annotated[Review, about("Which orders a person looks at.")] = Review()
    delivery: Annotated[Delivery, about("Whose items, to whom, for how long.")] = Delivery()
    market: Annotated[Market, about("Who can be reached, and what is expected of them.")] = Market()

    def package(self, package_id: str) -> Package:
        """The package of that id. Raises PromotionError where none is sold under it."""
        names = [offer.id for offer in self.offers]
        if package_id not in names:
            choice = did_you_mean(package_id, names) or f"; on offer are {', '.join(names)}"
            raise PromotionError(f"there is no package {package_id!r}{choice}")
        return self.offers[names.index(package_id)].package

    @property
    def version(self) -> str:
        """Name and content hash: `standard@1f0c…` (12 hex digits of SHA-256 of the canonical TOML)."""
        return f"{self.name}@{sha256(self.to_toml().encode()).hexdigest()[:12]}"

    def to_toml(self) -> str:
        """The canonical TOML text, which `read_terms` reads back to equal terms."""
        return document(self, "What can be promoted, at which price, and under which rules.")

    def changes_since(self, before: Terms) -> list[Difference]:
        """What was changed, added and removed since these."""
        return differences(before, self)
