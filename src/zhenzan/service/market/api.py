"""API of the market: listings, auctions, offers, rentals, wash trades."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from zhenzan.ledger import Ledger
from zhenzan.rewards import Bid, Flag, Listing, Rental, Sale
from zhenzan.service.answers.rewards import Flags, Listings, Offers
from zhenzan.service.api_keys import STAFF, Principal, Role
from zhenzan.service.bodies import SERIAL_MAX, Days, Price, Serial
from zhenzan.service.dependencies import Caller, acts_for
from zhenzan.service.fields import DealId, Id, OwnAccount, RewardId
from zhenzan.service.idempotency import Noting, Once
from zhenzan.service.market.use_cases import odd_sales
from zhenzan.service.rewards.rewards_desk import RewardsDesk
from zhenzan.service.route_declaration import ANALYSTS, EVERYBODY, Routes
from zhenzan.settlement import Settlement

__all__ = ["MARKET"]

api = Routes("market")
TRADERS = (Role.viewer, Role.platform)


class NewListing(msgspec.Struct):
    """A listing to open. `price`: to pay; of an auction the least; of a rental a day. In points if `money` is
    left out.
    """

    kind: Literal["fixed", "auction", "rent"]
    edition: RewardId
    serial: Serial
    price: Price
    days: Days = 7
    money: RewardId = ""
    account: OwnAccount = None


class Purchase(msgspec.Struct):
    """A card to buy at its fixed price; `accepts_let`: also where it is let, and its rights are the renter's
    until then.
    """

    listing: DealId
    accepts_let: bool = False
    account: OwnAccount = None


class NewBid(msgspec.Struct):
    """A price in an auction; `accepts_let`: also where the card is let, and its rights are the renter's until
    then.
    """

    listing: DealId
    price: Price
    accepts_let: bool = False
    account: OwnAccount = None


class NewOffer(msgspec.Struct):
    """A price for a card that is not for sale; `accepts_let`: also where it is let."""

    edition: RewardId
    serial: Serial
    price: Price
    days: Days = 7
    money: RewardId = ""
    accepts_let: bool = False
    account: OwnAccount = None


class NewRental(msgspec.Struct):
    """A card to rent for some days."""

    listing: DealId
    days: Days
    account: OwnAccount = None


class Seller(msgspec.Struct):
    """The seller who accepts an offer."""

    account: OwnAccount = None


@api.get("/v1/market/listings", EVERYBODY, "Listings on the market", Listings)
async def listings(
    request: Caller,
    desk: NamedDependency[RewardsDesk],
    edition: Annotated[str, QueryParameter(max_length=200, description="Only of this edition.")] = "",
) -> dict[str, list[Listing]]:
    """Open listings, the cheapest first. Who sells is shown to staff, platforms and the seller."""
    listed = await asyncio.to_thread(desk.market.listings, edition)
    return {"listings": [_seen(listing, request.user) for listing in listed]}


@api.post("/v1/market/listings", TRADERS, "List a card", Listing, status=201)
async def put_up(
    once: NamedDependency[Once], desk: NamedDependency[RewardsDesk], data: JSONBody[NewListing]
) -> Any:
    """List a card: for a price, for bids, or for rent."""

    def act(whose: str, noting: Noting) -> Listing:
        market = desk.market.noting(noting)
        ways = {"fixed": market.sell, "auction": market.auction, "rent": market.let}
        return ways[data.kind](whose, data.edition, data.serial, data.price, days=data.days, asset=data.money)

    return await once(data, act)


@api.delete("/v1/market/listings/{listing:str}", TRADERS, "Cancel a listing", status=200)
async def take_off(
    desk: NamedDependency[RewardsDesk], listing: Id, own_account: NamedDependency[str]
) -> Listing:
    """Cancel a listing, only while nobody has bid."""
    return await asyncio.to_thread(desk.market.cancel, own_account, listing)


@api.post("/v1/market/purchases", TRADERS, "Buy a card", Sale, status=201)
async def buy(
    once: NamedDependency[Once], desk: NamedDependency[RewardsDesk], data: JSONBody[Purchase]
) -> Any:
    """Buy a card at its fixed price: card and money change hands together."""
    market, let = desk.market, data.accepts_let
    return await once(data, lambda who, noting: market.noting(noting).buy(who, data.listing, accepts_let=let))


@api.post("/v1/market/bids", TRADERS, "Bid in an auction", Bid, status=201)
async def bid(once: NamedDependency[Once], desk: NamedDependency[RewardsDesk], data: JSONBody[NewBid]) -> Any:
    """Bid in an auction: the price is held until the bid wins or is outbid."""

    def act(whose: str, noting: Noting) -> Bid:
        market = desk.market.noting(noting)
        return market.bid(whose, data.listing, data.price, accepts_let=data.accepts_let)

    return await once(data, act)


@api.post("/v1/market/rentals", TRADERS, "Rent a card", Rental, status=201)
async def rent(
    once: NamedDependency[Once], desk: NamedDependency[RewardsDesk], data: JSONBody[NewRental]
) -> Any:
    """Rent a card: its rights are the renter's, from now on and for so many days."""
    market = desk.market
    return await once(data, lambda who, noting: market.noting(noting).rent(who, data.listing, data.days))


