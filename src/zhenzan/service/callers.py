"""What a route asks about its caller: for whom they act, and whether there is a catalogue to act on."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.plugins.problem_details import ProblemDetailsException

from zhenzan.service.core import Core, Counter
from zhenzan.service.people import Person, Role

__all__ = ["Caller", "acts_for", "cash_of", "core_of", "counter_of", "speaks_for"]

Caller = Request[Any, Any, Any]


def core_of(request: Caller) -> Core:
    core: Core = request.app.state.core
    return core


def counter_of(request: Caller) -> Counter:
    """What the catalogue offers. Raises 409 where the service runs without one."""
    counter = core_of(request).counter
    if counter is None:
        raise ProblemDetailsException(
            "this service has no catalogue; start it with --catalogue", status_code=409
        )
    return counter


def cash_of(request: Caller) -> str:
    """The asset of the market's cash, "" where there is none."""
    counter = core_of(request).counter
    cash = None if counter is None else counter.catalogue.market.cash
    return "" if cash is None else cash.id


def acts_for(person: Person, account: str | None) -> str:
    """The account a caller acts for: a viewer's own, of everybody else the one they name. Raises 403, 400."""
    return _confined(person, Role.viewer, account, "account")


def speaks_for(person: Person, creator: str | None) -> str:
    """The creator a caller asks about: a creator's own, of everybody else the one they name."""
    return _confined(person, Role.creator, creator, "creator")


def _confined(person: Person, role: Role, named: str | None, what: str) -> str:
    if person.role is role:
        if named not in (None, "", person.subject):
            raise ProblemDetailsException(f"the key is for another {what}", status_code=403)
        return person.subject
    if not named:
        raise ProblemDetailsException(f"name the {what}", status_code=400)
    return named
