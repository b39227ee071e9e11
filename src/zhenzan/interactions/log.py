"""A log: one or more files (or a dataframe) read as one stream of interactions.

The road: `open_log` finds the files, tells their formats, maps their columns and settles one type for each
kind of id; `Log.batches` reads, brings every chunk into the schema, and counts. Nothing stays in memory.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.errors import InputError, some_of
from zhenzan.interactions.formats import NAMED, Opening, check_format, layout_of
from zhenzan.interactions.json_table import LateFieldError
from zhenzan.interactions.layouts import Layout
from zhenzan.interactions.mapping import Mapping, checked_fields
from zhenzan.interactions.normalize import Normalizer
from zhenzan.interactions.prefetch import prefetch
from zhenzan.interactions.pseudonyms import KeyedHash
from zhenzan.interactions.records import Table
from zhenzan.interactions.rejects import Rejects
from zhenzan.interactions.schema import KINDS, LIKE, SCHEMA
from zhenzan.interactions.sources import open_tables
from zhenzan.interactions.times import check_zone
from zhenzan.progress import SILENT, Progress

__all__ = ["Log", "LogSummary", "open_log", "read_line", "read_log", "why_no_likes"]

T = TypeVar("T")

REASONS_SHOWN, READ_AS_LINES_MAX, NAMES_SHOWN = 4, 3, 5
_ID_FIELDS = ("account", "item", "creator")


@dataclass(frozen=True)
class LogSummary:
    """Summary of the rows read. `rows_read = accepted + rejected + skipped`, always, in input records.

    `skipped` are records that are no interactions we know (a push event among GitHub's stars, a mark that
    says no). `examples`: where one record of a reason for rejection stands, and its value.
    `remarks`: how many rows have what must be said of them.
    `interactions` counts the rows given out, of which one record may give several; `kinds` counts these.
    """

    rows_read: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    interactions: int = 0
    by_reason: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    skipped_by_reason: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, int] = field(default_factory=dict)
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Source:
    table: Table
    mapping: Mapping
    layout: Layout
    remarks: tuple[str, ...] = ()


class Log:
    """An opened log: its columns and types are known, its rows are read by `batches`, as often as asked.

    columns: canonical columns present (known before reading); files: names in reading order; format: of its
    files, joined by "+" where they differ; row_estimate: input records, exact for Parquet, else guessed from
    the first megabyte, None if unknown; summary: of the latest reading, complete once that has ended.
    """

    def __init__(
        self,
        sources: Sequence[_Source],
        rejects: Path | None,
        hash_key: bytes | None,
        zone: str | None,
        left_out: Sequence[str],
        progress: Progress,
    ) -> None:
        self._sources = sources
        self._rejects_path = rejects
        self._hash_key = hash_key
        self.zone = zone
        self.left_out = list(left_out)
        self._progress = progress
        self.files = [source.table.name for source in sources]
        self.format = "+".join(sorted({source.layout.name or source.table.format for source in sources}))
        present = {name for source in sources for name in source.layout.columns(source.mapping)}
        self.columns = frozenset(present)
        estimates = [source.table.row_estimate for source in sources]
        self.row_estimate = None if None in estimates else sum(e for e in estimates if e is not None)
        self.types = _settle_types(sources)
        self.schema = pa.schema(
            [pa.field(f.name, self.types.get(f.name, f.type)) for f in SCHEMA if f.name in present | {"row"}]
        )
        self.summary = LogSummary(sources=tuple(self.files))

    @property
    def reading(self) -> dict[str, Any]:
        """How the log is read: `columns`, a mapping (ours: yours) for each way in which files are; the `zone`
        of times that name none; `files` read and `left_out`; `remarks` on what was chosen, left over or not
        used, and once it is read on what was found.
        """
        ways = list(dict.fromkeys(source.mapping for source in self._sources))
        remarks = dict.fromkeys(remark for source in self._sources for remark in source.remarks)
        left_out = (
            [f"left out, for they are no logs: {some_of(self.left_out, NAMES_SHOWN)}."]
            if self.left_out
            else []
        )
        remarks_counted = [f"{count:,} {remark}" for remark, count in self.summary.remarks.items()]
        return {
            "format": self.format,
            "columns": [dict(way.pairs) for way in ways],
            "zone": self.zone or "UTC",
            "files": list(self.files),
            "left_out": list(self.left_out),
            "remarks": [*remarks, *left_out, *remarks_counted],
        }

    def read_as(self) -> list[str]:
        """A line for each way in which files are read, for a person: `account=login · item=repo · …`."""
        lines = []
        for way in self.reading["columns"]:
            every = [] if "kind" in way or self.format in NAMED else ["every row a like"]
            lines.append(" · ".join([*(f"{ours}={yours}" for ours, yours in way.items()), *every]))
        return lines[:READ_AS_LINES_MAX]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Read the log once, in order; yield batches of `schema`, about a million rows each.

        Bad records are counted and written to the rejects file, never raised. Raises InputError where a file
        is damaged or the log holds no records at all, ResultError where the rejects cannot be written.
        Memory: a few batches. Cost: one pass.
        """
        rejects = Rejects(self._rejects_path)
        counts = _Counts()
        rejects.open()
        try:
            with self._progress.step("Reading the log", self.row_estimate) as advance:
                for source in self._sources:
                    for batch, records in self._read(source, counts, rejects):
                        advance(records)
                        if batch.num_rows:
                            yield batch
        finally:
            rejects.close()
            self.summary = counts.summary(rejects, self.files)
        for remark, count in self.summary.remarks.items():
            self._progress.say(f"{count:,} {remark}")
        if counts.rows_read == 0:
            raise InputError(f"{_several(self.files)} holds no records: the log is empty.")

    def _read(
        self, source: _Source, counts: _Counts, rejects: Rejects
    ) -> Iterator[tuple[pa.RecordBatch, int]]:
        hashes = {name: KeyedHash(self._hash_key, name) for name in ("ip", "device")}
        shaper = Normalizer(source.table.name, source.mapping, self.types, hashes, self.zone)
        expand = source.layout.prepare()
        first_record = 0
        chunks = source.table.chunks(source.layout.source_columns(source.mapping))
        # A dataframe is in memory already, and its library may not like another thread.
        for chunk in chunks if source.table.format == "dataframe" else prefetch(chunks):
            shaped = shaper.normalize(
                chunk, counts.rows_read, first_record, rejects, source.layout.check(chunk)
            )
            columns, rows = expand(shaped, chunk)
            batch = self._batch(columns, rows)
            skipped = {**chunk.skipped, **shaped.skipped}
            counts.remarks.update(chunk.remarks)
            counts.add(chunk.records, skipped, _different(shaped.rows), batch)
            first_record += chunk.records
            yield batch, chunk.records

    def _batch(self, columns: AnyMapping[str, pa.Array], rows: npt.NDArray[np.int64]) -> pa.RecordBatch:
        arrays: list[pa.Array] = []
        for name, kind in zip(self.schema.names, self.schema.types, strict=True):
            if name == "row":
                arrays.append(pa.array(rows))
            elif name in columns:
                arrays.append(columns[name])
            elif name == "kind":
                arrays.append(pa.array(np.full(len(rows), LIKE, np.int8)))
            else:
                arrays.append(pa.nulls(len(rows), kind))
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def read_line(
    summary: LogSummary, kinds: AnyMapping[str, int], first: str, last: str, zone: str, distinct: float | None
) -> str:
    """Summary of the rows read, in one line: kinds, rows that are none, span of time, zone, share of
    different ids.
    """
    parts = [", ".join(f"{count:,} {kind}" for kind, count in kinds.items()) or "no interactions"]
    left = (("rejected", summary.rejected), ("skipped", summary.skipped))
    parts += [f"{count:,} {word}" for word, count in left if count]
    if first:
        parts.append(f"{first} … {last}, times without a zone: {zone}")
    if distinct is not None:
        parts.append(f"{distinct:.1%} distinct ids")
    return f"Read: {' · '.join(parts)}"


