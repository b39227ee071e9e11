"""What every page of the console stands on: the language, who is logged in, forms of our own pages only."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from litestar import Response
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from zhenzan.console import render
from zhenzan.errors import NotThereError
from zhenzan.pages import Language
from zhenzan.service.callers import Caller, core_of
from zhenzan.service.people import STAFF, Person, Role
from zhenzan.service.sessions import COOKIE
from zhenzan.translation import preferred_language

__all__ = [
    "OPERATORS", "STAFF", "Form", "done", "is_foreign", "is_secure", "language_of", "member_of", "page",
    "person_of", "refused", "whole",
]  # fmt: skip

OPERATORS = (Role.operator,)
TEMPLATES = tuple(sorted(Path(__file__).parents[1].glob("*/templates")))
LANGUAGE_COOKIE = "zhenzan_language"
YEAR_SECONDS = 365 * 86400
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
_WATCHING = (("live", "/"), ("items", "/items"), ("rings", "/rings"), ("accounts", "/accounts"))
_CARDS, _MARKET, _LEDGER = ("cards", "/cards"), ("market", "/market"), ("ledger", "/ledger")
_CREATORS = ("creators", "/creators")
_STAFFS = (
    *_WATCHING, _CREATORS, _CARDS, _MARKET, _LEDGER, ("cases", "/cases"), ("policy", "/policy"),
)  # fmt: skip
ROOMS = {
    Role.operator: (*_STAFFS, ("keys", "/keys"), ("webhooks", "/webhooks")),
    Role.analyst: _STAFFS,
    Role.creator: (_CREATORS, _CARDS, _LEDGER),
    Role.viewer: (_CARDS, _MARKET, _CREATORS, _LEDGER),
    Role.platform: (),
}
"""The pages that each role finds in the bar."""
HOME = {Role.creator: "/creators", Role.viewer: "/cards", Role.platform: "/login"}


def language_of(request: Caller) -> Language:
    asked = request.query_params.get("language") or request.cookies.get(LANGUAGE_COOKIE)
    if asked in ("en", "zh"):
        return "zh" if asked == "zh" else "en"
    return preferred_language(request.headers.get("accept-language", ""))


def page(
    request: Caller, template: str, *, status: int = 200, here: str = "", **values: Any
) -> Response[str]:
    person = person_of(request)
    language, said = language_of(request), request.query_params.get("said", "")[:300]
    others = [pair for pair in parse_qsl(request.url.query) if pair[0] not in ("language", "said")]
    other = urlencode([*others, ("language", "en" if language == "zh" else "zh")])
    text = render(
        template,
        language,
        TEMPLATES,
        person=person,
        here=here,
        rooms=ROOMS[person.role] if person else (),
        other_language=other,
        said=said,
        **values,
    )
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    answer = Response(text, media_type="text/html", status_code=status, headers=headers)
    if "language" in request.query_params:
        answer.set_cookie(
            Cookie(
                LANGUAGE_COOKIE,
                value=language,
                max_age=YEAR_SECONDS,
                samesite="lax",
                httponly=True,
                secure=is_secure(request),
            )
        )
    return answer


def person_of(request: Caller) -> Person | None:
    """Whose session it is, looked up once a request."""
    if "person" not in request.state:
        token = request.cookies.get(COOKIE)
        core = core_of(request)
        request.state.person = core.sessions.person(token) if token else None
    found: Person | None = request.state.person
    return found


def member_of(request: Caller) -> Person:
    """Whose session it is, on a page that nobody sees without one."""
    person = person_of(request)
    assert person is not None
    return person


def refused(request: Caller, roles: Collection[Role] = STAFF, *, form: bool = False) -> Response[Any] | None:
    """What to answer instead of a page: log in first, or this is not for you. `form`: it changes something,
    so that it must come from a page of ours.
    """
    person = person_of(request)
    if person is None:
        return Redirect("/login", status_code=303)
    if person.role not in roles or (form and is_foreign(request)):
        return page(request, "message.html.jinja", status=403, word="not_for_you")
    return None


def done(path: str, said: str = "") -> Response[Any]:
    """After a form: look at what became of it. `said`: an error's words for the page."""
    return Redirect(
        f"{path}{'&' if '?' in path else '?'}{urlencode({'said': said})}" if said else path, status_code=303
    )


def is_foreign(request: Caller) -> bool:
    """Whether another site's page sent this form: browsers say so."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    hosts = (request.headers.get("host"), core_of(request).settings.public_url.partition("://")[2])
    return origin is not None and origin.partition("://")[2] not in hosts


def is_secure(request: Caller) -> bool:
    """Whether browsers reach the console over HTTPS: as it is, as a trusted proxy says, or as was set."""
    return request.url.scheme == "https" or core_of(request).settings.public_url.startswith("https://")


def whole(text: str) -> int:
    """A whole number out of a form. Raises NotThereError."""
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise NotThereError(f"{text[:20]!r} is no whole number")
    return int(text)
