"""A result folder that appears whole or not at all: written beside its place, then renamed into it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from zhenzan.errors import ResultError

ROWS_PER_GROUP = 1 << 20


class ResultFolder:
    """A context: `path` is the temporary folder; a clean exit renames it to its place, an error removes it.

    A process that is killed leaves the old result as it was, and a hidden `.NAME.partial-PID` folder that the next run removes.
    Raises `ResultError` where the place holds something that is not a result, or cannot be written.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self.path = place.parent / f".{place.name}.partial-{os.getpid()}"

    def __enter__(self) -> ResultFolder:
        if self.place.exists() and not _is_replaceable(self.place):
            raise ResultError(
                f"{self.place} exists and is not a result folder; choose another --out, or remove it first."
            )
        try:
            self.place.parent.mkdir(parents=True, exist_ok=True)
            self._remove_leavings()
            self.path.mkdir()
        except OSError as error:
            raise ResultError(_cannot_write(self.place, error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            try:
                self._swap()
            except OSError as failure:
                shutil.rmtree(self.path, ignore_errors=True)
                raise ResultError(_cannot_write(self.place, failure)) from failure
            return
        shutil.rmtree(self.path, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            raise ResultError(_cannot_write(self.place, error)) from error

    def write_table(self, name: str, table: pa.Table) -> None:
        self.write_batches(name, table.schema, table.to_batches(ROWS_PER_GROUP))

    def write_batches(self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        """Stream batches into `<name>.parquet`. Only words are dictionary-coded; numbers of rows and times are delta-coded."""
        delta = {field: "DELTA_BINARY_PACKED" for field in ("row", "timestamp") if field in schema.names}
        coded = ["verdict", "standing", "evidence.list.element.name", "kind"]
        with pq.ParquetWriter(
            self.path / f"{name}.parquet", schema, compression="lz4", use_dictionary=coded, column_encoding=delta or None,
            write_statistics=True,
        ) as writer:  # fmt: skip
            for batch in batches:
                writer.write_batch(batch, row_group_size=ROWS_PER_GROUP)

    def write_text(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")

    def _swap(self) -> None:
        old = self.place.parent / f".{self.place.name}.old-{os.getpid()}"
        if self.place.exists():
            os.rename(self.place, old)
        try:
            os.rename(self.path, self.place)
        except OSError:
            if old.exists():
                os.rename(old, self.place)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def _remove_leavings(self) -> None:
        for leaving in self.place.parent.glob(f".{self.place.name}.*-*"):
            stem, _, pid = leaving.name.rpartition("-")
            if stem.endswith((".partial", ".old")) and pid.isdigit() and not _alive(int(pid)):
                if stem.endswith(".old") and not self.place.exists():
                    os.rename(leaving, self.place)
                else:
                    shutil.rmtree(leaving, ignore_errors=True)


def _is_replaceable(place: Path) -> bool:
    return place.is_dir() and ((place / "summary.json").exists() or not any(place.iterdir()))


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
    if error.errno == errno.ENOSPC:
        return f"{place} cannot be written: the disk is full. Free some room, or choose another --out; nothing was changed there."
    return f"{place} cannot be written: {error.strerror or error}. Choose another --out; nothing was changed there."
