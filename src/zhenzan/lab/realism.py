"""Realism of a simulated world: the same measures on it and on a real platform's data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.lab.outputs.world import World

__all__ = ["MEASURES", "Distance", "Measure", "Viewing", "compare", "ks_distance", "viewing_of"]

Floats = npt.NDArray[np.float64]

LONG_VIEW_MS = 18_000.0  # KuaiRand: a view to the end, or of 18 s, is long
RATIO_MAX = 3.0  # watch ratios above are one: replays without end
ITEM_VIEWS_MIN = 200  # below, an item's like rate is noise
ITEM_SEEN_MIN = 30  # below, an item was not really published: KuaiRand's videos were all shown 10,000 times
HOME_REGION, HOME_OFFSET_HOURS = "CN", 8.0


@dataclass(frozen=True)
class Viewing:
    """Views of a platform's feed, n rows: who (codes), when (local hour), how long, and whether liked.

    `item_views`, `item_likes`: totals of each item. `shares`: likes by double tap and likes taken back, of
    all likes; comments, shares and follows, a view.
    """

    account: npt.NDArray[np.int64]
    hour: npt.NDArray[np.int64]
    watched_ms: Floats
    duration_ms: Floats
    liked: npt.NDArray[np.bool_]
    item_views: Floats
    item_likes: Floats
    shares: dict[str, float]

    @property
    def ratio(self) -> Floats:
        """Watched, in the item's length, RATIO_MAX at most."""
        return np.minimum(self.watched_ms / np.maximum(self.duration_ms, 1.0), RATIO_MAX)

    @property
    def long(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.watched_ms >= np.minimum(self.duration_ms, LONG_VIEW_MS))

    @property
    def item_rate(self) -> Floats:
        """Likes a view of the items that were seen often enough and liked at all, in their median."""
        enough = (self.item_views >= ITEM_VIEWS_MIN) & (self.item_likes > 0)
        rate = self.item_likes[enough] / self.item_views[enough]
        return np.asarray(rate / np.median(rate))


def viewing_of(world: World) -> Viewing:
    """The feed of a world that kept the views of some viewers (`records.views`), without what was bought.

    Totals of items are of all viewers, all else of those whose views were kept. O(rows log rows).
    """
    log, truth = world.interactions, world.truth
    kind = np.asarray(log["kind"].cast(pa.string()).to_numpy())
    natural = np.asarray(pc.equal(truth["kind_of_like"].cast(pa.string()), "natural"))
    origin = pc.is_in(log["origin"], value_set=pa.array(["organic", "search"]))
    feed = natural & np.asarray(origin) & np.asarray(log["duration"].is_valid())
    time = log["timestamp"].cast(pa.int64()).to_numpy()
    account, item = log["account"].to_numpy(), log["item"].to_numpy()
    seen, every_like = np.flatnonzero(feed & (kind == "view")), np.flatnonzero(feed & (kind == "like"))
    feed &= np.isin(account, np.unique(account[seen]))
    likes = np.flatnonzero(feed & (kind == "like"))
    key = account.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ (time.astype(np.uint64) << np.uint64(1))
    home = np.asarray(pc.equal(log["region"].cast(pa.string()), HOME_REGION))
    hour = (time[seen] / 3.6e9 + HOME_OFFSET_HOURS) % 24
    videos = world.items.filter(pc.invert(world.items["live"]))
    number = videos["item"].to_numpy()
    order = np.argsort(number)
    owner = order[np.searchsorted(number[order], item[every_like])]
    return Viewing(
        account=account[seen],
        hour=hour[home[seen]].astype(np.int64),
        watched_ms=log["watched"].to_numpy()[seen].astype(np.float64),
        duration_ms=log["duration"].to_numpy(zero_copy_only=False)[seen].astype(np.float64),
        liked=np.isin(key[seen], key[likes]),
        item_views=videos["views"].to_numpy().astype(np.float64),
        item_likes=np.bincount(owner, minlength=len(number)).astype(np.float64),
        shares={
            "double tap": float(truth["double_tap"].to_numpy()[likes].mean()),
            "taken back": float((feed & (kind == "unlike")).sum() / max(len(likes), 1)),
            **{name: float((feed & (kind == name)).sum() / len(seen)) for name in DEEDS},
        },
    )


