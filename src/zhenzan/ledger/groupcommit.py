"""Group commit: many callers submit one transfer each, one batch takes what has gathered meanwhile."""

from __future__ import annotations

import asyncio
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

Waiting = Future[tuple[Done, ...]] | asyncio.Future[tuple[Done, ...]]
Answered = tuple[Waiting, tuple[Done, ...] | BaseException]


class GroupCommit:
    """Submit from any thread. A future is done when its commands are durable, or refused.

    Tasks of an event loop use `submit_async`: a batch wakes its loop once, not once a task. Close it before
    the ledger.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: queue.Queue[tuple[Sequence[Command], Waiting] | None] = queue.Queue(WAITING_MAX)
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

    def submit_async(self, *commands: Command) -> asyncio.Future[tuple[Done, ...]]:
        """The same for a task of the running event loop."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[tuple[Done, ...]] = loop.create_future()
        if self._closed:
            raise LedgerError("this group commit is closed")
        self._waiting.put((commands, waiting))
        return waiting

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

    def _commit(self, gathered: list[tuple[Sequence[Command], Waiting]]) -> None:
        commands = [command for each, _ in gathered for command in each]
        answers: list[tuple[Done, ...] | BaseException] = []
        try:
            outcomes = self._ledger.submit(commands, on_error="continue").outcomes
        except BaseException as error:
            answers = [error] * len(gathered)
        else:
            first = 0
            for each, _ in gathered:
                answers.append(_answer(outcomes[first : first + len(each)]))
                first += len(each)
        by_loop: dict[asyncio.AbstractEventLoop, list[Answered]] = {}
        for (_, future), answer in zip(gathered, answers, strict=True):
            if isinstance(future, asyncio.Future):
                by_loop.setdefault(future.get_loop(), []).append((future, answer))
            else:
                _give(future, answer)
        for loop, answered in by_loop.items():
            try:
                loop.call_soon_threadsafe(_give_all, answered)
            except RuntimeError:  # the loop is closed: nobody waits any more
                pass


def _answer(outcomes: Sequence[Done | RefusalError]) -> tuple[Done, ...] | BaseException:
    for outcome in outcomes:
        if isinstance(outcome, RefusalError):
            return outcome
    return tuple(outcome for outcome in outcomes if isinstance(outcome, Done))


def _give_all(answered: list[Answered]) -> None:
    for future, answer in answered:
        _give(future, answer)


def _give(future: Waiting, answer: tuple[Done, ...] | BaseException) -> None:
    if future.done():  # its waiter gave up; the transfer stands all the same
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
