"""Events of a simulation as columns: the views and actions of a step, and the log that keeps them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhenzan.lab.columns import Columns, joined
from zhenzan.lab.kernels.event_counters import rows_to_keep
from zhenzan.lab.visit_calendar import Visits

__all__ = ["EventLog", "Events", "empty_events", "join_events", "put_visits"]


@dataclass(frozen=True)
class Events(Columns):
    """n views, in any order. `time` µs from the start (when the view ends), `watched` ms.

    `flags`: bits of kernels.watch; `channel`: the feed's, or −1 where the viewer came otherwise; `kind`,
    `source`, `motive` as in `vocabulary`; `campaign` the order (−1: none); `verdict` of its like, if it has
    one.
    """

    account: npt.NDArray[np.int32]
    item: npt.NDArray[np.int32]
    time: npt.NDArray[np.int64]
    watched: npt.NDArray[np.int32]
    flags: npt.NDArray[np.uint8]
    channel: npt.NDArray[np.int8]
    motive: npt.NDArray[np.int8]
    source: npt.NDArray[np.int8]
    kind: npt.NDArray[np.int8]
    campaign: npt.NDArray[np.int32]
    verdict: npt.NDArray[np.int8]


_TYPES = (
    np.int32,
    np.int32,
    np.int64,
    np.int32,
    np.uint8,
    np.int8,
    np.int8,
    np.int8,
    np.int8,
    np.int32,
    np.int8,
)


def empty_events(n: int) -> Events:
    """Empty rows for n natural events that belong to no order."""
    columns = [np.zeros(n, dtype) for dtype in _TYPES]
    columns[9][:] = -1
    return Events(*columns)  # type: ignore[arg-type]


def put_visits(events: Events, begin: int, visits: Visits) -> Events:
    """Write planned visits into the rows from `begin` on; gives these rows (shared). What is watched and
    done for pleasure is still to be filled in.
    """
    rows = events.take(slice(begin, begin + len(visits)))
    rows.account[:], rows.item[:], rows.time[:] = visits.account, visits.item, visits.time
    rows.flags[:], rows.source[:], rows.kind[:] = visits.flags, visits.source, visits.kind
    rows.campaign[:], rows.channel[:] = visits.campaign, -1
    return rows


class EventLog:
    """The events that are kept: those in which something was done, and all views of some viewers."""

    def __init__(self, views_of: npt.NDArray[np.bool_], remember: bool = True) -> None:
        self._views_of, self._remember = views_of, remember
        self._any_views = bool(views_of.any())
        self.chunks: list[Events] = []

    def keep(self, events: Events) -> Events:
        """Keep what is to be kept of a step's events; gives it (its arrays are the log's own)."""
        rows = rows_to_keep(events.account, events.item, events.flags, self._views_of, self._any_views)
        kept = events.take(rows)
        if len(kept) and self._remember:
            self.chunks.append(kept)
        return kept

    def keeps_views_of(self, account: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
        """Bool[n]: whether all views of these accounts are kept; of bots they never are."""
        known = np.minimum(account, len(self._views_of) - 1)
        return self._views_of[known] & (account < len(self._views_of))

    def all(self) -> Events:
        """Everything kept, as one; the chunks are let go."""
        joined = join_events(self.chunks)
        self.chunks = [joined]
        return joined


def join_events(chunks: list[Events]) -> Events:
    """One list of many."""
    if not chunks:
        return empty_events(0)
    return joined(chunks)
