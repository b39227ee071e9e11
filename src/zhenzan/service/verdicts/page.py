"""Console pages of verdicts: the live view, items, accounts, rings, likes, and explanations."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from litestar import Response
from litestar.di import NamedDependency
from litestar.response import Redirect, ServerSentEvent
from markupsafe import Markup

from zhenzan.console import Graph, ring_graph
from zhenzan.errors import InputError, ResultError
from zhenzan.service import results
from zhenzan.service.daily_totals import days_of
from zhenzan.service.dependencies import Caller
from zhenzan.service.listing import AccountsQuery, ItemsQuery, ListQuery, RingsQuery
from zhenzan.service.live.use_cases import Live
from zhenzan.service.pages.base import get_page, language_of, page
from zhenzan.service.pages.list_form import listing
from zhenzan.settlement import Settlement

if TYPE_CHECKING:
    from zhenzan.verify import Explanation

__all__ = ["WATCHING"]

PAGE_ROWS = 50
GRAPH_LIKES_MAX = 20_000
Rows = list[dict[str, Any]]


async def _table(
    request: Caller, settlement: Settlement | None, table: str, kind: type[ListQuery]
) -> Response[Any]:
    """A page of a table of the newest settlement, of which something is asked."""
    if settlement is None:
        return page(request, "message.html.jinja", here=table, word="before_settlement")

    def ask(list_query: ListQuery, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        return results.page(
            settlement, table, PAGE_ROWS, cursor, narrowed=results.narrowed(settlement, list_query)
        )

    listed = await listing(request, kind, ask)
    return page(request, f"{table}.html.jinja", status=listed.status, here=table, list=listed)


async def _explained(
    request: Caller, settlement: Settlement | None, kind: str, here: str, *, lists: bool = False
) -> Response[Any]:
    """One like, account, item or ring, named by `id`: words, chart, its likes if it `lists` them, for a ring
    its graph.
    """
    if settlement is None:
        return page(request, "message.html.jinja", here=here, word="before_settlement")
    language, name = language_of(request), request.query_params.get("id", "")
    cursor = request.query_params.get("cursor")
    named = results.current_ring(settlement, name) if kind == "ring" else name

    def tell() -> tuple[Explanation, str, Rows, str | None, Graph | None, Rows]:
        from zhenzan.presentation import (
            svg,  # the chart library takes a while to load: a start need not wait for it
        )

        explanation = settlement.load().explain(**{kind: named}, language=language)
        drawn = svg(lambda: explanation.chart, language, explanation.subject)
        likes, after = (
            results.page(settlement, "verdicts", PAGE_ROWS, cursor, {kind: named}) if lists else ([], None)
        )
        graph = _graph(settlement, named) if kind == "ring" else None
        return explanation, drawn, likes, after, graph, days_of(settlement, named) if kind == "item" else []

    try:
        explanation, drawn, likes, after, graph, days = await asyncio.to_thread(tell)
    except ResultError:
        return page(request, "message.html.jinja", status=404, here=here, word="not_found")
    except InputError:
        return Redirect("/")
    return page(
        request,
        "explained.html.jinja",
        here=here,
        kind=kind,
        name=named,
        asked=name,
        lines=explanation.text.splitlines(),
        chart=Markup(drawn),
        likes=likes,
        after=after,
        graph=graph,
        days=days,
    )


def _graph(settlement: Settlement, ring: str) -> Graph:
    rows = results.rows_where(settlement, "verdicts", {"ring": ring, "verdict": "fake"}, GRAPH_LIKES_MAX)
    return ring_graph([(str(row["account"]), str(row["item"])) for row in rows])


@get_page("/", menu="live")
async def live_page(request: Caller, live: NamedDependency[Live]) -> Response[Any]:
    """Likes as they come in."""
    return page(request, "live.html.jinja", here="live", limits=live.limits)


@get_page("/live")
async def live_events(request: Caller, live: NamedDependency[Live]) -> Response[Any]:
    """The event stream of the live page."""
    return ServerSentEvent(live.stream())


@get_page("/items", menu="items")
async def items_page(request: Caller, latest_settlement: NamedDependency[Settlement | None]) -> Response[Any]:
    """Items, those with the most fake likes first."""
    return await _table(request, latest_settlement, "items", ItemsQuery)


@get_page("/accounts", menu="accounts")
async def accounts_page(
    request: Caller, latest_settlement: NamedDependency[Settlement | None]
) -> Response[Any]:
    """Accounts, those with the most fake likes first."""
    return await _table(request, latest_settlement, "accounts", AccountsQuery)


@get_page("/rings", menu="rings")
async def rings_page(request: Caller, latest_settlement: NamedDependency[Settlement | None]) -> Response[Any]:
    """Rings, the biggest first."""
    return await _table(request, latest_settlement, "rings", RingsQuery)


@get_page("/ring")
async def ring_page(request: Caller, latest_settlement: NamedDependency[Settlement | None]) -> Response[Any]:
    """One ring: its story, its graph."""
    return await _explained(request, latest_settlement, "ring", "rings")


@get_page("/item")
async def item_page(request: Caller, latest_settlement: NamedDependency[Settlement | None]) -> Response[Any]:
    """One item over time, with its moments."""
    return await _explained(request, latest_settlement, "item", "items", lists=True)


@get_page("/account")
async def account_page(
    request: Caller, latest_settlement: NamedDependency[Settlement | None]
) -> Response[Any]:
    """One account and its likes."""
    return await _explained(request, latest_settlement, "account", "accounts", lists=True)


@get_page("/like")
async def like_page(request: Caller, latest_settlement: NamedDependency[Settlement | None]) -> Response[Any]:
    """One like: from prior to posterior."""
    return await _explained(request, latest_settlement, "like", "items")


WATCHING = (
    live_page,
    live_events,
    items_page,
    item_page,
    rings_page,
    ring_page,
    accounts_page,
    account_page,
    like_page,
)
