"""The page of API keys, for operators: who may call; make a key, which is shown once; revoke one."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Response
from litestar.di import NamedDependency

from zhenzan.service.api_keys import AccessError, ApiKeys, Role
from zhenzan.service.audit import Audit
from zhenzan.service.dependencies import Caller
from zhenzan.service.keys.api import NewKey, made_key, matching_keys, revoked_key
from zhenzan.service.listing import KeysQuery
from zhenzan.service.pages.base import OPERATORS, Form, done, get_page, member_of, page, post_form
from zhenzan.service.pages.list_form import listing

__all__ = ["KEYS"]

PAGE_ROWS = 50


@get_page("/keys", OPERATORS, menu="keys")
async def keys_page(request: Caller, api_keys: NamedDependency[ApiKeys]) -> Response[Any]:
    """All keys without their secrets; with `revoke` the question whether one should go."""
    if "revoke" not in request.query_params:
        return await _shown(request, api_keys)
    id = request.query_params["revoke"]
    listed = await asyncio.to_thread(api_keys.listed)
    matching = [key for key in listed if key.id == id and not key.revoked_at]
    if not matching:
        return page(request, "message.html.jinja", status=404, here="keys", word="no_key")
    return page(
        request,
        "revoke.html.jinja",
        here="keys",
        key=matching[0],
        own=matching[0].id == member_of(request).key,
    )


@post_form("/keys", OPERATORS)
async def change(
    request: Caller, api_keys: NamedDependency[ApiKeys], audit: NamedDependency[Audit], data: Form
) -> Response[Any]:
    """Make a key or revoke one."""
    who = member_of(request).key
    if data.get("do") == "revoke":
        try:
            await asyncio.to_thread(revoked_key, api_keys, audit, who, data.get("key", ""))
        except AccessError as error:
            return done("/keys", str(error))
        return done("/keys")
    try:
        key = await asyncio.to_thread(made_key, api_keys, audit, who, _new(data))
    except AccessError as error:
        return await _shown(request, api_keys, fields=data, wrong=str(error))
    return await _shown(request, api_keys, secret=key)


def _new(form: dict[str, str]) -> NewKey:
    role = form.get("role", "")
    if role not in list(Role):
        raise AccessError(f"there is no role {role[:40]!r}; roles are {', '.join(Role)}")
    return NewKey(Role(role), form.get("name", "").strip(), form.get("subject", "").strip())


async def _shown(
    request: Caller,
    api_keys: ApiKeys,
    *,
    secret: str = "",
    fields: dict[str, str] | None = None,
    wrong: str = "",
) -> Response[Any]:
    listed = await listing(
        request, KeysQuery, lambda list_query, cursor: matching_keys(api_keys, list_query, PAGE_ROWS, cursor)
    )
    return page(
        request, "keys.html.jinja", status=400 if wrong else listed.status, here="keys", list=listed,
        roles=list(Role), made=secret, given=fields or {}, wrong=wrong, own=member_of(request).key,
    )  # fmt: skip


KEYS = (keys_page, change)
