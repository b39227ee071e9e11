"""Idempotency keys: a repeated request with the same key gets the first answer, without a second effect.

The key is noted before anything is done, and its answer in the transaction that does it: where a crash or a
cut connection came between, the key says whether it was done, and a repeat is answered with it or does it
now. A deed of several transactions (a redemption) is found again by an id that is made of the key. As in the
draft `draft-ietf-httpapi-idempotency-key-header`: the same key with another body is refused (422).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Protocol, runtime_checkable

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import HeaderParameter
from litestar.plugins.problem_details import ProblemDetailsException
from sqlalchemy import Connection

from zhenzan.service.dependencies import Caller, acts_for
from zhenzan.service.tables import REQUESTS
from zhenzan.store import Database, StoreError
from zhenzan.times import DAY_US, now_us

__all__ = ["IdempotencyKey", "Noting", "Once"]

RETENTION_DAYS = 7
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key", min_length=1, max_length=100,
        description="A request that is sent again with its key is not done again.",
    ),
]  # fmt: skip

Noting = Callable[[Connection, object], object]
"""Writes the answer of a request in the transaction that does what it asks for."""

log = logging.getLogger("zhenzan.service")
_encode = msgspec.json.Encoder().encode
_under_way: set[str] = set()
_marking = threading.Lock()


@runtime_checkable
class _OfAccount(Protocol):
    """A body of a request that concerns an account."""

    account: str | None


@dataclass(frozen=True)
class Once:
    """A request that takes effect for an account once, by its idempotency key."""

    request: Caller
    database: Database
    key: str | None

    @property
    def callers_key(self) -> str:
        """The key as no other caller's, "" without one; deeds of several transactions are found by it."""
        return f"{self.request.user.key}/{self.key}" if self.key else ""

    async def __call__(
        self, body: object, act: Callable[[str, Noting], Any], whose: str | None = None
    ) -> Response[Any]:
        """Do it in a thread, or give the answer that this key had before. `act` is given the account that the
        caller acts for (`whose`, else by the body), and what it may call, once, in the transaction that does
        it, with what it gives.
        """
        if whose is None:
            assert isinstance(body, _OfAccount), "the body names the account"
            whose = acts_for(self.request.user, body.account)
        return await asyncio.to_thread(self._answer, body, partial(act, whose))

    def _answer(self, body: object, act: Callable[[Noting], Any]) -> Response[Any]:
        handler = self.request.route_handler
        assert isinstance(handler, HTTPRouteHandler)
        status = handler.status_code
        if self.key is None:
            return _response(_encode(act(lambda connection, answer: None)), status)
        id = hashlib.sha256(f"{self.request.user.key}\0{self.key}".encode()).hexdigest()
        called = f"{self.request.method} {self.request.url.path}\0".encode() + _encode(body)
        return _answered(_Request(self.database, id, hashlib.sha256(called).hexdigest(), status), act)


class _AnsweredError(Exception):
    """A deed was about to be done that is done already; it was left undone."""


@dataclass(frozen=True)
class _Request:
    """A request by the id that its caller's key makes; `digest` tells what it asks for."""

    database: Database
    id: str
    digest: str
    status: int

    def answer(self) -> tuple[str, int, str] | None:
        """The digest, status and answer that the key stands for, None where nobody noted it."""
        rows = self.database.fetch("SELECT digest, status, answer FROM requests WHERE id = ?", (self.id,))
        return tuple(rows[0]) if rows else None

    def begin(self) -> bool:
        """Note the key; gives whether it is new."""
        now = now_us()
        with self.database.write() as connection:
            old = now - RETENTION_DAYS * DAY_US
            mark = self.database.mark
            connection.exec_driver_sql(f"DELETE FROM requests WHERE made_at < {mark}", (old,))
            row = (self.id, self.digest, 0, "", now)
            return self.database.insert_missing(connection, REQUESTS, [row]) == 1

    def note(self, connection: Connection, answer: object) -> None:
        """Write the answer, unless the key has one: then what the transaction does was done before."""
        mark = self.database.mark
        answered = connection.exec_driver_sql(
            f"UPDATE requests SET status = {mark}, answer = {mark} WHERE id = {mark} AND status = 0",
            (self.status, _encode(answer).decode(), self.id),
        )
        if answered.rowcount != 1:
            raise _AnsweredError

    def free(self) -> None:
        """Forget the key unless it has an answer: nothing was done, it may be tried again."""
        mark = self.database.mark
        try:
            with self.database.write() as connection:
                connection.exec_driver_sql(
                    f"DELETE FROM requests WHERE id = {mark} AND status = 0", (self.id,)
                )
        except StoreError as error:  # it is tried again all the same: nobody has it under way
            log.warning("a key is not forgotten just now: %s", error)


def _answered(pending: _Request, act: Callable[[Noting], Any]) -> Response[Any]:
    with _exclusive(pending.id):
        if not pending.begin() and (before := _replay(pending)) is not None:
            return before
        try:
            answer = act(pending.note)
        except BaseException as error:
            if isinstance(error, _AnsweredError) and (before := _replay(pending)) is not None:
                return before
            pending.free()
            raise
        _note_late(pending, answer)
        return _response(_encode(answer), pending.status)


def _note_late(pending: _Request, answer: object) -> None:
    """Write the answer of what needed no transaction, or wrote its own."""
    stored = pending.answer()
    if stored is not None and not stored[1]:
        with pending.database.write() as connection:
            pending.note(connection, answer)


@contextmanager
def _exclusive(id: str) -> Iterator[None]:
    """While a request is being done. Raises 409 where the same one is."""
    with _marking:
        if id in _under_way:
            raise ProblemDetailsException(
                "a request with this Idempotency-Key is in progress; send it again in a moment",
                status_code=409,
            )
        _under_way.add(id)
    try:
        yield
    finally:
        _under_way.discard(id)


def _replay(pending: _Request) -> Response[Any] | None:
    """The answer of before, None where there is none: it was broken off before anything was done."""
    digest, status, answer = pending.answer() or (pending.digest, 0, "")
    if digest != pending.digest:
        raise ProblemDetailsException("this Idempotency-Key was used for another request", status_code=422)
    return _response(answer.encode(), status, {"Idempotency-Replayed": "true"}) if status else None


def _response(answer: bytes, status: int, headers: dict[str, str] | None = None) -> Response[Any]:
    return Response(answer, status_code=status, media_type="application/json", headers=headers)
