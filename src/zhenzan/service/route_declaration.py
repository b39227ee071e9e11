"""Route declarations of the API: path, roles, purpose and answer, in one line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler

from zhenzan.service.answers import answers
from zhenzan.service.api_keys import Role
from zhenzan.service.auth import needs
from zhenzan.service.list_parameters import from_query

__all__ = ["ANALYSTS", "EVERYBODY", "OPERATORS", "Routes"]

OPERATORS: tuple[Role, ...] = ()  # an operator may call everything
ANALYSTS = (Role.analyst,)
EVERYBODY = tuple(Role)

Roles = Sequence[Role]
Declare = Callable[[Callable[..., Any]], HTTPRouteHandler]


@dataclass(frozen=True)
class Routes:
    """Declares the calls under one heading (`tag`) of the API's document.

    `roles` may call, and operators; `answer` is the record of what is answered, where the return type does
    not say it; `query` is the record of what may be asked of a list (a `ListQuery`); other options are the
    framework's.
    """

    tag: str

    def get(
        self, path: str, roles: Roles, summary: str, answer: Any = None, *, query: Any = None, **options: Any
    ) -> Declare:
        """A call that reads."""
        if query is not None:
            options["dependencies"] = {"list_query": from_query(query)}
        return get(path, **self._about(roles, summary, answer, 200), **options)

    def post(
        self, path: str, roles: Roles, summary: str, answer: Any = None, *, status: int, **options: Any
    ) -> Declare:
        """A call that does something; `status`: 201 where it makes a thing, else 200."""
        return post(path, **self._about(roles, summary, answer, status), **options)

    def delete(
        self, path: str, roles: Roles, summary: str, answer: Any = None, *, status: int = 204
    ) -> Declare:
        """A call that ends something."""
        return delete(path, **self._about(roles, summary, answer, status))

    def _about(self, roles: Roles, summary: str, answer: Any, status: int) -> dict[str, Any]:
        return {
            "guards": [needs(*roles)],
            "tags": [self.tag],
            "summary": summary,
            "status_code": status,
            "responses": None if answer is None else answers(answer, status),
        }
