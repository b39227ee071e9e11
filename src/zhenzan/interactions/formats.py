"""Which reader a file needs, told by the format asked for, else by its name and its first bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from zhenzan.errors import InputError, did_you_mean
from zhenzan.interactions.delimited import CsvTable
from zhenzan.interactions.dialects import PLAIN, Dialect
from zhenzan.interactions.documents import open_document
from zhenzan.interactions.excel import is_workbook, open_workbook
from zhenzan.interactions.files import Bytes, plain_name, starts_with
from zhenzan.interactions.gharchive import GhArchiveMemory, GhArchiveTable, is_gharchive
from zhenzan.interactions.jetstream import JetstreamMemory, JetstreamTable, is_jetstream
from zhenzan.interactions.jsontable import JsonArrayTable, JsonLinesTable
from zhenzan.interactions.kuairand import KuaiRand, is_kuairand
from zhenzan.interactions.parquet import open_parquet
from zhenzan.interactions.records import Table

__all__ = ["FORMATS", "Opening", "check_format", "dialect_of", "open_file"]

FORMATS: tuple[str, ...] = (
    "csv", "tsv", "ndjson", "json", "parquet", "excel", "kuairand", "gharchive", "jetstream",
)  # fmt: skip

SNIFF_BYTES = 64 << 10


def check_format(format: str | None) -> None:
    """Raise InputError if there is no such format."""
    if format is not None and format not in FORMATS:
        hint = did_you_mean(format, FORMATS) or "."
        raise InputError(f"There is no format {format!r}{hint} Formats: {', '.join(FORMATS)}.")


@dataclass(frozen=True)
class Opening:
    """How the files of one log are opened. format: None tells it. whole: look for fields in all lines of
    NDJSON rather than in the first megabyte. memory, names: shared by the Jetstream and GH Archive
    files of the log.
    """

    format: str | None = None
    whole: bool = False
    memory: JetstreamMemory = field(default_factory=JetstreamMemory)
    names: GhArchiveMemory = field(default_factory=GhArchiveMemory)


def open_file(path: str, opening: Opening) -> list[Table]:
    """Open one file: a table, or the sheets of a workbook; none if it is empty.

    Raises InputError if it cannot be read as that format.
    """
    told = opening.format if opening.format != "kuairand" else None
    if told == "excel" or is_workbook(starts_with(path, SNIFF_BYTES)):
        return [*open_workbook(path)]
    with Bytes(path) as source:
        head = source.read(SNIFF_BYTES).removeprefix(b"\xef\xbb\xbf")
        packed = source.compression is not None
    if not head.strip():
        return []
    if head.startswith(b"PAR1"):
        if told not in (None, "parquet"):
            raise InputError(f"{path} is a Parquet file, not {told}: leave out --format.")
        if packed:
            raise InputError(f"{path} is a packed Parquet file: unpack it (Parquet packs its own columns).")
        return [open_parquet(path)]
    if told == "parquet" or (told is None and plain_name(path).endswith((".parquet", ".pq"))):
        raise InputError(f"{path} is no Parquet file: it may be damaged, or misnamed.")
    return [_open_text(path, told, head, opening)]


def _open_text(path: str, told: str | None, head: bytes, opening: Opening) -> Table:
    if told in (None, "json"):
        document = open_document(path, head, len(head) < SNIFF_BYTES)
        if document is not None:
            return document
    found = told or _told_by_content(head)
    if found == "gharchive":
        return GhArchiveTable(path, opening.names)
    if found == "jetstream":
        return JetstreamTable(path, opening.memory)
    if found == "ndjson":
        return JsonLinesTable(path, opening.whole)
    if found == "json":
        return JsonArrayTable(path)
    return CsvTable(path, "\t" if found == "tsv" else None)


def _told_by_content(head: bytes) -> str:
    """Tell a format by a file's first bytes; its name is a label that anyone can stick on."""
    text = head.lstrip()
    if text.startswith(b"{"):
        lines = text.split(b"\n")
        return "gharchive" if is_gharchive(lines[0]) else "jetstream" if is_jetstream(lines) else "ndjson"
    return "json" if text.startswith(b"[") and not _looks_like_csv(text) else "csv"


def _looks_like_csv(text: bytes) -> bool:
    """Say whether a bracket begins a header line such as `[user],[item]` and no array of objects."""
    inner = text[1:].lstrip()
    return inner[:1] not in (b"{", b"]", b"") and inner[1:].lstrip()[:1] != b"{"


def dialect_of(table: Table, format: str | None) -> Dialect:
    """Return what the table's columns mean: KuaiRand's layout if asked for or unmistakable, else plain.

    Naming the file's own format (`csv`) reads a KuaiRand log as plain: its likes alone, without the views.
    """
    if format == "kuairand" or (format is None and is_kuairand(table.columns)):
        return KuaiRand(table)
    return PLAIN
