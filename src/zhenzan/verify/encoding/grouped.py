"""A stable counting sort on all threads: positions of rows, group after group."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.verify.kernels import ordering
from zhenzan.verify.parts import PART_SIZE_MIN, THREADS, pool

GROUPS_PER_ROW_MAX = 0.5  # with more groups than this a second count of them costs more than it saves


def group_rows(
    codes: npt.NDArray[np.int32], groups: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """CSR `offset` int64[groups + 1], and `order` int32[rows], in row order within a group.

    O(rows + groups) time; 4 bytes a group and thread while it works.
    """
    parts = (
        THREADS if codes.size >= THREADS * PART_SIZE_MIN and groups < GROUPS_PER_ROW_MAX * codes.size else 1
    )
    edges = [codes.size * i // parts for i in range(parts + 1)]
    counts = np.zeros((parts, groups), np.int32)
    _together([(ordering.count_rows, edges[i], edges[i + 1], codes, counts[i]) for i in range(parts)])
    offset = np.empty(groups + 1, np.int64)
    ordering.open_groups(counts, offset, counts)
    order = np.empty(codes.size, np.int32)
    _together([(ordering.place_rows, edges[i], edges[i + 1], codes, counts[i], order) for i in range(parts)])
    return offset, order


def _together(calls: list[tuple[Any, ...]]) -> None:
    waiting = [pool().submit(kernel, *arguments) for kernel, *arguments in calls]
    for each in waiting:
        each.result()
