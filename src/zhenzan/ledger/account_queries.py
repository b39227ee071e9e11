"""What accounts have and had: balances now and then, and their history."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from zhenzan.ledger import rejections as no
from zhenzan.ledger.entities import AccountKind, Phase
from zhenzan.ledger.queries import PAGE_MAX, Queries

__all__ = ["AccountQueries", "Balance", "Debt", "Entry", "Movement", "Standing", "Unspent"]

_BALANCE = """
SELECT debits, credits, held, coming, (SELECT COALESCE(SUM(p.amount), 0) FROM pendings p
WHERE p.debit = a.number AND p.resolution = 0 AND p.expires_at BETWEEN 1 AND ?)
FROM accounts a WHERE a.id = ?"""
_BALANCE_THEN = """
SELECT e.debits, e.credits, e.held, e.coming, (SELECT COALESCE(SUM(p.amount), 0) FROM pendings p
WHERE p.debit = a.number AND p.seq < ? AND (p.resolution = 0 OR p.resolved >= ?)
AND p.expires_at BETWEEN 1 AND ?) FROM accounts a JOIN entries e ON e.account = a.number AND e.seq < ?
WHERE a.id = ? ORDER BY e.seq DESC LIMIT 1"""
_MOVEMENTS = """
SELECT t.seq, CASE WHEN t.debit = a.number THEN -t.amount ELSE t.amount END, t.reverses,
(SELECT b.time FROM batches b WHERE b.size > t.seq ORDER BY b.size LIMIT 1), d.kind
FROM accounts a JOIN entries e ON e.account = a.number JOIN transfers t ON t.seq = e.seq
JOIN accounts d ON d.number = t.debit WHERE a.id = ? AND t.phase IN (0, 2) ORDER BY t.seq"""
_UNSPENT = """
WITH points AS (SELECT number FROM assets WHERE id = ?),
moves AS (SELECT * FROM transfers WHERE asset = (SELECT number FROM points) AND phase IN (0, 2)),
given AS (SELECT credit AS account, SUM(amount) AS amount FROM moves WHERE seq < ? GROUP BY credit),
taken AS (SELECT r.debit AS account,
    SUM(CASE WHEN t.seq < ? THEN r.amount ELSE 0 END) AS old, SUM(r.amount) AS amount
    FROM moves r JOIN moves t ON t.seq = r.reverses AND t.credit = r.debit GROUP BY r.debit)
