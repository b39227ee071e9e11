"""Checksums of rows that no event of the ledger makes again."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

__all__ = ["checksum"]


def checksum(row: Sequence[Any]) -> int:
    """CRC-32 of a row's values: every change of a single bit changes it."""
    return zlib.crc32("\x1f".join(map(str, row)).encode("utf-8", "surrogatepass"))
