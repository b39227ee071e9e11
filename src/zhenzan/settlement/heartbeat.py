"""The worker's heartbeat: that it is alive, and when everything was settled last.

home/worker.json   written every few seconds while the worker waits, or works: while its CPU time grows. One
                   that waits for ever for a lock or a disk, or was stopped, writes nothing
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

__all__ = ["WORKER_FILE", "Heartbeat", "HeartbeatWriter", "read_heartbeat"]

BEAT_SECONDS = 2.0
CPU_SECONDS_LEAST = 0.001  # between two beats: less is nothing but the beating itself
WORKER_FILE = "worker.json"


class Heartbeat(msgspec.Struct, frozen=True):
    """pid: of the worker. beat_at, began_at: seconds since 1970, of this and of the worker's start.
    settled_at: when all that lay in the lake was settled, or found to be, last; 0: not yet. pass_seconds: how
    long the last settlement took, the wait before it included. trouble: why the last one was left out, "".
    """

    pid: int
    beat_at: float
    began_at: float
    settled_at: float = 0.0
    pass_seconds: float = 0.0
    trouble: str = ""


def read_heartbeat(home: Path) -> Heartbeat | None:
    """The worker's last heartbeat; None where there is none, or it cannot be read."""
    try:
        return msgspec.json.decode((home / WORKER_FILE).read_bytes(), type=Heartbeat)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


class HeartbeatWriter:
    """The worker's side. `waiting` while it has nothing to do; `settled` and `failed` after each look."""

    def __init__(self, home: Path) -> None:
        self._path = home / WORKER_FILE
        before = read_heartbeat(home)  # of a worker that ended: what it settled is settled
        last = (before.settled_at, before.pass_seconds) if before else ()
        self._beat_record = Heartbeat(os.getpid(), 0.0, time.time(), *last)
        self._waits = threading.Event()
        self._stop = threading.Event()
        self._write()
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        self._waits.set()
        try:
            yield
        finally:
            self._waits.clear()

    def settled(self, pass_seconds: float) -> None:
        self._update(settled_at=time.time(), pass_seconds=pass_seconds, trouble="")

    def failed(self, trouble: str) -> None:
        self._update(trouble=trouble)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _update(self, **changes: float | str) -> None:
        self._beat_record = msgspec.structs.replace(self._beat_record, **changes)
        self._write()

    def _beat(self) -> None:
        worked = -1.0
        while not self._stop.wait(BEAT_SECONDS):
            now = time.process_time() - time.thread_time()
            if self._waits.is_set() or now > worked + CPU_SECONDS_LEAST:
                self._write()
            worked = now

    def _write(self) -> None:
        """Not durable: after a crash of the machine the next worker writes another."""
        beat = msgspec.structs.replace(self._beat_record, beat_at=time.time())
        part = self._path.with_name(f".{WORKER_FILE}.{threading.get_ident()}.tmp")
        with contextlib.suppress(OSError):  # others report a full disk
            part.write_bytes(msgspec.json.encode(beat))
            part.replace(self._path)
