"""Many callers, one writer: what gathers while the disk is busy is carried out together, each is answered."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

__all__ = ["Gathering"]

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Gathering(Generic[Asked, Answer]):
    """A thread that carries out what is offered, in order, as much at a time as has gathered meanwhile.

    `carry_out` gives an answer or an error for each; what it raises is the answer to all. `size`: of one that
    is asked; no more are gathered once `size_max` is reached. `waiting_max`: where about so many wait, offers
    do too; 0: none do. A batch wakes each event loop once, not once a caller.
    """

    def __init__(
        self,
        name: str,
        carry_out: Callable[[Sequence[Asked]], Sequence[Answer | BaseException]],
        size: Callable[[Asked], int],
        size_max: int,
        waiting_max: int = 0,
    ) -> None:
        self._carry_out, self._size, self._size_max = carry_out, size, size_max
        self._waiting: queue.SimpleQueue[tuple[Asked, Future[Answer] | asyncio.Future[Answer]] | None]
        self._waiting, self._waiting_max = queue.SimpleQueue(), waiting_max
        self._room = threading.Condition()
        self.is_closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def offer(self, asked: Asked, future: Future[Answer] | asyncio.Future[Answer]) -> None:
        """The future is done when it was carried out. From any thread, before `close`."""
        if not self._has_room():
            with self._room:
                self._room.wait_for(self._has_room)
        self._waiting.put((asked, future))

    def close(self) -> None:
        """Wait for what was offered."""
        if not self.is_closed:
            self.is_closed = True
            self._waiting.put(None)
            self._thread.join()

    def _has_room(self) -> bool:
        return not self._waiting_max or self._waiting.qsize() < self._waiting_max

    def _work(self) -> None:
        ends = False
        while not ends:
            first = self._waiting.get()
            if first is None:
                return
            gathered, size = [first], self._size(first[0])
            while size < self._size_max:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    ends = True
                    break
                gathered.append(more)
                size += self._size(more[0])
            with self._room:
                self._room.notify_all()
            self._answer(gathered)

    def _answer(self, gathered: Sequence[tuple[Asked, Future[Answer] | asyncio.Future[Answer]]]) -> None:
        answers: Sequence[Answer | BaseException]
        try:
            answers = self._carry_out([asked for asked, _ in gathered])
        except BaseException as error:
            answers = [error] * len(gathered)
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
