"""Table metadata: the helpers with which every room declares its tables.

A room's tables stand in its own `tables.py`, and no other room reads them: it asks the room's face. How the
database comes to have them is written in the migrations, which know none of this.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table
from sqlalchemy.schema import SchemaItem

__all__ = ["LONG", "METADATA", "checked", "number"]

METADATA = MetaData()
LONG = BigInteger().with_variant(Integer, "sqlite")  # what SQLite takes for the row's own number


def number(name: str, **options: object) -> Column[int]:
    """A column of 64-bit numbers, never null."""
    return Column(name, LONG, nullable=False, **options)  # type: ignore[arg-type]


def checked(name: str, *columns: SchemaItem, **options: object) -> Table:
    """A table whose rows carry a checksum, last, which `Database` writes."""
    return Table(name, METADATA, *columns, number("crc"), info={"checked": True}, **options)  # type: ignore[call-overload, no-any-return]
