"""Migrations are frozen: they make what the tables say, from any revision, all of it or nothing."""

from __future__ import annotations

import itertools
import os
import re
import signal
from collections.abc import Callable
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, Table, create_engine, event, inspect, make_url, text
from tests.store.downgrades import engine_of, make_old, policy, upgraded
from tests.store.rooms import TABLES

import zhenzan.store
from zhenzan import __version__
from zhenzan.service.tables import POLICIES
from zhenzan.store import Database, NewerDatabaseError, checksum, open_database
from zhenzan.store.structure import Difference, checked_tables, first_difference, structure_of
from zhenzan.store.tables import UPGRADES
from zhenzan.store.upgrade import upgrade

MIGRATIONS = Path(zhenzan.store.__file__).parent / "migrations"
REVISIONS = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
FIRST = "service_0006"  # of the first release


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "store.sqlite")
    new: Callable[[], str] = request.getfixturevalue("new_postgres")
    return new()


def test_the_migrations_make_what_the_tables_say(database_url: str) -> None:
    database = open_database(database_url)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []
    database.close()


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_any_revision_becomes_as_a_new_one(database_url: str, revision: str) -> None:
    make_old(database_url, revision)
    database = open_database(database_url)
    assert database.altered_table() is None
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []
    database.close()


def test_migrations_know_no_table_of_today() -> None:
    """A frozen migration stays what it was when tables change."""
    for path in (MIGRATIONS / "versions").glob("*.py"):
        known = set(re.findall(r"(?:from|import) (zhenzan[.\w]*)", path.read_text("utf-8")))
        assert known <= {"zhenzan.store.checksums"}, path.name


def test_checksums_are_over_the_columns_as_they_are_declared() -> None:
    with create_engine("sqlite://").connect() as new:
        upgrade(new)
        assert {table.name: table.columns for table in checked_tables(new)} == {
            table.name: tuple(column.name for column in table.columns)[:-1]
            for table in TABLES.sorted_tables
            if table.info.get("checked")
        }


