"""Prefetching: a file is parsed in a thread while the caller works on the rows before."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

__all__ = ["prefetch"]

T = TypeVar("T")

DEPTH = 1  # items waiting; with the one being made and the one in use, three are in memory
POLL_SECONDS = 0.1  # how soon the thread notices that nobody wants more


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error


_END = object()


def prefetch(items: Iterator[T]) -> Iterator[T]:
    """Yield the items of an iterator that runs in its own thread; errors are raised here, in their place.

    Parsers release the interpreter's lock, so the two sides share two cores. When the caller stops early, the
    thread stops before the next item.
    """
    queue: Queue[object] = Queue(DEPTH)
    stop = Event()
    thread = Thread(target=_work, args=(items, queue, stop), name="zhenzan-reader", daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not _END:
            if isinstance(item, _Failed):
                raise item.error
            yield item  # type: ignore[misc]
    finally:
        stop.set()
        try:
            queue.get_nowait()
        except Empty:
            pass
        thread.join()


def _work(items: Iterator[T], queue: Queue[object], stop: Event) -> None:
    try:
        for item in items:
            if not _put(item, queue, stop):
                return
        _put(_END, queue, stop)
    except BaseException as error:
        _put(_Failed(error), queue, stop)


def _put(item: object, queue: Queue[object], stop: Event) -> bool:
    while not stop.is_set():
        try:
            queue.put(item, timeout=POLL_SECONDS)
            return True
        except Full:
            continue
    return False
