"""A database as it was at an earlier revision: what later ones made is taken away."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, create_engine, inspect, text

import zhenzan.store
from zhenzan.store import Database

__all__ = ["put_back", "upgraded"]


def upgraded(connection: Connection, revision: str) -> None:
    """Run the migrations up to a revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(zhenzan.store.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def put_back(database: Database, revision: str) -> None:
    """Drop each table and index that the database did not have then; rows stay as they are, but those of
    tables that had other columns.
    """
    with create_engine("sqlite://").connect() as then:
        upgraded(then, revision)
        tables = {name: _indexes(then, name) for name in inspect(then).get_table_names()}
        columns = {name: _columns(then, name) for name in tables}
        made = MetaData()
        made.reflect(then)
    with database.write() as connection:
        for name in inspect(connection).get_table_names():
            if columns.get(name) != _columns(connection, name):
                connection.execute(text(f'DROP TABLE "{name}"'))
                continue
            for index in _indexes(connection, name) - tables[name]:
                connection.execute(text(f'DROP INDEX "{index}"'))
        made.create_all(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": revision})


def _columns(connection: Connection, table: str) -> set[str]:
    return {str(column["name"]) for column in inspect(connection).get_columns(table)}


def _indexes(connection: Connection, table: str) -> set[str]:
    named = {str(index["name"]) for index in inspect(connection).get_indexes(table)}
    return {name for name in named if not name.endswith("_key")}  # of a unique constraint, on PostgreSQL
