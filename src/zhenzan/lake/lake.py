"""The lake's writer: interactions enter the journal, and soon after the Parquet files of their hours.

    home/journal/   acknowledged, not yet in files
    home/lake/      the files
    home/scratch/   what is being written; emptied at each start

One process at a time writes; any number read.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhenzan.atomic_files import write_file
from zhenzan.closeable import Closeable
from zhenzan.deprecation import renamed_attributes
from zhenzan.errors import LakeError, LakeFullError, NewerVersionError
from zhenzan.interactions import ROW_COLUMNS
from zhenzan.lake.columns import COLUMNS, version_of
from zhenzan.lake.damage import linked_as, read_part, reading_part
from zhenzan.lake.dedup import REMEMBERED, RecentIds
from zhenzan.lake.journal import Journal, read_segment, segments, sync_folder
from zhenzan.lake.locks import only_one, swapping
from zhenzan.lake.partitions import (
    SMALL_ROWS,
    compact_hour,
    finish_swap,
    first_sequence,
    hour_of,
    last_sequence,
    next_sequence,
    partition_files,
    write_partitions,
)
from zhenzan.times import HOUR_US, now_us

__all__ = ["AppendResult", "Lake", "lake_files", "lake_hours", "link_hours", "read_since"]

SEGMENT_BYTES_MAX = 256 << 20
SEGMENT_ROWS_MAX = SMALL_ROWS  # whoever sends so fast gets files that need no merging
SEGMENT_SECONDS_MAX = 10.0
WAITING_SEGMENTS_MAX = 3  # closed and not yet in files; beyond that `append` is to be put off
BATCH_ROWS = 1 << 20
CLOSED_AFTER_HOURS = 2  # an hour that ended this long before the newest row is merged whole
KEEP_SEEN_KEY = "seen.key"

log = logging.getLogger("zhenzan.lake")


class AppendResult:
    """Result of `append`: the new rows, with their sequence numbers, and which they are."""

    def __init__(self, batch: pa.RecordBatch, is_new: np.ndarray) -> None:
        self.batch, self.is_new = batch, is_new


@renamed_attributes(tend="flush_segments")
class Lake(Closeable):
    """The writer's side. `append` from one thread at a time; the rest from any."""

    def __init__(
        self,
        home: Path,
        *,
        clock: Callable[[], int] | None = None,
        remembered: int = REMEMBERED,
        segment_seconds: float = SEGMENT_SECONDS_MAX,
        keep_days: int | None = None,
        needed_from: Callable[[], int] = lambda: sys.maxsize,
    ) -> None:
        """Open the lake at `home`, bring what a crash left into its files. `keep_days`: hours older than
        that, counted from the newest row that does not claim to come from the future, are deleted, but for
        those that are `needed_from` a time (µs) on. Raises LakeError where another process writes it.
        """
        self.home = home
        self.root, self._journals, self._scratch = home / "lake", home / "journal", home / "scratch"
        self._clock = clock or now_us
        self._segment_seconds, self._keep_days = segment_seconds, keep_days
        self._needed_from = needed_from
        self._swap = threading.Lock()  # of the open journal
        self._flushing = threading.Lock()  # of the files
        self._unmerged: set[str] = set()  # hours that cannot be merged, as the log tells already
        try:
            for folder in (home, self.root, self._journals, self._scratch):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = only_one(
                home / "writer.lock", f"{home}: another process writes this lake; stop it first"
            )
        except OSError as error:
            raise LakeError(f"{home}: {error.strerror or error}") from error
        try:
            self._recover(remembered)
        except BaseException:
            os.close(self._lock)
            raise

    def _recover(self, remembered: int) -> None:
        finish_swap(self.root, self._scratch)
        shutil.rmtree(self._scratch)
        self._scratch.mkdir(mode=0o700)
        self.seen = RecentIds(_seen_key(self.home / KEEP_SEEN_KEY), remembered)
        self.seen.rollback(self.seen.add(pa.array(["any"])))  # compiles now, not while somebody waits
        self.newest = 0  # event time, µs
        self._remember()
        for path in segments(self._journals):
            self._file(path)
        self.sequence = next_sequence(self.root)
        self._journal = Journal(self._journals, self.sequence)
        self._waiting: list[Path] = []

    @property
    def is_behind(self) -> bool:
        """Rows come faster than files are written: put `append` off."""
        return len(self._waiting) >= WAITING_SEGMENTS_MAX

    def append(self, arrivals: pa.RecordBatch) -> AppendResult:
        """Store the rows (ROW_COLUMNS) whose ids are new; durable when it returns. Raises LakeFullError,
        LakeError: then none is kept.

        What may fail comes before the rows are durable: after that nothing does, and they are answered as
        kept.
        """
        assert arrivals.schema.equals(ROW_COLUMNS), arrivals.schema
        if self._is_due():
            self._rotate()
        added = self.seen.add(arrivals.column("id"))
        try:
            fresh = arrivals if added.count == arrivals.num_rows else arrivals.filter(pa.array(added.is_new))
            batch = self._numbered(fresh)
            if batch.num_rows:
                with self._swap:
                    self._journal.append(batch, self.sequence)
        except BaseException:
            self.seen.rollback(added)
            raise
        self.sequence += batch.num_rows
        return AppendResult(batch, added.is_new)

    def flush_segments(self) -> int:
        """Bring closed segments into files, merge small files, delete what is too old. Returns rows filed."""
        if self._is_due():
            self._rotate()
        filed = 0
        with self._flushing:
            while self._waiting:
                filed += self._file(self._waiting[0])
                self._waiting.pop(0)
        return filed

    def merge(self) -> int:
        """Merge the small files of every hour that needs it; returns how many hours were touched."""
        newest = self.newest // HOUR_US
        folders = sorted({path.parent for path in partition_files(self.root)})
        if self._keep_days is not None and folders:
            last = min(max(hour_of(folder) for folder in folders), self._clock() // HOUR_US)
            kept_from = min(last - self._keep_days * 24, self._needed_from() // HOUR_US)
            for folder in [hour_folder for hour_folder in folders if hour_of(hour_folder) < kept_from]:
                with swapping(self.root, exclusive=True):
                    shutil.rmtree(folder)
                folders.remove(folder)
        merged = 0
        for folder in folders:
            with self._flushing:
                closed = hour_of(folder) < newest - CLOSED_AFTER_HOURS
                merged += self._merge(folder, closed)
        return merged

    def _merge(self, folder: Path, closed: bool) -> bool:
        """A damaged file stops the merging of its own hour, and is named in the log once."""
        try:
            return compact_hour(folder, self._scratch, closed=closed)
        except LakeFullError:
            raise
        except LakeError as error:
            if str(error) not in self._unmerged:
                self._unmerged.add(str(error))
                log.error("an hour is not merged: %s", error)
            return False

    def flush(self) -> None:
        """Everything acknowledged so far lies in files afterwards."""
        if self._journal.rows:
            self._rotate()
        self.flush_segments()

    def close(self) -> None:
        """Move every row into files, and release the lock."""
        try:
            self.flush()
            self._journal.close()
            self._journal.path.unlink()
        finally:
            os.close(self._lock)

    def _numbered(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        sequence = pa.array(np.arange(self.sequence, self.sequence + rows.num_rows))
        received = pa.array(np.full(rows.num_rows, self._clock())).cast(COLUMNS.field("received").type)
        return pa.RecordBatch.from_arrays([sequence, *rows.columns, received], schema=COLUMNS)

    def _is_due(self) -> bool:
        journal = self._journal
        return journal.rows > 0 and (
            journal.rows >= SEGMENT_ROWS_MAX
            or journal.bytes >= SEGMENT_BYTES_MAX
            or time.monotonic() - journal.opened_at >= self._segment_seconds
        )

    def _rotate(self) -> None:
        """Close the open segment and begin another."""
        with self._swap:
            if self._journal.rows:
                closed, self._journal = self._journal, Journal(self._journals, self.sequence)
                closed.close()
                self._waiting.append(closed.path)

    def _file(self, path: Path) -> int:
        """Bring one segment into files, then delete it."""
        batches = list(read_segment(path, dropped=_tell_dropped))
        if batches:
            first = batches[0].column("sequence")[0].as_py()
            write_partitions(self.root, self._scratch, first, batches)
            times = max(int(batch.column("timestamp").cast(pa.int64()).to_numpy().max()) for batch in batches)
            self.newest = max(self.newest, times)
        path.unlink()
        sync_folder(self._journals)
        return sum(batch.num_rows for batch in batches)

    def _remember(self) -> None:
        """Remember the ids of the newest rows."""
        paths = sorted(partition_files(self.root), key=first_sequence, reverse=True)
        journals = segments(self._journals)
        count = 0
        for path in reversed(journals):
            for batch in read_segment(path):
                count += self.seen.learn(batch.column("id"))
        for path in paths:
            if count >= self.seen.remembered:
                break
            try:
                with reading_part(path), pq.ParquetFile(path) as file:
                    version_of(file.metadata.metadata, path)
                    for batch in file.iter_batches(SEGMENT_ROWS_MAX, columns=["id"]):
                        count += self.seen.learn(batch.column(0))
            except NewerVersionError:
                raise
            except LakeError as error:  # its ids may be kept twice, which counts once: no reason to take none
                log.error("the ids of a file are not remembered: %s", error)


def lake_files(home: Path) -> list[Path]:
    """The files of a lake as they are now. Raises LakeError where a crash left it in the middle of a merge:
    its writer puts that right when it starts.
    """
    with _swap_excluded(home) as files:
        return files


@contextmanager
def _swap_excluded(home: Path) -> Iterator[list[Path]]:
    """The files, while none is merged away."""
    root = home / "lake"
    with swapping(root):
        if (home / "scratch" / "swap").exists():
            raise LakeError(f"{home}: the service stopped in the middle of a merge; start it again")
        yield partition_files(root)


def lake_hours(home: Path) -> list[int]:
    """The hours (since 1970) that have files, ascending. Raises LakeError as `lake_files` does."""
    return sorted({hour_of(path.parent) for path in lake_files(home)})


def link_hours(home: Path, into: Path, *, since: int | None = None, until: int | None = None) -> list[Path]:
    """Link the files of hours from `since` to `until` (µs), or of all, into a new folder, so that merging
    does not take them away while they are read.
    """
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    linked: list[Path] = []
    with _swap_excluded(home) as files:
        for path in files:
            begin = hour_of(path.parent) * HOUR_US
            if (since is None or begin >= since) and (until is None or begin < until):
                target = into / linked_as(path)
                os.link(path, target)
                linked.append(target)
    return linked


def read_since(
    home: Path, sequence: int, *, unread: Callable[[LakeError], object] | None = None
) -> Iterator[pa.RecordBatch]:
    """Rows of the files from a sequence number on, in order. Memory: a million rows, and a file of them.

    Raises LakeError at a damaged file; where `unread` is given it is called with the file, which is left out.
    """
    damaged: set[Path] = set()

    def rows_of(path: Path, expression: pc.Expression) -> Iterator[pa.Table]:
        try:
            yield read_part(path, filters=expression)
        except LakeError as error:
            if unread is None:
                raise
            damaged.add(path)
            unread(error)

    paths = [path for path in lake_files(home) if last_sequence(path) >= sequence]
    begin = max(sequence, min(map(first_sequence, paths), default=0))
    end = max(map(last_sequence, paths), default=-1) + 1
    number = pc.field("sequence")
    for first in range(begin, end, BATCH_ROWS):
        stop = first + BATCH_ROWS
        here = (number >= first) & (number < stop)
        chosen = [path for path in paths if first_sequence(path) < stop and last_sequence(path) >= first]
        tables = [table for path in chosen if path not in damaged for table in rows_of(path, here)]
        if tables:
            yield from pa.concat_tables(tables).sort_by("sequence").to_batches()


def _tell_dropped(path: Path, at: int, bytes: int) -> None:
    """A frame that a crash cut short was never acknowledged; one that was damaged later was."""
    log.warning(
        "%s: the frame at byte %d, the last, is cut short or damaged; its %d bytes are dropped."
        " Where the machine did not crash just before, what they held was acknowledged, and is lost",
        path,
        at,
        bytes,
    )


def _seen_key(path: Path) -> bytes:
    """The key of the fingerprints; made at the first start."""
    try:
        return path.read_bytes()[:16].ljust(16, b"\0") if path.exists() else _new_key(path)
    except OSError as error:
        raise LakeError(f"{path}: {error.strerror or error}") from error


def _new_key(path: Path) -> bytes:
    key = os.urandom(16)
    write_file(path, key)
    return key
