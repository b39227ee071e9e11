"""Column layouts: plain (one row, one interaction), or a foreign log's own."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as AnyMapping
from typing import Protocol

import pyarrow as pa

from zhenzan.interactions.column_roles import ColumnRoles, assign_roles
from zhenzan.interactions.mapping import Mapping
from zhenzan.interactions.normalize import Normalized
from zhenzan.interactions.records import Bools, Chunk, Integers, Table

__all__ = ["PLAIN_LAYOUT", "Expand", "Layout", "PlainLayout"]

Expand = Callable[[Normalized, Chunk], tuple[dict[str, pa.Array], Integers]]
"""Good rows of a chunk → columns of its interactions and, for each, the number of the record it came from."""


class Layout(Protocol):
    """A layout: how the rows of a file become interactions."""

    @property
    def name(self) -> str | None:
        """The layout's name for `Log.format`; None: the name of the file format."""
        ...

    def resolve(self, table: Table, mapping: AnyMapping[str, str] | None) -> ColumnRoles:
        """Map the table's columns. Raises InputError if a needed one is absent."""
        ...

    def columns(self, mapping: Mapping) -> frozenset[str]:
        """The canonical columns that interactions will have."""
        ...

    def source_columns(self, mapping: Mapping) -> tuple[str, ...]:
        """The table's own columns to read."""
        ...

    def id_type(self, table: Table, mapping: Mapping, field: str) -> pa.DataType | None:
        """The type of an id field by this file alone; None if the file has no such field."""
        ...

    def check(self, chunk: Chunk) -> list[tuple[str, str, Bools]]:
        """Rows to reject beyond what the schema says: (source column, reason, mask)."""
        ...

    def prepare(self) -> Expand:
        """Load what reading needs; return the step from shaped rows to interactions."""
        ...


class PlainLayout:
    """One row is one interaction."""

    name: str | None = None

    def resolve(self, table: Table, mapping: AnyMapping[str, str] | None) -> ColumnRoles:
        return assign_roles(table, mapping)

    def columns(self, mapping: Mapping) -> frozenset[str]:
        return frozenset(mapping)

    def source_columns(self, mapping: Mapping) -> tuple[str, ...]:
        return mapping.columns

    def id_type(self, table: Table, mapping: Mapping, field: str) -> pa.DataType | None:
        return table.id_type(mapping[field]) if field in mapping else None

    def check(self, chunk: Chunk) -> list[tuple[str, str, Bools]]:
        return []

    def prepare(self) -> Expand:
        return lambda shaped, chunk: (shaped.columns, shaped.rows)


PLAIN_LAYOUT = PlainLayout()
