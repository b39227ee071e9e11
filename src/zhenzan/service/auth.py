"""Authentication and authorisation: the principal of a key, token or console session, and the roles of each
route.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.plugins.problem_details import ProblemDetailsException

from zhenzan.service.api_keys import AccessError, Principal, Role
from zhenzan.service.dependencies import resources_of
from zhenzan.service.viewer_tokens import looks_like_token

__all__ = ["Authentication", "needs", "roles_of"]

Connection = ASGIConnection[Any, Any, Any, Any]


class Authentication(AbstractAuthenticationMiddleware):
    """Middleware that sets the connection's `user`: a Principal, or None without credentials."""

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        """Read `Authorization: Bearer`: an API key or a viewer's token. Raises 401 where it is not valid."""
        header = connection.headers.get("authorization", "")
        if not header:
            return AuthenticationResult(user=None, auth=None)
        scheme, _, key = header.partition(" ")
        if scheme.lower() != "bearer":
            raise _unknown("send the key as `Authorization: Bearer KEY`")
        try:
            person = _person_of(connection, key.strip())
        except AccessError as error:
            raise _unknown(str(error)) from None
        return AuthenticationResult(user=person, auth=key)


def _person_of(connection: Connection, bearer: str) -> Principal:
    resources = resources_of(connection)
    if looks_like_token(bearer):
        return resources.viewer_tokens.check(bearer, connection.headers.get("origin"))
    return resources.api_keys.check(bearer)


def needs(*roles: Role) -> Callable[[Connection, BaseRouteHandler], Awaitable[None]]:
    """A guard: the caller has one of these roles; an operator has all. Raises 401, 403.

    It is a coroutine, for Litestar runs any other guard in a thread, once a request.
    """

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        person: Principal | None = connection.user
        if person is None:
            raise _unknown("this needs a key; `zhenzan keys create` makes one")
        if person.role is not Role.operator and person.role not in roles:
            allowed = ", ".join([*roles, Role.operator])
            raise ProblemDetailsException(
                f"this is for {allowed}; the key is for {person.role}", status_code=403
            )

    guard.roles = tuple(role for role in Role if role is Role.operator or role in roles)  # type: ignore[attr-defined]
    return guard


def roles_of(handler: BaseRouteHandler) -> tuple[Role, ...] | None:
    """The roles that may call a route; None: everybody, without a key."""
    guards = [guard for layer in handler.ownership_layers for guard in layer.guards or ()]
    roles = [guard.roles for guard in guards if hasattr(guard, "roles")]
    return roles[0] if roles else None


def _unknown(detail: str) -> ProblemDetailsException:
    return ProblemDetailsException(detail, status_code=401, headers={"WWW-Authenticate": "Bearer"})
