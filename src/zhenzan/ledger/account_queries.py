"""What accounts have and had: balances now and then, and their history."""

from __future__ import annotations

from dataclasses import dataclass

from zhenzan.ledger import refusals as no
from zhenzan.ledger.entities import Phase
from zhenzan.ledger.queries import PAGE_MAX, Queries

__all__ = ["AccountQueries", "Balance", "Entry"]

_BALANCE = """
SELECT debits, credits, held, coming, (SELECT COALESCE(SUM(p.amount), 0) FROM pendings p
WHERE p.debit = a.number AND p.resolution = 0 AND p.expires_at BETWEEN 1 AND ?)
FROM accounts a WHERE a.id = ?"""
_BALANCE_THEN = """
SELECT e.debits, e.credits, e.held, e.coming, (SELECT COALESCE(SUM(p.amount), 0) FROM pendings p
WHERE p.debit = a.number AND p.seq < ? AND (p.resolution = 0 OR p.resolved >= ?)
AND p.expires_at BETWEEN 1 AND ?) FROM accounts a JOIN entries e ON e.account = a.number AND e.seq < ?
WHERE a.id = ? ORDER BY e.seq DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Balance:
    """`posted` credits less debits; `held` by pending debits that have not run out; `coming` pending
    credits.
    """

    posted: int
    held: int
    coming: int

    @property
    def available(self) -> int:
        return self.posted - self.held


@dataclass(frozen=True, slots=True)
class Entry:
    """A transfer in an account's history: `change` of what is posted, and the balance after it."""

    seq: int
    id: str
    phase: str
    change: int
    amount: int
    serial: int
    cause: str
    posted: int
    held: int


class AccountQueries(Queries):
    """What can be asked of accounts."""

    def balance(self, account: str, as_of: int | None = None) -> Balance:
        """The balance now, or as it stood at a time (µs since 1970). A hold that ran out counts as void.

        Raises UnknownAccountError. Cost: one statement, whatever the account's history.
        """
        if as_of is None:
            rows = self.database.fetch(_BALANCE, (self.clock(), account))
        else:
            size = self._size_at(as_of)
            rows = self.database.fetch(_BALANCE_THEN, (size, size, as_of, size, account))
            if not rows and self.is_open(account):
                return Balance(0, 0, 0)
        if not rows:
            raise no.UnknownAccountError(f"there is no account {account!r}")
        debits, credits, held, coming, ran_out = map(int, rows[0])
        return Balance(credits - debits, held - ran_out, coming)

    def is_open(self, account: str) -> bool:
        """Whether there is such an account."""
        return bool(self.database.fetch("SELECT 1 FROM accounts WHERE id = ?", (account,)))

    def history(self, account: str, after: int = -1, limit: int = 100) -> list[Entry]:
        """Transfers of an account with sequence numbers over `after`, the oldest first: the next page's
        `after`
        is the last one's `seq`.
        """
        number = self._number(account)
        rows = self.database.fetch(
            "SELECT t.seq, t.id, t.phase, t.debit, t.amount, t.serial, t.cause, e.debits, e.credits, e.held "
            "FROM entries e JOIN transfers t ON t.seq = e.seq WHERE e.account = ? AND e.seq > ? "
            "ORDER BY e.seq LIMIT ?",
            (number, after, max(1, min(limit, PAGE_MAX))),
        )
        return [
            Entry(
                seq, id, Phase(phase).name, _change(phase, amount, debit == number), amount, serial, cause,
                credits - debits, held,
            )
            for seq, id, phase, debit, amount, serial, cause, debits, credits, held in rows
        ]  # fmt: skip


def _change(phase: int, amount: int, is_debit: bool) -> int:
    if phase not in (Phase.single, Phase.post):
        return 0
    return -amount if is_debit else amount
