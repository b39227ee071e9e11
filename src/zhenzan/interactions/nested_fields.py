"""Nested fields: struct fields as columns under dotted names (`actor.login`), in Arrow and Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Leaf", "leaf_of", "leaves"]


@dataclass(frozen=True)
class Leaf:
    """A column, or a field within structs: its dotted name, where it stands, its type."""

    name: str
    path: tuple[str, ...]
    type: pa.DataType


def leaves(schema: pa.Schema) -> list[Leaf]:
    """The columns of a table, structs as their fields."""
    return [leaf for field in schema for leaf in _within(field, ())]


def _within(field: pa.Field, above: Sequence[str]) -> Iterator[Leaf]:
    path = (*above, field.name)
    if pa.types.is_struct(field.type) and field.type.num_fields:
        for inner in field.type:
            yield from _within(inner, path)
    else:
        yield Leaf(".".join(path), path, field.type)


def leaf_of(batch: pa.RecordBatch | pa.Table, path: Sequence[str]) -> pa.Array | pa.ChunkedArray:
    """One column of a batch by its path."""
    column = batch.column(path[0])
    return pc.struct_field(column, list(path[1:])) if len(path) > 1 else column
