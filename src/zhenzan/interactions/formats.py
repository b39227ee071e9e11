"""Log formats: which reader a file needs, by the format asked for, or by its name and first bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhenzan.errors import InputError, did_you_mean
from zhenzan.interactions.delimited import CsvTable
from zhenzan.interactions.documents import open_document
from zhenzan.interactions.excel import is_workbook, open_workbook
from zhenzan.interactions.files import Bytes, plain_name, starts_with
from zhenzan.interactions.gharchive import GhArchiveMemory, GhArchiveTable, is_gharchive
from zhenzan.interactions.jetstream import JetstreamMemory, JetstreamTable, is_jetstream
from zhenzan.interactions.json_table import JsonArrayTable, JsonLinesTable
from zhenzan.interactions.kuairand import KuaiRand, is_kuairand
from zhenzan.interactions.layouts import PLAIN_LAYOUT
from zhenzan.interactions.layouts import Layout as Dialect
from zhenzan.interactions.parquet import open_parquet
from zhenzan.interactions.records import Table

__all__ = ["FORMATS", "NAMED", "Opening", "check_format", "layout_of", "open_file"]


@dataclass(frozen=True)
class Layout:
    """Tables of a foreign log, whatever files they are in: `tells` knows them by the names of their columns,
    and `dialect` says what these mean.
    """

    name: str
    tells: Callable[[Sequence[str]], bool]
    dialect: Callable[[Table], Dialect]


@dataclass(frozen=True)
class EventFormat:
    """Text files of a foreign log with a reader of their own: `tells` knows them by their first lines. The
    files of one log share a `memory`.
    """

    name: str
    tells: Callable[[Sequence[bytes]], bool]
    memory: Callable[[], Any]
    table: Callable[[str, Any], Table]


LAYOUTS: tuple[Layout, ...] = (Layout("kuairand", is_kuairand, KuaiRand),)

EVENT_FORMATS: tuple[EventFormat, ...] = (
    EventFormat("gharchive", is_gharchive, GhArchiveMemory, GhArchiveTable),
    EventFormat("jetstream", is_jetstream, JetstreamMemory, JetstreamTable),
)
"""In the order in which they are tried."""

NAMED: tuple[str, ...] = (*(layout.name for layout in LAYOUTS), *(format.name for format in EVENT_FORMATS))
"""Formats in which each row says what it is."""

FORMATS: tuple[str, ...] = ("csv", "tsv", "ndjson", "json", "parquet", "excel", *NAMED)

SNIFF_BYTES = 64 << 10


def check_format(format: str | None) -> None:
    """Raise InputError if there is no such format."""
    if format is not None and format not in FORMATS:
        hint = did_you_mean(format, FORMATS) or "."
        raise InputError(f"There is no format {format!r}{hint} Formats: {', '.join(FORMATS)}.")


@dataclass(frozen=True)
class Opening:
    """How the files of one log are opened. format: None tells it. whole: look for fields in all lines of
    NDJSON rather than in the first megabyte. memories: what the files of each event format share.
    """

    format: str | None = None
    whole: bool = False
    memories: dict[str, Any] = field(
        default_factory=lambda: {event_format.name: event_format.memory() for event_format in EVENT_FORMATS}
    )


def open_file(path: str, opening: Opening) -> list[Table]:
    """Open one file: a table, or the sheets of a workbook; none if it is empty.

    Raises InputError if it cannot be read as that format.
    """
    is_layout = any(opening.format == layout.name for layout in LAYOUTS)  # of tables in files of any format
    chosen_format = None if is_layout else opening.format
    if chosen_format == "excel" or is_workbook(starts_with(path, SNIFF_BYTES)):
        return [*open_workbook(path)]
    with Bytes(path) as source:
        head = source.read(SNIFF_BYTES).removeprefix(b"\xef\xbb\xbf")
        packed = source.compression is not None
    if not head.strip():
        return []
    if head.startswith(b"PAR1"):
        if chosen_format not in (None, "parquet"):
            raise InputError(f"{path} is a Parquet file, not {chosen_format}: leave out --format.")
        if packed:
            raise InputError(f"{path} is a packed Parquet file: unpack it (Parquet packs its own columns).")
        return [open_parquet(path)]
    if chosen_format == "parquet" or (
        chosen_format is None and plain_name(path).endswith((".parquet", ".pq"))
    ):
        raise InputError(f"{path} is not a Parquet file: it may be damaged, or misnamed.")
    return [_open_text(path, chosen_format, head, opening)]


def _open_text(path: str, chosen_format: str | None, head: bytes, opening: Opening) -> Table:
    if chosen_format in (None, "json"):
        document = open_document(path, head, len(head) < SNIFF_BYTES)
        if document is not None:
            return document
    kind = chosen_format or _format_by_content(head)
    for event_format in EVENT_FORMATS:
        if kind == event_format.name:
            return event_format.table(path, opening.memories[kind])
    if kind == "ndjson":
        return JsonLinesTable(path, opening.whole)
    if kind == "json":
        return JsonArrayTable(path)
    return CsvTable(path, "\t" if kind == "tsv" else None)


def _format_by_content(head: bytes) -> str:
    """Tell a format by a file's first bytes; its name is a label that anyone can stick on."""
    text = head.lstrip()
    lines = text.split(b"\n")
    for event_format in EVENT_FORMATS:
        if event_format.tells(lines):
            return event_format.name
    if text.startswith(b"{"):
        return "ndjson"
    return "json" if text.startswith(b"[") and not _looks_like_csv(text) else "csv"


def _looks_like_csv(text: bytes) -> bool:
    """Say whether a bracket begins a header line such as `[user],[item]` and no array of objects."""
    inner = text[1:].lstrip()
    return inner[:1] not in (b"{", b"]", b"") and inner[1:].lstrip()[:1] != b"{"


def layout_of(table: Table, format: str | None) -> Dialect:
    """Return what the table's columns mean: a layout's dialect if asked for or unmistakable, else plain.

    Naming the file's own format (`csv`) reads a KuaiRand log as plain: its likes alone, without the views.
    """
    for layout in LAYOUTS:
        if format == layout.name or (format is None and layout.tells(table.columns)):
            return layout.dialect(table)
    return PLAIN_LAYOUT
