"""What a SQLite database is made of, compared with what the migrations make: by meaning, not by its SQL."""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection

__all__ = ["CheckedTable", "Parts", "checked_tables", "first_difference", "parts_of"]

_TABLES = "SELECT name, wr, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
_COLUMNS = 'SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?) ORDER BY name'
_INDEXES = 'SELECT name, "unique", partial FROM pragma_index_list(?)'
_PARTS = 'SELECT name, "desc", coll FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno'
_SQL = "SELECT sql FROM sqlite_master WHERE name = ?"
_CHECKED = """
SELECT t.name, c.name, c.pk FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c
WHERE t.schema = 'main' AND EXISTS (SELECT 1 FROM pragma_table_xinfo(t.name) WHERE name = 'crc')
AND c.name <> 'crc' ORDER BY t.name, c.cid"""

Parts = dict[str, Any]


class CheckedTable(NamedTuple):
    """A table whose rows carry a checksum `crc` over `columns`, in this order; `keys` of them name a row."""

    name: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]


def checked_tables(connection: Connection) -> list[CheckedTable]:
    """Those of a SQLite database, by name."""
    rows = connection.exec_driver_sql(_CHECKED).all()
    return [
        CheckedTable(
            table, tuple(name for _, name, _ in columns), tuple(name for _, name, key in columns if key)
        )
        for table, columns in ((table, list(columns)) for table, columns in groupby(rows, itemgetter(0)))
    ]


def first_difference(have: Parts, want: Parts) -> str | None:
    """The first table or index that is wanted and not there in the same way; None where all are.

    Columns may stand in any order, and their making be written in any way.
    """
    return next((name for name in sorted(want) if have.get(name) != want[name]), None)


def parts_of(connection: Connection) -> Parts:
    """By name, what each table and index is; those that SQLite makes for a table's keys, under the table."""
    parts: Parts = {}
    for table, *flags in connection.exec_driver_sql(_TABLES).all():
        columns = connection.exec_driver_sql(_COLUMNS, (table,)).all()
        keys = []
        for index, unique, partial in connection.exec_driver_sql(_INDEXES, (table,)).all():
            what = (unique, _where(connection, index) if partial else "", _columns(connection, index))
            if index.startswith("sqlite_autoindex_"):
                keys.append(what)
            else:
                parts[index] = (table, *what)
        parts[table] = (*flags, [tuple(column) for column in columns], sorted(keys))
    return parts


def _columns(connection: Connection, index: str) -> list[tuple[Any, ...]]:
    return [tuple(part) for part in connection.exec_driver_sql(_PARTS, (index,)).all()]


def _where(connection: Connection, index: str) -> str:
    """The condition of a partial index, however it is spaced."""
    making = str(connection.exec_driver_sql(_SQL, (index,)).scalar())
    return re.sub(r"[\s\"()]+", " ", making.lower().rpartition("where")[2]).strip()
