"""The console's pages: who is not logged in is sent to log in; what is not theirs is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body, PathParameter
from litestar.response import Redirect, ServerSentEvent
from markupsafe import Markup

from zhenzan.console import Graph, render, ring_graph, static_file
from zhenzan.errors import InputError, ResultError
from zhenzan.pages import Language, svg
from zhenzan.service import results
from zhenzan.service.core import Core
from zhenzan.service.people import AccessError, Person, Role
from zhenzan.service.sessions import COOKIE, SESSION_SECONDS
from zhenzan.settle import Pass
from zhenzan.verify import Explanation

__all__ = ["CONSOLE"]

LANGUAGE_COOKIE = "zhenzan_language"
YEAR_SECONDS = 365 * 86400
PAGE_ROWS = 50
GRAPH_LIKES_MAX = 20_000
READERS = (Role.operator, Role.analyst)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
Caller = Request[Any, Any, Any]


def _language(request: Caller) -> Language:
    asked = request.query_params.get("language") or request.cookies.get(LANGUAGE_COOKIE)
    if asked in ("en", "zh"):
        return "zh" if asked == "zh" else "en"
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def _page(
    request: Caller, template: str, *, status: int = 200, here: str = "", **values: Any
) -> Response[str]:
    language = _language(request)
    others = [pair for pair in parse_qsl(request.url.query) if pair[0] != "language"]
    other = urlencode([*others, ("language", "en" if language == "zh" else "zh")])
    text = render(template, language, person=_person(request), here=here, other_language=other, **values)
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    answer = Response(text, media_type="text/html; charset=utf-8", status_code=status, headers=headers)
    if "language" in request.query_params:
        answer.set_cookie(Cookie(LANGUAGE_COOKIE, value=language, max_age=YEAR_SECONDS, samesite="lax"))
    return answer


def _person(request: Caller) -> Person | None:
    """Whose session it is, looked up once a request."""
    if "person" not in request.state:
        token = request.cookies.get(COOKIE)
        core: Core = request.app.state.core
        request.state.person = core.sessions.person(token) if token else None
    found: Person | None = request.state.person
    return found


def _refused(request: Caller) -> Response[Any] | None:
    """What to answer instead of a page: log in first, or this is not for you."""
    person = _person(request)
    if person is None:
        return Redirect("/login")
    if person.role not in READERS:
        return _page(request, "message.html.jinja", status=403, word="not_for_you")
    return None


async def _table(
    request: Caller, table: str, where: dict[str, Any] | None = None, **values: Any
) -> Response[Any]:
    """A page of a table of the newest settlement."""
    refused = _refused(request)
    core: Core = request.app.state.core
    if refused is not None:
        return refused
    if core.passed is None:
        return _page(request, "message.html.jinja", here=table, word="before_settlement")
    cursor = request.query_params.get("cursor")
    try:
        rows, after = await asyncio.to_thread(results.page, core.passed, table, PAGE_ROWS, cursor, where)
    except InputError:
        return Redirect(request.url.path)
    return _page(request, f"{table}.html.jinja", here=table, rows=rows, after=after, **values)


async def _explained(request: Caller, kind: str, here: str, *, lists: bool = False) -> Response[Any]:
    """One like, account, item or ring, named by `id`: words, chart, its likes if it `lists` them, for a ring
    its graph.
    """
    refused = _refused(request)
    core: Core = request.app.state.core
    if refused is not None:
        return refused
    if core.passed is None:
        return _page(request, "message.html.jinja", here=here, word="before_settlement")
    language, found, name = _language(request), core.passed, request.query_params.get("id", "")
    cursor = request.query_params.get("cursor")

    def tell() -> tuple[Explanation, str, list[dict[str, Any]], str | None, Graph | None]:
        told = found.load().explain(**{kind: name}, language=language)
        drawn = svg(lambda: told.chart, language, told.subject)
        likes, after = (
            results.page(found, "verdicts", PAGE_ROWS, cursor, {kind: name}) if lists else ([], None)
        )
        return told, drawn, likes, after, _graph(found, name) if kind == "ring" else None

    try:
        told, drawn, likes, after, graph = await asyncio.to_thread(tell)
    except ResultError:
        return _page(request, "message.html.jinja", status=404, here=here, word="not_found")
    except InputError:
        return Redirect("/")
    return _page(
        request, "explained.html.jinja", here=here, kind=kind, name=name, lines=told.text.splitlines(),
        chart=Markup(drawn), likes=likes, after=after, graph=graph,
    )  # fmt: skip


def _graph(found: Pass, ring: str) -> Graph:
    rows = results.rows_where(found, "verdicts", {"ring": ring, "verdict": "fake"}, GRAPH_LIKES_MAX)
    return ring_graph([(str(row["account"]), str(row["item"])) for row in rows])


@get("/", include_in_schema=False)
async def live_page(request: Caller) -> Response[Any]:
    """Likes as they come in."""
    refused = _refused(request)
    return refused if refused is not None else _page(request, "live.html.jinja", here="live")


@get("/live", include_in_schema=False)
async def live_events(request: Caller) -> Response[Any]:
    """What the live page listens to."""
    core: Core = request.app.state.core
    if (refused := _refused(request)) is not None:
        return refused

    async def events() -> AsyncIterator[str]:
        async for message in core.live.stream():
            yield message

    return ServerSentEvent(events())


@get("/items", include_in_schema=False)
async def items_page(request: Caller) -> Response[Any]:
    """Items, those with the most fake likes first."""
    return await _table(request, "items")


@get("/accounts", include_in_schema=False)
async def accounts_page(request: Caller) -> Response[Any]:
    """Accounts, those with the most fake likes first; of one ring if asked."""
    ring = request.query_params.get("ring")
    ring = ring if ring is not None and ring.isdecimal() else None
    return await _table(request, "accounts", None if ring is None else {"ring": ring}, ring=ring)


@get("/rings", include_in_schema=False)
async def rings_page(request: Caller) -> Response[Any]:
    """Rings, the biggest first."""
    return await _table(request, "rings")


@get("/ring", include_in_schema=False)
async def ring_page(request: Caller) -> Response[Any]:
    """One ring: its story, its graph."""
    return await _explained(request, "ring", "rings")


@get("/item", include_in_schema=False)
async def item_page(request: Caller) -> Response[Any]:
    """One item over time, with its moments."""
    return await _explained(request, "item", "items", lists=True)


@get("/account", include_in_schema=False)
async def account_page(request: Caller) -> Response[Any]:
    """One account and its likes."""
    return await _explained(request, "account", "accounts", lists=True)


@get("/like", include_in_schema=False)
async def like_page(request: Caller) -> Response[Any]:
    """One like: from prior to posterior."""
    return await _explained(request, "like", "items")


@get("/login", include_in_schema=False)
async def login_page(request: Caller) -> Response[Any]:
    """Where a key is asked for."""
    return _page(request, "login.html.jinja", wrong=False)


Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@post("/login", include_in_schema=False, status_code=200)
async def log_in(request: Caller, data: Form) -> Response[Any]:
    """Begin a session."""
    core: Core = request.app.state.core
    if _is_foreign(request):
        return _page(request, "login.html.jinja", status=403, wrong=True)
    try:
        token = core.sessions.begin(str(data.get("key", "")).strip())
    except AccessError:
        return _page(request, "login.html.jinja", status=401, wrong=True)
    answer: Response[Any] = Redirect("/", status_code=303)
    answer.set_cookie(
        Cookie(
            COOKIE, value=token, max_age=SESSION_SECONDS, httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )
    )  # fmt: skip
    return answer


@post("/logout", include_in_schema=False, status_code=200)
async def log_out(request: Caller) -> Response[Any]:
    """End the session, here and for whoever copied its cookie."""
    core: Core = request.app.state.core
    token = request.cookies.get(COOKIE)
    if token and not _is_foreign(request):
        core.sessions.end(token)
    answer: Response[Any] = Redirect("/login", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def _is_foreign(request: Caller) -> bool:
    """Whether another site's page sent this form: browsers say so."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


@get("/static/{name:str}", include_in_schema=False)
async def static(name: Annotated[str, PathParameter(description="Name of a file.")]) -> Response[bytes]:
    """Style sheets and scripts."""
    found = static_file(name)
    if found is None:
        raise NotFoundException("there is no such file")
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
    return Response(found[0], media_type=f"{found[1]}; charset=utf-8", headers=headers)


CONSOLE = (
    live_page, live_events, items_page, item_page, accounts_page, account_page, rings_page, ring_page,
    like_page, login_page, log_in, log_out, static,
)  # fmt: skip
