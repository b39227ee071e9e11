"""Open a database: SQLite at a path, PostgreSQL at a URL; set up for durability, migrated to what the code
knows.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
)
from sqlalchemy.pool import NullPool

from zhenzan.store.checksums import checksum
from zhenzan.store.errors import DuplicateError, StoreError, UnfitValueError
from zhenzan.store.structure import (
    CheckedTable,
    Difference,
    Structure,
    checked_tables,
    first_difference,
    structure_of,
)
from zhenzan.store.upgrade import upgrade

__all__ = ["Database", "check_place", "open_database"]

BUSY_MS = 10_000
CACHE_KB = 16_384  # ids come in no order: their index is touched all over
WAL_PAGES = 8_000  # 32 MB, before they move to their places: a page that changes often moves once
MARKS_MAX = 5_000  # values that one statement takes
COPY_FROM_ROWS = 64  # fewer rows are not worth a COPY
_TEMPORARY_TABLES_ALLOWED = """
SELECT has_database_privilege(current_database(), 'TEMPORARY')
    AND current_setting('transaction_read_only') = 'off'
"""


class Database:
    """One database. `read` and `write` give connections in a transaction; a write is durable once it
    returns.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._inserts: dict[str, str] = {}
        self._own = threading.local()
        self._held: list[Any] = []
        driver: Any = engine.dialect.loaded_dbapi
        self._lost: tuple[type[Exception], ...] = (driver.OperationalError, driver.InterfaceError)
        self._failures = (OperationalError, sqlite3.DatabaseError, *self._lost)
        self._duplicates = (IntegrityError, driver.IntegrityError)
        self._unfit = (DataError, driver.DataError, OverflowError, UnicodeEncodeError)

    def fetch(self, text: str, values: Sequence[Any] = ()) -> list[Any]:
        """Rows of one statement, marks written `?`: the shortest way to read, each statement a state of
        its own.
        """
        with self._error_text():
            try:
                return self._fetched(text, values)
            except self._lost:
                if not self._is_lost():
                    raise
            return self._fetched(text, values)  # once more: the server was started anew, say

    def fetch_within(self, text: str, values: Sequence[Any], before: Sequence[Any] = ()) -> list[Any]:
        """Rows of a statement that ends in `IN`, for any number of values: one statement for thousands.
        `before`: values of the marks that stand earlier.
        """
        rows: list[Any] = []
        for first in range(0, len(values), MARKS_MAX):
            some = values[first : first + MARKS_MAX]
            rows += self.fetch(f"{text} ({', '.join('?' * len(some))})", (*before, *some))
        return rows

    def _fetched(self, text: str, values: Sequence[Any]) -> list[Any]:
        """By a connection of this thread's own."""
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self.engine.raw_connection()
            connection.detach()
            if not self.is_sqlite:
                raw: Any = connection.dbapi_connection
                raw.autocommit = True
            self._own.connection = connection
            self._held.append(connection)
        cursor = connection.cursor()
        cursor.execute(text if self.is_sqlite else text.replace("?", "%s"), tuple(values))
        return list(cursor.fetchall())

    def _is_lost(self) -> bool:
        """Whether this thread's connection to a server is gone; then it is let go of."""
        connection = getattr(self._own, "connection", None)
        if self.is_sqlite or connection is None or not connection.dbapi_connection.closed:
            return False
        self._held.remove(connection)
        self._own.connection = None
        return True

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the database."""
        with self._error_text(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: all of it is there afterwards, or, on an error, nothing."""
        with self._error_text(), self.engine.connect() as connection:
            connection = connection.execution_options(zhenzan_writes=True)
            with connection.begin():
                yield connection

    def insert(self, connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert new rows, values in the table's order of columns, as fast as the driver can; a checksum,
        where the table has one, is added. Raises DuplicateError where one of their keys is taken.
        """
        if not rows:
            return
        rows = _with_checksums(table, rows)
        if not self.is_sqlite and len(rows) >= COPY_FROM_ROWS:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            cursor: Any = connection.connection.cursor()
            with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
            return
        connection.exec_driver_sql(self._insert(table), list(rows))

    def insert_missing(self, connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> int:
        """Insert those rows whose primary key no row has yet; gives how many."""
        if not rows:
            return 0
        text = f"{self._insert(table)} ON CONFLICT ({_key_of(table)}) DO NOTHING"
        return connection.exec_driver_sql(text, list(_with_checksums(table, rows))).rowcount

    def upsert(self, connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows, or replace those with the same primary key: for what is as it is said last."""
        if rows:
            keys = [column.name for column in table.primary_key]
            others = [column.name for column in table.columns if column.name not in keys]
            changes = ", ".join(f'"{name}" = excluded."{name}"' for name in others)
            text = f"{self._insert(table)} ON CONFLICT ({_key_of(table)}) DO UPDATE SET {changes}"
            connection.exec_driver_sql(text, list(_with_checksums(table, rows)))

    def replace_if(self, connection: Connection, table: Table, row: tuple[Any, ...], **seen: Any) -> bool:
        """Replace the row of this primary key where these columns of it still hold what was `seen`: compare
        and set. Gives whether they did; where not, nothing is changed.
        """
        names = [column.name for column in table.columns]
        values = dict(zip(names, _with_checksums(table, [row])[0], strict=True))
        seen |= {column.name: values.pop(column.name) for column in table.primary_key}
        sets = ", ".join(f'"{name}" = {self.mark}' for name in values)
        where = " AND ".join(f'"{name}" = {self.mark}' for name in seen)
        text = f'UPDATE "{table.name}" SET {sets} WHERE {where}'
        return connection.exec_driver_sql(text, (*values.values(), *seen.values())).rowcount == 1

    def next_number(self, name: str) -> int:
        """The next number of a sequence, from 1, given to nobody else. One whose row was never written after
        all stays a gap.
        """
        text = (
            f"INSERT INTO sequences (name, last) VALUES ({self.mark}, 1) "
            "ON CONFLICT (name) DO UPDATE SET last = sequences.last + 1 RETURNING last"
        )
        with self.write() as connection:
            return int(connection.exec_driver_sql(text, (name,)).scalar_one())

    def unused_id(self, table: Table, id_of: Callable[[int], str], first: int = 0) -> str:
        """The id of the first number, counted up, that no row of a table has."""
        text = f'SELECT 1 FROM "{table.name}" WHERE id = ?'
        return next(id for id in map(id_of, itertools.count(first)) if not self.fetch(text, (id,)))

    def lock(self, connection: Connection, table: Table) -> None:
        """Let nobody else write a table until the transaction ends; on SQLite a writer is alone anyway."""
        if not self.is_sqlite:
            connection.exec_driver_sql(f'LOCK TABLE "{table.name}" IN EXCLUSIVE MODE')

    def change(
        self, connection: Connection, table: Table, names: Sequence[str], rows: Iterable[tuple[Any, ...]]
    ) -> None:
        """Set the named columns of rows; each tuple ends with the primary key. Rows with a checksum are
        replaced instead.
        """
        assert not table.info.get("checked"), table.name
        rows = list(rows)
        if rows:
            mark = self.mark
            sets = ", ".join(f'"{name}" = {mark}' for name in names)
            keys = " AND ".join(f'"{column.name}" = {mark}' for column in table.primary_key)
            connection.exec_driver_sql(f'UPDATE "{table.name}" SET {sets} WHERE {keys}', rows)

    def delete(self, connection: Connection, table: Table, column: str, values: Iterable[Any]) -> None:
        """Delete the rows that have one of these values in a column."""
        rows = [(value,) for value in values]
        if rows:
            text = f'DELETE FROM "{table.name}" WHERE "{column}" = {self.mark}'
            connection.exec_driver_sql(text, rows)

    def altered_table(self) -> Difference | None:
        """The first part of a table of ours that is not as the migrations make it. A server on which we may
        make no temporary tables is not compared.
        """
        with self.read() as connection:
            return first_difference(structure_of(connection), self._structure)

    def altered_row(self) -> tuple[str, str] | None:
        """The table and key of a row with a checksum that does not say what was written there."""
        for table, columns, keys in _made_by_migrations()[1]:
            names = ", ".join(f'"{name}"' for name in (*columns, "crc"))
            for *row, crc in self.fetch(f'SELECT {names} FROM "{table}"'):
                if checksum(row) != crc:
                    return table, "/".join(str(row[columns.index(key)]) for key in keys)
        return None

    @cached_property
    def _structure(self) -> Structure:
        """What the migrations make. Cost: all of them, in memory or in temporary tables of a session."""
        if self.is_sqlite:
            return _made_by_migrations()[0]
        fresh = create_engine(self.engine.url, poolclass=NullPool)
        with self._error_text(), fresh.connect() as connection:
            if not connection.exec_driver_sql(_TEMPORARY_TABLES_ALLOWED).scalar():
                return {}
            connection.exec_driver_sql("SET search_path TO pg_temp")
            upgrade(connection)
            return structure_of(connection)

    def close(self) -> None:
        for connection in self._held:
            connection.close()
        self._held.clear()
        self._own = threading.local()
        self.engine.dispose()

    @property
    def mark(self) -> str:
        """How a value is marked in a statement for the driver."""
        return "?" if self.is_sqlite else "%s"

    def _insert(self, table: Table) -> str:
        if table.name not in self._inserts:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            marks = ", ".join([self.mark] * len(table.columns))
            self._inserts[table.name] = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'
        return self._inserts[table.name]

    @contextmanager
    def _error_text(self) -> Iterator[None]:
        try:
            yield
        except self._duplicates as error:
            reason = _reason(error)
            raise DuplicateError(f"{self.engine.url.render_as_string()}: {reason}") from error
        except self._unfit as error:
            raise UnfitValueError(f"a value cannot be kept ({_reason(error)})") from error
        except self._failures as error:
            raise StoreError(f"{self.engine.url.render_as_string()}: {_reason(error)}") from error
        except UnicodeDecodeError as error:
            raise StoreError(f"{self.engine.url.render_as_string()}: is damaged ({error.reason})") from error
        except DBAPIError as error:
            if "malformed" in str(error) or "not a database" in str(error):
                raise StoreError(f"{self.engine.url.render_as_string()}: {_reason(error)}") from error
            raise


def _key_of(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.primary_key)


def _with_checksums(table: Table, rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    return [(*row, checksum(row)) for row in rows] if table.info.get("checked") else rows


def open_database(url: str | os.PathLike[str], *, create: bool = True) -> Database:
    """Open the database at a path (SQLite) or URL (`postgresql://…`, `sqlite:///…`), and migrate it.

    Raises StoreError where it cannot be opened, NewerDatabaseError where a newer version of Zhenzan made it.
    """
    text = os.fspath(url)
    if "://" not in text and not create and not Path(text).exists():
        raise StoreError(f"{text}: there is no such ledger")
    engine = _engine(text)
    if engine.dialect.name == "sqlite":
        _make_private(engine.url.database)
        _set_up_sqlite(engine)
    database = Database(engine)
    try:
        with database._error_text(), engine.connect() as connection:
            upgrade(connection)
    except BaseException:
        database.close()
        raise
    return database


def _make_private(path: str | None) -> None:
    """A new SQLite file is for its owner alone, and so are those that SQLite makes beside it."""
    if path and path != ":memory:" and not path.startswith("file:"):
        with contextlib.suppress(OSError):  # that it is there, or cannot be made, is told by who opens it
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def check_place(url: str | os.PathLike[str]) -> None:
    """Raise StoreError where this is neither a path nor a database URL; nothing is opened or made."""
    _engine(os.fspath(url)).dispose()


def _engine(text: str) -> Engine:
    """What will connect to the database, not yet connected."""
    is_url = "://" in text
    try:
        url = make_url(text) if is_url else make_url("sqlite://").set(database=text)
        if url.get_backend_name() not in ("postgresql", "sqlite"):
            raise ArgumentError(f"{url.get_backend_name()} is not supported")
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        options: dict[str, Any] = {"hide_parameters": True}  # errors name no values
        if "memory" not in text:
            options |= {"pool_size": 8, "max_overflow": 32}
        if url.get_backend_name() != "sqlite":
            options["pool_pre_ping"] = True  # a server that was started anew is no error
        return create_engine(url, **options)
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(f"{text}: is no database URL ({error}); write a path, or postgresql://…") from None
    except ModuleNotFoundError as error:
        raise StoreError(
            f"{text}: needs the package {error.name}; run: pip install 'zhenzan[postgres]'"
        ) from None


@cache
def _made_by_migrations() -> tuple[Structure, list[CheckedTable]]:
    """A new SQLite database: what it is made of, and its tables with checksums. Cost: all migrations, in
    memory, once.
    """
    with create_engine("sqlite://").connect() as fresh:
        upgrade(fresh)
        return structure_of(fresh), checked_tables(fresh)


def _set_up_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions begin where we say so, below
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_MS}",
            f"cache_size = -{CACHE_KB}",
            f"wal_autocheckpoint = {WAL_PAGES}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("zhenzan_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reason(error: BaseException) -> str:
    text = " ".join(str(getattr(error, "orig", error)).split())
    if "disk is full" in text or "No space left" in text:
        return "the disk is full; free some space, what was being written did not happen"
    if "malformed" in text or "not a database" in text:
        return f"is damaged or no database ({text})"
    return text