def why_no_likes(summary: LogSummary) -> str:
    """The message for a log without likes: what became of its rows."""
    read = f"The log holds no likes, so there is nothing to verify: of {summary.rows_read:,} rows "
    parts = []
    if summary.rejected:
        reasons = list(summary.by_reason.items())[:REASONS_SHOWN]
        where = {reason: f", e.g. {example}" for reason, example in summary.examples.items()}
        named = "; ".join(f"{reason} ({count:,}{where.get(reason, '')})" for reason, count in reasons)
        parts.append(f"{summary.rejected:,} were rejected: {named}")
    if summary.skipped:
        reasons = list(summary.skipped_by_reason.items())[:REASONS_SHOWN]
        named = "; ".join(f"{reason} ({count:,})" for reason, count in reasons)
        parts.append(f"{summary.skipped:,} are no likes: {named}")
    if summary.interactions:
        named = ", ".join(f"{count:,} {kind}" for kind, count in summary.kinds.items())
        parts.append(f"{summary.interactions:,} are other interactions: {named}")
    return f"{read}{', '.join(parts)}. Name the columns with --map, or --map kind= where all are likes."


class _Counts:
    def __init__(self) -> None:
        self.rows_read = self.accepted = self.interactions = 0
        self.skipped: Counter[str] = Counter()
        self.remarks: Counter[str] = Counter()
        self.kinds = np.zeros(len(KINDS), np.int64)

    def add(self, records: int, skipped: AnyMapping[str, int], accepted: int, batch: pa.RecordBatch) -> None:
        self.rows_read += records
        self.skipped.update(skipped)
        self.accepted += accepted
        self.interactions += batch.num_rows
        if "kind" in batch.schema.names:
            self.kinds += np.bincount(batch["kind"].to_numpy(), minlength=len(KINDS))
        else:
            self.kinds[LIKE] += batch.num_rows

    def summary(self, rejects: Rejects, files: Sequence[str]) -> LogSummary:
        return LogSummary(
            rows_read=self.rows_read,
            accepted=self.accepted,
            rejected=rejects.total,
            skipped=self.skipped.total(),
            interactions=self.interactions,
            by_reason=dict(rejects.by_reason.most_common()),
            examples=dict(rejects.examples),
            skipped_by_reason=dict(self.skipped.most_common()),
            kinds={name: int(n) for name, n in zip(KINDS, self.kinds, strict=True) if n},
            remarks=dict(self.remarks),
            sources=tuple(files),
        )


