"""Parallel kernels: numba functions on threads, over ranges of rows or of groups.

A kernel for this takes `first, last` before its own arguments, releases the interpreter's lock, and writes
only what belongs to first..last; so neither the number of threads nor the cuts can change a result. It
compiles several times faster than a `parallel=True` kernel, and starts in microseconds where that waits
milliseconds for its team of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from types import TracebackType
from typing import Any, TypeVar

import numba
import numpy as np
import numpy.typing as npt

__all__ = ["PART_SIZE_MIN", "THREADS", "Threads", "cuts", "over_groups", "over_rows", "pool"]

Result = TypeVar("Result")

THREADS = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
PARTS_PER_THREAD = 4  # more parts than threads, since equal sizes are not equal work
PART_SIZE_MIN = 50_000  # below this many elements a part costs more to hand out than it saves
VIEWS_PER_PART_MIN = 2_000  # the same for rows that are some hundred times as much work as an element


@cache
def pool() -> ThreadPoolExecutor:
    """The process's thread pool, for leaf tasks only: a task there must not wait for another."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="zhenzan-kernel")


def over_groups(kernel: Callable[..., Result], offset: npt.NDArray[Any], *arguments: Any) -> list[Result]:
    """Call `kernel(a, b, *arguments)` for ranges a..b that cover all groups; gives what each returned.

    The ranges are of about equal numbers of elements. `offset` [groups + 1], ascending: group g has the
    elements `offset[g]` to `offset[g + 1]`.
    """
    return _run(kernel, cuts(offset, 0, offset.size - 1), arguments)


def over_rows(kernel: Callable[..., Result], rows: int, *arguments: Any) -> list[Result]:
    """As `over_groups`, for a kernel whose every group is one row."""
    parts = min(THREADS * PARTS_PER_THREAD, rows // PART_SIZE_MIN)
    return _run(kernel, [0, rows] if THREADS == 1 or parts <= 1 else _even_cuts(rows, parts), arguments)


def cuts(offset: npt.NDArray[Any], first: int, last: int) -> list[int]:
    """Cut points of the groups first..last into parts of about equal sizes, both ends included."""
    low, high = int(offset[first]), int(offset[last])
    parts = min(THREADS * PARTS_PER_THREAD, (high - low) // PART_SIZE_MIN, last - first)
    if THREADS == 1 or parts <= 1:
        return [first, last]
    inner = np.searchsorted(offset[first:last], np.linspace(low, high, parts + 1)[1:-1]) + first
    edges: list[int] = np.unique(np.concatenate([[first], inner, [last]])).tolist()
    return edges


class Threads:
    """A thread pool of a chosen size, as a context manager.

    `count` None: as many as the process has.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = THREADS if count is None else count
        self._pool = ThreadPoolExecutor(self.count, "zhenzan-kernel") if self.count > 1 else None

    def __enter__(self) -> Threads:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def over_rows(
        self, kernel: Callable[..., Result], rows: int, *arguments: Any, least: int = VIEWS_PER_PART_MIN
    ) -> list[Result]:
        """As the function `over_rows`. `least`: rows that are worth a part, fewer where one is much work."""
        parts = min(self.count * PARTS_PER_THREAD, rows // least)
        if self._pool is None or parts <= 1:
            return [kernel(0, rows, *arguments)]
        return _run(kernel, _even_cuts(rows, parts), arguments, self._pool)


def _even_cuts(rows: int, parts: int) -> list[int]:
    return [rows * part // parts for part in range(parts + 1)]


def _run(
    kernel: Callable[..., Result],
    edges: list[int],
    arguments: tuple[Any, ...],
    threads: ThreadPoolExecutor | None = None,
) -> list[Result]:
    if len(edges) == 2:
        return [kernel(edges[0], edges[1], *arguments)]
    waiting = [(threads or pool()).submit(kernel, a, b, *arguments) for a, b in pairwise(edges)]
    return [part.result() for part in waiting]
