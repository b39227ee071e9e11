"""Pages for creators: the leaderboard of verified likes, and one creator's own."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Response
from litestar.di import NamedDependency

from zhenzan.ledger import Ledger
from zhenzan.service import results
from zhenzan.service.api_keys import Role
from zhenzan.service.creators import use_cases as creators
from zhenzan.service.dependencies import Caller
from zhenzan.service.listing import CreatorsQuery, LeadersQuery, ListQuery
from zhenzan.service.pages.base import STAFF, get_page, member_of, page
from zhenzan.service.pages.list_form import listing
from zhenzan.settlement import Settlement

__all__ = ["CREATORS"]

PAGE_ROWS, FANS, ITEMS = 100, 100, 200


@get_page("/creators", (*STAFF, Role.creator, Role.viewer), menu="creators")
async def creators_page(
    request: Caller, latest_settlement: NamedDependency[Settlement | None]
) -> Response[Any]:
    """Creators by verified likes."""
    settlement, person = latest_settlement, member_of(request)
    if settlement is None:
        return page(request, "message.html.jinja", here="creators", word="before_settlement")

    def ask(list_query: ListQuery, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        narrowed = list_query.filter()
        return results.paged(
            lambda limit, offset: creators.leaders(settlement, limit, offset, narrowed), PAGE_ROWS, cursor
        )

    kind: type[ListQuery] = CreatorsQuery if person.role in STAFF else LeadersQuery
    listed = await listing(request, kind, ask)
    return page(
        request,
        "creators.html.jinja",
        status=listed.status,
        here="creators",
        list=listed,
        whole=person.role in STAFF,
        linked=lambda creator: person.role in STAFF or person.subject == creator,
    )


@get_page("/creator", (*STAFF, Role.creator))
async def creator_page(
    request: Caller, latest_settlement: NamedDependency[Settlement | None], ledger: NamedDependency[Ledger]
) -> Response[Any]:
    """One creator: real fans, who holds which card, items. A creator sees their own alone."""
    person = member_of(request)
    whose = request.query_params.get("id", "")
    if person.role is Role.creator:
        if whose not in ("", person.subject):
            return page(request, "message.html.jinja", status=403, here="creators", word="not_for_you")
        whose = person.subject
    settlement = latest_settlement
    if settlement is None:
        return page(request, "message.html.jinja", here="creators", word="before_settlement")

    def read() -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
        return (
            creators.totals(settlement, whose),
            creators.fans(settlement, ledger.database, whose, FANS),
            creators.items_of(settlement, whose, ITEMS),
        )

    totals, fans, items = await asyncio.to_thread(read)
    if not totals["claimed"]:
        return page(request, "message.html.jinja", status=404, here="creators", word="not_found")
    return page(
        request,
        "creator.html.jinja",
        here="creators",
        creator=whose,
        totals=totals,
        fans=fans,
        items=items,
        staff=person.role in STAFF,
    )


CREATORS = (creators_page, creator_page)
