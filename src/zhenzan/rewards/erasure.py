"""Erasure of a person: their name is deleted from the ledger and from every table of the rewards."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Table

from zhenzan.errors import LedgerError
from zhenzan.ledger import Command, Ledger, UnknownAccountError
from zhenzan.rewards.account_ids import name_of
from zhenzan.rewards.market_postings import voided
from zhenzan.rewards.market_records import ENDED, OUTBID, WITHDRAWN
from zhenzan.rewards.tables import (
    ACCOUNT_NAMES,
    APPEALS,
    BIDS,
    CREDENTIALS,
    DECORATIONS,
    GRANTS,
    LEVELS,
    LISTINGS,
    REDEMPTIONS,
    RENTALS,
    SALES,
    WAITING_CLAIMS,
)

__all__ = ["erase_person"]

NAMES = (
    (GRANTS, "account"), (REDEMPTIONS, "account"), (LISTINGS, "seller"), (BIDS, "bidder"),
    (SALES, "seller"), (SALES, "buyer"), (RENTALS, "owner"), (RENTALS, "renter"),
)  # fmt: skip

Row = dict[str, Any]


def erase_person(ledger: Ledger, account: str) -> str:
    """Erase who an account was. What they sell or bid for is taken off the market first, and given back.

    Balances, proofs of others and the check of the whole stay valid; a card that they held stays out, and is
    nobody's. Gives the checkpoint. Raises LedgerError where a redemption of theirs is under way,
    UnknownAccountError where there is no such account.
    """
    database = ledger.database
    if database.fetch("SELECT 1 FROM redemptions WHERE account = ? AND state = 'reserved'", (account,)):
        raise LedgerError(f"a redemption of {account!r} is under way; finish it first (Redemptions.recover)")
    commands, states = _off_the_market(ledger, account)
    if states:
        ledger.submit(commands, also=lambda connection: _put(ledger, connection, states))
    now = ledger.clock()

    def also(connection: Connection) -> None:
        for table, column in NAMES:
            rows = _rows_of(connection, table, table.columns[column] == account)
            _put(ledger, connection, [(table, row | {column: ""}) for row in rows])
        silent = {"account": "", "text": "", "decision": ""}
        for row in _rows_of(connection, APPEALS, APPEALS.c.account == account):
            state = "denied" if row["state"] == "open" else row["state"]
            _put(ledger, connection, [(APPEALS, row | silent | {"state": state})])
        for row in _rows_of(connection, CREDENTIALS, CREDENTIALS.c.account == account):
            gone = {"account": "", "creator": "", "revoked_at": row["revoked_at"] or now}
            _put(ledger, connection, [(CREDENTIALS, row | gone)])
        connection.execute(LEVELS.delete().where(LEVELS.c.account == account))
        connection.execute(ACCOUNT_NAMES.delete().where(ACCOUNT_NAMES.c.account == account))
        connection.execute(WAITING_CLAIMS.delete().where(WAITING_CLAIMS.c.account == account))
        connection.execute(DECORATIONS.delete().where(DECORATIONS.c.holder == account))

    try:
        return ledger.erase(name_of(ledger, account), also=also)
    except UnknownAccountError:  # who never had anything may still stand on a ladder
        if not database.fetch("SELECT 1 FROM levels WHERE account = ? LIMIT 1", (account,)):
            raise
    with database.write() as connection:
        also(connection)
    return ledger.last_note()


def _off_the_market(ledger: Ledger, account: str) -> tuple[list[Command], list[tuple[Table, Row]]]:
    """What voids the holds of their listings and bids, and of bids in their auctions; and the new rows."""
    with ledger.database.read() as connection:
        theirs = (LISTINGS.c.seller == account) & (LISTINGS.c.state == "open")
        listings = _rows_of(connection, LISTINGS, theirs)
        at_them = BIDS.c.listing.in_([listing["id"] for listing in listings])
        bids = _rows_of(connection, BIDS, (BIDS.c.state == "open") & ((BIDS.c.bidder == account) | at_them))
    holds = [f"{listing['id']}:card" for listing in listings] + [f"{bid['id']}:money" for bid in bids]
    commands: list[Command] = [voided(hold) for hold in holds if ledger.is_held(hold)]
    rows = [(LISTINGS, listing | {"state": ENDED}) for listing in listings]
    rows += [(BIDS, bid | {"state": WITHDRAWN if bid["bidder"] == account else OUTBID}) for bid in bids]
    return commands, rows


def _rows_of(connection: Connection, table: Table, where: ColumnElement[bool]) -> list[Row]:
    return [dict(row._mapping) for row in connection.execute(table.select().where(where))]


def _put(ledger: Ledger, connection: Connection, rows: list[tuple[Table, Row]]) -> None:
    for table, row in rows:
        values = tuple(row[column.name] for column in table.columns if column.name != "crc")
        ledger.database.upsert(connection, table, [values])