SELECT * FROM (SELECT a.id, given.amount - COALESCE(taken.old, 0)
    - (a.debits - COALESCE(taken.amount, 0)) - a.held AS unspent, a.debits
    FROM given JOIN accounts a ON a.number = given.account LEFT JOIN taken ON taken.account = a.number
    WHERE a.kind = 0) AS each_account WHERE unspent > 0 ORDER BY id"""
_DEBTS = """
SELECT o.id, o.credits, o.debits - o.credits, COALESCE(p.id, ''),
COALESCE(p.credits - p.debits - p.held, 0)
FROM accounts o LEFT JOIN accounts p ON p.id = ? || substr(o.id, ?)
WHERE o.kind = 5 AND o.debits > o.credits ORDER BY o.id"""
_REVERSED_BEFORE = """
SELECT COALESCE(SUM(r.amount), 0) FROM accounts a JOIN entries e ON e.account = a.number
JOIN transfers t ON t.seq = e.seq AND t.credit = a.number JOIN reversals r ON r.seq = t.seq
WHERE a.id = ? AND t.seq < ?"""
_REVERSAL_TIMES = """
SELECT DISTINCT a.id, (SELECT b.time FROM batches b WHERE b.size > back.seq ORDER BY b.size LIMIT 1)
FROM reversals r JOIN transfers t ON t.seq = r.seq JOIN accounts a ON a.number = t.credit
JOIN entries e ON e.account = t.debit JOIN transfers back ON back.seq = e.seq AND back.reverses = r.seq"""
_STANDINGS = """
SELECT a.id, a.credits - a.debits, a.held, CASE WHEN a.held = 0 THEN 0 ELSE
(SELECT COALESCE(SUM(p.amount), 0) FROM pendings p WHERE p.debit = a.number
AND p.resolution = 0 AND p.expires_at BETWEEN 1 AND ?) END FROM accounts a WHERE a.id IN"""
_GIVEN_BY = """
SELECT COUNT(*), COALESCE(SUM(t.amount), 0) FROM transfers t JOIN accounts c ON c.number = t.credit
JOIN accounts d ON d.number = t.debit WHERE c.id = ? AND d.id = ? AND t.id LIKE ?"""


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


NOTHING = Balance(0, 0, 0)


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


class Standing(NamedTuple):
    """Of an account: credits less debits, and that less what is held."""

    posted: int
    available: int


class Movement(NamedTuple):
    """A posted transfer of an account: its `change`, when it was (µs), the transfer that it takes back (0:
    none), and the kind of account that paid.
    """

    seq: int
    change: int
    reverses: int
    time: int
    source: AccountKind


class Unspent(NamedTuple):
    """What is left of old credits; `debits`: all that was ever paid out of the account."""

    account: str
    amount: int
    debits: int


class Debt(NamedTuple):
    """What a receivable is owed, and was `paid` so far; `available` in the debtor's `purse` ("": none)."""

    account: str
    paid: int
    owed: int
    purse: str
    available: int


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
                return NOTHING
        if not rows:
            raise no.UnknownAccountError(f"there is no account {account!r}")
        debits, credits, held, coming, ran_out = map(int, rows[0])
        return Balance(credits - debits, held - ran_out, coming)

    def balance_if_open(self, account: str) -> Balance:
        """The balance now; of an account that there is not, nothing."""
        try:
            return self.balance(account)
        except no.UnknownAccountError:
            return NOTHING

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

    def open_accounts(self, accounts: Collection[str]) -> dict[str, Standing]:
        """Those of some accounts that there are. A hold that ran out counts as void."""
        rows = self.database.fetch_within(_STANDINGS, sorted(accounts), (self.clock(),))
        return {id: Standing(posted, posted - held + int(ran_out)) for id, posted, held, ran_out in rows}

    def given_by(self, debit: str, credit: str, prefix: str) -> tuple[int, int]:
        """How often, and how much in all, one account gave another by transfers whose ids begin so."""
        rows = self.database.fetch(_GIVEN_BY, (credit, debit, f"{prefix}%"))
        return int(rows[0][0]), int(rows[0][1])

    def movements(self, account: str) -> list[Movement]:
        """All posted transfers of an account, the oldest first; none where there is no such account."""
        rows = self.database.fetch(_MOVEMENTS, (account,))
        return [Movement._make((*row, AccountKind(source))) for *row, source in rows]

    def debits(self, account: str) -> int:
        """All that was ever paid out of an account."""
        rows = self.database.fetch("SELECT debits FROM accounts WHERE id = ?", (account,))
        return int(rows[0][0]) if rows else 0

    def unspent(self, asset: str, before: int) -> list[Unspent]:
        """What users' accounts were given of an asset by a time (µs) and have not spent or held since, first
        in, first out. Cost: three passes over the transfers, in the database.
        """
        size = self._size_at(before)
        rows = self.database.fetch(_UNSPENT, (asset, size, size)) if size else []
        return [Unspent(account, int(amount), int(debits)) for account, amount, debits in rows]

    def debts(self, receivables: str, purses: str) -> list[Debt]:
        """Every debt, with the purse that its debtor has: where a receivable's id begins with `receivables`,
        the purse's begins with `purses` and ends alike.
        """
        rows = self.database.fetch(_DEBTS, (purses, len(receivables) + 1))
        return [Debt(*row) for row in rows]

    def reversed_before(self, account: str, seq: int) -> int:
        """What was taken back of all that an account had been given before an event."""
        return int(self.database.fetch(_REVERSED_BEFORE, (account, seq))[0][0])

    def reversal_times(self) -> list[tuple[str, int]]:
        """Accounts of which something that they had been given was taken back, and when (µs)."""
        return [(account, int(time)) for account, time in self.database.fetch(_REVERSAL_TIMES)]


def _change(phase: int, amount: int, is_debit: bool) -> int:
    if phase not in (Phase.single, Phase.post):
        return 0
    return -amount if is_debit else amount
