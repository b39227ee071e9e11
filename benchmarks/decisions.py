"""How fast the service answers what to show: closed loop, and at a rate that does not wait for answers."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
from tests.service.ports import free_port

from benchmarks.document import table
from benchmarks.service import _wait_for
from zhenzan.progress import Progress
from zhenzan.service import ApiKeys, Role
from zhenzan.store import open_database

ORDERS, BULK = 100, 20
SECONDS, QUICK_SECONDS, WARM_SECONDS = 30.0, 3.0, 3.0
CONNECTIONS, OFFERED, OPEN_CONNECTIONS = 16, 1_500, 128
MARK = b"@@@@@@@@"
TEXT = """\
`zhenzan serve` and its client on this machine, SQLite, {orders} orders that run, one slot a request. First
{connections} connections, each of which asks again as soon as it is answered; then {offered:,} requests a
second at even intervals, timed from when each was due. The log of decisions is written behind the answers."""
TERMS = """
format = 1
name = "benchmark"
[[package]]
id = "likes"
title = "Likes"
minimum = 1
[[package.price]]
kind = "like"
tiers = [[1, 1]]
[delivery]
items = "any"
[caps]
open_orders = 1000
[market]
regions = [["CN", "Asia/Shanghai"], ["SG", "Asia/Singapore"]]
interests = ["music", "food", "sport"]
slots_hour = 10000000
viewers_day = 10000000
like_rate = 0.05
"""


def decisions(progress: Progress, quick: bool) -> str:
    """Decisions a second over HTTP, and the slowest answers."""
    seconds = QUICK_SECONDS if quick else SECONDS
    with (
        tempfile.TemporaryDirectory(prefix="zhenzan-bench-") as folder,
        progress.step("Decisions over HTTP", 2),
    ):
        closed, open_loop, processor_seconds = _run(Path(folder), seconds)
    rows = [
        (f"**closed loop**, {CONNECTIONS} connections", f"{closed.size / seconds:,.0f}/s", "≥ 2,500/s"),
        ("answer: median, 99 of 100", f"{_ms(closed, 0.5)}, {_ms(closed, 0.99)}", ""),
        ("processor time of the service, an answer", f"{1e3 * processor_seconds / closed.size:.2f} ms", ""),
        (f"**{OFFERED:,}/s offered**: answered", f"{open_loop.size / seconds:,.0f}/s", f"{OFFERED:,}/s"),
        ("answer: median", _ms(open_loop, 0.5), ""),
        ("answer: 99 of 100", _ms(open_loop, 0.99), "≤ 15 ms"),
    ]
    text = TEXT.format(orders=ORDERS, connections=CONNECTIONS, offered=OFFERED)
    return text + "\n\n" + table(("", "measured", "goal"), rows)


def _ms(seconds: np.ndarray, share: float) -> str:
    return f"{1e3 * float(np.quantile(seconds, share)):.1f} ms"


def _run(home: Path, seconds: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Seconds of each answer, closed and open loop; seconds that the service computed in the closed one."""
    port = free_port()
    words = ["serve", str(home), "--port", str(port), "--no-worker", "--quiet"]
    child = subprocess.Popen([sys.executable, "-m", "zhenzan", *words])
    try:
        _wait_for(port, child)
        database = open_database(home / "zhenzan.sqlite")
        keys = ApiKeys(database)
        operator, platform = (keys.create("benchmark", role) for role in (Role.operator, Role.platform))
        database.close()
        _order(port, operator)
        ids = itertools.count()
        asyncio.run(_closed(port, platform, WARM_SECONDS, ids))
        before = _processor_seconds(child.pid)
        closed = asyncio.run(_closed(port, platform, seconds, ids))
        computed = _processor_seconds(child.pid) - before
        return closed, asyncio.run(_open(port, platform, seconds, ids)), computed
    finally:
        child.send_signal(signal.SIGINT)
        child.wait()


def _processor_seconds(process: int) -> float:
    """What a process has computed so far, in user and in system mode."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _order(port: int, key: str) -> None:
    """Orders that run."""
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}/v1/promotion", headers=headers, timeout=300.0
    ) as client:
        number = client.post("/terms", json={"text": TERMS}).json()["number"]
        client.post(f"/terms/{number}/publish").raise_for_status()
        payment = {"amount": 10**9, "buyer": "b"}
        client.post("/wallet/payments", json=payment).raise_for_status()
        for first in range(0, ORDERS, BULK):
            wishes = [
                {
                    "item": f"v{index}", "package": "likes", "lines": [{"kind": "like", "units": 100}],
                    "hours": 24, "interests": [("music", "food", "sport")[index % 3]] if index % 2 else [],
                }
                for index in range(first, first + BULK)
            ]  # fmt: skip
            answer = client.post("/orders/bulk", json={"orders": wishes, "all_or_none": False, "buyer": "b"})
            problems = [row["problem"] for row in answer.json()["results"] if row["problem"]]
            if problems:
                raise RuntimeError(f"an order was refused: {problems[0]}")


def _message(key: str) -> tuple[bytes, bytes]:
    slot = {"account": f"fan-{MARK.decode()}", "region": "CN", "interest": "music"}
    body = json.dumps({"slots": [slot]}).encode()
    head = (
        f"POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    return head, body


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: bytes) -> None:
    writer.write(message)
    answer = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(answer.split(b"content-length:")[1].split(b"\r\n")[0]))
    if answer.split()[1] != b"200":
        raise RuntimeError(answer.decode())


async def _closed(port: int, key: str, seconds: float, ids: Iterator[int]) -> np.ndarray:
    head, body = _message(key)
    times: list[float] = []
    until = time.perf_counter() + seconds

    async def send() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (begin := time.perf_counter()) < until:
            await _ask(reader, writer, head + body.replace(MARK, b"%08x" % next(ids)))
            times.append(time.perf_counter() - begin)
        writer.close()

    await asyncio.gather(*(send() for _ in range(CONNECTIONS)))
    return np.array(times)


async def _open(port: int, key: str, seconds: float, ids: Iterator[int]) -> np.ndarray:
    """Each request is due at its own time; a free connection of a pool takes it."""
    head, body = _message(key)
    times: list[float] = []
    due: asyncio.Queue[float | None] = asyncio.Queue()
    begin = time.perf_counter()

    async def offer() -> None:
        for number in range(int(seconds * OFFERED)):
            at = begin + number / OFFERED
            if (wait := at - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            due.put_nowait(at)
        for _ in range(OPEN_CONNECTIONS):
            due.put_nowait(None)

    async def send() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (at := await due.get()) is not None:
            await _ask(reader, writer, head + body.replace(MARK, b"%08x" % next(ids)))
            times.append(time.perf_counter() - at)
        writer.close()

    await asyncio.gather(offer(), *(send() for _ in range(OPEN_CONNECTIONS)))
    return np.array(times)
