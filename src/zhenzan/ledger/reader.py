"""The ledger's reader: all queries, and proofs. Readers wait for nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from zhenzan.errors import LedgerError
from zhenzan.ledger import leaves
from zhenzan.ledger import rejections as no
from zhenzan.ledger.account_queries import AccountQueries
from zhenzan.ledger.card_queries import CardQueries
from zhenzan.ledger.checkpoint import Checkpoint, VerifyingKey
from zhenzan.ledger.merkle import MerkleTree
from zhenzan.ledger.proof import Opening, Proof
from zhenzan.ledger.state_machine import Record
from zhenzan.ledger.states import AccountState
from zhenzan.ledger.transfer_queries import TRANSFER_SQL, TransferQueries
from zhenzan.store import Database

__all__ = ["Reader"]

LONG_MAX = 2**63 - 1  # later than any time


class Reader(AccountQueries, CardQueries, TransferQueries):
    """Read access to a ledger."""

    def __init__(self, database: Database, clock: Callable[[], int], origin: str) -> None:
        self.database, self.clock, self.origin = database, clock, origin

    def last_note(self, as_of: int = LONG_MAX) -> str:
        """The newest checkpoint, or the last by a time (µs); "" where there is none."""
        text = "SELECT note FROM batches WHERE time <= ? ORDER BY number DESC LIMIT 1"
        rows = self.database.fetch(text, (as_of,))
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
        row = self.database.fetch(f"{TRANSFER_SQL}seq = ?", (seq,))[0]
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


def tile(database: Database, level: int, number: int) -> bytes:
    rows = database.fetch("SELECT hashes FROM tiles WHERE level = ? AND number = ?", (level, number))
    return bytes(rows[0][0]) if rows else b""


def origin_of(database: Database) -> str:
    rows = database.fetch("SELECT note FROM batches ORDER BY number DESC LIMIT 1")
    if not rows:
        raise LedgerError("this ledger is empty; open it for writing first")
    return Checkpoint.parse(rows[0][0]).origin


def leaves_of_owner(ledger: Reader, owner: int) -> list[tuple[int, bytes]]:
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
        for row in connection.exec_driver_sql(f"{TRANSFER_SQL}seq = {seq}"):
            digests[seq] = row_digest(row)
    return [(seq, leaf, digests.get(seq, b"")) for seq, leaf in sealed]


def row_digest(row: Iterable[Any]) -> bytes:
    """A digest of a row of transfers, for one whose leaf cannot be made again."""
    return sha256(
        repr([bytes(value) if isinstance(value, memoryview) else value for value in row]).encode()
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
