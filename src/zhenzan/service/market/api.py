"""The market: cards for a fixed price, by auction, for an offer, for rent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from zhenzan.ledger import Ledger
from zhenzan.rewards import Bid, Flag, Listing, Rental, Sale
from zhenzan.service.access import needs
from zhenzan.service.answers import answers
from zhenzan.service.answers.rewards import Flags, Listings, Offers
from zhenzan.service.bodies import SERIAL_MAX, Days, Price, Serial
from zhenzan.service.callers import Caller, acts_for
from zhenzan.service.fields import AccountQuery, DealId, OwnAccount, RewardId
from zhenzan.service.market.use_cases import odd_sales
from zhenzan.service.once import IdempotencyKey, Noting, once
from zhenzan.service.people import STAFF, Person, Role
from zhenzan.service.rewards.use_cases import RewardsDesk
from zhenzan.settle import Pass

__all__ = ["MARKET"]

EVERYBODY = [needs(*Role)]
TRADERS = [needs(Role.viewer, Role.platform)]
Id = Annotated[str, PathParameter(description="Its id.", max_length=100)]


class NewListing(msgspec.Struct):
    """A card to put up. `price`: to pay; of an auction the least; of a rental a day. In points if `money` is
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
    """Who accepts an offer."""

    account: OwnAccount = None


@get(
    "/v1/market/listings",
    guards=EVERYBODY,
    tags=["market"],
    summary="What is on the market",
    responses=answers(Listings),
)
async def listings(
    request: Caller,
    desk: NamedDependency[RewardsDesk],
    edition: Annotated[str, QueryParameter(max_length=200, description="Only of this edition.")] = "",
) -> dict[str, list[Listing]]:
    """The cheapest first. Who sells is shown to staff, platforms and the seller."""
    found = await asyncio.to_thread(desk.market.listings, edition)
    return {"listings": [_seen(each, request.user) for each in found]}


@post(
    "/v1/market/listings",
    guards=TRADERS,
    status_code=201,
    tags=["market"],
    summary="Put a card up",
    responses=answers(Listing, 201),
)
async def put_up(
    request: Caller,
    desk: NamedDependency[RewardsDesk],
    data: JSONBody[NewListing],
    idempotency_key: IdempotencyKey = None,
) -> Any:
    """For a price, for bids, or for rent."""
    whose, market = acts_for(request.user, data.account), desk.market

    def act(noting: Noting) -> Listing:
        noted = market.noting(noting)
        ways = {"fixed": noted.sell, "auction": noted.auction, "rent": noted.let}
        return ways[data.kind](
            whose, data.edition, data.serial, data.price, days=data.days, asset=data.money
        )  # fmt: skip

    return await once(request, idempotency_key, data, act, status=201)


@delete(
    "/v1/market/listings/{listing:str}", guards=TRADERS, status_code=200, tags=["market"],
    summary="Take a card off the market",
)  # fmt: skip
async def take_off(
    request: Caller, desk: NamedDependency[RewardsDesk], listing: Id, account: AccountQuery = None
) -> Listing:
    """Only while nobody has bid."""
    whose = acts_for(request.user, account)
    return await asyncio.to_thread(desk.market.cancel, whose, listing)


@post(
    "/v1/market/purchases",
    guards=TRADERS,
    status_code=201,
    tags=["market"],
    summary="Buy a card",
    responses=answers(Sale, 201),
)
async def buy(
    request: Caller,
    desk: NamedDependency[RewardsDesk],
    data: JSONBody[Purchase],
    idempotency_key: IdempotencyKey = None,
) -> Any:
    """At its fixed price: card and money change hands together."""
    whose, market = acts_for(request.user, data.account), desk.market
    return await once(
        request, idempotency_key, data,
        lambda noting: market.noting(noting).buy(whose, data.listing, accepts_let=data.accepts_let),
        status=201,
    )  # fmt: skip


@post(
    "/v1/market/bids",
    guards=TRADERS,
    status_code=201,
    tags=["market"],
    summary="Bid in an auction",
    responses=answers(Bid, 201),
)
async def bid(
    request: Caller,
    desk: NamedDependency[RewardsDesk],
    data: JSONBody[NewBid],
    idempotency_key: IdempotencyKey = None,
) -> Any:
    """The price is held until the bid wins or is outbid."""
    whose, market = acts_for(request.user, data.account), desk.market

    def act(noting: Noting) -> Bid:
        return market.noting(noting).bid(whose, data.listing, data.price, accepts_let=data.accepts_let)

    return await once(request, idempotency_key, data, act, status=201)


