"""Locks between processes: files that the system unlocks when their holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zhenzan.errors import LakeError

__all__ = ["only_one", "swapping"]


def only_one(path: Path, refusal: str) -> int:
    """Lock a file, made where there is none, until the handle that it gives is closed. Raises LakeError with
    `refusal` where somebody holds it, OSError where it cannot be made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise LakeError(refusal) from None
    return handle


@contextmanager
def swapping(root: Path, *, exclusive: bool = False) -> Iterator[None]:
    """While it is held no files are merged away: for whoever lists files and then opens them."""
    handle = os.open(root.parent / "swap.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)
