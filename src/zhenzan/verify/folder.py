"""A result folder that appears whole or not at all: written beside its place, then renamed into it."""

from __future__ import annotations

import errno
import itertools
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from zhenzan.errors import ResultError
from zhenzan.verify.result import POLICY, REJECTED, SUMMARY, TABLES

ROWS_PER_GROUP = 1 << 20
_RUNS = itertools.count()
_OPEN: set[Path] = set()  # the partial folders that this process is writing
OWN_FILES = {SUMMARY, POLICY, REJECTED, *(f"{name}.parquet" for name in TABLES)}


class ResultFolder:
    """A context: `path` is the temporary folder; a clean exit renames it to its place, an error removes it.

    A process that is killed leaves the old result as it was, and a hidden `.NAME.partial-…` folder that the
    next run removes. Files that somebody else put into an old result, a report say, stay where they are.
    Raises `ResultError` where the place holds something that is not a result, or cannot be written.
    """

    def __init__(self, place: Path) -> None:
        self.given = place
        self.place = place.resolve()
        self._run = f"{next(_RUNS)}-{os.getpid()}"
        self.path = self.place.parent / f".{self.place.name}.partial-{self._run}"

    def __enter__(self) -> ResultFolder:
        try:
            if self.place.exists() and not _is_replaceable(self.place):
                raise ResultError(
                    f"{self.given} exists and is not a result folder; choose another --out, or remove it."
                )
            self.place.parent.mkdir(parents=True, exist_ok=True)
            self._remove_leavings()
            self.path.mkdir()
        except FileExistsError as error:
            raise ResultError(_cannot_write(self.given, NotADirectoryError(errno.ENOTDIR, ""))) from error
        except OSError as error:
            raise ResultError(_cannot_write(self.given, error)) from error
        _OPEN.add(self.path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _OPEN.discard(self.path)
        if error is None:
            try:
                self._swap()
            except OSError as failure:
                shutil.rmtree(self.path, ignore_errors=True)
                raise ResultError(_cannot_write(self.given, failure)) from failure
            return
        shutil.rmtree(self.path, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            raise ResultError(_cannot_write(self.given, error)) from error

    def write_table(self, name: str, table: pa.Table) -> None:
        self.write_batches(name, table.schema, table.to_batches(ROWS_PER_GROUP))

    def write_batches(self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        """Stream batches into `<name>.parquet`. Words are dictionary-coded, rows and times delta-coded."""
        delta = {field: "DELTA_BINARY_PACKED" for field in ("row", "timestamp") if field in schema.names}
        coded = ["verdict", "standing", "evidence.list.element.name", "kind"]
        with pq.ParquetWriter(
            self.path / f"{name}.parquet", schema, compression="lz4", use_dictionary=coded,
            column_encoding=delta or None, write_statistics=True,
        ) as writer:  # fmt: skip
            for batch in _one_ahead(batches):
                writer.write_batch(batch, row_group_size=ROWS_PER_GROUP)

    def write_text(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")

    def _swap(self) -> None:
        old = self.place.parent / f".{self.place.name}.old-{self._run}"
        if self.place.exists():
            self.place.rename(old)
        try:
            self.path.rename(self.place)
        except OSError:
            if old.exists():
                old.rename(self.place)
            raise
        self._discard(old)

    def _remove_leavings(self) -> None:
        name = re.compile(rf"\.{re.escape(self.place.name)}\.(partial|old)-\d+-(\d+)")
        for leaving in sorted(self.place.parent.iterdir()):
            match = name.fullmatch(leaving.name)
            if match is None or leaving in _OPEN or _alive(int(match[2])):
                continue
            if match[1] == "partial":
                shutil.rmtree(leaving, ignore_errors=True)
            elif self.place.exists():
                self._discard(leaving)
            else:
                leaving.rename(self.place)

    def _discard(self, old: Path) -> None:
        """Remove an old result, but for what is not of a result: that moves into the new one."""
        for entry in old.iterdir() if old.is_dir() else ():
            if entry.name not in OWN_FILES and not (self.place / entry.name).exists():
                entry.rename(self.place / entry.name)
        shutil.rmtree(old, ignore_errors=True)


def _one_ahead(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The next batch is made in a thread while the last one is written."""
    making = iter(batches)
    with ThreadPoolExecutor(1, thread_name_prefix="zhenzan-writer") as thread:
        coming = thread.submit(next, making, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, making, None)
            yield batch


def _is_replaceable(place: Path) -> bool:
    """An empty folder or a whole result: a lone summary.json may well be of somebody else's making."""
    if not place.is_dir():
        return False
    names = {entry.name for entry in place.iterdir()}
    return not names or names >= {SUMMARY, *(f"{name}.parquet" for name in TABLES)}


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _cannot_write(place: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        what, remedy = "the disk is full", "Free some room, or choose another --out"
    else:
        what = os.strerror(error.errno).lower() if error.errno else str(error)
        remedy = "Choose another --out"
    return f"{place} cannot be written: {what}. {remedy}; nothing was changed there."
