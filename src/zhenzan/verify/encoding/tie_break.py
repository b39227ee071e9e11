"""Tie-breaking: which row's context counts for a pair when several rows have the same instant."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def break_ties(
    founder: np.ndarray, pair: np.ndarray, time: np.ndarray, columns: dict[str, pa.ChunkedArray]
) -> np.ndarray:
    """For each pair the row whose context counts: of the likes at its first instant, the first by its texts.

    `founder` int32[pairs], a row of each pair's first instant; `pair` int32[rows], −1 for unlikes; `time`
    int64[rows]. The order of rows must change no verdict, so it may not choose. O(rows), and a Python step
    for each row that differs from its pair's founder at the same instant: repeated rows are mostly copies.
    """
    if not columns:
        return founder
    others = np.flatnonzero(pair >= 0)
    others = others[founder[pair[others]] != others]
    ties = others[time[others] == time[founder[pair[others]]]]
    if ties.size == 0:
        return founder
    mine = founder[pair[ties]]
    differs = np.zeros(ties.size, bool)
    for column in columns.values():
        differs |= _differ(column.take(pa.array(ties)), column.take(pa.array(mine)))
    settled = founder.copy()
    words = {int(row): _words(columns, row) for row in np.union1d(ties[differs], mine[differs])}
    for row in ties[differs].tolist():
        if words[row] < words[int(settled[pair[row]])]:
            settled[pair[row]] = row
    return settled


def _differ(one: pa.ChunkedArray, two: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_nested(one.type):
        return np.array([a != b for a, b in zip(one.to_pylist(), two.to_pylist(), strict=True)], bool)
    same = pc.or_kleene(pc.equal(one, two), pc.and_(pc.is_null(one), pc.is_null(two)))
    return ~np.asarray(pc.fill_null(same, False).to_numpy(), bool)


def _words(columns: dict[str, pa.ChunkedArray], row: int) -> tuple[str, ...]:
    return tuple(repr(columns[name][int(row)].as_py()) for name in sorted(columns))
