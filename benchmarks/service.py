"""How much the service takes: large and single messages over HTTP, each acknowledged when it is on disk."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import httpx
import numpy as np
from tests.service.ports import free_port

from benchmarks.document import table
from zhenzan.progress import Progress
from zhenzan.service import ApiKeys, Role
from zhenzan.store import open_database

LARGE_SECONDS, SINGLE_SECONDS, QUICK_SECONDS = 600.0, 60.0, 2.0
LARGE_ROWS, LARGE_CONNECTIONS, SINGLE_CONNECTIONS, ASKING_CONNECTIONS = 1_000, 12, 64, 32
WARM_SECONDS = 5.0
MARK = b"@@@@@@@@"
START_SECONDS = 60.0
TEXT = """\
`zhenzan serve` and its client on this machine, SQLite and a local lake, the screen at work on every like, no
settlement meanwhile. NDJSON of 1,000 likes with ten fields over 12 connections; single likes as JSON over 64.
Each connection sends again as soon as it is answered. Memory: the most that the service held within the
second tenth of the time, and within the last. Last, single likes over 32, of which every other asks for the
provisional verdict too: what that adds to the slowest answers."""


@dataclass
class Load:
    """What a load came to: seconds of each answer, memory in MiB early and late."""

    rows: int = 0
    refused: int = 0
    seconds: list[float] = field(default_factory=list)
    asking: list[float] = field(default_factory=list)  # of those that asked for the verdict
    wall: float = 0.0
    memory: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        return 1e3 * float(np.quantile(self.seconds, share))


def service(progress: Progress, quick: bool) -> str:
    """Interactions a second, time to the answer, memory, and that nothing is lost or doubled."""
    rows: list[tuple[str, str, str]] = []
    with progress.step("The service under load", 3) as advance:
        for name, size, connections, seconds, goal in (
            ("**1,000 a message**", LARGE_ROWS, LARGE_CONNECTIONS, LARGE_SECONDS, "≥ 150,000/s"),
            ("**one a message**", 1, SINGLE_CONNECTIONS, SINGLE_SECONDS, "≥ 2,000/s"),
        ):
            with tempfile.TemporaryDirectory(prefix="zhenzan-bench-") as folder:
                load, sent, kept = _run(Path(folder), size, connections, QUICK_SECONDS if quick else seconds)
            rows += [
                (f"{name}, {load.wall:,.0f} s", f"{load.rows / load.wall:,.0f}/s", goal),
                ("answer: median", f"{load.quantile(0.5):.1f} ms", ""),
                ("answer: 99 of 100", f"{load.quantile(0.99):.1f} ms", "≤ 50 ms" if size == 1 else ""),
                ("put off (429)", f"{load.refused:,}", ""),
                (
                    "memory, early and late",
                    " and ".join(f"{mebibytes:,.0f} MiB" for mebibytes in load.memory),
                    "flat",
                ),
                (
                    "acknowledged; rows in the lake; ids there",
                    "; ".join(f"{n:,}" for n in (sent, *kept)),
                    "equal",
                ),
            ]
            advance(1)
        with tempfile.TemporaryDirectory(prefix="zhenzan-bench-") as folder:
            seconds = QUICK_SECONDS if quick else SINGLE_SECONDS
            load, _, _ = _run(Path(folder), 1, ASKING_CONNECTIONS, seconds, asks=True)
        plain, asking = (1e3 * float(np.quantile(seconds, 0.99)) for seconds in (load.seconds, load.asking))
        rows += [
            (f"**half of them asking**, {load.wall:,.0f} s", f"{load.rows / load.wall:,.0f}/s", ""),
            ("99 of 100, without the verdict", f"{plain:.1f} ms", ""),
            ("99 of 100, with it", f"{asking:.1f} ms", "≤ 2 ms more"),
        ]
        advance(1)
    return TEXT + "\n\n" + table(("", "measured", "goal"), rows)


def _run(
    home: Path, size: int, connections: int, seconds: float, *, asks: bool = False
) -> tuple[Load, int, tuple[int, int]]:
    """A load; how many rows were acknowledged in all; how many rows and ids lie in the lake after it."""
    port = free_port()
    words = ["serve", str(home), "--port", str(port), "--no-worker", "--quiet"]
    child = subprocess.Popen([sys.executable, "-m", "zhenzan", *words])
    try:
        _wait_for(port, child)
        database = open_database(home / "zhenzan.sqlite")
        key = ApiKeys(database).create("benchmark", Role.platform)
        database.close()
        ids = itertools.count()
        short = min(WARM_SECONDS, seconds)
        warm = asyncio.run(_load(port, key, size, connections, short, child.pid, ids, asks=asks))
        load = asyncio.run(_load(port, key, size, connections, seconds, child.pid, ids, asks=asks))
    finally:
        child.send_signal(signal.SIGINT)
        child.wait()
    pattern = str(home / "lake" / "**" / "*.parquet")
    rows, distinct = duckdb.sql(f"SELECT count(*), count(DISTINCT id) FROM '{pattern}'").fetchall()[0]
    return load, warm.rows + load.rows, (int(rows), int(distinct))


def _wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and child.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/live").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the service does not answer")


def _message(rows: int) -> bytes:
    """A message whose ids begin with a mark that each sending replaces: the client must cost little."""
    likes = [
        {
            "id": f"{MARK.decode()}-{i}",
            "timestamp": 1_790_000_000_000 + i,
            "item": f"video-{i % 300}",
            "account": f"viewer-{i * 7919 % 50_000}",
            "creator": f"creator-{i % 30}",
            "watched": 3000 + i,
            "duration": 9000,
            "ip": f"10.0.{i % 200}.{i % 250}",
            "device": f"device-{i % 5000}",
            "region": "CN",
        }
        for i in range(rows)
    ]
    return "\n".join(json.dumps(like, separators=(",", ":")) for like in likes).encode()


async def _load(
    port: int,
    key: str,
    size: int,
    connections: int,
    seconds: float,
    process: int,
    ids: Iterator[int],
    *,
    asks: bool,
) -> Load:
    """`asks`: every other connection asks for the provisional verdict too."""
    load, body = Load(), _message(size)
    kind = "application/x-ndjson" if size > 1 else "application/json"
    rest = (
        f" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    begin = time.perf_counter()

    async def send(is_asking: bool) -> None:
        head = f"POST /v1/interactions{'?verdicts=true' if is_asking else ''}{rest}".encode()
        times = load.asking if is_asking else load.seconds
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() - begin < seconds:
            message = head + body.replace(MARK, b"%08x" % next(ids))
            sent_at = time.perf_counter()
            writer.write(message)
            await writer.drain()
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(answer.split(b"content-length:")[1].split(b"\r\n")[0]))
            if answer.split()[1] == b"200":
                times.append(time.perf_counter() - sent_at)
                load.rows += size
            else:
                load.refused += 1
                await asyncio.sleep(0.1)
        writer.close()

    async def watch() -> None:
        for after, until in ((0.1, 0.2), (0.88, 0.98)):
            await asyncio.sleep(begin + after * seconds - time.perf_counter())
            load.memory.append(0.0)
            while time.perf_counter() - begin < until * seconds:
                load.memory[-1] = max(load.memory[-1], _memory_mib(process))
                await asyncio.sleep(min(0.25, seconds / 50))

    await asyncio.gather(watch(), *(send(asks and i % 2 == 1) for i in range(connections)))
    load.wall = time.perf_counter() - begin
    return load


def _memory_mib(process: int) -> float:
    """What the process holds in memory just now."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024
