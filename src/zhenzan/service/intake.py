"""The way in: messages gather while the disk is busy; one write makes all of them durable, then all are told.

One thread appends to the lake, in the order in which messages came; another brings the journal into files.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.errors import ZhenzanError
from zhenzan.interactions import Rows, join_rows
from zhenzan.lake import Lake
from zhenzan.service.priority import step_back

__all__ = ["BusyError", "Intake", "Receipt"]

ROWS_AT_ONCE = 20_000  # in one write, so that the first of them does not wait for long
TEND_SECONDS, MERGE_SECONDS = 0.5, 15.0

log = logging.getLogger("zhenzan.intake")


class BusyError(ZhenzanError):
    """More comes in than can be written: come back later."""


@dataclass(frozen=True)
class Receipt:
    """What became of one message: which of its rows were new; the others repeat an id. `sequence`: the number
    of its first new row. `chances`: provisional fake probability of each row, NaN for repeats and for what is
    no like; None without a screen.
    """

    is_new: npt.NDArray[np.bool_]
    sequence: int
    chances: npt.NDArray[np.float32] | None = None


Screen = Callable[[pa.RecordBatch], npt.NDArray[np.float32]]
Kept = Callable[[pa.RecordBatch, npt.NDArray[np.float32] | None], None]
_Waiting = tuple[Rows, asyncio.Future[Receipt]]


class Intake:
    """Offer messages from the event loop; each future is done when its rows are durable."""

    def __init__(
        self, lake: Lake, *, waiting_rows_max: int, screen: Screen | None = None, kept: Kept | None = None
    ) -> None:
        """`screen`: called with what was kept, gives provisional chances. `kept`: told of it afterwards."""
        self.lake = lake
        self._screen, self._kept = screen, kept
        self._rows_max = waiting_rows_max
        self.waiting_rows = 0  # changed in the event loop only
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._append_all, name="intake", daemon=True),
            threading.Thread(target=self._tend_all, name="filing", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def offer(self, rows: Rows) -> asyncio.Future[Receipt]:
        """Give in a message with at least one good row. Raises BusyError. The future may raise LakeFullError
        or LakeError: then nothing of the message is kept.
        """
        size = len(rows.good)
        if self._closed or self.lake.is_behind or self.waiting_rows + size > self._rows_max:
            raise BusyError("more comes in than can be written; send this again in a second")
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self.waiting_rows += size
        self._queue.put((rows, future))
        return future

    def close(self) -> None:
        """Write what was offered, then stop. The lake stays open."""
        self._closed = True
        self._queue.put(None)
        self._threads[0].join()
        self._stop.set()
        self._threads[1].join()

    def _append_all(self) -> None:
        ends = False
        while not ends:
            first = self._queue.get()
            if first is None:
                return
            gathered, size = [first], len(first[0].good)
            while size < ROWS_AT_ONCE and not ends:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                ends = more is None
                if more is not None:
                    gathered.append(more)
                    size += len(more[0].good)
            self._append(gathered, size)

    def _append(self, gathered: Sequence[_Waiting], size: int) -> None:
        answers: list[Receipt | BaseException]
        try:
            answers = list(self._write([rows for rows, _ in gathered]))
        except ZhenzanError as error:
            answers = [error] * len(gathered)
        except Exception as error:
            log.exception("an unexpected error in the intake")
            answers = [error] * len(gathered)
        loops: dict[
            asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Receipt], Receipt | BaseException]]
        ] = {}
        for (_, future), answer in zip(gathered, answers, strict=True):
            loops.setdefault(future.get_loop(), []).append((future, answer))
        for loop, answered in loops.items():
            try:
                loop.call_soon_threadsafe(self._tell, answered, size)
            except RuntimeError:  # the loop is closed: nobody waits any more
                pass

    def _write(self, messages: Sequence[Rows]) -> list[Receipt]:
        """Keep the rows of all messages; the receipt of each."""
        kept = self.lake.append(join_rows(messages))
        chances = None
        if self._screen is not None and kept.batch.num_rows:
            chances = np.full(kept.is_new.size, np.nan, np.float32)
            chances[kept.is_new] = self._screen(kept.batch)
        if self._kept is not None and kept.batch.num_rows:
            self._kept(kept.batch, None if chances is None else chances[kept.is_new])
        receipts, begin = [], 0
        sequence = self.lake.sequence - kept.batch.num_rows
        for rows in messages:
            end = begin + len(rows.good)
            is_new = kept.is_new[begin:end]
            receipts.append(Receipt(is_new, sequence, None if chances is None else chances[begin:end]))
            sequence += int(is_new.sum())
            begin = end
        return receipts

    def _tell(
        self, answered: list[tuple[asyncio.Future[Receipt], Receipt | BaseException]], size: int
    ) -> None:
        self.waiting_rows -= size
        for future, answer in answered:
            if future.done():  # its caller gave up; the rows are kept all the same
                continue
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    def _tend_all(self) -> None:
        step_back()
        waited = 0.0
        while not self._stop.wait(TEND_SECONDS):
            waited += TEND_SECONDS
            try:
                self.lake.tend()
                if waited >= MERGE_SECONDS:
                    waited = 0.0
                    self.lake.merge()
            except (
                Exception
            ):  # a full disk, say: what is acknowledged stays in the journal, the next try may do
                log.exception("the journal cannot be brought into files just now")
