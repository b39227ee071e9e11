"""A real NATS server brings interactions: once, whatever is killed; what cannot be read is buried."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.polling import PATIENCE_SECONDS, wait_until
from tests.service.conftest import WAITS_FOR_EVER, Process
from tests.service.ports import free_port
from tests.service.stream_helpers import (
    comes_to,
    connected,
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
from zhenzan.errors import LakeError, LakeFullError
from zhenzan.service import Resources, Settings
from zhenzan.service.intake import BusyError
from zhenzan.service.streams import consuming
from zhenzan.service.streams import nats as adapter

nats = pytest.importorskip("nats", reason="the NATS client comes with the streams extra")
from nats.js.api import ConsumerConfig, StreamConfig  # noqa: E402

RETRY_SECONDS = 2  # after which the server is asked anew, however often
BINARY = shutil.which("nats-server", path=sysconfig.get_path("scripts")) or shutil.which("nats-server")
pytestmark = pytest.mark.skipif(BINARY is None, reason="nats-server comes as a wheel with the test extra")


class Server:
    """A NATS server with JetStream, which can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [str(BINARY), "-js", "-a", "127.0.0.1", "-p", str(self.port), "-sd", str(self.folder)]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "nats")
    server.start()
    yield server
    server.kill()


async def _publish(url: str, bodies: Iterable[bytes], headers: dict[str, str] | None = None) -> None:
    """All of them, patiently: each until the server has acknowledged it, so some come twice."""
    connection = None
    for body in bodies:
        while True:
            try:
                if connection is None:
                    connection = await nats.connect(
                        url, allow_reconnect=False, connect_timeout=RETRY_SECONDS, error_cb=_quiet
                    )
                stream = connection.jetstream(timeout=RETRY_SECONDS)
                await stream.publish("zhenzan.interactions", body, headers=headers)
                break
            except (nats.errors.Error, OSError, TimeoutError):
                connection = None
                await asyncio.sleep(0.1)
    if connection is not None:
        await connection.close()


async def _quiet(_: Exception) -> None:
    pass


def publish(url: str, bodies: Iterable[bytes], headers: dict[str, str] | None = None) -> None:
    asyncio.run(_publish(url, bodies, headers))


def ask(url: str, what: Callable[[Any], Awaitable[Any]]) -> Any:
    """Of the server's JetStream, once it is up."""

    async def answer() -> Any:
        while True:
            try:
                connection = await nats.connect(
                    url, connect_timeout=RETRY_SECONDS, allow_reconnect=False, error_cb=_quiet
                )
                break
            except (nats.errors.Error, OSError, TimeoutError):
                await asyncio.sleep(0.1)
        try:
            return await what(connection.jetstream())
        finally:
            await connection.close()

    return asyncio.run(answer())


def prepare(url: str, *, ack_seconds: float = 2.0) -> None:
    """What the service would make, but what is not acknowledged comes again soon."""

    async def set_up(stream: Any) -> None:
        await stream.add_stream(name="zhenzan", subjects=["zhenzan.interactions"])
        config = ConsumerConfig(
            durable_name="zhenzan-lake",
            ack_wait=ack_seconds,
            ack_policy="explicit",
            filter_subject="zhenzan.interactions",
        )
        await stream.add_consumer("zhenzan", config)

    ask(url, set_up)


def buried(url: str, count: int) -> list[Any]:
    """The dead messages; so many and no more."""

    async def read(stream: Any) -> list[Any]:
        messages = await stream.pull_subscribe("zhenzan.dead", stream="zhenzan-dead")
        messages_read: list[Any] = []
        while len(messages_read) < count:
            messages_read += await messages.fetch(count - len(messages_read), timeout=PATIENCE_SECONDS)
        assert (await stream.stream_info("zhenzan-dead")).state.messages == count
        return messages_read

    return list(ask(url, read))


def unacknowledged(url: str) -> int:
    """Messages that are delivered or to be delivered, and not acknowledged."""

    async def read(stream: Any) -> int:
        info = await stream.consumer_info("zhenzan", "zhenzan-lake")
        return int(info.num_ack_pending + info.num_pending)

    return int(ask(url, read))


def consume(
    server: Server, home: Path, bodies: list[bytes], do: Callable[[Resources], Awaitable[None]]
) -> None:
    """Bring these to a service in this process, while something is done to it."""

    async def consumed() -> None:
        with Resources(Settings(home)) as core:
            async with consuming(core, server.url):
                await soon(lambda: core.stream is not None and core.stream.is_connected)
                await _publish(server.url, bodies)
                await do(core)

    asyncio.run(consumed())


def kept(count: int) -> Callable[[Resources], Awaitable[None]]:
    async def wait(core: Resources) -> None:
        assert core.stream is not None
        await soon(lambda: core.stream.counts["kept"] == count)

    return wait


