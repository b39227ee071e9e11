"""Rate limits of requests (platforms' backends and staff excepted), and of failed log-ins."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from litestar import Request
from litestar.middleware import DefineMiddleware
from litestar.middleware.rate_limit import RateLimitConfig, RateLimitMiddleware
from litestar.stores.memory import MemoryStore
from litestar.types import Receive, Scope, Send

from zhenzan.service.api_keys import Principal, Role

__all__ = ["RATE_STORE", "BoundedStore", "LogInAttempts", "address_of", "rate_limit"]

RATE_STORE = "rate_limit"
ENTRIES_MAX = 10_000  # callers that are remembered; a flood of addresses makes room by forgetting
UNLIMITED = (Role.operator, Role.analyst, Role.platform)  # few keys, in the hands of people one knows
FREE_TRIES = 5  # log-ins that may fail at once
WAIT_SECONDS, WAIT_SECONDS_MAX = 2.0, 60.0  # no longer: many people may share an address
KEY_WAIT_SECONDS_MAX = 30.0  # of a key that others guess at: its holder is not kept out for long


def rate_limit(per_minute: int) -> list[DefineMiddleware]:
    """The middleware, after the one that knows who calls; none where there is no limit."""
    if not per_minute:
        return []
    config = RateLimitConfig(
        rate_limit=("minute", per_minute),
        exclude=["^/health/", "^/metrics$", "^/static/"],
        identifier_for_request=_caller_of,
        store=RATE_STORE,
        middleware_class=_Limiting,
    )
    return [config.middleware]


def _caller_of(request: Request[Any, Any, Any]) -> str:
    """The key or token; without one, the address."""
    person: Principal | None = request.user
    return f"key {person.key}" if person is not None else f"address {address_of(request)}"


class _Limiting(RateLimitMiddleware):
    """Passes those by that are not limited before anything is made of their request: they send the most."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        person: Principal | None = scope.get("user")
        if person is not None and person.role in UNLIMITED:
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def address_of(request: Request[Any, Any, Any]) -> str:
    """The address that a request comes from: behind a trusted proxy, as that says."""
    return request.client.host if request.client else ""


class BoundedStore(MemoryStore):
    """The framework's memory store, of so many entries at most."""

    async def set(self, key: str, value: str | bytes, expires_in: int | timedelta | None = None) -> None:
        if len(self._store) >= ENTRIES_MAX and key not in self._store:
            await self.delete_expired()
            if len(self._store) >= ENTRIES_MAX:
                await self.delete_all()
        await super().set(key, value, expires_in)


class LogInAttempts:
    """Log-ins that failed, by address and by key: after a few each further one doubles the time to wait.

    Memory: an entry for each of the newest ten thousand addresses and keys. `clock`: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    def wait(self, address: str, key: str) -> float:
        """Seconds until this address may try this key; 0 where it may now."""
        with self._lock:
            now = self._clock()
            waits = (self._until(name, longest) - now for name, longest in _names(address, key))
            return max(0.0, *waits)

    def fail(self, address: str, key: str) -> None:
        """The key was wrong."""
        with self._lock:
            for name, _ in _names(address, key):
                count, _ = self._failed.pop(name, (0, 0.0))
                self._failed[name] = (count + 1, self._clock())
            while len(self._failed) > ENTRIES_MAX:
                self._failed.popitem(last=False)

    def succeed(self, address: str, key: str) -> None:
        """The key was right: what failed before is forgotten."""
        with self._lock:
            for name, _ in _names(address, key):
                self._failed.pop(name, None)

    def _until(self, name: tuple[str, str], longest: float) -> float:
        count, at = self._failed.get(name, (0, 0.0))
        if count < FREE_TRIES:
            return 0.0
        return at + min(WAIT_SECONDS * 2.0 ** min(count - FREE_TRIES, 20), longest)


def _names(address: str, key: str) -> tuple[tuple[tuple[str, str], float], ...]:
    """What is counted: the address, and the part of the key that is its id."""
    id = key.split("_", 2)[1][:40] if key.startswith("zz_") else ""
    by_address = (("address", address), WAIT_SECONDS_MAX)
    return (by_address, (("key", id), KEY_WAIT_SECONDS_MAX)) if id else (by_address,)
