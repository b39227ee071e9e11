"""A database of the version that kept what grants consist of as lists in texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text
from tests.store.downgrades import put_back

from zhenzan.store import Database
from zhenzan.store.checksums import checksum

__all__ = ["as_lists"]


def as_lists(database: Database) -> None:
    """Put a database back to the version that kept lists in texts, with what it would have written."""
    grants = [tuple(row) for row in database.fetch("SELECT * FROM grants ORDER BY key")]
    lists = {grant[0]: _lists(database, grant[0]) for grant in grants}
    put_back(database, "settlement_0013")
    with database.write() as connection:
        for number, *about, _, _, _ in grants:
            serials, hold = lists[number]
            _add(connection, "grants", (*about, serials))
            if hold is not None:
                _add(connection, "holds", (about[0], *hold))


def _lists(database: Database, number: int) -> tuple[str, tuple[Any, ...] | None]:
    rows = database.fetch(
        "SELECT kind, transfer, serial, amount, at, state FROM grant_entries WHERE grant_number = ? "
        "ORDER BY seq",
        (number,),
    )
    serials = [row[2] for row in rows if row[0] == "card" and row[5] == "given"]
    held = [row for row in rows if row[5] == "held"]
    frozen = [row for row in rows if row[5] == "frozen"][::-1]
    amount = sum(row[3] for row in held if row[0] == "points")
    until = max((row[4] for row in held), default=0)
    pairs = ",".join(f"{row[2]}:{_turn(row[1])}" for row in frozen)
    hold = (amount, ",".join(_turn(row[1]) for row in held), until, pairs, frozen[0][4] if frozen else 0)
    return ",".join(map(str, serials)), hold if held or frozen else None


def _turn(transfer: str) -> str:
    return transfer.split(":")[-2]


def _add(connection: Connection, table: str, row: Sequence[Any]) -> None:
    values = {f"v{index}": value for index, value in enumerate((*row, checksum(row)))}
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} VALUES ({marks})"), values)
