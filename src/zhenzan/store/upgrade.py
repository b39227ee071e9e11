"""Bring a database to the revision that this version of Zhenzan knows, or say why not."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from zhenzan.errors import newer_version
from zhenzan.store.errors import NewerDatabaseError, StoreError
from zhenzan.version import __version__

__all__ = ["upgrade"]

BEFORE_RELEASE = ("ledger_0001", "rewards_0002", "rewards_0003", "rewards_0004", "service_0005")
_ALEMBIC = threading.Lock()  # its context is a global of the process
_RECORD = (
    "INSERT INTO upgrades (revision, zhenzan, upgraded_at) VALUES ({0}, {0}, {0}) ON CONFLICT"
    " (revision) DO UPDATE SET zhenzan = excluded.zhenzan, upgraded_at = excluded.upgraded_at"
)


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, in one transaction: killed, the database is as it was, and the
    next start begins again. One that is up to date is only read. Raises NewerDatabaseError, StoreError.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    head = str(script.get_current_head())
    # One revision; none where the database is new, several where it is damaged.
    revisions = MigrationContext.configure(connection).get_current_heads()
    if revisions == (head,):
        return
    if len(revisions) > 1 or not {known.revision for known in script.walk_revisions()}.issuperset(revisions):
        raise _refusal(connection, revisions, head)
    _lock(connection)
    with _ALEMBIC:
        command.upgrade(config, "head")
    now = time.time_ns() // 1000
    connection.exec_driver_sql(_RECORD.format(_mark(connection)), (head, __version__, now))
    connection.commit()


def _lock(connection: Connection) -> None:
    """Begin a transaction that is alone: who upgrades at the same moment waits, and finds it done."""
    connection.rollback()
    connection.execution_options(zhenzan_writes=True).begin()  # else Alembic would commit by itself
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('zhenzan.upgrade'))"))


def _refusal(connection: Connection, revisions: tuple[str, ...], head: str) -> StoreError:
    place = connection.engine.url.render_as_string()
    if len(revisions) > 1:
        return StoreError(f"{place}: is damaged: it names several revisions ({', '.join(revisions)})")
    (revision,) = revisions
    if revision in BEFORE_RELEASE:
        return StoreError(
            f"{place}: a version before the first release made this database ({revision}); make a new one"
        )
    version = _upgraded_by(connection, revision)
    return NewerDatabaseError(newer_version(place, "database revision", revision, head, version))


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
