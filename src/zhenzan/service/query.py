"""What is asked of a list, read from the query: each field is a documented parameter."""

from __future__ import annotations

import inspect
from typing import Annotated, Any, get_args, get_type_hints

from litestar.di import Provide
from litestar.params import QueryParameter
from msgspec.structs import fields

from zhenzan.service.lists import Asked, asked_of

__all__ = ["from_query"]


def from_query(kind: type[Asked]) -> Provide:
    """A dependency that gives such a record; what does not fit is answered with 400."""

    def read(**given: Any) -> Asked:
        return asked_of(kind, given)

    hints = get_type_hints(kind, include_extras=True)
    types = {each.name: _parameter(hints[each.name]) for each in fields(kind)}
    read.__annotations__ = {**types, "return": kind}
    read.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                each.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=each.default,
                annotation=types[each.name],
            )
            for each in fields(kind)
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
