"""Interactions that come in are looked through for outcomes of orders, behind their acknowledgement.

What was kept while nobody looked, before a crash, is looked through again from the lake.
"""

from __future__ import annotations

import shutil
import threading
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhenzan.lake import link_hours
from zhenzan.promote import (
    GOAL_KINDS,
    SYSTEM,
    Attributor,
    Exposure,
    Interaction,
    OrderBook,
    OrderRecord,
    Step,
)
from zhenzan.times import now_us

__all__ = ["PromotedInteractions"]

FORGET_US = 600_000_000
COLUMNS = ["account", "item", "kind", "timestamp"]
_KINDS = pa.array(GOAL_KINDS, pa.string())


class PromotedInteractions:
    """Kept rows in, outcomes of orders out. `observe` is called where rows are kept, from any thread."""

    def __init__(self, book: OrderBook, attributor: Attributor) -> None:
        self._book, self._attributor = book, attributor
        self._waiting: deque[list[Interaction]] = deque()
        self._steps: deque[Sequence[Step]] = deque()
        self._items = pa.array([], pa.string())
        self._known: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        self._forgotten_us = 0

    def follow(self, record: OrderRecord) -> None:
        """Look for outcomes of this order too."""
        self._attributor.follow(record)
        if record.order.paid and record.order.item not in self._known:
            self._known = self._attributor.items
            self._items = pa.array(sorted(self._known), pa.string())

    def set_ring_members(self, viewers: Collection[int]) -> None:
        """Whose interactions count for nothing."""
        self._attributor.set_ring_members(viewers)

    def forget(self, before_us: int) -> None:
        """Drop exposures that are too old for any interaction from then on. Cost: a pass over all, at most
        once in ten minutes.
        """
        if before_us - self._forgotten_us > FORGET_US:
            self._forgotten_us = before_us
            self._attributor.forget(before_us)

    def observe(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Note those of some kept rows that may be outcomes. Cost: one pass over the column of items."""
        if self._known and (rows := list(_candidates(batch, self._items))):
            self._waiting.append(rows)

    def expose(self, exposures: Sequence[Exposure]) -> None:
        """Exposures are durable: what waited for them becomes outcomes at the next turn."""
        if steps := self._attributor.expose(exposures):
            self._steps.append(steps)

    def attribute_waiting(self) -> int:
        """Make outcomes of what was noted; gives how many. What fails is tried again."""
        count = 0
        with self._lock:
            while self._waiting:
                if steps := self._attributor.outcomes(self._waiting.popleft(), now_us()):
                    self._steps.append(steps)
            while self._steps:
                self._book.carry_out(self._steps[0], SYSTEM)
                count += len(self._steps.popleft())
        return count

    def catch_up(self, home: Path, since_us: int) -> None:
        """Note what the lake keeps since then: what was attributed already is so again, to no effect."""
        if not self._known:
            return
        folder = home / "promotion" / "lake"
        try:
            for path in link_hours(home, folder, since=since_us):
                self.observe(pq.read_table(path, columns=COLUMNS, filters=[("item", "in", self._known)]))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _candidates(batch: pa.RecordBatch | pa.Table, items: pa.Array) -> Iterator[Interaction]:
    is_candidate = pc.and_(
        pc.is_in(batch.column("item"), value_set=items), pc.is_in(batch.column("kind"), value_set=_KINDS)
    )
    if not pc.any(is_candidate).as_py():
        return
    rows = batch.select(COLUMNS).filter(is_candidate)
    times = rows.column("timestamp").cast(pa.int64()).to_pylist()
    accounts, own, kinds = (rows.column(name).to_pylist() for name in COLUMNS[:3])
    for account, item, kind, at_us in zip(accounts, own, kinds, times, strict=True):
        yield Interaction(account, item, kind, at_us)
