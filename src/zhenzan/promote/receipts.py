"""Receipts of decisions: the record, and a keyed hash of it that only the service can make.

BLAKE2b with a key is a message authentication code (RFC 7693, section 2.9): whoever lacks the key guesses
128 bits. Records have one layout of 48 bytes, so a receipt is checked from its bytes alone.
"""

from __future__ import annotations

import hmac
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

__all__ = ["KEY_BYTES", "RECORD", "TAG_BYTES", "Receipts"]

RECORD = np.dtype(
    [
        ("decision", "<u8"),
        ("time_us", "<i8"),
        ("viewer", "<u8"),
        ("flight", "<i8"),  # the order's number; −1 where nothing is shown
        ("propensity", "<f4"),
        ("eligible", "<u2"),
        ("region", "<u2"),
        ("interest", "<u2"),
        ("hour", "u1"),
        ("reason", "u1"),
        ("local_day", "<i4"),
    ]
)
"""A decision as it is logged, little-endian and without gaps."""

KEY_BYTES = 32
TAG_BYTES = 16


class Receipts:
    """Makes and checks receipts under one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key of receipts has {KEY_BYTES} bytes, not {len(key)}")
        self._keyed = blake2b(key=key, digest_size=TAG_BYTES)

    def tags(self, records: npt.NDArray[np.void]) -> list[bytes]:
        """A tag for each record, about 1 µs each."""
        size, data, copy = RECORD.itemsize, records.tobytes(), self._keyed.copy
        tags = []
        for begin in range(0, len(data), size):
            keyed = copy()
            keyed.update(data[begin : begin + size])
            tags.append(keyed.digest())
        return tags

    def holds(self, record: bytes, tag: bytes) -> bool:
        """Whether the tag is that of the record, in time that tells nothing of where they differ."""
        keyed = self._keyed.copy()
        keyed.update(record)
        return len(record) == RECORD.itemsize and hmac.compare_digest(keyed.digest(), tag)
