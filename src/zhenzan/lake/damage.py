"""Damaged and foreign files of the lake: damaged ones are named in errors, foreign ones left out."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhenzan.errors import LakeError, one_line, some_of
from zhenzan.lake.columns import promoted, version_of

__all__ = [
    "check_files",
    "is_part",
    "linked_as",
    "read_part",
    "reading_part",
    "refuse_damaged",
    "refuse_newer",
    "warn_foreign",
]

NAMED_MAX = 3  # damaged files in one message
_PLACE = re.compile(r"date=(\d{4}-\d\d-\d\d)/hour=(?:[01]\d|2[0-3])/(\d{20})-(\d{20})\.parquet")
_warned: set[Path] = set()  # foreign files that the log names already: they are found at each look

log = logging.getLogger("zhenzan.lake")


def is_part(path: Path) -> bool:
    """Whether a file has the path and name that the lake's writer gives its files."""
    match = _PLACE.fullmatch("/".join(path.parts[-3:]))
    if match is None or int(match[2]) > int(match[3]):
        return False
    try:
        datetime.strptime(match[1], "%Y-%m-%d")
    except ValueError:
        return False
    return True


def warn_foreign(path: Path) -> None:
    """Name a file that is none of the service's in the log, once."""
    if path not in _warned:
        _warned.add(path)
        log.warning("%s: has no name that this service gives, and is left out; move it away", path)


@contextmanager
def reading_part(path: Path) -> Iterator[None]:
    """Raise LakeError that names the file, and what to do, where it cannot be read."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise LakeError(
            f"{path}: is damaged, or not a file of the lake ({one_line(error)}); take it from a "
            "backup, where it"
            " has the same name unless it was merged since, or move it away and lose its interactions"
        ) from error


def read_part(path: Path, *, filters: pc.Expression | None = None) -> pa.Table:
    """The rows of a file of the lake, those of an older version promoted. Raises LakeError where it is
    damaged, or has other columns; NewerLakeError where a newer version of Zhenzan wrote it.
    """
    with reading_part(path):
        table = pq.read_table(path, partitioning=None, filters=filters, page_checksum_verification=True)
        return promoted(table, version_of(table.schema.metadata, path))


def refuse_newer(paths: Sequence[Path]) -> None:
    """Raise NewerLakeError where a newer version of Zhenzan wrote one of these files. Cost: their footers."""
    for path in paths:
        with reading_part(path):
            version_of(pq.read_metadata(path).metadata, path)


def check_files(paths: Sequence[Path]) -> Iterator[LakeError]:
    """Errors of the files that cannot be read. Cost: all of them are read."""
    for path in paths:
        try:
            read_part(path)
        except LakeError as error:
            yield error


def refuse_damaged(paths: Sequence[Path]) -> None:
    """Raise LakeError that names the files that cannot be read. Cost: all of them are read."""
    errors = [str(error) for error in check_files(paths)]
    if errors:
        raise LakeError(some_of(errors, NAMED_MAX))


def linked_as(path: Path) -> str:
    """The name of a link to a file of the lake, in a folder for links of several hours."""
    return ".".join(path.parts[-3:])
