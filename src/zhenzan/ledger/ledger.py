"""The ledger's writer: from a batch of commands to a signed checkpoint.

A batch is read, its states are loaded, each command is applied or refused in order, every event becomes a
leaf of the Merkle tree, and all of it commits in one transaction together with the checkpoint that signs it.

While one batch is flushed to the disk, another thread may apply the next, on the states that the first
leaves: it is written when the first is durable, and applied again from what the database holds if it failed.
"""

from __future__ import annotations

import math
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection

from zhenzan.closeable import Closeable
from zhenzan.deprecation import renamed_parameters
from zhenzan.errors import LedgerError
from zhenzan.ledger import batch_reads, leaves, reader
from zhenzan.ledger import rejections as rejections
from zhenzan.ledger.anchor import check_anchor, write_anchor
from zhenzan.ledger.checkpoint import Checkpoint, SigningKey
from zhenzan.ledger.entities import (
    AMOUNT_MAX,
    AssetKind,
    Command,
    CreateAsset,
    OpenAccount,
    Phase,
    Transfer,
)
from zhenzan.ledger.keys import make_key, read_key, write_key
from zhenzan.ledger.lease import Lease
from zhenzan.ledger.merkle import MerkleTree, leaf_hash
from zhenzan.ledger.queries import is_empty
from zhenzan.ledger.reader import Reader
from zhenzan.ledger.state_machine import Record, StateMachine, check_text, check_transfer
from zhenzan.ledger.states import OPEN, AccountState, AssetState, PendingState
from zhenzan.ledger.tables import (
    ACCOUNTS,
    ASSETS,
    BATCHES,
    CARDS,
    ENTRIES,
    KEYS,
    OWNERS,
    PENDINGS,
    REVERSALS,
    SEALS,
    TILES,
    TRANSFERS,
)
from zhenzan.store import Database, open_database
from zhenzan.times import now_us

__all__ = ["Accepted", "Batch", "Ledger"]

BATCH_COMMANDS_MAX = 100_000
ACCOUNTS_CACHED_MAX = 200_000
SWEEP_MAX = 10_000  # holds that ran out, voided in one batch; the others count as void meanwhile
FLUSH_SECONDS = 10.0  # that `close` waits for a batch on its way to the disk
ANCHOR_SECONDS = 5.0  # between two times that the anchor waits for the disk
SALT_BYTES = 32
BODY_BYTES = 16
_SINGLE, _PENDING = Phase.single, Phase.pending  # looked up once: a member of an enum is slow to find

Key = TypeVar("Key")
Value = TypeVar("Value")
Also = Callable[[Connection], object]
_Write = tuple[Any, ...]  # how something is written, given a connection, and what


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """An accepted command: `seq` of its event; `repeated` where it stood before; the card's `serial`, or
    0.
    """

    seq: int
    repeated: bool
    serial: int = 0


@dataclass(frozen=True)
class Batch:
    """Result of a batch: the outcome of each command, in order, and the checkpoint that signs it (a signed
    note).
    """

    outcomes: tuple[Accepted | rejections.RejectionError, ...]
    checkpoint: str

    @property
    def refused(self) -> tuple[rejections.RejectionError, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, rejections.RejectionError))


@dataclass
class BatchEffects:
    """Everything that a batch will write."""

    leaves: list[bytes] = field(default_factory=list)
    transfers: list[tuple[Any, ...]] = field(default_factory=list)
    entries: list[tuple[Any, ...]] = field(default_factory=list)
    accounts: dict[int, AccountState] = field(default_factory=dict)
    assets: dict[int, AssetState] = field(default_factory=dict)
    new_assets: list[tuple[Any, ...]] = field(default_factory=list)
    new_accounts: list[tuple[Any, ...]] = field(default_factory=list)
    new_states: dict[AssetState | AccountState, int] = field(default_factory=dict)  # and their events
    new_owners: list[tuple[Any, ...]] = field(default_factory=list)
    new_pendings: list[PendingState] = field(default_factory=list)
    resolved: list[tuple[PendingState, int]] = field(default_factory=list)
    cards: dict[tuple[int, int], int] = field(default_factory=dict)
    reversals: dict[int, int] = field(default_factory=dict)
    seals: list[tuple[int, bytes]] = field(default_factory=list)

    def marks(self) -> list[int]:
        return [len(rows) for rows in self._lists()]

    def cut(self, marks: list[int]) -> None:
        for rows, mark in zip(self._lists(), marks, strict=True):
            del rows[mark:]

    def _lists(self) -> tuple[list[Any], ...]:
        return self.leaves, self.transfers, self.entries, self.new_pendings, self.resolved


