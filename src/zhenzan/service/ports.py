"""The service's TCP port, reserved from before anything is opened until the service ends."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from zhenzan.errors import ZhenzanError

__all__ = ["reserved_port"]


@contextmanager
def reserved_port(host: str, port: int) -> Iterator[int]:
    """While this is open nobody but this user's processes that share ports can listen there; gives the port,
    for 0 a free one. Raises ZhenzanError where the address cannot be had.

    The server binds the port again and shares it (SO_REUSEPORT) with this socket, which never listens. It
    would share it with another service too, so what is bound there already is looked for first.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as alone, socket.socket(family) as shared:
        alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what was closed just now is free
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            if port:
                alone.bind((host, port))
                alone.close()
            shared.bind((host, port))
        except OSError as error:
            raise ZhenzanError(_refusal(host, port, error)) from None
        yield shared.getsockname()[1]


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"cannot listen at {host}:{port}: another program does; stop it, or choose another --port"
    return f"cannot listen at {host}:{port}: {error.strerror or error}"
