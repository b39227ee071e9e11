"""Source columns → canonical types, vectorised.

Each function returns the converted column and, for the rows that cannot be converted, a mask per reason
(none on the good path, which costs no more than the cast).
"""

from __future__ import annotations

import re

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.errors import InputError
from zhenzan.interactions.records import Bools
from zhenzan.interactions.schema import GESTURE, kind_index

__all__ = [
    "Problems",
    "as_text",
    "cast_whole",
    "id_type_of",
    "to_gesture",
    "to_ids",
    "to_kind",
    "to_milliseconds",
    "to_text",
]

Problems = list[tuple[str, Bools]]

ID_BYTES_MAX = 1024  # an id longer than this is a mistake, such as a whole document in the wrong column
MILLISECONDS_MAX = 10 * 366 * 24 * 3600 * 1000  # nobody watches one item for more than ten years
PROBE_VALUES = 64  # tried before a whole column is cast
WHOLE_FLOAT_MAX = 2**53  # beyond it a float no longer holds every whole number

_NUMBER_WORD = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_NULL_WORDS = ("", "null", "none", "nan", "na", "n/a", "\\n")


def id_type_of(source: pa.DataType, column: str, where: str) -> pa.DataType:
    """Return the type that ids of this source type get: int64 or string.

    Whole numbers up to 64 bits signed, and floats (a table library's whole numbers with gaps), become int64.
    Unsigned 64-bit numbers become text, for they may not fit. Raises InputError if the type cannot be an id.
    """
    if pa.types.is_dictionary(source):
        source = source.value_type
    if isinstance(source, pa.BaseExtensionType):
        source = source.storage_type
    if pa.types.is_uint64(source) or _is_text(source) or _is_binary(source):
        return pa.string()
    if pa.types.is_integer(source) or pa.types.is_floating(source):
        return pa.int64()
    if pa.types.is_null(source) or pa.types.is_decimal(source):
        return pa.string()
    raise InputError(
        f"{where}: column {column!r} is {source}, which cannot be an id; use text or whole numbers."
    )


def to_ids(values: pa.Array, wanted: pa.DataType, field: str) -> tuple[pa.Array, Problems]:
    """Convert ids to `wanted` (int64 or string). Null and empty are missing."""
    values = _plain(values)
    missing = _nulls(values)
    problems: Problems = []
    if pa.types.is_floating(values.type):
        values, fraction = _whole(values)
        problems += [(f"{field} is not a whole number", fraction)] if fraction.any() else []
    if wanted == pa.int64():
        if values.type == pa.int64():
            ids = values
        elif pa.types.is_integer(values.type):
            ids = values.cast(pa.int64())
        else:
            ids, blank, unreadable = _integers_of_text(as_text(values)[0])
            missing |= blank
            problems += [(f"{field} is not a whole number", unreadable)] if unreadable.any() else []
    else:
        ids, unreadable = as_text(values)
        problems += [(f"{field} is not UTF-8", unreadable)] if unreadable.any() else []
        sizes = pc.binary_length(ids)
        bounds = pc.min_max(sizes).as_py()
        if bounds["min"] is not None and (bounds["min"] == 0 or bounds["max"] > ID_BYTES_MAX):
            lengths = sizes.fill_null(1).to_numpy(zero_copy_only=False)
            missing |= lengths == 0
            problems.append((f"{field} is longer than {ID_BYTES_MAX} bytes", lengths > ID_BYTES_MAX))
    if missing.any():
        problems.insert(0, (f"{field} is missing", missing))
    return ids, problems


def gaps_allowed(ids: pa.Array, problems: Problems) -> tuple[pa.Array, Problems]:
    """Make missing ids null and no problem: an unknown creator is a gap in a log, not a bad record."""
    for reason, mask in problems:
        if reason.endswith(" is missing"):
            ids = pc.if_else(pa.array(mask), pa.scalar(None, ids.type), ids)
    return ids, [(reason, mask) for reason, mask in problems if not reason.endswith(" is missing")]


def to_text(values: pa.Array, field: str) -> tuple[pa.Array, Problems]:
    """Convert to string; empty becomes null."""
    text, unreadable = as_text(_plain(values))
    if pc.any(pc.equal(pc.binary_length(text), 0)).as_py():
        text = pc.if_else(pc.equal(pc.binary_length(text), 0), pa.scalar(None, pa.string()), text)
    return text, [(f"{field} is not UTF-8", unreadable)] if unreadable.any() else []


