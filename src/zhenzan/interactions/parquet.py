"""Parquet files: only the needed columns, a million rows at a time, whatever the size of the row groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from zhenzan.interactions.convert import id_type_of
from zhenzan.interactions.files import reading
from zhenzan.interactions.nested import leaf_of, leaves
from zhenzan.interactions.records import BATCH_ROWS, Chunk

__all__ = ["ParquetTable"]


class ParquetTable:
    """One Parquet file. Memory while reading: a few batches of the needed columns, not the file."""

    format = "parquet"

    again = True

    def __init__(self, path: str) -> None:
        self.name = path
        with reading(path), pq.ParquetFile(path) as file:
            self._schema: pa.Schema = file.schema_arrow
            self.row_estimate: int | None = file.metadata.num_rows
        self._leaves = leaves(self._schema)
        self.columns: tuple[str, ...] = tuple(leaf.name for leaf in self._leaves)

    def id_type(self, column: str) -> pa.DataType:
        return id_type_of(self._leaves[self.columns.index(column)].type, column, self.name)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        paths = {leaf.name: leaf.path for leaf in self._leaves}
        with reading(self.name), pq.ParquetFile(self.name, pre_buffer=False) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=list(columns), use_threads=True):
                # Bytes in a damaged file need not be what the type promises: check what is cheap to check.
                batch.validate()
                yield Chunk({name: leaf_of(batch, paths[name]) for name in columns}, batch.num_rows)
