"""A Kafka topic for what cannot be read, with the reason.

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
        places = [(each.partition(), each.offset()) for each in messages]
        for message, place, each in zip(messages, places, dead, strict=True):
            if each is not None and place not in self._sent:
                self._send(message, place, each)
        self._wait_for({place for place, each in zip(places, dead, strict=True) if each is not None}, stop)
        return [
            is_done and (each is None or self._is_taken(place))
            for place, each, is_done in zip(places, dead, done, strict=True)
        ]

    def _send(self, message: Message, place: Place, dead: DeadLetter) -> None:
        from confluent_kafka import KafkaError, KafkaException

        if self._producer is None:
            self._producer = self.producer()
        body, headers = dead.within(0 if place in self._large else BYTES_MAX, "its partition and offset")
        headers |= {"Zhenzan-Topic": str(message.topic()), "Zhenzan-Partition": str(place[0])}
        headers |= {"Zhenzan-Offset": str(place[1])}
        self._sent.add(place)
        try:
            self._producer.produce(
                TOPIC, body, headers=list(headers.items()), on_delivery=partial(self._answered, place)
            )
        except KafkaException as error:
            self._answers[place] = error.args[0]
        except BufferError as error:
            self._answers[place] = KafkaError(KafkaError._QUEUE_FULL, str(error))

    def _answered(self, place: Place, error: KafkaError | None, _: Message) -> None:
        self._answers[place] = error

    def _wait_for(self, places: set[Place], stop: threading.Event) -> None:
        end = time.monotonic() + ANSWER_SECONDS
        while self._producer is not None and time.monotonic() < end and not stop.is_set():
            self._producer.flush(FLUSH_SECONDS)
            if places <= self._answers.keys():
                return

    def _is_taken(self, place: Place) -> bool:
        """Whether it was published. If it was refused it is sent anew, empty if it was too large."""
        from confluent_kafka import KafkaError

        if place not in self._answers:
            return False
        error = self._answers.pop(place)
        self._sent.discard(place)
        if error is None:
            self._large.discard(place)
            return True
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE and place not in self._large:
            self._large.add(place)
        else:
            log.warning("%s takes no message: %s", TOPIC, error.str())
        return False
