"""Micro-batching: one writer thread carries out together what many callers offered while it was busy, and
answers each.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Generic, TypeVar

__all__ = ["MicroBatcher"]

Request = TypeVar("Request")
Answer = TypeVar("Answer")


class MicroBatcher(Generic[Request, Answer]):
    """Threads that carry out offered items in order, in batches of all that has gathered meanwhile.

    `begin` is called for one batch after the other. What it gives is called next, beside the next `begin`
    where there are several `threads`: an answer or an error for each; what either raises is the answer to
    all. `size`: of one that is asked; no more are gathered once `size_max` is reached. `waiting_max`: where
    about so many wait, offers do too; 0: none do. A batch wakes each event loop once, not once a caller.
    """

    def __init__(
        self,
        name: str,
        begin: Callable[[Sequence[Request]], Callable[[], Sequence[Answer | BaseException]]],
        size: Callable[[Request], int],
        size_max: int,
        waiting_max: int = 0,
        threads: int = 1,
    ) -> None:
        self._begin, self._size, self._size_max = begin, size, size_max
        self._waiting: queue.SimpleQueue[tuple[Request, Future[Answer] | asyncio.Future[Answer]] | None]
        self._waiting, self._waiting_max = queue.SimpleQueue(), waiting_max
        self._room = threading.Condition()
        self.is_closed = False
        self._turn = threading.Lock()
        self._threads = [threading.Thread(target=self._work, name=name, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def offer(self, request: Request, future: Future[Answer] | asyncio.Future[Answer]) -> None:
        """Queue an item; the future is done when it has been carried out. From any thread, before `close`."""
        if not self._has_room():
            with self._room:
                self._room.wait_for(self._has_room)
        self._waiting.put((request, future))

    def close(self) -> None:
        """Wait until every offered item has been carried out, then stop."""
        if not self.is_closed:
            self.is_closed = True
            self._waiting.put(None)
            for thread in self._threads:
                thread.join()

    def _has_room(self) -> bool:
        return not self._waiting_max or self._waiting.qsize() < self._waiting_max

    def _work(self) -> None:
        while True:
            with self._turn:
                gathered = self._collect()
                if not gathered:
                    return
                with self._room:
                    self._room.notify_all()
                finish: Callable[[], Sequence[Answer | BaseException]]
                try:
                    finish = self._begin([request for request, _ in gathered])
                except BaseException as error:
                    finish = partial(_for_all, error, len(gathered))
            self._answer(gathered, finish)

    def _collect(self) -> list[tuple[Request, Future[Answer] | asyncio.Future[Answer]]]:
        """The waiting items, at least one; none at the end."""
        gathered, size = [], 0
        waiting = self._waiting.get()
        while waiting is not None:
            gathered.append(waiting)
            size += self._size(waiting[0])
            if size >= self._size_max:
                return gathered
            try:
                waiting = self._waiting.get_nowait()
            except queue.Empty:
                return gathered
        self._waiting.put(None)  # the end is for the other threads too
        return gathered

    def _answer(
        self,
        gathered: Sequence[tuple[Request, Future[Answer] | asyncio.Future[Answer]]],
        finish: Callable[[], Sequence[Answer | BaseException]],
    ) -> None:
        answers: Sequence[Answer | BaseException]
        try:
            answers = finish()
        except BaseException as error:
            answers = _for_all(error, len(gathered))
        by_loop: dict[
            asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Answer], Answer | BaseException]]
        ] = {}
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


def _for_all(error: BaseException, callers: int) -> list[BaseException]:
    return [error] * callers


def _give_all(answered: Sequence[tuple[asyncio.Future[Answer], Answer | BaseException]]) -> None:
    for future, answer in answered:
        _give(future, answer)


def _give(future: Future[Answer] | asyncio.Future[Answer], answer: Answer | BaseException) -> None:
    if future.done():  # its waiter gave up; it was carried out all the same
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
