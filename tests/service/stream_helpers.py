"""What the tests of streams share: interactions, what a service counts of its stream, waiting."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.polling import PATIENCE_SECONDS, wait_until
from tests.service.conftest import Process

from zhenzan.interactions import Rows
from zhenzan.lake import read_since
from zhenzan.service.intake import Intake, Receipt


def like(id: str) -> dict[str, Any]:
    return {"id": id, "account": f"a{id}", "item": "v", "timestamp": "2026-03-20T10:00:00Z"}


def likes_until(enough: threading.Event, sent: list[str]) -> Iterator[bytes]:
    """Messages of twenty likes each; the ids of what the broker took are added to `sent`."""
    while not enough.is_set():
        names = [f"{len(sent)}-{i}" for i in range(20)]
        yield b"\n".join(json.dumps(like(name)).encode() for name in names)
        sent.extend(names)
        time.sleep(0.005)


def samples() -> tuple[bytes, bytes, list[dict[str, Any]], bytes]:
    """Messages: a like without an id, three likes in lines; 200 bad rows, and these after a good one."""
    nameless = json.dumps({key: value for key, value in like("x").items() if key != "id"}).encode()
    three = b"\n".join(json.dumps(like(str(i))).encode() for i in range(3))
    bad = [{"account": f"a{i}"} for i in range(200)]
    return nameless, three, bad, json.dumps([like("good"), *bad]).encode()


def in_arrow() -> bytes:
    """A like as an Arrow stream."""
    table = pa.Table.from_pylist([like("arrow") | {"timestamp": 1_790_000_000}])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def outcomes(process: Process) -> tuple[float, ...]:
    """Messages kept, dead, again."""
    return tuple(
        metric(process, f'zhenzan_stream_messages_total{{outcome="{word}"}}')
        for word in ("kept", "dead", "again")
    )


def metric(process: Process, name: str) -> float:
    text = process.ask("GET", "/metrics").text
    return next((float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name)), -1.0)


def connected(process: Process) -> Process:
    wait_until(lambda: metric(process, "zhenzan_stream_connected") == 1)
    return process


def comes_to(process: Process, kept: int, dead: int, again: int) -> None:
    wait_until(lambda: outcomes(process) == (kept, dead, again))


def ids(home: Path) -> list[str]:
    return sorted(id for batch in read_since(home, 0) for id in batch.column("id").to_pylist())


def refuse_eight_times(monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> None:
    """The intake refuses what it is offered, with these errors in turn, before it takes it."""
    offer, refusals = Intake.offer, itertools.islice(itertools.cycle(errors), 8)

    def often_refused(intake: Intake, rows: Rows) -> asyncio.Future[Receipt]:
        if (error := next(refusals, None)) is not None:
            raise error
        return offer(intake, rows)

    monkeypatch.setattr(Intake, "offer", often_refused)


async def soon(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not ready():
            await asyncio.sleep(0.02)
