"""API keys over the API: list, make, revoke; each is a deed in the audit."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter

from zhenzan.service.access import needs
from zhenzan.service.callers import Caller, core_of
from zhenzan.service.people import ApiKey, Role

__all__ = ["KEYS"]

OPERATORS = [needs()]


class NewKey(msgspec.Struct):
    """`subject`: the creator or account that a creator's or viewer's key is confined to."""

    role: Role
    name: str = ""
    subject: str = ""


@get("/v1/keys", guards=OPERATORS, tags=["people"], summary="All keys")
async def keys(request: Caller) -> dict[str, list[ApiKey]]:
    """Without their secrets, the oldest first."""
    return {"keys": await asyncio.to_thread(core_of(request).people.listed)}


@post("/v1/keys", guards=OPERATORS, status_code=201, tags=["people"], summary="Make a key")
async def make_key(request: Caller, data: JSONBody[NewKey]) -> dict[str, str]:
    """The key is in the answer and never shown again."""
    core = core_of(request)

    def make() -> str:
        key = core.people.create(data.name, data.role, data.subject)
        about = f" of {data.subject}" if data.subject else ""
        core.audit.note(request.user.key, f"makes key {key.split('_')[1]} for {data.role}{about}")
        return key

    return {"key": await asyncio.to_thread(make)}


@delete("/v1/keys/{key:str}", guards=OPERATORS, status_code=204, tags=["people"], summary="Revoke a key")
async def revoke_key(
    request: Caller, key: Annotated[str, PathParameter(description="Id of a key.", max_length=40)]
) -> None:
    """It opens nothing from now on."""
    core = core_of(request)

    def revoke() -> None:
        core.people.revoke(key)
        core.audit.note(request.user.key, f"revokes key {key}")

    await asyncio.to_thread(revoke)


KEYS = (keys, make_key, revoke_key)
