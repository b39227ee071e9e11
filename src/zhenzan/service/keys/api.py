"""API of API keys: list, create, revoke; each change is an audit event."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from msgspec import Meta

from zhenzan.service.answers.operations import Keys, MadeKey
from zhenzan.service.api_keys import NAME_MAX, SUBJECT_MAX, ApiKey, ApiKeys, Role
from zhenzan.service.audit import Audit
from zhenzan.service.dependencies import Caller
from zhenzan.service.list_parameters import Cursor, Limit
from zhenzan.service.listing import KeysQuery
from zhenzan.service.results import paged
from zhenzan.service.route_declaration import OPERATORS, Routes

__all__ = ["KEYS", "NewKey", "made_key", "matching_keys", "revoked_key"]

api = Routes("people")


class NewKey(msgspec.Struct):
    """`subject`: the creator or account that a creator's or viewer's key is confined to."""

    role: Role
    name: Annotated[str, Meta(max_length=NAME_MAX, description="What it is for, for the list.")] = ""
    subject: Annotated[str, Meta(max_length=SUBJECT_MAX, description="Whom it is confined to.")] = ""


def made_key(api_keys: ApiKeys, audit: Audit, who: str, new: NewKey) -> str:
    """A new key, with the deed noted that `who` made it. Raises AccessError."""
    about = f" of {new.subject}" if new.subject else ""
    return api_keys.create(
        new.name,
        new.role,
        new.subject,
        noting=lambda id, writes: audit.note(who, f"makes key {id} for {new.role}{about}", also=writes),
    )


def revoked_key(api_keys: ApiKeys, audit: Audit, who: str, key: str) -> None:
    """Revoke the key of this id, with the deed noted. Raises AccessError where there is none."""
    api_keys.revoke(key, noting=lambda id, writes: audit.note(who, f"revokes key {id}", also=writes))


def matching_keys(
    api_keys: ApiKeys, list_query: KeysQuery, limit: int, cursor: str | None
) -> tuple[list[ApiKey], str | None]:
    """A page of the keys that are asked for, and the cursor of the next. Raises InputError."""
    narrowed = list_query.filter()
    return paged(lambda limit, offset: api_keys.selected(narrowed, limit, offset), limit, cursor)


@api.get("/v1/keys", OPERATORS, "API keys", Keys, query=KeysQuery)
async def keys(
    api_keys: NamedDependency[ApiKeys],
    list_query: NamedDependency[KeysQuery],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The API keys without their secrets; valid ones first, the newest of them first."""
    rows, after = await asyncio.to_thread(matching_keys, api_keys, list_query, limit, cursor)
    return {"keys": rows, "next": after}


@api.post("/v1/keys", OPERATORS, "Create an API key", MadeKey, status=201)
async def make_key(
    request: Caller, api_keys: NamedDependency[ApiKeys], audit: NamedDependency[Audit], data: JSONBody[NewKey]
) -> dict[str, str]:
    """Create an API key, which is in the answer and never shown again."""
    return {"key": await asyncio.to_thread(made_key, api_keys, audit, request.user.key, data)}


@api.delete("/v1/keys/{key:str}", OPERATORS, "Revoke an API key")
async def revoke_key(
    request: Caller,
    api_keys: NamedDependency[ApiKeys],
    audit: NamedDependency[Audit],
    key: Annotated[str, PathParameter(description="Id of a key.", max_length=40)],
) -> None:
    """Revoke an API key at once."""
    await asyncio.to_thread(revoked_key, api_keys, audit, request.user.key, key)


KEYS = (keys, make_key, revoke_key)
