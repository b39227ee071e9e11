"""NDJSON and JSON arrays: Arrow's parser where a block is regular, else record by record with msgspec.

Arrow refuses a block with one malformed line or one value of another type; such a block is read again line
by line (a microsecond or two each), so that one bad line costs one record. Only top-level fields count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.json as pa_json

from zhenzan.errors import InputError
from zhenzan.interactions.files import Bytes
from zhenzan.interactions.lines import estimate_lines, line_blocks, numbered_lines
from zhenzan.interactions.mapping import MARKS, fold
from zhenzan.interactions.records import Chunk, good_positions

__all__ = ["JsonArrayTable", "JsonLinesTable"]

HEAD_BYTES = 1 << 20  # looked at for the fields and their types
ARRAY_BYTES_MAX = 1 << 30  # a JSON array has to be held whole: beyond this it is refused
ARRAY_CHUNK_RECORDS = 200_000

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class JsonLinesTable:
    """One NDJSON file: an object a line. Its columns are the fields seen in the first megabyte."""

    format = "ndjson"

    again = True

    def __init__(self, path: str) -> None:
        self.name = path
        with Bytes(path) as source:
            head = source.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf")
            whole = len(head) < HEAD_BYTES - 3
            self.row_estimate: int | None = estimate_lines(head, whole, source.size, source.consumed)
        lines = head if whole else head[: head.rfind(b"\n") + 1] or head
        records = [_object(line) for _, line in numbered_lines(lines, 0)]
        self._types = _types_seen(record for record in records if record is not None)
        if not self._types:
            raise InputError(f"{path} is not NDJSON: none of its first lines is a JSON object with fields.")
        self.columns: tuple[str, ...] = tuple(self._types)

    def id_type(self, column: str) -> pa.DataType:
        """Text, always: a later line may hold text where the first held numbers."""
        return pa.string()

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        kinds = {name: _arrow_type(self._types[name]) for name in columns}
        regular = all(kind is not None for kind in kinds.values())
        schema = pa.schema([(name, kind) for name, kind in kinds.items() if kind is not None])
        for block, lines_before in line_blocks(self.name):
            chunk = _parse_block(block, lines_before, schema) if regular else None
            yield chunk or self._parse_lines(block, lines_before, columns)

    def _parse_lines(self, block: bytes, lines_before: int, columns: Sequence[str]) -> Chunk:
        numbers: list[int] = []
        lines: list[bytes] = []
        for number, line in numbered_lines(block, lines_before):
            numbers.append(number)
            lines.append(line)
        return parse_records(lines, columns, numbers.__getitem__)


class JsonArrayTable:
    """One JSON array of objects, held whole in memory while it is read: NDJSON is better for large logs."""

    format = "json"

    again = True

    def __init__(self, path: str) -> None:
        self.name = path
        every = self._records()  # writers leave out what is null, so a field may appear late
        self._types = _types_seen(record for raw in every if (record := _object(bytes(raw))) is not None)
        if every and not self._types:
            raise InputError(f"{path} is a JSON array, but not of objects with fields.")
        self.columns: tuple[str, ...] = tuple(self._types)
        self.row_estimate: int | None = None

    def id_type(self, column: str) -> pa.DataType:
        return pa.string()

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        records = self._records()
        for start in range(0, len(records), ARRAY_CHUNK_RECORDS):
            yield parse_records(records[start : start + ARRAY_CHUNK_RECORDS], columns, None)

    def _records(self) -> list[msgspec.Raw]:
        with Bytes(self.name) as source:
            text = source.read(ARRAY_BYTES_MAX + 1)
        if len(text) > ARRAY_BYTES_MAX:
            raise InputError(
                f"{self.name} is a JSON array of over {ARRAY_BYTES_MAX >> 30} GiB: make it NDJSON."
            )
        try:
            return msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"), type=list[msgspec.Raw])
        except (msgspec.MsgspecError, RecursionError) as error:
            raise InputError(f"{self.name} is not a valid JSON array: {error}.") from None


def parse_records(
    records: Sequence[bytes | msgspec.Raw], columns: Sequence[str], line_of: Callable[[int], int] | None
) -> Chunk:
    """Decode records one by one; those that are no objects, or hold odd values, are malformed."""
    malformed: list[tuple[int, str]] = []
    values: list[list[Any]] = [[] for _ in columns]
    for position, record in enumerate(records):
        try:
            fields = _decode(record)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            malformed.append((position, "JSON is malformed"))
            continue
        if not isinstance(fields, dict):
            malformed.append((position, "JSON is not an object"))
            continue
        picked = [fields.get(name) for name in columns]
        odd = next((n for n, v in zip(columns, picked, strict=True) if _is_odd(n, v)), None)
        if odd is not None:
            malformed.append((position, f"field {odd!r} is neither text nor a number"))
            continue
        for column, value in zip(values, picked, strict=True):
            column.append(value)
    arrays = {name: _array(column) for name, column in zip(columns, values, strict=True)}
    return Chunk(arrays, len(records), good_positions(len(records), malformed), malformed, line_of=line_of)


def _is_odd(column: str, value: Any) -> bool:
    """Whether a value can be no part of an interaction: an object, or a truth that is no mark of likes."""
    return isinstance(value, dict) or (isinstance(value, bool) and fold(column) not in MARKS)


def _array(values: list[Any]) -> pa.Array:
    """Return numbers if all are, else text; lists (gestures) become JSON text."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.nulls(len(values))
    if kinds == {int}:
        try:
            return pa.array(values, pa.int64())
        except (OverflowError, pa.ArrowInvalid):
            pass
    if kinds == {float}:
        return pa.array(values, pa.float64())
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else _encode(value).decode()


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        record = _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _types_seen(records: Iterable[dict[str, Any]]) -> dict[str, set[type]]:
    types: dict[str, set[type]] = {}
    for record in records:
        for name, value in record.items():
            seen = types.setdefault(name, set())
            if value is not None:
                seen.add(type(value))
    return types


