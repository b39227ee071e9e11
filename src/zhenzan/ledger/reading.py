"""Reading a ledger: balances now and then, history, cards, and proofs. Readers wait for nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from zhenzan.errors import LedgerError
from zhenzan.ledger import leaves
from zhenzan.ledger import refusals as no
from zhenzan.ledger.book import Record
from zhenzan.ledger.checkpoint import Checkpoint, VerifyingKey
from zhenzan.ledger.entities import Phase
from zhenzan.ledger.merkle import MerkleTree
from zhenzan.ledger.proof import Opening, Proof
from zhenzan.ledger.states import AccountState
from zhenzan.store import Database

__all__ = ["Balance", "Card", "Entry", "Reading"]

PAGE_MAX = 10_000
_BALANCE = """
SELECT debits, credits, held, coming, (SELECT COALESCE(SUM(p.amount), 0) FROM pendings p
WHERE p.debit = a.number AND p.resolution = 0 AND p.expires_at BETWEEN 1 AND ?)
FROM accounts a WHERE a.id = ?"""
_BALANCE_THEN = """
SELECT e.debits, e.credits, e.held, e.coming, (SELECT COALESCE(SUM(p.amount), 0) FROM pendings p
WHERE p.debit = a.number AND p.seq < ? AND (p.resolution = 0 OR p.resolved >= ?)
AND p.expires_at BETWEEN 1 AND ?) FROM accounts a JOIN entries e ON e.account = a.number AND e.seq < ?
WHERE a.id = ? ORDER BY e.seq DESC LIMIT 1"""
_TRANSFER = (
    'SELECT seq, id, debit, credit, asset, amount, phase, pending, expires_at, "group", cause, reverses, '
    "serial, body FROM transfers WHERE "
)


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


@dataclass(frozen=True)
class LedgerEvent:
    """A transfer as whoever looks through the ledger sees it; `time` in µs since 1970."""

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


@dataclass(frozen=True, slots=True)
class Card:
    """A card that an account holds; `is_held`: a pending transfer holds it back."""

    edition: str
    serial: int
    is_held: bool


class Reading:
    """What a ledger can be asked."""

    def __init__(self, database: Database, clock: Callable[[], int], origin: str) -> None:
        self.database, self.clock, self.origin = database, clock, origin

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
            if found := self._events(where, values, limit):
                return found
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

    def holder(self, edition: str, serial: int) -> str:
        """The account that holds a card. Raises NotHolderError where there is no such card."""
        rows = self.database.fetch(
            "SELECT a.id FROM cards c JOIN assets s ON s.number = c.asset JOIN accounts a "
            "ON a.number = c.holder WHERE s.id = ? AND c.serial = ?",
            (edition, serial),
        )
        if not rows:
            raise no.NotHolderError(f"there is no card {edition}/{serial}")
        return str(rows[0][0])

    def cards(self, account: str) -> list[Card]:
        """The cards that an account holds, by edition and serial."""
        rows = self.database.fetch(
            "SELECT s.id, c.serial, c.pending FROM cards c JOIN assets s ON s.number = c.asset "
            "WHERE c.holder = ? ORDER BY s.id, c.serial",
            (self._number(account),),
        )
        return [Card(edition, serial, pending != 0) for edition, serial, pending in rows]

    def card_hold(self, edition: str, serial: int) -> str:
        """The pending transfer that holds a card back, "" where none does, or one that ran out."""
        rows = self.database.fetch(
            "SELECT p.id FROM cards c JOIN assets s ON s.number = c.asset JOIN pendings p "
            "ON p.seq = c.pending AND p.resolution = 0 AND (p.expires_at = 0 OR p.expires_at > ?) "
            "WHERE s.id = ? AND c.serial = ? AND c.pending <> 0",
            (self.clock(), edition, serial),
        )
        return str(rows[0][0]) if rows else ""

    def is_held(self, hold: str) -> bool:
        """Whether a pending transfer is neither resolved nor run out."""
        text = "SELECT 1 FROM pendings WHERE id = ? AND resolution = 0 AND (expires_at = 0 OR expires_at > ?)"
        return bool(self.database.fetch(text, (hold, self.clock())))

    def issued(self, asset: str) -> tuple[int, int, int]:
        """Out now, held to be issued, and the cap. Raises UnknownAssetError."""
        rows = self.database.fetch(
            "SELECT issued, coming, cap, kind, serials FROM assets WHERE id = ?", (asset,)
        )
        if not rows:
            raise no.UnknownAssetError(f"there is no asset {asset!r}")
        issued, coming, cap, kind, serials = map(int, rows[0])
        return (serials if kind else issued), coming, cap

    def find(self, id: str) -> Record | None:
        """The transfer of an id, as it stands."""
        rows = self.database.fetch(f"{_TRANSFER}id = ?", (id,))
        return Record(*rows[0][:-1]) if rows else None

    def last_note(self) -> str:
        """The newest checkpoint."""
        rows = self.database.fetch("SELECT note FROM batches ORDER BY number DESC LIMIT 1")
        return str(rows[0][0]) if rows else ""

    def keys(self) -> list[VerifyingKey]:
        """The keys that signed or sign, the newest last."""
        return [
            VerifyingKey.parse(row[0]) for row in self.database.fetch("SELECT key FROM keys ORDER BY seq")
        ]

    def prove(self, what: str, note: str | None = None) -> Proof:
        """The proof that a transfer (by id) stands in the ledger, or that a card (`edition/serial`) last
        moved so.

        `note`: an earlier checkpoint to prove it against, the newest unless given. Raises LedgerError where
        there is nothing such, or it came after the checkpoint. Cost: under a millisecond at ten million
        leaves.
        """
        seq = self._seq(what)
        note = note or self.last_note()
        size = Checkpoint.parse(note).size
        if seq >= size:
            raise LedgerError(f"{what!r} came after that checkpoint of {size} events")
        leaf, openings = self._leaf(seq)
        return Proof(leaf.decode(), seq, tuple(self.tree(size).inclusion(seq, size)), note, openings)

    def consistency(self, old: str, new: str | None = None) -> list[bytes]:
        """That history up to the checkpoint `old` stands unchanged in `new`, the newest unless given."""
        size = Checkpoint.parse(new or self.last_note()).size
        return self.tree(size).consistency(Checkpoint.parse(old).size, size)

    def tree(self, size: int) -> MerkleTree:
        """The tree of so many leaves, read as it is asked."""
        tree = MerkleTree(0, lambda level, number: tile(self.database, level, number))
        tree.size = size
        return tree

    def _seq(self, what: str) -> int:
        rows = self.database.fetch("SELECT seq FROM transfers WHERE id = ?", (what,))
        if not rows and "/" in what:
            edition, _, serial = what.rpartition("/")
            rows = self.database.fetch(
                "SELECT c.moved FROM cards c JOIN assets s ON s.number = c.asset "
                "WHERE s.id = ? AND c.serial = ?",
                (
                    edition,
                    int(serial) if serial.isascii() and serial.isdecimal() and len(serial) < 19 else -1,
                ),
            )
        if not rows:
            raise no.UnknownTransferError(f"there is no transfer or card {what!r}")
        return int(rows[0][0])

    def _leaf(self, seq: int) -> tuple[bytes, tuple[Opening, ...]]:
        """A transfer's leaf, and what opens its commitments where nobody was erased."""
        sealed = self.database.fetch("SELECT leaf FROM seals WHERE seq = ?", (seq,))
        if sealed:
            return bytes(sealed[0][0]), ()
        row = self.database.fetch(f"{_TRANSFER}seq = ?", (seq,))[0]
        time = int(
            self.database.fetch("SELECT time FROM batches WHERE size > ? ORDER BY size LIMIT 1", (seq,))[0][0]
        )
        asset = self.database.fetch("SELECT id FROM assets WHERE number = ?", (row[4],))[0][0]
        debit, credit = (_named(self.database, number) for number in (row[2], row[3]))
        leaf = leaves.transfer_leaf(Record(*row[:-1]), bytes(row[-1]), asset, debit, credit, time)
        return leaf, tuple(
            Opening(side, account.id, leaves.opening_key(account.salt or b"", seq))
            for side, account in (("debit", debit), ("credit", credit))
        )

    def _size_at(self, time: int) -> int:
        rows = self.database.fetch(
            "SELECT size FROM batches WHERE time <= ? ORDER BY time DESC, number DESC LIMIT 1", (time,)
        )
        return int(rows[0][0]) if rows else 0

    def _number(self, account: str) -> int:
        rows = self.database.fetch("SELECT number FROM accounts WHERE id = ?", (account,))
        if not rows:
            raise no.UnknownAccountError(f"there is no account {account!r}")
        return int(rows[0][0])


