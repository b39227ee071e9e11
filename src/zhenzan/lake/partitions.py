"""Partitions of the lake: `date=2026-11-27/hour=14/…parquet` by event time, UTC; small files are compacted.

A file's name is the sequence numbers that it may hold, so a segment that is written twice, for a crash came
between, gives the same files. Merging makes a new folder for the hour and swaps it in.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhenzan.errors import LakeError, LakeFullError
from zhenzan.lake.columns import COLUMNS, marked
from zhenzan.lake.damage import is_part, read_part, reading_part, warn_foreign
from zhenzan.lake.dedup import fingerprints
from zhenzan.lake.journal import FULL, sync_folder
from zhenzan.lake.locks import swapping
from zhenzan.times import HOUR_US

__all__ = [
    "SMALL_ROWS",
    "compact_hour",
    "finish_swap",
    "first_sequence",
    "hour_of",
    "last_sequence",
    "next_sequence",
    "partition_files",
    "rows_of",
    "write_partitions",
]

SMALL_ROWS = 1_000_000  # files under this are worth merging
MERGED_ROWS_MAX = 4_000_000  # of one file
SMALL_FILES_MAX = 12  # in an hour that still receives rows
_ENCODINGS = {
    "id": "DELTA_LENGTH_BYTE_ARRAY",
    **dict.fromkeys(("sequence", "timestamp", "received"), "DELTA_BINARY_PACKED"),
}
_REPEATED = [name for name in COLUMNS.names if name not in (*_ENCODINGS, "gesture")]
_KEY = (np.uint64(0), np.uint64(0))  # ids of one hour are compared here, whoever chose them


def write_partitions(root: Path, scratch: Path, first: int, batches: Sequence[pa.RecordBatch]) -> int:
    """Write rows into the folders of their hours; return how many. Durable when it returns; the same rows
    again change nothing.
    """
    if not batches:
        return 0
    table = pa.Table.from_batches(batches, COLUMNS)
    hours = pc.divide(table["timestamp"].cast(pa.int64()), HOUR_US)
    last = first + table.num_rows - 1
    for hour, rows in _by_hour(hours.to_numpy()):
        folder = root / hour_name(hour)
        folder.mkdir(parents=True, exist_ok=True)
        part = table if rows is None else table.take(rows)
        _write(part, folder / f"{first:020d}-{last:020d}.parquet", scratch)
    return int(table.num_rows)


def _by_hour(hours: npt.NDArray[np.int64]) -> Iterator[tuple[int, npt.NDArray[np.int64] | None]]:
    if hours.size and hours.min() == hours.max():
        yield int(hours[0]), None
        return
    order = np.argsort(hours, kind="stable")
    distinct_hours, begins = np.unique(hours[order], return_index=True)
    for hour, rows in zip(distinct_hours, np.split(order, begins[1:]), strict=True):
        yield int(hour), rows


def compact_hour(folder: Path, scratch: Path, *, closed: bool) -> bool:
    """Merge the small files of an hour where they are many, or all of an hour that is `closed`, and drop
    ids that came twice. Returns whether it did. Memory: the rows that are merged.
    """
    sizes = {path: rows_of(path) for path in partition_files(folder)}
    small = [path for path, rows in sizes.items() if rows < SMALL_ROWS]
    if len(small) < 2 or (not closed and len(small) <= SMALL_FILES_MAX):
        return False
    chosen = _within(small, sizes)
    if len(chosen) < 2:
        return False
    merged = _deduplicated(pa.concat_tables([read_part(path) for path in chosen]))
    new = scratch / "merged"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    name = f"{min(map(first_sequence, chosen)):020d}-{max(map(last_sequence, chosen)):020d}.parquet"
    _write(merged, new / name, scratch)
    for path in sorted(folder.iterdir()):  # foreign files too: they are not ours to delete
        if path not in chosen and path.is_file():
            os.link(path, new / path.name)
    sync_folder(new)
    with swapping(folder.parent.parent, exclusive=True):
        old = scratch / "old"
        shutil.rmtree(old, ignore_errors=True)
        (scratch / "swap").write_text(str(folder.relative_to(folder.parent.parent)), "utf-8")
        sync_folder(scratch)
        folder.rename(old)
        new.rename(folder)
        sync_folder(folder.parent)
        (scratch / "swap").unlink()
    shutil.rmtree(old, ignore_errors=True)
    return True


def finish_swap(root: Path, scratch: Path) -> None:
    """Finish a swap of files that a crash interrupted."""
    note = scratch / "swap"
    if not note.exists():
        return
    folder = root / note.read_text("utf-8")
    if not folder.exists() and (scratch / "merged").exists():
        (scratch / "merged").rename(folder)
    elif not folder.exists() and (scratch / "old").exists():
        (scratch / "old").rename(folder)
    note.unlink()


def _within(small: list[Path], sizes: dict[Path, int]) -> list[Path]:
    """The first of the small files that make one large one at most."""
    chosen: list[Path] = []
    rows = 0
    for path in small:
        if chosen and rows + sizes[path] > MERGED_ROWS_MAX:
            break
        chosen.append(path)
        rows += sizes[path]
    return chosen


def _deduplicated(table: pa.Table) -> pa.Table:
    """The rows in order, of each id the first."""
    if (np.diff(table["sequence"].to_numpy()) < 0).any():
        table = table.sort_by("sequence")
    ids = fingerprints(table["id"].combine_chunks(), _KEY)
    _, first = np.unique(ids, return_index=True)
    return table if first.size == len(ids) else table.take(np.sort(first))


def partition_files(root: Path) -> list[Path]:
    """The lake's files below a folder, those of earlier interactions first within an hour. Others are left
    out, and named in the log.
    """
    files = []
    for path in sorted(root.rglob("*.parquet")):
        if is_part(path):
            files.append(path)
        else:
            warn_foreign(path)
    return files


def rows_of(path: Path) -> int:
    with reading_part(path):
        return int(pq.read_metadata(path).num_rows)


def first_sequence(path: Path) -> int:
    return int(path.stem.split("-")[0])


def last_sequence(path: Path) -> int:
    return int(path.stem.split("-")[1])


def next_sequence(root: Path) -> int:
    """The first number that no file holds."""
    return max((last_sequence(path) + 1 for path in partition_files(root)), default=0)


def hour_name(hour: int) -> str:
    at = datetime.fromtimestamp(hour * 3600, UTC)
    return f"date={at:%Y-%m-%d}/hour={at:%H}"


def hour_of(folder: Path) -> int:
    """Hours since 1970 of an hour's folder."""
    at = datetime.strptime(f"{folder.parent.name[5:]} {folder.name[5:]}", "%Y-%m-%d %H")
    return int(at.replace(tzinfo=UTC).timestamp()) // 3600


def _write(table: pa.Table, path: Path, scratch: Path) -> None:
    """Whole or not at all, and durable."""
    part = scratch / f"{path.name}.{os.getpid()}"
    try:
        with part.open("wb") as file:
            pq.write_table(
                marked(table),
                file,
                compression="zstd",
                compression_level=1,
                use_dictionary=_REPEATED,
                column_encoding=_ENCODINGS,
                write_statistics=["sequence", "timestamp"],
                write_page_checksum=True,  # without, two of three flipped bits are read as other values
            )
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        kind = LakeFullError if error.errno in FULL else LakeError
        raise kind(f"{path}: {error.strerror or error}") from error
