"""Parquet reader: only the needed columns, a million rows at a time, whatever the size of the row groups.

Files with whole numbers of 128 bits, as Polars writes them, are read by DuckDB, for Arrow has no such type:
to DuckDB they are 16 bytes, the lowest first, and here they become text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from zhenzan.errors import InputError, one_line
from zhenzan.interactions.column_types import id_type_of
from zhenzan.interactions.encodings import computable, computable_type
from zhenzan.interactions.files import reading
from zhenzan.interactions.nested_fields import leaf_of, leaves
from zhenzan.interactions.records import BATCH_ROWS, Chunk, Table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["open_parquet"]

_WIDE_BYTES = 16
_WIDE_COLUMNS = """
SELECT name FROM parquet_schema(?)
WHERE type = 'FIXED_LEN_BYTE_ARRAY' AND type_length = '16' AND converted_type IS NULL AND logical_type IS NULL
"""


def open_parquet(path: str) -> Table:
    """Open a Parquet file. Raises InputError if it is damaged, or has columns that nothing here reads."""
    with reading(path):
        try:
            return ParquetTable(path)
        except pa.ArrowNotImplementedError as error:
            if "more than 64 bits" not in str(error):
                raise
    return _WideTable(path)


class ParquetTable:
    """One Parquet file. Memory while reading: a few batches of the needed columns, not the file."""

    format = "parquet"

    again = True

    def __init__(self, path: str) -> None:
        self.name = path
        with pq.ParquetFile(path) as file:
            self._schema: pa.Schema = file.schema_arrow
            self.row_estimate: int | None = file.metadata.num_rows
        self._leaves = leaves(self._schema)
        self.columns: tuple[str, ...] = tuple(leaf.name for leaf in self._leaves)

    def id_type(self, column: str) -> pa.DataType:
        kind = computable_type(self._leaves[self.columns.index(column)].type)
        return id_type_of(kind, column, self.name)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        paths = {leaf.name: leaf.path for leaf in self._leaves}
        with reading(self.name), _opened(self.name) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=list(columns), use_threads=True):
                # Bytes in a damaged file need not be what the type promises: check what is cheap to check.
                batch.validate()
                yield Chunk(
                    {name: computable(leaf_of(batch, paths[name])) for name in columns}, batch.num_rows
                )


def _opened(path: str) -> pq.ParquetFile:
    """The file, whose pages are compared with their checksums where it has some."""
    return pq.ParquetFile(path, pre_buffer=False, page_checksum_verification=True)


class _WideTable:
    """A Parquet file with whole numbers of 128 bits. Memory while reading: as DuckDB does, a few batches."""

    format = "parquet"

    again = True

    def __init__(self, path: str) -> None:
        self.name = path
        with self._opened() as connection:
            self._schema: pa.Schema = connection.read_parquet(path).limit(0).to_arrow_table().schema
            wide = {name for (name,) in connection.execute(_WIDE_COLUMNS, [path]).fetchall()}
            counted = connection.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [path])
            self.row_estimate: int | None = int(counted.fetchall()[0][0])
        self._wide = {
            field.name for field in self._schema if field.name in wide and field.type == pa.binary()
        }
        self.columns: tuple[str, ...] = tuple(self._schema.names)

    def id_type(self, column: str) -> pa.DataType:
        if column in self._wide:
            return pa.string()
        return id_type_of(self._schema.field(self.columns.index(column)).type, column, self.name)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        import duckdb

        with self._opened() as connection:
            relation = connection.read_parquet(self.name)
            relation = relation.select(*map(duckdb.ColumnExpression, columns))
            for batch in relation.to_arrow_reader(BATCH_ROWS):
                values = {
                    name: _wide_text(batch.column(name)) if name in self._wide else batch.column(name)
                    for name in columns
                }
                yield Chunk(values, batch.num_rows)

    @contextmanager
    def _opened(self) -> Iterator[DuckDBPyConnection]:
        import duckdb  # a tenth of a second that few logs need

        try:
            with reading(self.name), duckdb.connect(":memory:") as connection:
                yield connection
        except duckdb.Error as error:
            reason = one_line(error)
            raise InputError(f"{self.name} is damaged or cut short ({reason}): write it again.") from None


def _wide_text(values: pa.Array) -> pa.Array:
    return pa.array(
        [None if value is None else _wide_number(value) for value in values.to_pylist()], pa.string()
    )


def _wide_number(value: bytes) -> str:
    """The number as text. Whether the column has a sign is not in its bytes: where the upper half is nothing
    but ones, it is a small negative number and no unsigned one.
    """
    is_negative = value[_WIDE_BYTES // 2 :] == b"\xff" * (_WIDE_BYTES // 2)
    return str(int.from_bytes(value, "little", signed=is_negative))
