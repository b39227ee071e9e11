"""A stable counting sort on all threads: positions of rows, group after group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.parallel import PART_SIZE_MIN, THREADS, pool
from zhenzan.verify.kernels import like_order

GROUPS_PER_ROW_MAX = 0.5  # with more groups than this a second count of them costs more than it saves


def group_rows(
    codes: npt.NDArray[np.int32], groups: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """CSR `offset` int64[groups + 1], and `order` int32[rows], in row order within a group.

    O(rows + groups) time; 4 bytes a group and thread while it works.
    """
    order = np.empty(codes.size, np.int32)
    return _counting_sort(codes, groups, like_order.place_rows, order), order


def offsets(counts: np.ndarray) -> npt.NDArray[np.int64]:
    """Where groups of `counts` rows each begin, and the end: int64[groups + 1]."""
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


def group_events(
    codes: npt.NDArray[np.int32],
    groups: int,
    time: npt.NDArray[np.int64],
    account: npt.NDArray[np.int32],
    event: npt.NDArray[np.int8],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """As `group_rows`, but what is ordered are events as `like_order.break_ties` takes them: 16 bytes
    each.
    """
    placed = np.empty((codes.size, 2), np.int64)
    return _counting_sort(codes, groups, like_order.place_events, time, account, event, placed), placed


def _counting_sort(
    codes: npt.NDArray[np.int32], groups: int, fill: Callable[..., None], *arguments: npt.NDArray[Any]
) -> npt.NDArray[np.int64]:
    """Count, then `fill` each row of the groups; returns where these begin."""
    parts = (
        THREADS if codes.size >= THREADS * PART_SIZE_MIN and groups < GROUPS_PER_ROW_MAX * codes.size else 1
    )
    edges = [codes.size * i // parts for i in range(parts + 1)]
    counts = np.zeros((parts, groups), np.int32)
    _run_all([(like_order.count_rows, edges[i], edges[i + 1], codes, counts[i]) for i in range(parts)])
    offset = np.empty(groups + 1, np.int64)
    like_order.open_groups(counts, offset, counts)
    _run_all([(fill, edges[i], edges[i + 1], codes, counts[i], *arguments) for i in range(parts)])
    return offset


def _run_all(calls: list[tuple[Any, ...]]) -> None:
    waiting = [pool().submit(kernel, *arguments) for kernel, *arguments in calls]
    for task in waiting:
        task.result()
