"""The live view: counts, rate and the latest likes. Nothing here is kept."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.presentation import chance
from zhenzan.screen import SILENT_CHANCE

__all__ = ["Live"]

TICK_SECONDS = 0.5
RATE_SECONDS = 10
SHOWN_A_TICK = 12  # likes that an eye can follow
_COLUMNS = ["sequence", "timestamp", "account", "item", "creator"]


class Live:
    """The live view: the intake's thread writes it, the event loop reads it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.kinds: Counter[str] = Counter()
        self._recent: deque[dict[str, Any]] = deque(maxlen=SHOWN_A_TICK * 8)
        self._seconds: deque[tuple[int, int]] = deque(maxlen=RATE_SECONDS + 1)
        self.state: dict[str, Any] = {}  # the newest settlement, as it is shown
        self.limits = (0.5, 0.9)  # genuine up to, fake from: of the ruling policy
        self._watchers = 0
        self._closed = False

    def observe(self, batch: pa.RecordBatch, chances: npt.NDArray[np.float32] | None) -> None:
        """These rows were kept. Cost: a count of kinds, and a few rows as objects while somebody watches."""
        kinds = {
            count["values"]: count["counts"] for count in pc.value_counts(batch.column("kind")).to_pylist()
        }
        likes = self._latest(batch, chances) if self._watchers and "like" in kinds else []
        second = int(time.monotonic())
        with self._lock:
            self.kinds.update(kinds)
            self._recent.extend(likes)
            count = batch.num_rows
            if self._seconds and self._seconds[-1][0] == second:
                count += self._seconds.pop()[1]
            self._seconds.append((second, count))

    def _latest(self, batch: pa.RecordBatch, chances: npt.NDArray[np.float32] | None) -> list[dict[str, Any]]:
        likes = np.flatnonzero(pc.equal(batch.column("kind"), "like").to_numpy(zero_copy_only=False))
        likes = likes[-SHOWN_A_TICK:]
        rows: list[dict[str, Any]] = batch.select(_COLUMNS).take(pa.array(likes)).to_pylist()
        for row, i in zip(rows, likes, strict=True):
            row["timestamp"] = row["timestamp"].isoformat()
            row["fake"] = None if chances is None else round(float(chances[i]), 3)
            row |= self.called(None if chances is None else float(chances[i]))
        return rows

    def called(self, fake: float | None) -> dict[str, str]:
        """How likely a like looks fake, in words, and what settlement would call it at that; `nothing` where
        nothing speaks against it.
        """
        if fake is None:
            return {"chance": "", "verdict": ""}
        if fake <= SILENT_CHANCE:
            return {"chance": "", "verdict": "nothing"}
        genuine, threshold = self.limits
        verdict = "fake" if fake >= threshold else "genuine" if fake <= genuine else "uncertain"
        return {"chance": chance(fake), "verdict": verdict}

    def rate(self) -> float:
        """Interactions a second, over the last ten."""
        now = int(time.monotonic())
        with self._lock:
            return (
                sum(count for second, count in self._seconds if now - RATE_SECONDS <= second) / RATE_SECONDS
            )

    def close(self) -> None:
        """Send the watchers home: a server that stops waits for them."""
        self._closed = True

    async def stream(self) -> AsyncIterator[str]:
        """One JSON object every half second: counts, rate, likes since the one before, the settlement."""
        self._watchers += 1
        last = -1
        try:
            while not self._closed:
                with self._lock:
                    fresh = [row for row in self._recent if row["sequence"] > last][-SHOWN_A_TICK:]
                    kinds = dict(self.kinds)
                last = fresh[-1]["sequence"] if fresh else last
                message = {
                    "kinds": kinds,
                    "rate": self.rate(),
                    "likes": fresh,
                    "settled": self.state,
                    "limits": self.limits,
                }
                yield msgspec.json.encode(message).decode()
                await asyncio.sleep(TICK_SECONDS)
        finally:
            self._watchers -= 1
