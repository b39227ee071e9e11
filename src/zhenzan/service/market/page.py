"""Console page of the market: listings; viewers buy, bid and rent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from litestar import Response
from litestar.di import NamedDependency

from zhenzan.service.api_keys import Role
from zhenzan.service.dependencies import Caller
from zhenzan.service.pages.base import Form, get_page, member_of, page, post_form, whole
from zhenzan.service.rewards.page import HOLDERS, act, nothing
from zhenzan.service.rewards.rewards_desk import RewardsDesk

__all__ = ["MARKET"]


@get_page("/market", HOLDERS, menu="market")
async def market_page(request: Caller, rewards_desk: NamedDependency[RewardsDesk | None]) -> Response[Any]:
    """The market's page: its listings; viewers buy, bid and rent."""
    desk, person = rewards_desk, member_of(request)
    if desk is None:
        return page(request, "message.html.jinja", here="market", word="no_catalogue")
    listings = await asyncio.to_thread(desk.market.listings)
    names = {edition.id: edition.name for edition in desk.catalogue.editions}
    mine = person.subject if person.role is Role.viewer else ""
    return page(
        request,
        "market.html.jinja",
        here="market",
        listings=listings,
        names=names,
        mine=mine,
        fee=desk.catalogue.market.fee,
        rent_days_max=desk.catalogue.market.rent_days_max,
    )


@post_form("/market", (Role.viewer,))
async def deal(
    request: Caller, rewards_desk: NamedDependency[RewardsDesk | None], data: Form
) -> Response[Any]:
    """A viewer's deal: buy, bid, rent, or take their own off."""
    return await act(request, rewards_desk, data, "/market", _deals)


def _deals(desk: RewardsDesk, who: str, form: dict[str, str]) -> object:
    listing, number = form.get("listing", ""), whole(form.get("number", "1"))
    market, accepts_let = desk.market, form.get("accepts_let") == "yes"
    ways: dict[str, Callable[[], object]] = {
        "buy": lambda: market.buy(who, listing, accepts_let=accepts_let),
        "bid": lambda: market.bid(who, listing, number, accepts_let=accepts_let),
        "rent": lambda: market.rent(who, listing, number),
        "cancel": lambda: market.cancel(who, listing),
    }
    return ways.get(form.get("do", ""), nothing)()


MARKET = (market_page, deal)
