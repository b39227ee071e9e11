"""Planned visits, and the calendar from which each step takes those that are due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from zhenzan.lab.columns import Columns, joined

__all__ = ["Calendar", "Visits", "join"]


@dataclass(frozen=True)
class Visits(Columns):
    """n visits of accounts to items at times (µs from the start).

    `source` indexes `vocabulary.SOURCES`, `kind` `vocabulary.KINDS_OF_LIKE`, `campaign` is an order (−1:
    none), `flags` what is done without choice (hired), `watched_share` of the item before it, `number` the
    visit's own number for its random stream.
    """

    account: npt.NDArray[np.int32]
    item: npt.NDArray[np.int32]
    time: npt.NDArray[np.int64]
    source: npt.NDArray[np.int8]
    kind: npt.NDArray[np.int8]
    campaign: npt.NDArray[np.int32]
    flags: npt.NDArray[np.uint8]
    watched_share: npt.NDArray[np.float32]
    number: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls,
        account: npt.ArrayLike,
        item: npt.ArrayLike,
        time: npt.ArrayLike,
        source: int,
        *,
        kind: int = 0,
        campaign: npt.ArrayLike = -1,
        flags: npt.ArrayLike = 0,
        watched_share: float = 0.0,
    ) -> Visits:
        """Visits of one source; scalars are broadcast."""
        n = len(np.atleast_1d(np.asarray(account)))

        def full(value: npt.ArrayLike, dtype: type) -> npt.NDArray[np.generic]:
            return np.broadcast_to(np.asarray(value), n).astype(dtype)

        columns = (account, item, time, source, kind, campaign, flags, watched_share, np.zeros(n))
        types = (np.int32, np.int32, np.int64, np.int8, np.int8, np.int32, np.uint8, np.float32, np.int64)
        return cls(*(full(value, dtype) for value, dtype in zip(columns, types, strict=True)))  # type: ignore[arg-type]

    def sorted(self, first_number: int = 0) -> Visits:
        """In order of time, numbered from `first_number` on."""
        moved = self.take(np.argsort(self.time, kind="stable"))
        return replace(moved, number=first_number + np.arange(len(moved), dtype=np.int64))


def join(parts: Sequence[Visits]) -> Visits:
    """One list of many."""
    if not parts:
        return Visits.of(np.zeros(0), np.zeros(0), np.zeros(0), 0)
    return joined(parts)


class Calendar:
    """Planned visits in blocks, each in order of time; `due` hands out what lies before a time, once."""

    def __init__(self) -> None:
        self._blocks: list[tuple[Visits, int]] = []
        self.numbered = 0
        self._next = NEVER  # when the next visit is due

    def plan(self, visits: Visits) -> None:
        """Add visits in any order."""
        if len(visits):
            block = visits.sorted(self.numbered)
            self._blocks.append((block, 0))
            self._next = min(self._next, int(block.time[0]))
            self.numbered += len(visits)

    def due(self, until: int) -> Visits:
        """The visits before `until` that were not handed out yet, block by block."""
        if self._next >= until:
            return NOTHING
        due_blocks: list[Visits] = []
        left: list[tuple[Visits, int]] = []
        for block, begin in self._blocks:
            end = begin + int(np.searchsorted(block.time[begin:], until))
            if end > begin:
                due_blocks.append(block.take(slice(begin, end)))
            if end < len(block):
                left.append((block, end))
        self._blocks = left
        self._next = min((int(block.time[begin]) for block, begin in left), default=NEVER)
        return join(due_blocks) if len(due_blocks) != 1 else due_blocks[0]


NOTHING = join([])
NEVER = np.iinfo(np.int64).max
