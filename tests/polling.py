"""How long tests wait for what must happen: so long that only what never comes fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["PATIENCE_SECONDS", "wait_until"]

PATIENCE_SECONDS = 240.0
LOOK_SECONDS = 0.05

Found = TypeVar("Found")


def wait_until(ready: Callable[[], Found], why: Callable[[], object] = lambda: "") -> Found:
    """Wait until this gives something true, and return that. `why`: what is said where it never does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (result := ready()):
        assert time.monotonic() < end, f"waited in vain: {why()}"
        time.sleep(LOOK_SECONDS)
    return result
