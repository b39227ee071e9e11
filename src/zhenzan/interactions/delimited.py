"""CSV and TSV reader: blocks of whole records by Arrow's parser, irregular ones line by line.

Blocks are cut here, not by the parser, so that the physical line of any record is known without a pass over
the good ones. Quoted values may hold delimiters, doubled quotes and line ends. A block whose quotes do not
add up (a stray `"`) is read line by line instead, so that one bad line costs one record.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from zhenzan.errors import InputError
from zhenzan.interactions.files import Bytes, plain_name
from zhenzan.interactions.lines import BLOCK_BYTES, check_line_length, estimate_lines
from zhenzan.interactions.records import Chunk, Integers, good_positions

__all__ = ["CsvTable"]

HEAD_BYTES = 1 << 20  # looked at for the header, the delimiter and the length of a line
RECORD_BYTES_MAX = 4 << 20  # a "record" longer than this is an opened quote that is never closed
DELIMITERS = (",", "\t", ";", "|")

# An unquoted empty field, or one of these, is null. `nan` is what table libraries write for an absent number.
_NULL_WORDS = ["", "NULL", "null", "\\N", "NaN", "nan"]


class CsvTable:
    """One delimited text file with a header line, UTF-8. Memory: a few blocks of 32 MiB."""

    again = True

    def __init__(self, path: str, delimiter: str | None = None) -> None:
        self.name = path
        with Bytes(path) as source:
            head = _without_mark(source.read(HEAD_BYTES), path)
            whole = len(head) < HEAD_BYTES
            consumed = source.size if whole else source.consumed
        self._old_mac = b"\n" not in head and b"\r" in head
        if self._old_mac:
            head = head.replace(b"\r", b"\n")
        self._header_lines, self._header_bytes, line, named = _header_line(head)
        self.delimiter = delimiter or named or _delimiter_of(line, path)
        self.format = "tsv" if self.delimiter == "\t" else "csv"
        self.columns: tuple[str, ...] = tuple(_names(line, self.delimiter, path))
        body = head[self._header_bytes :]
        self.row_estimate: int | None = estimate_lines(body, whole, source.size, consumed) if body else 0

    def id_type(self, column: str) -> pa.DataType:
        """Text, always: 007 and 7 may be two accounts, and no look at the first lines can know."""
        return pa.string()

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        column_positions = {name: self.columns.index(name) for name in columns}
        lines_before = self._header_lines
        for block in self._blocks():
            chunk = self._parse(block, column_positions, lines_before)
            if chunk.records:
                yield chunk
            lines_before += block.count(b"\n")

    def _blocks(self) -> Iterator[bytes]:
        """Yield blocks that end where a record ends (or where a quote was never closed)."""
        with Bytes(self.name) as source:
            carry = self._skip_header(source)
            while True:
                fresh = source.read(BLOCK_BYTES)
                if self._old_mac:
                    fresh = fresh.replace(b"\r", b"\n")
                block = carry + fresh if carry else fresh
                if not fresh:
                    if block:
                        yield block
                    return
                cut = _last_record_end(block)
                if len(block) - cut > RECORD_BYTES_MAX:
                    cut = block.rfind(b"\n") + 1
                carry = block[cut:]
                check_line_length(carry, self.name)
                if cut:
                    yield block[:cut]

    def _skip_header(self, source: Bytes) -> bytes:
        head = _without_mark(source.read(HEAD_BYTES), self.name)
        return (head.replace(b"\r", b"\n") if self._old_mac else head)[self._header_bytes :]

    def _parse(self, block: bytes, column_positions: dict[str, int], lines_before: int) -> Chunk:
        if _is_utf8_block(block) and _quotes_add_up(block, self.delimiter) and not _stray_returns(block):
            try:
                return self._parse_fast(block, column_positions, lines_before)
            except pa.ArrowInvalid:
                pass
        return self._parse_lines(block, column_positions, lines_before)

    def _parse_fast(self, block: bytes, column_positions: dict[str, int], lines_before: int) -> Chunk:
        line_of = _line_finder(block, lines_before)
        if block.isspace():
            return Chunk({name: pa.array([], pa.string()) for name in column_positions}, 0)
        malformed: list[tuple[int, str]] = []
        width = len(self.columns)

        def note(row: pa_csv.InvalidRow) -> str:
            malformed.append((row.number - 1, f"expected {width} columns, found {row.actual_columns}"))
            return "skip"

        names = [str(i) for i in range(width)]  # a log may use one name twice
        table = pa_csv.read_csv(
            pa.BufferReader(block),
            pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(block) + 1),
            pa_csv.ParseOptions(
                delimiter=self.delimiter, invalid_row_handler=note, newlines_in_values=b'"' in block
            ),
            pa_csv.ConvertOptions(
                include_columns=[names[i] for i in column_positions.values()],
                column_types={names[i]: pa.string() for i in column_positions.values()},
                null_values=_NULL_WORDS,
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        columns = {name: _one_array(table[names[i]]) for name, i in column_positions.items()}
        records = table.num_rows + len(malformed)
        return Chunk(columns, records, good_positions(records, malformed), malformed, line_of=line_of)

    def _parse_lines(self, block: bytes, column_positions: dict[str, int], lines_before: int) -> Chunk:
        """Read a block line by line, about a microsecond each; a value cannot hold a line end here."""
        width = len(self.columns)
        values: list[list[str | None]] = [[] for _ in column_positions]
        malformed: list[tuple[int, str]] = []
        numbers: list[int] = []
        for number, raw in enumerate(block.split(b"\n")):
            line = raw.removesuffix(b"\r")
            if not line:
                continue
            fields = _fields(line, self.delimiter)
            if fields is None:
                malformed.append((len(numbers), "quotes do not add up"))
            elif len(fields) != width:
                malformed.append((len(numbers), f"expected {width} columns, found {len(fields)}"))
            else:
                picked = [fields[i] for i in column_positions.values()]
                bad = next(
                    (
                        name
                        for name, value in zip(column_positions, picked, strict=True)
                        if not _is_utf8(value)
                    ),
                    None,
                )
                if bad is None:
                    for column, value in zip(values, picked, strict=True):
                        column.append(None if value in _NULL_WORDS else value)
                else:
                    malformed.append((len(numbers), f"column {bad!r} is not UTF-8"))
            numbers.append(lines_before + number + 1)
        columns = {
            name: pa.array(column, pa.string()) for name, column in zip(column_positions, values, strict=True)
        }
        positions = good_positions(len(numbers), malformed)
        return Chunk(columns, len(numbers), positions, malformed, line_of=numbers.__getitem__)


def _without_mark(head: bytes, path: str) -> bytes:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path} is UTF-16: save it as UTF-8, e.g. iconv -f UTF-16 -t UTF-8.")
    return head.removeprefix(b"\xef\xbb\xbf")


def _header_line(head: bytes) -> tuple[int, int, str, str | None]:
    """Return how many lines and bytes the header takes, its text, and the delimiter that a line `sep=;` of
    Excel names. Blank lines and comments before the header are skipped.
    """
    start, named = 0, None
    while True:
        start += len(head[start:]) - len(head[start:].lstrip(b"\r\n"))
        end = head.find(b"\n", start)
        end = len(head) if end < 0 else end
        line = head[start:end].removesuffix(b"\r").decode("utf-8", "surrogateescape")
        next_line = head[end + 1 :].lstrip(b"\r\n").partition(b"\n")[0].decode("utf-8", "surrogateescape")
        if separator := re.fullmatch(r'"?sep=(.)"?', line):
            named = separator[1]
        elif not _is_comment(line, next_line):
            return head.count(b"\n", 0, end + 1), min(end + 1, len(head)), line.removeprefix("#"), named
        if end >= len(head):
            return head.count(b"\n"), len(head), "", named
        start = end + 1


def _names(line: str, delimiter: str, path: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise InputError(f"{path}: the header line cannot be read ({error}).") from None


def _is_comment(line: str, next_line: str) -> bool:
    """Whether a line that begins with # is no header: it has not the delimiters of the next."""
    if not line.startswith("#"):
        return False
    return next_line.startswith("#") or any(line.count(mark) != next_line.count(mark) for mark in DELIMITERS)


