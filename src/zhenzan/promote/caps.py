"""Hours and days that caps count in. An hour is a whole UTC hour; a day is a date of the order's own clock.

A date of a zone lasts 23, 24 or 25 hours where the clock changes, so days are cut at instants, not counted
in hours; hours of half-hour zones begin at half past on the wall.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zhenzan.errors import PromotionError
from zhenzan.times import HOUR_US

__all__ = [
    "BLOCK_US",
    "block_end",
    "day_end",
    "day_start",
    "hour_end",
    "local_clock",
    "zone_named",
]

BLOCK_US = HOUR_US // 6  # ten minutes, the piece that exposures are planned in


def zone_named(name: str) -> ZoneInfo:
    """Raises PromotionError where there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PromotionError(
            f"there is no time zone {name!r}; write an IANA name such as Asia/Shanghai"
        ) from None


def hour_end(at_us: int) -> int:
    """The instant at which the UTC hour of `at_us` ends."""
    return (at_us // HOUR_US + 1) * HOUR_US


def block_end(at_us: int) -> int:
    """The instant at which the ten minutes of `at_us` end."""
    return (at_us // BLOCK_US + 1) * BLOCK_US


def day_end(at_us: int, zone: ZoneInfo) -> int:
    """The instant at which the date of the zone's clock at `at_us` ends."""
    today = datetime.fromtimestamp(at_us // 1_000_000, zone).date()
    for days in (1, 2):  # where a clock skips a date, the next one is looked at
        midnight = datetime.combine(today + timedelta(days=days), time.min, zone).astimezone(UTC)
        end = round(midnight.timestamp()) * 1_000_000
        if end > at_us:
            return end
    raise AssertionError("a day lasts no longer than two")


def day_start(at_us: int, zone: ZoneInfo) -> int:
    """The instant at which the date of the zone's clock at `at_us` began."""
    today = datetime.fromtimestamp(at_us // 1_000_000, zone).date()
    midnight = datetime.combine(today, time.min, zone).astimezone(UTC)
    return round(midnight.timestamp()) * 1_000_000


@lru_cache(maxsize=1 << 16)
def local_clock(at_us: int, zone: ZoneInfo) -> tuple[int, int]:
    """The date, as a day number, and the hour of the zone's clock."""
    moment = datetime.fromtimestamp(at_us // 1_000_000, zone)
    return moment.toordinal(), moment.hour
