"""Conversion of source columns to canonical types, vectorised.

Each function returns the converted column and, for the rows that cannot be converted, a mask per reason
(none on the good path, which costs no more than the cast).
"""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.errors import InputError
from zhenzan.interactions.records import Bools
from zhenzan.interactions.schema import GESTURE, KIND_CODES, KINDS, LIKE, MARK_WORDS, kind_index

__all__ = [
    "NULL_WORDS",
    "Problems",
    "as_text",
    "cast_whole",
    "gaps_allowed",
    "id_type_of",
    "plain",
    "to_gesture",
    "to_ids",
    "to_kind",
    "to_milliseconds",
    "to_numbers",
    "to_text",
]

Problems = list[tuple[str, Bools]]

ID_BYTES_MAX = 1024  # an id longer than this is a mistake, such as a whole document in the wrong column
MILLISECONDS_MAX = 10 * 366 * 24 * 3600 * 1000  # nobody watches one item for more than ten years
PROBE_VALUES = 64  # tried before a whole column is cast
WHOLE_FLOAT_MAX = 2**53 - 1  # beyond it a float no longer holds every whole number

_NUMBER_WORD = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
NULL_WORDS = ("", "null", "none", "nan", "na", "n/a", "\\n", "undefined", "nil")


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


def to_ids(values: pa.Array, kind: pa.DataType, field: str) -> tuple[pa.Array, Problems]:
    """Convert ids to `kind` (int64 or string). Null and empty are missing."""
    values = plain(values)
    missing = _nulls(values)
    problems: Problems = []
    if pa.types.is_floating(values.type):
        values, fraction = _whole(values)
        problems += [(f"{field} is not a whole number", fraction)] if fraction.any() else []
    if kind == pa.int64():
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
        ids, cut = tidy_ids(ids)
        if cut.any():
            problems.append((f"{field} {CUT_NUMBER}", cut))
        problems += _controls(ids, field)
        missing |= _nulls(ids) & ~unreadable
        sizes = pc.binary_length(ids)
        bounds = pc.min_max(sizes).as_py()
        if bounds["min"] is not None and (bounds["min"] == 0 or bounds["max"] > ID_BYTES_MAX):
            lengths = sizes.fill_null(1).to_numpy(zero_copy_only=False)
            missing |= lengths == 0
            problems.append((f"{field} is longer than {ID_BYTES_MAX} bytes", lengths > ID_BYTES_MAX))
    if missing.any():
        problems.insert(0, (f"{field} is missing", missing))
    return ids, problems


CUT_NUMBER = "is a number that a spreadsheet has cut (7.3E+18): export it again as text"
_CUT_NUMBER = re.compile(r"[+-]?\d([.,]\d+)?[eE]\+?\d+")
_GUARDED = re.compile(r'=?"(.*)"|\'(\d.*)', re.DOTALL)


def tidy_ids(ids: pa.Array) -> tuple[pa.Array, Bools]:
    """Ids as they were meant: no blanks around, no guard of a spreadsheet (`'007`, `="007"`), no words for
    nothing, `1001.0` as 1001; and which of them have lost their digits. Each is read by itself.

    Good ids cost a look at their lengths, their first bytes and their last.
    """
    nothing = np.zeros(len(ids), np.bool_)
    first, second, last, length = _edges(ids)
    if length.size == 0:
        return ids, nothing
    blank = (first <= 32) | (last <= 32) | np.isin(last, WIDE_BLANK_LAST)
    blank |= (first == 0xE3) & (second == 0x80) | (first == 0xC2) & (second == 0xA0)
    guard = (first == ord("=")) | (first == ord("'"))
    word = np.isin(length, _NULL_LENGTHS) & np.isin(first | 32, _NULL_FIRST)
    digit = (first >= 48) & (first <= 57)
    point = digit & ((second == ord(".")) | (second == ord(",")) | ((second | 32) == ord("e")))
    doubted = np.flatnonzero((blank | guard | word | point) & (length > 0))
    cut = nothing
    if doubted.size:
        before = ids.take(pa.array(doubted)).to_pylist()
        after = [_tidy(value) for value in before]
        cut[doubted] = [value is not None and bool(_CUT_NUMBER.fullmatch(value)) for value in after]
        if before != after:
            mask = np.zeros(len(ids), np.bool_)
            mask[doubted] = True
            ids = pc.replace_with_mask(ids, pa.array(mask), pa.array(after, pa.string()))
    if bool(((last == 48) & digit & (length > 2)).any()) and pc.any(pc.match_substring(ids, ".0")).as_py():
        ids = pc.replace_substring_regex(ids, r"^(\d+)\.0+$", r"\1")
    return ids, cut


WIDE_BLANK_LAST = np.array([0x80, 0xA0], np.uint8)  # of an ideographic and a no-break space in UTF-8
_NULL_LENGTHS = sorted({len(word) for word in NULL_WORDS if word})
_NULL_FIRST = sorted({ord(word[0]) | 32 for word in NULL_WORDS if word})


def _tidy(value: str | None) -> str | None:
    text = (value or "").strip()
    if guarded := _GUARDED.fullmatch(text):
        text = guarded.group(1) or guarded.group(2) or ""
    return None if text.casefold() in NULL_WORDS else text


