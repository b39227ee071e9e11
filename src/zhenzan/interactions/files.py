"""Files of a log: finding them (paths, globs, folders) and opening them (plain, gzip, zstd, bzip2)."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from zhenzan.errors import InputError, did_you_mean, one_line

__all__ = ["Bytes", "LogFile", "find_files", "is_paths", "plain_name", "reading", "starts_with"]

LOG_ENDINGS = (".csv", ".tsv", ".txt", ".ndjson", ".jsonl", ".json", ".parquet", ".pq")
PACKED_ENDINGS = (".gz", ".zst", ".bz2")
RESULT_FILES = frozenset({"verdicts.parquet", "summary.json"})  # a folder of our own results is no log
NAMES_SHOWN_MAX = 5
READ_BYTES = 8 << 20

_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
_FOREIGN_MAGIC = {b"PK\x03\x04": "a ZIP archive", b"\xfd7zXZ": "an xz archive", b"7z\xbc\xaf": "a 7z archive"}


@dataclass(frozen=True)
class LogFile:
    """A file of a log. below: the folders and the name under what the user gave, which may say what its rows
    are (`event_type=like`, `unlikes.csv`). doubtful: it lies in a folder, and only its content can tell
    whether it is a log.
    """

    path: str
    below: tuple[str, ...] = ()
    doubtful: bool = False


def find_files(source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[LogFile]:
    """Return the files of a path, glob, folder, or several of these, sorted by name, each once; numbers in
    names count as such (`-9` before `-10`).

    A folder gives all files below it, except hidden ones, those whose name begins with an underscore, and
    results of earlier runs.
    Raises InputError where there is nothing.
    """
    several = [source] if isinstance(source, str | os.PathLike) else list(source)
    if not several:
        raise InputError("No log was given: name a file, a folder or a glob such as 'logs/*.csv.gz'.")
    files: dict[str, LogFile] = {}
    for one in several:
        if "://" in str(one):
            raise InputError(f"{one} is an address: fetch it first, then give the local path.")
        for file in _expand(str(Path(one).expanduser())):
            files.setdefault(str(Path(file.path).resolve()), file)
    return sorted(files.values(), key=lambda file: _natural(file.path))


def _natural(path: str) -> tuple[list[str | int], str]:
    words = re.split(r"([0-9]+)", path)  # every second one is a number
    return [int(word) if i % 2 else word for i, word in enumerate(words)], path


def is_paths(source: object) -> bool:
    """Say whether a log is given as a path or several."""
    if isinstance(source, str | os.PathLike):
        return True
    return isinstance(source, list | tuple | set | frozenset) and all(
        isinstance(one, str | os.PathLike) for one in source
    )


def plain_name(path: str) -> str:
    """Return the file's name in lower case, without the ending of its compression."""
    name = Path(path).name.casefold()
    return next((name[: -len(ending)] for ending in PACKED_ENDINGS if name.endswith(ending)), name)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what can go wrong with a file into one InputError that says which file and what to do."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{name} does not exist.") from None
    except PermissionError:
        raise InputError(f"{name} may not be read: ask for permission (its mode, or its folder's).") from None
    except pa.ArrowNotImplementedError as error:
        reason = one_line(error)
        raise InputError(
            f"{name} has columns of an unsupported type ({reason}): write text, numbers, times."
        ) from None
    except (OSError, EOFError, UnicodeDecodeError, pa.ArrowException) as error:
        reason = one_line(error)
        raise InputError(f"{name} is damaged or cut short ({reason}): fetch or write it again.") from None


def starts_with(path: str, count: int) -> bytes:
    """Return the first bytes of a file as they lie on the disk."""
    with reading(path), Path(path).open("rb") as file:
        return file.read(count)


class Bytes:
    """The bytes of one file, uncompressed on the way; `consumed` counts those read from the disk."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.size = _file_size(path)
        head = starts_with(path, 8)
        for magic, what in _FOREIGN_MAGIC.items():
            if head.startswith(magic):
                raise InputError(f"{path} is {what}: unpack it, or pack it as .gz, .zst or .bz2.")
        self.compression = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)
        with reading(path):
            self._file = pa.OSFile(path, "rb")
            self.stream = (
                pa.CompressedInputStream(self._file, self.compression) if self.compression else self._file
            )

    def read(self, count: int) -> bytes:
        """Return the next `count` bytes, fewer only at the end of the file."""
        with reading(self.path):
            parts, left = [], count
            while left > 0:
                part = self.stream.read(min(left, READ_BYTES))
                if not part:
                    break
                parts.append(part)
                left -= len(part)
            return parts[0] if len(parts) == 1 else b"".join(parts)

    @property
    def consumed(self) -> int:
        return int(self._file.tell()) if not self._file.closed else self.size

    def close(self) -> None:
        self.stream.close()
        self._file.close()

    def __enter__(self) -> Bytes:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _file_size(path: str) -> int:
    with reading(path):
        return Path(path).stat().st_size


def _expand(path: str) -> list[LogFile]:
    with reading(path):
        if Path(path).is_dir():
            return _logs_below(path)
        if Path(path).exists():
            return [LogFile(path, _parts_below_here(path))]
    if glob.has_magic(path):
        # Path.glob takes no absolute pattern.
        matches = [match for match in glob.glob(path, recursive=True) if Path(match).is_file()]  # noqa: PTH207
        if not matches:
            raise InputError(f"No file matches {path!r}: check the folder and the pattern.")
        return [LogFile(match, _parts_below_here(match)) for match in matches]
    folder = Path(path).parent
    beside = (
        [entry.name for entry in folder.iterdir()] if folder.is_dir() and os.access(folder, os.R_OK) else []
    )
    where = "" if folder.is_dir() else f": there is no folder {str(folder)!r}"
    hint = did_you_mean(Path(path).name, beside) if not where else ""
    raise InputError(f"{path} does not exist{where or hint or '.'}")


def _parts_below_here(path: str) -> tuple[str, ...]:
    """The parts of a path as it was given, below the working folder where it lies there."""
    try:
        return Path(path).relative_to(Path.cwd()).parts if Path(path).is_absolute() else Path(path).parts
    except ValueError:
        return Path(path).parts


def _logs_below(folder: str) -> list[LogFile]:
    if not os.access(folder, os.R_OK | os.X_OK):
        raise PermissionError(folder)
    files: list[LogFile] = []
    for root, folders, names in os.walk(folder):
        if set(names) >= RESULT_FILES:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        for name in sorted(names):
            if name.startswith((".", "_")) or name == "rejected.ndjson":
                continue
            path = Path(root, name)
            doubtful = not plain_name(name).endswith(LOG_ENDINGS)
            files.append(LogFile(str(path), path.relative_to(folder).parts, doubtful))
    if not files:
        raise InputError(f"{folder} holds no logs: it is empty, or all its files are hidden.")
    return files
