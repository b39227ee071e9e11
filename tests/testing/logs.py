"""Logs as plain events, what counting them by hand gives, and strategies that draw them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

import zhenzan

SECOND, DAY = 1_000_000, 86_400_000_000
YEAR_2100 = 4_102_444_800 * SECOND
TIMESTAMP = pa.timestamp("us", tz="UTC")
STRANGE_IDS = (
    *("", "0", "00", "真赞", "\U0001f469\u200d\U0001f467", "a\nb", 'quo"te', "\x00"),
    *("\u00e9", "e\u0301", "\u202eabc", "x" * 300, "ß", "SS"),
)


@dataclass(frozen=True)
class Event:
    """One row of a log: a like (or an unlike) of an item by an account at a time in µs."""

    account: Any
    item: Any
    time: int
    kind: str = "like"
    id: str | None = None


@dataclass(frozen=True)
class SmallLog:
    """Events, and optional columns of as many values."""

    events: list[Event]
    columns: dict[str, list[Any]] = field(default_factory=dict)
    with_ids: bool = False

    def permuted(self, order: list[int]) -> SmallLog:
        return replace(
            self,
            events=[self.events[i] for i in order],
            columns={name: [values[i] for i in order] for name, values in self.columns.items()},
        )

    def renamed(self, account: Any, item: Any) -> SmallLog:
        """The same log with its ids passed through two functions."""
        events = [replace(e, account=account(e.account), item=item(e.item)) for e in self.events]
        columns = dict(self.columns)
        if "creator" in columns:
            columns["creator"] = [None if c is None else item(c) for c in columns["creator"]]
        return replace(self, events=events, columns=columns)

    def table(self) -> pa.Table:
        arrays = {
            "account": [e.account for e in self.events],
            "item": [e.item for e in self.events],
            "timestamp": pa.array([e.time for e in self.events], TIMESTAMP),
            "kind": [e.kind for e in self.events],
        }
        if self.with_ids:
            arrays["id"] = pa.array([e.id for e in self.events], pa.string())
        for name, values in self.columns.items():
            whole = name in ("watched", "duration")
            arrays[name] = pa.array(values, pa.int64()) if whole else pa.array(values)
        return pa.table(arrays)

    def batches(self) -> Any:
        """The log as the readers hand it to `encode`."""
        return zhenzan.open_log(self.table(), mapping=self.mapping).batches()

    def verify(self) -> zhenzan.Result:
        return zhenzan.verify(self.table(), mapping=self.mapping)

    @property
    def mapping(self) -> dict[str, str] | None:
        """What says that ids are ids, though the same few are drawn for many likes."""
        return {"id": "id"} if self.with_ids else None

    @property
    def likes(self) -> list[int]:
        """The positions of the likes."""
        return [i for i, e in enumerate(self.events) if e.kind == "like"]


def delivered_again(events: list[Event]) -> list[bool]:
    """Whether an earlier event is the same: of one kind, id, account and item."""
    seen: set[tuple[Any, ...]] = set()
    again = [False] * len(events)
    for i in sorted(range(len(events)), key=lambda i: (events[i].time, events[i].account, events[i].item, i)):
        if events[i].id is not None:
            key = (events[i].kind, str(events[i].id), events[i].account, events[i].item)
            again[i] = key in seen
            seen.add(key)
    return again


def standing_by_hand(events: list[Event]) -> list[str | None]:
    """What each like is worth: walk the history of every account and item. None for an unlike.

    At one instant likes come before unlikes.
    """
    again = delivered_again(events)
    history: dict[tuple[Any, Any], list[int]] = defaultdict(list)
    for i, event in enumerate(events):
        history[event.account, event.item].append(i)
    standing: list[str | None] = [None] * len(events)
    for rows in history.values():
        stands: int | None = None
        for i in sorted(rows, key=lambda i: (events[i].time, again[i], events[i].kind == "unlike", i)):
            if events[i].kind == "like":
                standing[i] = "repeated" if again[i] or stands is not None else "counted"
                stands = i if standing[i] == "counted" else stands
            elif stands is not None and not again[i]:
                standing[stands], stands = "cancelled", None
    return standing


def claimed_by_hand(events: list[Event]) -> dict[Any, int]:
    """The likes that each liked item may claim."""
    claimed: dict[Any, int] = {}
    for event, standing in zip(events, standing_by_hand(events), strict=True):
        if standing is not None:
            claimed[event.item] = claimed.get(event.item, 0) + (standing == "counted")
    return claimed


@st.composite
def events_of(
    draw: st.DrawFn, *, unlikes: bool = True, ids: bool = False, likes_max: int = 40
) -> list[Event]:
    """Up to `likes_max` events with many ties by few accounts on few items, anywhere from 1970 to 2100."""
    unit = draw(st.sampled_from([0, 1, SECOND, 3600 * SECOND, DAY, 400 * DAY]))
    start = draw(st.integers(0, YEAR_2100 - 60 * unit))
    if unit == DAY:
        start -= start % DAY
    count = draw(st.integers(1, likes_max))
    who, what = draw(st.sampled_from([(1, 1), (1, 6), (6, 1), (4, 4), (30, 5)]))
    kinds = st.sampled_from(["like", "like", "unlike"]) if unlikes else st.just("like")
    keys = st.none() | st.sampled_from("abcdef") if ids else st.none()
    row = st.tuples(st.integers(1, who), st.integers(1, what), st.integers(0, 60), kinds, keys)
    rows = draw(st.lists(row, min_size=count, max_size=count))
    events = [Event(a, i, start + t * unit, kind, key) for a, i, t, kind, key in rows]
    if all(e.kind == "unlike" for e in events):
        events[0] = replace(events[0], kind="like")
    return events


@st.composite
def small_logs(draw: st.DrawFn, *, unlikes: bool = True, columns: bool = True) -> SmallLog:
    """Logs of those events with optional columns, in which any value may be missing."""
    ids = draw(st.booleans())
    events = draw(events_of(unlikes=unlikes, ids=ids))
    values: dict[str, st.SearchStrategy[Any]] = {
        "creator": st.none() | st.integers(1, 3),
        "watched": st.none() | st.integers(0, 10_000),
        "duration": st.none() | st.integers(0, 10_000),
        "ip": st.none() | st.sampled_from(["10.0.0.1", "10.0.0.2", "::1", ""]),
        "device": st.none() | st.sampled_from(["d1", "d2", ""]),
        "region": st.none() | st.sampled_from(["CN", "NZ"]),
    }
    named = draw(st.lists(st.sampled_from(sorted(values)), unique=True)) if columns else []
    drawn = {name: draw(st.lists(values[name], min_size=len(events), max_size=len(events))) for name in named}
    return SmallLog(events, {k: v for k, v in drawn.items() if any(x is not None for x in v)}, ids)
