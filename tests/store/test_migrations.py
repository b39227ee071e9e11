"""Migrations are frozen: they make what the tables say, from any revision, all of it or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, create_engine, inspect, text
from tests.store.backwards import engine_of, make_old, upgraded
from tests.store.rooms import TABLES

import zhenzan.store
from zhenzan.store import StoreError, checksum, open_database
from zhenzan.store.structure import checked_tables, first_difference, parts_of

MIGRATIONS = Path(zhenzan.store.__file__).parent / "migrations"
REVISIONS = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
FIRST = "service_0006"  # of the first release


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "store.sqlite")
    new: Callable[[], str] = request.getfixturevalue("new_postgres")
    return new()


def test_the_migrations_make_what_the_tables_say(place: str) -> None:
    database = open_database(place)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []
    database.close()


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_any_revision_becomes_as_a_new_one(place: str, revision: str) -> None:
    make_old(place, revision)
    database = open_database(place)
    assert database.altered_table() is None
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []
    database.close()


def test_migrations_know_no_table_of_today() -> None:
    """A frozen migration stays what it was when tables change."""
    for path in (MIGRATIONS / "versions").glob("*.py"):
        known = set(re.findall(r"\bzhenzan[.\w]*", path.read_text("utf-8")))
        assert known <= {"zhenzan.store.checksums"}, path.name


def test_checksums_are_over_the_columns_as_they_are_declared() -> None:
    with create_engine("sqlite://").connect() as new:
        upgraded(new, REVISIONS[-1])
        assert {made.name: made.columns for made in checked_tables(new)} == {
            table.name: tuple(column.name for column in table.columns)[:-1]
            for table in TABLES.sorted_tables
            if table.info.get("checked")
        }


@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_a_migration_that_is_cut_off_leaves_all_as_it_was(
    place: str, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_old(place, FIRST)
    engine = engine_of(place)
    before = set(inspect(engine).get_table_names())
    run = MigrationContext.run_migrations

    def broken(self: MigrationContext, **given: Any) -> None:
        steps = self._migrations_fn

        def until(rev: Any, context: Any) -> Any:
            done = []
            for step in steps(rev, context):  # type: ignore[misc]
                if step.revision.revision == revision:
                    raise KeyboardInterrupt
                done.append(step)
                yield step

        self._migrations_fn = until
        run(self, **given)

    monkeypatch.setattr(MigrationContext, "run_migrations", broken)
    with pytest.raises(KeyboardInterrupt):
        open_database(place)
    monkeypatch.undo()
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == before
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == FIRST
    engine.dispose()
    database = open_database(place)
    assert database.altered_table() is None
    database.close()


OWNED = {  # by table: a row, the place of its list in a text, and what becomes of that
    "webhooks": (
        ("hook", "https://a.example/", "case.decided,sale.made", "secret", "me", 5, 0), 2,
        "SELECT webhook, event FROM webhook_events ORDER BY event",
        [("hook", "case.decided"), ("hook", "sale.made")],
    ),
    "cases": (
        ("case-1", "ring", "7", '["\\u8d5e", "b,\\"c"]', "odd", "fake", "so", "me", 5, "me", 6), 3,
        'SELECT "case", account FROM case_accounts ORDER BY account',
        [("case-1", 'b,"c'), ("case-1", "赞")],
    ),
    "signing_keys": (
        ("zs_1", "key", "PEM", '["https://b.example", "https://a.example"]', 5, 0), 3,
        "SELECT signing_key, seq, origin FROM signing_key_origins ORDER BY seq",
        [("zs_1", 0, "https://b.example"), ("zs_1", 1, "https://a.example")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("table", OWNED)
@pytest.mark.parametrize("is_damaged", [False, True], ids=["whole", "damaged"])
def test_lists_become_rows_and_damage_stays_seen(place: str, table: str, is_damaged: bool) -> None:
    row, at, query, values = OWNED[table]
    make_old(place, "settlement_0013")
    with (engine := engine_of(place)).begin() as connection:
        old = Table(table, MetaData(), autoload_with=connection)
        connection.execute(old.insert().values((*row, checksum(row) ^ is_damaged)))
    engine.dispose()
    database = open_database(place)
    assert database.fetch(query) == values
    (*kept, crc) = database.fetch(f"SELECT * FROM {table}")[0]
    assert tuple(kept) == row[:at] + row[at + 1 :]
    assert crc == checksum(kept) ^ is_damaged
    assert (database.altered_row() is not None) == is_damaged
    database.close()


def test_a_newer_database_is_refused_and_the_way_back_is_said(place: str) -> None:
    database = open_database(place)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'rewards_0999'"))
    database.close()
    with pytest.raises(StoreError, match=r"rewards_0999.*no way down.*restore the backup"):
        open_database(place)


def test_structures_are_compared_by_meaning() -> None:
    making = "CREATE TABLE t (a INTEGER NOT NULL, b VARCHAR, PRIMARY KEY (a), UNIQUE (b))"
    index = "CREATE INDEX t_b ON t (b) WHERE a > 0"
    same = [
        [making, index],
        [
            "create table t (a INTEGER not null primary key, b VARCHAR unique)",
            "create index t_b on t(b) where (a > 0)",
        ],
        ["CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY)", "ALTER TABLE t ADD COLUMN b VARCHAR"],
    ]
    other = [
        ["CREATE TABLE t (a INTEGER NOT NULL, b VARCHAR NOT NULL, PRIMARY KEY (a), UNIQUE (b))", index],
        ["CREATE TABLE t (a INTEGER NOT NULL, b INTEGER, PRIMARY KEY (a), UNIQUE (b))", index],
        ["CREATE TABLE t (a INTEGER NOT NULL, b VARCHAR, PRIMARY KEY (a))", index],
        [making, "CREATE INDEX t_b ON t (b) WHERE a > 1"],
        [making, "CREATE UNIQUE INDEX t_b ON t (b) WHERE a > 0"],
        [making],
        [making + " WITHOUT ROWID", index],
    ]  # fmt: skip

    def differs(statements: list[str], from_: list[str]) -> str | None:
        with create_engine("sqlite://").connect() as one, create_engine("sqlite://").connect() as two:
            for connection, several in ((one, statements), (two, from_)):
                for statement in several:
                    connection.exec_driver_sql(statement)
            return first_difference(parts_of(one), parts_of(two))

    assert differs(same[1], same[0]) is None
    assert differs(["CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY, b VARCHAR)"], same[2]) is None
    for statements in other:
        assert differs(statements, same[0]) is not None, statements


def test_a_column_more_is_no_fault_of_a_new_database() -> None:
    """What an ordinary migration does: a new database has the column as an upgraded one has."""
    with create_engine("sqlite://").connect() as new, create_engine("sqlite://").connect() as old:
        for connection in (new, old):
            upgraded(connection, REVISIONS[-1])
            connection.exec_driver_sql("ALTER TABLE sessions ADD COLUMN user_agent VARCHAR")
        assert first_difference(parts_of(old), parts_of(new)) is None