def tile(database: Database, level: int, number: int) -> bytes:
    rows = database.fetch("SELECT hashes FROM tiles WHERE level = ? AND number = ?", (level, number))
    return bytes(rows[0][0]) if rows else b""


def origin_of(database: Database) -> str:
    rows = database.fetch("SELECT note FROM batches ORDER BY number DESC LIMIT 1")
    if not rows:
        raise LedgerError("this ledger is empty; open it to write first")
    return Checkpoint.parse(rows[0][0]).origin


def leaves_of_owner(ledger: Reading, owner: int) -> list[tuple[int, bytes]]:
    """Sequence number and leaf of every event that speaks of an owner and is not sealed yet."""
    of_owner = "IN (SELECT number FROM accounts WHERE owner = ?)"
    seqs = ledger.database.fetch(
        f"SELECT seq FROM transfers WHERE (debit {of_owner} OR credit {of_owner}) "
        "AND seq NOT IN (SELECT seq FROM seals)",
        (owner, owner),
    )
    rows = [(int(seq), ledger._leaf(int(seq))[0]) for (seq,) in seqs]
    for number, seq, asset, name in ledger.database.fetch(
        "SELECT a.number, a.seq, s.id, o.name FROM accounts a JOIN assets s ON s.number = a.asset "
        "JOIN owners o ON o.number = a.owner WHERE a.owner = ?",
        (owner,),
    ):
        rows.append((int(seq), account_leaf(ledger.database, number, seq, asset, name)))
    return sorted(rows)


