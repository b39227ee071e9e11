"""Group commit: many callers submit one transfer each, one batch takes what has gathered meanwhile."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from zhenzan.errors import LedgerError
from zhenzan.ledger.entities import Command
from zhenzan.ledger.ledger import Done, Ledger
from zhenzan.ledger.refusals import RefusalError

__all__ = ["GroupCommit"]

WAITING_MAX = 10_000  # callers beyond that wait before they may submit
COMMANDS_MAX = 1_000  # in one batch


class GroupCommit:
    """Submit from any thread. A future is done when its commands are durable, or refused.

    Asyncio callers wrap the future (`asyncio.wrap_future`). Close it before the ledger.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: queue.Queue[tuple[Sequence[Command], Future[tuple[Done, ...]]] | None] = queue.Queue(
            WAITING_MAX
        )
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="ledger group commit", daemon=True)
        self._thread.start()

    def submit(self, *commands: Command) -> Future[tuple[Done, ...]]:
        """Carry out commands, each by itself but for groups: the future gives their outcomes, or raises
        the first
        RefusalError among them.
        """
        if self._closed:
            raise LedgerError("this group commit is closed")
        future: Future[tuple[Done, ...]] = Future()
        self._waiting.put((commands, future))
        return future

    def close(self) -> None:
        """Wait for what was submitted."""
        if not self._closed:
            self._closed = True
            self._waiting.put(None)
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _work(self) -> None:
        ends = False
        while not ends:
            first = self._waiting.get()
            if first is None:
                return
            gathered, size = [first], len(first[0])
            while size < COMMANDS_MAX:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    ends = True
                    break
                gathered.append(more)
                size += len(more[0])
            self._commit(gathered)

    def _commit(self, gathered: list[tuple[Sequence[Command], Future[tuple[Done, ...]]]]) -> None:
        commands = [command for each, _ in gathered for command in each]
        try:
            outcomes = self._ledger.submit(commands, on_error="continue").outcomes
        except BaseException as error:
            for _, future in gathered:
                future.set_exception(error)
            return
        first = 0
        for each, future in gathered:
            mine = outcomes[first : first + len(each)]
            first += len(each)
            refused = next((outcome for outcome in mine if isinstance(outcome, RefusalError)), None)
            if refused is not None:
                future.set_exception(refused)
            else:
                future.set_result(tuple(outcome for outcome in mine if isinstance(outcome, Done)))