@api.get("/v1/market/offers", EVERYBODY, "Offers for a card", Offers)
async def offers(
    request: Caller,
    desk: NamedDependency[RewardsDesk],
    edition: Annotated[str, QueryParameter(max_length=200, description="Its edition.")],
    serial: Annotated[int, QueryParameter(ge=1, le=SERIAL_MAX, description="Its serial number.")],
) -> dict[str, list[Bid]]:
    """Open offers, the highest first. Staff and platforms see all, the card's holder too; others see their
    own.
    """
    market, person = desk.market, request.user
    if person.role in (*STAFF, Role.platform):
        return {"offers": await asyncio.to_thread(market.offers, edition, serial)}
    seen = await asyncio.to_thread(market.offers_seen_by, person.subject, edition, serial)
    return {"offers": seen if person.role is Role.viewer else []}


@api.post("/v1/market/offers", TRADERS, "Offer a price", Bid, status=201)
async def offer(
    once: NamedDependency[Once], desk: NamedDependency[RewardsDesk], data: JSONBody[NewOffer]
) -> Any:
    """Make an offer for a card that is not for sale; the price is held until its holder accepts or the time
    is over.
    """

    def act(whose: str, noting: Noting) -> Bid:
        return desk.market.noting(noting).offer(
            whose,
            data.edition,
            data.serial,
            data.price,
            days=data.days,
            asset=data.money,
            accepts_let=data.accepts_let,
        )

    return await once(data, act)


@api.post("/v1/market/offers/{offer_id:str}/accept", TRADERS, "Accept an offer", Sale, status=200)
async def accept(
    request: Caller, desk: NamedDependency[RewardsDesk], offer_id: Id, data: JSONBody[Seller]
) -> Any:
    """Accept an offer: sell the card to the account that made it."""
    return await asyncio.to_thread(desk.market.accept, acts_for(request.user, data.account), offer_id)


@api.delete("/v1/market/offers/{offer_id:str}", TRADERS, "Withdraw an offer", status=200)
async def withdraw(
    desk: NamedDependency[RewardsDesk], offer_id: Id, own_account: NamedDependency[str]
) -> Bid:
    """Withdraw an offer: the price is free again."""
    return await asyncio.to_thread(desk.market.withdraw, own_account, offer_id)


@api.get("/v1/market/flags", ANALYSTS, "Suspected wash trades", Flags)
async def flags(
    ledger: NamedDependency[Ledger], latest_settlement: NamedDependency[Settlement | None]
) -> dict[str, list[Flag]]:
    """Sales that look like wash trades, for a person to look at, the newest first."""
    return {"flags": await asyncio.to_thread(odd_sales, ledger, latest_settlement)}


def _seen(listing: Listing, person: Principal) -> Listing:
    """A listing as somebody sees it."""
    sees_all = person.role in (*STAFF, Role.platform)
    own = person.role is Role.viewer and listing.seller == person.subject
    return listing if sees_all or own else replace(listing, seller="")


MARKET = (listings, put_up, take_off, buy, bid, rent, offers, offer, accept, withdraw, flags)