def _edges(text: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """First, second and last byte of each value, uint8, and its length in bytes; 0 where there is none."""
    if len(text) == 0 or text.buffers()[2] is None:
        empty = np.zeros(0, np.uint8)
        return empty, empty, empty, np.zeros(0, np.int64)
    offsets = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]
    data = np.frombuffer(text.buffers()[2], np.uint8)
    begin, length = offsets[:-1], np.diff(offsets)
    if data.size == 0:
        zero = np.zeros(len(text), np.uint8)
        return zero, zero, zero, length
    top = data.size - 1
    first = np.where(length > 0, data[np.minimum(begin, top)], 0).astype(np.uint8)
    second = np.where(length > 1, data[np.minimum(begin + 1, top)], 0).astype(np.uint8)
    last = np.where(length > 0, data[np.maximum(offsets[1:] - 1, 0)], 0).astype(np.uint8)
    return first, second, last, length


def gaps_allowed(ids: pa.Array, problems: Problems) -> tuple[pa.Array, Problems]:
    """Make missing ids null and no problem: an unknown creator is a gap in a log, not a bad record."""
    for reason, mask in problems:
        if reason.endswith(" is missing"):
            ids = pc.if_else(pa.array(mask), pa.scalar(None, ids.type), ids)
    return ids, [(reason, mask) for reason, mask in problems if not reason.endswith(" is missing")]


def to_text(values: pa.Array, field: str) -> tuple[pa.Array, Problems]:
    """Convert to string; empty and words for nothing become null."""
    text, unreadable = as_text(plain(values))
    text, _ = tidy_ids(text)
    if pc.any(pc.equal(pc.binary_length(text), 0)).as_py():
        text = pc.if_else(pc.equal(pc.binary_length(text), 0), pa.scalar(None, pa.string()), text)
    problems = [(f"{field} is not UTF-8", unreadable)] if unreadable.any() else []
    return text, problems + _controls(text, field)


def _controls(text: pa.Array, field: str) -> Problems:
    """Where a value holds a control character: no database keeps U+0000, no person sees the others.

    Cost for good values: one pass over their bytes.
    """
    if len(text) == 0 or text.buffers()[2] is None:
        return []
    offsets = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]
    letters = np.frombuffer(text.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    if letters.size == 0 or (letters.min() >= 32 and not _has_high_control(letters.tobytes())):
        return []
    mask = pc.match_substring_regex(text, _CONTROL).fill_null(False).to_numpy(zero_copy_only=False)
    return [(f"{field} holds a control character", mask)] if mask.any() else []


def _has_high_control(letters: bytes) -> bool:
    """Whether there may be a U+007F, or one of U+0080 to U+009F, whose first byte is C2."""
    return b"\x7f" in letters or b"\xc2" in letters


_CONTROL = r"[\x00-\x1f\x7f-\x{9f}]"


def to_milliseconds(values: pa.Array, field: str, column: str) -> tuple[pa.Array, Problems]:
    """Convert a length of time to int64 milliseconds; null, NaN and empty stay null.

    Numbers are milliseconds unless the column's name ends in `_s`, `_sec` or `_seconds`.
    """
    values = plain(values)
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


def to_numbers(values: pa.Array) -> npt.NDArray[np.float64]:
    """Numbers or texts of numbers as float64; NaN where there is none."""
    values = plain(values)
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        values, _ = _floats_of_text(as_text(values)[0])
    return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False))


def to_kind(values: pa.Array, column: str = "kind") -> tuple[pa.Array, list[tuple[str, Bools]]]:
    """Convert words for kinds, or marks (1 and 0, true and false), to int8 indices into KINDS.

    An absent word is a like, for writers leave out what is usual. Returned apart: the rows that are no
    interaction we know, such as a mark that says no or another kind of event, and why. `column`: the log's
    name, where it alone tells what numbers mean. Cost follows the distinct words of the batch.
    """
    values = plain(values)
    coded = as_text(values)[0].dictionary_encode()
    words = [(word or "").strip() for word in coded.dictionary.to_pylist()] or [""]
    codes_of = KIND_CODES.get("".join(c for c in column.casefold() if c.isalnum()), {})
    index_of_word = np.array([_kind_code(word, codes_of) for word in words], np.int8)
    codes = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    kinds = np.where(_nulls(coded.indices), np.int8(LIKE), index_of_word[codes])
    other = kinds < 0
    if not other.any():
        return pa.array(kinds), []
    skipped = [
        (f"kind is {word[:KIND_CHARACTERS]!r}", other & (codes == code))
        for code, word in enumerate(words)
        if index_of_word[code] < 0
    ]
    if len(skipped) > KINDS_NAMED_MAX:
        skipped = [*skipped[:KINDS_NAMED_MAX], ("kind is another word", other)]
    return pa.array(np.maximum(kinds, 0)), skipped


KIND_CHARACTERS, KINDS_NAMED_MAX = 40, 20


def _kind_code(word: str, codes: AnyMapping[str, str]) -> int:
    """Index into KINDS, −1 for none."""
    if codes:
        return KINDS.index(codes[word]) if word in codes else -1
    if word.casefold() in NULL_WORDS:
        return LIKE
    kind = MARK_WORDS.get(word.casefold(), word)
    index = None if kind is None else kind_index(kind)
    return -1 if index is None else index


class _Point(msgspec.Struct):
    x: float
    y: float
    t: float


_gesture_decoder = msgspec.json.Decoder(list[_Point])


def to_gesture(values: pa.Array, field: str = "gesture") -> tuple[pa.Array, Problems]:
    """Convert pointer traces: lists of {x, y, t}, or the same as JSON text (about a microsecond a trace)."""
    values = plain(values)
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


def plain(values: pa.Array) -> pa.Array:
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
    blank = pc.is_in(pc.utf8_lower(trimmed), pa.array(NULL_WORDS))
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
    blank = pc.or_(pc.is_null(trimmed), pc.is_in(pc.utf8_lower(trimmed), pa.array(NULL_WORDS)))
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
