"""The dead-letter topic in Kafka, with the reason of each message.

What no broker has answered about yet is not sent again; whoever asks later gets the answer. So a dead message
is there once, unless the service or a broker ended before the answer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from zhenzan.service.streams.dead_letter import DeadLetter
from zhenzan.service.streams.message_handler import Read

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

__all__ = ["DeadLetterTopic"]

TOPIC = "zhenzan.dead"
ANSWER_SECONDS, FLUSH_SECONDS = 1.0, 0.1
GIVE_UP_SECONDS = 10  # after which a message that no broker took is sent anew
BYTES_MAX = 1 << 30  # of a message; the brokers have their own limits, and say so

Place = tuple[int | None, int | None]

log = logging.getLogger("zhenzan.streams")


class DeadLetterTopic:
    """Publishes dead messages. Nothing is connected before there is one."""

    def __init__(self, settings: dict[str, str], client_log: Any) -> None:
        self._settings = settings | {"message.timeout.ms": str(GIVE_UP_SECONDS * 1000)}
        self._log = client_log
        self._producer: Producer | None = None
        self._sent: set[Place] = set()
        self._answers: dict[Place, KafkaError | None] = {}
        self._large: set[Place] = set()

    def producer(self) -> Producer:
        """A client that publishes. Raises the client's errors where the settings are none."""
        from confluent_kafka import Producer

        return Producer(self._settings, logger=self._log)

    def publish(
        self, messages: Sequence[Message], reads: Sequence[Read], done: Sequence[bool], stop: threading.Event
    ) -> list[bool]:
        """Which messages are done: of those that were, all but what is dead and not published yet."""
        dead = [read.dead if is_done else None for read, is_done in zip(reads, done, strict=True)]
        if not any(dead):
            return list(done)
        places = [(message.partition(), message.offset()) for message in messages]
        for message, origin, letter in zip(messages, places, dead, strict=True):
            if letter is not None and origin not in self._sent:
                self._send(message, origin, letter)
        self._wait_for(
            {origin for origin, letter in zip(places, dead, strict=True) if letter is not None}, stop
        )
        return [
            is_done and (letter is None or self._is_taken(origin))
            for origin, letter, is_done in zip(places, dead, done, strict=True)
        ]

    def _send(self, message: Message, origin: Place, dead: DeadLetter) -> None:
        from confluent_kafka import KafkaError, KafkaException

        if self._producer is None:
            self._producer = self.producer()
        body, headers = dead.within(0 if origin in self._large else BYTES_MAX, "its partition and offset")
        headers |= {"Zhenzan-Topic": str(message.topic()), "Zhenzan-Partition": str(origin[0])}
        headers |= {"Zhenzan-Offset": str(origin[1])}
        self._sent.add(origin)
        try:
            self._producer.produce(
                TOPIC, body, headers=list(headers.items()), on_delivery=partial(self._answered, origin)
            )
        except KafkaException as error:
            self._answers[origin] = error.args[0]
        except BufferError as error:
            self._answers[origin] = KafkaError(KafkaError._QUEUE_FULL, str(error))

    def _answered(self, origin: Place, error: KafkaError | None, _: Message) -> None:
        self._answers[origin] = error

    def _wait_for(self, places: set[Place], stop: threading.Event) -> None:
        end = time.monotonic() + ANSWER_SECONDS
        while self._producer is not None and time.monotonic() < end and not stop.is_set():
            self._producer.flush(FLUSH_SECONDS)
            if places <= self._answers.keys():
                return

    def _is_taken(self, origin: Place) -> bool:
        """Whether it was published. If it was refused it is sent anew, empty if it was too large."""
        from confluent_kafka import KafkaError

        if origin not in self._answers:
            return False
        error = self._answers.pop(origin)
        self._sent.discard(origin)
        if error is None:
            self._large.discard(origin)
            return True
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE and origin not in self._large:
            self._large.add(origin)
        else:
            log.warning("%s takes no message: %s", TOPIC, error.str())
        return False
