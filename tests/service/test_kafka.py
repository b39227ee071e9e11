"""Kafka's protocol, spoken by librdkafka's mock cluster, brings interactions: once, whatever goes away."""

from __future__ import annotations

import asyncio
import gzip
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.polling import PATIENCE_SECONDS, wait_until
from tests.service.conftest import WAITS_FOR_EVER, Process
from tests.service.stream_helpers import (
    ids,
    in_arrow,
    like,
    likes_until,
    metric,
    refuse_eight_times,
    samples,
    soon,
)

from zhenzan.cli import main
from zhenzan.errors import LakeFullError, ZhenzanError
from zhenzan.interactions import Rows
from zhenzan.service import Resources, Settings
from zhenzan.service.intake import BusyError, Intake, Receipt
from zhenzan.service.streams import consuming
from zhenzan.service.streams import kafka as adapter
from zhenzan.service.streams.clients import Clients
from zhenzan.service.streams.kafka import Kafka

confluent_kafka = pytest.importorskip("confluent_kafka", reason="Kafka's client comes with the streams extra")
from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: E402

TOPIC, DEAD_TOPIC, GROUP = "zhenzan.interactions", "zhenzan.dead", "zhenzan-lake"
PARTITIONS = 3
PRODUCE, NOT_AUTHORISED = 0, 29  # numbers of the protocol
IMPATIENT = (
    "heartbeat.interval.ms=200\nsession.timeout.ms=1500\nsocket.timeout.ms=2000\nfetch.wait.max.ms=100\n"
)

PATIENT = f"socket.timeout.ms={int(1e3 * PATIENCE_SECONDS) + 60_000}\n"  # it waits longer than we do


