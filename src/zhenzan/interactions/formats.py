"""Which reader a file needs, told by the format asked for, else by its name and its first bytes."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping

from zhenzan.errors import InputError, did_you_mean
from zhenzan.interactions.delimited import CsvTable
from zhenzan.interactions.dialects import PLAIN, Dialect
from zhenzan.interactions.files import Bytes, plain_name
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


def open_file(path: str, format: str | None) -> Table | None:
    """Open one file; None if it is empty. Raises InputError if it cannot be read as that format."""
    with Bytes(path) as source:
        head = source.read(SNIFF_BYTES)
    if not head.strip():
        return None
    if head.startswith(b"PAR1"):
        return ParquetTable(path)
    if format == "parquet" or plain_name(path).endswith((".parquet", ".pq")):
        raise InputError(f"{path} is not a Parquet file, whatever its name or --format says.")
    return CsvTable(path, "\t" if format == "tsv" else None)


def dialect_of(table: Table, format: str | None, asked: AnyMapping[str, str] | None) -> Dialect:
    """Return what the table's columns mean: KuaiRand's layout if asked for or unmistakable, else plain."""
    if format == "kuairand" or (format is None and not asked and is_kuairand(table.columns)):
        return KuaiRand(table)
    return PLAIN