DEEDS = ("comment", "share", "follow")


@dataclass(frozen=True)
class Measure:
    """One figure: how it is read off a `Viewing`, how two are compared, and how far apart they may be.

    `by` ratio: the larger over the smaller, less 1; difference: of two shares; KS: of two samples
    (Kolmogorov-Smirnov); profile: half the sum of differences of two profiles. `role`: the lab's defaults
    were set by what is fitted; what is watched was looked at meanwhile, but not aimed at; what is held out
    was computed for the first time when the defaults stood.
    """

    name: str
    by: str
    bound: float
    role: str
    read: Callable[[Viewing], Any]


@dataclass(frozen=True)
class Distance:
    """A measure on both sides (medians where it compares samples), and how far apart they are."""

    measure: Measure
    lab: float
    real: float
    distance: float

    @property
    def within(self) -> bool:
        return self.distance <= self.measure.bound


def compare(lab: Viewing, real: Viewing, seed: int = 0) -> list[Distance]:
    """Every measure on both. The lab's viewers are thinned to as few views each as the real sample has."""
    sample, whole = thinned(lab, np.unique(real.account, return_counts=True)[1], seed), lab
    distances = []
    for measure in MEASURES:
        mine = sample if measure.name in THINNED else whole
        left, right = measure.read(mine), measure.read(real)
        if measure.by == "KS":
            values = float(np.median(left)), float(np.median(right))
            distances.append(Distance(measure, *values, ks_distance(left, right)))
        elif measure.by == "profile":
            values = float(np.argmax(left)), float(np.argmax(right))
            distances.append(Distance(measure, *values, float(np.abs(left - right).sum() / 2)))
        elif measure.by == "difference":
            distances.append(Distance(measure, float(left), float(right), abs(float(left) - float(right))))
        else:
            high, low = max(left, right), max(min(left, right), 1e-12)
            distances.append(Distance(measure, float(left), float(right), float(high / low - 1.0)))
    return distances


def ks_distance(left: Floats, right: Floats) -> float:
    """The largest difference of two samples' distribution functions. O(n log n)."""
    left, right = np.sort(left), np.sort(right)
    at = np.concatenate((left, right))
    below = np.searchsorted(left, at, side="right") / len(left)
    return float(np.abs(below - np.searchsorted(right, at, side="right") / len(right)).max())


def thinned(viewing: Viewing, views: npt.NDArray[np.int64], seed: int) -> Viewing:
    """Some views of every viewer: as many as a viewer of `views`, drawn by lot. All else stays as it is."""
    rng = np.random.default_rng(seed)
    _, code = np.unique(viewing.account, return_inverse=True)
    order = np.lexsort((rng.random(len(code)), code))
    begin = np.searchsorted(code[order], np.arange(code.max() + 1))
    rank = np.arange(len(code)) - begin[code[order]]
    rows = order[rank < rng.choice(views, code.max() + 1)[code[order]]]
    names = ("account", "watched_ms", "duration_ms", "liked")
    taken = {name: getattr(viewing, name)[rows] for name in names}
    return Viewing(**{**viewing.__dict__, **taken})


def top_share(values: Floats, share: float) -> float:
    """The share of the whole that the largest `share` of the values hold."""
    largest = np.sort(values)[::-1]
    return float(largest[: max(int(share * len(largest)), 1)].sum() / max(largest.sum(), 1e-12))


def likes_by_viewer(viewing: Viewing) -> Floats:
    """Likes of every viewer who was shown anything."""
    _, code = np.unique(viewing.account, return_inverse=True)
    return np.asarray(np.bincount(code, weights=viewing.liked), np.float64)


def _seen_items(viewing: Viewing) -> Floats:
    seen = viewing.item_views[viewing.item_views >= ITEM_SEEN_MIN]
    return np.asarray(seen / np.median(seen))


def _hours(viewing: Viewing) -> Floats:
    counts = np.bincount(viewing.hour, minlength=24)
    return np.asarray(counts / counts.sum())


def _rate(viewing: Viewing, of: npt.NDArray[np.bool_]) -> float:
    return float(viewing.liked[of].mean())


