"""API of the live view, as server-sent events."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.response import ServerSentEvent

from zhenzan.service.api_keys import Role
from zhenzan.service.auth import needs
from zhenzan.service.live.use_cases import Live

__all__ = ["LIVE"]


@get(
    "/v1/live",
    guards=[needs(Role.analyst)],
    tags=["live"],
    summary="Watch interactions come in",
    responses={200: ResponseSpec(str, media_type="text/event-stream", description="Events.")},
)
async def live(live: NamedDependency[Live]) -> ServerSentEvent:
    """An event every half second: counts by kind, rate, some of the latest likes, newest settlement."""
    return ServerSentEvent(live.stream())


LIVE = (live,)
