"""Database upgrade: runs the migrations that bring a database to this version's revision, or says why not."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from zhenzan.errors import newer_version
from zhenzan.rooms import parts
from zhenzan.store.errors import NewerDatabaseError, StoreError
from zhenzan.times import now_us
from zhenzan.version import __version__

__all__ = ["upgrade"]

BEFORE_RELEASE = ("ledger_0001", "rewards_0002", "rewards_0003", "rewards_0004", "service_0005")
_ALEMBIC = threading.Lock()  # its context is a global of the process
_RECORD = (
    "INSERT INTO upgrades (revision, zhenzan, upgraded_at) VALUES ({0}, {0}, {0}) ON CONFLICT"
    " (revision) DO UPDATE SET zhenzan = excluded.zhenzan, upgraded_at = excluded.upgraded_at"
)


def upgrade(connection: Connection) -> None:
    """Run the missing migrations, in one transaction: killed, the database is as it was, and the next start
    begins again. A database that is up to date is only read. Each room that has migrations has a line of its
    own. Raises NewerDatabaseError, StoreError.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join(_version_folders()))
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    heads, revisions = script.get_heads(), MigrationContext.configure(connection).get_current_heads()
    if set(revisions) == set(heads):
        return
    if len(revisions) > len(heads):
        url = connection.engine.url.render_as_string()
        raise StoreError(f"{url}: is damaged: it names several revisions ({', '.join(revisions)})")
    known = {script.revision for script in script.walk_revisions()}
    for revision in revisions:
        if revision not in known:
            raise _refusal(connection, revision, ", ".join(heads))
    _lock(connection)
    with _ALEMBIC:
        command.upgrade(config, "heads")
    now, statement = now_us(), _RECORD.format(_mark(connection))
    for head in heads:
        connection.exec_driver_sql(statement, (head, __version__, now))
    connection.commit()


def _version_folders() -> Iterator[str]:
    """Where the rooms' migrations lie."""
    for package in parts("migrations"):
        yield from package.__path__


def _lock(connection: Connection) -> None:
    """Begin a transaction that is alone: who upgrades at the same moment waits, and finds it done."""
    connection.rollback()
    connection.execution_options(zhenzan_writes=True).begin()  # else Alembic would commit by itself
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('zhenzan.upgrade'))"))


def _refusal(connection: Connection, revision: str, heads: str) -> StoreError:
    url = connection.engine.url.render_as_string()
    if revision in BEFORE_RELEASE:
        return StoreError(
            f"{url}: a version before the first release created this database ({revision}); create a new one"
        )
    version = _upgraded_by(connection, revision)
    return NewerDatabaseError(newer_version(url, "database revision", revision, heads, version))


def _upgraded_by(connection: Connection, revision: str) -> str:
    """The version of Zhenzan that brought it there; empty where the database does not say."""
    statement = f"SELECT zhenzan FROM upgrades WHERE revision = {_mark(connection)}"
    row: Any = None
    try:
        row = connection.exec_driver_sql(statement, (revision,)).one_or_none()
    except DBAPIError:  # of before the table, or damaged
        connection.rollback()
    return str(row[0]) if row else ""


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.name == "sqlite" else "%s"
