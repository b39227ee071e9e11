"""Write the made-up log, and what is known of it, to files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from zhenzan.errors import InputError
from zhenzan.sample.campaigns import CAMOUFLAGE, SOURCES
from zhenzan.sample.world import START, Sample

SUFFIXES = (".csv", ".parquet")
APP = "made-up sample"  # in every row, so that nobody takes the log for a real one


def write_log(sample: Sample, path: Path) -> None:
    """Write the log as CSV or Parquet, by the path's ending; missing folders are made.

    Raises:
        InputError: the path ends in neither `.csv` nor `.parquet`.
    """
    _write(as_table(sample), path)


def write_labels(sample: Sample, path: Path) -> None:
    """Write which likes were bought: columns `id` (as in the log), `fake` (0 or 1) and `how`.

    Likes by which hired accounts try to look natural are neither, and left out.
    """
    likes = ~sample.unlike & (sample.source != CAMOUFLAGE)
    labels = pa.table(
        {
            "id": _ids(len(sample.account)).filter(pa.array(likes)),
            "fake": pa.array((sample.source[likes] > 0).astype(np.int8)),
            "how": pa.array(np.array(SOURCES)[sample.source[likes]]),
        }
    )
    _write(labels, path)


def as_table(sample: Sample) -> pa.Table:
    """Return the log in the interaction schema's names; `duration` is null for the live room."""
    names = {
        int(item): f"{'live' if item == sample.live_item else 'video'}-{item:04d}"
        for item in np.unique(sample.item)
    }
    unknown = sample.duration_ms < 0
    return pa.table(
        {
            "id": _ids(len(sample.account)),
            "kind": pa.array(np.where(sample.unlike, "unlike", "like")),
            "timestamp": pa.array(
                START + (sample.seconds * 1e3).astype("timedelta64[ms]"), pa.timestamp("ms", "UTC")
            ),
            "account": pa.array([f"viewer-{a:05d}" for a in sample.account]),
            "item": pa.array([names[i] for i in sample.item]),
            "creator": pa.array([f"creator-{c:03d}" for c in sample.creator]),
            "watched": pa.array(sample.watched_ms),
            "duration": pa.array(sample.duration_ms, mask=unknown),
            "app": pa.array([APP] * len(sample.account)),
        }
    )


def _ids(count: int) -> pa.Array:
    return pa.array([f"L{row:06d}" for row in range(1, count + 1)])


def _write(table: pa.Table, path: Path) -> None:
    """Write beside the target and rename, so that a killed run leaves no half file."""
    if path.suffix not in SUFFIXES:
        raise InputError(
            f"{path}: the sample log is written as {' or '.join(SUFFIXES)}, by the ending of its name"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        if path.suffix == ".csv":
            pa_csv.write_csv(table, unfinished, pa_csv.WriteOptions(quoting_style="needed"))
        else:
            pa_parquet.write_table(table, unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
