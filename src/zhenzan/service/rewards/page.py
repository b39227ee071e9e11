"""Console pages of rewards: the editions, and an account's cards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar import Response
from litestar.di import NamedDependency

from zhenzan.errors import LedgerError, NotThereError, ZhenzanError
from zhenzan.ledger import Ledger
from zhenzan.rewards import STICKERS, Holdings, cards_of, editions_of, holdings
from zhenzan.service.api_keys import Role
from zhenzan.service.dependencies import Caller
from zhenzan.service.pages.base import STAFF, Form, done, get_page, member_of, page, post_form, whole
from zhenzan.service.rewards.rewards_desk import RewardsDesk

__all__ = ["CARDS", "HOLDERS", "act", "nothing"]

HOLDERS = (*STAFF, Role.viewer)


@dataclass(frozen=True)
class _Wall:
    """What the page of one holder shows beside their cards."""

    holdings: Holdings
    rights: list[Any]
    offers: list[Any]
    tradable: list[tuple[str, int]]


@get_page("/cards", (*HOLDERS, Role.creator), menu="cards")
async def cards_page(
    request: Caller, rewards_desk: NamedDependency[RewardsDesk | None], ledger: NamedDependency[Ledger]
) -> Response[Any]:
    """All editions, or what one account holds: a viewer sees their own wall."""
    desk, person = rewards_desk, member_of(request)
    if desk is None:
        return page(request, "message.html.jinja", here="cards", word="no_catalogue")
    account = request.query_params.get("account", "") if person.role in STAFF else ""
    if person.role is Role.viewer and "all" not in request.query_params:
        account = person.subject

    def read() -> tuple[list[Any], _Wall | None]:
        if not account:
            return editions_of(desk.catalogue, ledger), None
        try:
            held = holdings(ledger, account)
        except LedgerError:
            held = None
        wall = None if held is None else _wall(desk, held)
        return ([] if held is None else cards_of(desk.catalogue, ledger, account)), wall

    shown, wall = await asyncio.to_thread(read)
    names = {edition.id: edition.name for edition in desk.catalogue.editions}
    names |= {right.id: right.name for right in desk.catalogue.rights}
    return page(
        request,
        "cards.html.jinja",
        here="cards",
        cards=shown,
        wall=wall,
        account=account,
        stickers=STICKERS,
        mine=person.role is Role.viewer and bool(account),
        names=names,
        points=desk.catalogue.points,
    )


def _wall(desk: RewardsDesk, holdings: Holdings) -> _Wall:
    can = {edition.id for edition in desk.catalogue.editions if edition.bound != "soul-bound"}
    offers = [{"offer": offer, "left": desk.shop.left(offer.id)} for offer in desk.catalogue.offers]
    tradable = [(edition, serial) for edition, serial in holdings.cards if serial and edition in can]
    return _Wall(holdings, desk.rights.of(holdings.account), offers, tradable)


@post_form("/cards", (Role.viewer,))
async def use(
    request: Caller, rewards_desk: NamedDependency[RewardsDesk | None], data: Form
) -> Response[Any]:
    """A viewer's own: put a card up, redeem an offer."""
    return await act(request, rewards_desk, data, "/cards", _uses)


def _uses(desk: RewardsDesk, who: str, form: dict[str, str]) -> object:
    market = desk.market
    if form.get("do") == "redeem":
        return desk.shop.redeem(who, form.get("offer", ""), form.get("once", ""))
    edition, _, serial = form.get("card", "").rpartition("/")
    ways = {"fixed": market.sell, "auction": market.auction, "rent": market.let}
    if form.get("kind") not in ways:
        return nothing()
    put_up, price = ways[form["kind"]], whole(form.get("price", ""))
    return put_up(who, edition, whole(serial), price, days=whole(form.get("days", "7")))


async def act(
    request: Caller,
    desk: RewardsDesk | None,
    form: dict[str, str],
    path: str,
    act: Callable[[RewardsDesk, str, dict[str, str]], object],
) -> Response[Any]:
    """Do what a viewer's form asks for, then back to `path`."""
    person = member_of(request)
    if desk is None:
        return done(path)
    try:
        await asyncio.to_thread(act, desk, person.subject, form)
    except ZhenzanError as error:
        return done(path, str(error))
    return done(path)


def nothing() -> object:
    """What a form asks for that names nothing. Raises NotThereError."""
    raise NotThereError("the form names no action")


CARDS = (cards_page, use)
