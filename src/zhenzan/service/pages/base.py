"""Base of the console's pages: language, session, menus, forms (protected against cross-site requests)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from inspect import getfile, unwrap
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import Redirect

from zhenzan.console import render
from zhenzan.errors import NotThereError
from zhenzan.presentation import Both, Language
from zhenzan.service.api_keys import STAFF, Principal, Role
from zhenzan.service.dependencies import Caller, resources_of
from zhenzan.service.sessions import COOKIE
from zhenzan.translation import preferred_language

__all__ = [
    "OPERATORS", "STAFF", "Form", "Frame", "MenuEntry", "done", "get_page", "is_foreign", "is_secure",
    "language_of", "member_of", "page", "person_of", "post_form", "refused", "whole",
]  # fmt: skip

OPERATORS = (Role.operator,)
LANGUAGE_COOKIE = "zhenzan_language"
YEAR_SECONDS = 365 * 86400
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
Declare = Callable[[Callable[..., Any]], HTTPRouteHandler]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
HOME = {Role.creator: "/creators", Role.viewer: "/cards", Role.platform: "/login", Role.buyer: "/login"}


@dataclass(frozen=True)
class MenuEntry:
    """A page in the bar, as its route's `opt={"menu": …}`. `title` in both languages; None: `name` is a word
    of the console's.
    """

    name: str
    roles: Collection[Role]
    title: Both | None = None


class Frame:
    """What stands around every page: the bar of each role, and where templates lie, told from the pages."""

    def __init__(self, pages: Iterable[HTTPRouteHandler]) -> None:
        pages = tuple(pages)
        entries = [(handler.opt["menu"], min(handler.paths)) for handler in pages if "menu" in handler.opt]
        self._bars = {
            role: tuple((entry.name, entry.title, path) for entry, path in entries if role in entry.roles)
            for role in Role
        }
        folders = (Path(getfile(unwrap(handler.fn))).parent / "templates" for handler in pages)
        self.templates = tuple(dict.fromkeys(folder for folder in folders if folder.is_dir()))

    def bar(self, person: Principal | None) -> tuple[tuple[str, Both | None, str], ...]:
        """Name, title and path of the pages that somebody finds in it."""
        return self._bars[person.role] if person else ()


def language_of(request: Caller) -> Language:
    language = request.query_params.get("language") or request.cookies.get(LANGUAGE_COOKIE)
    if language in ("en", "zh"):
        return "zh" if language == "zh" else "en"
    return preferred_language(request.headers.get("accept-language", ""))


def page(
    request: Caller, template: str, *, status: int = 200, here: str = "", **values: Any
) -> Response[str]:
    person, frame = person_of(request), request.app.state.frame
    language, message = language_of(request), request.query_params.get("said", "")[:300]
    others = [pair for pair in parse_qsl(request.url.query) if pair[0] not in ("language", "said")]
    other = urlencode([*others, ("language", "en" if language == "zh" else "zh")])
    text = render(
        template,
        language,
        frame.templates,
        person=person,
        here=here,
        rooms=frame.bar(person),
        other_language=other,
        said=message,
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


def person_of(request: Caller) -> Principal | None:
    """The principal of the session, looked up once a request."""
    if "person" not in request.state:
        token = request.cookies.get(COOKIE)
        request.state.person = resources_of(request).sessions.principal(token) if token else None
    principal: Principal | None = request.state.person
    return principal


def member_of(request: Caller) -> Principal:
    """The principal of the session, on a page that nobody sees without one."""
    person = person_of(request)
    assert person is not None
    return person


def get_page(path: str, roles: Collection[Role] = STAFF, *, menu: str = "", **options: Any) -> Declare:
    """Declare a page for these roles; `menu`: its word in the bar."""
    if menu:
        options["opt"] = {"menu": MenuEntry(menu, roles)}
    return get(path, include_in_schema=False, before_request=_for(roles), **options)


def post_form(path: str, roles: Collection[Role] = STAFF, **options: Any) -> Declare:
    """Declare where a form of a page for these roles goes."""
    admit = _for(roles, form=True)
    return post(path, include_in_schema=False, status_code=200, before_request=admit, **options)


def _for(
    roles: Collection[Role], *, form: bool = False
) -> Callable[[Caller], Awaitable[Response[Any] | None]]:
    async def admit(request: Caller) -> Response[Any] | None:
        return refused(request, roles, form=form)

    return admit


def refused(request: Caller, roles: Collection[Role] = STAFF, *, form: bool = False) -> Response[Any] | None:
    """The answer in place of a page: log in first, or access denied. `form`: it changes something,
    so that it must come from a page of ours.
    """
    person = person_of(request)
    if person is None:
        return Redirect("/login", status_code=303)
    if person.role not in roles or (form and is_foreign(request)):
        return page(request, "message.html.jinja", status=403, word="not_for_you")
    return None


def done(path: str, message: str = "") -> Response[Any]:
    """The redirect after a form. `message`: an error's words for the page."""
    return Redirect(
        f"{path}{'&' if '?' in path else '?'}{urlencode({'said': message})}" if message else path,
        status_code=303,
    )


def is_foreign(request: Caller) -> bool:
    """Whether another site's page sent this form: browsers say so."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    hosts = (request.headers.get("host"), resources_of(request).settings.public_url.partition("://")[2])
    return origin is not None and origin.partition("://")[2] not in hosts


def is_secure(request: Caller) -> bool:
    """Whether browsers reach the console over HTTPS: as it is, as a trusted proxy says, or as was set."""
    return request.url.scheme == "https" or resources_of(request).settings.public_url.startswith("https://")


def whole(text: str) -> int:
    """A whole number out of a form. Raises NotThereError."""
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise NotThereError(f"{text[:20]!r} is not a whole number")
    return int(text)
