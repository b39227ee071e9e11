"""Base class of ledger queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from zhenzan.errors import LedgerError
from zhenzan.ledger import rejections as no
from zhenzan.store import Database

__all__ = ["PAGE_MAX", "Queries", "is_empty", "marks"]

PAGE_MAX = 10_000


def is_empty(database: Database) -> bool:
    """Whether nothing was ever written to the ledger of a database."""
    return not database.fetch("SELECT 1 FROM batches LIMIT 1")


def marks(values: Sequence[object]) -> str:
    """Placeholders for so many values in a statement."""
    return ", ".join("?" * len(values))


class Queries:
    """Queries on the ledger's tables. Readers wait for nobody."""

    database: Database
    clock: Callable[[], int]

    def _size_at(self, time: int) -> int:
        rows = self.database.fetch(
            "SELECT size FROM batches WHERE time <= ? ORDER BY time DESC, number DESC LIMIT 1", (time,)
        )
        return int(rows[0][0]) if rows else 0

    def _number(self, account: str) -> int:
        missing = no.UnknownAccountError(f"there is no account {account!r}")
        return int(self._one("SELECT number FROM accounts WHERE id = ?", (account,), missing)[0])

    def _one(self, text: str, values: Sequence[object], missing: LedgerError) -> Any:
        """The first row of a statement. Raises `missing` where there is none."""
        for row in self.database.fetch(text, values):
            return row
        raise missing
