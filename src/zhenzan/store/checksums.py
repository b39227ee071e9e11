"""Row checksums, for rows that no event of the ledger can rebuild."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache
from typing import Any

__all__ = ["checksum"]


def checksum(row: Sequence[Any]) -> int:
    """CRC-32 of a row's values: every change of a single bit changes it."""
    return zlib.crc32((_form(len(row)) % tuple(row)).encode("utf-8", "surrogatepass"))


@cache
def _form(values: int) -> str:
    """The text of so many values: each as `str` has it."""
    return "\x1f".join(["%s"] * values)
