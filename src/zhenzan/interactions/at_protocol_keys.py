"""Record keys of the AT protocol: a TID holds the microsecond at which a record was made, and a clock's
number.

Thirteen letters of base 32 hold 64 bits: a zero, 53 bits of microseconds since 1970, ten of the clock.
Source: https://atproto.com/specs/tid
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

__all__ = ["microseconds_of_text", "microseconds_of_tid"]

_TID = re.compile(r"[2-7a-j][2-7a-z]{12}").fullmatch
_DIGITS = str.maketrans("234567abcdefghijklmnopqrstuvwxyz", "0123456789abcdefghijklmnopqrstuv")
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def microseconds_of_tid(key: str | None) -> int | None:
    """The time in a record key, in microseconds since 1970; None if the key is no TID."""
    return int(key.translate(_DIGITS), 32) >> 10 if key is not None and _TID(key) else None


def microseconds_of_text(text: str | None) -> int | None:
    """A time in ISO 8601 (UTC if it names no zone), in microseconds since 1970; None if it is none."""
    try:
        time = datetime.fromisoformat(text or "")
        return ((time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None
