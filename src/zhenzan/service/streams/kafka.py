"""Kafka consumer: an offset is committed once all messages before it are on disk.

A message that comes again changes nothing: its interactions have the same ids, given or made of what they
say. What cannot be read goes to a topic of its own, with the reason, and does not stop the others. While the
lake or the broker is away, messages wait in the topic.

The client is confluent-kafka, that is librdkafka, which connects again by itself. Its calls wait without the
event loop, and leaving a group waits for a broker that may be away; so a thread of our own makes all of them,
and a stop gives up waiting for it. (The client's own asyncio face lends each call to a pool of threads, which
the interpreter waits for at its end.)
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from zhenzan.errors import ZhenzanError
from zhenzan.service.streams.clients import Clients
from zhenzan.service.streams.message_handler import MessageHandler, Read
from zhenzan.service.streams.offsets import Offsets

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

__all__ = ["Kafka"]

TOPIC = "zhenzan.interactions"
BATCH_MESSAGES, BATCH_BYTES = 1_000, 4 << 20  # messages on their way to the disk together
HELD_MAX = 64  # while so many messages must come again, no others are taken
POLL_SECONDS, LEAVE_SECONDS = 0.2, 3.0
RETRY_SECONDS, RETRY_SECONDS_MAX = 0.5, 10.0  # from one try of a message to the next

log = logging.getLogger("zhenzan.streams")


class Kafka:
    """A Kafka consumer, by these clients."""

    def __init__(self, clients: Clients, taking: MessageHandler) -> None:
        self._clients = clients
        self._handler = taking
        self.counts = taking.counts
        self.is_connected = False
        self._stop, self._stopping = threading.Event(), asyncio.Event()
        self._batch: list[Message] = []
        self._forget_all()

    def _forget_all(self) -> None:
        self._offsets: Offsets[Message] = Offsets()
        self._wait, self._retry_at = RETRY_SECONDS, math.inf
        self._may_be_paused = False
        self._complained: set[int] = set()

    def stop(self) -> None:
        """Take no more; what is on its way is finished. Call it in the event loop."""
        self._stop.set()
        self._stopping.set()

    async def run(self) -> None:
        """Consume until stopped; however often the broker goes, it is asked again."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        threading.Thread(target=self._run, args=(loop, ended), name="kafka", daemon=True).start()
        await self._stopping.wait()
        try:
            await asyncio.wait_for(ended.wait(), LEAVE_SECONDS)
        except TimeoutError:
            log.warning(
                "the stream is left unfinished; what the broker was not told comes again at the next start"
            )

    def _run(self, loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
        wait = RETRY_SECONDS
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self._consume(loop)
            except ZhenzanError as error:
                log.warning("%s; it is tried again", error)
            except Exception:
                if not self._stop.is_set():
                    log.exception("an unexpected error with the stream; it is tried again")
            wait = RETRY_SECONDS if time.monotonic() - began > RETRY_SECONDS_MAX else wait
            self._stop.wait(wait)
            wait = min(wait * 2, RETRY_SECONDS_MAX)
        with contextlib.suppress(RuntimeError):  # the loop is closed: we were given up
            loop.call_soon_threadsafe(ended.set)

    def _consume(self, loop: asyncio.AbstractEventLoop) -> None:
        self._forget_all()
        consumer = self._clients.consumer(on_error=self._failed, on_statistics=self._watch)
        dead_topic = self._clients.dead_topic()
        try:
            consumer.subscribe(
                [TOPIC], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke
            )
            while not self._stop.is_set():
                self._hold_back(consumer)
                is_retry = time.monotonic() >= self._retry_at
                messages = self._offsets.held() if is_retry else self._gathered(consumer)
                if not messages:
                    continue
                reads = [
                    self._handler.read(message.value() or b"", _headers(message)) for message in messages
                ]
                done = asyncio.run_coroutine_threadsafe(self._keep(messages, reads), loop).result()
                done = dead_topic.publish(messages, reads, done, self._stop)
                self._note(messages, reads, done)
                self._rewind(any(done), is_retry)
                self._store(consumer)
        finally:
            self.is_connected = False
            consumer.close()  # and tell the broker what was stored

    def _hold_back(self, consumer: Consumer) -> None:
        """Take no others while too many messages must come again; the group must see us all the same."""
        is_full = len(self._offsets) >= HELD_MAX
        if is_full or self._may_be_paused:
            (consumer.pause if is_full else consumer.resume)(consumer.assignment())
            self._may_be_paused = is_full

    def _gathered(self, consumer: Consumer) -> list[Message]:
        """What is there by now, up to a limit; none after a while."""
        self._batch, size = [], 0
        message = consumer.poll(POLL_SECONDS)
        while message is not None:
            error = message.error()
            if error is None:
                self._batch.append(message)
                size += len(message)
            elif error.fatal():
                raise ZhenzanError(f"the Kafka client has stopped: {error.str()}")
            else:
                self._failed(error)
            if len(self._batch) >= BATCH_MESSAGES or size >= BATCH_BYTES:
                break
            message = consumer.poll(0)
        return self._batch

    async def _keep(self, messages: Sequence[Message], reads: Sequence[Read]) -> list[bool]:
        return await asyncio.gather(
            *(self._handler.keep(read, _name(message)) for message, read in zip(messages, reads, strict=True))
        )

    def _note(self, messages: Sequence[Message], reads: Sequence[Read], done: Sequence[bool]) -> None:
        for message, read, is_done in zip(messages, reads, done, strict=True):
            self._offsets.note(message, is_done)
            if is_done:
                self._handler.done(read)
            else:
                self._handler.retry()

    def _rewind(self, was_any_done: bool, is_retry: bool) -> None:
        """When those that must come again are tried: soon at first, then ever more seldom."""
        if not len(self._offsets):
            self._wait, self._retry_at = RETRY_SECONDS, math.inf
            return
        now = time.monotonic()
        if is_retry:
            self._wait = RETRY_SECONDS if was_any_done else min(self._wait * 2, RETRY_SECONDS_MAX)
            self._retry_at = now + self._wait
        self._retry_at = min(self._retry_at, now + self._wait)

    def _store(self, consumer: Consumer) -> None:
        """Let the client commit, within a second and before others get our partitions."""
        from confluent_kafka import KafkaException, TopicPartition

        for partition, offset in self._offsets.changed().items():
            try:
                consumer.store_offsets(offsets=[TopicPartition(TOPIC, partition, offset)])
            except KafkaException:  # not ours any more
                self._offsets.forget([partition])

    # Called by the client, in our thread, while we poll

    def _on_assign(self, _: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._may_be_paused = True

    def _on_revoke(self, _: Consumer, partitions: Sequence[TopicPartition]) -> None:
        """Others take these from here on: what we hold of them, and have not begun, is theirs."""
        gone = {partition.partition for partition in partitions}
        self._offsets.forget(gone)
        self._batch[:] = [message for message in self._batch if message.partition() not in gone]

    def _failed(self, error: KafkaError) -> None:
        """Say what is wrong, once until we are connected: the client tries many times a second."""
        if error.code() not in self._complained:
            self._complained.add(error.code())
            log.warning("the stream is away: %s", error.str())

    def _watch(self, statistics: str) -> None:
        is_connected = msgspec.json.decode(statistics, type=_Statistics).is_connected
        if is_connected and not self.is_connected:
            self._complained.clear()
        self.is_connected = is_connected


class _Broker(msgspec.Struct):
    state: str


class _Group(msgspec.Struct):
    state: str


class _Statistics(msgspec.Struct):
    """What of the client's statistics tells whether the broker that leads our group is there."""

    brokers: dict[str, _Broker] = {}
    cgrp: _Group | None = None

    @property
    def is_connected(self) -> bool:
        leader = self.brokers.get("GroupCoordinator")
        return (
            leader is not None and leader.state == "UP" and self.cgrp is not None and self.cgrp.state == "up"
        )


def _headers(message: Message) -> dict[str, str]:
    headers: Any = message.headers() or []
    return {name.lower(): (value or b"").decode(errors="replace") for name, value in headers}


def _name(message: Message) -> str:
    return f"{message.topic()} [{message.partition()}] at {message.offset()}"