@pytest.mark.slow
def test_messages_are_kept_once_and_what_cannot_be_read_is_buried(
    server: Server, serve: Callable[..., Process], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    process = serve(home, "--no-worker", "--stream", server.url)
    connected(process)
    nameless, three, bad, half = samples()
    publish(server.url, [three, json.dumps([like("1"), like("4")]).encode(), nameless, nameless])
    publish(server.url, [gzip.compress(three)], {"Content-Encoding": "gzip"})
    publish(server.url, [in_arrow()], {"content-type": "application/vnd.apache.arrow.stream"})
    deep = b"\n".join([json.dumps(like("5")).encode()] * 100 + [b'{"x": ' + b"[" * 50_000])
    huge = b"\xff" * (1 << 20)  # the most that the server takes, without a header
    publish(server.url, [b"\xff{", half, b'{"a": 1}', b"[" * 50_000, deep, huge])
    publish(server.url, [b"likes"], {"Content-Type": "text/plain"})
    publish(server.url, [json.dumps(like("last")).encode()])
    comes_to(process, 9, 5, 0)
    assert process.stop() == 0
    ids_kept = ids(home)
    assert ids_kept[:5] == ["0", "1", "2", "4", "5"]
    assert ids_kept[5:] == ["arrow", "good", "last", ids_kept[-1]]  # and the one without a name, once
    assert unacknowledged(server.url) == 0

    dead = {int(message.headers["Zhenzan-Sequence"]): message for message in buried(server.url, 7)}
    bodies = {number: message.data for number, message in dead.items()}
    rows = [json.loads(line) for line in bodies[8].splitlines()]
    assert [row["row"] for row in rows] == list(range(1, 201))
    assert [json.loads(row["given"]) for row in rows] == bad
    assert all("item" in row["reason"] or "timestamp" in row["reason"] for row in rows)
    assert json.loads(bodies[11])["row"] == 100
    assert (bodies[7], bodies[9], bodies[12]) == (b"\xff{", b'{"a": 1}', b"")
    assert "row 1" in dead[8].headers["Zhenzan-Reason"]
    assert "nests too deep" in dead[10].headers["Zhenzan-Reason"]
    assert "by its sequence" in dead[12].headers["Zhenzan-Body"]
    assert dead[13].headers["Content-Type"] == "text/plain"
    assert {message.headers["Zhenzan-Subject"] for message in dead.values()} == {"zhenzan.interactions"}


KILLED_BEFORE_ACK = """
import os, signal, sys
import nats.aio.msg
async def die(message): os.kill(os.getpid(), signal.SIGKILL)
nats.aio.msg.Msg.ack = die
from zhenzan.cli import main
main(sys.argv[1:])
"""


@pytest.mark.slow
def test_what_was_kept_and_not_acknowledged_comes_again_and_counts_once(
    server: Server, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    prepare(server.url)
    rows = [{key: value for key, value in like(str(i)).items() if key != "id"} for i in range(50)]
    publish(server.url, [json.dumps(rows).encode()])
    words = ["serve", str(home), "--port", "0", "--no-worker", "--stream", server.url]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_BEFORE_ACK, *words], timeout=PATIENCE_SECONDS, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    with Resources(Settings(home)):  # it brings the journal into files
        pass
    assert len(ids(home)) == 50
    assert unacknowledged(server.url) == 1
    consume(server, home, [], kept(1))  # it did come again
    assert len(ids(home)) == 50
    assert unacknowledged(server.url) == 0


def test_a_service_that_was_stopped_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    home = tmp_path / "home"
    expected: list[str] = []
    for turn in range(2):
        names = [f"{turn}-{i}" for i in range(300)]
        bodies = [json.dumps(like(name)).encode() for name in names]
        if turn:
            publish(server.url, bodies)
        consume(server, home, [] if turn else bodies, kept(300))
        expected += names
        assert ids(home) == sorted(expected)
        assert unacknowledged(server.url) == 0


@pytest.mark.slow
def test_server_and_service_killed_under_load_lose_and_double_nothing(
    server: Server, serve: Callable[..., Process], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    prepare(server.url)
    process = serve(home, "--no-worker", "--stream", server.url)
    sent: list[str] = []
    enough = threading.Event()

    sending = threading.Thread(target=publish, args=(server.url, likes_until(enough, sent)))
    sending.start()
    under_load = 0
    for kill in (server.kill, process.kill):
        before = len(sent)
        wait_until(lambda before=before: len(sent) > before + 1_000)  # type: ignore[misc]
        kill()
        time.sleep(0.5)
        if kill == server.kill:
            server.start()
            connected(process)
        else:
            under_load += unacknowledged(server.url)
            process = serve(home, "--no-worker", "--stream", server.url)
    enough.set()
    sending.join()
    assert under_load
    wait_until(lambda: unacknowledged(server.url) == 0)
    assert process.stop() == 0
    assert ids(home) == sorted(sent)


@pytest.mark.parametrize(
    "error", [BusyError("busy"), LakeFullError("full"), LakeError("away"), OSError("odd")]
)
def test_what_cannot_be_written_now_comes_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(adapter, "RETRY_SECONDS", 0.1)
    refuse_eight_times(monkeypatch, error)

    async def wait(core: Resources) -> None:
        assert core.stream is not None
        await soon(lambda: core.stream.counts["kept"] == 3)
        assert core.stream.counts == {"kept": 3, "again": 8}

    consume(server, tmp_path / "home", [json.dumps(like(str(i))).encode() for i in range(3)], wait)
    assert ids(tmp_path / "home") == ["0", "1", "2"]
    assert unacknowledged(server.url) == 0


def test_a_dead_stream_that_is_full_stops_nobody_and_loses_nothing(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "RETRY_SECONDS", 0.1)
    config = StreamConfig(name="zhenzan-dead", subjects=["zhenzan.dead"], max_msgs=1, discard="new")
    ask(server.url, lambda stream: stream.add_stream(config))

    async def wait(core: Resources) -> None:
        assert core.stream is not None
        await soon(lambda: core.stream.counts["again"] > 3 and core.stream.counts["kept"] == 1)
        assert core.stream.counts["dead"] == 1

    consume(server, tmp_path / "home", [b"\xff", b"\xfe", json.dumps(like("good")).encode()], wait)
    assert unacknowledged(server.url) == 1


def test_dead_messages_of_a_stream_that_is_made_anew_are_not_taken_for_the_old(
    server: Server, tmp_path: Path
) -> None:
    bad = [json.dumps(like(name) | {"timestamp": "never"}).encode() for name in ("old", "new")]

    async def made_anew(core: Resources) -> None:
        stream = core.stream
        assert stream is not None
        await soon(lambda: stream.counts["dead"] == 1)
        connection = await nats.connect(server.url)
        await connection.jetstream().delete_stream("zhenzan")
        await soon(lambda: not stream.is_connected)
        await soon(lambda: stream.is_connected)
        await connection.close()
        await _publish(server.url, bad[1:])
        await soon(lambda: stream.counts["dead"] == 2)

    consume(server, tmp_path / "home", bad[:1], made_anew)
    dead = buried(server.url, 2)
    assert [json.loads(one.data)["id"] for one in dead] == ["old", "new"]
    assert [one.headers["Zhenzan-Sequence"] for one in dead] == ["1", "1"]


def test_a_dead_message_that_comes_again_is_buried_once(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    prepare(server.url, ack_seconds=0.3)
    caplog.set_level("INFO", "zhenzan.streams")
    done, acknowledged = nats.aio.msg.Msg.ack, []

    async def lost_at_first(message: Any) -> None:
        acknowledged.append(message)
        if len(acknowledged) > 1:
            await done(message)

    monkeypatch.setattr(nats.aio.msg.Msg, "ack", lost_at_first)

    async def wait(core: Resources) -> None:
        await soon(lambda: len(acknowledged) == 2)

    consume(server, tmp_path / "home", [b"\xff"], wait)
    assert len(buried(server.url, 1)) == 1
    assert "it came again" in caplog.text


@pytest.mark.slow
def test_it_starts_and_stops_without_the_server_and_connects_when_it_is_there(
    serve: Callable[..., Process], tmp_path: Path
) -> None:
    server = Server(tmp_path / "nats")
    process = serve(tmp_path / "home", "--no-worker", "--stream", server.url, before=WAITS_FOR_EVER)
    assert metric(process, "zhenzan_stream_connected") == 0
    server.start()
    try:
        connected(process)
        server.kill()
        wait_until(lambda: metric(process, "zhenzan_stream_connected") == 0)
    finally:
        server.kill()
    assert process.stop() == 0


@pytest.mark.parametrize(
    "url", ["http://example.org", "nats://", "amqp://example.org:5672", "nats://me:secret@h:99999"]
)
def test_a_strange_address_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str) -> None:
    options = ["--no-worker", "--port", "0", "--stream", url]
    assert main(["serve", str(tmp_path), *options]) == 1
    message = capsys.readouterr().err
    assert "nats://HOST:PORT" in message
    assert "secret" not in message


def test_a_missing_client_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nats", None)
    options = ["--no-worker", "--port", "0", "--stream", "nats://127.0.0.1:4222"]
    assert main(["serve", str(tmp_path), *options]) == 1
    assert "pip install 'zhenzan[streams]'" in capsys.readouterr().err