def open_log(
    source: Any,
    *,
    format: str | None = None,
    mapping: AnyMapping[str, str] | None = None,
    rejects: str | os.PathLike[str] | None = None,
    hash_key: bytes | None = None,
    zone: str | None = None,
    whole: bool = False,
    progress: Progress = SILENT,
) -> Log:
    """Open a log: list its files, recognise formats and columns, read no rows yet.

    source: a path, glob or folder, several of these, or a dataframe (anything narwhals knows, Arrow tables
    and readers, DuckDB relations). format: None tells it by name and content; else one of `FORMATS`. mapping:
    {"account": "user_id"}; an empty value says that there is no such column, "=ann" that all rows are of ann,
    {"like": "column"} that this column marks likes. rejects: where bad records are written (NDJSON); None
    only counts them. hash_key: the secret that replaces addresses and devices (see `pseudonyms`). zone: of
    times that name none, an IANA name; None is UTC. whole: look for fields in all of an NDJSON file (after a
    `LateFieldError`).

    Raises InputError where files are missing, empty, unreadable, or lack a needed column.
    """
    check_format(format)
    check_zone(zone)
    fields = checked_fields(mapping)
    opened = open_tables(source, Opening(format, whole), fields)
    sources: list[_Source] = []
    for one in opened.tables:
        dialect = layout_of(one.table, format)
        parts = dialect.resolve(one.table, one.mapping)
        sources.append(_Source(parts.table, parts.mapping, dialect, (*one.remarks, *parts.remarks)))
    log = Log(
        sources, Path(rejects) if rejects is not None else None, hash_key, zone, opened.left_out, progress
    )
    for line in (*log.reading["remarks"], *(f"Read as: {line}" for line in log.read_as())):
        progress.say(line)
    return log


def read_log(consume: Callable[[Log], T], source: Any, **options: Any) -> tuple[Log, T]:
    """Open a log by `open_log` with these options, and what `consume` makes of it. Where a field turns up
    late the log is opened anew, all of it looked at.
    """
    try:
        log = open_log(source, **options)
        return log, consume(log)
    except LateFieldError as late:
        options.get("progress", SILENT).say(f"{late.where} The log is read again, all of it looked at.")
        log = open_log(source, whole=True, **options)
        return log, consume(log)


def _settle_types(sources: Sequence[_Source]) -> dict[str, pa.DataType]:
    """Return int64 for a kind of id if it is whole numbers in every file, else string."""
    types: dict[str, pa.DataType] = {}
    for name in _ID_FIELDS:
        kinds = [source.layout.id_type(source.table, source.mapping, name) for source in sources]
        known = [kind for kind in kinds if kind is not None]
        if known:
            types[name] = pa.int64() if all(kind == pa.int64() for kind in known) else pa.string()
    return types


def _different(rows: npt.NDArray[np.int64]) -> int:
    """How many records these rows come from; those of one record follow each other."""
    return len(rows) and 1 + int(np.count_nonzero(np.diff(rows)))


def _several(files: Sequence[str]) -> str:
    return files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more files"
