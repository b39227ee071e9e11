"""Columns of the lake: the interaction schema with text ids, hashed addresses, and the time received.

DuckDB and Spark read the files as they lie; `verify` reads the folder like any other log.

`SCHEMAS` has the columns of each version, frozen like a migration. A column more is a version more, added at
the end; it must be nullable, for what older versions wrote does not have it. Each file names its version in
its metadata, each journal in its first bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from zhenzan.errors import NewerLakeError, newer_version

__all__ = ["COLUMNS", "SCHEMAS", "SCHEMA_VERSION", "marked", "promoted", "version_of"]

VERSION_KEY = b"zhenzan.schema_version"
_TIME = pa.timestamp("us", tz="UTC")

SCHEMAS: dict[int, pa.Schema] = {
    1: pa.schema(
        [
            pa.field("sequence", pa.int64(), nullable=False),  # 0, 1, 2, … in the order of acknowledgement
            pa.field("id", pa.string(), nullable=False),
            pa.field("kind", pa.string(), nullable=False),
            pa.field("timestamp", _TIME, nullable=False),
            pa.field("account", pa.string(), nullable=False),
            pa.field("item", pa.string(), nullable=False),
            pa.field("creator", pa.string()),
            pa.field("watched", pa.int64()),
            pa.field("duration", pa.int64()),
            pa.field("ip", pa.int64()),
            pa.field("device", pa.int64()),
            pa.field("region", pa.string()),
            pa.field("app", pa.string()),
            pa.field("origin", pa.string()),
            pa.field(
                "gesture",
                pa.list_(pa.struct([("x", pa.float64()), ("y", pa.float64()), ("t", pa.float64())])),
            ),
            pa.field("received", _TIME, nullable=False),
        ]
    ),
}
"""By version, what lies there."""
SCHEMA_VERSION = max(SCHEMAS)
COLUMNS = SCHEMAS[SCHEMA_VERSION]
"""What is written today."""


def marked(table: pa.Table) -> pa.Table:
    """The table with the version of today in its metadata."""
    return table.replace_schema_metadata({VERSION_KEY: str(SCHEMA_VERSION)})


def version_of(metadata: Mapping[bytes, bytes] | None, where: object) -> int:
    """The version that a file's metadata names; 1 where it names none. Raises NewerLakeError where this
    version of Zhenzan does not know it.
    """
    named = (metadata or {}).get(VERSION_KEY, b"1")
    version = int(named) if named.isdigit() else 0
    if version > SCHEMA_VERSION:
        raise NewerLakeError(newer_version(where, "lake schema", version, SCHEMA_VERSION))
    if version not in SCHEMAS:
        raise pa.ArrowInvalid(f"it names the schema version {named.decode('utf-8', 'replace')!r}")
    return version


def promoted(table: pa.Table, version: int) -> pa.Table:
    """Rows of a version as those of today: columns that came later as nulls, types that were widened cast,
    columns of nobody's left out. Raises ArrowInvalid where a column of that version is missing, or of another
    type.
    """
    for field in SCHEMAS[version]:
        there = table.schema.field(field.name) if field.name in table.column_names else None
        if there is None or not there.equals(field):
            raise pa.ArrowInvalid(f"it has no column {field.name} of {field.type}")
    columns = [
        table[field.name].cast(field.type)
        if field.name in SCHEMAS[version].names
        else pa.chunked_array([pa.nulls(table.num_rows, field.type)])
        for field in COLUMNS
    ]
    return pa.Table.from_arrays(columns, schema=COLUMNS)
