"""The structure of a database compared with what the migrations make: by meaning, not by its SQL.

A structure is a set of parts: of each table its columns, keys, references, checks, triggers and indexes.
Columns may stand in any order, and their making be written in any way.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection

__all__ = ["CheckedTable", "Difference", "Structure", "checked_tables", "first_difference", "structure_of"]

INDEX = "index"  # that is not unique: one more does no harm


class Part(NamedTuple):
    """What stands for a part of a table: its kind and its name, or what it is where it has none."""

    table: str
    kind: str
    name: str


class Difference(NamedTuple):
    """A part of a table that is not as the migrations make it, and what is the matter with it."""

    table: str
    why: str


Structure = dict[Part, Any]


def structure_of(connection: Connection) -> Structure:
    """The structure of a database: each part of each table, and what it means."""
    return dict(_sqlite(connection) if connection.dialect.name == "sqlite" else _postgres(connection))


def first_difference(actual: Structure, expected: Structure) -> Difference | None:
    """The first part of a table that `expected` has and `actual` has not in the same way, or has more; None
    where there is none. Other tables, and an index more, are nobody's business.
    """
    tables, there = ({part.table for part in parts} for parts in (expected, actual))
    more = {part for part in actual if part.table in tables and part.kind != INDEX}
    for part in sorted(expected.keys() | more):
        if part.table not in there:
            return Difference(part.table, "it is missing")
        what = " ".join(filter(None, (part.kind, part.name)))
        if part not in actual:
            return Difference(part.table, f"{what} is missing")
        if part not in expected:
            return Difference(part.table, f"{what} was added")
        if actual[part] != expected[part]:
            return Difference(part.table, f"{what} was changed")
    return None


_TABLES = "SELECT name, wr, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
_COLUMNS = 'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)'
_INDEXES = 'SELECT name, "unique", partial, origin FROM pragma_index_list(?)'
_KEYS = 'SELECT name, "desc", coll FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno'
_REFERENCES = 'SELECT id, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?)'
_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
_SQL = "SELECT sql FROM sqlite_master WHERE name = ?"
_TOKEN = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|\"[^\"]+\"|\[[^\]]+\]|`[^`]+`|\w+|[^\w\s]", re.DOTALL)
_AFFINITIES = (
    ("INT", "INTEGER"), ("CHAR|CLOB|TEXT", "TEXT"), ("BLOB|^$", "BLOB"), ("REAL|FLOA|DOUB", "REAL"),
)  # fmt: skip


def _sqlite(connection: Connection) -> Iterator[tuple[Part, Any]]:
    def rows(text: str, name: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in connection.exec_driver_sql(text, (name,))]

    def making_of(name: str) -> list[str]:
        """How it was made; nothing where SQLite did by itself, or where a damaged schema does not say."""
        return [token for (text,) in rows(_SQL, name) for token in _tokens(text or "")]

    for table, *flags in connection.exec_driver_sql(_TABLES).all():
        is_text = not any(isinstance(text, bytes) for (text,) in rows(_SQL, table))
        yield Part(table, "table", ""), (*flags, is_text)
        for name, type_, not_null, default, key, hidden in rows(_COLUMNS, table):
            what = (_affinity(type_), key and type_.upper() == "INTEGER", not_null, key, hidden)
            yield Part(table, "column", name), (*what, _expression(_tokens(default or "")))
        for index, unique, partial, origin in rows(_INDEXES, table):
            keys = rows(_KEYS, index)
            by_expression = any(name is None for name, *_ in keys)
            text = making_of(index) if partial or by_expression else []
            where = text.index("where") if "where" in text else len(text)
            condition = _expression(text[where + 1 :])
            if origin == "c":
                expressions = text[:where] if by_expression else []
                meaning = (keys, expressions, condition)
                yield Part(table, "unique index" if unique else INDEX, index), meaning
            else:
                kind = "primary key" if origin == "pk" else "unique constraint"
                yield Part(table, f"{kind} of", ", ".join(str(name) for name, *_ in keys)), keys
        references = defaultdict(list)
        for number, other, column, to, *actions in rows(_REFERENCES, table):
            references[number].append((column, other, to, *actions))
        for several in references.values():
            name = ", ".join(column for column, *_ in several)
            yield Part(table, "foreign key of", f"{name} to {several[0][1]}"), several
        for clause in _clauses(making_of(table)):
            yield Part(table, "clause", clause), None
        for name, text in rows(_TRIGGERS, table):
            yield Part(table, "trigger", name), _tokens(text)


def _affinity(type_: str) -> str:
    """What values a column of a declared type prefers (https://sqlite.org/datatype3.html, 3.1)."""
    return next((name for words, name in _AFFINITIES if re.search(words, type_.upper())), "NUMERIC")


def _tokens(text: str | bytes) -> list[str]:
    """Words and signs of SQL, names without their quotes, all but strings in small letters. Of a damaged
    schema the text may be bytes, which are no SQL.
    """
    if isinstance(text, bytes):
        return [repr(text)]
    tokens = (token for token in _TOKEN.findall(text) if not token.startswith(("--", "/*")))
    return [token if token[0] == "'" else token.strip('"[]`').lower() or token for token in tokens]


def _expression(tokens: list[str]) -> str:
    """An expression, however it is spaced, without brackets around all of it."""
    while tokens[:1] == ["("] and _bracketed(tokens) == tokens:
        tokens = tokens[1:-1]
    return " ".join(tokens)


def _clauses(making: list[str]) -> Iterator[str]:
    """What no pragma tells of a table: checks, collations, and what happens on a conflict."""
    for at, token in enumerate(making):
        if token == "check":
            yield f"check {_expression(_bracketed(making[at + 1 :]))}"
        elif token == "collate" or making[at : at + 2] == ["on", "conflict"]:
            yield " ".join(making[at : at + 3 - (token == "collate")])


def _bracketed(tokens: list[str]) -> list[str]:
    """The tokens up to the bracket that closes the first."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token == "(") - (token == ")")
        if depth == 0:
            return tokens[: at + 1]
    return tokens


# Of each part of a schema's tables, its kind, name and meaning as PostgreSQL spells them.
_POSTGRES = """
WITH t AS (SELECT oid, relname, relpersistence, relrowsecurity, relforcerowsecurity FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace)
SELECT relname, 'table', '', concat_ws(' ', relpersistence = 'u', relrowsecurity, relforcerowsecurity) FROM t
UNION ALL SELECT relname, 'column', attname, concat_ws(' ', format_type(atttypid, atttypmod),
        attnotnull::text, attcollation::regcollation::text, attgenerated::text, pg_get_expr(adbin, adrelid))
    FROM t JOIN pg_attribute a ON attrelid = t.oid AND attnum > 0 AND NOT attisdropped
        LEFT JOIN pg_attrdef ON adrelid = t.oid AND adnum = attnum
UNION ALL SELECT relname, 'constraint', pg_get_constraintdef(n.oid), ''
    FROM t JOIN pg_constraint n ON conrelid = t.oid WHERE contype <> 'n'
UNION ALL SELECT t.relname, CASE WHEN indisunique THEN 'unique index' ELSE 'index' END, i.relname,
        concat_ws(' ', pg_get_indexdef(indexrelid), indisvalid::text)
    FROM t JOIN pg_index ON indrelid = t.oid JOIN pg_class i ON i.oid = indexrelid
    WHERE NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
UNION ALL SELECT relname, 'trigger', tgname, concat_ws(' ', pg_get_triggerdef(g.oid), tgenabled::text)
    FROM t JOIN pg_trigger g ON tgrelid = t.oid WHERE NOT tgisinternal
UNION ALL SELECT relname, 'rule', rulename, pg_get_ruledef(r.oid) FROM t JOIN pg_rewrite r ON ev_class = t.oid
"""


def _postgres(connection: Connection) -> Iterator[tuple[Part, Any]]:
    schema = str(connection.exec_driver_sql("SELECT current_schema()").scalar())
    prefix = re.compile(rf'\b{re.escape(schema)}\.|"{re.escape(schema)}"\.|\bpg_temp\.')
    for table, kind, name, meaning in connection.exec_driver_sql(_POSTGRES.replace("%", "%%")):
        yield Part(table, kind, prefix.sub("", name)), prefix.sub("", meaning)


_CHECKED = """
SELECT t.name, c.name, c.pk FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c
WHERE t.schema = 'main' AND EXISTS (SELECT 1 FROM pragma_table_xinfo(t.name) WHERE name = 'crc')
AND c.name <> 'crc' ORDER BY t.name, c.cid"""


class CheckedTable(NamedTuple):
    """A table whose rows carry a checksum `crc` over `columns`, in this order; `keys` of them name a row."""

    name: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]


def checked_tables(connection: Connection) -> list[CheckedTable]:
    """The tables with checksums of a SQLite database, by name."""
    rows = connection.exec_driver_sql(_CHECKED).all()
    return [
        CheckedTable(
            table, tuple(name for _, name, _ in columns), tuple(name for _, name, key in columns if key)
        )
        for table, columns in ((table, list(columns)) for table, columns in groupby(rows, itemgetter(0)))
    ]
