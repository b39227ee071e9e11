"""Verification of the whole ledger (`ledger check`): every row must follow from the signed events.

The events are applied once more, in order, by the same rules; each leaf is made again and the Merkle tree
over them grown; every checkpoint, tile, entry, balance, hold, card and count in the database is compared with
what comes out, and every row of the rewards with its checksum. The first difference is named by table and
key. `replay` makes the projections anew from the events.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from zhenzan.errors import LedgerError, ProofError
from zhenzan.ledger import leaves, reader
from zhenzan.ledger import rejections as rejections
from zhenzan.ledger.checkpoint import Checkpoint, VerifyingKey
from zhenzan.ledger.entities import AccountKind, Phase, Transfer
from zhenzan.ledger.merkle import MerkleTree, leaf_hash
from zhenzan.ledger.reader import Reader
from zhenzan.ledger.state_machine import Record, StateMachine
from zhenzan.ledger.states import AccountState, AssetState, PendingState
from zhenzan.ledger.tables import ACCOUNTS, ASSETS, CARDS, PENDINGS, REVERSALS, TILES
from zhenzan.ledger.transfer_queries import TRANSFER_SQL
from zhenzan.store import UnfitValueError

__all__ = ["DamageError", "Projections", "check", "replay"]

Advance = Callable[[int], object]
_IMPOSSIBLE = (
    rejections.RejectionError,
    AssertionError,
    AttributeError,
    KeyError,
    ValueError,
    TypeError,
    OverflowError,
    UnfitValueError,
)
_TYPES = dict.fromkeys(Record._fields, int) | dict.fromkeys(("id", "group", "cause"), str)


class DamageError(LedgerError):
    """The ledger does not follow from its events. `table` and `key` name the first record that is wrong."""

    def __init__(self, table: str, key: object, why: str) -> None:
        super().__init__(f"table {table}, row {key}: {why}")
        self.table, self.key = table, key


@dataclass
class Projections:
    """Projections of the events: rows by table, as the database should hold them, and the number of
    events.
    """

    events: int
    tables: dict[str, list[tuple[Any, ...]]]


def check(ledger: Reader, advance: Advance = lambda events: None) -> int:
    """Verify the whole ledger. Gives the number of events; raises DamageError at the first that does not
    hold.

    Cost: some 60 µs an event; memory: the states of all accounts, open holds and cards.
    """
    database = ledger.database
    if database.is_sqlite:
        for (message,) in database.fetch("PRAGMA integrity_check(1)"):
            if message != "ok":
                raise DamageError("(file)", "", f"SQLite finds the file damaged: {message}")
    altered = database.altered_table()
    if altered is not None:
        raise DamageError(altered.table, "(making)", f"the table itself was changed: {altered.why}")
    try:
        events = _Replay(ledger, advance, compares=True).run().events
        row = database.altered_row()
    except (*_IMPOSSIBLE, IndexError) as error:
        raise DamageError(
            "(unknown)", "", f"something cannot be read as what it should be: {error}"
        ) from error
    if row is not None:
        raise DamageError(*row, "does not say what was written there")
    return events


def replay(ledger: Reader, advance: Advance = lambda events: None) -> Projections:
    """Rebuild every projection from the events alone, in memory; the database is only read."""
    return _Replay(ledger, advance, compares=False).run()


class _Replay:
    def __init__(self, ledger: Reader, advance: Advance, *, compares: bool) -> None:
        self.ledger, self.database = ledger, ledger.database
        self.advance, self.compares = advance, compares
        self.tree = MerkleTree(0, lambda level, number: b"")
        self.tiles: dict[tuple[int, int], bytearray] = {}
        self.book = StateMachine()
        self.owners: dict[int, tuple[str | None, bytes | None, int | None]] = {}
        self.pending_by_seq: dict[int, PendingState] = {}
        self.resolved: dict[int, int] = {}
        self.moved_cards: dict[tuple[int, int], int] = {}
        self.keys: list[VerifyingKey] = []
        self.entries: list[tuple[Any, ...]] = []
        self.now = 0

    def run(self) -> Projections:
        self._owners()
        self._reversible()
        stored = _by_seq(
            self._rows(
                "SELECT seq, account, debits, credits, held, coming FROM entries ORDER BY seq, account"
            )
        )
        seals = {
            int(seq): (bytes(leaf), bytes(row))
            for seq, leaf, row in self._rows("SELECT seq, leaf, row FROM seals")
        }
        batches = self._rows("SELECT number, size, time, note FROM batches ORDER BY number")
        events = self._events()
        last_number, last_size, last_time = 0, 0, 0
        for number, size, time, note in batches:
            if number != last_number + 1 or size <= last_size or time < last_time:
                raise DamageError("batches", number, "does not follow the batch before it")
            self.now = time
            keys = list(self.keys)
            for seq in range(last_size, size):
                self._event(next(events, None), seq, seals, stored)
            self._checkpoint(number, size, note, keys)
            last_number, last_size, last_time = number, size, time
            self.advance(size)
        extra = next(events, None)
        if extra is not None:
            raise DamageError(extra[1], extra[2][0], "stands outside every batch")
        if self.compares:
            self._compare(stored, seals)
        return Projections(last_size, self._projections())

    def _events(self) -> Iterator[tuple[int, str, tuple[Any, ...]]]:
        """Events of all tables by sequence number: number, table, row."""
        sources = (
            ("keys", "SELECT seq, key FROM keys ORDER BY seq", 0),
            ("assets", "SELECT number, seq, id, kind, scale, cap FROM assets ORDER BY seq", 1),
            ("accounts", "SELECT number, seq, id, owner, asset, kind, floor FROM accounts ORDER BY seq", 1),
            (
                "owners",
                "SELECT number, erased_seq FROM owners WHERE erased_seq IS NOT NULL ORDER BY erased_seq",
                1,
            ),
            ("transfers", f"{TRANSFER_SQL}1 = 1 ORDER BY seq", 0),
        )
        return heapq.merge(*(self._stream(*source) for source in sources), key=lambda event: event[0])

    def _stream(self, table: str, text: str, column: int) -> Iterator[tuple[int, str, tuple[Any, ...]]]:
        return ((int(row[column]), table, tuple(row)) for row in self._rows(text))

    def _event(
        self,
        event: tuple[int, str, tuple[Any, ...]] | None,
        seq: int,
        seals: dict[int, tuple[bytes, bytes]],
        stored: Iterator[tuple[int, list[tuple[Any, ...]]]],
    ) -> None:
        if event is None or event[0] != seq:
            raise DamageError("(log)", seq, "this event is missing")
        _, table, row = event
        try:
            leaf = getattr(self, f"_of_{table}")(row, seals.pop(seq, None), stored)
        except DamageError:
            raise
        except _IMPOSSIBLE as error:
            raise DamageError(table, row[0], f"could never have happened: {error}") from None
        self.tree.append(leaf_hash(leaf))
        if len(self.tree.changed) > 256:
            self._take_tiles()

    def _of_keys(self, row: tuple[Any, ...], sealed: object, stored: object) -> bytes:
        try:
            key = VerifyingKey.parse(row[1])
        except ProofError as error:
            raise DamageError("keys", row[0], str(error)) from None
        self.keys.append(key)
        return leaves.key_leaf(row[0], self.now, row[1])

    def _of_assets(self, row: tuple[Any, ...], sealed: object, stored: object) -> bytes:
        number, seq, id, kind, scale, cap = row
        asset = AssetState(number, id, kind, scale, cap)
        self.book.add_asset(asset)
        return leaves.asset_leaf(seq, self.now, asset)

    def _of_accounts(self, row: tuple[Any, ...], sealed: tuple[bytes, bytes] | None, stored: object) -> bytes:
        number, seq, id, owner, asset, kind, floor = row
        name, salt, _ = self.owners[owner]
        account = AccountState(number, id, owner, asset, kind, floor, salt)
        asset_id = self.book.asset_by_number[asset].id
        self.book.add_account(account)
        if sealed is None:
            if salt is None or name is None:
                raise DamageError("seals", seq, "the leaf of an erased owner's account is missing")
            return leaves.account_leaf(seq, self.now, account, asset_id, name)
        _check_leaf(
            "accounts",
            number,
            sealed[0],
            event="account",
            seq=seq,
            time=self.now,
            asset=asset_id,
            kind=AccountKind(kind).name,
            floor=floor,
            number=number,
        )
        if id != f"erased:{number}" or sealed[1]:
            raise DamageError("accounts", number, "is not as an erasure left it")
        return sealed[0]

    def _of_owners(self, row: tuple[Any, ...], sealed: object, stored: object) -> bytes:
        return leaves.erasure_leaf(row[1], self.now, row[0])

    def _of_transfers(
        self,
        row: tuple[Any, ...],
        sealed: tuple[bytes, bytes] | None,
        stored: Iterator[tuple[int, list[tuple[Any, ...]]]],
    ) -> bytes:
        record, body = Record(*row[:-1]), bytes(row[-1])
        for name, value in zip(Record._fields, record, strict=True):
            if type(value) is not _TYPES[name]:  # an empty text that became an empty blob looks the same
                raise DamageError("transfers", record.seq, f"its {name} is a {type(value).__name__}")
        book = self.book
        debit, credit = book.by_number[record.debit], book.by_number[record.credit]
        asset = book.asset_by_number[record.asset]
        replayed = self._apply(record, debit, credit, asset)
        if replayed != record:
            wrong = next(name for name, a, b in zip(Record._fields, replayed, record, strict=True) if a != b)
            raise DamageError("transfers", record.seq, f"its {wrong} is not what the rules make of it")
        if asset.is_unique and record.serial:
            self.moved_cards[asset.number, record.serial] = record.seq
        entries = sorted(
            (account.number, account.debits, account.credits, account.debits_pending, account.credits_pending)
            for account in (debit, credit)
        )
        if self.compares:
            seq, stored_entries = next(stored, (-1, []))
            if seq != record.seq or stored_entries != entries:
                raise DamageError("entries", record.seq, "the balances after this transfer are wrong")
        else:
            self.entries.extend((entry[0], record.seq, *entry[1:]) for entry in entries)
        if sealed is None:
            if debit.salt is None or credit.salt is None:
                raise DamageError("seals", record.seq, "the leaf of an erased owner's transfer is missing")
            return leaves.transfer_leaf(record, body, asset.id, debit, credit, self.now)
        _check_leaf(
            "transfers",
            record.seq,
            sealed[0],
            event="transfer",
            seq=record.seq,
            time=self.now,
            asset=asset.id,
            amount=record.amount,
            phase=Phase(record.phase).name,
            pending=record.pending,
            expires_at=record.expires_at,
            reverses=record.reverses,
            serial=record.serial,
        )
        if reader.row_digest(row) != sealed[1]:
            raise DamageError("transfers", record.seq, "is not as an erasure left it")
        return sealed[0]

    def _apply(self, record: Record, debit: AccountState, credit: AccountState, asset: AssetState) -> Record:
        book = self.book
        if record.phase in (Phase.post, Phase.void):
            pending = self.pending_by_seq[record.pending]
            self.resolved[pending.seq] = record.seq
            if record.id == f"expired:{pending.seq}":
                if not 0 < pending.expires_at <= self.now:
                    raise DamageError("transfers", record.seq, "voids a hold that had not run out")
                return book.expire(pending, record.seq)
            amount = record.amount if record.phase == Phase.post else 0
            transfer = Transfer(
                id=record.id,
                amount=amount,
                phase=Phase(record.phase),
                pending=pending.id,
                group=record.group,
                cause=record.cause,
                debit=debit.id,
                credit=credit.id,
                asset=asset.id,
            )
            return book.apply(transfer, record.seq, self.now, None)
        mints = debit.kind == AccountKind.mint and asset.is_unique
        transfer = Transfer(
            id=record.id,
            debit=debit.id,
            credit=credit.id,
            asset=asset.id,
            amount=record.amount,
            phase=Phase(record.phase),
            expires_at=record.expires_at,
            group=record.group,
            cause=record.cause,
            reverses=self.reversible.get(record.reverses, "?") if record.reverses else "",
            serial=0 if mints else record.serial,
        )
        replayed = book.apply(transfer, record.seq, self.now, None)
        if record.phase == Phase.pending:
            self.pending_by_seq[record.seq] = book.pendings[record.id]
        return replayed

    def _checkpoint(self, number: int, size: int, note: str, keys: list[VerifyingKey]) -> None:
        try:
            checkpoint = Checkpoint.parse(note)
        except ProofError as error:
            raise DamageError("batches", number, f"its checkpoint {error}") from None
        if checkpoint.size != size or checkpoint.root != self.tree.root():
            raise DamageError(
                "batches", number, f"its checkpoint signs another history; an event before {size} was changed"
            )
        signers = [self.keys[-1], *keys[-1:]]
        expected = Checkpoint(checkpoint.origin, size, checkpoint.root).text
        if not checkpoint.holds(signers) or not note.startswith(expected + "\n"):
            raise DamageError("batches", number, "its checkpoint is not signed by the ledger's key")
        if len(checkpoint.signatures) != len(set(signers)) or checkpoint.origin != signers[0].name:
            raise DamageError("batches", number, "its checkpoint has other signatures than it should")

    def _owners(self) -> None:
        for number, name, salt, erased in self._rows("SELECT number, name, salt, erased_seq FROM owners"):
            if (name is None) != (salt is None) or (name is None) != (erased is not None):
                raise DamageError("owners", number, "is neither known nor erased")
            self.owners[number] = (name, None if salt is None else bytes(salt), erased)

    def _reversible(self) -> None:
        text = (
            "SELECT seq, id FROM transfers WHERE seq IN (SELECT reverses FROM transfers WHERE reverses > 0)"
        )
        self.reversible = {int(seq): str(id) for seq, id in self._rows(text)}
        self.book.missing = set(self.reversible.values())

    def _take_tiles(self) -> None:
        self.tiles.update(self.tree.changed)
        self.tree.changed.clear()

    def _projections(self) -> dict[str, list[tuple[Any, ...]]]:
        self._take_tiles()
        book = self.book
        return {
            "entries": sorted(self.entries),
            "accounts": sorted((account.number, *account.snapshot()) for account in book.by_number.values()),
            "assets": sorted((asset.number, *asset.snapshot()) for asset in book.asset_by_number.values()),
            "pendings": sorted(
                (
                    pending.seq,
                    pending.id,
                    pending.debit,
                    pending.credit,
                    pending.asset,
                    pending.amount,
                    pending.expires_at,
                    pending.group,
                    pending.serial,
                    pending.resolution,
                    self.resolved.get(pending.seq, 0),
                )
                for pending in self.pending_by_seq.values()
            ),
            "cards": sorted(
                (*card_key, card.holder, card.pending, self.moved_cards[card_key])
                for card_key, card in book.cards.items()
            ),
            "reversals": sorted((move[0], move[3]) for move in book.moved.values() if move[3]),
            "tiles": sorted((*tile, bytes(hashes)) for tile, hashes in self.tiles.items()),
        }

    def _compare(
        self, stored: Iterator[tuple[int, list[tuple[Any, ...]]]], seals: dict[int, tuple[bytes, bytes]]
    ) -> None:
        for seq, _ in stored:
            raise DamageError("entries", seq, "belongs to no transfer")
        for seq in seals:
            raise DamageError("seals", seq, "belongs to no event")
        known = {account.owner for account in self.book.by_number.values()}
        for number in self.owners.keys() - known:
            raise DamageError("owners", number, "owns nothing")
        expected_rows = self._projections()
        for table, columns, keys in _COMPARED:
            expected = expected_rows[table.name]
            stored_rows = sorted(_plain(row) for row in self._rows(f"SELECT {columns} FROM {table.name}"))
            if stored_rows != expected:
                odd = sorted(set(stored_rows) ^ set(expected))
                raise DamageError(
                    table.name, "/".join(map(str, odd[0][:keys])), "is not what the events make of it"
                )

    def _rows(self, text: str) -> Iterable[Any]:
        return self.database.fetch(text)


_COMPARED = (
    (ACCOUNTS, "number, debits, credits, held, coming", 1),
    (ASSETS, "number, issued, coming, serials", 1),
    (
        PENDINGS,
        'seq, id, debit, credit, asset, amount, expires_at, "group", serial, resolution, resolved',
        1,
    ),
    (CARDS, "asset, serial, holder, pending, moved", 2),
    (REVERSALS, "seq, amount", 1),
    (TILES, "level, number, hashes", 2),
)


def _by_seq(rows: Iterable[Any]) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    """Entries by transfer, without the sequence number."""
    current = -1
    gathered: list[tuple[Any, ...]] = []
    for seq, *rest in rows:
        if seq != current and gathered:
            yield current, gathered
            gathered = []
        current = seq
        gathered.append(tuple(rest))
    if gathered:
        yield current, gathered


def _check_leaf(table: str, key: object, leaf: bytes, **fields: object) -> None:
    """Whether a sealed leaf says of an event what its row says."""
    try:
        sealed_fields = json.loads(leaf)
    except ValueError:
        raise DamageError("seals", fields["seq"], "is no event") from None
    for name, value in fields.items():
        if sealed_fields.get(name) != value:
            raise DamageError(table, key, f"its {name} is not what its sealed leaf says")


def _plain(row: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(bytes(value) if isinstance(value, memoryview | bytearray) else value for value in row)