class Broker:
    """A mock broker in a process of its own."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("mock_kafka.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.address = self._answer()
        self.url = f"kafka://{self.address}"
        self.do(f"topic {TOPIC} {PARTITIONS}")

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def do(self, words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        assert self._answer() == "0"

    def publish(
        self, bodies: Iterable[bytes], headers: dict[str, str] | None = None, topic: str = TOPIC
    ) -> None:
        """All of them, to one partition after the other."""
        producer = Producer({"bootstrap.servers": self.address, "linger.ms": 0}, logger=Silent())
        for number, body in enumerate(bodies):
            producer.produce(topic, body, partition=number % PARTITIONS, headers=headers)
        assert producer.flush(PATIENCE_SECONDS) == 0

    def consumer(self, **more: Any) -> Consumer:
        return Consumer({"bootstrap.servers": self.address, "group.id": GROUP, **more}, logger=Silent())

    def lag(self) -> int:
        """Messages that are there and not committed."""
        consumer = self.consumer()
        places = consumer.committed([TopicPartition(TOPIC, i) for i in range(PARTITIONS)], PATIENCE_SECONDS)
        lag = sum(
            consumer.get_watermark_offsets(partition, PATIENCE_SECONDS)[1] - max(partition.offset, 0)
            for partition in places
        )
        consumer.close()
        return lag

    def buried(self, count: int) -> list[Any]:
        """The dead messages; so many and no more."""
        consumer = self.consumer()
        partitions = consumer.list_topics(DEAD_TOPIC, PATIENCE_SECONDS).topics[DEAD_TOPIC].partitions
        places = [TopicPartition(DEAD_TOPIC, i, 0) for i in partitions]
        assert (
            sum(consumer.get_watermark_offsets(partition, PATIENCE_SECONDS)[1] for partition in places)
            == count
        )
        consumer.assign(places)
        messages: list[Any] = []
        while len(messages) < count:
            messages += consumer.consume(count - len(messages), PATIENCE_SECONDS)
        consumer.close()
        return messages


class Silent:
    def log(self, *_: object) -> None:
        pass


@pytest.fixture
def broker() -> Iterator[Broker]:
    libraries = Path(confluent_kafka.__file__).parent.with_name("confluent_kafka.libs")
    if not any(libraries.glob("librdkafka*")):
        pytest.skip("the client's package brings no library here that could play the broker")
    broker = Broker()
    yield broker
    broker.process.kill()
    broker.process.wait()


@pytest.fixture
def impatient(tmp_path: Path) -> Path:
    """Properties of a client that soon finds out who is away."""
    path = tmp_path / "kafka.properties"
    path.write_text(IMPATIENT)
    return path


def consume(
    broker: Broker, home: Path, properties: Path, do: Callable[[Resources, Any], Awaitable[None]]
) -> None:
    """Run a service in this process, while something is done to it."""

    async def consumed() -> None:
        with Resources(Settings(home)) as core:
            async with consuming(core, broker.url, properties):
                assert core.stream is not None
                await soon(lambda: core.stream.is_connected)
                await do(core, core.stream.counts)

    asyncio.run(consumed())


def kept(count: int) -> Callable[[Resources, Any], Awaitable[None]]:
    async def wait(_: Resources, counts: Any) -> None:
        await soon(lambda: counts["kept"] == count)

    return wait


def test_messages_are_kept_once_and_what_cannot_be_read_is_buried(
    broker: Broker, impatient: Path, tmp_path: Path
) -> None:
    nameless, three, bad, half = samples()
    broker.publish([three, json.dumps([like("1"), like("4")]).encode(), nameless, nameless])
    broker.publish([gzip.compress(three)], {"Content-Encoding": "gzip"})
    broker.publish([in_arrow()], {"content-type": "application/vnd.apache.arrow.stream"})
    huge = b"\xff" * 999_900  # it can be published, but not with a reason
    broker.publish([b"\xff{", half, b'{"a": 1}', b"[" * 50_000, huge])
    broker.publish([b"likes"], {"Content-Type": "text/plain"})
    broker.publish([json.dumps(like("last")).encode()])

    async def wait(_: Resources, counts: Any) -> None:
        await soon(lambda: counts["kept"] == 8 and counts["dead"] == 5)

    consume(broker, tmp_path / "home", impatient, wait)
    ids_kept = ids(tmp_path / "home")
    assert ids_kept[:4] == ["0", "1", "2", "4"]
    assert ids_kept[4:] == ["arrow", "good", "last", ids_kept[-1]]  # and the one without a name, once
    assert broker.lag() == 0

    dead = {message.value()[:3]: message for message in broker.buried(6)}
    headers = {
        body: {name: text.decode() for name, text in message.headers()} for body, message in dead.items()
    }
    rows = [json.loads(line) for line in dead[b'{"r'].value().splitlines()]
    assert [row["row"] for row in rows] == list(range(1, 201))
    assert [json.loads(row["given"]) for row in rows] == bad
    assert {b"\xff{", b'{"a', b"[[[", b"lik", b""} < dead.keys()
    assert "row 1" in headers[b'{"r']["Zhenzan-Reason"]
    assert "nests too deep" in headers[b"[[["]["Zhenzan-Reason"]
    assert "by its partition and offset" in headers[b""]["Zhenzan-Body"]
    assert headers[b"lik"]["Content-Type"] == "text/plain"
    assert {header["Zhenzan-Topic"] for header in headers.values()} == {TOPIC}
    places = {(header["Zhenzan-Partition"], header["Zhenzan-Offset"]) for header in headers.values()}
    assert len(places) == 6


def test_what_was_kept_and_not_committed_comes_again_and_counts_once(
    broker: Broker, impatient: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    rows = [{key: value for key, value in like(str(i)).items() if key != "id"} for i in range(50)]
    broker.publish([json.dumps(rows).encode()])
    with monkeypatch.context() as patched:
        patched.setattr(Kafka, "_store", lambda *_: None)
        consume(broker, home, impatient, kept(1))
    assert broker.lag() == 1
    consume(broker, home, impatient, kept(1))  # it did come again
    assert len(ids(home)) == 50
    assert broker.lag() == 0


def test_a_service_that_was_stopped_goes_on_where_it_was(
    broker: Broker, impatient: Path, tmp_path: Path
) -> None:
    expected: list[str] = []
    for turn in range(2):
        names = [f"{turn}-{i}" for i in range(300)]
        broker.publish([json.dumps(like(name)).encode() for name in names])
        consume(broker, tmp_path / "home", impatient, kept(300))
        expected += names
        assert ids(tmp_path / "home") == sorted(expected)
        assert broker.lag() == 0


@pytest.mark.slow
def test_whoever_is_away_or_killed_under_load_nothing_is_lost_or_doubled_and_a_stop_waits_for_nobody(
    broker: Broker, impatient: Path, serve: Callable[..., Process], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    options = ("--no-worker", "--stream", broker.url, "--stream-config", str(impatient))
    sent: list[str] = []
    enough = threading.Event()

    def goes_on(process: Process) -> None:
        before = metric(process, "zhenzan_lake_sequence")
        wait_until(lambda: metric(process, "zhenzan_lake_sequence") > before + 1_000)

    broker.do("down")
    process = serve(home, *options)
    assert metric(process, "zhenzan_stream_connected") == 0
    sending = threading.Thread(target=broker.publish, args=(likes_until(enough, sent),))
    sending.start()
    broker.do("up")
    goes_on(process)
    broker.do("down")
    wait_until(lambda: metric(process, "zhenzan_stream_connected") == 0)
    broker.do("up")
    goes_on(process)
    process.kill()
    under_load = broker.lag()
    slow = tmp_path / "slow.properties"
    slow.write_text(PATIENT)
    patient = ("--no-worker", "--stream", broker.url, "--stream-config", str(slow))
    process = serve(home, *patient, before=WAITS_FOR_EVER)
    enough.set()
    sending.join()
    assert under_load
    wait_until(lambda: broker.lag() == 0)
    broker.process.send_signal(signal.SIGSTOP)
    assert process.stop() == 0
    assert ids(home) == sorted(sent)


def test_what_cannot_be_written_now_comes_again(
    broker: Broker, impatient: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "RETRY_SECONDS", 0.05)
    refuse_eight_times(monkeypatch, BusyError("busy"), OSError("odd"))
    broker.publish([json.dumps(like(str(i))).encode() for i in range(3)])

    async def wait(_: Resources, counts: Any) -> None:
        await soon(lambda: counts["kept"] == 3)
        assert counts == {"kept": 3, "again": 8}

    consume(broker, tmp_path / "home", impatient, wait)
    assert ids(tmp_path / "home") == ["0", "1", "2"]
    assert broker.lag() == 0


def test_while_much_must_come_again_nothing_else_is_taken_and_nothing_is_lost(
    broker: Broker, impatient: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(adapter, "RETRY_SECONDS_MAX", 0.1)
    monkeypatch.setattr(adapter, "BATCH_MESSAGES", 10)
    monkeypatch.setattr(adapter, "HELD_MAX", 10)
    offer, is_full = Intake.offer, True

    def refused_while_full(intake: Intake, rows: Rows) -> asyncio.Future[Receipt]:
        if is_full:
            raise LakeFullError("full")
        return offer(intake, rows)

    monkeypatch.setattr(Intake, "offer", refused_while_full)
    broker.publish([json.dumps(like(f"{i:03}")).encode() for i in range(500)])

    async def wait(_: Resources, counts: Any) -> None:
        nonlocal is_full
        await soon(lambda: counts["again"] >= 60)
        assert counts["kept"] == 0
        is_full = False
        await soon(lambda: counts["kept"] == 500)

    consume(broker, tmp_path / "home", impatient, wait)
    assert ids(tmp_path / "home") == [f"{i:03}" for i in range(500)]
    assert broker.lag() == 0


def test_a_dead_topic_that_takes_nothing_stops_nobody_and_loses_nothing(
    broker: Broker, impatient: Path, tmp_path: Path
) -> None:
    broker.publish([b"\xff", b"\xfe", json.dumps(like("good")).encode(), json.dumps(like("next")).encode()])
    broker.do(f"refuse {PRODUCE} {NOT_AUTHORISED} 100")

    async def wait(_: Resources, counts: Any) -> None:
        await soon(lambda: counts["kept"] == 2 and counts["again"] > 2)
        assert counts["dead"] == 0
        assert await asyncio.to_thread(broker.lag) >= 3  # "next" comes after one that is not buried
        broker.do(f"refuse {PRODUCE} {NOT_AUTHORISED} 0")
        await soon(lambda: counts["dead"] == 2)

    consume(broker, tmp_path / "home", impatient, wait)
    assert ids(tmp_path / "home") == ["good", "next"]
    assert {message.value() for message in broker.buried(2)} == {b"\xff", b"\xfe"}
    assert broker.lag() == 0


def test_another_of_the_group_takes_and_gives_back_partitions(
    broker: Broker, impatient: Path, tmp_path: Path
) -> None:
    properties = dict(line.split("=") for line in IMPATIENT.split())
    other = broker.consumer(**properties, **{"auto.offset.reset": "earliest", "enable.auto.commit": False})

    def until_other_has_one_of(sent: set[bytes]) -> None:
        wait_until(lambda: (got := other.poll(0.1)) is not None and got.value() in sent)

    async def wait(core: Resources, counts: Any) -> None:
        first, second = ([json.dumps(like(f"{word}{i}")).encode() for i in range(30)] for word in "ab")
        await asyncio.to_thread(broker.publish, first)
        await soon(lambda: counts["kept"] == 30)
        other.subscribe([TOPIC])
        await asyncio.to_thread(
            wait_until, lambda: other.poll(0.1) is None and 0 < len(other.assignment()) < PARTITIONS
        )
        await asyncio.to_thread(broker.publish, second)
        await asyncio.to_thread(until_other_has_one_of, set(second))
        await asyncio.to_thread(other.close)  # it committed nothing
        await soon(lambda: core.lake.sequence == 60)

    consume(broker, tmp_path / "home", impatient, wait)
    assert ids(tmp_path / "home") == sorted(f"{word}{i}" for word in "ab" for i in range(30))
    assert broker.lag() == 0


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("kafka://", "kafka://HOST:PORT"),
        ("kafka://example.org", "kafka://HOST:PORT"),
        ("kafka://example.org:9092,", "kafka://HOST:PORT"),
        ("kafka://example.org:9092/secret", "kafka://HOST:PORT"),
        ("kafka://example.org:secret", "kafka://HOST:PORT"),
        ("kafka://me:secret@example.org:9092", "--stream-config"),
    ],
)
def test_a_strange_address_is_said_and_not_repeated(url: str, words: str) -> None:
    with pytest.raises(ZhenzanError, match=words) as raised:
        Clients(url, None)
    assert "secret" not in str(raised.value)


def test_good_addresses_are_taken() -> None:
    for url in ("kafka://a:1", "kafka://a:1,b:2/", "kafka://[::1]:9092"):
        Clients(url, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sasl.password secret", "line 1 is not a property"),
        ("# a comment\n\nsasl.pasword=secret", '"sasl.pasword"'),
        ("sasl.password=a\nsasl.password=secret", "line 2: sasl.password is there twice"),
        ("security.protocol=secret", "security.protocol"),
        ("security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.password=secret", "sasl.username"),
        ("security.protocol=SSL\nssl.ca.location=/secret", "ssl.ca.location"),
        ("sasl.jaas.config=secret", "JAAS"),
        ("bootstrap.servers=secret", "stands in the address"),
        ("enable.auto.offset.store=true", "for Zhenzan to say"),
        ("error_cb=secret", "of programs"),
        ("group.id=", "has no value"),
    ],
)
def test_strange_properties_are_said_and_no_secret_is_repeated(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "kafka.properties"
    path.write_text(text)
    with pytest.raises(ZhenzanError, match=words) as raised:
        Clients("kafka://127.0.0.1:9", path)
    assert str(raised.value).startswith(str(path))
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("stream", [(), ("--stream", "nats://127.0.0.1:4222")])
def test_properties_without_kafka_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stream: tuple[str, ...], impatient: Path
) -> None:
    options = ["--no-worker", "--port", "0", "--stream-config", str(impatient), *stream]
    assert main(["serve", str(tmp_path / "home"), *options]) == 1
    assert "--stream-config is for Kafka" in capsys.readouterr().err


def test_a_missing_client_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    options = ["--no-worker", "--port", "0", "--stream", "kafka://127.0.0.1:9092"]
    assert main(["serve", str(tmp_path), *options]) == 1
    assert "pip install 'zhenzan[streams]'" in capsys.readouterr().err
