"""Ports for services that tests and benchmarks start."""

from __future__ import annotations

import contextlib
import random
import socket

__all__ = ["free_port"]

BELOW_CLIENTS = range(20_000, 32_000)


def free_port() -> int:
    """A port that nobody listens at just now, and that no client is given as its own: one that asks a port
    before anybody listens there would speak to itself, and keep it taken.
    """
    while True:
        port = random.SystemRandom().choice(BELOW_CLIENTS)
        with socket.socket() as listening, contextlib.suppress(OSError):
            listening.bind(("127.0.0.1", port))
            return port