def account_leaf(database: Database, number: int, seq: int, asset: str, owner: str) -> bytes:
    time = int(database.fetch("SELECT time FROM batches WHERE size > ? ORDER BY size LIMIT 1", (seq,))[0][0])
    return leaves.account_leaf(seq, time, _named(database, number), asset, owner)


def with_digests(
    connection: Connection, sealed: Sequence[tuple[int, bytes]]
) -> list[tuple[int, bytes, bytes]]:
    """The same with the digest of each row of transfers as it is now."""
    digests = {}
    for seq, _ in sealed:
        for row in connection.exec_driver_sql(f"{_TRANSFER}seq = {seq}"):
            digests[seq] = row_digest(row)
    return [(seq, leaf, digests.get(seq, b"")) for seq, leaf in sealed]


def row_digest(row: Iterable[Any]) -> bytes:
    """A digest of a row of transfers, for one whose leaf cannot be made again."""
    return sha256(
        repr([bytes(each) if isinstance(each, memoryview) else each for each in row]).encode()
    ).digest()


def _named(database: Database, number: int) -> AccountState:
    row = database.fetch(
        "SELECT a.number, a.id, a.owner, a.asset, a.kind, a.floor, o.salt FROM accounts a "
        "JOIN owners o ON o.number = a.owner WHERE a.number = ?",
        (number,),
    )[0]
    salt = None if row[6] is None else bytes(row[6])
    number, id, owner, asset, kind, floor = row[:6]
    return AccountState(number, id, owner, asset, kind, floor, salt)


def _change(phase: int, amount: int, is_debit: bool) -> int:
    if phase not in (Phase.single, Phase.post):
        return 0
    return -amount if is_debit else amount
