"""NATS JetStream consumer: each message is acknowledged once its rows are on disk.

A message that is delivered again changes nothing: its interactions have the same ids, given or made of what
they say. What cannot be read goes to a stream of its own, with the reason, and does not stop the others.
While the lake or the broker is away, messages wait in the stream.

nats-py is used as it is. FastStream 0.7 stands on it, and its pulling loop (`_consume_pull`) catches lost
connections and goes on with the same subscription, without a pause or a word to us; here a lost connection
is made anew, with its streams and consumer, and monitors see it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from zhenzan.errors import ZhenzanError
from zhenzan.service.streams.dead_letter import DeadLetter
from zhenzan.service.streams.message_handler import MessageHandler

__all__ = ["Nats", "check_nats"]

STREAM, SUBJECT, DURABLE = "zhenzan", "zhenzan.interactions", "zhenzan-lake"
DEAD_STREAM, DEAD_SUBJECT = "zhenzan-dead", "zhenzan.dead"
BATCH_MESSAGES = 64  # messages on their way to the disk together
FETCH_SECONDS, ACK_SECONDS, FLUSH_SECONDS = 1.0, 60.0, 2
PING_SECONDS = 20  # a connection that answers none for two such times is given up
RETRY_SECONDS = 2.0  # after which a message that could not be kept is delivered again
BACKOFF_SECONDS, BACKOFF_SECONDS_MAX = 0.5, 10.0

log = logging.getLogger("zhenzan.streams")


class Nats:
    """A NATS consumer. The address has been checked (`check_nats`)."""

    def __init__(self, url: str, taking: MessageHandler) -> None:
        self._url, self._handler = url, taking
        self.counts = taking.counts
        self.is_connected = False
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Take no more; what is on its way is finished."""
        self._stop.set()

    async def run(self) -> None:
        """Consume until stopped; however often the broker goes, it is asked again."""
        import nats

        wait = BACKOFF_SECONDS
        while not self._stop.is_set():
            was_connected = False
            try:
                connection = await nats.connect(
                    self._url,
                    allow_reconnect=False,
                    connect_timeout=5,
                    ping_interval=PING_SECONDS,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,  # 0 attempts would be endless
                    error_cb=_quiet,
                )
                try:
                    await self._consume(connection)
                    with contextlib.suppress(Exception):
                        await connection.flush(FLUSH_SECONDS)
                finally:
                    was_connected, self.is_connected = self.is_connected, False
                    with contextlib.suppress(Exception):
                        await connection.close()
            except (nats.errors.Error, OSError, TimeoutError) as error:
                log.warning("the stream is away: %s: %s", type(error).__name__, error)
            except Exception:
                log.exception("an unexpected error with the stream; it is tried again")
            wait = BACKOFF_SECONDS if was_connected else wait
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), wait)
            wait = min(wait * 2, BACKOFF_SECONDS_MAX)

    async def _consume(self, connection: Any) -> None:
        import nats
        from nats.js.api import ConsumerConfig

        jetstream = connection.jetstream()
        for name, subject in ((STREAM, SUBJECT), (DEAD_STREAM, DEAD_SUBJECT)):
            try:
                await jetstream.stream_info(name)
            except nats.js.errors.NotFoundError:
                await jetstream.add_stream(name=name, subjects=[subject])
        config = ConsumerConfig(ack_wait=ACK_SECONDS, max_ack_pending=BATCH_MESSAGES * 4)
        messages = await jetstream.pull_subscribe(SUBJECT, durable=DURABLE, stream=STREAM, config=config)
        self.is_connected = True
        while not self._stop.is_set():
            try:
                some = await messages.fetch(BATCH_MESSAGES, timeout=FETCH_SECONDS)
            except TimeoutError:  # nothing there; or nobody
                if not connection.is_connected:
                    raise nats.errors.ConnectionClosedError from None
                continue
            taken = (self._take(connection, message) for message in some)
            for error in await asyncio.gather(*taken, return_exceptions=True):
                if error is not None:
                    raise error

    async def _take(self, connection: Any, message: Any) -> None:
        """Keep one message, then acknowledge it; or bury it; or let it come again."""
        headers = {name.lower(): text for name, text in (message.headers or {}).items()}
        read = await asyncio.to_thread(self._handler.read, message.data, headers)
        is_done = await self._handler.keep(read, str(message.metadata.sequence.stream))
        if is_done and read.dead is not None:
            is_done = await self._send_to_dlq(connection, message, read.dead)
        if not is_done:
            self._handler.retry()
            await message.nak(delay=RETRY_SECONDS)
            return
        self._handler.done(read)
        await message.ack()

    async def _send_to_dlq(self, connection: Any, message: Any, dead: DeadLetter) -> bool:
        """Publish what cannot be read, with the reason. False if the broker refuses.

        It is published once, by its number and the time at which the stream took it: a stream that is made
        anew counts from 1 again.
        """
        from nats.js.errors import APIError

        number = message.metadata.sequence.stream
        body, headers = dead.within(connection.max_payload, "its sequence")
        headers |= {
            "Nats-Msg-Id": f"{STREAM}-{number}-{message.metadata.timestamp.isoformat()}",
            "Zhenzan-Subject": message.subject,
            "Zhenzan-Sequence": str(number),
        }
        try:
            answer = await connection.jetstream().publish(
                DEAD_SUBJECT, body, headers=headers, stream=DEAD_STREAM
            )
        except APIError as error:
            log.warning("%s takes no message: %s", DEAD_STREAM, error.description)
            return False
        if answer.duplicate:
            log.info("message %s was in %s already: it came again", number, DEAD_STREAM)
        return True


def check_nats(url: str) -> None:
    """Raise ZhenzanError where this is no address, or the client is not installed. The address may hold a
    password, so it is not repeated.
    """
    try:
        parts = urlsplit(url)
        is_good = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise ZhenzanError("--stream must be nats://HOST:PORT or tls://HOST:PORT")
    if find_spec("nats") is None:
        raise ZhenzanError("--stream needs the package nats-py; run: pip install 'zhenzan[streams]'")


async def _quiet(error: Exception) -> None:
    """What the client would print to standard error."""
    log.info("the stream's client: %s", error)
