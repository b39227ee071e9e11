"""A real NATS server brings interactions: once, whatever is killed; what cannot be read is buried."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.service.conftest import Process, free_port

from zhenzan.lake import read_since

nats = pytest.importorskip("nats", reason="the NATS client comes with the streams extra")
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


def like(id: str) -> dict[str, Any]:
    return {"id": id, "account": f"a{id}", "item": "v", "timestamp": "2026-03-20T10:00:00Z"}


async def _publish(url: str, bodies: list[bytes], sent: list[bytes], stop: threading.Event | None) -> None:
    """All of them, patiently; what the server acknowledged is noted."""
    for body in bodies:
        while True:
            try:
                connection = await nats.connect(
                    url, allow_reconnect=False, connect_timeout=2, error_cb=_quiet
                )
                try:
                    stream = connection.jetstream(timeout=2)
                    while body is not None:
                        await stream.publish("zhenzan.interactions", body, stream="zhenzan")
                        sent.append(body)
                        if stop is None or stop.is_set() or len(sent) >= len(bodies):
                            break
                        body = bodies[len(sent)]
                    break
                finally:
                    await connection.close()
            except Exception:
                await asyncio.sleep(0.2)
        if len(sent) >= len(bodies):
            return


async def _quiet(_: Exception) -> None:
    pass


def publish(url: str, bodies: list[bytes]) -> None:
    asyncio.run(_publish(url, bodies, [], None))


def buried(url: str, count: int) -> list[tuple[str, bytes]]:
    """Reason and body of each dead message."""

    async def read() -> list[tuple[str, bytes]]:
        connection = await nats.connect(url)
        try:
            messages = await connection.jetstream().pull_subscribe("zhenzan.dead", stream="zhenzan-dead")
            found = await messages.fetch(count, timeout=10)
            return [(each.headers["Zhenzan-Reason"], each.data) for each in found]
        finally:
            await connection.close()

    return asyncio.run(read())


def metric(process: Process, name: str) -> float:
    text = httpx.get(process.url + "/metrics").text
    return next((float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name)), -1.0)


def until(ready: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def ids(home: Path) -> list[str]:
    return sorted(id for batch in read_since(home, 0) for id in batch.column("id").to_pylist())


@pytest.mark.slow
def test_messages_are_kept_once_and_what_cannot_be_read_is_buried(
    server: Server, serve: Callable[..., Process], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    process = serve(home, "--no-worker", "--stream", server.url)
    until(lambda: metric(process, "zhenzan_stream_connected") == 1)
    nameless = json.dumps({key: value for key, value in like("x").items() if key != "id"}).encode()
    lines = b"\n".join(json.dumps(like(str(i))).encode() for i in range(3))
    half = json.dumps([like("good"), {"account": "a"}]).encode()
    bodies = [
        lines,
        json.dumps([like("1"), like("4")]).encode(),
        nameless,
        nameless,
        b"\xff{",
        half,
        b'{"a": 1}',
    ]
    publish(server.url, bodies)
    until(lambda: metric(process, 'zhenzan_stream_messages_total{outcome="kept"}') == 5)
    until(lambda: metric(process, 'zhenzan_stream_messages_total{outcome="dead"}') == 2)
    assert process.stop() == 0
    found = ids(home)
    assert found[:4] == ["0", "1", "2", "4"]
    assert len(found) == 6  # "good", and the one without a name, once
    dead = buried(server.url, 3)
    assert {body for _, body in dead} == {b"\xff{", half, b'{"a": 1}'}
    assert any("row 1" in reason for reason, _ in dead)


@pytest.mark.slow
def test_server_and_service_killed_under_load_lose_and_double_nothing(
    server: Server, serve: Callable[..., Process], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    process = serve(home, "--no-worker", "--stream", server.url)
    until(lambda: metric(process, "zhenzan_stream_connected") == 1)
    bodies = [
        b"\n".join(json.dumps(like(f"{number}-{i}")).encode() for i in range(20)) for number in range(600)
    ]
    sent: list[bytes] = []
    going = threading.Event()
    sending = threading.Thread(target=lambda: asyncio.run(_publish(server.url, bodies, sent, going)))
    sending.start()
    for _ in range(2):
        time.sleep(0.7)
        server.kill()
        time.sleep(1.0)
        server.start()
        time.sleep(0.7)
        process.kill()
        process = serve(home, "--no-worker", "--stream", server.url)
    sending.join(60)
    assert len(sent) == len(bodies)
    wanted = sorted(f"{number}-{i}" for number in range(600) for i in range(20))
    until(lambda: metric(process, "zhenzan_lake_sequence") >= len(wanted))
    assert process.stop() == 0
    assert ids(home) == wanted


@pytest.mark.slow
def test_it_starts_without_the_server_and_waits_for_it(serve: Callable[..., Process], tmp_path: Path) -> None:
    server = Server(tmp_path / "nats")
    process = serve(tmp_path / "home", "--no-worker", "--stream", server.url)
    assert metric(process, "zhenzan_stream_connected") == 0
    server.start()
    try:
        until(lambda: metric(process, "zhenzan_stream_connected") == 1)
        assert process.stop() == 0
    finally:
        server.kill()


def test_a_strange_address_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from zhenzan.cli import main

    options = ["--no-worker", "--port", str(free_port()), "--stream", "http://example.org"]
    assert main(["serve", str(tmp_path), *options]) == 1
    assert "nats://HOST:PORT" in capsys.readouterr().err
