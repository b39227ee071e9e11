"""Viewer tokens: a platform lets the browser of one of its accounts call us, for minutes, without asking us.

A token is a JWT (RFC 7519) signed with Ed25519 (`EdDSA`). The platform keeps the private key; we keep the
public one, registered for its API key, and so can forge no token. The header's `kid` names the signing key;
the claims are `aud` (always "zhenzan"), `sub` (the account), `origin` (whose pages may use it), `iat` and
`exp`, ten minutes apart at most. Revoking the signing key, or the platform's API key, revokes its tokens.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from sqlalchemy import Connection

from zhenzan.errors import ConflictError, NotThereError
from zhenzan.service.api_keys import SUBJECT_MAX, AccessError, ApiKeys, Principal, Role
from zhenzan.service.audit import Noting, write_noted
from zhenzan.service.owned import lists_of
from zhenzan.service.tables import SIGNING_KEY_ORIGINS, SIGNING_KEYS
from zhenzan.store import Database
from zhenzan.times import now_us

__all__ = ["AUDIENCE", "SigningKey", "ViewerTokens", "looks_like_token", "new_signing_key", "sign_token"]

AUDIENCE, ALGORITHM = "zhenzan", "EdDSA"
LIFE_SECONDS_MAX = 600
LEEWAY_SECONDS = 30  # that the clocks of the platform and ours may differ
TOKEN_MAX = 4_096  # letters
ORIGINS_MAX = 20
FRESH_SECONDS = 5.0  # how long a registered key is remembered; a revoked one lives that long
KNOWN_MAX = 1_000
_ORIGIN = re.compile(r"https?://[^/\s]{1,255}")
_ID = re.compile(r"zs_[0-9a-f]{12}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class _Claims(msgspec.Struct):
    """What a token says."""

    sub: str
    origin: str
    iat: int
    exp: int


class NoSuchSigningKeyError(AccessError, NotThereError):
    """There is no signing key of that id."""


@dataclass(frozen=True)
class SigningKey:
    """A platform's public key. `key`: the platform's API key; `origins`: whose pages its tokens may be for;
    times in µs since 1970, revoked_at 0: not revoked.
    """

    id: str
    key: str
    public: str
    origins: tuple[str, ...]
    created_at: int
    revoked_at: int


def new_signing_key() -> tuple[str, str]:
    """A new pair, private and public, as PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def sign_token(private: str, id: str, account: str, origin: str, seconds: int = 300) -> str:
    """A token as a platform makes it, with the private key (PEM) of the signing key `id`. Raises AccessError
    where the key is none.
    """
    try:
        key = load_pem_private_key(private.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise AccessError(f"the private key is no PEM: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise AccessError("the private key is not of Ed25519")
    now = int(time.time())
    claims = {"aud": AUDIENCE, "sub": account, "origin": origin, "iat": now, "exp": now + seconds}
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": id})


def looks_like_token(bearer: str) -> bool:
    """Whether it may be a token, rather than an API key."""
    return bearer.count(".") == 2 and not bearer.startswith("zz_")


class ViewerTokens:
    """The signing keys of one database, and the tokens that they sign."""

    def __init__(self, database: Database, api_keys: ApiKeys) -> None:
        self._database, self._api_keys = database, api_keys
        self._known: dict[str, tuple[float, SigningKey, Ed25519PublicKey]] = {}
        api_keys.forgets.append(self._known.clear)

    def register(self, key: str, public: str, origins: Sequence[str], *, noting: Noting | None = None) -> str:
        """Register a public key (PEM) for a platform's API key, by its id; its own id. Raises AccessError."""
        if self._api_keys.by_id(key).role is not Role.platform:
            raise AccessError(f"key {key!r} is not of the role platform, which alone signs for viewers")
        _public_key(public)
        wrong = [origin for origin in origins if not _ORIGIN.fullmatch(origin)]
        if wrong or not 0 < len(origins) <= ORIGINS_MAX:
            named = f": {wrong[0]!r} is none" if wrong else ""
            raise AccessError(f"name 1 to {ORIGINS_MAX} origins, as https://HOST[:PORT]{named}")
        id = f"zs_{secrets.token_hex(6)}"
        row = (id, key, public, now_us(), 0)

        def writes(connection: Connection) -> None:
            self._database.insert(connection, SIGNING_KEYS, [row])
            rows = [(id, seq, origin) for seq, origin in enumerate(origins)]
            self._database.insert(connection, SIGNING_KEY_ORIGINS, rows)

        write_noted(self._database, id, writes, noting)
        return id

    def revoke(self, id: str, *, noting: Noting | None = None) -> None:
        """From now on its tokens open nothing. Raises NoSuchSigningKeyError."""
        signing_key = self._find(id)
        if not signing_key.revoked_at:
            row = (signing_key.id, signing_key.key, signing_key.public, signing_key.created_at, now_us())

            def writes(connection: Connection) -> None:
                if not self._database.replace_if(connection, SIGNING_KEYS, row, revoked_at=0):
                    raise ConflictError(f"signing key {id!r} was revoked meanwhile")

            write_noted(self._database, id, writes, noting)
        self._known.clear()

    def listed(self) -> list[SigningKey]:
        """All signing keys, the oldest first."""
        return self._where("1 = 1")

    def check(self, token: str, origin: str | None) -> Principal:
        """The viewer that a token is for. `origin`: of the page that sent it, as its browser says; None where
        no browser did. Raises AccessError. Cost: a signature, and two reads every few seconds a key.
        """
        if len(token) > TOKEN_MAX:
            raise AccessError("the token is too long")
        try:
            signing_key, public = self._standing(str(jwt.get_unverified_header(token).get("kid", "")))
            payload = jwt.decode(
                token, public, algorithms=[ALGORITHM], audience=AUDIENCE, leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "aud"], "strict_aud": True},
            )  # fmt: skip
            claims = msgspec.convert(payload, _Claims)
        except (jwt.PyJWTError, ValueError, ArithmeticError, RecursionError) as error:
            raise AccessError(f"the token opens nothing: {error}") from None
        _check_claims(claims, signing_key, origin)
        return Principal(f"{signing_key.key}/{claims.sub}", Role.viewer, claims.sub)

    def _standing(self, id: str) -> tuple[SigningKey, Ed25519PublicKey]:
        """A signing key that stands, as does its platform's API key. Raises AccessError."""
        known = self._known.get(id)
        if known is None or known[0] <= time.monotonic():
            signing_key = self._find(id)
            if signing_key.revoked_at or self._api_keys.by_id(signing_key.key).role is not Role.platform:
                raise AccessError("the signing key was revoked")
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            known = (time.monotonic() + FRESH_SECONDS, signing_key, _public_key(signing_key.public))
            self._known[id] = known
        return known[1:]

    def _find(self, id: str) -> SigningKey:
        rows = self._where("id = ?", id) if _ID.fullmatch(id) else []
        if not rows:
            raise NoSuchSigningKeyError(f"there is no signing key {id[:40]!r}")
        return rows[0]

    def _where(self, condition: str, *values: object) -> list[SigningKey]:
        text = f"""SELECT id, "key", public, created_at, revoked_at FROM signing_keys
            WHERE {condition} ORDER BY created_at, id"""
        rows = self._database.fetch(text, values)
        text = "SELECT signing_key, seq, origin FROM signing_key_origins WHERE signing_key IN"
        origins = lists_of(self._database, text, [id for id, *_ in rows])
        return [SigningKey(id, key, public, origins[id], *times) for id, key, public, *times in rows]


def _check_claims(claims: _Claims, key: SigningKey, origin: str | None) -> None:
    """Raise AccessError where a token lives too long, is for other pages, or for no account."""
    if not 0 < claims.exp - claims.iat <= LIFE_SECONDS_MAX:
        raise AccessError(f"a token lives {LIFE_SECONDS_MAX} seconds at most, from iat to exp")
    if claims.origin not in key.origins:
        raise AccessError("the token's origin is none of those of its signing key")
    if origin is not None and origin != claims.origin:
        raise AccessError("the token is for pages of another origin")
    if not 0 < len(claims.sub) <= SUBJECT_MAX or _CONTROL.search(claims.sub):
        raise AccessError("the token names no account")


def _public_key(pem: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise AccessError(f"the public key is no PEM: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise AccessError("the public key is not of Ed25519")
    return key
