"""Dependencies of routes: the service's resources, and the account or creator that a caller acts for."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.plugins.problem_details import ProblemDetailsException

from zhenzan.service.api_keys import Principal, Role
from zhenzan.service.resources import Resources

__all__ = ["Caller", "acts_for", "buys_for", "resources_of", "speaks_for"]

Caller = Request[Any, Any, Any]


def resources_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Resources:
    """For guards, middleware and the frame of pages, into which the framework injects nothing."""
    resources: Resources = connection.app.state.resources
    return resources


def acts_for(person: Principal, account: str | None) -> str:
    """The account a caller acts for: a viewer's own, of everybody else the one they name. Raises 403, 400."""
    return _confined(person, Role.viewer, account, "account")


def speaks_for(person: Principal, creator: str | None) -> str:
    """The creator a caller asks about: a creator's own, of everybody else the one they name."""
    return _confined(person, Role.creator, creator, "creator")


def buys_for(person: Principal, buyer: str | None) -> str:
    """The buyer whose wallet a caller uses: a buyer's own, of everybody else the one they name."""
    return _confined(person, Role.buyer, buyer, "buyer")


def _confined(person: Principal, role: Role, named: str | None, what: str) -> str:
    if person.role is role:
        if named not in (None, "", person.subject):
            raise ProblemDetailsException(f"the key belongs to another {what}", status_code=403)
        return person.subject
    if not named:
        raise ProblemDetailsException(f"name the {what}", status_code=400)
    return named