def to_milliseconds(values: pa.Array, field: str, column: str) -> tuple[pa.Array, Problems]:
    """Convert a length of time to int64 milliseconds; null, NaN and empty stay null.

    Numbers are milliseconds unless the column's name ends in `_s`, `_sec` or `_seconds`.
    """
    values = _plain(values)
    scale = (
        1000 if re.search(r"[_\s](s|secs?|seconds?)$|秒", column.casefold()) and "毫秒" not in column else 1
    )
    if pa.types.is_duration(values.type):
        values, scale = values.cast(pa.duration("ms"), safe=False).cast(pa.int64()), 1
    unreadable = np.zeros(len(values), np.bool_)
    if pa.types.is_integer(values.type) and scale == 1 and not pa.types.is_uint64(values.type):
        numbers = values.cast(pa.int64())
    else:
        if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
            values, unreadable = _floats_of_text(as_text(values)[0])
        numbers, too_large = _rounded(values, scale)
        unreadable |= too_large
    problems: Problems = [(f"{field} is not a number", unreadable)] if unreadable.any() else []
    bounds = pc.min_max(numbers).as_py()
    if bounds["min"] is not None and (bounds["min"] < 0 or bounds["max"] > MILLISECONDS_MAX):
        clean = numbers.fill_null(0).to_numpy(zero_copy_only=False)
        problems.append((f"{field} is negative", clean < 0))
        problems.append((f"{field} is longer than ten years", clean > MILLISECONDS_MAX))
    return numbers, problems


def to_kind(values: pa.Array) -> tuple[pa.Array, Problems]:
    """Convert words for kinds to int8 indices into KINDS. Cost follows the distinct words of the batch."""
    text, _ = as_text(_plain(values))
    coded = text.dictionary_encode()
    words = coded.dictionary.to_pylist()
    index_of_word = np.array([_kind_code(word) for word in words] or [-1], np.int8)
    blank = np.array([not (word or "").strip() for word in words] or [True], np.bool_)
    null = _nulls(coded.indices)
    codes = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    kinds = np.where(null, np.int8(-1), index_of_word[codes])
    if (kinds >= 0).all():
        return pa.array(kinds), []
    missing = null | blank[codes]
    unknown = (kinds < 0) & ~missing
    return pa.array(kinds), [("kind is missing", missing), (_UNKNOWN_KIND, unknown)]


_UNKNOWN_KIND = "kind is unknown (--map kind=COLUMN names another column, --map kind= none)"


def _kind_code(word: str | None) -> int:
    index = kind_index(word or "")
    return -1 if index is None else index


class _Point(msgspec.Struct):
    x: float
    y: float
    t: float


_gesture_decoder = msgspec.json.Decoder(list[_Point])


def to_gesture(values: pa.Array, field: str = "gesture") -> tuple[pa.Array, Problems]:
    """Convert pointer traces: lists of {x, y, t}, or the same as JSON text (about a microsecond a trace)."""
    values = _plain(values)
    unreadable = np.zeros(len(values), np.bool_)
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), GESTURE), []
    if not _is_text(values.type):
        return values.cast(GESTURE, safe=False), []
    traces: list[list[dict[str, float]] | None] = []
    for i, text in enumerate(as_text(values)[0].to_pylist()):
        trace = None
        if text:
            try:
                trace = [
                    {"x": point.x, "y": point.y, "t": point.t} for point in _gesture_decoder.decode(text)
                ]
            except (msgspec.MsgspecError, UnicodeError):
                unreadable[i] = True
        traces.append(trace)
    problems: Problems = [(f"{field} is not a list of x, y, t", unreadable)] if unreadable.any() else []
    return pa.array(traces, GESTURE), problems


