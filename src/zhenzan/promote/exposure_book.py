"""Exposures that clients report: on the disk before they are acknowledged, each decision once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from zhenzan.batching import MicroBatcher
from zhenzan.errors import ZhenzanError
from zhenzan.promote.receipts import RECORD
from zhenzan.promote.tables import EXPOSURES
from zhenzan.store import Database

__all__ = ["Exposure", "ExposureBook", "ExposuresClosedError"]

BATCH_ROWS = 2_000
QUALIFIED = "qualified"


class ExposuresClosedError(ZhenzanError):
    """The service stops: send the exposures again."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """A decision that a client has shown: its record, and when the service heard of it (µs)."""

    record: bytes
    opened_us: int

    @property
    def decision(self) -> int:
        return int(np.frombuffer(self.record, RECORD)[0]["decision"])


@dataclass(frozen=True, slots=True)
class _Qualified:
    decision: int
    at_us: int


class ExposureBook:
    """The exposures of one database. `opened`: called with those that are durable, by the writing thread."""

    def __init__(self, database: Database, opened: Callable[[Sequence[Exposure]], object]) -> None:
        self._database, self._opened = database, opened
        self._batcher: MicroBatcher[Sequence[Exposure | _Qualified], int] = MicroBatcher(
            "exposures", lambda rows: partial(self._write, rows), len, BATCH_ROWS
        )

    def open(self, exposures: Sequence[Exposure]) -> asyncio.Future[int]:
        """Keep exposures; the future is done when they are on the disk. From a task of an event loop."""
        return self._offer(exposures)

    def qualify(self, decisions: Sequence[int], at_us: int) -> asyncio.Future[int]:
        """Note that views of these decisions lasted long enough; each counts once."""
        return self._offer([_Qualified(decision, at_us) for decision in decisions])

    def _offer(self, rows: Sequence[Exposure | _Qualified]) -> asyncio.Future[int]:
        if self._batcher.is_closed:
            raise ExposuresClosedError("the service stops; send this again in a moment")
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._batcher.offer(rows, future)
        return future

    def since(self, since_us: int) -> list[Exposure]:
        """Exposures that were opened since then, the oldest first."""
        text = "SELECT record, opened_us FROM exposures WHERE opened_us >= ? ORDER BY opened_us, decision"
        return [Exposure(bytes(record), opened) for record, opened in self._database.fetch(text, (since_us,))]

    def counts(self, numbers: Sequence[int]) -> dict[int, tuple[int, int]]:
        """By order's number, how many exposures were reported, and how many of these are qualified."""
        text = (
            "SELECT order_number, COUNT(*), SUM(CASE WHEN qualified_us > 0 THEN 1 ELSE 0 END) "
            "FROM exposures GROUP BY order_number HAVING order_number IN"
        )
        rows = self._database.fetch_within(text, list(numbers))
        return {number: (int(count), int(qualified)) for number, count, qualified in rows}

    def close(self) -> None:
        """Write what was offered."""
        self._batcher.close()

    def _write(self, batches: Sequence[Sequence[Exposure | _Qualified]]) -> list[int]:
        opened = [row for rows in batches for row in rows if isinstance(row, Exposure)]
        qualified = [row for rows in batches for row in rows if isinstance(row, _Qualified)]
        records = np.frombuffer(b"".join(row.record for row in opened), RECORD)
        numbers = zip(records["decision"].tolist(), records["flight"].tolist(), opened, strict=True)
        values = [(decision, flight, row.record, row.opened_us, 0) for decision, flight, row in numbers]
        mark = self._database.mark
        with self._database.write() as connection:
            self._database.insert_missing(connection, EXPOSURES, values)
            if qualified:
                text = (
                    f"UPDATE exposures SET qualified_us = {mark} WHERE decision = {mark} AND qualified_us = 0"
                )
                connection.exec_driver_sql(
                    text,
                    [(row.at_us, row.decision) for row in qualified],
                )
        self._opened(opened)
        return [len(rows) for rows in batches]
