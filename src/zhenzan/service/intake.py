"""Intake: messages gather while the disk is busy; one write makes them durable, then each sender is answered.

One thread appends to the lake, in the order in which messages came; another brings the journal into files.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.batching import MicroBatcher
from zhenzan.errors import ZhenzanError, one_line
from zhenzan.interactions import Rows, join_rows
from zhenzan.lake import AppendResult, Lake
from zhenzan.service.thread_priority import lower_thread_priority

__all__ = ["BusyError", "Intake", "Receipt"]

BATCH_ROWS = 20_000  # in one write, so that the first of them does not wait for long
FLUSH_SECONDS, MERGE_SECONDS = 0.5, 15.0

log = logging.getLogger("zhenzan.intake")


class BusyError(ZhenzanError):
    """Too busy: more comes in than can be written; come back later."""


@dataclass(frozen=True)
class Receipt:
    """The receipt of one message: which of its rows were new; the others repeat an id. `late`: how many of
    the new ones came after their day became final, so that nothing will judge them. `chances`:
    provisional fake probability of each row, NaN for repeats and for what is no like; None without a screen.
    """

    is_new: npt.NDArray[np.bool_]
    late: int = 0
    chances: npt.NDArray[np.float32] | None = None


Screen = Callable[[pa.RecordBatch], npt.NDArray[np.float32]]
Tell = Callable[[pa.RecordBatch, npt.NDArray[np.float32] | None], None]


class Intake:
    """Offer messages from the event loop; each future is done when its rows are durable."""

    def __init__(
        self, lake: Lake, *, waiting_rows_max: int, screen: Screen | None = None, kept: Tell | None = None
    ) -> None:
        """`screen`: called with what was kept, gives provisional chances. `kept`: called with it
        afterwards.
        """
        self.lake = lake
        self._screen, self._tell = screen, kept
        self._rows_max = waiting_rows_max
        self._offered = self._done = 0  # rows; each is written by one thread alone
        self.settled_before = 0  # µs: what is older came late
        self.late = 0  # such rows since the start
        self._moved_at = time.monotonic()  # when nothing waited, or something was written
        self._failed: tuple[float, str] | None = None  # the last write, where it failed: when, and how
        self._batcher: MicroBatcher[Rows, Receipt] = MicroBatcher(
            "intake", lambda rows: partial(self._carry_out, rows), lambda rows: len(rows.good), BATCH_ROWS
        )
        self._stop = threading.Event()
        self._filing = threading.Thread(target=self._tend_all, name="filing", daemon=True)
        self._filing.start()

    def offer(self, rows: Rows) -> asyncio.Future[Receipt]:
        """Queue a message with at least one good row. Raises BusyError. The future may raise LakeFullError
        or LakeError: then nothing of the message is kept.
        """
        size = len(rows.good)
        if not self.waiting_rows:
            self._moved_at = time.monotonic()
        if self._batcher.is_closed or self.lake.is_behind or self.waiting_rows + size > self._rows_max:
            raise BusyError("the service is overloaded; send this again in a second")
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._offered += size
        self._batcher.offer(rows, future)
        return future

    @property
    def waiting_rows(self) -> int:
        """Rows that were offered and are not written yet, also where nobody waits for them any more."""
        return self._offered - self._done

    def trouble(self, stuck_seconds: float, failed_seconds: float) -> str:
        """Why interactions are not accepted just now; "" where they are. A write that failed counts for so
        long where none came after it: who is sent nothing cannot show that it goes on.
        """
        now, failed = time.monotonic(), self._failed
        if self.lake.is_behind:
            return "rows come faster than they can be brought into files"
        if self.waiting_rows and now - self._moved_at > stuck_seconds:
            return f"{self.waiting_rows:,} rows wait, and none was written for {now - self._moved_at:,.0f} s"
        if failed is not None and now - failed[0] < failed_seconds:
            return f"the last rows could not be written: {failed[1]}"
        return ""

    def close(self) -> None:
        """Write what was offered, then stop. The lake stays open."""
        self._batcher.close()
        self._stop.set()
        self._filing.join()

    def _carry_out(self, messages: Sequence[Rows]) -> list[Receipt]:
        try:
            receipts = self._write(messages)
            self._failed = None
            return receipts
        except ZhenzanError as error:
            self._failed = time.monotonic(), str(error)
            raise
        except Exception as error:
            self._failed = time.monotonic(), one_line(error)
            log.exception("an unexpected error in the intake")
            raise
        finally:
            self._moved_at = time.monotonic()
            self._done += sum(len(rows.good) for rows in messages)

    def _write(self, messages: Sequence[Rows]) -> list[Receipt]:
        """Keep the rows of all messages; the receipt of each."""
        kept = self.lake.append(join_rows(messages))
        chances = self._screened(kept)
        is_late = np.zeros(kept.is_new.size, np.bool_)
        times = kept.batch.column("timestamp").cast(pa.int64()).to_numpy()
        is_late[kept.is_new] = times < self.settled_before
        self.late += int(is_late.sum())
        receipts, begin = [], 0
        for rows in messages:
            part = slice(begin, begin + len(rows.good))
            scores = None if chances is None else chances[part]
            receipts.append(Receipt(kept.is_new[part], int(is_late[part].sum()), scores))
            begin = part.stop
        return receipts

    def _screened(self, kept: AppendResult) -> npt.NDArray[np.float32] | None:
        """Provisional chances; none where counting fails, for the rows are kept, and are answered so."""
        if not kept.batch.num_rows:
            return None
        chances = None
        try:
            if self._screen is not None:
                chances = np.full(kept.is_new.size, np.nan, np.float32)
                chances[kept.is_new] = self._screen(kept.batch)
            if self._tell is not None:
                self._tell(kept.batch, None if chances is None else chances[kept.is_new])
        except Exception:
            log.exception("rows are kept, but were not counted")
            return None
        return chances

    def _tend_all(self) -> None:
        lower_thread_priority()
        waited = 0.0
        while not self._stop.wait(FLUSH_SECONDS):
            waited += FLUSH_SECONDS
            try:
                self.lake.flush_segments()
                if waited >= MERGE_SECONDS:
                    waited = 0.0
                    self.lake.merge()
            except Exception:
                # A full disk, say: what is acknowledged stays in the journal, the next try may do.
                log.exception("the journal cannot be brought into files just now")
