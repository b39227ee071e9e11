"""Transfer queries: one by id, the newest, a search, and what holds hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from zhenzan.ledger import rejections as no
from zhenzan.ledger.entities import Phase
from zhenzan.ledger.queries import PAGE_MAX, Queries, marks
from zhenzan.ledger.state_machine import Record

__all__ = ["TRANSFER_SQL", "LedgerEvent", "Remainder", "TransferQueries"]

TRANSFER_SQL = (
    'SELECT seq, id, debit, credit, asset, amount, phase, pending, expires_at, "group", cause, reverses, '
    "serial, body FROM transfers WHERE "
)


@dataclass(frozen=True)
class LedgerEvent:
    """A transfer as queries show it; `time` in µs since 1970."""

    seq: int
    id: str
    time: int
    phase: str
    debit: str
    credit: str
    asset: str
    amount: int
    serial: int
    cause: str


class Remainder(NamedTuple):
    """What is left of a transfer from the account `debit`: `amount` is left, `reversed` was reversed."""

    seq: int
    id: str
    amount: int
    reversed: int
    debit: str


class TransferQueries(Queries):
    """Queries about transfers."""

    def find(self, id: str) -> Record | None:
        """The transfer of an id, as it stands."""
        rows = self.database.fetch(f"{TRANSFER_SQL}id = ?", (id,))
        return Record(*rows[0][:-1]) if rows else None

    def is_held(self, hold: str) -> bool:
        """Whether a pending transfer is neither resolved nor run out."""
        text = "SELECT 1 FROM pendings WHERE id = ? AND resolution = 0 AND (expires_at = 0 OR expires_at > ?)"
        return bool(self.database.fetch(text, (hold, self.clock())))

    def holds_of(self, group: str) -> list[str]:
        """The pending transfers that were made together, resolved or not."""
        rows = self.database.fetch('SELECT id FROM pendings WHERE "group" = ? ORDER BY seq', (group,))
        return [id for (id,) in rows]

    def known(self, ids: Sequence[str]) -> list[str]:
        """The ids, of those given, that transfers have."""
        return [id for (id,) in self.database.fetch_within("SELECT id FROM transfers WHERE id IN", ids)]

    def posted_at(self, id: str) -> int:
        """Time at which a transfer was written (µs). Raises UnknownTransferError."""
        text = (
            "SELECT b.time FROM batches b WHERE b.size > (SELECT seq FROM transfers WHERE id = ?) "
            "ORDER BY b.size LIMIT 1"
        )
        return int(self._one(text, (id,), no.UnknownTransferError(f"there is no transfer {id!r}"))[0])

    def remainders(self, ids: Sequence[str]) -> list[Remainder]:
        """Those of some ids that transfers have, with what was not reversed of each, the oldest first."""
        rows = self.database.fetch(
            "SELECT t.seq, t.id, t.amount - COALESCE(r.amount, 0), COALESCE(r.amount, 0), a.id "
            "FROM transfers t JOIN accounts a ON a.number = t.debit LEFT JOIN reversals r ON r.seq = t.seq "
            f"WHERE t.id IN ({marks(ids)}) ORDER BY t.seq",
            ids,
        )
        return [Remainder(*row) for row in rows]

    def latest(self, limit: int = 100, before: int | None = None) -> list[LedgerEvent]:
        """Transfers with sequence numbers under `before`, the newest first."""
        most = 2**62 if before is None else before
        return self._events("t.seq < ? ORDER BY t.seq DESC", (most,), limit)

    def search(self, text: str, limit: int = 100) -> list[LedgerEvent]:
        """Transfers of this id, of the account of this id, or of the card `edition/serial`, the newest
        first.
        """
        edition, _, serial = text.rpartition("/")
        is_card = edition and serial.isascii() and serial.isdecimal() and len(serial) < 19
        for where, values in (
            ("t.id = ? ORDER BY t.seq DESC", (text,)),
            (
                "t.seq IN (SELECT e.seq FROM entries e WHERE e.account = (SELECT number FROM accounts "
                f"WHERE id = ?) ORDER BY e.seq DESC LIMIT {PAGE_MAX}) ORDER BY t.seq DESC",
                (text,),
            ),
            (
                "t.asset = (SELECT number FROM assets WHERE id = ?) AND t.serial = ? AND t.serial > 0 "
                "ORDER BY t.seq DESC",
                (edition, int(serial) if is_card else -1),
            ),
        ):
            if events := self._events(where, values, limit):
                return events
        return []

    def _events(self, where: str, values: tuple[Any, ...], limit: int) -> list[LedgerEvent]:
        rows = self.database.fetch(
            "SELECT t.seq, t.id, (SELECT b.time FROM batches b WHERE b.size > t.seq ORDER BY b.size "
            "LIMIT 1), t.phase, d.id, c.id, s.id, t.amount, t.serial, t.cause FROM transfers t "
            "LEFT JOIN accounts d ON d.number = t.debit LEFT JOIN accounts c ON c.number = t.credit "
            f"LEFT JOIN assets s ON s.number = t.asset WHERE {where} LIMIT ?",
            (*values, max(1, min(limit, PAGE_MAX))),
        )
        return [
            LedgerEvent(seq, id, time, Phase(phase).name, debit or "", credit or "", asset or "", *rest)
            for seq, id, time, phase, debit, credit, asset, *rest in rows
        ]
