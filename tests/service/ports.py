"""Ports for servers that must know theirs beforehand; all others bind to 0 and say what they got."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import IO

__all__ = ["free_port"]

BELOW_CLIENTS = range(20_000, 32_000)
_held: list[IO[bytes]] = []


def free_port() -> int:
    """A port that nobody listens at, that no other process is given here until this one ends, and that no
    client is given as its own: one that asks a port before anybody listens there would speak to itself, and
    keep it taken.
    """
    locks = Path(tempfile.gettempdir()) / f"zhenzan-ports-{os.getuid()}"
    locks.mkdir(exist_ok=True)
    while True:
        port = random.SystemRandom().choice(BELOW_CLIENTS)
        lock = (locks / str(port)).open("wb")
        with contextlib.suppress(OSError), socket.socket() as listening:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            listening.bind(("127.0.0.1", port))
            _held.append(lock)
            return port
        lock.close()
