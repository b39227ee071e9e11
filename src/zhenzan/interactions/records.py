"""Tables and chunks of records (good, malformed or skipped): what file readers give to the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["BATCH_ROWS", "Bools", "Chunk", "Integers", "Table", "good_positions"]

BATCH_ROWS = 1 << 20  # rows of a batch where the format lets us choose: large enough to amortise every call

Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chunk:
    """Consecutive records of one file.

    A record is a row of a table, a line of NDJSON, an element of a JSON array. `columns` hold those that
    could be read; `positions` says which record of the chunk each of their rows is (None: all, in order;
    negative: a record of an earlier chunk, so many before this one). A record may have several rows, one
    after another.
    `malformed` lists (position, reason). `skipped` counts records of a foreign log that are no interactions.
    `line_of` gives the physical line, counted from 1, on which the record at a position begins; without it,
    records are all one can count (Parquet, dataframes). `remarks` counts rows by what must be said of them.
    """

    columns: Mapping[str, pa.Array]
    records: int
    positions: Integers | None = None
    malformed: Sequence[tuple[int, str]] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    line_of: Callable[[int], int] | None = None
    remarks: Mapping[str, int] = field(default_factory=dict)


class Table(Protocol):
    """One opened file or dataframe: its columns are known, its rows are not read yet."""

    name: str
    format: str
    columns: tuple[str, ...]
    row_estimate: int | None
    again: bool
    """Whether a look at the first rows leaves the whole to be read, and what columns mean is open."""

    def id_type(self, column: str) -> pa.DataType:
        """Return int64 if the column holds whole numbers by its type, else string. Raises InputError."""
        ...

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        """Read the file once, only these columns. Raises InputError where the file is damaged."""
        ...


def good_positions(records: int, malformed: Sequence[tuple[int, str]]) -> Integers | None:
    """Return the positions of the records that are not malformed; None if all are good."""
    if not malformed:
        return None
    good = np.ones(records, np.bool_)
    good[[position for position, _ in malformed]] = False
    positions: Integers = np.flatnonzero(good)
    return positions
