"""Which reader a file needs, told by the format asked for, else by its name and its first bytes."""

from __future__ import annotations

from zhenzan.errors import InputError, did_you_mean
from zhenzan.interactions.delimited import CsvTable
from zhenzan.interactions.dialects import PLAIN, Dialect
from zhenzan.interactions.files import Bytes, plain_name
from zhenzan.interactions.gharchive import GhArchiveTable, is_gharchive
from zhenzan.interactions.jetstream import JetstreamMemory, JetstreamTable, is_jetstream
from zhenzan.interactions.jsontable import JsonArrayTable, JsonLinesTable
from zhenzan.interactions.kuairand import KuaiRand, is_kuairand
from zhenzan.interactions.parquet import ParquetTable
from zhenzan.interactions.records import Table

__all__ = ["FORMATS", "check_format", "dialect_of", "open_file"]

FORMATS: tuple[str, ...] = ("csv", "tsv", "ndjson", "json", "parquet", "kuairand", "gharchive", "jetstream")

SNIFF_BYTES = 64 << 10


def check_format(format: str | None) -> None:
    """Raise InputError if there is no such format."""
    if format is not None and format not in FORMATS:
        hint = did_you_mean(format, FORMATS) or "."
        raise InputError(f"There is no format {format!r}{hint} Formats: {', '.join(FORMATS)}.")


def open_file(path: str, format: str | None, memory: JetstreamMemory) -> Table | None:
    """Open one file; None if it is empty. `memory` is shared by the files of one log.

    Raises InputError if it cannot be read as that format.
    """
    with Bytes(path) as source:
        head = source.read(SNIFF_BYTES).removeprefix(b"\xef\xbb\xbf")
    if not head.strip():
        return None
    told = format if format != "kuairand" else None
    if head.startswith(b"PAR1"):
        if told not in (None, "parquet"):
            raise InputError(f"{path} is a Parquet file, not {told}: leave out --format.")
        if source.compression:
            raise InputError(f"{path} is a packed Parquet file: unpack it (Parquet packs its own columns).")
        return ParquetTable(path)
    if told == "parquet" or (told is None and plain_name(path).endswith((".parquet", ".pq"))):
        raise InputError(f"{path} is no Parquet file: it may be damaged, or misnamed.")
    found = told or _told_by_content(head)
    if found == "gharchive":
        return GhArchiveTable(path)
    if found == "jetstream":
        return JetstreamTable(path, memory)
    if found == "ndjson":
        return JsonLinesTable(path)
    if found == "json":
        return JsonArrayTable(path)
    return CsvTable(path, "\t" if found == "tsv" else None)


def _told_by_content(head: bytes) -> str:
    """Tell a format by a file's first bytes; its name is a label that anyone can stick on."""
    text = head.lstrip()
    if text.startswith(b"{"):
        line = text.partition(b"\n")[0]
        return "gharchive" if is_gharchive(line) else "jetstream" if is_jetstream(line) else "ndjson"
    return "json" if text.startswith(b"[") and not _looks_like_csv(text) else "csv"


def _looks_like_csv(text: bytes) -> bool:
    """Say whether a bracket begins a header line such as `[user],[item]` and no array of objects."""
    return text[1:].lstrip()[:1] not in (b"{", b"]", b"")


def dialect_of(table: Table, format: str | None) -> Dialect:
    """Return what the table's columns mean: KuaiRand's layout if asked for or unmistakable, else plain.

    Naming the file's own format (`csv`) reads a KuaiRand log as plain: its likes alone, without the views.
    """
    if format == "kuairand" or (format is None and is_kuairand(table.columns)):
        return KuaiRand(table)
    return PLAIN
