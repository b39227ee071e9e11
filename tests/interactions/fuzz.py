"""Mutated small logs of every format, and what must hold however they are read. A seed is a case.

`case(seed)` writes nothing: it gives the files. `check` reads them and raises AssertionError where a rule is
broken. `shrink` makes the input of a failure small.
"""

from __future__ import annotations

import bz2
import copy
import gzip
import io
import json
import math
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tests.interactions.helpers import rows_of

from zhenzan.errors import ZhenzanError
from zhenzan.interactions import open_log

__all__ = ["CPU_SECONDS_MAX", "FORMATS", "Case", "case", "changed_bytes", "check", "shrink", "spoilt"]

CPU_SECONDS_MAX = 5.0  # of our own time, so that a busy machine changes nothing
ADDRESS = "10.98.76.54"  # of nobody who may be named in a list of what was rejected
START = 1_700_000_000

Row = dict[str, Any]
Files = dict[str, bytes]

NASTY: list[Any] = [
    None,
    "",
    " ",
    "\u3000",
    0,
    -1,
    1,
    2**31,
    2**63,
    -(2**63) - 1,
    10**40,
    0.1,
    -0.0,
    1e-9,
    1e19,
    1e308,
    math.nan,
    math.inf,
    -math.inf,
    True,
    False,
    [],
    {},
    [1, [2, [3]]],
    {"id": {"id": 1}},
    [None],
    "null",
    "NULL",
    "None",
    "NaN",
    "nan",
    "N/A",
    "\\N",
    "undefined",
    "true",
    "1e999",
    "9" * 25,
    "007",
    "'007",
    '="007"',
    "1,5",
    "7.3E+18",
    "+1",
    "0x10",
    "١٢٣",
    "2024-13-01",
    "2024-02-30T25:61:61Z",
    "0000-00-00",
    "1970-01-01",
    "9999-12-31",
    "soon",
    "2024-01-01 00:00:00 CST",
    "Mon Nov 27 10:00:00 +0800 2023",
    1.7e18,
    "45000.5",
    '"',
    '""',
    '"a',
    'a"b',
    "'",
    ",",
    ";",
    "\t",
    "a\nb",
    "a\r\nb",
    "\r",
    "\\",
    "\x00",
    "\ufeff",
    "\ud7ff",
    "\ufffd",
    "😀",
    "é" * 300,
    "x" * 5000,
    "{",
    "[",
    "}",
    "</script>",
    "=1+1",
    "like",
    "unlike",
    "LIKE",
    "view",
    "点赞",
    "-",
    "--",
    "#",
    ADDRESS,
    "::1",
]
PIECES = [
    b'"',
    b'""',
    b",",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"null",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\x1f\x8b",
    b"PAR1",
    b"BZh9",
    b"\xed\xa0\x80",
    b"1e999",
    b"NaN",
    b"-",
    b"\t",
    b"9" * 25,
    b'"\n"',
    b"true",
    b"\xf0\x9f\x98\x80",
    b"2024-13-01",
    b"\nnull\n",
    b"[]\n",
    b"{}\n",
    b"[" * 2000,
    b'{"a":' * 500,
    b" ",
    b"\xc2\xa0",
    b"\x1a",
    b"#",
]

LINES = [b"", b" ", b"null", b"{}", b"[]", b"x", b",,,,,,", b"1", b"\xff"]


def plain_rows(count: int) -> list[Row]:
    return [
        {
            "account": f"a{i % 5}é",
            "item": f"v{i % 4}",
            "timestamp": f"2023-11-14T22:{i:02}:20Z",
            "kind": "unlike" if i % 6 == 5 else "like",
            "creator": f"c{i % 2}",
            "watched": 100 * i,
            "ip": ADDRESS,
        }
        for i in range(count)
    ]


def kuairand_rows(count: int) -> list[Row]:
    flags = ("is_click", "is_like", "is_follow", "is_comment", "is_forward", "is_hate")
    return [
        {"user_id": 7 + i % 3, "video_id": 9 + i % 4, "time_ms": 1_650_812_741_436 + 1000 * i}
        | {flag: (i + j) % 2 for j, flag in enumerate(flags)}
        | {"play_time_ms": 100 * i, "duration_ms": 49_866}
        for i in range(count)
    ]