@dataclass(frozen=True)
class _Sealed:
    """A batch as it will stand: what writes its rows; its checkpoint, "" for an empty one."""

    writes: Sequence[_Write]
    note: str


_Applied = tuple[
    tuple[Accepted | rejections.RejectionError, ...], _Sealed
]  # the outcomes of its commands, and a batch


class Ledger(Closeable, Reader):
    """A ledger, open. Use it as a context, or `close` it: the next writer need not wait then.

    Threads may share it; `submit` takes one batch at a time, readers never wait for it.
    """

    def __init__(
        self,
        database: Database,
        key: SigningKey | None,
        key_path: Path | None,
        clock: Callable[[], int],
        origin: str,
        lease: Lease | None = None,
        anchor: Path | None = None,
    ) -> None:
        super().__init__(database, clock, origin)
        self._key, self._key_path, self._anchor = key, key_path, anchor
        self._note = ""  # of the batch that is being written
        self._anchored_at = -math.inf
        self._lease = lease or Lease(database)
        self._lock = threading.Lock()  # of the book: one batch is applied at a time
        self._writing = threading.Lock()  # of the database: taken under the other, held until it is durable
        self._closed = self._loaded = False

    @classmethod
    @renamed_parameters(place="database_url")
    def open(
        cls,
        database_url: str | os.PathLike[str],
        *,
        key: SigningKey | str | os.PathLike[str] | None = None,
        anchor: Path | None = None,
        read_only: bool = False,
        clock: Callable[[], int] | None = None,
        say: Callable[[str], object] = lambda text: None,
    ) -> Ledger:
        """Open the ledger at a path (SQLite) or URL (PostgreSQL); a new one is made where there is none.

        `key`: the signing key or its file, for SQLite beside the database if not given; made, and said, where
        there is none yet. `anchor`: a file that remembers the newest checkpoint; a database that does not go
        on from it is refused. `read_only`: never writes, needs no key, waits for nobody. `clock`: µs since
        1970. Raises LedgerError where another process writes it, the key is not the ledger's, or the anchor
        does not hold; StoreError.
        """
        clock = clock or now_us
        database = open_database(database_url, create=not read_only)
        with ExitStack() as undo:
            undo.callback(database.close)
            if read_only:
                ledger = cls(database, None, None, clock, reader.origin_of(database))
            else:
                path = None if isinstance(key, SigningKey) else _key_path(database_url, key)
                lease = Lease(database)
                lease.take()  # first: the second of two services must fail here, whatever key it has
                undo.callback(lease.release)
                is_new = is_empty(database)
                if is_new and anchor is not None:
                    check_anchor(anchor, "", (), MerkleTree(0, partial(reader.tile, database)))
                signing = key if isinstance(key, SigningKey) else _signing_key(path, is_new, say)
                ledger = cls(database, signing, path, clock, signing.name, lease, anchor)
                ledger._begin(is_new)
            undo.pop_all()
            return ledger

    def submit(
        self, commands: Iterable[Command], *, on_error: str = "rollback", also: Also | None = None
    ) -> Batch:
        """Carry out commands in order, as one transaction, durable when this returns.

        Where one is refused, `on_error` "rollback" raises its RejectionError (with its `index`) and nothing
        of the batch happens; "continue" leaves it out (with its group) and goes on. A command that stands
        already, by its id and all else the same, is done again for free. `also` writes rows of the caller's
        in the same transaction. Cost: some 30 µs a transfer, and one fsync.
        """
        return self.prepare(commands, on_error=on_error, also=also)()

    def prepare(
        self, commands: Iterable[Command], *, on_error: str = "rollback", also: Also | None = None
    ) -> Callable[[], Batch]:
        """As `submit`, all but the flush to the disk: call what this gives at once, and in the same thread.

        Another thread may prepare the next batch meanwhile; nothing else is written before that call.
        """
        if on_error not in ("rollback", "continue"):
            raise LedgerError(f"on_error is 'rollback' or 'continue', not {on_error!r}")
        commands, goes_on = list(commands), on_error == "continue"
        if len(commands) > BATCH_COMMANDS_MAX:
            raise LedgerError(f"a batch holds at most {BATCH_COMMANDS_MAX:,} commands, not {len(commands):,}")
        with self._lock, ExitStack() as held:
            self._check_writes()
            try:
                applied = self._apply_ahead(commands, goes_on)
                self._writing.acquire()
                held.callback(self._writing.release)
                held.push(self._written)
                if applied is None or not self._loaded:
                    self._refresh()
                    applied = self._apply_all(commands, goes_on, self._now())
                outcomes, sealed = applied
                self._write(held, sealed, also)
                batch = Batch(outcomes, sealed.note or self.last_note())
            except BaseException:
                self._forget()
                raise
            return partial(_finish, held.pop_all(), batch)

    def stay(self) -> None:
        """Renew the lease although nothing is written: call it every RENEW_SECONDS. Raises
        LeaseLostError where another took the ledger over, StoreError.
        """
        with self.database.write() as connection:
            self._lease.confirm(connection)

    def rotate(self, key: SigningKey | None = None) -> str:
        """Replace the signing key: sign with a new one from now on; the change is an event, signed by both.
        Gives its checkpoint.

        Where the ledger signs with that key already, nothing happens: a change whose answer was lost may be
        asked for again.
        """
        with self._exclusive():
            assert self._key is not None
            new = key or SigningKey.make(self._key.name)
            if new.name != self._key.name:
                raise LedgerError(
                    f"the new key is named {new.name!r}; the ledger's keys are named {self._key.name!r}"
                )
            if new.public == self._key.public:
                return self.last_note()
            if self._key_path is not None:  # first beside the old one: a crash leaves a key that still signs
                write_key(self._key_path.with_name(self._key_path.name + ".new"), new, replace=True)
            now, work = self._now(), BatchEffects()
            seq = self._tree.size
            work.leaves.append(leaves.key_leaf(seq, now, str(new.public)))
            note = self._commit(
                work, now, lambda c: self.database.insert(c, KEYS, [(seq, str(new.public))]), [self._key, new]
            )
            self._key = new
            if self._key_path is not None:
                write_key(self._key_path, new, replace=True)
                self._key_path.with_name(self._key_path.name + ".new").unlink(missing_ok=True)
            return note

    def erase(self, owner: str, *, also: Also | None = None) -> str:
        """Erase a person: their salt and name are deleted, and with them every account id of theirs. `also`
        changes rows of the caller's in the same transaction.

        Balances, proofs of others and the check of the whole stay valid. Gives the checkpoint. Raises
        UnknownAccountError where there is no such owner. Cost: the owner's transfers.
        """
        with self._exclusive():
            rows = self.database.fetch("SELECT number, salt FROM owners WHERE name = ?", (owner,))
            if not owner or not rows:
                raise rejections.UnknownAccountError(f"there is no owner {owner!r} to erase")
            number = int(rows[0][0])
            now, work = self._now(), BatchEffects()
            seq = self._tree.size
            work.leaves.append(leaves.erasure_leaf(seq, now, number))
            sealed = reader.leaves_of_owner(self, number)

            def forget(connection: Connection) -> None:
                mark = self.database.mark
                for text in (
                    f"UPDATE owners SET name = NULL, salt = NULL, erased_seq = {seq} WHERE number = {mark}",
                    f"UPDATE accounts SET id = 'erased:' || number WHERE owner = {mark}",
                    "UPDATE transfers SET cause = '' WHERE cause <> '' AND (debit IN "
                    f"(SELECT number FROM accounts WHERE owner = {mark}) OR credit IN "
                    f"(SELECT number FROM accounts WHERE owner = {mark}))",
                ):
                    connection.exec_driver_sql(text, (number,) * text.count(mark))
                self.database.upsert(connection, SEALS, reader.with_digests(connection, sealed))
                if also is not None:
                    also(connection)

            try:
                return self._commit(work, now, forget, None)
            finally:
                self._forget()

    def close(self) -> None:
        """Release the writer's lease. Safe to repeat."""
        if not self._closed:
            with self._lock:
                self._closed = True
                if self._writing.acquire(timeout=FLUSH_SECONDS):
                    self._writing.release()
            if self._key is not None:
                self._lease.release()
            self.database.close()

    def _begin(self, is_new: bool) -> None:
        assert self._key is not None
        self._load()
        if is_new:
            now, work = self._now(), BatchEffects()
            text = str(self._key.public)
            work.leaves.append(leaves.key_leaf(0, now, text))
            self._commit(work, now, lambda c: self.database.insert(c, KEYS, [(0, text)]), None)
            self._forget()
        if self._anchor is not None:
            self._refresh()
            keys = [*self.keys(), self._key.public]
            check_anchor(self._anchor, self.keys()[-1].name, keys, self._tree)
        if self.keys()[-1] != self._key.public:
            raise LedgerError(
                f"the key {self._key.public} is not the one this ledger signs with, {self.keys()[-1]}"
            )
        if self._anchor is not None:
            write_anchor(self._anchor, self.last_note(), durable=True)

    def _forget(self) -> None:
        """Start again from what the database holds."""
        self._loaded = False

    def _load(self) -> None:
        self._loaded = False
        size, last = batch_reads.end(self.database)
        self._time = last
        self._tree = MerkleTree(size, lambda level, number: reader.tile(self.database, level, number))
        self._book = StateMachine()
        self._owners: dict[str, tuple[int, bytes]] = {}
        batch_reads.assets(self.database, self._book)
        self._numbers = batch_reads.numbers(self.database)
        self._next_expiry = batch_reads.next_expiry(self.database)
        self._before: dict[str, tuple[int, int, bytes]] = {}
        self._loaded = True

    def _check_writes(self) -> None:
        if self._key is None:
            raise LedgerError("this ledger was opened read-only")
        if self._closed:
            raise LedgerError("this ledger is closed")

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Nothing else is applied or written."""
        with self._lock, self._writing:
            self._check_writes()
            self._refresh()
            yield

    def _refresh(self) -> None:
        """Have the states as the database holds them. Only while nothing else is being written."""
        if not self._is_fresh():
            self._load()

    def _is_fresh(self) -> bool:
        return self._loaded and len(self._book.accounts) <= ACCOUNTS_CACHED_MAX

    def _now(self) -> int:
        return max(self._time, self.clock())

    def _apply_ahead(self, commands: Sequence[Command], goes_on: bool) -> _Applied | None:
        """Apply a batch on the states that the one before leaves, which is being flushed. None: there is none
        such, or the batch needs what only the database tells, or it was refused: then by what is durable.
        """
        if not self._writing.locked() or not self._is_fresh() or not all(map(_is_plain, commands)):
            return None
        now = self._now()
        if self._next_expiry is not None and self._next_expiry <= now:
            return None
        try:
            return self._apply_all(commands, goes_on, now)
        except Exception:
            self._forget()
            return None

    def _apply_all(self, commands: Sequence[Command], goes_on: bool, now: int) -> _Applied:
        """The outcomes of the commands, and the batch."""
        work = BatchEffects()
        bodies = [batch_reads.body(command)[:BODY_BYTES] for command in commands]
        known = batch_reads.what_is_needed(self.database, self._book, self._owners, commands)
        known.update(self._before)  # which may not be durable yet
        self._expire_pendings(now, work)
        outcomes: list[Accepted | rejections.RejectionError] = []
        for first, last, is_alone in _linked_groups(commands):
            if is_alone:
                try:
                    outcomes.append(self._apply(commands[first], bodies[first], known, now, work, None))
                except rejections.RejectionError as refusal:  # before it changed anything
                    refusal.index = first
                    if not goes_on:
                        raise
                    outcomes.append(refusal)
                continue
            undo: list[Callable[[], object]] = []
            marks = work.marks()
            done: list[Accepted | rejections.RejectionError] = []
            try:
                for index in range(first, last):  # one by one: a refusal tells how far it came
                    done.append(self._apply(commands[index], bodies[index], known, now, work, undo))  # noqa: PERF401
                self._check_groups(work, marks)
            except rejections.RejectionError as refusal:
                refusal.index = first + len(done) if len(done) < last - first else first
                if not goes_on:
                    raise
                for step in reversed(undo):
                    step()
                work.cut(marks)
                done = _failed(commands[first:last], refusal, first)
            outcomes.extend(done)
        sealed = self._seal(work, now)
        self._before = {id: (seq, serial, body) for seq, id, *_, serial, body in work.transfers}
        book = self._book  # holds, cards and reversals are loaded anew: only accounts are worth keeping
        for states in (book.pendings, book.groups, book.cards, book.moved, book.missing):
            states.clear()
        return tuple(outcomes), sealed

    def _apply(
        self,
        command: Command,
        body: bytes,
        known: dict[str, tuple[int, int, bytes]],
        now: int,
        work: BatchEffects,
        undo: list[Callable[[], object]] | None,
    ) -> Accepted:
        if not isinstance(command, Transfer):
            if isinstance(command, OpenAccount):
                return self._open_account(command, now, work)
            return self._create(command, now, work)
        before = known.get(command.id)
        if before is not None:
            if before[2] != body:
                raise rejections.IdReusedError(
                    f"transfer {command.id!r}: the id belongs to a different one already"
                )
            return Accepted(before[0], True, before[1])
        check_transfer(command)
        seq = self._tree.size + len(work.leaves)
        pending = self._book.pendings.get(command.pending) if command.pending else None
        if self._book.erased:
            self._refuse_erased(command, pending)
        record = self._book.apply(command, seq, now, undo)
        if record.phase == _PENDING:
            held = self._book.pendings[command.id]
            work.new_pendings.append(held)
            if held.expires_at:
                self._next_expiry = min(self._next_expiry or held.expires_at, held.expires_at)
        elif pending is not None:
            work.resolved.append((pending, seq))
        if record.reverses:
            _set(work.reversals, record.reverses, self._book.moved[command.reverses][3], undo)
        self._write_down(record, body, now, work, undo)
        _set(known, command.id, (seq, record.serial, body), undo)
        return Accepted(seq, False, record.serial)

    def _refuse_erased(self, command: Transfer, pending: PendingState | None) -> None:
        """Before the book changes anything: a refused transfer leaves no trace in it."""
        book = self._book
        debit, credit = command.debit, command.credit
        if pending is not None:
            debit, credit = book.by_number[pending.debit].id, book.by_number[pending.credit].id
        if debit in book.erased or credit in book.erased:
            raise rejections.UnknownAccountError(
                "the owner of an account was erased; the account takes no transfers any more"
            )

    def _write_down(
        self,
        record: Record,
        body: bytes,
        now: int,
        work: BatchEffects,
        undo: list[Callable[[], object]] | None,
    ) -> None:
        book = self._book
        seq, _, debit_number, credit_number, asset_number, *_, serial = record
        debit, credit = book.by_number[debit_number], book.by_number[credit_number]
        asset = book.asset_by_number[asset_number]
        if debit.salt is None or credit.salt is None:  # a hold that ran out after its owner was erased
            leaf = leaves.transfer_leaf(record, body, asset.id, _unlinked(debit), _unlinked(credit), now)
            work.seals.append((seq, leaf))
        else:
            leaf = leaves.transfer_leaf(record, body, asset.id, debit, credit, now)
        work.leaves.append(leaf)
        work.transfers.append((*record, body))
        work.entries.append(
            (debit.number, seq, debit.debits, debit.credits, debit.debits_pending, debit.credits_pending)
        )
        work.entries.append(
            (credit.number, seq, credit.debits, credit.credits, credit.debits_pending, credit.credits_pending)
        )
        work.accounts[debit.number], work.accounts[credit.number] = debit, credit
        if debit.mints or credit.mints:
            work.assets[asset.number] = asset
        if serial and asset.is_unique:
            _set(work.cards, (asset_number, serial), seq, undo)

    def _create(self, command: CreateAsset, now: int, work: BatchEffects) -> Accepted:
        check_text("id", command.id)
        if not 0 <= command.scale <= 18 or not 0 < command.cap <= AMOUNT_MAX:
            raise rejections.InvalidCommandError(
                f"asset {command.id!r}: scale must be 0 to 18, cap 1 to 2^62"
            )
        if command.kind == AssetKind.unique and command.scale:
            raise rejections.InvalidCommandError(f"asset {command.id!r}: cards have no scale")
        before = self._book.assets.get(command.id)
        if before is not None:
            if (before.kind, before.scale, before.cap) != (command.kind, command.scale, command.cap):
                raise rejections.IdReusedError(
                    f"asset {command.id!r}: the id belongs to a different one already"
                )
            seq = work.new_states.get(before)
            return Accepted(
                self._numbers.seq_of_asset(self.database, command.id) if seq is None else seq, True
            )
        seq = self._tree.size + len(work.leaves)
        asset = AssetState(self._numbers.next_asset(), command.id, command.kind, command.scale, command.cap)
        self._book.add_asset(asset)
        work.leaves.append(leaves.asset_leaf(seq, now, asset))
        work.new_assets.append((asset.number, seq, asset.id, int(asset.kind), asset.scale, asset.cap))
        work.assets[asset.number], work.new_states[asset] = asset, seq
        return Accepted(seq, False)

    def _open_account(self, command: OpenAccount, now: int, work: BatchEffects) -> Accepted:
        check_text("id", command.id)
        check_text("owner", command.owner, empty=True)
        if command.id.startswith("erased:"):
            raise rejections.InvalidCommandError("ids that begin with 'erased:' are reserved for the ledger")
        asset = self._book.assets.get(command.asset)
        if asset is None:
            raise rejections.UnknownAssetError(
                f"account {command.id!r}: there is no asset {command.asset!r}; create it first"
            )
        if abs(command.min_balance) > AMOUNT_MAX:
            raise rejections.InvalidCommandError(f"account {command.id!r}: min_balance must be within ±2^62")
        if asset.is_unique and command.min_balance:
            raise rejections.InvalidCommandError(
                f"account {command.id!r}: an account for cards must have min_balance 0"
            )
        before = self._book.accounts.get(command.id)
        if before is not None:
            owner, _ = self._owners.get(command.owner, (-1, b""))
            if (before.asset, before.owner, before.kind, before.min_balance) != (
                asset.number,
                owner,
                command.kind,
                command.min_balance,
            ):
                raise rejections.IdReusedError(
                    f"account {command.id!r}: the id belongs to a different one already"
                )
            seq = work.new_states.get(before)
            return Accepted(
                self._numbers.seq_of_account(self.database, before.number) if seq is None else seq, True
            )
        owner, salt = self._owner(command.owner, work)  # only now: who is refused becomes no owner
        seq = self._tree.size + len(work.leaves)
        account = AccountState(
            self._numbers.next_account(),
            command.id,
            owner,
            asset.number,
            command.kind,
            command.min_balance,
            salt,
        )
        self._book.add_account(account)
        work.leaves.append(leaves.account_leaf(seq, now, account, asset.id, command.owner))
        work.new_accounts.append(
            (account.number, seq, account.id, owner, asset.number, int(account.kind), account.min_balance)
        )
        work.accounts[account.number], work.new_states[account] = account, seq
        return Accepted(seq, False)

    def _owner(self, name: str, work: BatchEffects) -> tuple[int, bytes]:
        known = self._owners.get(name)
        if known is None:
            known = self._owners[name] = (self._numbers.next_owner(), secrets.token_bytes(SALT_BYTES))
            work.new_owners.append((known[0], name, known[1], None))
        return known

    def _expire_pendings(self, now: int, work: BatchEffects) -> None:
        """Void the holds that ran out, as events of their own."""
        if self._next_expiry is None or self._next_expiry > now:
            return
        batch_reads.expired(self.database, self._book, now, SWEEP_MAX)
        ran_out = [
            pending
            for pending in self._book.pendings.values()
            if pending.resolution == OPEN and 0 < pending.expires_at <= now
        ]
        for pending in sorted(ran_out, key=lambda pending: pending.seq):
            record = self._book.expire(pending, self._tree.size + len(work.leaves))
            work.resolved.append((pending, record.seq))
            self._write_down(record, b"", now, work, None)
        self._next_expiry = (
            now + 1 if len(ran_out) >= SWEEP_MAX else batch_reads.next_expiry(self.database, after=now)
        )

    def _check_groups(self, work: BatchEffects, marks: list[int]) -> None:
        """A pending group is made by one unit, and resolved whole, in one way, by one."""
        for pending in work.new_pendings[marks[-2] :]:
            if pending.group and self._book.groups[pending.group][0].seq < self._tree.size + marks[0]:
                raise rejections.IdReusedError(f"pending group {pending.group!r} exists already")
        resolved = [pending for pending, _ in work.resolved[marks[-1] :] if pending.group]
        for group in {pending.group for pending in resolved}:
            ways = {member.resolution for member in self._book.groups[group]}
            if len(ways) > 1:
                raise rejections.GroupIncompleteError(
                    f"pending group {group!r} must be posted or voided as a whole: name all its "
                    "transfers, in one group"
                )

    def _commit(self, work: BatchEffects, now: int, also: Also | None, keys: list[SigningKey] | None) -> str:
        """Write everything down in one transaction, signed. Gives the note."""
        with ExitStack() as held:
            held.push(self._written)
            sealed = self._seal(work, now, keys)
            self._write(held, sealed, also)
        return sealed.note

    def _seal(self, work: BatchEffects, now: int, keys: list[SigningKey] | None = None) -> _Sealed:
        """Grow the tree, sign it, and take down every row: the states move on with the next batch."""
        assert self._key is not None
        tree, note = self._tree, ""
        for leaf in work.leaves:
            tree.append(leaf_hash(leaf))
        writes: list[_Write] = []
        if work.leaves:
            note = Checkpoint(self.origin, tree.size, tree.root()).signed_by(keys or [self._key])
            tiles = [(*tile, bytes(hashes)) for tile, hashes in tree.changed.items()]
            batch = (self._numbers.next_batch(), tree.size, now, note)
            writes = [
                *self._rows(work),
                (self.database.upsert, TILES, tiles),
                (self.database.insert, BATCHES, [batch]),
            ]
        tree.changed.clear()
        self._time = now
        return _Sealed(writes, note)

    def _rows(self, work: BatchEffects) -> list[_Write]:
        database, cards = self.database, self._book.cards
        resolved = {pending.seq: seq for pending, seq in work.resolved}
        new = {pending.seq for pending in work.new_pendings}
        return [
            (database.insert, OWNERS, work.new_owners),
            (database.insert, ASSETS, [(*asset, 0, 0, 0) for asset in work.new_assets]),
            (database.insert, ACCOUNTS, [(*account, 0, 0, 0, 0) for account in work.new_accounts]),
            (database.insert, TRANSFERS, work.transfers),
            (database.insert, ENTRIES, work.entries),
            (
                database.change,
                ACCOUNTS,
                ("debits", "credits", "held", "coming"),
                [(*account.snapshot(), number) for number, account in work.accounts.items()],
            ),
            (
                database.change,
                ASSETS,
                ("issued", "coming", "serials"),
                [(*asset.snapshot(), number) for number, asset in work.assets.items()],
            ),
            (
                database.insert,
                PENDINGS,
                [
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
                        resolved.get(pending.seq, 0),
                    )
                    for pending in work.new_pendings
                ],
            ),
            (
                database.change,
                PENDINGS,
                ("resolution", "resolved"),
                [
                    (pending.resolution, seq, pending.seq)
                    for pending, seq in work.resolved
                    if pending.seq not in new
                ],
            ),
            (
                database.upsert,
                CARDS,
                [
                    (*card_key, cards[card_key].holder, cards[card_key].pending, seq)
                    for card_key, seq in work.cards.items()
                ],
            ),
            (database.upsert, REVERSALS, list(work.reversals.items())),
            (self._put_seals, work.seals),
        ]

    def _put_seals(self, connection: Connection, seals: Sequence[tuple[int, bytes]]) -> None:
        self.database.upsert(connection, SEALS, reader.with_digests(connection, seals))

    def _write(self, held: ExitStack, sealed: _Sealed, also: Also | None) -> None:
        """Write all of it in a transaction, which is durable once `held` is closed."""
        self._note = sealed.note
        connection = held.enter_context(self.database.write())
        self._lease.confirm(connection)
        for write, *arguments in sealed.writes:
            write(connection, *arguments)
        if also is not None:
            also(connection)

    def _written(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        """Where a batch became durable, remember its checkpoint; else nothing that was applied since
        stands.
        """
        if kind is not None:
            self._forget()
        elif self._anchor is not None and self._note:
            is_due = time.monotonic() - self._anchored_at > ANCHOR_SECONDS
            write_anchor(self._anchor, self._note, durable=is_due)
            if is_due:
                self._anchored_at = time.monotonic()


def _finish(held: ExitStack, batch: Batch) -> Batch:
    held.close()
    return batch


def _set(into: dict[Key, Value], key: Key, value: Value, undo: list[Callable[[], object]] | None) -> None:
    """Set it, and say in `undo` how it was before."""
    if undo is not None:
        undo.append(partial(into.__setitem__, key, into[key]) if key in into else partial(into.pop, key))
    into[key] = value


def _unlinked(account: AccountState) -> AccountState:
    """The account under a salt that nobody keeps: its commitment never opens, as after an erasure."""
    salt = secrets.token_bytes(SALT_BYTES)
    return AccountState(
        account.number, account.id, account.owner, account.asset, account.kind, account.min_balance, salt
    )


def _is_plain(command: Command) -> bool:
    """Whether it needs no states but those of accounts and assets, which stay loaded."""
    return (
        isinstance(command, Transfer)
        and command.phase == _SINGLE
        and not (command.group or command.pending or command.reverses or command.serial)
    )


def _linked_groups(commands: Sequence[Command]) -> Iterator[tuple[int, int, bool]]:
    """First and last + 1 of what happens together: neighbours with one group, each other command alone; and
    whether it stands for itself: no member of a group, and it resolves no hold, which may be of one.
    """
    first, end = 0, len(commands)
    while first < end:
        command, last = commands[first], first + 1
        if not isinstance(command, Transfer) or not (command.group or command.pending):
            yield first, last, True
        else:
            if group := command.group:
                while last < end and getattr(commands[last], "group", "") == group:
                    last += 1
            yield first, last, False
        first = last


def _failed(
    unit: Sequence[Command], refusal: rejections.RejectionError, first: int
) -> list[Accepted | rejections.RejectionError]:
    failed: list[Accepted | rejections.RejectionError] = []
    for index in range(first, first + len(unit)):
        if index == refusal.index:
            failed.append(refusal)
            continue
        other = rejections.GroupFailedError(f"another transfer of its group was refused: {refusal}")
        other.index = index
        failed.append(other)
    return failed


def _key_path(database_url: str | os.PathLike[str], key: str | os.PathLike[str] | None) -> Path:
    if key is not None:
        return Path(key)
    text = os.fspath(database_url)
    if "://" in text:
        raise LedgerError(
            f"{text}: name the file with its signing key (key=, or --key); the key is kept outside "
            "the database"
        )
    return Path(text + ".key")


def _signing_key(path: Path | None, is_new: bool, say: Callable[[str], object]) -> SigningKey:
    assert path is not None
    if is_new and not path.exists():
        key = make_key(path, f"zhenzan-ledger-{secrets.token_hex(4)}")
        say(f"Signing key: {path} (made now; keep a copy of it, it is not in the database)")
        return key
    return read_key(path)
