"""Run a kernel over ranges of rows on threads; neither their number nor the cuts can change a result.

A kernel for this takes `first, last` before its own arguments, releases the interpreter's lock, and writes
only what belongs to the rows first..last.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import TracebackType
from typing import Any

__all__ = ["Threads"]

ROWS_PER_PART_MIN = 2_000  # below this a part costs more to hand out than it saves
PARTS_PER_THREAD = 2


class Threads:
    """Some threads to run kernels on; a context that ends them. `count` None: one for each processor."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count if count is not None else (os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(self.count, "zhenzan-lab") if self.count > 1 else None

    def __enter__(self) -> Threads:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def rows(
        self, kernel: Callable[..., Any], rows: int, *arguments: Any, least: int = ROWS_PER_PART_MIN
    ) -> list[Any]:
        """Call `kernel(a, b, *arguments)` for ranges a..b that cover 0..rows; gives what each returned.

        `least`: rows that are worth a part, fewer where a row is much work.
        """
        parts = min(self.count * PARTS_PER_THREAD, rows // least)
        if self._pool is None or parts <= 1:
            return [kernel(0, rows, *arguments)]
        edges = [rows * part // parts for part in range(parts + 1)]
        waiting = [self._pool.submit(kernel, a, b, *arguments) for a, b in pairwise(edges)]
        return [part.result() for part in waiting]