def _delimiter_of(line: str, path: str) -> str:
    try:
        line.encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{path}: the header is not UTF-8 text. Convert the file, e.g. iconv -f GB18030 -t UTF-8."
        ) from None
    by_name = "\t" if plain_name(path).endswith(".tsv") else ","
    best, most = by_name, line.count(by_name)
    for delimiter in DELIMITERS:
        if line.count(delimiter) > most:
            best, most = delimiter, line.count(delimiter)
    return best


def _is_utf8_block(block: bytes) -> bool:
    if block.isascii():
        return True
    ends = np.array([0, len(block)], np.int32)
    text = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(ends), pa.py_buffer(block)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _is_utf8(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fields(line: bytes, delimiter: str) -> list[str] | None:
    text = line.decode("utf-8", "surrogateescape")
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        pass
    # A quote inside an unquoted field is an ordinary character; one that opens a field must close it.
    fields = text.split(delimiter)
    return None if any(field.startswith('"') for field in fields) else fields


def _inside_quotes(block: bytes) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint8]], Integers]:
    """Return the bytes, and the positions of line ends that are not inside quotes."""
    data = np.frombuffer(block, np.uint8)
    line_ends = np.flatnonzero(data == 10)
    quotes = np.flatnonzero(data == 34)
    opened = np.searchsorted(quotes, line_ends) & 1
    return data, line_ends[opened == 0]


