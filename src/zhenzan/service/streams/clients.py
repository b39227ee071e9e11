"""Kafka clients: a consumer that commits what it is told to, a producer for dead letters."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zhenzan.errors import ZhenzanError
from zhenzan.service.streams.dead_letter_topic import DeadLetterTopic
from zhenzan.service.streams.properties import read_properties

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError

__all__ = ["Clients"]

# Unless the file of properties says otherwise.
DEFAULTS = {
    "allow.auto.create.topics": "true",  # where the broker does it
    "auto.commit.interval.ms": "1000",
    "auto.offset.reset": "earliest",
    "client.id": "zhenzan",
    "group.id": "zhenzan-lake",
    "session.timeout.ms": "10000",  # how long one that was killed keeps its partitions from the next
    "socket.timeout.ms": "20000",
    "topic.metadata.refresh.interval.ms": "10000",
}
# Ours to say: without these, messages would be lost.
OURS = {"enable.auto.commit": "true", "enable.auto.offset.store": "false", "statistics.interval.ms": "1000"}
ADDRESSES = ("bootstrap.servers", "metadata.broker.list")
OF_PROGRAMS = ("default.topic.config", "logger", "on_commit", "on_delivery")

log = logging.getLogger("zhenzan.streams")


class Clients:
    """Makes clients. Raises ZhenzanError where address or properties are none, or the package is missing."""

    def __init__(self, url: str, properties: Path | None) -> None:
        servers = _servers(url)
        try:
            import confluent_kafka
        except ModuleNotFoundError:
            raise ZhenzanError(
                "--stream needs the package confluent-kafka; run: pip install 'zhenzan[streams]'"
            ) from None
        own_properties = _allowed(properties) if properties is not None else {}
        self._settings = DEFAULTS | own_properties | OURS | {"bootstrap.servers": servers}
        if own_properties.get("group.protocol") == "consumer" and "session.timeout.ms" not in own_properties:
            del self._settings["session.timeout.ms"]  # the broker's to say there
        try:
            self.consumer(on_error=_nothing, on_statistics=_nothing).close()
            self.dead_topic().producer()
        except (confluent_kafka.KafkaException, TypeError, ValueError) as error:
            raise ZhenzanError(
                f"{properties or '--stream'}: {_without(own_properties.values(), error)}"
            ) from None

    def consumer(
        self, *, on_error: Callable[[KafkaError], object], on_statistics: Callable[[str], object]
    ) -> Consumer:
        """A consumer that commits the offsets that are stored. The callbacks are called as it is polled."""
        from confluent_kafka import Consumer

        callbacks = {"error_cb": on_error, "stats_cb": on_statistics}
        return Consumer({**self._settings, **callbacks}, logger=_ClientLog())

    def dead_topic(self) -> DeadLetterTopic:
        """The dead-letter topic; nothing is connected before there is a dead letter."""
        return DeadLetterTopic(self._settings, _ClientLog())


def _allowed(path: Path) -> dict[str, str]:
    """The properties of a file that are not ours to say, and that the client survives."""
    properties = read_properties(path)
    for name, value in properties.items():
        why = "is for Zhenzan to say" if name in OURS else ""
        why = "stands in the address, --stream" if name in ADDRESSES else why
        why = "is of programs, not of files" if name.endswith("_cb") or name in OF_PROGRAMS else why
        if why:
            raise ZhenzanError(f"{path}: {name} {why}; leave it out")
        if not value:
            raise ZhenzanError(f"{path}: {name} has no value")
    return properties


class _ClientLog:
    """The client's own log: of many lines a second while a broker is away, so for who looks for them."""

    def log(self, level: int, text: str, *arguments: object) -> None:
        log.debug("the stream's client: " + text, *arguments)


def _servers(url: str) -> str:
    """The brokers of an address. Raises ZhenzanError, which does not repeat it: it may hold a password."""
    servers = url.partition("://")[2].removesuffix("/")
    try:
        if "@" in servers:
            raise ZhenzanError(
                "the address of --stream must not hold user and password: put sasl.username and"
                " sasl.password into a file, and name it with --stream-config"
            )
        parts = [urlsplit(f"kafka://{server}") for server in servers.split(",")]
        is_good = all(part.hostname and part.port and not any(part[2:]) for part in parts)
    except ValueError:
        is_good = False
    if not is_good:
        raise ZhenzanError("--stream must be kafka://HOST:PORT[,HOST:PORT…]")
    return servers


def _without(secrets: Iterable[str], error: Exception) -> str:
    """What the client says is wrong, without the values that it was given: one may be secret."""
    cause = error.args[0] if error.args else error
    text = cause.str() if hasattr(cause, "str") else str(cause)
    for secret in secrets:
        text = text.replace(f'"{secret}"', '"…"') if secret else text
    return text.strip()


def _nothing(_: object) -> None:
    pass
