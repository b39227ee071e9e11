"""What viewers have seen today, and who must not be shown what."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhenzan.promote.kernels import decisions as kernel
from zhenzan.promote.kernels.arguments import ExcludedPairs, ViewerArrays

__all__ = ["VIEWER_DAY_MAX", "Exclusions", "ViewerTable"]

VIEWER_DAY_MAX = 8  # promoted exposures of a viewer on one date; more would not fit the viewer's row
VIEWERS_AT_FIRST = 1 << 14
DATES_APART_MAX = 2  # around the earth at one time


class ViewerTable:
    """Viewers by number in an open-addressing table; a row is the date, how many were shown, and which."""

    def __init__(self) -> None:
        self.arrays = _empty(VIEWERS_AT_FIRST)
        self.count = 0

    def make_room(self, new: int) -> None:
        """Grow before the table is half full, and leave out who was shown nothing on the last dates."""
        keys, rows = self.arrays
        if 2 * (self.count + new) <= keys.size:
            return
        day_min = int(rows[:, kernel.DAY].max()) - DATES_APART_MAX
        kept = int(((keys != 0) & (rows[:, kernel.DAY] >= day_min)).sum())
        size = keys.size
        while size < 4 * (kept + new):
            size *= 2
        grown = _empty(size)
        self.count = int(kernel.rehash(keys, rows, *grown, day_min))
        self.arrays = grown


def _empty(size: int) -> ViewerArrays:
    columns = kernel.FIRST_SEEN + VIEWER_DAY_MAX
    return ViewerArrays(np.zeros(size, np.uint64), np.zeros((size, columns), np.int64))


class Exclusions:
    """Pairs of viewers and flights, sorted by viewer; flight −1 is all of them."""

    def __init__(self) -> None:
        self._by_flight: dict[int, npt.NDArray[np.uint64]] = {}
        self._arrays: ExcludedPairs | None = None

    def set(self, flight: int, viewers: npt.NDArray[np.uint64]) -> None:
        """Whom the flight must not reach, instead of whom it was before."""
        before = self._by_flight.pop(flight, None)
        if viewers.size:
            self._by_flight[flight] = viewers
        if viewers.size or before is not None:
            self._arrays = None

    @property
    def arrays(self) -> ExcludedPairs:
        """Sorted anew after a change, at some 0.1 µs a pair."""
        if self._arrays is None:
            viewer = np.concatenate([np.empty(0, np.uint64), *self._by_flight.values()])
            flight = np.repeat(
                np.array(list(self._by_flight), np.int64), [len(v) for v in self._by_flight.values()]
            )
            order = np.argsort(viewer, kind="stable")
            self._arrays = ExcludedPairs(viewer[order], flight[order])
        return self._arrays
