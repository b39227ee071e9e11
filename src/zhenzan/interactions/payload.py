"""Message payloads from a platform (JSON, NDJSON or an Arrow stream) → rows, and the reasons of rejected
ones.

The rules are those of files (`convert`, `times`), so a row means the same in a log and in a message. Columns
are made of the rows and converted at once; a small message of the plainest values is read without that.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from zhenzan.errors import InputError
from zhenzan.interactions import column_types
from zhenzan.interactions.column_types import (
    ID_BYTES_MAX,
    MILLISECONDS_MAX,
    NULL_WORDS,
    WHOLE_FLOAT_MAX,
    as_text,
    gaps_allowed,
    plain,
    to_gesture,
    to_ids,
    to_kind,
    to_milliseconds,
    to_text,
)
from zhenzan.interactions.epochs import END_MICROSECONDS, START_MICROSECONDS
from zhenzan.interactions.field_names import look_at_names, most_frequent
from zhenzan.interactions.json_table import array_of
from zhenzan.interactions.pseudonyms import RotatingHash
from zhenzan.interactions.schema import GESTURE, KINDS, NEEDED, TIMESTAMP
from zhenzan.interactions.times import Clock

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
PLAIN_ROWS_MAX = 64  # of a message that may be read row by row


class Point(msgspec.Struct, frozen=True):
    """A point of a pointer trace: client pixels, milliseconds."""

    x: float
    y: float
    t: float


class Interaction(msgspec.Struct, frozen=True):
    """One account did one kind of thing to one item at one time.

    timestamp: ISO 8601 (UTC unless it names a zone), or a number since 1970 in seconds, milliseconds,
    microseconds or nanoseconds, told by its size. id: idempotency key; made of kind, account, item and time
    if absent. watched, duration: milliseconds. ip, device: kept as keyed hashes only. like: whether the row
    is a like, where it has no kind.
    """

    timestamp: str | int | float
    account: str | int | float
    item: str | int | float
    id: str | int | float | None = None
    kind: str | int | bool | None = None
    like: str | int | bool | None = None
    creator: str | int | float | None = None
    watched: int | float | str | None = None
    duration: int | float | str | None = None
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
    """The good rows of a message, which they are (None: all), and the bad ones. `join_rows` makes a batch.
    unknown: names that are no fields of an interaction, and how many rows have them; of many the most
    frequent.
    """

    good: pa.RecordBatch | list[tuple[Any, ...]]
    indices: Sequence[int] | None
    rejected: Sequence[Rejected]
    unknown: Mapping[str, int] = field(default_factory=dict)


_REQUIRED = {
    "id": pa.string(),
    "kind": pa.string(),
    "timestamp": TIMESTAMP,
    "account": pa.string(),
    "item": pa.string(),
}
_OPTIONAL = {
    "creator": pa.string(),
    "watched": pa.int64(),
    "duration": pa.int64(),
    "ip": pa.int64(),
    "device": pa.int64(),
    "region": pa.string(),
    "app": pa.string(),
    "origin": pa.string(),
    "gesture": GESTURE,
}
ROW_COLUMNS = pa.schema(
    [
        *(pa.field(name, type, nullable=False) for name, type in _REQUIRED.items()),
        *(pa.field(name, type) for name, type in _OPTIONAL.items()),
    ]
)
"""Rows as the lake takes them: text ids, addresses hashed."""
_AT = ROW_COLUMNS.get_field_index("timestamp")

_decode_row = msgspec.json.Decoder(Interaction).decode
_decode_raw = msgspec.json.Decoder(list[msgspec.Raw]).decode
_FIELDS = Interaction.__struct_fields__
_KNOWN = frozenset(_FIELDS)
_IDS = ("id", "account", "item", "creator")
_TEXTS = ("ip", "region", "app", "origin")  # fields that hold no numbers
# What is converted, in the order of reasons, of which a row's first counts: no like at all, what is needed, …
_IN_ORDER = (
    "kind",
    "like",
    "timestamp",
    "account",
    "item",
    "id",
    "creator",
    "watched",
    "duration",
    "region",
    "app",
    "origin",
    "gesture",
)
NAMES_SHOWN, VALUE_CHARACTERS = 5, 60


def read_message(
    body: bytes, format: Format, hashes: RotatingHash, *, latest: int = END_MICROSECONDS
) -> Rows:
    """Read a message. Raises InputError where nothing of it can be read; bad rows are in the answer. A row of
    a time after `latest` (µs) is bad: it has not happened yet.

    Cost: about 2 µs a row of NDJSON in large messages, 6 µs otherwise.
    """
    rows = _read_any(body, format, hashes)
    return _without_future(rows, latest)


def _read_any(body: bytes, format: Format, hashes: RotatingHash) -> Rows:
    if format == "arrow":
        return _read_arrow(body, hashes)
    if format == "ndjson" and len(body) >= FAST_BYTES_MIN:
        fast = _read_fast(body, hashes)
        if fast is not None:
            return fast
    return _read_rows(_pieces(body, format), _decode_row, hashes)


def _without_future(rows: Rows, latest: int) -> Rows:
    """The rows of times up to `latest`; the others rejected."""
    if isinstance(rows.good, list):
        if all(row[_AT] <= latest for row in rows.good):
            return rows
        times = np.array([row[_AT] for row in rows.good], np.int64)
    else:
        times = rows.good.column(_AT).cast(pa.int64()).to_numpy()
    ahead = np.flatnonzero(times > latest)
    if not ahead.size:
        return rows
    indices = range(times.size) if rows.indices is None else rows.indices
    rejected = [
        Rejected(indices[i], f"timestamp lies in the future: {_iso(times[i])!r}") for i in ahead.tolist()
    ]
    stay = np.flatnonzero(times <= latest).tolist()
    good = [rows.good[i] for i in stay] if isinstance(rows.good, list) else rows.good.take(pa.array(stay))
    return Rows(
        good,
        [indices[i] for i in stay],
        sorted([*rows.rejected, *rejected], key=lambda row: row.index),
    )


def _iso(us: int) -> str:
    return f"{_EPOCH + timedelta(microseconds=int(us)):%Y-%m-%dT%H:%M:%SZ}"


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
            raise InputError(f"the body is not a JSON array: {error}") from None
        except RecursionError:
            raise InputError("the body nests too deep") from None
    else:
        pieces = [body]
    if len(pieces) > ROWS_MAX:
        raise InputError(f"{len(pieces):,} rows in one message; send {ROWS_MAX:,} at most")
    if not pieces or not body.strip():
        raise InputError("the body is empty: send at least one interaction")
    return pieces


def _read_rows(pieces: Sequence[Any], decode: Callable[[Any], Interaction], hashes: RotatingHash) -> Rows:
    rows: list[Interaction] = []
    indices: list[int] = []
    rejected: list[Rejected] = []
    unknown = Counter[str]()
    for index, piece in enumerate(pieces):
        try:
            row = decode(piece)
            twice = look_at_names(piece, _KNOWN, unknown)
            if twice is None:
                rows.append(row)
                indices.append(index)
            else:
                rejected.append(Rejected(index, f"row names {twice[:VALUE_CHARACTERS]!r} twice"))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            rejected.append(Rejected(index, _reason(error, piece)))
        except RecursionError:
            rejected.append(Rejected(index, "row nests too deep"))
    if len(rows) <= PLAIN_ROWS_MAX:
        plain = [_plain_row(row, hashes) for row in rows]
        if None not in plain:
            kept = indices if rejected else None
            return Rows(plain, kept, rejected, most_frequent(unknown))  # type: ignore[arg-type]
    if not rows:
        return Rows([], [], rejected, most_frequent(unknown))
    fields = [name for name in _FIELDS if any(getattr(row, name) is not None for row in rows)]
    columns = {name: _column(name, [getattr(row, name) for row in rows]) for name in fields}
    converted = _converted(columns, len(rows), indices, rejected, hashes)
    return replace(converted, unknown=most_frequent(unknown))


def _reason(error: Exception, piece: Any) -> str:
    """What is wrong with a row; of one that lacks a field, what it has instead."""
    text = str(error).replace(" - at `$.", " in `").replace("`$`", "row")
    if "missing required field" in text and not isinstance(piece, dict):
        with contextlib.suppress(msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            fields = msgspec.json.decode(piece)
            others = [name[:40] for name in fields if name not in _FIELDS]
            if others:
                text += f"; it has {', '.join(others[:NAMES_SHOWN])}, which are no fields of an interaction"
    return text


def _column(name: str, values: list[Any]) -> pa.Array:
    if name == "gesture":
        traces = [
            None if trace is None else [{"x": p.x, "y": p.y, "t": p.t} for p in trace] for trace in values
        ]
        return pa.array(traces, GESTURE)
    if name == "timestamp":  # what a float cannot hold of a time is below a microsecond, or is read as text
        values = [int(v) if isinstance(v, float) and v.is_integer() and abs(v) < 2**63 else v for v in values]
    if name in _IDS and not all(value is None or isinstance(value, float) for value in values):
        values = [_exact(value) if isinstance(value, float) else value for value in values]
    return array_of(values)


def _exact(value: float) -> int | str:
    """A float among other ids: the whole number it is, else as a number that is refused."""
    return int(value) if value.is_integer() and abs(value) <= WHOLE_FLOAT_MAX else f"{value:e}"


_PLAIN_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
_PLAIN_ID = (
    re.compile(  # no blanks, no spreadsheet's guards, nothing that is a number with a point or exponent
        r"[0-9]{1,18}|[^\W\d][\w:./@-]*|[0-9](?=[\w:./@-]*[a-df-zA-DF-Z_:/@-])[\w:./@-]*"
    )
)
PLAIN_CHARACTERS_MAX = 200


def _plain_row(row: Interaction, hashes: RotatingHash) -> tuple[Any, ...] | None:
    """A row of the plainest values, read as `_converted` reads it; None where one is not plain."""
    at = _plain_time(row.timestamp)
    kind = "like" if row.kind is None and row.like is None else row.kind
    account, item = _plain_id(row.account), _plain_id(row.item)
    if at is None or account is None or item is None or not isinstance(kind, str) or kind not in KINDS:
        return None
    creator, id = _plain_id(row.creator), _plain_id(row.id)
    watched, duration = _plain_length(row.watched), _plain_length(row.duration)
    names = [_plain_id(value) for value in (row.region, row.app, row.origin)]
    ip, device = hashes.ip.one(row.ip, at), hashes.device.one(row.device, at)
    values = (row.creator, row.id, row.watched, row.duration, row.region, row.app, row.origin)
    for value, read in zip(values, (creator, id, watched, duration, *names), strict=True):
        if read is None and value is not None:
            return None
    return (
        id or f"{kind}:{account}:{item}:{at}",
        kind,
        at,
        account,
        item,
        creator,
        watched,
        duration,
        ip,
        device,
        *names,
        None if row.gesture is None else [{"x": p.x, "y": p.y, "t": p.t} for p in row.gesture],
    )


def _plain_id(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if (
        isinstance(value, str)
        and len(value) <= PLAIN_CHARACTERS_MAX
        and _PLAIN_ID.fullmatch(value)
        and value.casefold() not in NULL_WORDS
    ):
        return value
    return None


def _plain_length(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value <= MILLISECONDS_MAX else None


def _plain_time(value: str | float) -> int | None:
    if isinstance(value, str):
        if not _PLAIN_TIME.fullmatch(value):
            return None
        try:
            us = (datetime.fromisoformat(value) - _EPOCH) // _MICROSECOND
        except ValueError:
            return None
    elif isinstance(value, int):
        factor = next((f for f in (1_000_000, 1_000, 1) if _in_time(value * f)), None)
        if factor is None:
            return None
        us = value * factor
    else:
        return None
    return us if _in_time(us) else None


def _in_time(us: int) -> bool:
    return START_MICROSECONDS <= us < END_MICROSECONDS


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = datetime.resolution


# All rows at once


def _read_fast(body: bytes, hashes: RotatingHash) -> Rows | None:
    """The rows, if Arrow can read all lines as records of one kind; else None."""
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
    except (pa.ArrowException, OverflowError):
        return None
    if not 0 < table.num_rows <= ROWS_MAX or table.num_rows != body.strip().count(b"\n") + 1:
        return None
    columns = {name: table[name].combine_chunks() for name in table.column_names if name in _FIELDS}
    if not all(_is_of_json(name, column.type) for name, column in columns.items()):
        return None
    converted = _converted(columns, table.num_rows, range(table.num_rows), [], hashes)
    return replace(converted, unknown=_unknown_columns(table))


def _unknown_columns(table: pa.Table) -> dict[str, int]:
    """Columns that are no fields of an interaction, and how many rows have a value there."""
    others = set(table.column_names) - _KNOWN
    return most_frequent({name: table.num_rows - table[name].null_count for name in others})


def _is_of_json(name: str, kind: pa.DataType) -> bool:
    """Whether a column is of a type that each row by itself may have."""
    if name == "gesture":
        return kind == GESTURE
    if pa.types.is_null(kind) or pa.types.is_string(kind):
        return True
    if pa.types.is_boolean(kind):
        return name in ("kind", "like")
    if pa.types.is_floating(kind):  # of whole numbers some may be too long for it
        return name in ("timestamp", "watched", "duration")
    return bool(pa.types.is_integer(kind)) and name not in _TEXTS


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
        raise InputError(f"the body is not an Arrow stream: {str(error).splitlines()[0]}") from None
    if not 0 < table.num_rows <= ROWS_MAX:
        raise InputError(f"the stream has {table.num_rows:,} rows; send 1 to {ROWS_MAX:,}")
    twice = [name for name, count in Counter(table.column_names).items() if count > 1]
    if twice:
        raise InputError(f"the stream has several columns {twice[0]!r}")
    missing = [name for name in ("timestamp", "account", "item") if name not in table.column_names]
    if missing:
        raise InputError(f"the stream has no column {missing[0]!r}; it has {', '.join(table.column_names)}")
    columns = {
        name: table[name].combine_chunks()
        for name in table.column_names
        if name in _FIELDS and not pa.types.is_null(table[name].type)
    }
    try:
        converted = _converted(columns, table.num_rows, range(table.num_rows), [], hashes)
    except pa.ArrowException as error:
        raise InputError(f"the stream's columns cannot be read: {str(error).splitlines()[0]}") from None
    return replace(converted, unknown=_unknown_columns(table))


# The rules of files


def _converted(
    columns_read: Mapping[str, pa.Array],
    n: int,
    indices: Sequence[int],
    unread: list[Rejected],
    hashes: RotatingHash,
) -> Rows:
    """ROW_COLUMNS of columns as they were given, each row or its first reason. indices: which rows of the
    message these are; unread: those that are no rows.
    """
    columns: dict[str, pa.Array] = {}
    problems: list[tuple[str, str, npt.NDArray[np.bool_]]] = []
    for name in _IN_ORDER:
        column = columns_read.get(name, pa.nulls(n) if name in NEEDED else None)
        if column is None:
            continue
        columns[name], wrong = _convert(name, column)
        problems += [(name, reason, mask) for reason, mask in wrong]
    _take_marks(columns, columns_read, problems, n)
    reasons: dict[int, str] = {}
    for name, reason, mask in problems:
        for i in np.flatnonzero(mask):
            shown = "" if name in ("kind", "like") else _shown(columns_read.get(name), int(i))
            reasons.setdefault(int(i), f"{reason}{shown}")
    good = np.arange(n)
    if reasons:
        good = np.setdiff1d(good, np.fromiter(reasons, np.int64, len(reasons)))
    rejected = sorted(
        [*unread, *(Rejected(indices[i], reason) for i, reason in reasons.items())], key=lambda r: r.index
    )
    if good.size < n:
        columns = {name: column.take(pa.array(good)) for name, column in columns.items()}
    at = columns["timestamp"].view(pa.int64()).to_numpy(zero_copy_only=False) if good.size else None
    for name in ("ip", "device"):
        if name in columns_read and at is not None:
            column = as_text(plain(columns_read[name]))[0]
            column = column.take(pa.array(good)) if reasons else column
            columns[name] = getattr(hashes, name).read(column, at)
    kept = [indices[int(i)] for i in good] if rejected else None
    return Rows(_batch(columns, int(good.size)), kept, rejected)


def _convert(name: str, column: pa.Array) -> tuple[pa.Array, column_types.Problems]:
    """One column by the rules of files."""
    if name == "timestamp":
        return Clock("").read(plain(column))
    if name in ("kind", "like"):
        kinds, others = to_kind(column)
        return kinds, others
    if name in ("account", "item"):
        return to_ids(column, pa.string(), name)
    if name in ("id", "creator"):
        return gaps_allowed(*to_ids(column, pa.string(), name))
    if name in ("watched", "duration"):
        return to_milliseconds(column, name, name)
    if name == "gesture":
        return to_gesture(column)
    text, wrong = to_text(column, name)
    lengths = pc.fill_null(pc.binary_length(text), 0).to_numpy(zero_copy_only=False)
    if lengths.size and lengths.max() > ID_BYTES_MAX:
        wrong.append((f"{name} is longer than {ID_BYTES_MAX} bytes", lengths > ID_BYTES_MAX))
    return text, wrong


def _take_marks(
    columns: dict[str, pa.Array],
    columns_read: Mapping[str, pa.Array],
    problems: list[tuple[str, str, npt.NDArray[np.bool_]]],
    n: int,
) -> None:
    """The kind of each row: its own, else what `like` says, else a like."""
    marks = columns.pop("like", None)
    kinds = columns.get("kind")
    if marks is not None:
        unsaid = np.ones(n, bool) if kinds is None else _is_unsaid(columns_read["kind"])
        problems[:] = [
            (name, reason, mask & unsaid if name == "like" else mask) for name, reason, mask in problems
        ]
        kinds = marks if kinds is None else pc.if_else(pa.array(unsaid), marks, kinds)
    words = pa.array(KINDS)
    columns["kind"] = pa.repeat(pa.scalar("like"), n) if kinds is None else words.take(kinds.cast(pa.int64()))


def _is_unsaid(kinds: pa.Array) -> npt.NDArray[np.bool_]:
    mask: npt.NDArray[np.bool_] = kinds.is_null().to_numpy(zero_copy_only=False)
    return mask


def _batch(columns: Mapping[str, pa.Array], n: int) -> pa.RecordBatch:
    at = columns["timestamp"].view(pa.int64()).cast(pa.string())
    derived_ids = pc.binary_join_element_wise(columns["kind"], columns["account"], columns["item"], at, ":")
    ids = columns.get("id")
    filled = {**columns, "id": derived_ids if ids is None else pc.coalesce(ids, derived_ids)}
    arrays = [
        filled[field.name].cast(field.type) if field.name in filled else pa.nulls(n, field.type)
        for field in ROW_COLUMNS
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=ROW_COLUMNS)


def _shown(column: pa.Array | None, i: int) -> str:
    """The value that was wrong, for the reason."""
    value = None if column is None else column[i].as_py()
    return "" if value is None or value == "" else f": {str(value)[:VALUE_CHARACTERS]!r}"
