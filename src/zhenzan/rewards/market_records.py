"""Records of the market: listings, bids, sales and rentals, as they stand in the database."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from zhenzan.ledger import Ledger
from zhenzan.rewards.tables import BIDS, LISTINGS, RENTALS, SALES
from zhenzan.store import Database

__all__ = [
    "AUCTION",
    "CANCELLED",
    "ENDED",
    "FIXED",
    "KINDS",
    "OPEN",
    "OUTBID",
    "RENT",
    "SOLD",
    "WITHDRAWN",
    "WON",
    "Bid",
    "Listing",
    "Rental",
    "Sale",
    "load",
    "row_of",
    "sales_since",
    "values_of",
]

OPEN, SOLD, CANCELLED, ENDED = "open", "sold", "cancelled", "ended"
WON, OUTBID, WITHDRAWN = "won", "outbid", "withdrawn"
FIXED, AUCTION, RENT = "fixed", "auction", "rent"
KINDS = {FIXED: "for a fixed price", AUCTION: "an auction", RENT: "for rent"}


@dataclass(frozen=True)
class Listing:
    """A card that may be had until `ends_at` (µs). `price`: to pay; of an auction the least; of a rental a
    day. `kind`: fixed, auction or rent; `state`: open, sold, cancelled or ended. `let_until`: a renter has
    the card's rights until then (µs), whoever buys it; 0: it is not let.
    """

    id: str
    kind: str
    edition: str
    serial: int
    seller: str
    asset: str
    price: int
    ends_at: int
    state: str
    let_until: int = field(default=0, metadata={"is_derived": True})


@dataclass(frozen=True)
class Bid:
    """A price that somebody holds for a card, in the auction `listing` or, "", as an offer to its holder.
    `state`: open, won, outbid or withdrawn.
    """

    id: str
    listing: str
    edition: str
    serial: int
    bidder: str
    asset: str
    price: int
    expires_at: int
    state: str


@dataclass(frozen=True)
class Sale:
    """A card that changed hands for a price; `time` in µs since 1970."""

    id: str
    edition: str
    serial: int
    seller: str
    buyer: str
    asset: str
    price: int
    time: int


@dataclass(frozen=True)
class Rental:
    """`renter` has the rights of a card from `begins` until `ends` (µs)."""

    id: str
    edition: str
    serial: int
    owner: str
    renter: str
    begins: int
    ends: int


Deal = TypeVar("Deal", Listing, Bid, Sale, Rental)


def load(database: Database, kind: type[Deal], rest: str, *values: object) -> list[Deal]:
    """Load the rows of a table that a condition and an order, `rest`, leave."""
    text = f"SELECT {', '.join(_columns(kind))} FROM {_TABLES[kind].name} {rest}"
    return [kind(*row) for row in database.fetch(text, values)]


def sales_since(ledger: Ledger, time: int) -> list[Sale]:
    """Cards that were sold after a time (µs)."""
    return load(ledger.database, Sale, "WHERE time > ?", time)


def values_of(deal: Listing | Bid | Sale | Rental) -> tuple[Any, ...]:
    """The row of a record."""
    return tuple(getattr(deal, name) for name in _columns(type(deal)))


def row_of(deal: Listing | Bid, state: str) -> tuple[Any, ...]:
    """The row of a record in another state."""
    return (*values_of(deal)[:-1], state)


_TABLES = {Listing: LISTINGS, Bid: BIDS, Sale: SALES, Rental: RENTALS}


def _columns(kind: type[Listing | Bid | Sale | Rental]) -> list[str]:
    return [field.name for field in fields(kind) if "is_derived" not in field.metadata]