@post(
    "/v1/market/rentals",
    guards=TRADERS,
    status_code=201,
    tags=["market"],
    summary="Rent a card",
    responses=answers(Rental, 201),
)
async def rent(
    request: Caller,
    desk: NamedDependency[RewardsDesk],
    data: JSONBody[NewRental],
    idempotency_key: IdempotencyKey = None,
) -> Any:
    """Its rights are the renter's, from now on and for so many days."""
    whose, market = acts_for(request.user, data.account), desk.market

    def act(noting: Noting) -> Rental:
        return market.noting(noting).rent(whose, data.listing, data.days)

    return await once(request, idempotency_key, data, act, status=201)


@get(
    "/v1/market/offers",
    guards=EVERYBODY,
    tags=["market"],
    summary="Offers for a card",
    responses=answers(Offers),
)
async def offers(
    request: Caller,
    desk: NamedDependency[RewardsDesk],
    edition: Annotated[str, QueryParameter(max_length=200, description="Its edition.")],
    serial: Annotated[int, QueryParameter(ge=1, le=SERIAL_MAX, description="Its serial number.")],
) -> dict[str, list[Bid]]:
    """The highest first. Staff and platforms see all, the card's holder too; others see their own."""
    market, person = desk.market, request.user
    if person.role in (*STAFF, Role.platform):
        return {"offers": await asyncio.to_thread(market.offers, edition, serial)}
    seen = await asyncio.to_thread(market.offers_seen_by, person.subject, edition, serial)
    return {"offers": seen if person.role is Role.viewer else []}


@post(
    "/v1/market/offers",
    guards=TRADERS,
    status_code=201,
    tags=["market"],
    summary="Offer a price",
    responses=answers(Bid, 201),
)
async def offer(
    request: Caller,
    desk: NamedDependency[RewardsDesk],
    data: JSONBody[NewOffer],
    idempotency_key: IdempotencyKey = None,
) -> Any:
    """For a card that is not for sale; the price is held until its holder accepts or the time is over."""
    whose, market = acts_for(request.user, data.account), desk.market

    def act(noting: Noting) -> Bid:
        return market.noting(noting).offer(
            whose, data.edition, data.serial, data.price, days=data.days, asset=data.money,
            accepts_let=data.accepts_let,
        )  # fmt: skip

    return await once(request, idempotency_key, data, act, status=201)


@post(
    "/v1/market/offers/{offer_id:str}/accept", guards=TRADERS, status_code=200, tags=["market"],
    summary="Accept an offer",
    responses=answers(Sale),
)  # fmt: skip
async def accept(
    request: Caller, desk: NamedDependency[RewardsDesk], offer_id: Id, data: JSONBody[Seller]
) -> Any:
    """Sell to who made it."""
    whose = acts_for(request.user, data.account)
    return await asyncio.to_thread(desk.market.accept, whose, offer_id)


@delete(
    "/v1/market/offers/{offer_id:str}", guards=TRADERS, status_code=200, tags=["market"],
    summary="Take an offer back",
)  # fmt: skip
async def withdraw(
    request: Caller, desk: NamedDependency[RewardsDesk], offer_id: Id, account: AccountQuery = None
) -> Bid:
    """The price is free again."""
    whose = acts_for(request.user, account)
    return await asyncio.to_thread(desk.market.withdraw, whose, offer_id)


@get(
    "/v1/market/flags",
    guards=[needs(Role.analyst)],
    tags=["market"],
    summary="Sales that look odd",
    responses=answers(Flags),
)
async def flags(
    ledger: NamedDependency[Ledger], latest_settlement: NamedDependency[Pass | None]
) -> dict[str, list[Flag]]:
    """Sales as if nobody really bought: for a person to look at, the newest first."""
    return {"flags": await asyncio.to_thread(odd_sales, ledger, latest_settlement)}


def _seen(listing: Listing, person: Person) -> Listing:
    """A listing as somebody sees it."""
    sees_all = person.role in (*STAFF, Role.platform)
    own = person.role is Role.viewer and listing.seller == person.subject
    return listing if sees_all or own else replace(listing, seller="")


MARKET = (listings, put_up, take_off, buy, bid, rent, offers, offer, accept, withdraw, flags)