def gharchive_rows(count: int) -> list[Row]:
    return [
        {
            "id": str(2_489_651_057 + i),
            "type": "PushEvent" if i % 3 == 2 else "WatchEvent",
            "actor": {"id": 100 + i % 4, "login": f"ann{i % 4}"},
            "repo": {"id": i % 3, "name": f"owner/r{i % 3}"},
            "payload": {"action": "started"},
            "public": True,
            "created_at": f"2015-01-01T15:{i:02}:03Z",
        }
        for i in range(count)
    ]


def commit(i: int) -> Row:
    body: Row = {"operation": "delete" if i % 4 == 3 else "create", "rkey": f"k{i - i % 4 // 3}"}
    body |= {"collection": "app.bsky.feed.post" if i % 5 == 4 else "app.bsky.feed.like", "rev": "3"}
    if body["operation"] == "create":
        body["record"] = {
            "subject": {"uri": f"at://did:plc:c{i % 2}/app.bsky.feed.post/p{i % 3}", "cid": "b"}
        }
    return body


def jetstream_rows(count: int) -> list[Row]:
    return [
        {"did": f"did:plc:f{i % 3}", "time_us": START * 10**6 + i, "kind": "commit", "commit": commit(i)}
        for i in range(count)
    ]


def jetstream_2_rows(count: int) -> list[Row]:
    return [
        {"payload": {"did": f"did:plc:f{i % 3}", "time": f"2023-11-14T22:{i:02}:20.5Z"} | commit(i)}
        for i in range(count)
    ]


def as_delimited(rows: list[Row], delimiter: str) -> bytes:
    """Quoted where it must be, and a record of nothing but nothing is no empty line."""

    def cell(value: Any) -> str:
        text = "" if value is None else str(value)
        must = text != text.strip("\ufeff") or any(sign in text for sign in (delimiter, '"', "\r", "\n"))
        return '"' + text.replace('"', '""') + '"' if must else text

    lines = [
        delimiter.join(map(cell, record)) or '""' for record in (rows[0], *(row.values() for row in rows))
    ]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def as_lines(rows: list[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=i % 2 == 0) + "\n" for i, row in enumerate(rows)).encode()


def as_array(rows: list[Row]) -> bytes:
    return json.dumps(rows, indent=1).encode()


def as_parquet(rows: list[Row]) -> bytes:
    """What Parquet cannot hold as it is, such as a column of several types, is written as text."""
    columns = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [row.get(name) for row in rows]
        try:
            columns[name] = pa.array(values)
            pq.write_table(pa.table({name: columns[name]}), io.BytesIO())
        except (pa.ArrowException, OverflowError):
            columns[name] = pa.array([None if value is None else str(value) for value in values], pa.string())
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, row_group_size=5)
    return sink.getvalue()


def as_text_parquet(rows: list[Row]) -> bytes:
    return as_parquet(
        [{name: None if value is None else str(value) for name, value in row.items()} for row in rows]
    )


@dataclass(frozen=True)
class Format:
    """How a log of so many records is made and written. `lines`: whether a record is a line of its own."""

    ending: str
    rows: Callable[[int], list[Row]]
    write: Callable[[list[Row]], bytes]
    lines: bool = True


FORMATS = {
    "csv": Format("csv", plain_rows, lambda rows: as_delimited(rows, ",")),
    "tsv": Format("tsv", plain_rows, lambda rows: as_delimited(rows, "\t")),
    "semicolon": Format("csv", plain_rows, lambda rows: as_delimited(rows, ";")),
    "ndjson": Format("ndjson", plain_rows, as_lines),
    "json": Format("json", plain_rows, as_array, lines=False),
    "parquet": Format("parquet", plain_rows, as_parquet, lines=False),
    "text.parquet": Format("parquet", plain_rows, as_text_parquet, lines=False),
    "gharchive": Format("json", gharchive_rows, as_lines),
    "jetstream": Format("jsonl", jetstream_rows, as_lines),
    "jetstream 2": Format("jsonl", jetstream_2_rows, as_lines),
    "kuairand": Format("csv", kuairand_rows, lambda rows: as_delimited(rows, ",")),
}


