"""API keys: a role each, stored as hashes, revocable at once.

A key reads `zz_ID_SECRET`. The secret has 256 random bits, so a plain SHA-256 of it is enough: there is
nothing to guess.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from sqlalchemy import Connection

from zhenzan.deprecation import renamed_attributes
from zhenzan.errors import NotThereError, ZhenzanError
from zhenzan.service.audit import Noting, write_noted
from zhenzan.service.listing import Filter
from zhenzan.service.tables import API_KEYS
from zhenzan.store import Database
from zhenzan.times import now_us

__all__ = [
    "NAME_MAX",
    "STAFF",
    "SUBJECT_MAX",
    "AccessError",
    "ApiKey",
    "ApiKeys",
    "Principal",
    "Role",
    "digest_of",
]

FRESH_SECONDS = 5.0  # how long a check is remembered; a revoked key lives that long in another process
KNOWN_MAX = 10_000
NAME_MAX, SUBJECT_MAX = 200, 1_024  # letters; an account id has up to 1,024 bytes


class AccessError(ZhenzanError):
    """Access is refused: there is no such key, or it was revoked."""


class NoSuchKeyError(AccessError, NotThereError):
    """There is no key of that id."""


class _RevokedError(Exception):
    """Somebody else revoked it first: no error."""


class Role(StrEnum):
    """The role of a key."""

    operator = "operator"  # everything
    analyst = "analyst"  # reads everything, decides cases
    platform = "platform"  # sends interactions, acts for viewers: the backend behind the like button
    creator = "creator"  # reads what concerns one creator
    viewer = "viewer"  # reads and uses what one account holds
    buyer = "buyer"  # orders promotion out of one wallet


CONFINED = (Role.creator, Role.viewer, Role.buyer)
STAFF = (Role.operator, Role.analyst)


@dataclass(frozen=True)
class Principal:
    """The caller: the key's id, its role, and the creator, account or buyer it is confined to."""

    key: str
    role: Role
    subject: str = ""


@dataclass(frozen=True)
class ApiKey:
    """A key as it is listed, without its secret. Times in µs since 1970; revoked_at 0: not revoked."""

    id: str
    name: str
    role: Role
    subject: str
    created_at: int
    revoked_at: int


@renamed_attributes(asked="selected")
class ApiKeys:
    """The keys of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, Principal]] = {}
        self._remembering, self._changes = threading.Lock(), 0
        self.forgets: list[Callable[[], None]] = [self._forget]  # called when a key is revoked

    def create(self, name: str, role: Role, subject: str = "", *, noting: Noting | None = None) -> str:
        """Make a key and return it; it is never shown again. Raises AccessError where a subject is missing or
        one too many, or a name is too long.
        """
        if len(name) > NAME_MAX or len(subject) > SUBJECT_MAX:
            raise AccessError(f"a key's name has at most {NAME_MAX} letters, its subject {SUBJECT_MAX}")
        if (role in CONFINED) != bool(subject):
            need = "needs a subject (--subject)" if role in CONFINED else "takes no subject"
            raise AccessError(
                f"a key of role {role} {need}: the creator, account or buyer that it is confined to"
            )
        id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        row = (id, name, role.value, subject, digest_of(secret), now_us(), 0)
        writes = partial(self._database.insert, table=API_KEYS, rows=[row])
        write_noted(self._database, id, writes, noting)
        return f"zz_{id}_{secret}"

    def check(self, key: str) -> Principal:
        """The principal of a key. Raises AccessError. Cost: one read every few seconds a key."""
        digest = digest_of(key)
        known = self._known.get(digest)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        _, id, secret = [*key.split("_", 2), "", ""][:3]
        changes = self._changes
        person = self.by_id(id, secret)
        with self._remembering:
            if changes == self._changes:  # else it may have been revoked since it was read
                if len(self._known) >= KNOWN_MAX:
                    self._known.clear()
                self._known[digest] = (time.monotonic() + FRESH_SECONDS, person)
        return person

    def by_id(self, id: str, secret: str | None = None) -> Principal:
        """The principal of the key with this id, and this secret if one is given. Raises AccessError where
        there is none, or it was revoked.
        """
        rows = self._database.fetch(
            "SELECT role, subject, digest FROM api_keys WHERE id = ? AND revoked_at = 0", (id,)
        )
        if not rows or (secret is not None and not hmac.compare_digest(rows[0][2], digest_of(secret))):
            raise AccessError("there is no such key, or it was revoked")
        return Principal(id, Role(rows[0][0]), rows[0][1])

    def revoke(self, id: str, *, noting: Noting | None = None) -> None:
        """Revoke a key at once; one that was revoked before stays as it is. Raises NoSuchKeyError."""
        text = "SELECT id, name, role, subject, digest, created_at, revoked_at FROM api_keys WHERE id = ?"
        rows = self._database.fetch(text, (id,))
        if not rows:
            raise NoSuchKeyError(f"there is no key {id!r}; `zhenzan keys list` shows them")
        *row, revoked_at = rows[0]

        def writes(connection: Connection) -> None:
            if not self._database.replace_if(connection, API_KEYS, (*row, now_us()), revoked_at=0):
                raise _RevokedError

        if not revoked_at:
            with suppress(_RevokedError):  # somebody else revoked it meanwhile: one audit event is enough
                write_noted(self._database, id, writes, noting)
        for forget in self.forgets:
            forget()

    def _forget(self) -> None:
        with self._remembering:
            self._changes += 1
            self._known.clear()

    def listed(self) -> list[ApiKey]:
        """All keys, the oldest first."""
        return self._listed("1 = 1 ORDER BY created_at, id")

    def selected(self, narrowed: Filter, limit: int, offset: int = 0) -> list[ApiKey]:
        """The keys that match a filter."""
        where = " AND ".join(narrowed.conditions) or "1 = 1"
        text = f"{where} ORDER BY {narrowed.order or 'created_at, id'} LIMIT ? OFFSET ?"
        return self._listed(text, *narrowed.values, limit, offset)

    def _listed(self, where: str, *values: object) -> list[ApiKey]:
        text = f"SELECT id, name, role, subject, created_at, revoked_at FROM api_keys WHERE {where}"
        rows = self._database.fetch(text, values)
        return [ApiKey(row[0], row[1], Role(row[2]), *row[3:]) for row in rows]


def digest_of(secret: str) -> str:
    """The hash of a random secret, which is stored in its place."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
