"""Thread priority: background threads give way to those that answer requests."""

from __future__ import annotations

import os
import sys
import threading

__all__ = ["lower_thread_priority"]

NICENESS = 10


def lower_thread_priority() -> None:
    """Give the calling thread a lower priority, where threads have priorities of their own: on Linux."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
