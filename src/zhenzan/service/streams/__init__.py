"""Streams: interactions from a broker (Kafka, NATS), durable before they are acknowledged, stored once."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from zhenzan.errors import ZhenzanError
from zhenzan.service.resources import Resources
from zhenzan.service.streams.clients import Clients
from zhenzan.service.streams.kafka import Kafka
from zhenzan.service.streams.message_handler import MessageHandler
from zhenzan.service.streams.nats import Nats, check_nats

__all__ = ["check_stream", "consuming"]

STOP_SECONDS = 30.0  # what is on its way to the disk is given up then


class Consumer(Protocol):
    """One broker's way to bring messages. For monitors: messages by what became of them (kept, dead, again),
    and whether the broker is there.
    """

    counts: Counter[str]
    is_connected: bool

    def stop(self) -> None: ...

    async def run(self) -> None: ...


@contextlib.asynccontextmanager
async def consuming(resources: Resources, url: str, properties: Path | None = None) -> AsyncIterator[None]:
    """While this is open, the stream at `url` is consumed; nothing is where it is "". `properties`: a file of
    them for Kafka's client. Raises ZhenzanError where one of them is none, or the client is not installed.
    """
    if not url and properties is None:
        yield
        return
    stream = resources.stream = _maker(url, properties)(MessageHandler(resources.ingest))
    task = asyncio.create_task(stream.run())
    try:
        yield
    finally:
        stream.stop()
        done, _ = await asyncio.wait({task}, timeout=STOP_SECONDS)
        if not done:
            task.cancel()
            await asyncio.wait({task})


def check_stream(url: str, properties: Path | None = None) -> None:
    """Raise ZhenzanError where `consuming` would, for what can be known without the broker."""
    if url or properties is not None:
        _maker(url, properties)


def _maker(url: str, properties: Path | None) -> Callable[[MessageHandler], Consumer]:
    """What makes the consumer. The address may hold a password, so it is not repeated."""
    scheme = url.partition("://")[0]
    if scheme == "kafka":
        return partial(Kafka, Clients(url, properties))
    if properties is not None:
        raise ZhenzanError("--stream-config is for Kafka: --stream kafka://HOST:PORT")
    if scheme in ("nats", "tls"):
        check_nats(url)
        return partial(Nats, url)
    raise ZhenzanError("--stream must be nats://HOST:PORT, tls://HOST:PORT or kafka://HOST:PORT[,HOST:PORT…]")
