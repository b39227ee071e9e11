"""What the tests of streams share: interactions, what a service counts of its stream, waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from tests.service.conftest import Process

from zhenzan.lake import read_since


def like(id: str) -> dict[str, Any]:
    return {"id": id, "account": f"a{id}", "item": "v", "timestamp": "2026-03-20T10:00:00Z"}


def outcomes(process: Process) -> tuple[float, ...]:
    """Messages kept, dead, again."""
    return tuple(
        metric(process, f'zhenzan_stream_messages_total{{outcome="{word}"}}')
        for word in ("kept", "dead", "again")
    )


def metric(process: Process, name: str) -> float:
    text = httpx.get(process.url + "/metrics").text
    return next((float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name)), -1.0)


def until(ready: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def connected(process: Process) -> Process:
    until(lambda: metric(process, "zhenzan_stream_connected") == 1)
    return process


def comes_to(process: Process, kept: int, dead: int, again: int) -> None:
    until(lambda: outcomes(process) == (kept, dead, again))


def ids(home: Path) -> list[str]:
    return sorted(id for batch in read_since(home, 0) for id in batch.column("id").to_pylist())


async def soon(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not ready():
            await asyncio.sleep(0.02)
