"""A creator's side: genuine fans, who holds which cards of theirs, how their items really do."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from litestar import get
from litestar.params import PathParameter, QueryParameter

from zhenzan.service import results
from zhenzan.service.access import needs
from zhenzan.service.callers import Caller, core_of, speaks_for
from zhenzan.service.creators import fans, leaders, totals
from zhenzan.service.people import Role
from zhenzan.service.routes.verdicts import passed

__all__ = ["CREATORS"]

THEIRS = [needs(Role.creator, Role.analyst)]
Creator = Annotated[str, PathParameter(description="Id of a creator.", max_length=300)]
Limit = Annotated[int, QueryParameter(ge=1, le=results.LIMIT_MAX, description="How many.")]


@get("/v1/creators", guards=[needs(*Role)], tags=["creators"], summary="Creators by verified likes")
async def leaderboard(request: Caller, limit: Limit = 50) -> dict[str, Any]:
    """The leaderboard: those whose items have the most verified likes first."""
    return {"creators": await asyncio.to_thread(leaders, passed(request), limit)}


@get("/v1/creators/{creator:str}", guards=THEIRS, tags=["creators"], summary="One creator in numbers")
async def one(request: Caller, creator: Creator) -> dict[str, Any]:
    """Claimed and verified likes, and the items they are of."""
    whose, found = speaks_for(request.user, creator), passed(request)
    items, _ = await asyncio.to_thread(results.page, found, "items", 500, None, {"creator": whose})
    return {"creator": whose, **await asyncio.to_thread(totals, found, whose), "items": items}


@get("/v1/creators/{creator:str}/fans", guards=THEIRS, tags=["creators"], summary="Genuine fans")
async def their_fans(request: Caller, creator: Creator, limit: Limit = 50) -> dict[str, Any]:
    """Accounts by their settled likes of this creator's items, and the cards and levels they got for them."""
    whose = speaks_for(request.user, creator)
    core = core_of(request)
    return {
        "creator": whose,
        "fans": await asyncio.to_thread(fans, passed(request), core.ledger.database, whose, limit),
    }


CREATORS = (leaderboard, one, their_fans)
