"""NDJSON and JSON array reader: Arrow's parser for regular blocks, msgspec record by record for others.

Arrow refuses a block with one malformed line or one value of another type; such a block is read again line
by line (a microsecond or two each), so that one bad line costs one record. Fields of nested objects are
columns under dotted names (`actor.login`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pa_json

from zhenzan.errors import InputError
from zhenzan.interactions.column_types import WHOLE_FLOAT_MAX
from zhenzan.interactions.files import Bytes
from zhenzan.interactions.lines import estimate_lines, line_blocks, numbered_lines
from zhenzan.interactions.mapping import ALIASES, MARKS, candidates, is_mark
from zhenzan.interactions.records import Chunk, good_positions
from zhenzan.interactions.schema import CANONICAL

__all__ = [
    "Fields",
    "JsonArrayTable",
    "JsonLinesTable",
    "LateFieldError",
    "array_of",
    "value_at",
    "whole_text",
]

DEPTH_MAX = 6  # objects within objects whose fields are columns
HEAD_BYTES = 1 << 20  # looked at for the fields and their types
ARRAY_BYTES_MAX = 1 << 30  # a JSON array has to be held whole: beyond this it is refused
ARRAY_CHUNK_RECORDS = 200_000

Path = tuple[str, ...]
"""Where a field stands: ("actor", "login")."""

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class JsonLinesTable:
    """One NDJSON file: an object a line. Its columns are the fields seen in the first megabyte, or in all
    lines (`whole`); a field of a known name that appears later stops the reading, see `LateFieldError`.
    """

    format = "ndjson"

    again = True

    def __init__(self, path: str, whole: bool = False) -> None:
        self.name = path
        with Bytes(path) as source:
            head = source.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf")
            all_read = len(head) < HEAD_BYTES - 3
            self.row_estimate: int | None = estimate_lines(head, all_read, source.size, source.consumed)
        lines = head if all_read else head[: head.rfind(b"\n") + 1] or head
        records = (_object(line) for _, line in numbered_lines(lines, 0))
        if whole and not all_read:
            records = (
                _object(line) for block, _ in line_blocks(path) for _, line in numbered_lines(block, 0)
            )
        self._fields = Fields.of(record for record in records if record is not None)
        if not self._fields.columns:
            raise InputError(f"{path} is not NDJSON: none of its first lines is a JSON object with fields.")
        self.columns = self._fields.columns
        self.whole = whole or all_read
        """Whether the columns are those of all lines."""
        self._late = None if self.whole else _late_names(self.columns)

    def id_type(self, column: str) -> pa.DataType:
        """Text, always: a later line may hold text where the first held numbers."""
        return self._fields.id_type(column, self.name)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        schema = self._fields.schema(columns)
        paths = self._fields.paths(columns)
        for block, lines_before in line_blocks(self.name):
            if self._late is not None:
                _check_late(block, lines_before, self._late, self.name)
            chunk = None if schema is None else _parse_block(block, lines_before, schema, paths)
            yield chunk or self._parse_lines(block, lines_before, paths)

    def _parse_lines(self, block: bytes, lines_before: int, paths: AnyMapping[str, Path]) -> Chunk:
        numbers: list[int] = []
        lines: list[bytes] = []
        for number, line in numbered_lines(block, lines_before):
            numbers.append(number)
            lines.append(line)
        return parse_records(lines, paths, numbers.__getitem__, self._fields.flags)


class LateFieldError(InputError):
    """A field that logs use appears beyond the first megabyte of NDJSON: the file is to be opened `whole`.

    where: the part of the message that says so.
    """

    def __init__(self, path: str, line: int, field: str) -> None:
        self.where = f"{path}, line {line}: the field {field!r} appears here first."
        super().__init__(
            f"{self.where} Say what it is with --map, e.g. --map kind={field}, or that it is nothing with"
            " --map kind= and the like."
        )


def _late_names(columns: Sequence[str]) -> str | None:
    """A pattern of the names of fields that would be read if they were there; None where all are."""
    fields = [name for name in CANONICAL if not candidates(name, columns)]
    aliases = {alias for name in fields for alias in ALIASES[name] if alias.isascii()}
    if "kind" in fields:
        aliases |= {mark for mark in MARKS if mark.isascii()} if not any(map(is_mark, columns)) else set()
    names = sorted({re.sub(r"[_\W]+", "[_. -]?", alias) for alias in aliases})
    return f'(?i)"(?:{"|".join(names)})" ?:' if names else None


def _check_late(block: bytes, lines_before: int, names: str, path: str) -> None:
    """Raise LateFieldError if a block has such a field. Cost: one pass of RE2, about a second a gigabyte."""
    text = pa.Array.from_buffers(
        pa.binary(), 1, [None, pa.py_buffer(np.array([0, len(block)], np.int32)), pa.py_buffer(block)]
    )
    if not pc.match_substring_regex(text, names)[0].as_py():
        return
    match = re.search(names.encode(), block)
    if match is None:
        return
    line = lines_before + block.count(b"\n", 0, match.start()) + 1
    field = match.group().decode().rstrip(": ").strip('"')
    raise LateFieldError(path, line, field)


class JsonArrayTable:
    """One JSON array of objects, held whole in memory while it is read: NDJSON is better for large logs.

    Several arrays after one another, or an array of arrays, are pages of one.
    """

    format = "json"

    again = True

    def __init__(self, path: str) -> None:
        self.name = path
        every = self._records()  # writers leave out what is null, so a field may appear late
        self._fields = Fields.of(record for raw in every if (record := _object(bytes(raw))) is not None)
        if every and not self._fields.columns:
            raise InputError(f"{path} is a JSON array, but not of objects with fields.")
        self.columns = self._fields.columns
        self.row_estimate: int | None = len(every)

    def id_type(self, column: str) -> pa.DataType:
        return self._fields.id_type(column, self.name)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        records, paths = self._records(), self._fields.paths(columns)
        for start in range(0, len(records), ARRAY_CHUNK_RECORDS):
            part = records[start : start + ARRAY_CHUNK_RECORDS]
            yield parse_records(part, paths, None, self._fields.flags)

    def _records(self) -> list[msgspec.Raw]:
        text = whole_text(self.name)
        try:
            return _flat_pages(_decode_list(text))
        except (msgspec.MsgspecError, RecursionError) as error:
            pages = _pages(text)
            if pages is None:
                raise InputError(f"{self.name} is not a valid JSON array: {error}.") from None
            return [record for page in pages for record in _flat_pages(page)]


def whole_text(path: str) -> bytes:
    """All of a JSON file. Raises InputError where it is too large to be held."""
    with Bytes(path) as source:
        text = source.read(ARRAY_BYTES_MAX + 1)
    if len(text) > ARRAY_BYTES_MAX:
        raise InputError(
            f"{path} is one JSON text of over {ARRAY_BYTES_MAX >> 30} GiB: convert it to NDJSON."
        )
    return text.removeprefix(b"\xef\xbb\xbf")


_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


def _pages(text: bytes) -> list[list[msgspec.Raw]] | None:
    """Arrays that follow one another (`gh api --paginate` writes them so); None if they are none."""
    pieces = re.split(rb"(?<=\])\s*(?=\[)", text.strip())
    pages: list[list[msgspec.Raw]] = []
    begun = b""
    for piece in pieces:
        begun += piece
        try:
            pages.append(_decode_list(begun))
            begun = b""
        except (msgspec.MsgspecError, RecursionError):
            continue  # the brackets stood in a text, or within
    return pages if pages and not begun else None


def _flat_pages(records: list[msgspec.Raw]) -> list[msgspec.Raw]:
    """The records of an array, or of the arrays in it."""
    if not records or not all(bytes(record[:1]) == b"[" for record in map(bytes, records)):
        return records
    return [record for page in records for record in _decode_list(page)]


def parse_records(
    records: Sequence[bytes | msgspec.Raw],
    paths: AnyMapping[str, Path],
    line_of: Callable[[int], int] | None,
    flags: frozenset[str],
) -> Chunk:
    """Decode records one by one; those that are no objects, or hold odd values, are malformed. `flags`:
    columns that may be true or false.
    """
    malformed: list[tuple[int, str]] = []
    values: list[list[Any]] = [[] for _ in paths]
    for position, record in enumerate(records):
        try:
            fields = _decode(record)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            malformed.append((position, "JSON is malformed"))
            continue
        if not isinstance(fields, dict):
            malformed.append((position, "JSON is not an object"))
            continue
        picked = [value_at(fields, path) for path in paths.values()]
        odd = next((n for n, v in zip(paths, picked, strict=True) if _is_odd(n, v, flags)), None)
        if odd is not None:
            malformed.append((position, f"field {odd!r} is neither text nor a number"))
            continue
        for column, value in zip(values, picked, strict=True):
            column.append(value)
    arrays = {name: array_of(column) for name, column in zip(paths, values, strict=True)}
    return Chunk(arrays, len(records), good_positions(len(records), malformed), malformed, line_of=line_of)


def _is_odd(column: str, value: Any, flags: frozenset[str]) -> bool:
    """Whether a value can be no part of an interaction: an object, or a truth that is no mark of likes."""
    return isinstance(value, dict) or (isinstance(value, bool) and column not in flags)


def value_at(fields: Any, path: Path) -> Any:
    """The value at a path; None where there is none."""
    for name in path:
        if not isinstance(fields, dict):
            return None
        fields = fields.get(name)
    return fields


def array_of(values: list[Any]) -> pa.Array:
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
    if isinstance(value, float) and value.is_integer() and abs(value) <= WHOLE_FLOAT_MAX:
        return str(int(value))
    return repr(value) if isinstance(value, int | float) else _encode(value).decode()


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        record = _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


class Fields:
    """The fields of JSON records: their paths, and the types seen of each."""

    def __init__(self, types: AnyMapping[Path, set[type]]) -> None:
        named: dict[str, Path] = {}
        for path, seen in types.items():
            if seen != {dict}:  # an object is its fields
                named.setdefault(".".join(path), path)
        self._paths, self._types = named, types
        self.columns: tuple[str, ...] = tuple(named)
        self.flags = frozenset(name for name, path in named.items() if is_mark(name) or types[path] == {bool})

    @classmethod
    def of(cls, records: Iterable[dict[str, Any]]) -> Fields:
        types: dict[Path, set[type]] = {}
        for record in records:
            for name, value in record.items():
                _see((name,), value, types)
        return cls(types)

    def id_type(self, column: str, where: str) -> pa.DataType:
        if self._types[self._paths[column]] == {bool}:
            raise InputError(f"{where}: field {column!r} is true or false, which cannot be an id.")
        return pa.string()

    def paths(self, columns: Sequence[str]) -> dict[str, Path]:
        return {name: self._paths[name] for name in columns}

    def schema(self, columns: Sequence[str]) -> pa.Schema | None:
        """The Arrow schema of these columns in a regular file; None where one has several types, or an odd
        one.
        """
        tree: dict[str, Any] = {}
        for path in self.paths(columns).values():
            kind = _arrow_type(self._types[path])
            branch = tree
            for name in path[:-1]:
                branch = branch.setdefault(name, {})
                if not isinstance(branch, dict):
                    return None
            if kind is None or path[-1] in branch:
                return None
            branch[path[-1]] = kind
        return pa.schema(_struct_fields(tree))


def _struct_fields(tree: AnyMapping[str, Any]) -> list[pa.Field]:
    return [
        pa.field(name, pa.struct(_struct_fields(kind)) if isinstance(kind, dict) else kind)
        for name, kind in tree.items()
    ]


def _see(path: Path, value: Any, types: dict[Path, set[type]]) -> None:
    seen = types.setdefault(path, set())
    if value is not None:
        seen.add(type(value))
    if isinstance(value, dict) and len(path) < DEPTH_MAX:
        for name, inner in value.items():
            _see((*path, name), inner, types)


def _arrow_type(seen: set[type]) -> pa.DataType | None:
    """Return the one type that a field has in a regular file; None if it has several, or an odd one."""
    if seen == {str}:
        return pa.string()
    if seen == {int}:
        return pa.int64()
    return pa.float64() if seen == {float} else None


def _parse_block(
    block: bytes, lines_before: int, schema: pa.Schema, paths: AnyMapping[str, Path]
) -> Chunk | None:
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

    columns = {name: _column_at(table, path) for name, path in paths.items()}
    return Chunk(columns, table.num_rows, line_of=line_of)


def _column_at(table: pa.Table, path: Path) -> pa.Array:
    column = table[path[0]].combine_chunks()
    return pc.struct_field(column, list(path[1:])) if len(path) > 1 else column


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
