"""Time units and the clock: whole microseconds, since 1970 where they name a moment."""

from __future__ import annotations

import time

__all__ = ["DAY_US", "HOUR_US", "now_us"]

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def now_us() -> int:
    """The time by this machine's clock."""
    return time.time_ns() // 1000
