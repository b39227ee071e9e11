"""Idempotency keys: a request that is sent again, with its key, gets the answer of the first time.

The key is noted before anything is done and its answer after; where a crash came between, the outcome is
unknown and a repeat is told so (409) rather than done twice. As in the draft
`draft-ietf-httpapi-idempotency-key-header`: the same key with another body is refused (422).
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.params import HeaderParameter
from litestar.plugins.problem_details import ProblemDetailsException

from zhenzan.errors import ZhenzanError
from zhenzan.service.callers import Caller, core_of
from zhenzan.store import REQUESTS, Database

__all__ = ["IdempotencyKey", "once"]

KEPT_DAYS = 7
DAY_US = 86_400_000_000
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key", min_length=1, max_length=100,
        description="A request that is sent again with its key is not done again.",
    ),
]  # fmt: skip

_encode = msgspec.json.Encoder().encode
_one = threading.Lock()


async def once(
    request: Caller, key: str | None, body: Any, act: Callable[[], Any], *, status: int = 200
) -> Response[Any]:
    """Do it in a thread, or give the answer that this key had before."""

    def answer() -> Response[Any]:
        if key is None:
            return _response(_encode(act()), status)
        return _kept(request, key, body, act, status)

    return await asyncio.to_thread(answer)


def _kept(request: Caller, key: str, body: Any, act: Callable[[], Any], status: int) -> Response[Any]:
    database = core_of(request).ledger.database
    id = hashlib.sha256(f"{request.user.key}\0{key}".encode()).hexdigest()
    digest = hashlib.sha256(f"{request.method} {request.url.path}\0".encode() + _encode(body)).hexdigest()
    with _one:
        rows = database.fetch("SELECT digest, status, answer FROM requests WHERE id = ?", (id,))
        if not rows:
            _note(database, id, digest, 0, "")
    if rows:
        return _again(digest, *rows[0])
    try:
        made = _encode(act())
    except ZhenzanError:
        _forget(database, id)  # nothing was done: it may be tried again
        raise
    _note(database, id, digest, status, made.decode())
    return _response(made, status)


def _again(digest: str, before: str, status: int, answer: str) -> Response[Any]:
    if digest != before:
        raise ProblemDetailsException("this Idempotency-Key was used for another request", status_code=422)
    if not status:
        raise ProblemDetailsException(
            "a request with this Idempotency-Key is being done, or was broken off: look what became of it",
            status_code=409,
        )
    return _response(answer.encode(), status, {"Idempotency-Replayed": "true"})


def _response(answer: bytes, status: int, headers: dict[str, str] | None = None) -> Response[Any]:
    return Response(answer, status_code=status, media_type="application/json", headers=headers)


def _note(database: Database, id: str, digest: str, status: int, answer: str) -> None:
    now = time.time_ns() // 1000
    with database.write() as connection:
        old = now - KEPT_DAYS * DAY_US
        connection.exec_driver_sql(f"DELETE FROM requests WHERE made_at < {database.mark}", (old,))
        database.put(connection, REQUESTS, [(id, digest, status, answer, now)])


def _forget(database: Database, id: str) -> None:
    with database.write() as connection:
        connection.exec_driver_sql(f"DELETE FROM requests WHERE id = {database.mark}", (id,))