def _arrow_type(seen: set[type]) -> pa.DataType | None:
    """Return the one type that a field has in a regular file; None if it has several, or an odd one."""
    if seen == {str}:
        return pa.string()
    if seen == {int}:
        return pa.int64()
    return pa.float64() if seen == {float} else None


def _parse_block(block: bytes, lines_before: int, schema: pa.Schema) -> Chunk | None:
    """Read a block with Arrow; None if it is irregular."""
    records = _object_lines(block)
    if not records:
        return None
    try:
        table = pa_json.read_json(
            pa.BufferReader(block),
            pa_json.ReadOptions(use_threads=False, block_size=len(block) + 1),
            pa_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except (pa.ArrowException, UnicodeDecodeError):
        return None
    if table.num_rows != records:
        return None

    numbers: list[int] = []

    def line_of(position: int) -> int:
        if not numbers:
            numbers.extend(number for number, _ in numbered_lines(block, lines_before))
        return numbers[position]

    columns = {name: table[name].combine_chunks() for name in schema.names}
    return Chunk(columns, table.num_rows, line_of=line_of)


def _object_lines(block: bytes) -> int | None:
    """Return how many lines hold something; None if one does not begin and end like an object.

    Ask this before Arrow: its parser (26.0.1) takes `null` for a record, and crashes where it is first.
    """
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    ends = ends if block.endswith(b"\n") else np.append(ends, len(block))
    starts = np.concatenate([[0], ends[:-1] + 1])
    filled = ends > starts
    last = data[ends[filled] - 1]
    last = np.where(last == ord("\r"), data[np.maximum(ends[filled] - 2, 0)], last)
    objects = (data[starts[filled]] == ord("{")) & (last == ord("}"))
    return len(objects) if bool(objects.all()) else None
