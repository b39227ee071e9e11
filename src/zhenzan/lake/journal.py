"""The journal (write-ahead log): acknowledged interactions that are not yet in the lake's files. Append,
sync, acknowledge.

A segment is one file: an 8-byte mark that ends with the version of the columns, then frames of `length,
checksum, first sequence, record batch` (Arrow IPC). A frame that a crash cut short ends the segment; nobody
was told that it was kept.
"""

from __future__ import annotations

import errno
import os
import re
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from zhenzan.errors import LakeError, LakeFullError, NewerLakeError, newer_version
from zhenzan.lake.columns import SCHEMA_VERSION, SCHEMAS, promoted

__all__ = ["Journal", "read_segment", "segments", "sync_folder"]

MARK = b"ZZJOURN"  # and a byte more: "0" plus the version of the columns
MARK_BYTES = len(MARK) + 1
FRAME = struct.Struct("<IIQ")  # bytes of the batch, CRC-32 of it and the sequence, first sequence
SUFFIX = ".journal"
_FRAME_BEGINS = re.compile(
    rb"\x00\xff\xff\xff\xff"
)  # its last byte, of a sequence, and Arrow's mark of a message
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Journal:
    """The open segment. One thread at a time; `append` returns once the batch is on disk."""

    def __init__(self, folder: Path, first_sequence: int) -> None:
        self.path = folder / f"{first_sequence:020d}{SUFFIX}"
        self.rows = 0
        self.bytes = MARK_BYTES
        self.opened_at = time.monotonic()
        try:
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.write(self._file, MARK + bytes([ord("0") + SCHEMA_VERSION]))
            sync_folder(folder)
        except OSError as error:
            raise _lake_error(self.path, error) from error

    def append(self, batch: pa.RecordBatch, first_sequence: int) -> None:
        """Write and sync. Raises LakeFullError or LakeError: then the batch is not kept."""
        payload = batch.serialize()
        head = FRAME.pack(payload.size, zlib.crc32(payload, first_sequence & 0xFFFFFFFF), first_sequence)
        size = len(head) + payload.size
        try:
            written = os.writev(self._file, [head, payload])
            while written < size:  # a short write: the disk may be full, the next try tells
                rest = (head + payload.to_pybytes())[written:]
                written += os.write(self._file, rest)
            os.fdatasync(self._file)
        except OSError as error:
            self._cut()
            raise _lake_error(self.path, error) from error
        self.bytes += size
        self.rows += batch.num_rows

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _cut(self) -> None:
        """Take a frame that failed off the end, so that later ones are found."""
        os.ftruncate(self._file, self.bytes)
        os.lseek(self._file, self.bytes, os.SEEK_SET)


def segments(folder: Path) -> list[Path]:
    """All segments, the oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def read_segment(
    path: Path, *, dropped: Callable[[Path, int, int], object] = lambda path, at, bytes: None
) -> Iterator[pa.RecordBatch]:
    """The batches of a segment up to its end, or to the frame that a crash cut short: `dropped` is told of
    that one, where it begins and how many bytes are left out. Those of an older version are promoted. Memory:
    mapped, not read. Raises LakeError where it is no segment, or a frame is damaged and whole ones follow it;
    NewerLakeError where a newer version of Zhenzan wrote it.
    """
    try:
        if path.stat().st_size < MARK_BYTES:
            return  # killed while it was made
        data = pa.memory_map(str(path)).read_buffer()
    except OSError as error:
        raise _lake_error(path, error) from error
    version = _version(path, data.slice(0, MARK_BYTES).to_pybytes())
    at = MARK_BYTES
    while at < data.size:
        payload = _frame(data, at)
        if payload is None:
            if _frame_follows(data, at + 1):  # so this one was whole once
                raise LakeError(
                    f"{path}: the frame at byte {at:,} is damaged; restore the file from a backup, or move it"
                    " away and lose what came in the seconds before the service stopped"
                )
            dropped(path, at, data.size - at)
            return
        rows = pa.Table.from_batches([pa.ipc.read_record_batch(payload, SCHEMAS[version])])
        yield from promoted(rows, version).to_batches()
        at += FRAME.size + payload.size


def _version(path: Path, mark: bytes) -> int:
    """The version of the columns that the first bytes of a segment name."""
    version = mark[-1] - ord("0")
    if not mark.startswith(MARK) or version < 1:
        raise LakeError(f"{path}: is not a journal; move it away, or restore it from a backup")
    if version > SCHEMA_VERSION:
        raise NewerLakeError(newer_version(path, "lake schema", version, SCHEMA_VERSION))
    return version


def _frame(data: pa.Buffer, at: int) -> pa.Buffer | None:
    """What the frame at a byte holds; None where there is no whole one."""
    begin = at + FRAME.size
    if begin > data.size:
        return None
    length, checksum, first = FRAME.unpack(data.slice(at, FRAME.size).to_pybytes())
    if not 0 < length <= data.size - begin:
        return None
    payload = data.slice(begin, length)
    return payload if zlib.crc32(payload, first & 0xFFFFFFFF) == checksum else None


def _frame_follows(data: pa.Buffer, after: int) -> bool:
    """Whether a whole frame begins anywhere from a byte on. Cost: a scan of the rest of the segment."""
    begins = (match.start() + 1 - FRAME.size for match in _FRAME_BEGINS.finditer(memoryview(data), after))
    return any(begin >= after and _frame(data, begin) is not None for begin in begins)


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that the names in it are durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lake_error(path: Path, error: OSError) -> LakeError:
    if error.errno in FULL:
        return LakeFullError(
            f"{path.parent}: the disk is full; free some space. Nothing of this request was stored"
        )
    return LakeError(f"{path}: {error.strerror or error}")
