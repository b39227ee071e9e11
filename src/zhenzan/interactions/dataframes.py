"""Dataframes as logs: Arrow tables and readers, DuckDB relations, and all that narwhals supports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import narwhals as nw
import pyarrow as pa

from zhenzan.errors import InputError, ZhenzanError, one_line
from zhenzan.interactions.column_types import id_type_of
from zhenzan.interactions.encodings import computable, computable_type
from zhenzan.interactions.files import reading
from zhenzan.interactions.records import BATCH_ROWS, Chunk, Table

__all__ = ["frame_table"]

_NAME = "the dataframe"
REASON_CHARACTERS = 300


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
    except nw.exceptions.NarwhalsError as error:
        reason = one_line(error, REASON_CHARACTERS)
        raise InputError(
            f"{_NAME} cannot be read ({reason}). Give each column its own name and one type."
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
            column = self._frame.get_column(self._frame.columns[at])
            column = column.cast(nw.String) if _is_wide(column.dtype) else column
            try:
                values = column.to_arrow()
            except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
                fault = (
                    "mixes types"
                    if column.dtype == nw.Object
                    else f"is {column.dtype}, which is not supported"
                )
                reason = one_line(error, REASON_CHARACTERS)
                raise InputError(
                    f"{self.name}: column {name!r} {fault} ({reason}). Make all its values text."
                ) from None
            chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
            self._arrow[name] = pa.chunked_array(
                [computable(one) for one in chunks], computable_type(values.type)
            )
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
        return id_type_of(computable_type(self._schema.field(column).type), column, self.name)

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
        with _query():
            self._types = dict(frame.collect_schema())
        self.columns: tuple[str, ...] = tuple(self._types)

    def id_type(self, column: str) -> pa.DataType:
        kind = self._types[column]
        if _is_wide(kind):
            return pa.string()
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
        with _query():
            query = self._frame.select(
                nw.col(name).cast(nw.String) if _is_wide(self._types[name]) else nw.col(name)
                for name in columns
            )
            native = query.to_native()
            if hasattr(native, "__arrow_c_stream__"):
                yield from _chunks(pa.RecordBatchReader.from_stream(native), columns)
            else:
                table = query.collect("pyarrow").to_arrow()
                yield from _chunks(table.to_batches(max_chunksize=BATCH_ROWS), columns)


def _is_wide(kind: Any) -> bool:
    """Whether these are whole numbers of more than 64 bits, which Arrow does not have: they become text."""
    return bool(kind in (nw.Int128, nw.UInt128))


@contextmanager
def _query() -> Iterator[None]:
    """Turn what a library raises while it runs a query, whatever that is, into one InputError."""
    try:
        yield
    except (ZhenzanError, MemoryError):
        raise
    except Exception as error:
        raise InputError(
            f"{_NAME}: its query fails ({type(error).__name__}: {one_line(error, REASON_CHARACTERS)})."
        ) from error


def _chunks(batches: Any, columns: Sequence[str]) -> Iterator[Chunk]:
    for batch in batches:
        if batch.num_rows:
            yield Chunk({name: computable(batch.column(name)) for name in columns}, batch.num_rows)
