"""A database as it was at an earlier revision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, inspect, text

import zhenzan.store
from zhenzan.service.tables import POLICIES
from zhenzan.store import Database, checksum

__all__ = ["engine_of", "make_old", "policy", "put_back", "upgraded"]

_PARTS = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"


def engine_of(database_url: str) -> Engine:
    """What connects to a database of ours, and sets nothing up."""
    url = (
        database_url.replace("postgresql:", "postgresql+psycopg:")
        if "://" in database_url
        else f"sqlite:///{database_url}"
    )
    return create_engine(url)


def upgraded(connection: Connection, revision: str) -> None:
    """Run the migrations up to a revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(zhenzan.store.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def make_old(database_url: str, revision: str) -> None:
    """Make a new database of a revision."""
    engine = engine_of(database_url)
    with engine.begin() as connection:
        upgraded(connection, revision)
    engine.dispose()


def put_back(database: Database, revision: str) -> None:
    """Make of a SQLite database one of a revision. Rows stay, where their table had the same columns then."""
    with create_engine("sqlite://").connect() as then:
        upgraded(then, revision)
        columns = _columns(then)
        parts = dict(map(tuple, then.exec_driver_sql(_PARTS).all()))
    with database.write() as connection:
        for table, names in _columns(connection).items():
            if columns.get(table) != names:
                connection.exec_driver_sql(f'DROP TABLE "{table}"')
        there = {name for name, _ in connection.exec_driver_sql(_PARTS).all()}
        for index in there - parts.keys():
            connection.exec_driver_sql(f'DROP INDEX "{index}"')
        for name, sql in parts.items():
            if name not in there:
                connection.exec_driver_sql(sql)
        connection.execute(text("DELETE FROM alembic_version"))  # every room's line has a row of its own
        connection.execute(text("INSERT INTO alembic_version VALUES (:at)"), {"at": revision})


def policy(number: int, state: str) -> dict[str, Any]:
    """A row of the table, as a dictionary."""
    row = (number, f"v{number}", "format = 1\n", state, "", "me", 1, 1)
    return dict(zip([column.name for column in POLICIES.columns], (*row, checksum(row)), strict=True))


def _columns(connection: Connection) -> dict[str, set[str]]:
    inspector = inspect(connection)
    return {
        table: {column["name"] for column in inspector.get_columns(table)}
        for table in inspector.get_table_names()
    }
