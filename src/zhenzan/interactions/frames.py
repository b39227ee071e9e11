"""Dataframes as logs: Arrow tables and readers, DuckDB relations, and whatever narwhals knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import narwhals as nw
import pyarrow as pa

from zhenzan.errors import InputError
from zhenzan.interactions.convert import id_type_of
from zhenzan.interactions.files import reading
from zhenzan.interactions.records import BATCH_ROWS, Chunk, Table

__all__ = ["frame_table"]

_NAME = "the dataframe"


def frame_table(source: Any) -> Table:
    """Wrap a dataframe. Raises InputError if it is none."""
    if isinstance(source, pa.RecordBatch):
        source = pa.Table.from_batches([source])
    if isinstance(source, pa.RecordBatchReader):
        return _StreamTable(source)
    try:
        frame = nw.from_native(source)
    except TypeError:
        kind = f"{type(source).__module__}.{type(source).__qualname__}"
        raise InputError(
            f"A log is a path, a glob, a folder, a list of these, or a dataframe; this is {kind}."
        ) from None
    return _EagerTable(frame) if isinstance(frame, nw.DataFrame) else _LazyTable(frame)


class _EagerTable:
    """A dataframe in memory. Columns become Arrow one by one, without a copy where the library can."""

    format = "dataframe"
    name = _NAME

    again = True

    def __init__(self, frame: nw.DataFrame[Any]) -> None:
        self._frame = frame
        self.columns: tuple[str, ...] = tuple(str(column) for column in frame.columns)
        self.row_estimate: int | None = len(frame)
        self._arrow: dict[str, pa.ChunkedArray] = {}

    def id_type(self, column: str) -> pa.DataType:
        return id_type_of(self._column(column).type, column, self.name)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        if self.row_estimate == 0:
            return
        table = pa.table({name: self._column(name) for name in columns})
        yield from _chunks(table.to_batches(max_chunksize=BATCH_ROWS), columns)

    def _column(self, name: str) -> pa.ChunkedArray:
        if name not in self._arrow:
            at = self.columns.index(name)
            try:
                values = self._frame.get_column(self._frame.columns[at]).to_arrow()
            except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
                reason = " ".join(str(error).split())[:160]
                raise InputError(
                    f"{self.name}: column {name!r} mixes types ({reason}). Make all its values text."
                ) from None
            self._arrow[name] = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
        return self._arrow[name]


class _StreamTable:
    """A reader of record batches: it can be read once."""

    format = "dataframe"
    name = _NAME
    row_estimate: int | None = None

    again = False

    def __init__(self, reader: pa.RecordBatchReader) -> None:
        self._reader: pa.RecordBatchReader | None = reader
        self._schema = reader.schema
        self.columns: tuple[str, ...] = tuple(reader.schema.names)

    def id_type(self, column: str) -> pa.DataType:
        return id_type_of(self._schema.field(column).type, column, self.name)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        if self._reader is None:
            raise InputError("This stream of record batches was read already: open it anew.")
        reader, self._reader = self._reader, None
        with reading(self.name):
            yield from _chunks(reader, columns)


class _LazyTable:
    """A query (Polars, DuckDB, …): run when read, streamed where its library can."""

    format = "dataframe"
    name = _NAME
    row_estimate: int | None = None

    again = True

    def __init__(self, frame: nw.LazyFrame[Any]) -> None:
        self._frame = frame
        self._types = dict(frame.collect_schema())
        self.columns: tuple[str, ...] = tuple(self._types)

    def id_type(self, column: str) -> pa.DataType:
        kind = self._types[column]
        if (kind.is_integer() or kind.is_float()) and kind != nw.UInt64:
            return pa.int64()
        if kind.is_numeric() or kind in (
            nw.String,
            nw.Categorical,
            nw.Enum,
            nw.Binary,
            nw.Unknown,
            nw.Object,
        ):
            return pa.string()
        raise InputError(
            f"{self.name}: column {column!r} is {kind}, which cannot be an id; use text or numbers."
        )

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        query = self._frame.select(list(columns))
        native = query.to_native()
        with reading(self.name):
            if hasattr(native, "__arrow_c_stream__"):
                yield from _chunks(pa.RecordBatchReader.from_stream(native), columns)
            else:
                table = query.collect("pyarrow").to_arrow()
                yield from _chunks(table.to_batches(max_chunksize=BATCH_ROWS), columns)


def _chunks(batches: Any, columns: Sequence[str]) -> Iterator[Chunk]:
    for batch in batches:
        if batch.num_rows:
            yield Chunk({name: batch.column(name) for name in columns}, batch.num_rows)
