"""What every query of a ledger stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from zhenzan.ledger import refusals as no
from zhenzan.store import Database

__all__ = ["PAGE_MAX", "Queries", "is_empty", "marks"]

PAGE_MAX = 10_000
MARKS_MAX = 5_000


def is_empty(database: Database) -> bool:
    """Whether nothing was ever written to the ledger of a database."""
    return not database.fetch("SELECT 1 FROM batches LIMIT 1")


def marks(values: Sequence[object]) -> str:
    """Marks for so many values in a statement."""
    return ", ".join("?" * len(values))


class Queries:
    """Questions that the tables answer. Readers wait for nobody."""

    database: Database
    clock: Callable[[], int]

    def _size_at(self, time: int) -> int:
        rows = self.database.fetch(
            "SELECT size FROM batches WHERE time <= ? ORDER BY time DESC, number DESC LIMIT 1", (time,)
        )
        return int(rows[0][0]) if rows else 0

    def _within(self, text: str, values: Sequence[Any], before: tuple[Any, ...] = ()) -> Iterator[Any]:
        """Rows of a statement that ends in `IN`, for any number of values."""
        for first in range(0, len(values), MARKS_MAX):
            some = values[first : first + MARKS_MAX]
            yield from self.database.fetch(f"{text} ({marks(some)})", (*before, *some))

    def _number(self, account: str) -> int:
        rows = self.database.fetch("SELECT number FROM accounts WHERE id = ?", (account,))
        if not rows:
            raise no.UnknownAccountError(f"there is no account {account!r}")
        return int(rows[0][0])
