"""Request ids: each answer carries the caller's `X-Request-ID`, or one that the service makes."""

from __future__ import annotations

import logging
import random
import re

from litestar.enums import ScopeType
from litestar.types import Message, Scope

__all__ = ["HEADER", "LOGGER", "request_id", "stamp_answer"]

HEADER = "X-Request-ID"
_HEADER = b"x-request-id"
_NO_SNIFFING, _NO_STORE = (b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")
LOGGER = "zhenzan.requests"
_SANE = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}", re.ASCII)  # no blanks, quotes or line ends: it is logged
_KEY = "zhenzan_request_id"

log = logging.getLogger(LOGGER)


def request_id(scope: Scope) -> str:
    """The id of this request: the caller's where it is short and plain, else a random one."""
    state = scope.setdefault("state", {})
    if _KEY not in state:
        values = (value for name, value in scope["headers"] if name == _HEADER)
        header = next(values, b"").decode("latin-1").strip(" \t")
        state[_KEY] = header if _SANE.fullmatch(header) else f"{random.getrandbits(64):016x}"
    known_id: str = state[_KEY]
    return known_id


async def stamp_answer(message: Message, scope: Scope) -> None:
    """Put the id on every answer, and keep the API's answers out of caches; write the request to the log."""
    if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
        return
    id, headers = request_id(scope), message.setdefault("headers", [])
    stamped = [(_HEADER, id.encode("latin-1")), _NO_SNIFFING]
    if scope["path"].startswith("/v1/"):
        stamped.append(_NO_STORE)
    present = {name.lower() for name, _ in headers}
    message["headers"] = [*headers, *(pair for pair in stamped if pair[0] not in present)]
    if log.isEnabledFor(logging.INFO):
        named = {"method": scope.get("method"), "path": scope["path"], "status": message["status"]}
        log.info("%s %s %s (request %s)", *named.values(), id, extra=named | {"request_id": id})
