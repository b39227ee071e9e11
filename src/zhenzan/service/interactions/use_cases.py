"""Ingest: messages become rows, and rows are stored, whether they came over HTTP or from a broker."""

from __future__ import annotations

import asyncio

from zhenzan.interactions import Rows, read_message
from zhenzan.service.bodies import Format, unpacked
from zhenzan.service.hash_keys import HashKeys
from zhenzan.service.intake import Intake, Receipt
from zhenzan.service.settings import Settings
from zhenzan.times import now_us

__all__ = ["Ingest"]


class Ingest:
    """The ingest of interactions: unpack, read, offer to the intake."""

    def __init__(self, settings: Settings, hash_keys: HashKeys, intake: Intake) -> None:
        self._settings, self._hash_keys, self._intake = settings, hash_keys, intake

    def unpack(self, body: bytes, encoding: str) -> bytes:
        """The body without its compression. Raises ProblemDetailsException where it is none, or too long."""
        return unpacked(body, encoding.strip().lower(), self._settings.body_bytes_max)

    def read(self, body: bytes, format: Format) -> Rows:
        """The rows of a message, addresses hashed. Raises InputError."""
        latest = now_us() + int(self._settings.clock_skew_seconds * 1e6)
        return read_message(body, format, self._hash_keys.current, latest=latest)

    def offer(self, rows: Rows) -> asyncio.Future[Receipt]:
        """Offer rows to the intake, as `Intake.offer` does. Raises BusyError."""
        return self._intake.offer(rows)