def in_zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": lambda data: gzip.compress(data, 1, mtime=0),
    ".bz2": lambda data: bz2.compress(data, 1),
    ".zst": in_zstd,
}


@dataclass(frozen=True)
class Case:
    """Files by name; `records`: how many there are, None where only a reader could say."""

    name: str
    files: Files
    records: int | None

    def write(self, folder: Path) -> Path:
        """The log: its folder where there are several files."""
        for name, data in self.files.items():
            (folder / name).write_bytes(data)
        return folder if len(self.files) > 1 else folder / next(iter(self.files))


def case(seed: int) -> Case:
    dice = random.Random(seed)
    name = dice.choice(list(FORMATS))
    format = FORMATS[name]
    rows = format.rows(dice.choice([1, 3, 12, 12]))
    way = dice.choice(["bytes", "lines", "fields", "fields", "fields"])
    packing = "" if format.ending == "parquet" else dice.choice(["", "", *PACKINGS])
    records: int | None = len(rows)
    if way == "fields":
        rows = changed_fields(rows, dice)
        data = format.write(rows)
    elif way == "lines":
        data = changed_lines(format.write(rows), dice)
        records = _records_of(data, format)
    else:
        data, records = changed_bytes(format.write(rows), dice), None
    packed = PACKINGS[packing](data)
    if packing and dice.random() < 0.15:
        packed, records = changed_bytes(packed, dice), None
    files = {f"log_b.{format.ending}{packing}": packed}
    if dice.random() < 0.15:
        whole = format.rows(4)
        files = {f"log_a.{format.ending}": format.write(whole)} | files
        records = None if records is None else records + len(whole)
    return Case(f"{seed}: {name}{packing}, {way}", files, records)


def _records_of(data: bytes, format: Format) -> int | None:
    """How many lines hold a record. A line of blanks is one only where a record needs no bracket."""
    if not format.lines:
        return None
    if format.ending in ("csv", "tsv"):
        return sum(line != b"" for line in data.split(b"\n")) - 1
    return sum(not line.isspace() and line != b"" for line in data.split(b"\n"))


def changed_fields(rows: list[Row], dice: random.Random) -> list[Row]:
    """Some values of some records changed; the records stay as many. The columns are those of the first."""
    rows = copy.deepcopy(rows)
    for _ in range(dice.choice([1, 1, 2, 5, 12])):
        change = dice.choice([_splice, _splice, _splice, _drop, _reorder, _truncate, _repeat, _everywhere])
        change(rows, dice)
    return rows


def spoilt(seed: int) -> tuple[str, bytes, bytes, set[int]]:
    """A log's ending, the log as it should be, the same with strange values in some records, and which these
    are. The first, by which columns are named, is left alone.
    """
    dice = random.Random(seed)
    format = FORMATS[dice.choice(list(FORMATS))]
    rows = format.rows(12)
    changed, touched = copy.deepcopy(rows), dice.sample(range(1, len(rows)), dice.choice([1, 1, 2]))
    for at in touched:
        dice.choice([_splice, _splice, _splice, _drop, _truncate])([changed[at]], dice)
    return format.ending, format.write(rows), format.write(changed), set(touched)


def _cell(row: Row, dice: random.Random) -> tuple[Row, str] | None:
    """An object somewhere in the record, and one of its names."""
    while row:
        name = dice.choice(list(row))
        inner = row[name]
        if not isinstance(inner, dict) or not inner or dice.random() < 0.3:
            return row, name
        row = inner
    return None


def _splice(rows: list[Row], dice: random.Random) -> None:
    if cell := _cell(dice.choice(rows), dice):
        cell[0][cell[1]] = dice.choice(NASTY)


