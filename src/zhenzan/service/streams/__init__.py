"""Interactions from a broker, beside those over HTTP: durable before they are acknowledged, kept once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Protocol

from zhenzan.errors import ZhenzanError
from zhenzan.service.core import Core
from zhenzan.service.streams.nats import Nats
from zhenzan.service.streams.taking import Taking

__all__ = ["consuming"]

STOP_SECONDS = 30.0  # what is on its way to the disk is given up then


class Consumer(Protocol):
    """One broker's way to bring messages. `is_connected`: whether it is there, for monitors."""

    is_connected: bool

    def stop(self) -> None: ...

    async def run(self) -> None: ...


@contextlib.asynccontextmanager
async def consuming(core: Core, url: str) -> AsyncIterator[None]:
    """While this is open, the stream at `url` is consumed; nothing is where it is "". Raises ZhenzanError
    where the address is none, or the client is not installed.
    """
    if not url:
        yield
        return
    stream = core.stream = _opened(url, Taking(core))
    task = asyncio.create_task(stream.run())
    try:
        yield
    finally:
        stream.stop()
        done, _ = await asyncio.wait({task}, timeout=STOP_SECONDS)
        if not done:
            task.cancel()
            await asyncio.wait({task})


def _opened(url: str, taking: Taking) -> Nats:
    """The address may hold a password, so it is not repeated."""
    if url.partition("://")[0] not in ("nats", "tls"):
        raise ZhenzanError("--stream reads nats://HOST:PORT or tls://HOST:PORT, not what was given")
    return Nats(url, taking)
