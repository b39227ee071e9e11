"""A message of interactions, as a platform sends it: JSON, NDJSON or an Arrow stream → rows, and reasons.

Two ways to the same rows. The usual large message is one kind of JSON throughout and without a fault: Arrow
reads it at once, checks run over whole columns. Anything else is read row by row, so that each bad row gets
its reason and no good one is lost. What the first way takes is never refused or read otherwise by the second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from zhenzan.errors import InputError
from zhenzan.interactions.convert import ID_BYTES_MAX, MILLISECONDS_MAX
from zhenzan.interactions.epochs import START_MICROSECONDS
from zhenzan.interactions.identity import RotatingHash
from zhenzan.interactions.schema import GESTURE, KINDS, TIMESTAMP, kind_index

__all__ = [
    "ROW_COLUMNS",
    "Interaction",
    "Point",
    "Rejected",
    "Rows",
    "given_rows",
    "join_rows",
    "read_message",
]

Format = Literal["json", "ndjson", "arrow"]
FAST_BYTES_MIN = 4_000  # shorter messages are read sooner row by row
ROWS_MAX = 100_000  # of one message
OPENS_MAX = (
    500  # brackets in a line that Arrow may read: it recurses, and ends the process where they nest deep
)
LATEST_US = 4_102_444_800_000_000  # 2100-01-01
SECONDS_BELOW, MILLISECONDS_BELOW, MICROSECONDS_BELOW = 10**11, 10**14, 10**17


class Point(msgspec.Struct, frozen=True):
    """A point of a pointer trace: client pixels, milliseconds."""

    x: float
    y: float
    t: float


class Interaction(msgspec.Struct, frozen=True):
    """One account did one kind of thing to one item at one time.

    timestamp: ISO 8601 (UTC unless it names a zone), or a number since 1970 in seconds, milliseconds,
    microseconds or nanoseconds, told by its size. id: idempotency key; made of kind, account, item and time
    if absent. watched, duration: milliseconds. ip, device: kept as keyed hashes only.
    """

    timestamp: str | int | float
    account: str | int
    item: str | int
    id: str | int | None = None
    kind: str | None = None
    creator: str | int | None = None
    watched: int | float | None = None
    duration: int | float | None = None
    ip: str | None = None
    device: str | int | None = None
    region: str | None = None
    app: str | None = None
    origin: str | None = None
    gesture: list[Point] | None = None


@dataclass(frozen=True)
class Rejected:
    """One row that could not be read: its place in the message, from 0, and why."""

    index: int
    reason: str


@dataclass(frozen=True)
class Rows:
    """The good rows of a message, which they are (None: all), and the bad ones. `join_rows` makes a batch."""

    good: pa.RecordBatch | list[tuple[Any, ...]]
    indices: Sequence[int] | None
    rejected: Sequence[Rejected]


ROW_COLUMNS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("timestamp", TIMESTAMP, nullable=False),
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
        pa.field("gesture", GESTURE),
    ]
)
"""Rows as the lake takes them: text ids, addresses hashed."""

_decode_row = msgspec.json.Decoder(Interaction).decode
_decode_raw = msgspec.json.Decoder(list[msgspec.Raw]).decode
_FIELDS = frozenset(Interaction.__struct_fields__)
_IDS = ("id", "account", "item", "creator", "device")


def read_message(body: bytes, format: Format, hashes: RotatingHash) -> Rows:
    """Read a message. Raises InputError where nothing of it can be read; bad rows are in the answer.

    Cost: about 2 µs a row of NDJSON in large messages, 6 µs otherwise.
    """
    if format == "arrow":
        return _read_arrow(body, hashes)
    if format == "ndjson" and len(body) >= FAST_BYTES_MIN:
        fast = _read_fast(body, hashes)
        if fast is not None:
            return fast
    return _read_each(_pieces(body, format), _decode_row, hashes)


def given_rows(body: bytes, format: Format, indices: Sequence[int]) -> list[str]:
    """These rows of a message that was read, as they were given; those of an Arrow stream as JSON."""
    if format == "arrow":
        with pa.ipc.open_stream(body) as stream:
            rows = stream.read_all().take(pa.array(indices, pa.int64())).to_pylist()
        return [msgspec.json.encode(row, enc_hook=str).decode() for row in rows]
    pieces = _pieces(body, format)
    return [bytes(pieces[index]).decode(errors="backslashreplace") for index in indices]


def join_rows(several: Sequence[Rows]) -> pa.RecordBatch:
    """The good rows of several messages, in order, as one batch of ROW_COLUMNS. Cost: 60 µs, and 2 µs for
    each row that was read by itself.
    """
    batches: list[pa.RecordBatch] = []
    single: list[tuple[Any, ...]] = []
    for rows in several:
        if isinstance(rows.good, list):
            single += rows.good
            continue
        if single:
            batches.append(_batch_of(single))
            single = []
        batches.append(rows.good)
    if single or not batches:
        batches.append(_batch_of(single))
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def _batch_of(rows: Sequence[tuple[Any, ...]]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(ROW_COLUMNS)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, ROW_COLUMNS, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=ROW_COLUMNS)


# Row by row


def _pieces(body: bytes, format: Format) -> Sequence[Any]:
    if format == "ndjson":
        pieces: Sequence[Any] = [line for line in body.split(b"\n") if line and not line.isspace()]
    elif body.lstrip()[:1] == b"[":
        try:
            pieces = _decode_raw(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError(f"the body is no JSON array: {error}") from None
        except RecursionError:
            raise InputError("the body nests too deep") from None
    else:
        pieces = [body]
    if len(pieces) > ROWS_MAX:
        raise InputError(f"{len(pieces):,} rows in one message; send {ROWS_MAX:,} at most")
    if not pieces or not body.strip():
        raise InputError("the body is empty: send at least one interaction")
    return pieces


def _read_each(pieces: Sequence[Any], decode: Callable[[Any], Interaction], hashes: RotatingHash) -> Rows:
    good: list[tuple[Any, ...]] = []
    indices: list[int] = []
    rejected: list[Rejected] = []
    for index, piece in enumerate(pieces):
        try:
            good.append(_row(decode(piece), hashes))
            indices.append(index)
        except (msgspec.DecodeError, UnicodeDecodeError, _BadRowError) as error:
            rejected.append(Rejected(index, str(error).replace(" - at `$.", " in `").replace("`$`", "row")))
        except RecursionError:
            rejected.append(Rejected(index, "row nests too deep"))
    return Rows(good, indices if rejected else None, rejected)


class _BadRowError(ValueError):
    """A row that is well-formed, and wrong."""


def _row(given: Interaction, hashes: RotatingHash) -> tuple[Any, ...]:
    at = _time(given.timestamp)
    kind = 1 if given.kind is None else kind_index(given.kind)
    if kind is None:
        raise _BadRowError(f"kind {given.kind[:40]!r} is unknown; one of {', '.join(KINDS)}")  # type: ignore[index]
    account, item = _id(given.account, "account"), _id(given.item, "item")
    creator = None if given.creator in (None, "") else _id(given.creator, "creator")
    word = KINDS[kind]
    id = _id(given.id, "id") if given.id not in (None, "") else f"{word}:{account}:{item}:{at}"
    return (
        id, word, at, account, item, creator,
        _milliseconds(given.watched, "watched"), _milliseconds(given.duration, "duration"),
        hashes.ip.one(given.ip, at), hashes.device.one(given.device, at),
        _text(given.region, "region"), _text(given.app, "app"), _text(given.origin, "origin"),
        None if given.gesture is None else [{"x": p.x, "y": p.y, "t": p.t} for p in given.gesture],
    )  # fmt: skip


def _id(value: str | int | None, field: str) -> str:
    text = str(value)
    if not text:
        raise _BadRowError(f"{field} is empty")
    if len(text) > ID_BYTES_MAX // 4 and len(text.encode()) > ID_BYTES_MAX:
        raise _BadRowError(f"{field} is longer than {ID_BYTES_MAX} bytes")
    return text


def _text(value: str | None, field: str) -> str | None:
    return _id(value, field) if value else None


def _milliseconds(value: float | None, field: str) -> int | None:
    if value is None:
        return None
    if not 0 <= value <= MILLISECONDS_MAX:
        raise _BadRowError(f"{field} is {value}; milliseconds from 0 to ten years")
    return round(value)


def _time(value: str | float) -> int:
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            raise _BadRowError(f"timestamp {value[:40]!r} is no ISO 8601 time") from None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        us = (at - _EPOCH) // _MICROSECOND
    elif value != value or value in (float("inf"), float("-inf")):
        raise _BadRowError("timestamp is no number")
    elif value < 0:
        us = -1  # before 1970, however it scales
    else:
        us = round(value * _scale_of(value)) if value < MICROSECONDS_BELOW else int(value) // 1000
    if not START_MICROSECONDS <= us < LATEST_US:
        raise _BadRowError(f"timestamp {value!r} is not between the years 2000 and 2100")
    return us


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = datetime.resolution


def _scale_of(value: float) -> int:
    return 1_000_000 if value < SECONDS_BELOW else 1000 if value < MILLISECONDS_BELOW else 1


# All rows at once


def _read_fast(body: bytes, hashes: RotatingHash) -> Rows | None:
    """The rows, if all are alike and good; else None."""
    if not _is_flat(body):
        return None
    try:
        first = msgspec.json.decode(body[: body.index(b"\n")])
    except (ValueError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(first, dict):
        return None
    types = {name: _type_of(name, value) for name, value in first.items() if name in _FIELDS}
    schema = pa.schema([(name, kind) for name, kind in types.items() if kind is not None])
    options = pj.ParseOptions(schema, unexpected_field_behavior="infer")
    try:
        table = pj.read_json(
            pa.BufferReader(body), pj.ReadOptions(use_threads=False, block_size=max(len(body), 1)), options
        )
        return _shape(table, hashes)
    except (pa.ArrowException, OverflowError):
        return None


def _is_flat(body: bytes) -> bool:
    """Whether each line is a row of its own, and none may nest deeper than OPENS_MAX.

    A line that ends with `}` before one that begins with `{` ends its row, or is no JSON. Brackets in texts
    count too: at worst a message is read row by row. Cost: about 0.05 µs a row, 0.2 µs with gestures.
    """
    body = body.strip()
    if body[: body.find(b"\n")].endswith(b"\r"):
        body = body.replace(b"\r\n", b"\n")
    letters = np.frombuffer(body, np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    starts = np.concatenate(([0], ends + 1))
    if not body or (letters[starts] != ord("{")).any() or (letters[ends - 1] != ord("}")).any():
        return False
    opens = (letters | 0x20) == ord("{")  # and "[", which differs by this bit
    if np.count_nonzero(opens) - starts.size < OPENS_MAX:
        return True
    return bool(np.add.reduceat(opens, starts, dtype=np.int64).max() <= OPENS_MAX)


def _type_of(name: str, value: Any) -> pa.DataType | None:
    if name == "gesture":
        return GESTURE
    if isinstance(value, str):
        return pa.string()
    if isinstance(value, int) and not isinstance(value, bool):
        return pa.int64()
    return None


def _read_arrow(body: bytes, hashes: RotatingHash) -> Rows:
    try:
        with pa.ipc.open_stream(body) as stream:
            table = stream.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"the body is no Arrow stream: {str(error).splitlines()[0]}") from None
    if not 0 < table.num_rows <= ROWS_MAX:
        raise InputError(f"the stream has {table.num_rows:,} rows; send 1 to {ROWS_MAX:,}")
    twice = [name for name, count in Counter(table.column_names).items() if count > 1]
    if twice:
        raise InputError(f"the stream has several columns {twice[0]!r}")
    missing = [name for name in ("timestamp", "account", "item") if name not in table.column_names]
    if missing:
        raise InputError(f"the stream has no column {missing[0]!r}; it has {', '.join(table.column_names)}")
    try:
        fast = _shape(table, hashes)
    except (pa.ArrowException, OverflowError):
        fast = None
    if fast is not None:
        return fast
    known = [name for name in table.column_names if name in _FIELDS]
    return _read_each(list(_dicts(table.select(known))), _from_dict, hashes)


def _dicts(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Rows as a JSON message would have them."""
    for batch in table.to_batches():
        for row in batch.to_pylist():
            at = row["timestamp"]
            yield {**row, "timestamp": at.isoformat() if isinstance(at, datetime) else at}