@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_a_migration_that_is_cut_off_leaves_all_as_it_was(
    database_url: str, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_old(database_url, FIRST)
    engine = engine_of(database_url)
    before = set(inspect(engine).get_table_names())
    run = MigrationContext.run_migrations

    def broken(self: MigrationContext, **options: Any) -> None:
        steps = self._migrations_fn

        def until(rev: Any, context: Any) -> Any:
            done = []
            for step in steps(rev, context):  # type: ignore[misc]
                if step.revision.revision == revision:
                    raise KeyboardInterrupt
                done.append(step)
                yield step

        self._migrations_fn = until
        run(self, **options)

    monkeypatch.setattr(MigrationContext, "run_migrations", broken)
    with pytest.raises(KeyboardInterrupt):
        open_database(database_url)
    monkeypatch.undo()
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == before
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == FIRST
    engine.dispose()
    database = open_database(database_url)
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
def test_lists_become_rows_and_damage_stays_seen(database_url: str, table: str, is_damaged: bool) -> None:
    row, at, query, values = OWNED[table]
    make_old(database_url, "settlement_0013")
    with (engine := engine_of(database_url)).begin() as connection:
        old = Table(table, MetaData(), autoload_with=connection)
        connection.execute(old.insert().values((*row, checksum(row) ^ is_damaged)))
    engine.dispose()
    database = open_database(database_url)
    assert database.fetch(query) == values
    (*kept, crc) = database.fetch(f"SELECT * FROM {table}")[0]
    assert tuple(kept) == row[:at] + row[at + 1 :]
    assert crc == checksum(kept) ^ is_damaged
    assert (database.altered_row() is not None) == is_damaged
    database.close()


def kill_at(database_url: str, statement: int) -> None:
    """Upgrade, and be killed before this statement."""
    statements = itertools.count()

    def before(*arguments: Any) -> None:
        if next(statements) == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", before)
    open_database(database_url)


def tables_of(database: Database) -> set[str]:
    with database.read() as connection:
        return set(inspect(connection).get_table_names())


def rows_of(database: Database) -> list[Any]:
    return [database.fetch(f"SELECT * FROM {table} ORDER BY 1") for table in ("policies", "cases", "seals")]


def test_a_migration_that_is_killed_is_begun_again_at_the_next_start(database_url: str) -> None:
    """By SIGKILL before every sixth statement, on what the kill before left; rows stay as they are."""
    make_old(database_url, FIRST)
    database = Database(engine_of(database_url))
    with database.write() as connection:
        rows = [policy(1 + at, state) for at, state in enumerate(["ruling", "draft", "ruling", "shadow"])]
        connection.execute(POLICIES.insert(), rows)
    before, left = tables_of(database), rows_of(database)
    database.close()
    killed = 0
    for statement in itertools.count(3, 6):
        process = get_context("fork").Process(target=kill_at, args=(database_url, statement))
        process.start()
        process.join()
        if process.exitcode != -signal.SIGKILL:
            break
        killed += 1
        engine = engine_of(database_url)
        with engine.connect() as connection:
            assert set(inspect(connection).get_table_names()) == before
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == FIRST
            opened = Database(engine)
            assert rows_of(opened) == left
            opened.close()
    assert process.exitcode == 0
    assert killed > 5
    database = open_database(database_url)
    assert database.altered_table() is None
    assert database.next_number("policies") == 5
    assert [row[0] for row in database.fetch("SELECT state FROM policies ORDER BY number")] == [
        "retired", "draft", "ruling", "shadow",
    ]  # fmt: skip
    database.close()


def test_of_several_that_upgrade_at_once_one_does_it(database_url: str) -> None:
    make_old(database_url, FIRST)
    several = [get_context("fork").Process(target=open_database, args=(database_url,)) for _ in range(3)]
    for process in several:
        process.start()
    for process in several:
        process.join()
    assert [process.exitcode for process in several] == [0, 0, 0]
    database = open_database(database_url)
    assert database.altered_table() is None
    upgrades = dict(map(tuple, database.fetch("SELECT revision, zhenzan FROM upgrades")))
    assert REVISIONS[-1] in upgrades  # and the line of each room that has its own
    assert set(upgrades.values()) == {__version__}
    heads = {revision for (revision,) in database.fetch("SELECT version_num FROM alembic_version")}
    assert set(upgrades) == heads
    database.close()


def test_a_newer_database_is_refused_and_the_way_back_is_said(database_url: str) -> None:
    database = open_database(database_url)
    with database.write() as connection:
        newer = "UPDATE alembic_version SET version_num = 'rewards_0999' WHERE version_num = :known"
        connection.execute(text(newer), {"known": REVISIONS[-1]})
    knows = rf"knows up to [^)]*{REVISIONS[-1]}[^)]*\)"
    says = rf"revision rewards_0999; this is Zhenzan {__version__} and {knows}"
    install = r"\. There is no way down: install"
    with pytest.raises(NewerDatabaseError, match=f"{says}{install} that version .*restore the backup"):
        open_database(database_url)
    with database.write() as connection:
        database.insert(connection, UPGRADES, [("rewards_0999", "7.1.0", 1)])
    with pytest.raises(NewerDatabaseError, match=rf"Zhenzan 7\.1\.0, .*{says}{install} Zhenzan 7"):
        open_database(database_url)
    with database.write() as connection:
        connection.execute(text("DROP TABLE upgrades"))
    with pytest.raises(NewerDatabaseError, match=f"{says}{install} that version"):
        open_database(database_url)
    database.close()


def test_structures_are_compared_by_meaning() -> None:
    making = (
        "CREATE TABLE t (a INTEGER NOT NULL, b VARCHAR DEFAULT 'x', CHECK (a > 0), PRIMARY KEY(a), UNIQUE(b))"
    )
    index = "CREATE INDEX t_b ON t (b) WHERE a > 0 OR (a < 9 AND b > '(')"
    base = [making, index]
    same = [
        "create table t (a INTEGER not null primary key check(a>0), /* b */ \"b\" text default ('x') unique)",
        "create index [t_b] on [t](b) where (a > 0 OR (a<9 AND b>'('))",
    ]
    added = "ALTER TABLE t ADD COLUMN c INTEGER REFERENCES t (a)"
    others = [
        ([making.replace("b VARCHAR", "b VARCHAR NOT NULL"), index], "column b was changed"),
        ([making.replace("VARCHAR", "INTEGER"), index], "column b was changed"),
        ([making.replace("'x'", "'X'"), index], "column b was changed"),
        ([making.replace("UNIQUE(b)", "UNIQUE(a, b)"), index], "unique constraint of a, b was added"),
        ([making.replace(", UNIQUE(b)", ""), index], "unique constraint of b is missing"),
        ([making.replace("a > 0", "a > 1"), index], "clause check a > 0 is missing"),
        ([making.replace("b VARCHAR", "b VARCHAR COLLATE NOCASE"), index], "clause collate nocase was added"),
        ([making, added, index], "column c was added"),
        ([making.replace("b VARCHAR", "b VARCHAR REFERENCES t"), index], "foreign key of b to t was added"),
        ([making.replace("INTEGER NOT NULL,", "INTEGER NOT NULL, c INTEGER,"), index], "column c was added"),
        ([making, index.replace("a > 0 OR (", "(a > 0 OR ")], "index t_b was changed"),
        ([making, index.replace("CREATE", "CREATE UNIQUE")], "index t_b is missing"),
        ([making], "index t_b is missing"),
        ([making.replace("VARCHAR", "TEXT") + " STRICT", index], "table was changed"),
        ([*base, "CREATE UNIQUE INDEX more ON t (a, b)"], "unique index more was added"),
        ([*base, "CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM t; END"], "trigger tr was added"),
        ([], "it is missing"),
    ]

    def differs(statements: list[str], expected: list[str]) -> Difference | None:
        with create_engine("sqlite://").connect() as one, create_engine("sqlite://").connect() as two:
            for connection, several in ((one, statements), (two, expected)):
                for statement in several:
                    connection.exec_driver_sql(statement)
            return first_difference(structure_of(one), structure_of(two))

    assert differs(same, base) is None
    assert differs([*base, "CREATE INDEX more ON t (a)", "CREATE TABLE u (a)"], base) is None
    for statements, why in others:
        assert differs(statements, base) == ("t", why), statements


ALTERED = [
    ("ALTER TABLE grants ADD COLUMN extra INTEGER", "grants", "column extra was added"),
    ("ALTER TABLE sessions RENAME COLUMN key TO api_key", "sessions", "column api_key was added"),
    ("DROP INDEX policies_standing", "policies", "unique index policies_standing is missing"),
    ("DROP TABLE bids", "bids", "it is missing"),
]
ALTERED_SQLITE = [
    ("CREATE TRIGGER t AFTER INSERT ON seals BEGIN DELETE FROM seals; END", "seals", "trigger t was added")
]
ALTERED_POSTGRES = [
    ("ALTER TABLE seals ALTER COLUMN leaf DROP NOT NULL", "seals", "column leaf was changed"),
    ("ALTER TABLE batches ALTER COLUMN time TYPE integer", "batches", "column time was changed"),
    ("ALTER TABLE tiles SET UNLOGGED", "tiles", "table was changed"),
    ("ALTER TABLE cards ADD CHECK (serial < 5)", "cards", "constraint CHECK ((serial < 5)) was added"),
    ("CREATE RULE r AS ON DELETE TO bids DO INSTEAD NOTHING", "bids", "rule r was added"),
    (
        "CREATE TRIGGER t BEFORE UPDATE ON seals FOR EACH ROW"
        " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "seals",
        "trigger t was added",
    ),
]


def test_the_first_part_of_a_table_that_was_altered_is_named(database_url: str) -> None:
    database = open_database(database_url)
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE foreign_to_us (a INTEGER)")
        connection.exec_driver_sql("CREATE INDEX one_more ON grants (account)")
    assert database.altered_table() is None
    for statement, *difference in ALTERED + (ALTERED_SQLITE if database.is_sqlite else ALTERED_POSTGRES):
        with database.engine.connect() as connection, connection.begin() as transaction:
            connection.exec_driver_sql(statement)
            with patch.object(database, "read", return_value=nullcontext(connection)):
                assert database.altered_table() == tuple(difference), statement
            transaction.rollback()
    assert database.altered_table() is None
    database.close()


def test_a_check_by_a_role_that_makes_no_tables_compares_none(new_postgres: Callable[[], str]) -> None:
    url = make_url(new_postgres())
    database = open_database(url.render_as_string(hide_password=False))
    with database.write() as connection:
        connection.exec_driver_sql(f'REVOKE TEMPORARY ON DATABASE "{url.database}" FROM PUBLIC')
        connection.exec_driver_sql("CREATE ROLE auditor LOGIN")
        connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor")
    database.close()
    reader = open_database(url.set(username="auditor").render_as_string(hide_password=False))
    assert reader.altered_table() is None
    reader.close()


def test_a_column_more_is_no_fault_of_a_new_database() -> None:
    """What an ordinary migration does: a new database has the column as an upgraded one has."""
    with create_engine("sqlite://").connect() as new, create_engine("sqlite://").connect() as old:
        for connection in (new, old):
            upgraded(connection, REVISIONS[-1])
            connection.exec_driver_sql("ALTER TABLE sessions ADD COLUMN user_agent VARCHAR")
        assert first_difference(structure_of(old), structure_of(new)) is None
