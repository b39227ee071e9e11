"""Answer schemas of rewards: the catalogue, holdings, rights, redemptions, appeals, the market."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from zhenzan.rewards import Appeal, Bid, Entitlement, Flag, Listing, Redemption
from zhenzan.service.answers.old_names import old_name_of

__all__ = [
    "Appeals",
    "CatalogueAnswer",
    "Flags",
    "HoldingsAnswer",
    "Listings",
    "Offers",
    "Redemptions",
    "RightsHeld",
]

Time = Annotated[int, Meta(description="Microseconds since 1970.")]


class Name(msgspec.Struct):
    """A name in both languages."""

    en: str
    zh: str


class CataloguePoints(msgspec.Struct):
    """The points of a catalogue."""

    id: str
    name: Name
    scale: int
    cap: int
    expire_days: int


class CatalogueEdition(msgspec.Struct):
    """Cards of one kind; `out`: how many there are by now."""

    id: str
    series: str
    name: Name
    kind: str
    art: str
    rarity: str
    bound: str
    cap: int
    creator: str
    royalty: float
    out: int


class CatalogueOffer(msgspec.Struct):
    """An offer of the catalogue; `left`: how many more times it can be redeemed."""

    id: str
    name: Name
    kind: str
    price: int
    edition: str
    stock: int
    most: int
    left: int | None


class CatalogueAnswer(msgspec.Struct):
    """The catalogue of rewards, as its reference describes it."""

    name: str
    timezone: str
    points: CataloguePoints
    editions: list[CatalogueEdition]
    rules: list[dict[str, Any]]
    campaigns: list[dict[str, Any]]
    ladders: list[dict[str, Any]]
    rights: list[dict[str, Any]]
    offers: list[CatalogueOffer]
    digest: str


class HeldCard(msgspec.Struct):
    """A card; `serial` 0: it is pending."""

    edition: str
    serial: int


class Claim(msgspec.Struct):
    """A claim: what a rule gave for one window."""

    rule: str
    scope: str
    window: str
    points: int
    cards: int


class Level(msgspec.Struct):
    """An account's level on a ladder."""

    ladder: str
    scope: str
    score: float
    at: Time


class RedeemedOffer(msgspec.Struct):
    """An offer that was redeemed."""

    offer: str
    state: str
    receipt: str


class HoldingsAnswer(msgspec.Struct):
    """The holdings of an account, and the claims they came from."""

    account: str
    points: int
    debits_pending: Annotated[int, Meta(description="Points held for what was bid or redeemed.")]
    credits_pending: Annotated[int, Meta(description="Points that uncertain likes would earn.")]
    held: Annotated[int, old_name_of("debits_pending")]
    coming: Annotated[int, old_name_of("credits_pending")]
    owed: int
    cards: list[HeldCard]
    claims: list[Claim]
    levels: list[Level]
    redemptions: list[RedeemedOffer]


class RightsHeld(msgspec.Struct):
    """The rights that an account has at this moment."""

    rights: list[Entitlement]


class Redemptions(msgspec.Struct):
    """The redemptions of an account, the oldest first."""

    redemptions: list[Redemption]


class Appeals(msgspec.Struct):
    """Appeals, the oldest first."""

    appeals: list[Appeal]


class Listings(msgspec.Struct):
    """Open listings of the market, the cheapest first."""

    listings: list[Listing]


class Offers(msgspec.Struct):
    """Offers for a card, the highest first."""

    offers: list[Bid]


class Flags(msgspec.Struct):
    """Sales that look like wash trades, the newest first."""

    flags: list[Flag]
