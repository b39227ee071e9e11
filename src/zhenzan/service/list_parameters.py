"""Query parameters of lists: a record's fields as documented parameters of a route."""

from __future__ import annotations

import inspect
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

from litestar.di import Provide
from litestar.params import QueryParameter
from msgspec.structs import fields

from zhenzan.service.listing import ListQuery, list_query_of
from zhenzan.service.results import LIMIT_MAX

__all__ = ["Cursor", "Limit", "Page", "from_query"]

Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="Rows of a page.")]
Cursor = Annotated[str | None, QueryParameter(description="`next` of the page before.", max_length=64)]


class Page(NamedTuple):
    """Pagination: which part of a list is asked for."""

    limit: int
    cursor: str | None


def from_query(kind: type[ListQuery]) -> Provide:
    """A dependency that gives such a record; what does not fit is answered with 400."""

    def read(**fields: Any) -> ListQuery:
        return list_query_of(kind, fields)

    hints = get_type_hints(kind, include_extras=True)
    types = {field.name: _parameter(hints[field.name]) for field in fields(kind)}
    read.__annotations__ = {**types, "return": kind}
    read.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=types[field.name],
            )
            for field in fields(kind)
        ],
        return_annotation=kind,
    )
    return Provide(read, sync_to_thread=False)


def _parameter(hint: Any) -> Any:
    """The type, with what its Meta says as the framework wants to hear it."""
    plain, meta = get_args(hint)
    limits = {name: getattr(meta, name) for name in ("ge", "le", "max_length")}
    about = QueryParameter(description=meta.description, **limits)
    return Annotated[plain, about]