def _everywhere(rows: list[Row], dice: random.Random) -> None:
    """The same strange values all over a column."""
    if cell := _cell(rows[0], dice):
        values = dice.sample(NASTY, 2)
        for row in rows:
            if cell[1] in row:
                row[cell[1]] = dice.choice(values)


def _drop(rows: list[Row], dice: random.Random) -> None:
    if cell := _cell(dice.choice(rows), dice):
        del cell[0][cell[1]]


def _reorder(rows: list[Row], dice: random.Random) -> None:
    row = dice.choice(rows)
    names = dice.sample(list(row), len(row))
    values = dict(row)
    row.clear()
    row.update((name, values[name]) for name in names)


def _truncate(rows: list[Row], dice: random.Random) -> None:
    cell = _cell(dice.choice(rows), dice)
    if cell and isinstance(value := cell[0][cell[1]], str):
        cell[0][cell[1]] = value[: dice.randrange(len(value) + 1)]


def _repeat(rows: list[Row], dice: random.Random) -> None:
    """A field of one record in another, and once more under another name."""
    row, other = dice.choice(rows), dice.choice(rows)
    if row:
        name = dice.choice(list(row))
        other[dice.choice([name, f"{name}_2", name.upper(), "extra"])] = copy.deepcopy(row[name])


def changed_lines(data: bytes, dice: random.Random) -> bytes:
    lines = data.split(b"\n")
    for _ in range(dice.choice([1, 1, 2, 5])):
        at, other = dice.randrange(len(lines)), dice.randrange(len(lines))
        match dice.randrange(6):
            case 0 if len(lines) > 1:
                del lines[at]
            case 1:
                lines.insert(other, lines[at])
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines[at] = lines[at][: dice.randrange(len(lines[at]) + 1)]
            case 4:
                cut = dice.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:cut] + lines[other][cut:]
            case _:
                lines.insert(
                    at, dice.choice([b"", b" ", b"null", b"{}", b"[]", b"x", b",,,,,,", b"1", b"\xff"])
                )
    return b"\n".join(lines)


def changed_bytes(data: bytes, dice: random.Random) -> bytes:
    result = bytearray(data)
    for _ in range(dice.choice([1, 1, 2, 5, 20])):
        at = dice.randrange(len(result) + 1)
        match dice.randrange(4):
            case 0 if result:
                result[min(at, len(result) - 1)] = dice.randrange(256)
            case 1:
                result[at:at] = dice.choice(PIECES)
            case 2:
                del result[at : at + dice.randrange(30)]
            case _:
                result[at:at] = result[dice.randrange(len(result) + 1) :][: dice.randrange(40)]
    return bytes(result[: dice.randrange(len(result) + 1)] if dice.random() < 0.1 else result)


def check(log: Path, rejected: Path, records: int | None) -> str:
    """Read a log twice; "read", or the error that said why not. AssertionError where a rule is broken."""
    began = time.process_time()
    try:
        opened = open_log(log, rejects=rejected)
        rows = rows_of(opened)  # the counts add up, every batch is valid
        summary = opened.summary
        listed = rejected.read_text().splitlines()
        again = rows_of(open_log(log))
    except ZhenzanError as error:
        assert re.fullmatch(r"[^\n]+", str(error)), f"no line: {error!r}"  # noqa: PT017
        return str(error)
    assert repr(rows) == repr(again), "a second reading gives other rows"
    assert len(listed) == summary.rejected, f"{summary.rejected} rejected, {len(listed)} listed"
    assert not any(ADDRESS in line for line in listed), "the list of what was rejected holds an address"
    assert records is None or summary.rows_read == records, (
        f"{summary.rows_read} of {records} records were read"
    )
    took = time.process_time() - began
    assert took < CPU_SECONDS_MAX, f"two readings took {took:.1f} s"
    return "read"


def shrink(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """A part of the bytes that still fails, none of whose pieces can be left out."""
    size = len(data) // 2
    while size:
        at = 0
        while at < len(data):
            shorter = data[:at] + data[at + size :]
            if fails(shorter):
                data = shorter
            else:
                at += size
        size //= 2
    return data