def _by_length(viewing: Viewing, low_ms: float, high_ms: float, what: str) -> float:
    """Share of views of items of some length that are long, or in which the item was liked."""
    of = (viewing.duration_ms >= low_ms) & (viewing.duration_ms < high_ms)
    return float((viewing.long if what == "long" else viewing.liked)[of].mean())


FITTED, WATCHED = "fitted", "watched"
SHORT_MS, LENGTHY_MS = 20_000.0, 120_000.0

MEASURES: tuple[Measure, ...] = (
    Measure("likes a view", "ratio", 0.10, FITTED, lambda v: v.liked.mean()),
    Measure("long views", "ratio", 0.05, FITTED, lambda v: v.long.mean()),
    Measure("watched, in the item's length", "KS", 0.06, FITTED, lambda v: v.ratio),
    Measure("length of what is shown, s", "KS", 0.10, FITTED, lambda v: v.duration_ms / 1e3),
    Measure("watched, s", "KS", 0.06, FITTED, lambda v: v.watched_ms / 1e3),
    Measure("likes a long view", "ratio", 0.15, FITTED, lambda v: _rate(v, v.long)),
    Measure("likes a short view", "ratio", 0.25, FITTED, lambda v: _rate(v, ~v.long)),
    Measure("likes a view to the end", "ratio", 0.35, WATCHED, lambda v: _rate(v, v.ratio >= 1.0)),
    Measure("views by hour of the day (busiest)", "profile", 0.05, FITTED, _hours),
    Measure("likes by double tap", "ratio", 0.05, FITTED, lambda v: v.shares["double tap"]),
    Measure("likes taken back", "ratio", 0.10, FITTED, lambda v: v.shares["taken back"]),
    Measure("comments a view", "ratio", 0.20, FITTED, lambda v: v.shares["comment"]),
    Measure("shares a view", "ratio", 0.20, FITTED, lambda v: v.shares["share"]),
    Measure("follows a view", "ratio", 0.20, FITTED, lambda v: v.shares["follow"]),
    Measure(
        "views of the top 10 % of items", "ratio", 0.10, FITTED, lambda v: top_share(_seen_items(v), 0.1)
    ),
    Measure(
        "views of the top 1 % of items", "ratio", 0.25, WATCHED, lambda v: top_share(_seen_items(v), 0.01)
    ),
    Measure("views of an item, in the median", "KS", 0.10, WATCHED, _seen_items),
    Measure("spread of items' like rates (log)", "ratio", 0.10, FITTED, lambda v: np.log(v.item_rate).std()),
    Measure("like rate of an item, in the median", "KS", 0.08, WATCHED, lambda v: v.item_rate),
    Measure("likes of the top 10 % of items", "ratio", 0.15, FITTED, lambda v: top_share(v.item_likes, 0.1)),
    Measure("likes of the top 1 % of items", "ratio", 0.60, FITTED, lambda v: top_share(v.item_likes, 0.01)),
    Measure(
        "viewers without a like", "difference", 0.015, FITTED, lambda v: (likes_by_viewer(v) == 0).mean()
    ),
    Measure("likes of a viewer", "KS", 0.015, WATCHED, likes_by_viewer),
    Measure(
        "likes of the top 1 % of viewers",
        "ratio",
        0.30,
        FITTED,
        lambda v: top_share(likes_by_viewer(v), 0.01),
    ),
    Measure(
        "long views, items under 20 s", "ratio", 0.25, FITTED, lambda v: _by_length(v, 0, SHORT_MS, "long")
    ),
    Measure(
        "long views, items over 2 min",
        "ratio",
        0.25,
        FITTED,
        lambda v: _by_length(v, LENGTHY_MS, np.inf, "long"),
    ),
    Measure(
        "likes a view, items under 20 s",
        "ratio",
        0.25,
        FITTED,
        lambda v: _by_length(v, 0, SHORT_MS, "liked"),
    ),
    Measure(
        "likes a view, items over 2 min",
        "ratio",
        0.25,
        FITTED,
        lambda v: _by_length(v, LENGTHY_MS, np.inf, "liked"),
    ),
)
THINNED = ("viewers without a like", "likes of a viewer", "likes of the top 1 % of viewers")
