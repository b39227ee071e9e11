"""Backup of the database while it is written: SQLite by its online backup, PostgreSQL by pg_dump."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from zhenzan.service.backup_manifest import BackupError

__all__ = ["DUMP", "copy_sqlite", "dump_postgres", "refuse_filled_postgres", "restore_postgres"]

DUMP = "database.dump"


def copy_sqlite(source: Path, target: Path) -> None:
    """One state of a database, everything that was committed before the call in it; durable when it returns.

    In one step: a copy in several would begin again whenever somebody writes. Writers go on meanwhile, their
    log grows. Raises BackupError.
    """
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as read,
            closing(sqlite3.connect(target)) as write,
        ):
            read.backup(write)
        target.chmod(source.stat().st_mode & 0o777)
        with target.open("rb") as file:
            os.fsync(file.fileno())
    except sqlite3.Error as error:
        if "full" in str(error):
            raise BackupError(f"{target.parent}: the disk is full; free some space") from None
        raise BackupError(
            f"{source}: cannot be copied ({error}); run: zhenzan ledger check {source}"
        ) from None


def dump_postgres(database_url: str, target: Path) -> None:
    """The same of a PostgreSQL, by `pg_dump`. Raises BackupError where there is none, or it fails."""
    url, environment = _split_password(database_url)
    _run(["pg_dump", "--format=custom", "--no-owner", f"--file={target}", f"--dbname={url}"], environment)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def refuse_filled_postgres(database_url: str) -> None:
    """Raise BackupError where the database holds tables, or cannot be reached."""
    url = _url(database_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    try:
        tables = inspect(engine).get_table_names()
    except SQLAlchemyError as error:
        reason = " ".join(str(getattr(error, "orig", error)).split())
        raise BackupError(f"{url.render_as_string()}: {reason}") from None
    finally:
        engine.dispose()
    if tables:
        raise BackupError(f"{url.render_as_string()}: holds tables already; name an empty database")


def restore_postgres(dump: Path, database_url: str) -> None:
    """Fill an empty database, whole or not at all, by `pg_restore`. Raises BackupError."""
    url, environment = _split_password(database_url)
    words = ["--no-owner", "--exit-on-error", "--single-transaction"]
    _run(["pg_restore", *words, f"--dbname={url}", str(dump)], environment)


def _url(database_url: str) -> URL:
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise BackupError(f"{database_url}: is not a database URL; write postgresql://…") from None
    if url.get_backend_name() != "postgresql":
        raise BackupError(
            f"{database_url}: is not a PostgreSQL database; a SQLite database in HOME needs no --database"
        )
    return url


def _split_password(database_url: str) -> tuple[str, dict[str, str]]:
    """The URL without its password, which others could read in the list of processes, and an environment
    with it.
    """
    url = _url(database_url)
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    shown = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return shown.render_as_string(hide_password=False), environment


def _run(words: Sequence[str], environment: dict[str, str]) -> None:
    if shutil.which(words[0]) is None:
        raise BackupError(
            f"there is no {words[0]} here: install PostgreSQL's client programs, or run this where they are: "
            + " ".join(words)
        )
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"{words[0]} failed: {' '.join(done.stderr.split()) or done.returncode}")
