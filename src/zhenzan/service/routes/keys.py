"""API keys over the API: list, make, revoke; each is a deed in the audit."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter

from zhenzan.service.access import needs
from zhenzan.service.callers import Caller, core_of
from zhenzan.service.core import Core
from zhenzan.service.people import ApiKey, Role

__all__ = ["KEYS", "NewKey", "made_key", "revoked_key"]

OPERATORS = [needs()]


class NewKey(msgspec.Struct):
    """`subject`: the creator or account that a creator's or viewer's key is confined to."""

    role: Role
    name: str = ""
    subject: str = ""


def made_key(core: Core, who: str, new: NewKey) -> str:
    """A new key, with the deed noted that `who` made it. Raises AccessError."""
    key = core.people.create(new.name, new.role, new.subject)
    about = f" of {new.subject}" if new.subject else ""
    core.audit.note(who, f"makes key {key.split('_')[1]} for {new.role}{about}")
    return key


def revoked_key(core: Core, who: str, key: str) -> None:
    """Revoke the key of this id, with the deed noted. Raises AccessError where there is none."""
    core.people.revoke(key)
    core.audit.note(who, f"revokes key {key}")


@get("/v1/keys", guards=OPERATORS, tags=["people"], summary="All keys")
async def keys(request: Caller) -> dict[str, list[ApiKey]]:
    """Without their secrets, the oldest first."""
    return {"keys": await asyncio.to_thread(core_of(request).people.listed)}


@post("/v1/keys", guards=OPERATORS, status_code=201, tags=["people"], summary="Make a key")
async def make_key(request: Caller, data: JSONBody[NewKey]) -> dict[str, str]:
    """The key is in the answer and never shown again."""
    return {"key": await asyncio.to_thread(made_key, core_of(request), request.user.key, data)}


@delete("/v1/keys/{key:str}", guards=OPERATORS, status_code=204, tags=["people"], summary="Revoke a key")
async def revoke_key(
    request: Caller, key: Annotated[str, PathParameter(description="Id of a key.", max_length=40)]
) -> None:
    """It opens nothing from now on."""
    await asyncio.to_thread(revoked_key, core_of(request), request.user.key, key)


KEYS = (keys, make_key, revoke_key)
