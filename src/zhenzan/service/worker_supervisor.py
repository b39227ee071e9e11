"""Supervisor of the settlement worker: a process that ended or hangs is started again, with pauses."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from zhenzan.service.settings import Settings
from zhenzan.settlement import Heartbeat, read_heartbeat

__all__ = ["ExternalWorker", "Watched", "Worker", "stop_process"]

STOP_SECONDS = 30.0
POLL_SECONDS = 1.0
RETRY_SECONDS, RETRY_SECONDS_MAX = 1.0, 60.0
STEADY_SECONDS = 600.0  # one that lived for so long is started again at once
HANG_SECONDS = 120.0  # without a heartbeat

log = logging.getLogger("zhenzan.service")


class Watched:
    """The state of a worker for monitors. `restarts`: how often it was started again, by why."""

    def __init__(self, home: Path) -> None:
        self.home, self.restarts = home, Counter[str]()

    def heartbeat(self) -> Heartbeat | None:
        """The worker's last heartbeat."""
        return read_heartbeat(self.home)

    def trouble(self) -> str:
        """Why nothing settles just now; "" where a worker is alive."""
        raise NotImplementedError


class ExternalWorker(Watched):
    """A worker that somebody else runs, on this machine or another that sees the same disk."""

    def trouble(self) -> str:
        beat = self.heartbeat()
        if beat is None:
            return "no worker was ever here; run: zhenzan settle"
        silent = time.time() - beat.beat_at
        return "" if silent < HANG_SECONDS else f"the worker told nothing for {silent:,.0f} s"


class Worker(Watched):
    """A worker of the service's own."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.home)
        self._settings = settings
        self._child: subprocess.Popen[bytes] | None = None

    def trouble(self) -> str:
        if self._child is None or self._child.poll() is not None:
            return "the worker ended; it is being started again"
        return ""

    async def run(self, stop: asyncio.Event) -> None:
        """Keep one at work until `stop`."""
        wait = RETRY_SECONDS
        try:
            while not stop.is_set():
                began = time.monotonic()
                reason, description = await self._live(stop)
                if stop.is_set():
                    return
                wait = RETRY_SECONDS if time.monotonic() - began > STEADY_SECONDS else wait
                self.restarts[reason] += 1
                log.error("the worker %s; it is started again in %.0f s", description, wait)
                await _paused(stop, wait)
                wait = min(wait * 2, RETRY_SECONDS_MAX)
        finally:
            if self._child is not None:
                await asyncio.to_thread(stop_process, self._child, STOP_SECONDS)

    async def _live(self, stop: asyncio.Event) -> tuple[str, str]:
        """The life of one, to its end or `stop`: how it ended, in a word and in words."""
        try:
            child = self._child = _started(self._settings)
        except OSError as error:
            return "ended", f"cannot be started ({error})"
        last, heard_at = 0.0, time.monotonic()
        while not await _paused(stop, POLL_SECONDS):
            if child.poll() is not None:
                return "ended", f"ended ({child.returncode})"
            beat = self.heartbeat()
            if beat is not None and beat.pid == child.pid and beat.beat_at != last:
                last, heard_at = beat.beat_at, time.monotonic()
            if time.monotonic() - heard_at > HANG_SECONDS:
                child.kill()  # one that hangs hears nothing milder
                await asyncio.to_thread(child.wait)
                return "hung", f"told nothing for {HANG_SECONDS:,.0f} s, and was killed"
        return "ended", ""


async def _paused(stop: asyncio.Event, seconds: float) -> bool:
    """Wait so long, or until `stop`: whether it was that."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()


def _started(settings: Settings) -> subprocess.Popen[bytes]:
    """`zhenzan settle` on the same folder; it ends when its standard input does, so never outlives us."""
    words = ["settle", str(settings.home), "--every", str(settings.settle_seconds)]
    words += ["--window-days", str(settings.window_days), "--share", str(settings.settle_share)]
    words += ["--while-input", "--quiet", "--log", settings.log]
    if settings.policy is not None:
        words += ["--policy", str(settings.policy)]
    return subprocess.Popen(
        [sys.executable, "-m", "zhenzan", *words],
        stdin=subprocess.PIPE,
        env=os.environ | {"NUMBA_NUM_THREADS": "1"},
        start_new_session=True,  # Ctrl-C is ours to pass on
    )


def stop_process(child: subprocess.Popen[bytes], seconds: float) -> None:
    """Ask a process to end, wait for so long, then make it."""
    child.terminate()  # nothing, where it has ended
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
