"""The manifest of a backup: every file with its size and SHA-256; copying files whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import msgspec

from zhenzan.errors import ZhenzanError

__all__ = [
    "FORMAT",
    "MANIFEST",
    "BackupError",
    "CopiedFile",
    "Manifest",
    "copy_file",
    "digest_file",
    "read_manifest",
]

MANIFEST = "manifest.json"
FORMAT = 1
CHUNK_BYTES = 1 << 20

Advance = Callable[[int], object]


class BackupError(ZhenzanError):
    """A backup cannot be made, is none, or is damaged."""


class CopiedFile(msgspec.Struct, frozen=True):
    """One file: its path below the folder, its bytes, its SHA-256 in hex."""

    path: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """The manifest of a backup. database: `sqlite` or `postgresql`; made_at: µs since 1970."""

    format: int
    zhenzan: str
    made_at: int
    database: str
    files: list[CopiedFile]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def copy_file(
    source: Path, folder: Path, path: str, *, bytes: int | None = None, advance: Advance = lambda bytes: None
) -> CopiedFile:
    """Copy a file to `path` below a folder, its first `bytes` where given; durable when it returns. Raises
    BackupError where it cannot be read, FileNotFoundError, OSError where it cannot be written. Cost: one
    read, one write, one SHA-256.
    """
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    left = source.stat().st_size if bytes is None else bytes
    sha, done = hashlib.sha256(), 0
    mode = source.stat().st_mode & 0o777
    with _open(source) as read, os.fdopen(os.open(target, _NEW, mode), "wb") as write:
        while left > 0 and (chunk := read.read(min(left, CHUNK_BYTES))):
            write.write(chunk)
            sha.update(chunk)
            left -= len(chunk)
            done += len(chunk)
            advance(len(chunk))
        write.flush()
        os.fsync(write.fileno())
    return CopiedFile(path, done, sha.hexdigest())


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BackupError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def digest_file(folder: Path, path: str) -> CopiedFile:
    """Size and hash of a file."""
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return CopiedFile(path, file.tell(), digest)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupError where there is none, or it is not one of ours."""
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        raise BackupError(f"{folder}: is not a backup; it has no {MANIFEST}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupError(f"{path}: is damaged, or not the manifest of a backup ({error})") from None
    if manifest.format > FORMAT:
        raise BackupError(
            f"{path}: Zhenzan {manifest.zhenzan} made this backup, a newer version (backup format"
            f" {manifest.format}, this version reads up to {FORMAT}); install that version to restore it"
        )
    for file in manifest.files:
        parts = PurePosixPath(file.path)
        if parts.is_absolute() or ".." in parts.parts or not parts.parts:
            raise BackupError(f"{path}: names a file outside of the backup, {file.path!r}")
    return manifest