def _from_dict(row: dict[str, Any]) -> Interaction:
    return msgspec.convert(row, Interaction)


def _shape(table: pa.Table, hashes: RotatingHash) -> Rows | None:
    """ROW_COLUMNS of a table whose rows are all good; None where one is not, or may not be."""
    n = table.num_rows
    if not 0 < n <= ROWS_MAX:
        return None
    found: dict[str, pa.Array] = {}
    for name in table.column_names:
        if name not in _FIELDS:
            continue
        column = table[name].combine_chunks()
        if pa.types.is_null(column.type):
            continue
        shaped = _shape_column(name, column)
        if shaped is None:
            return None
        found[name] = shaped
    if any(name not in found for name in ("timestamp", "account", "item")):
        return None
    times = found["timestamp"]
    kind = found.get("kind")
    found["kind"] = _filled(kind, pa.repeat(pa.scalar("like"), n))
    at = times.cast(pa.int64())
    parts = (found["kind"], found["account"], found["item"], at.cast(pa.string()))
    if "id" not in found or found["id"].null_count:
        made = pc.binary_join_element_wise(*parts, ":")
        found["id"] = _filled(found.get("id"), made)
    for name in ("ip", "device"):
        if name in found:
            found[name] = getattr(hashes, name).read(found[name], at.to_numpy())
    arrays = [found[field.name] if field.name in found else pa.nulls(n, field.type) for field in ROW_COLUMNS]
    return Rows(pa.RecordBatch.from_arrays(arrays, schema=ROW_COLUMNS), None, ())


