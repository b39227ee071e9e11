"""Batch reads: the states that a batch of commands needs, read in a handful of statements whatever its
size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import count
from typing import Any, TypeVar

import msgspec

from zhenzan.ledger.entities import Command, OpenAccount, Phase, Transfer
from zhenzan.ledger.state_machine import StateMachine
from zhenzan.ledger.states import AccountState, AssetState, CardState, PendingState
from zhenzan.store import Database

Key = TypeVar("Key", str, int)

_encode = msgspec.json.Encoder().encode
_ACCOUNT = (
    "SELECT a.number, a.id, a.owner, a.asset, a.kind, a.floor, o.salt, a.debits, a.credits, a.held, a.coming "
    "FROM accounts a JOIN owners o ON o.number = a.owner WHERE a."
)
_PENDING = (
    'SELECT seq, id, debit, credit, asset, amount, expires_at, "group", serial, resolution '
    "FROM pendings WHERE "
)


def body(command: Command) -> bytes:
    """Hash of a command's content, by which a repeated command is recognised."""
    return sha256(_encode(command)).digest()


def what_is_needed(
    database: Database, book: StateMachine, owners: dict[str, tuple[int, bytes]], commands: Sequence[Command]
) -> dict[str, tuple[int, int, bytes]]:
    """Load the states that the commands touch into the state machine. Gives those transfers that stand
    already: sequence number, serial and body by id.
    """
    transfers = [command for command in commands if isinstance(command, Transfer)]
    accounts = {name for transfer in transfers for name in (transfer.debit, transfer.credit) if name}
    opened = [command for command in commands if isinstance(command, OpenAccount)]
    accounts.update(opening.id for opening in opened)
    load_owners(database, owners, {opening.owner for opening in opened})
    load_pendings(database, book, transfers)
    load_accounts(database, book, "id", _not_in(book.accounts, accounts))
    load_holders(database, book)
    load_moved(database, book, {transfer.reverses for transfer in transfers if transfer.reverses})
    load_cards(database, book, transfers)
    return {
        id: (seq, serial, bytes(body))
        for id, seq, serial, body in database.fetch_within(
            "SELECT id, seq, serial, body FROM transfers WHERE id IN",
            [transfer.id for transfer in transfers],
        )
    }


def load_accounts(database: Database, book: StateMachine, by: str, keys: Iterable[Any]) -> None:
    for row in database.fetch_within(f"{_ACCOUNT}{by} IN", sorted(keys)):
        number, id, owner, asset, kind, floor, salt, *balances = row
        salt = None if salt is None else bytes(salt)
        book.add_account(AccountState(number, id, owner, asset, kind, floor, salt, *balances))


def load_holders(database: Database, book: StateMachine) -> None:
    """The accounts of the holds that are loaded."""
    held = {number for pending in book.pendings.values() for number in (pending.debit, pending.credit)}
    load_accounts(database, book, "number", _not_in(book.by_number, held))


def load_owners(database: Database, owners: dict[str, tuple[int, bytes]], names: set[str]) -> None:
    text = "SELECT name, number, salt FROM owners WHERE name IN"
    for name, number, salt in database.fetch_within(text, sorted(_not_in(owners, names))):
        owners[name] = (number, bytes(salt))


def load_pendings(database: Database, book: StateMachine, transfers: Sequence[Transfer]) -> None:
    ids = {transfer.pending for transfer in transfers if transfer.pending}
    groups = {transfer.group for transfer in transfers if transfer.group and transfer.phase == Phase.pending}
    _add(book, database.fetch_within(f"{_PENDING}id IN", sorted(ids)))
    groups |= {pending.group for pending in book.pendings.values() if pending.group}
    _add(book, database.fetch_within(f'{_PENDING}"group" IN', sorted(groups)))


def expired(database: Database, book: StateMachine, now: int, most: int) -> None:
    """Load open holds that ran out, with their accounts and cards."""
    text = f"{_PENDING}resolution = 0 AND expires_at BETWEEN 1 AND ? ORDER BY expires_at, seq LIMIT ?"
    _add(book, database.fetch(text, (now, most)))
    load_holders(database, book)
    for pending in book.pendings.values():
        if pending.serial:
            load_card(database, book, pending.asset, pending.serial)


def load_cards(database: Database, book: StateMachine, transfers: Sequence[Transfer]) -> None:
    for transfer in transfers:
        asset = book.assets.get(transfer.asset)
        if transfer.serial and asset is not None:
            load_card(database, book, asset.number, transfer.serial)
    for pending in book.pendings.values():
        if pending.serial:
            load_card(database, book, pending.asset, pending.serial)


def load_card(database: Database, book: StateMachine, asset: int, serial: int) -> None:
    if (asset, serial) not in book.cards and serial > 0:
        text = "SELECT holder, pending FROM cards WHERE asset = ? AND serial = ?"
        for holder, pending in database.fetch(text, (asset, serial)):
            book.cards[asset, serial] = CardState(asset, serial, holder, pending)


def load_moved(database: Database, book: StateMachine, ids: set[str]) -> None:
    book.missing |= ids
    text = (
        "SELECT t.id, t.seq, t.asset, t.amount, COALESCE(r.amount, 0) FROM transfers t LEFT JOIN reversals r "
        "ON r.seq = t.seq WHERE t.phase IN (0, 2) AND t.id IN"
    )
    for id, seq, asset, amount, taken_back in database.fetch_within(text, sorted(ids)):
        book.moved[id] = [seq, asset, amount, taken_back]


def assets(database: Database, book: StateMachine) -> None:
    for row in database.fetch("SELECT number, id, kind, scale, cap, issued, coming, serials FROM assets"):
        book.add_asset(AssetState(*row))


def end(database: Database) -> tuple[int, int]:
    """Number of leaves so far, and the time of the last batch."""
    rows = database.fetch("SELECT size, time FROM batches ORDER BY number DESC LIMIT 1")
    return (int(rows[0][0]), int(rows[0][1])) if rows else (0, 0)


def next_expiry(database: Database, after: int = 0) -> int | None:
    text = "SELECT MIN(expires_at) FROM pendings WHERE resolution = 0 AND expires_at > ?"
    expires_at = database.fetch(text, (after,))[0][0]
    return None if expires_at is None else int(expires_at)


class Numbers:
    """The next number of each kind of thing."""

    def __init__(self, *most: int) -> None:
        following = (count(number + 1).__next__ for number in most)
        self.next_asset, self.next_account, self.next_owner, self.next_batch = following

    @staticmethod
    def seq_of_asset(database: Database, id: str) -> int:
        rows = database.fetch("SELECT seq FROM assets WHERE id = ?", (id,))
        return int(rows[0][0]) if rows else -1

    @staticmethod
    def seq_of_account(database: Database, number: int) -> int:
        rows = database.fetch("SELECT seq FROM accounts WHERE number = ?", (number,))
        return int(rows[0][0]) if rows else -1


def numbers(database: Database) -> Numbers:
    rows = database.fetch(
        "SELECT (SELECT MAX(number) FROM assets), (SELECT MAX(number) FROM accounts), "
        "(SELECT MAX(number) FROM owners), (SELECT MAX(number) FROM batches)"
    )
    return Numbers(*(int(number or 0) for number in rows[0]))


def _not_in(known: Mapping[Key, object], keys: Iterable[Key]) -> set[Key]:
    """Looked up one by one: a set less a dictionary's keys goes through all that is known."""
    return {key for key in keys if key not in known}


def _add(book: StateMachine, rows: Iterable[Any]) -> None:
    for row in rows:
        if row[1] not in book.pendings:
            book.add_pending(PendingState(*row))