def _last_record_end(block: bytes) -> int:
    """Return where the last whole record ends, 0 if none does."""
    if b'"' not in block:
        return block.rfind(b"\n") + 1
    _, ends = _inside_quotes(block)
    return int(ends[-1]) + 1 if len(ends) else 0


def _quotes_add_up(block: bytes, delimiter: str) -> bool:
    """Say whether every quote opens a field, closes one, or is doubled inside one, as RFC 4180 wants."""
    if b'"' not in block:
        return True
    data = np.frombuffer(block, np.uint8)
    quotes = np.flatnonzero(data == 34)
    if len(quotes) % 2:
        return False
    openers, closers = quotes[0::2], quotes[1::2]
    before = np.where(openers == 0, 10, data[np.maximum(openers - 1, 0)])
    last = len(data) - 1
    after = np.where(closers == last, 10, data[np.minimum(closers + 1, last)])
    mark = ord(delimiter)
    opens = (before == mark) | (before == 10) | (before == 34)
    closes = (after == mark) | (after == 10) | (after == 13) | (after == 34)
    return bool(opens.all() and closes.all())


def _stray_returns(block: bytes) -> bool:
    """Say whether a carriage return stands alone outside quotes: Arrow would end a record there."""
    if block.count(b"\r") == block.count(b"\r\n"):
        return False
    data = np.frombuffer(block, np.uint8)
    returns = np.flatnonzero(data == 13)
    followed = data[np.minimum(returns + 1, len(data) - 1)]
    alone = returns[(followed != 10) & (returns < len(data) - 1)]
    opened = np.searchsorted(np.flatnonzero(data == 34), alone) & 1
    return bool((opened == 0).any())


def _line_finder(block: bytes, lines_before: int) -> Callable[[int], int]:
    """Return a function from a record's position in the block to its physical line.

    The work is done when first asked, for good records never ask.
    """
    known: list[Integers] = []

    def line_of(position: int) -> int:
        if not known:
            known.append(_record_lines(block))
        lines = known[0]
        return lines_before + int(lines[min(position, len(lines) - 1)])

    return line_of


def _record_lines(block: bytes) -> Integers:
    data, ends = _inside_quotes(block)
    starts = np.concatenate([[0], ends + 1])
    ends = np.append(ends, len(data))
    sizes = ends - starts
    first = data[np.minimum(starts, len(data) - 1)]
    filled = (sizes > 1) | ((sizes == 1) & (first != 13))
    line_ends = np.flatnonzero(data == 10)
    lines: Integers = np.searchsorted(line_ends, starts[filled]) + 1
    return lines


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
