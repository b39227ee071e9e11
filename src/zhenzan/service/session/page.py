"""Console log-in and log-out, and static files."""

from __future__ import annotations

import math
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.response import Redirect

from zhenzan.console import static_file
from zhenzan.service.api_keys import AccessError
from zhenzan.service.dependencies import Caller
from zhenzan.service.limits import LogInAttempts, address_of
from zhenzan.service.pages.base import HOME, Form, is_foreign, is_secure, page
from zhenzan.service.sessions import COOKIE, SESSION_SECONDS, Sessions

__all__ = ["SESSION"]


@get("/login", include_in_schema=False)
async def login_page(request: Caller) -> Response[Any]:
    """The log-in page."""
    return _login(request)


@post("/login", include_in_schema=False, status_code=200)
async def log_in(
    request: Caller, attempts: NamedDependency[LogInAttempts], sessions: NamedDependency[Sessions], data: Form
) -> Response[Any]:
    """Begin a session."""
    if is_foreign(request):
        return _login(request, 403, wrong=True)
    key, address = str(data.get("key", "")).strip(), address_of(request)
    if wait := attempts.wait(address, key):
        return _login(request, 429, wait=math.ceil(wait))
    try:
        token = sessions.begin(key)
    except AccessError:
        attempts.fail(address, key)
        return _login(request, 401, wrong=True)
    attempts.succeed(address, key)
    person = sessions.principal(token)
    answer: Response[Any] = Redirect(HOME.get(person.role, "/") if person else "/", status_code=303)
    answer.set_cookie(
        Cookie(
            COOKIE,
            value=token,
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            secure=is_secure(request),
        )
    )
    return answer


def _login(request: Caller, status: int = 200, *, wrong: bool = False, wait: int = 0) -> Response[Any]:
    """The page that asks for a key. `wrong`: the last one was; `wait`: seconds until the next try."""
    answer = page(request, "login.html.jinja", status=status, wrong=wrong, wait=wait)
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer


@post("/logout", include_in_schema=False, status_code=200)
async def log_out(request: Caller, sessions: NamedDependency[Sessions]) -> Response[Any]:
    """End the session, here and for whoever copied its cookie."""
    token = request.cookies.get(COOKIE)
    if token and not is_foreign(request):
        sessions.end(token)
    answer: Response[Any] = Redirect("/login", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


@get("/static/{name:str}", include_in_schema=False)
async def static(name: Annotated[str, PathParameter(description="Name of a file.")]) -> Response[bytes]:
    """Style sheets and scripts."""
    asset = static_file(name)
    if asset is None:
        raise NotFoundException("there is no such file")
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
    return Response(asset[0], media_type=asset[1], headers=headers)


SESSION = (login_page, log_in, log_out, static)