def _filled(column: pa.Array | None, otherwise: pa.Array) -> pa.Array:
    return otherwise if column is None else pc.coalesce(column, otherwise)


def _shape_column(name: str, column: pa.Array) -> pa.Array | None:
    if name == "timestamp":
        return _shape_times(column)
    if name in ("watched", "duration"):
        return _shape_milliseconds(column)
    if name == "gesture":
        return column.cast(GESTURE) if column.type != GESTURE else column
    return _shape_text(name, column)


def _shape_times(column: pa.Array) -> pa.Array | None:
    if column.null_count:
        return None
    if pa.types.is_string(column.type):
        times = column.cast(TIMESTAMP)  # only with a zone: others are read row by row
    elif pa.types.is_timestamp(column.type):
        times = (
            column.cast(pa.timestamp("us")).cast(TIMESTAMP)
            if column.type.tz is None
            else column.cast(TIMESTAMP)
        )
    elif pa.types.is_integer(column.type):
        numbers = column.to_numpy()
        if numbers.size and (numbers.max() >= MICROSECONDS_BELOW or numbers.min() < 0):
            return None
        scale = np.where(numbers < SECONDS_BELOW, 1_000_000, np.where(numbers < MILLISECONDS_BELOW, 1000, 1))
        times = pa.array(numbers * scale).cast(TIMESTAMP)
    else:
        return None
    bounds = pc.min_max(times.cast(pa.int64())).as_py()
    return times if bounds["min"] >= START_MICROSECONDS and bounds["max"] < LATEST_US else None


