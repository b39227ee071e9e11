"""Interactions from a NATS JetStream: each message is acknowledged once its rows are on disk.

A message that is delivered again changes nothing: its interactions have the same ids, given or made of what
they say. What cannot be read goes to a stream of its own, with the reason, and does not stop the others.
While the lake or the broker is away, messages wait in the stream. nats-py is used as it is: pulling,
acknowledging and reconnecting are all that is needed here, and must be ours to order.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from litestar.plugins.problem_details import ProblemDetailsException

from zhenzan.errors import InputError, LakeError, ZhenzanError
from zhenzan.interactions import read_message
from zhenzan.service.bodies import format_of
from zhenzan.service.core import Core
from zhenzan.service.intake import BusyError

__all__ = ["Stream", "consuming"]

STREAM, SUBJECT, DURABLE = "zhenzan", "zhenzan.interactions", "zhenzan-lake"
DEAD_STREAM, DEAD_SUBJECT = "zhenzan-dead", "zhenzan.dead"
AT_ONCE = 64  # messages on their way to the disk together
FETCH_SECONDS, ACK_SECONDS = 1.0, 60.0
AGAIN_SECONDS = 2.0  # after which a message that could not be kept is delivered again
BACK_SECONDS, BACK_SECONDS_MAX = 0.5, 10.0
REASON_MAX = 500

log = logging.getLogger("zhenzan.streams")


class Stream:
    """One consumer. `counts`: messages by what became of them (kept, dead, again); `is_connected`."""

    def __init__(self, url: str, core: Core) -> None:
        self._url, self._core = url, core
        self.counts: Counter[str] = Counter()
        self.is_connected = False
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Take no more; what is on its way is finished."""
        self._stop.set()

    async def run(self) -> None:
        """Consume until stopped; however often the broker goes, it is asked again."""
        import nats

        wait = BACK_SECONDS
        while not self._stop.is_set():
            try:
                connection = await nats.connect(
                    self._url, max_reconnect_attempts=0, allow_reconnect=False, connect_timeout=5,
                    error_cb=_quiet,
                )  # fmt: skip
                try:
                    wait = BACK_SECONDS
                    await self._consume(connection)
                finally:
                    self.is_connected = False
                    with contextlib.suppress(Exception):
                        await connection.close()
            except (nats.errors.Error, OSError, TimeoutError) as error:
                log.warning("the stream is away: %s", type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), wait)
                wait = min(wait * 2, BACK_SECONDS_MAX)

    async def _consume(self, connection: Any) -> None:
        import nats
        from nats.js.api import ConsumerConfig

        jetstream = connection.jetstream()
        for name, subject in ((STREAM, SUBJECT), (DEAD_STREAM, DEAD_SUBJECT)):
            try:
                await jetstream.stream_info(name)
            except nats.js.errors.NotFoundError:
                await jetstream.add_stream(name=name, subjects=[subject])
        config = ConsumerConfig(ack_wait=ACK_SECONDS, max_ack_pending=AT_ONCE * 4)
        messages = await jetstream.pull_subscribe(SUBJECT, durable=DURABLE, stream=STREAM, config=config)
        self.is_connected = True
        while not self._stop.is_set():
            try:
                some = await messages.fetch(AT_ONCE, timeout=FETCH_SECONDS)
            except TimeoutError:  # nothing there; or nobody
                if not connection.is_connected:
                    raise nats.errors.ConnectionClosedError from None
                continue
            await asyncio.gather(*(self._take(jetstream, message) for message in some))

    async def _take(self, jetstream: Any, message: Any) -> None:
        """Keep one message, then acknowledge it; or bury it; or let it come again."""
        headers = message.headers or {}
        kind = headers.get("Content-Type") or _guessed(message.data)
        try:
            rows = await asyncio.to_thread(read_message, message.data, format_of(kind), self._core.hashes)
        except (InputError, ProblemDetailsException) as error:
            await self._bury(jetstream, message, getattr(error, "detail", "") or str(error))
            return
        if len(rows.good):
            try:
                await self._core.intake.offer(rows)
            except (BusyError, LakeError, ZhenzanError) as error:
                log.info("a message waits: %s", error)
                self.counts["again"] += 1
                await message.nak(delay=AGAIN_SECONDS)
                return
        if rows.rejected:
            told = "; ".join(f"row {each.index}: {each.reason}" for each in rows.rejected)
            await self._bury(jetstream, message, told, kept=bool(len(rows.good)))
            return
        self.counts["kept"] += 1
        await message.ack()

    async def _bury(self, jetstream: Any, message: Any, reason: str, *, kept: bool = False) -> None:
        """Publish a message that cannot be read, whole or in part, with the reason; once, by its number."""
        number = message.metadata.sequence.stream
        plain = " ".join(reason.encode("ascii", "backslashreplace").decode().split())
        headers = {
            "Nats-Msg-Id": f"{STREAM}-{number}",
            "Zhenzan-Reason": plain[:REASON_MAX],
            "Zhenzan-Sequence": str(number),
        }
        await jetstream.publish(DEAD_SUBJECT, message.data, headers=headers, stream=DEAD_STREAM)
        self.counts["kept" if kept else "dead"] += 1
        await message.ack()


@contextlib.asynccontextmanager
async def consuming(core: Core, url: str) -> AsyncIterator[None]:
    """While this is open, the stream at `url` is consumed; nothing is where it is "". Raises ZhenzanError
    where the address is none, or the client is not installed.
    """
    if not url:
        yield
        return
    if urlsplit(url).scheme not in ("nats", "tls"):
        raise ZhenzanError(f"--stream reads nats://HOST:PORT, not {url[:80]!r}")
    try:
        import nats
    except ModuleNotFoundError:
        raise ZhenzanError(
            "--stream needs the package nats-py; run: pip install 'zhenzan[streams]'"
        ) from None
    assert nats
    stream = core.stream = Stream(url, core)
    task = asyncio.create_task(stream.run())
    try:
        yield
    finally:
        stream.stop()
        done, _ = await asyncio.wait({task}, timeout=ACK_SECONDS / 2)
        if not done:
            task.cancel()


def _guessed(body: bytes) -> str:
    return "application/json" if body.lstrip()[:1] == b"[" else "application/x-ndjson"


async def _quiet(error: Exception) -> None:
    """What the client would print to standard error."""
    log.info("the stream's client: %s", error)
