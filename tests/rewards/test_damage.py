"""What stands beside the log is checked too: a value that was changed is found and named."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from sqlalchemy import Column, Connection, Float, LargeBinary, String, Table
from tests.ledger.machines import KEY, Clock
from tests.ledger.test_faults import flip
from tests.rewards.test_erasure import RULES, claims, live
from tests.store.rooms import TABLES

from zhenzan.ledger import DamageError, Ledger, check
from zhenzan.rewards import reconcile

CHECKED = [table for table in TABLES.sorted_tables if table.info.get("checked")]


@pytest.fixture(params=["sqlite", "postgres"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with two rows in each table of the rewards."""
    url = str(tmp_path / "l.sqlite")
    if request.param == "postgres":
        url = request.getfixturevalue("new_postgres")()
    with Ledger.open(url, key=KEY, clock=Clock()) as opened:
        with opened.database.write() as connection:
            for table in CHECKED:
                connection.execute(table.delete())
                opened.database.insert(connection, table, [row(table, 1), row(table, 2)])
        yield opened


def row(table: Table, number: int) -> tuple[object, ...]:
    return tuple(value(column, number) for column in list(table.columns)[:-1])


def value(column: Column[Any], number: int) -> object:
    match column.type:
        case String():
            return f"{column.name} 张{number}"
        case LargeBinary():
            return f"{column.name} 张{number}".encode()
        case Float():
            return number + 0.25
    return number


def test_every_table_of_the_rewards_is_checked() -> None:
    names = {table.name for table in CHECKED}
    assert {"grants", "grant_entries", "redemptions", "codes", "sales", "rentals", "credentials"} <= names


def test_rows_that_were_written_hold(ledger: Ledger) -> None:
    assert check(ledger) == 1


def test_every_changed_value_is_found(ledger: Ledger) -> None:
    database = ledger.database
    for table in CHECKED:
        for column in table.columns:
            with database.write() as connection:
                change(connection, table, column.name)
            with pytest.raises(DamageError) as error:
                check(ledger)
            assert error.value.table == table.name, column
            with database.write() as connection:
                connection.execute(table.delete())
                database.insert(connection, table, [row(table, 1), row(table, 2)])


def change(connection: Connection, table: Table, name: str) -> None:
    """Another value in one column of the second row; the key's too."""
    column = table.columns[name]
    if isinstance(column.type, LargeBinary):
        other: object = value(column, 3)
    else:
        other = column + "!" if isinstance(column.type, String) else column + 5
    keys = [key == value for key, value in zip(table.columns, row(table, 2), strict=False) if key.primary_key]
    connection.execute(table.update().where(*keys).values({name: other}))


@pytest.mark.slow
def test_a_flipped_bit_is_found_or_says_nothing(tmp_path: Path) -> None:
    """In a file with claims, holds, a market and badges."""
    path = tmp_path / "l.sqlite"
    with Ledger.open(path, key=KEY, clock=Clock()) as opened:
        reconcile(opened, RULES, claims())
        live(opened)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    assert flip(path, tmp_path / "copy.sqlite", bits=60, draw=random.Random(5)) > 20