def _shape_milliseconds(column: pa.Array) -> pa.Array | None:
    if not pa.types.is_integer(column.type) or pa.types.is_uint64(column.type):
        return None
    bounds = pc.min_max(column).as_py()
    if bounds["min"] is not None and not 0 <= bounds["min"] <= bounds["max"] <= MILLISECONDS_MAX:
        return None
    return column.cast(pa.int64())


def _shape_text(name: str, column: pa.Array) -> pa.Array | None:
    if (
        (pa.types.is_integer(column.type) and name in _IDS)
        or pa.types.is_dictionary(column.type)
        or pa.types.is_large_string(column.type)
    ):
        column = column.cast(pa.string())
    if not pa.types.is_string(column.type):
        return None
    if name in ("account", "item") and column.null_count:
        return None
    bounds = pc.min_max(pc.binary_length(column)).as_py()
    if bounds["min"] is not None and not 0 < bounds["min"] <= bounds["max"] <= ID_BYTES_MAX:
        return None
    return _shape_kinds(column) if name == "kind" else column


def _shape_kinds(column: pa.Array) -> pa.Array | None:
    coded = column.dictionary_encode()
    words: list[str] = []
    for word in coded.dictionary.to_pylist():
        index = kind_index(word)
        if index is None:
            return None
        words.append(KINDS[index])
    return pa.array(words, pa.string()).take(coded.indices)
