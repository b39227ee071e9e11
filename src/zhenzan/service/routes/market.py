"""The market: cards for a fixed price, by auction, for an offer, for rent."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from zhenzan.rewards import Bid, Flag, Listing
from zhenzan.service.access import needs
from zhenzan.service.callers import Caller, acts_for, core_of, counter_of
from zhenzan.service.once import IdempotencyKey, once
from zhenzan.service.people import Role
from zhenzan.service.sales import odd_sales

__all__ = ["MARKET"]

EVERYBODY = [needs(*Role)]
TRADERS = [needs(Role.viewer, Role.platform)]
Id = Annotated[str, PathParameter(description="Its id.", max_length=100)]
Account = Annotated[str | None, QueryParameter(description="Whose; a viewer's key knows its own.")]


class NewListing(msgspec.Struct):
    """A card to put up. `price`: to pay; of an auction the least; of a rental a day. In points if `money` is
    left out.
    """

    kind: Literal["fixed", "auction", "rent"]
    edition: str
    serial: int
    price: int
    days: int = 7
    money: str = ""
    account: str | None = None


class Purchase(msgspec.Struct):
    """`accepts_let`: also where the card is let; its rights are the renter's until then."""

    listing: str
    accepts_let: bool = False
    account: str | None = None


class NewBid(msgspec.Struct):
    """`accepts_let`: also where the card is let; its rights are the renter's until then."""

    listing: str
    price: int
    accepts_let: bool = False
    account: str | None = None


class NewOffer(msgspec.Struct):
    """A price for a card that is not for sale; `accepts_let`: also where it is let."""

    edition: str
    serial: int
    price: int
    days: int = 7
    money: str = ""
    accepts_let: bool = False
    account: str | None = None


class NewRental(msgspec.Struct):
    listing: str
    days: int
    account: str | None = None


class Seller(msgspec.Struct):
    account: str | None = None


@get("/v1/market/listings", guards=EVERYBODY, tags=["market"], summary="What is on the market")
async def listings(
    request: Caller, edition: Annotated[str, QueryParameter(description="Only of this edition.")] = ""
) -> dict[str, list[Listing]]:
    """The cheapest first."""
    return {"listings": await asyncio.to_thread(counter_of(request).market.listings, edition)}


@post("/v1/market/listings", guards=TRADERS, status_code=201, tags=["market"], summary="Put a card up")
async def put_up(request: Caller, data: JSONBody[NewListing], idempotency_key: IdempotencyKey = None) -> Any:
    """For a price, for bids, or for rent."""
    whose, market = acts_for(request.user, data.account), counter_of(request).market
    ways = {"fixed": market.sell, "auction": market.auction, "rent": market.let}

    def act() -> Listing:
        return ways[data.kind](
            whose, data.edition, data.serial, data.price, days=data.days, asset=data.money
        )  # fmt: skip

    return await once(request, idempotency_key, data, act, status=201)


@delete(
    "/v1/market/listings/{listing:str}", guards=TRADERS, status_code=200, tags=["market"],
    summary="Take a card off the market",
)  # fmt: skip
async def take_off(request: Caller, listing: Id, account: Account = None) -> Listing:
    """Only while nobody has bid."""
    whose = acts_for(request.user, account)
    return await asyncio.to_thread(counter_of(request).market.cancel, whose, listing)


@post("/v1/market/purchases", guards=TRADERS, status_code=201, tags=["market"], summary="Buy a card")
async def buy(request: Caller, data: JSONBody[Purchase], idempotency_key: IdempotencyKey = None) -> Any:
    """At its fixed price: card and money change hands together."""
    whose, market = acts_for(request.user, data.account), counter_of(request).market
    return await once(
        request, idempotency_key, data, lambda: market.buy(whose, data.listing, accepts_let=data.accepts_let),
        status=201,
    )  # fmt: skip


@post("/v1/market/bids", guards=TRADERS, status_code=201, tags=["market"], summary="Bid in an auction")
async def bid(request: Caller, data: JSONBody[NewBid], idempotency_key: IdempotencyKey = None) -> Any:
    """The price is held until the bid wins or is outbid."""
    whose, market = acts_for(request.user, data.account), counter_of(request).market

    def act() -> Bid:
        return market.bid(whose, data.listing, data.price, accepts_let=data.accepts_let)

    return await once(request, idempotency_key, data, act, status=201)


@post("/v1/market/rentals", guards=TRADERS, status_code=201, tags=["market"], summary="Rent a card")
async def rent(request: Caller, data: JSONBody[NewRental], idempotency_key: IdempotencyKey = None) -> Any:
    """Its rights are the renter's, from now on and for so many days."""
    whose, market = acts_for(request.user, data.account), counter_of(request).market
    return await once(
        request, idempotency_key, data, lambda: market.rent(whose, data.listing, data.days), status=201
    )  # fmt: skip


@get("/v1/market/offers", guards=EVERYBODY, tags=["market"], summary="Offers for a card")
async def offers(
    request: Caller,
    edition: Annotated[str, QueryParameter(description="Its edition.")],
    serial: Annotated[int, QueryParameter(ge=1, le=2**62, description="Its serial number.")],
) -> dict[str, list[Bid]]:
    """The highest first."""
    return {"offers": await asyncio.to_thread(counter_of(request).market.offers, edition, serial)}


@post("/v1/market/offers", guards=TRADERS, status_code=201, tags=["market"], summary="Offer a price")
async def offer(request: Caller, data: JSONBody[NewOffer], idempotency_key: IdempotencyKey = None) -> Any:
    """For a card that is not for sale; the price is held until its holder accepts or the time is over."""
    whose, market = acts_for(request.user, data.account), counter_of(request).market

    def act() -> Bid:
        return market.offer(
            whose, data.edition, data.serial, data.price, days=data.days, asset=data.money,
            accepts_let=data.accepts_let,
        )  # fmt: skip

    return await once(request, idempotency_key, data, act, status=201)


@post(
    "/v1/market/offers/{offer_id:str}/accept", guards=TRADERS, status_code=200, tags=["market"],
    summary="Accept an offer",
)  # fmt: skip
async def accept(request: Caller, offer_id: Id, data: JSONBody[Seller]) -> Any:
    """Sell to who made it."""
    whose = acts_for(request.user, data.account)
    return await asyncio.to_thread(counter_of(request).market.accept, whose, offer_id)


@delete(
    "/v1/market/offers/{offer_id:str}", guards=TRADERS, status_code=200, tags=["market"],
    summary="Take an offer back",
)  # fmt: skip
async def withdraw(request: Caller, offer_id: Id, account: Account = None) -> Bid:
    """The price is free again."""
    whose = acts_for(request.user, account)
    return await asyncio.to_thread(counter_of(request).market.withdraw, whose, offer_id)


@get("/v1/market/flags", guards=[needs(Role.analyst)], tags=["market"], summary="Sales that look odd")
async def flags(request: Caller) -> dict[str, list[Flag]]:
    """Sales as if nobody really bought: for a person to look at, the newest first."""
    return {"flags": await asyncio.to_thread(odd_sales, core_of(request))}


MARKET = (listings, put_up, take_off, buy, bid, rent, offers, offer, accept, withdraw, flags)
