"""Rows are inserted once, numbers given once, states changed where they are what was seen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.service.test_callers import at_once
from tests.store.downgrades import engine_of, make_old, policy

from zhenzan.rewards.tables import CODES
from zhenzan.service.tables import POLICIES
from zhenzan.store import Database, DuplicateError, UnfitValueError, checksum, open_database
from zhenzan.store.tables import SEQUENCES

COPIED = 100  # so many rows are copied in one go on PostgreSQL


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("new_postgres")())
    return str(tmp_path / "store.sqlite")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


def codes(database: Database) -> dict[str, str]:
    return dict(database.fetch("SELECT code, redemption FROM codes"))


@pytest.mark.parametrize("rows", [1, COPIED])
def test_an_insert_of_what_is_there_fails_and_changes_nothing(database: Database, rows: int) -> None:
    first = [("tea", f"code-{number}", "") for number in range(rows)]
    with database.write() as connection:
        database.insert(connection, CODES, first)
    with pytest.raises(DuplicateError), database.write() as connection:
        database.insert(connection, CODES, [("tea", "new", ""), *((*row[:2], "other") for row in first)])
    assert codes(database) == {code: "" for _, code, _ in first}
    with database.write() as connection:
        assert database.insert_missing(connection, CODES, [("tea", "new", ""), *first]) == 1
        assert database.insert_missing(connection, CODES, first) == 0
    assert len(codes(database)) == rows + 1


def test_one_of_many_changes_what_all_have_seen(database: Database) -> None:
    with database.write() as connection:
        database.insert(connection, CODES, [("tea", "one", "")])
    changed, counting = list[int](), threading.Lock()

    def change(caller: int) -> None:
        with database.write() as connection:
            if database.replace_if(connection, CODES, ("tea", "one", f"r{caller}"), redemption=""):
                with counting:
                    changed.append(caller)

    at_once(12, change)
    assert len(changed) == 1
    assert codes(database) == {"one": f"r{changed[0]}"}


def test_numbers_are_given_once_and_without_gaps(database: Database) -> None:
    numbers = list[int]()
    at_once(8, lambda caller: numbers.extend(database.next_number("cases") for _ in range(5)))
    assert sorted(numbers) == list(range(1, 41))
    assert database.next_number("policies") == 1


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 2**70])
def test_what_no_database_keeps_is_said(database: Database, value: int) -> None:
    with pytest.raises(UnfitValueError, match="cannot be stored"), database.write() as connection:
        database.insert(connection, SEQUENCES, [("cases", value)])
    with suppress(UnfitValueError):  # SQLite cannot even ask for it
        assert database.fetch("SELECT 1 FROM sequences WHERE last = ?", (value,)) == []


def test_an_older_database_goes_on_from_its_numbers_with_one_policy_that_rules(database_url: str) -> None:
    """One of the revision before, in which several versions rule and several run in shadow."""
    make_old(database_url, "service_0007")
    with (engine := engine_of(database_url)).begin() as connection:
        states = ["ruling", "shadow", "ruling", "draft", "shadow", "ruling", "retired"]
        connection.execute(POLICIES.insert(), [policy(1 + at, state) for at, state in enumerate(states)])
    engine.dispose()
    opened = open_database(database_url)
    assert opened.fetch("SELECT number, state FROM policies WHERE state <> 'retired' ORDER BY number") == [
        (2, "draft"), (4, "draft"), (5, "shadow"), (6, "ruling"),
    ]  # fmt: skip
    for row in opened.fetch("SELECT * FROM policies"):
        assert row[-1] == checksum(row[:-1])
    assert opened.next_number("policies") == 8
    assert opened.next_number("cases") == 1
    assert opened.altered_table() is None
    with pytest.raises(DuplicateError), opened.write() as connection:
        opened.insert(connection, POLICIES, [tuple(policy(9, "ruling").values())[:-1]])
    opened.close()
