"""Forms that filter and sort a list: the query, the form's fields, links that keep the query."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlencode

from msgspec.structs import asdict, fields

from zhenzan.errors import InputError
from zhenzan.service.dependencies import Caller
from zhenzan.service.listing import OneQuery, list_query_of

__all__ = ["Listing", "listing"]


@dataclass(frozen=True)
class Field:
    """A field of the form; `kind`: text, number, flag or choice, which has `choices`."""

    name: str
    kind: str
    value: Any
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Listing(Generic[OneQuery]):
    """A page of a list. `wrong`: why what was asked cannot be answered; `after`: the next page's cursor."""

    path: str
    query: OneQuery
    wrong: str
    rows: list[Any]
    after: str | None
    is_later: bool

    @property
    def status(self) -> int:
        return 400 if self.wrong else 200

    @property
    def fields(self) -> list[Field]:
        """The form."""
        hints = get_type_hints(type(self.query))
        return [_field(name, hints[name], value) for name, value in asdict(self.query).items()]

    @property
    def kept(self) -> str:
        """What was asked, as a query."""
        return urlencode({name: "true" if value is True else value for name, value in self._defaults.items()})

    @property
    def is_narrowed(self) -> bool:
        """Whether there might be more rows had nothing been asked."""
        return self.is_later or bool(set(self._defaults) - {"sort"})

    @property
    def _defaults(self) -> dict[str, Any]:
        usual = {field.name: field.default for field in fields(self.query)}
        return {name: value for name, value in asdict(self.query).items() if value != usual[name]}


async def listing(
    request: Caller,
    kind: type[OneQuery],
    ask: Callable[[OneQuery, str | None], tuple[list[Any], str | None]],
) -> Listing[OneQuery]:
    """What `ask` gives, in a thread, for what the query asks and its cursor; a field that was left empty asks
    nothing.
    """
    query = request.query_params
    fields_given = {field.name: query[field.name] for field in fields(kind) if query.get(field.name)}
    cursor, list_query, wrong = query.get("cursor"), kind(), ""
    rows, after = list[Any](), None
    try:
        list_query = list_query_of(kind, fields_given)
        rows, after = await asyncio.to_thread(ask, list_query, cursor)
    except InputError as error:
        wrong = str(error)
    return Listing(request.url.path, list_query, wrong, rows, after, bool(cursor))


def _field(name: str, hint: Any, value: Any) -> Field:
    if get_origin(hint) is Literal:
        return Field(name, "choice", value, get_args(hint))
    return Field(name, {str: "text", bool: "flag"}.get(hint, "number"), value, ())
