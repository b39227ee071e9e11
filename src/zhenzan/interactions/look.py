"""A preview of a log without judging it: its columns, time span, kinds and first rows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.interactions.log import Log, LogSummary, read_line, read_log
from zhenzan.interactions.schema import KINDS
from zhenzan.progress import SILENT, Progress

__all__ = ["Look", "look"]


@dataclass(frozen=True)
class Look:
    """reading: `Log.reading` with `first` and `last` time (ISO 8601, UTC; empty where there is none), `kinds`
    and the share of `distinct_ids`; rows: the first interactions, kinds as words; summary: what became of all
    records.
    """

    reading: dict[str, Any]
    rows: list[dict[str, Any]]
    summary: LogSummary

    def line(self) -> str:
        """Summary of the rows read, in one line."""
        reading = self.reading
        return read_line(
            self.summary,
            reading["kinds"],
            reading["first"],
            reading["last"],
            reading["zone"],
            reading["distinct_ids"],
        )


def look(
    source: Any,
    *,
    format: str | None = None,
    mapping: Mapping[str, str] | None = None,
    zone: str | None = None,
    rejects: str | os.PathLike[str] | None = None,
    rows: int = 5,
    progress: Progress = SILENT,
) -> Look:
    """Read a log whole and say how: see `open_log` for what may be given.

    Raises InputError as `open_log` and `Log.batches` do; a log without likes is no error here. Memory: the
    different ids of the log, if it has an id column. Cost: one pass.
    """
    fields = dict(mapping or {})
    _, seen = read_log(
        lambda log: _looked(log, rows),
        source,
        format=format,
        mapping=fields,
        zone=zone,
        rejects=rejects,
        progress=progress,
    )
    return seen


def _looked(log: Log, rows: int) -> Look:
    first: datetime | None = None
    last: datetime | None = None
    shown: list[dict[str, Any]] = []
    ids: list[pa.Array] = []
    counted = 0
    for batch in log.batches():
        bounds = pc.min_max(batch["timestamp"]).as_py()
        first = bounds["min"] if first is None else min(first, bounds["min"])
        last = bounds["max"] if last is None else max(last, bounds["max"])
        shown += _rows(batch.slice(0, max(rows - len(shown), 0)))
        if "id" in batch.schema.names:
            known = batch["id"].drop_null()
            counted += len(known)
            ids.append(known.unique())
    distinct = len(pa.chunked_array(ids).unique()) / counted if counted else None
    reading = {
        **log.reading,
        "first": _iso(first),
        "last": _iso(last),
        "kinds": dict(log.summary.kinds),
        "distinct_ids": None if distinct is None else round(distinct, 4),
    }
    return Look(reading, shown, log.summary)


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    for row in batch.to_pylist():
        if "kind" in row:
            row["kind"] = KINDS[row["kind"]]
        yield row


def _iso(time: datetime | None) -> str:
    return "" if time is None else f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