def cast_whole(text: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """Cast text if every value can be cast, else return None.

    Arrow takes a microsecond over each value that cannot be, so a few are tried before all.
    """
    try:
        text.slice(0, PROBE_VALUES).cast(kind)
        return text.cast(kind)
    except pa.ArrowInvalid:
        return None


def as_text(values: pa.Array) -> tuple[pa.Array, Bools]:
    """Return the column as string, null where its bytes are not UTF-8, and the mask of those."""
    kind = values.type
    unreadable = np.zeros(len(values), np.bool_)
    if pa.types.is_fixed_size_binary(kind):
        return pa.array([None if v is None else v.hex() for v in values.to_pylist()], pa.string()), unreadable
    if not (_is_text(kind) or _is_binary(kind)):
        return values.cast(pa.string()), unreadable
    text = values if kind == pa.string() else values.cast(pa.binary()).view(pa.string())
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        raw = text.view(pa.binary()).to_pylist()
        clean = [_decoded(value) for value in raw]
        unreadable = np.array(
            [a is not None and b is None for a, b in zip(raw, clean, strict=True)], np.bool_
        )
        text = pa.array(clean, pa.string())
    return text, unreadable


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _plain(values: pa.Array) -> pa.Array:
    """Unwrap dictionaries and extension types."""
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def _nulls(values: pa.Array) -> Bools:
    if values.null_count == 0 and not pa.types.is_floating(values.type):
        return np.zeros(len(values), np.bool_)
    mask: Bools = values.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
    return mask.copy()


def _whole(values: pa.Array) -> tuple[pa.Array, Bools]:
    """Floats → int64; the mask says which have a fraction or are too large to be exact."""
    null = _nulls(values)
    numbers = values.cast(pa.float64()).fill_null(0).to_numpy(zero_copy_only=False)
    numbers = np.where(null, 0, numbers)
    with np.errstate(invalid="ignore"):
        wrong = ~(np.abs(numbers) <= WHOLE_FLOAT_MAX) | (numbers != np.rint(numbers))
    return pa.array(np.where(wrong, 0, numbers).astype(np.int64), mask=null), wrong


def _rounded(values: pa.Array, scale: int) -> tuple[pa.Array, Bools]:
    null = _nulls(values)
    numbers = values.cast(pa.float64(), safe=False).fill_null(0).to_numpy(zero_copy_only=False)
    numbers = np.where(null, 0, numbers)
    too_large = ~np.isfinite(numbers)
    limit = 2.0 * MILLISECONDS_MAX
    whole = np.rint(np.clip(np.where(too_large, 0, numbers), -limit, limit) * scale).astype(np.int64)
    return pa.array(whole, mask=null), too_large


def _integers_of_text(text: pa.Array) -> tuple[pa.Array, Bools, Bools]:
    nothing = np.zeros(len(text), np.bool_)
    numbers = cast_whole(text, pa.int64())
    if numbers is not None:
        return numbers, nothing, nothing
    trimmed = pc.replace_substring_regex(pc.utf8_trim_whitespace(text), r"\.0*$", "")
    good = pc.fill_null(pc.match_substring_regex(trimmed, r"^[+-]?\d{1,18}$"), False)
    blank = pc.is_in(pc.utf8_lower(trimmed), pa.array(_NULL_WORDS))
    kept = pc.replace_substring_regex(pc.if_else(good, trimmed, pa.scalar(None, pa.string())), r"^\+", "")
    is_blank: Bools = blank.to_numpy(zero_copy_only=False)
    is_good: Bools = good.to_numpy(zero_copy_only=False)
    return kept.cast(pa.int64()), is_blank, ~is_good & ~is_blank & ~_nulls(text)


def _floats_of_text(text: pa.Array) -> tuple[pa.Array, Bools]:
    numbers = cast_whole(text, pa.int64())
    if numbers is not None:
        return numbers, np.zeros(len(text), np.bool_)
    trimmed = pc.utf8_trim_whitespace(text)
    good = pc.fill_null(pc.match_substring_regex(trimmed, _NUMBER_WORD), False)
    blank = pc.or_(pc.is_null(trimmed), pc.is_in(pc.utf8_lower(trimmed), pa.array(_NULL_WORDS)))
    kept = pc.replace_substring_regex(pc.if_else(good, trimmed, pa.scalar(None, pa.string())), r"^\+", "")
    wrong: Bools = pc.invert(pc.or_(good, blank)).to_numpy(zero_copy_only=False)
    return kept.cast(pa.float64()), wrong


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
    )
