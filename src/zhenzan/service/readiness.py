"""Readiness checks: whether every part of the service works, each with its reason."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from zhenzan.errors import ZhenzanError
from zhenzan.ledger import Ledger, is_empty
from zhenzan.service.intake import Intake
from zhenzan.service.settings import Settings
from zhenzan.service.tasks import TaskRunner
from zhenzan.service.worker_supervisor import Watched

__all__ = ["SETTLEMENTS_TASK", "Check", "Readiness"]

ROOM_BYTES = 64 << 20  # left on the disk: less is full within seconds
FRESH_SECONDS = 1.0  # an answer is given again for so long: anybody may ask
DATABASE_SECONDS = 3.0  # to answer
STUCK_SECONDS = 30.0  # rows wait, and none is written
FAILED_SECONDS = 60.0  # how long a failed write counts, where none came after it
SETTLED_SECONDS_MIN = 3600.0  # since all was settled; on a large lake so many settlements:
SETTLEMENTS = 5
FIRST_SECONDS = 6 * 3600.0  # the first settlement of a worker may take so long
SETTLEMENTS_TASK = "settlements"  # the task that takes them up
_PROBE = ".probe"


class Check(msgspec.Struct, frozen=True):
    """One check. why: what is wrong, "" where nothing is."""

    name: str
    ok: bool
    why: str = ""


class Running(Protocol):
    """The parts of a service that are checked."""

    settings: Settings
    ledger: Ledger
    intake: Intake
    tasks: TaskRunner
    worker: Watched | None


class Readiness:
    """Asks the parts of a service."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._asking: asyncio.Task[str] | None = None
        self._last: tuple[float, list[Check]] = (-FRESH_SECONDS, [])

    async def look(self) -> list[Check]:
        """All checks, at most a second old."""
        at, checks = self._last
        if not checks or time.monotonic() - at > FRESH_SECONDS:
            database = await self._database()
            checks = [_check("database", database), *await asyncio.to_thread(lambda: list(self._others()))]
            self._last = time.monotonic(), checks
        return checks

    async def _database(self) -> str:
        """One question at a time: a database that hangs is not asked again and again."""
        asking = self._asking or asyncio.create_task(asyncio.to_thread(_ask_database, self._running))
        self._asking = asking
        done, _ = await asyncio.wait({asking}, timeout=DATABASE_SECONDS)
        if not done:
            return f"does not answer within {DATABASE_SECONDS:.0f} s"
        self._asking = None
        return asking.result()

    def _others(self) -> Iterator[Check]:
        running = self._running
        yield _check("disk", _of_disk(running.settings.home))
        yield _check("intake", running.intake.trouble(STUCK_SECONDS, FAILED_SECONDS))
        failing = running.tasks.trouble(FAILED_SECONDS)
        settlements = failing.pop(SETTLEMENTS_TASK, "")
        yield _check("rewards", settlements and f"settlements are not taken up: {settlements}")
        yield _check("tasks", "; ".join(f"{name}: {why}" for name, why in sorted(failing.items())))
        if running.worker is not None:
            yield _check("worker", running.worker.trouble())
            yield _check("settlement", _of_settlement(running.worker))


def _check(name: str, why: str) -> Check:
    return Check(name, not why, why)


def _ask_database(running: Running) -> str:
    path = Path(running.settings.database_url)
    if "://" not in running.settings.database_url and not path.exists():
        return f"{path} is gone"
    try:
        is_empty(running.ledger.database)
    except ZhenzanError as error:
        return str(error)
    return ""


def _of_disk(home: Path) -> str:
    """Whether it has room and can be written: a page is."""
    path = home / "scratch" / _PROBE
    try:
        free = shutil.disk_usage(home).free
        if free < ROOM_BYTES:
            return f"{home}: {free / 1e6:,.0f} MB are free, {ROOM_BYTES / 1e6:,.0f} MB are needed"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.write(handle, bytes(4096))
            os.fdatasync(handle)
        finally:
            os.close(handle)
            path.unlink()
    except OSError as error:
        return f"{home}: cannot be written ({error.strerror or error})"
    return ""


def _of_settlement(worker: Watched) -> str:
    """Why what came in is not settled, or not lately."""
    beat = worker.heartbeat()
    if beat is None:
        return ""  # it has not begun: of that `worker` tells
    if beat.trouble:
        return f"the last one was left out: {beat.trouble}"
    if not beat.settled_at:
        age, most = time.time() - beat.began_at, FIRST_SECONDS
    else:
        age, most = time.time() - beat.settled_at, max(SETTLED_SECONDS_MIN, SETTLEMENTS * beat.pass_seconds)
    return "" if age <= most else f"nothing was settled for {age:,.0f} s; {most:,.0f} s are usual at most"
