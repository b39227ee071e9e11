"""What happened, as columns: the views and deeds of a step, and the log that keeps them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from zhenzan.lab.visits import Visits

__all__ = ["EventLog", "Events", "empty_events", "events_of", "join_events"]


@dataclass(frozen=True)
class Events:
    """n views, in any order. `time` µs from the start (when the view ends), `watched` ms.

    `flags`: bits of kernels.watch; `channel`: the feed's, or −1 where the viewer came otherwise; `kind`,
    `source`, `motive` as in `words`; `campaign` the order (−1: none); `verdict` of its like, if it has one.
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

    def __len__(self) -> int:
        return len(self.account)

    def take(self, rows: npt.NDArray[np.generic]) -> Events:
        """The events at these rows."""
        return Events(*(getattr(self, each.name)[rows] for each in fields(self)))


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
    """Room for n natural events that belong to no order."""
    columns = [np.zeros(n, dtype) for dtype in _TYPES]
    columns[9][:] = -1
    return Events(*columns)  # type: ignore[arg-type]


def events_of(visits: Visits) -> Events:
    """The events of planned visits; what is watched and done is still to be filled in."""
    n = len(visits)
    return Events(
        account=visits.account,
        item=visits.item,
        time=visits.time.copy(),
        watched=np.zeros(n, np.int32),
        flags=visits.flags.copy(),
        channel=np.full(n, -1, np.int8),
        motive=np.zeros(n, np.int8),
        source=visits.source,
        kind=visits.kind,
        campaign=visits.campaign,
        verdict=np.zeros(n, np.int8),
    )


class EventLog:
    """The events that are kept: those in which something was done, and all views of some viewers."""

    def __init__(self, views_of: npt.NDArray[np.bool_], remember: bool = True) -> None:
        self._views_of, self._remember = views_of, remember
        self.chunks: list[Events] = []

    def keep(self, events: Events) -> Events:
        """Keep what is to be kept of a step's events; gives it (its arrays are the log's own)."""
        wanted = (events.flags != 0) | self.keeps_views_of(events.account)
        kept = events.take(np.flatnonzero(wanted & (events.item >= 0)))
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
    return Events(*(np.concatenate([getattr(c, each.name) for c in chunks]) for each in fields(Events)))
