"""Pages of what was earned: the editions, somebody's wall, and the market."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post

from zhenzan.errors import LedgerError, NotThereError, ZhenzanError
from zhenzan.rewards import STICKERS, Holdings, cards_of, editions_of, holdings
from zhenzan.service.callers import Caller, core_of
from zhenzan.service.core import Counter
from zhenzan.service.pages.ground import STAFF, Form, done, member_of, page, refused, whole
from zhenzan.service.people import Role

__all__ = ["CARDS"]

HOLDERS = (*STAFF, Role.viewer)


@dataclass(frozen=True)
class _Wall:
    """What the page of one holder shows beside their cards."""

    holdings: Holdings
    rights: list[Any]
    offers: list[Any]
    tradable: list[tuple[str, int]]


@get("/cards", include_in_schema=False)
async def cards_page(request: Caller) -> Response[Any]:
    """All editions, or what one account holds: a viewer sees their own wall."""
    answer = refused(request, (*HOLDERS, Role.creator))
    if answer is not None:
        return answer
    counter, person = core_of(request).counter, member_of(request)
    if counter is None:
        return page(request, "message.html.jinja", here="cards", word="no_catalogue")
    account = request.query_params.get("account", "") if person.role in STAFF else ""
    if person.role is Role.viewer and "all" not in request.query_params:
        account = person.subject
    ledger = core_of(request).ledger

    def told() -> tuple[list[Any], _Wall | None]:
        if not account:
            return editions_of(counter.catalogue, ledger), None
        try:
            found = holdings(ledger, account)
        except LedgerError:
            found = None
        wall = None if found is None else _wall(counter, found)
        return ([] if found is None else cards_of(counter.catalogue, ledger, account)), wall

    shown, wall = await asyncio.to_thread(told)
    names = {each.id: each.name for each in counter.catalogue.editions}
    names |= {each.id: each.name for each in counter.catalogue.rights}
    return page(
        request, "cards.html.jinja", here="cards", cards=shown, wall=wall, account=account, stickers=STICKERS,
        mine=person.role is Role.viewer and bool(account), names=names, points=counter.catalogue.points,
    )  # fmt: skip


def _wall(counter: Counter, found: Holdings) -> _Wall:
    can = {each.id for each in counter.catalogue.editions if each.bound != "soul-bound"}
    offers = [{"offer": each, "left": counter.shop.left(each.id)} for each in counter.catalogue.offers]
    tradable = [(edition, serial) for edition, serial in found.cards if serial and edition in can]
    return _Wall(found, counter.rights.of(found.account), offers, tradable)


@get("/market", include_in_schema=False)
async def market_page(request: Caller) -> Response[Any]:
    """What is on the market; viewers buy, bid and rent."""
    answer = refused(request, HOLDERS)
    if answer is not None:
        return answer
    counter, person = core_of(request).counter, member_of(request)
    if counter is None:
        return page(request, "message.html.jinja", here="market", word="no_catalogue")
    listings = await asyncio.to_thread(counter.market.listings)
    names = {each.id: each.name for each in counter.catalogue.editions}
    mine = person.subject if person.role is Role.viewer else ""
    return page(
        request, "market.html.jinja", here="market", listings=listings, names=names, mine=mine,
        fee=counter.catalogue.market.fee, rent_days_max=counter.catalogue.market.rent_days_max,
    )  # fmt: skip


@post("/market", include_in_schema=False, status_code=200)
async def deal(request: Caller, data: Form) -> Response[Any]:
    """A viewer's deal: buy, bid, rent, or take their own off."""
    return await _act(request, data, "/market", _deals)


@post("/cards", include_in_schema=False, status_code=200)
async def use(request: Caller, data: Form) -> Response[Any]:
    """A viewer's own: put a card up, redeem an offer."""
    return await _act(request, data, "/cards", _uses)


def _deals(counter: Counter, who: str, form: dict[str, str]) -> object:
    listing, number = form.get("listing", ""), whole(form.get("number", "1"))
    market, accepts_let = counter.market, form.get("accepts_let") == "yes"
    ways: dict[str, Callable[[], object]] = {
        "buy": lambda: market.buy(who, listing, accepts_let=accepts_let),
        "bid": lambda: market.bid(who, listing, number, accepts_let=accepts_let),
        "rent": lambda: market.rent(who, listing, number),
        "cancel": lambda: market.cancel(who, listing),
    }
    return ways.get(form.get("do", ""), _nothing)()


def _uses(counter: Counter, who: str, form: dict[str, str]) -> object:
    market = counter.market
    if form.get("do") == "redeem":
        return counter.shop.redeem(who, form.get("offer", ""), form.get("once", ""))
    edition, _, serial = form.get("card", "").rpartition("/")
    ways = {"fixed": market.sell, "auction": market.auction, "rent": market.let}
    if form.get("kind") not in ways:
        return _nothing()
    put_up, price = ways[form["kind"]], whole(form.get("price", ""))
    return put_up(who, edition, whole(serial), price, days=whole(form.get("days", "7")))


async def _act(
    request: Caller, form: dict[str, str], path: str, act: Callable[[Counter, str, dict[str, str]], object]
) -> Response[Any]:
    answer = refused(request, (Role.viewer,), form=True)
    if answer is not None:
        return answer
    counter, person = core_of(request).counter, member_of(request)
    if counter is None:
        return done(path)
    try:
        await asyncio.to_thread(act, counter, person.subject, form)
    except ZhenzanError as error:
        return done(path, str(error))
    return done(path)


def _nothing() -> object:
    raise NotThereError("nothing was asked for")


CARDS = (cards_page, market_page, deal, use)
