"""API of signing keys of platforms: register a public key, list, revoke."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from msgspec import Meta

from zhenzan.service.audit import Audit
from zhenzan.service.dependencies import Caller
from zhenzan.service.route_declaration import OPERATORS, Routes
from zhenzan.service.viewer_tokens import SigningKey, ViewerTokens

__all__ = ["SIGNING_KEYS"]

api = Routes("people")
Id = Annotated[str, PathParameter(description="Its id.", max_length=40)]
PEM = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA…\n-----END PUBLIC KEY-----\n"


class NewSigningKey(msgspec.Struct):
    """A public key of Ed25519, whose private key stays with the platform."""

    public: Annotated[str, Meta(max_length=1_000, description="The public key, as PEM.", examples=[PEM])]
    origins: Annotated[
        list[Annotated[str, Meta(max_length=300)]],
        Meta(
            min_length=1,
            max_length=20,
            description="Whose pages tokens may be for.",
            examples=[["https://shop.example"]],
        ),
    ]


class MadeSigningKey(msgspec.Struct):
    """The `kid` of the tokens that it signs."""

    id: Annotated[str, Meta(examples=["zs_0f6c1d5b2a9e"])]


class SigningKeys(msgspec.Struct):
    """All signing keys, the oldest first."""

    signing_keys: list[SigningKey]


@api.get("/v1/signing-keys", OPERATORS, "Signing keys of platforms")
async def signing_keys(viewer_tokens: NamedDependency[ViewerTokens]) -> SigningKeys:
    """All signing keys: public keys, and the origins that their tokens may be for; those that were revoked
    too.
    """
    return SigningKeys(await asyncio.to_thread(viewer_tokens.listed))


@api.post("/v1/keys/{key:str}/signing-keys", OPERATORS, "Register a signing key", status=201)
async def register(
    request: Caller,
    viewer_tokens: NamedDependency[ViewerTokens],
    audit: NamedDependency[Audit],
    key: Id,
    data: JSONBody[NewSigningKey],
) -> MadeSigningKey:
    """Register a public key for a platform's API key, by its id: from now on the platform signs tokens for
    its viewers itself.
    """
    who = request.user.key
    id = await asyncio.to_thread(
        viewer_tokens.register,
        key,
        data.public,
        data.origins,
        noting=lambda id, writes: audit.note(who, f"makes signing key {id} of {key}", also=writes),
    )
    return MadeSigningKey(id)


@api.delete("/v1/signing-keys/{id:str}", OPERATORS, "Revoke a signing key")
async def revoke(
    request: Caller, viewer_tokens: NamedDependency[ViewerTokens], audit: NamedDependency[Audit], id: Id
) -> None:
    """Revoke a signing key: its tokens are refused from now on."""
    who = request.user.key
    await asyncio.to_thread(
        viewer_tokens.revoke,
        id,
        noting=lambda id, writes: audit.note(who, f"revokes signing key {id}", also=writes),
    )


SIGNING_KEYS = (signing_keys, register, revoke)
