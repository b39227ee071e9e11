"""Finding a log's files and opening them: paths, globs, folders; gzip, zstd, bzip2 by their first bytes."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from zhenzan.errors import InputError, did_you_mean

__all__ = ["Bytes", "find_files", "is_paths", "plain_name", "reading", "starts_with"]

LOG_ENDINGS = (".csv", ".tsv", ".txt", ".ndjson", ".jsonl", ".json", ".parquet", ".pq")
PACKED_ENDINGS = (".gz", ".zst", ".bz2")
RESULT_FILES = frozenset({"verdicts.parquet", "summary.json"})  # a folder of our own results is no log
NAMES_SHOWN_MAX = 5
READ_BYTES = 8 << 20

_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
_FOREIGN_MAGIC = {b"PK\x03\x04": "a ZIP archive", b"\xfd7zXZ": "an xz archive", b"7z\xbc\xaf": "a 7z archive"}


def find_files(source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str]:
    """Return the files of a path, glob, folder, or several of these, sorted by name, each once.

    A folder gives all logs below it, except hidden files, those whose name begins with an
    underscore, and results of earlier runs.
    Raises InputError where there is nothing.
    """
    several = [source] if isinstance(source, str | os.PathLike) else list(source)
    if not several:
        raise InputError("No log was given: name a file, a folder or a glob such as 'logs/*.csv.gz'.")
    found: dict[str, str] = {}
    for one in several:
        if "://" in str(one):
            raise InputError(f"{one} is an address: fetch it first, then give the local path.")
        for path in _expand(str(Path(one).expanduser())):
            found.setdefault(str(Path(path).resolve()), path)
    return sorted(found.values())


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
    except (OSError, EOFError, UnicodeDecodeError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:200].rstrip(".")
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


def _expand(path: str) -> list[str]:
    with reading(path):
        if Path(path).is_dir():
            return _logs_below(path)
        if Path(path).exists():
            return [path]
    if glob.has_magic(path):
        # Path.glob takes no absolute pattern.
        matches = [match for match in glob.glob(path, recursive=True) if Path(match).is_file()]  # noqa: PTH207
        if not matches:
            raise InputError(f"No file matches {path!r}: check the folder and the pattern.")
        return matches
    folder = Path(path).parent
    beside = (
        [entry.name for entry in folder.iterdir()] if folder.is_dir() and os.access(folder, os.R_OK) else []
    )
    where = "" if folder.is_dir() else f": there is no folder {str(folder)!r}"
    hint = did_you_mean(Path(path).name, beside) if not where else ""
    raise InputError(f"{path} does not exist{where or hint or '.'}")


def _logs_below(folder: str) -> list[str]:
    if not os.access(folder, os.R_OK | os.X_OK):
        raise PermissionError(folder)
    logs: list[str] = []
    others: list[str] = []
    for root, folders, names in os.walk(folder):
        if set(names) >= RESULT_FILES:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        for name in sorted(names):
            if name.startswith((".", "_")) or name == "rejected.ndjson":
                continue
            (logs if plain_name(name).endswith(LOG_ENDINGS) else others).append(str(Path(root, name)))
    if not logs:
        holds = ", ".join(Path(name).name for name in others[:NAMES_SHOWN_MAX]) or "nothing"
        more = f" and {len(others) - NAMES_SHOWN_MAX} more" if len(others) > NAMES_SHOWN_MAX else ""
        raise InputError(
            f"{folder} holds no logs. It holds {holds}{more}; logs end in {' '.join(LOG_ENDINGS)},"
            f" also with {' '.join(PACKED_ENDINGS)}. Name other files one by one."
        )
    return logs
