"""API for creators: genuine fans, who holds which of their cards, verified likes of their items."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.plugins.problem_details import ProblemDetailsException

from zhenzan.ledger import Ledger
from zhenzan.service import results
from zhenzan.service.answers.verdicts import Creator, Creators, Fans
from zhenzan.service.api_keys import STAFF, Principal, Role
from zhenzan.service.creators.use_cases import fans, items_of, leaders, public_part, totals
from zhenzan.service.dependencies import Caller, speaks_for
from zhenzan.service.list_parameters import Limit, Page
from zhenzan.service.listing import CreatorsQuery
from zhenzan.service.route_declaration import EVERYBODY, Routes
from zhenzan.settlement import Settlement

__all__ = ["CREATORS"]

api = Routes("creators")
THEIRS = (Role.creator, Role.analyst)
CreatorId = Annotated[str, PathParameter(description="Id of a creator.", max_length=300)]


@api.get("/v1/creators", EVERYBODY, "Creators by verified likes", Creators, query=CreatorsQuery)
async def leaderboard(
    request: Caller,
    settlement: NamedDependency[Settlement],
    list_query: NamedDependency[CreatorsQuery],
    page: NamedDependency[Page],
) -> dict[str, Any]:
    """The leaderboard: those whose items have the most verified likes first, unless another order is asked
    for. Claimed and bought likes are shown to staff, and to a creator of their own items.
    """
    current, person = settlement, request.user
    is_staff = person.role in STAFF
    if not is_staff and list_query.sort != "verified":
        raise ProblemDetailsException(f"the order {list_query.sort!r} is for staff", status_code=403)
    narrowed = list_query.filter()

    def ask(limit: int, offset: int) -> list[dict[str, Any]]:
        return leaders(current, limit, offset, narrowed)

    rows, after = await asyncio.to_thread(results.paged, ask, page.limit, page.cursor)
    shown = [row if is_staff or _is_own(row, person) else public_part(row) for row in rows]
    return {"creators": shown, "next": after}


@api.get("/v1/creators/{creator:str}", THEIRS, "One creator in numbers", Creator)
async def one(request: Caller, settlement: NamedDependency[Settlement], creator: CreatorId) -> dict[str, Any]:
    """One creator: claimed and verified likes, and the items they are of."""
    whose, current = speaks_for(request.user, creator), settlement
    items = await asyncio.to_thread(items_of, current, whose, results.LIMIT_MAX)
    return {"creator": whose, **await asyncio.to_thread(totals, current, whose), "items": items}


@api.get("/v1/creators/{creator:str}/fans", THEIRS, "Genuine fans", Fans)
async def their_fans(
    request: Caller,
    settlement: NamedDependency[Settlement],
    ledger: NamedDependency[Ledger],
    creator: CreatorId,
    limit: Limit = 50,
) -> dict[str, Any]:
    """A creator's fans: accounts by their settled likes of this creator's items, and the cards and levels
    they got for them.
    """
    whose = speaks_for(request.user, creator)
    return {
        "creator": whose,
        "fans": await asyncio.to_thread(fans, settlement, ledger.database, whose, limit),
    }


def _is_own(row: dict[str, Any], person: Principal) -> bool:
    return person.role is Role.creator and row["creator"] == person.subject


CREATORS = (leaderboard, one, their_fans)
