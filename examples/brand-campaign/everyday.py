"""The everyday log of the campaign: three weeks of a small app, drawn by hand, some of its likes bought.

The numbers of the tutorial were measured on it. For a log to try things on, see `zhenzan sample`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0  # seconds
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass
class World:
    """Facts about accounts and items. Times are seconds from the start of the log, durations milliseconds.

    `accounts` is how many natural accounts there are, numbered from 0; campaigns number theirs from there on.
    """

    accounts: int
    activity: Floats
    taste: Ints
    item_creator: Ints
    item_topic: Ints
    item_published: Floats
    item_appeal: Floats
    item_duration: Ints
    end: float


class Likes:
    """Likes collected in blocks, one block per item and source."""

    def __init__(self) -> None:
        self._blocks: list[tuple[Ints, Ints, Floats, Ints, npt.NDArray[np.int8]]] = []

    def add(self, account: Ints, item: int, seconds: Floats, watched_ms: Ints, source: int = 0) -> None:
        """Add likes of one item; `source` is 0 for natural ones."""
        count = len(account)
        assert count == len(seconds) == len(watched_ms)
        self._blocks.append(
            (account, np.full(count, item), seconds, watched_ms, np.full(count, source, dtype=np.int8))
        )

    def columns(self) -> tuple[Ints, Ints, Floats, Ints, npt.NDArray[np.int8]]:
        """Return account, item, seconds, watched_ms, source: every (account, item) once, the earliest."""
        account, item, seconds, watched, source = (np.concatenate(c) for c in zip(*self._blocks, strict=True))
        by_time = np.argsort(seconds, kind="stable")
        _, first = np.unique((item * (account.max() + 1) + account)[by_time], return_index=True)
        keep = np.sort(by_time[first])
        return account[keep], item[keep], seconds[keep], watched[keep], source[keep]


def natural_watch(rng: np.random.Generator, world: World, item: int, count: int) -> Ints:
    """How long people who like a video watch it: mostly to the end, some again and again. Milliseconds."""
    share = rng.beta(4.0, 1.3, count) + np.where(rng.random(count) < 0.12, rng.exponential(0.8, count), 0.0)
    return (share * world.item_duration[item]).astype(np.int64)


SOURCES = ("natural", "ring", "pool", "crowd", "throwaway", "camouflage")
_RING, _POOL, _CROWD, _THROWAWAY, CAMOUFLAGE = 1, 2, 3, 4, 5

RING_ACCOUNTS, RING_ORDERS = 280, 14
POOL_ACCOUNTS, POOL_ORDERS, POOL_ORDER_LIKES = 200, 95, 10
CROWD_ACCOUNTS, CROWD_ORDERS, CROWD_ORDER_LIKES = 180, 12, 60
THROWAWAY_ACCOUNTS = 240


def add_campaigns(rng: np.random.Generator, world: World, likes: Likes) -> None:
    """Add about 3,800 bought likes, and the likes by which the hired accounts try to look natural."""
    first = world.accounts
    ring = np.arange(first, first + RING_ACCOUNTS)
    pool = np.arange(ring[-1] + 1, ring[-1] + 1 + POOL_ACCOUNTS)
    thrown = np.arange(pool[-1] + 1, pool[-1] + 1 + THROWAWAY_ACCOUNTS)
    crowd = rng.choice(world.accounts, CROWD_ACCOUNTS, replace=False)
    _add_ring(rng, world, likes, ring)
    _add_pool(rng, world, likes, pool)
    _add_crowd(rng, world, likes, crowd)
    _add_throwaway(rng, world, likes, thrown)
    _add_camouflage(rng, world, likes, np.concatenate([ring, pool]))


def _customers(rng: np.random.Generator, world: World, count: int) -> Ints:
    """Choose videos of different creators, not the popular ones: who is liked anyway has nothing to buy."""
    middling = np.flatnonzero(
        (world.item_appeal > 0.05) & (world.item_appeal < 1.5) & (world.item_published > 0)
    )
    middling = middling[world.item_published[middling] < world.end - 2 * DAY]
    chosen = rng.permutation(middling)
    _, first = np.unique(world.item_creator[chosen], return_index=True)
    return chosen[np.sort(first)][:count]


def _order_start(rng: np.random.Generator, world: World, item: int) -> float:
    """Orders come when the video is hours to a day old, at any hour: scripts do not sleep."""
    return float(world.item_published[item] + rng.uniform(2 * HOUR, 30 * HOUR))


def _glance(rng: np.random.Generator, count: int) -> Ints:
    """Scripts open a video and like it within a second or two. Milliseconds."""
    return rng.integers(300, 2_200, count)


def _add_ring(rng: np.random.Generator, world: World, likes: Likes, ring: Ints) -> None:
    """The same accounts, order after order: about half of them within half an hour."""
    for item in _customers(rng, world, RING_ORDERS):
        hired = rng.permutation(ring)[: rng.integers(len(ring) * 2 // 5, len(ring) * 2 // 3)]
        time = _order_start(rng, world, item) + rng.uniform(0, rng.uniform(12, 35) * MINUTE, len(hired))
        likes.add(hired, int(item), time, _glance(rng, len(hired)), _RING)


def _add_pool(rng: np.random.Generator, world: World, likes: Likes, pool: Ints) -> None:
    """Ten likes in ten minutes: each order draws its own ten accounts."""
    for item in _customers(rng, world, POOL_ORDERS):
        hired = rng.choice(pool, POOL_ORDER_LIKES, replace=False)
        time = _order_start(rng, world, item) + rng.uniform(0, 10 * MINUTE, len(hired))
        likes.add(hired, int(item), time, _glance(rng, len(hired)), _POOL)


def _add_crowd(rng: np.random.Generator, world: World, likes: Likes, crowd: Ints) -> None:
    """Real people who like things of their own as well; paid by the like, they watch a part."""
    for item in _customers(rng, world, CROWD_ORDERS):
        hired = rng.choice(crowd, CROWD_ORDER_LIKES, replace=False)
        time = _order_start(rng, world, item) + rng.gamma(2.0, 40 * MINUTE, len(hired))
        watched = (natural_watch(rng, world, int(item), len(hired)) * rng.beta(1.5, 4.0, len(hired))).astype(
            np.int64
        )
        likes.add(hired, int(item), time, watched, _CROWD)


def _add_throwaway(rng: np.random.Generator, world: World, likes: Likes, thrown: Ints) -> None:
    """Fresh accounts, each used once, all on one video within a quarter of an hour."""
    item = int(_customers(rng, world, 1)[0])
    time: Floats = _order_start(rng, world, item) + rng.uniform(0, 15 * MINUTE, len(thrown))
    likes.add(thrown, item, time, _glance(rng, len(thrown)), _THROWAWAY)


def _add_camouflage(rng: np.random.Generator, world: World, likes: Likes, hired: Ints) -> None:
    """Each hired account likes two or so popular videos, so as not to stand out."""
    popular = np.argsort(-world.item_appeal)[:60]
    for item in popular:
        who = hired[rng.random(len(hired)) < 2.0 / len(popular)]
        time = world.item_published[item] + rng.gamma(1.3, 10 * HOUR, len(who))
        likes.add(who, int(item), time, _glance(rng, len(who)), CAMOUFLAGE)


START = np.datetime64("2026-03-02T00:00:00", "us")  # a Monday
DAYS = 20
ACCOUNTS = 9_000
CREATORS = 240
VIDEOS = 900
TOPICS = 12
NATURAL_LIKES = 49_000
VIRAL_LIKES = 4_800
STORM_LIKES = 2_600
FANS = 220
UNLIKE_SHARE = 0.006
REPEAT_SHARE = 0.004

# How active people are, hour by hour from midnight: asleep at four, busiest after dinner.
HOURLY = np.array(
    [5, 3, 2, 1, 1, 1, 2, 4, 6, 7, 7, 8, 11, 10, 8, 8, 8, 9, 12, 15, 17, 17, 14, 9], dtype=float
)


@dataclass(frozen=True)
class Sample:
    """The log as columns, one row per interaction in order of time.

    `seconds` counts from `START`; `duration_ms` is -1 where not known; `unlike` marks the taking back of a
    like; `source` says how the row came about: 0 natural, else an index into `SOURCES`.
    """

    account: npt.NDArray[np.int64]
    item: npt.NDArray[np.int64]
    creator: npt.NDArray[np.int64]
    seconds: npt.NDArray[np.float64]
    watched_ms: npt.NDArray[np.int64]
    duration_ms: npt.NDArray[np.int64]
    unlike: npt.NDArray[np.bool_]
    source: npt.NDArray[np.int8]
    live_item: int


def make_sample(seed: int = 1) -> Sample:
    """Make the log: about 60,000 likes over 20 days, the same for the same seed. About a second."""
    rng = np.random.default_rng(seed)
    world = _make_world(rng)
    likes = Likes()
    _add_everyday(rng, world, likes)
    _add_viral_hit(rng, world, likes)
    _add_loyal_fans(rng, world, likes)
    _add_live_storm(rng, world, likes)
    add_campaigns(rng, world, likes)
    return _as_log(rng, world, likes)


def _make_world(rng: np.random.Generator) -> World:
    """Publish the videos and give every account its taste; the last item is the live room."""
    creator_topic = rng.integers(0, TOPICS, CREATORS)
    creator_weight = rng.pareto(1.4, CREATORS) + 0.15
    creator = rng.choice(CREATORS, VIDEOS, p=creator_weight / creator_weight.sum())
    published = np.sort(rng.uniform(-2 * DAY, (DAYS - 0.5) * DAY, VIDEOS))
    published = _to_waking_hours(rng, published)
    appeal = rng.lognormal(0, 1.1, VIDEOS) * np.sqrt(creator_weight[creator])
    return World(
        accounts=ACCOUNTS,
        activity=rng.pareto(1.6, ACCOUNTS) + 0.1,
        taste=rng.integers(0, TOPICS, (ACCOUNTS, 2)),
        item_creator=np.append(creator, CREATORS),
        item_topic=np.append(creator_topic[creator], 0),
        item_published=np.append(published, 9.0 * DAY + 20 * HOUR),
        item_appeal=np.append(appeal, 0.0),
        item_duration=np.append(rng.lognormal(10.2, 0.6, VIDEOS).astype(np.int64).clip(6_000, 240_000), -1),
        end=DAYS * DAY,
    )


def _to_waking_hours(rng: np.random.Generator, seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Keep the day, draw the hour again from the hours at which people are awake."""
    day = np.floor(seconds / DAY) * DAY
    hour = rng.choice(24, len(seconds), p=HOURLY / HOURLY.sum())
    return day + hour * HOUR + rng.uniform(0, HOUR, len(seconds))


def _natural_times(
    rng: np.random.Generator, published: float, count: int, end: float
) -> npt.NDArray[np.float64]:
    """Draw up to `count` times after publication: a quick rise and a long tail, thin at night."""
    tail = rng.random(count * 3) < 0.2
    age = np.where(tail, rng.exponential(6 * DAY, count * 3), rng.gamma(1.3, 7 * HOUR, count * 3))
    time = published + age
    awake = rng.random(len(time)) < HOURLY[(time % DAY // HOUR).astype(int)] / HOURLY.max()
    return time[awake & (time >= 0) & (time < end)][:count]


def _draw_viewers(rng: np.random.Generator, world: World, topic: int, count: int) -> npt.NDArray[np.int64]:
    """Draw different accounts, active ones oftener, those with a taste for the topic much oftener."""
    weight = world.activity * np.where((world.taste == topic).any(axis=1), 9.0, 1.0)
    return rng.choice(world.accounts, min(count, world.accounts // 2), replace=False, p=weight / weight.sum())


def _add_everyday(rng: np.random.Generator, world: World, likes: Likes) -> None:
    share = world.item_appeal / world.item_appeal.sum()
    for item, expected in enumerate(share * NATURAL_LIKES):
        time = _natural_times(rng, world.item_published[item], rng.poisson(expected), world.end)
        account = _draw_viewers(rng, world, world.item_topic[item], len(time))
        likes.add(account, item, time[: len(account)], natural_watch(rng, world, item, len(account)))


def _add_viral_hit(rng: np.random.Generator, world: World, likes: Likes) -> None:
    """One ordinary video takes off on its second day and doubles every few hours, watched by everyone."""
    item = int(np.argmin(np.abs(world.item_published - 11 * DAY)))
    time = world.item_published[item] + 20 * HOUR + np.sort(rng.gamma(4.0, 7 * HOUR, VIRAL_LIKES * 2))
    awake = rng.random(len(time)) < HOURLY[(time % DAY // HOUR).astype(int)] / HOURLY.max()
    time = time[awake & (time < world.end)]
    account = rng.choice(
        world.accounts,
        min(len(time), VIRAL_LIKES),
        replace=False,
        p=world.activity**0.4 / (world.activity**0.4).sum(),
    )
    time = rng.choice(time, len(account), replace=False)
    likes.add(account, item, time, natural_watch(rng, world, item, len(account)))


def _add_loyal_fans(rng: np.random.Generator, world: World, likes: Likes) -> None:
    """The fans of the busiest creator like each new video in its first minutes, having watched it."""
    videos = np.flatnonzero(world.item_creator == np.bincount(world.item_creator).argmax())
    videos = videos[world.item_published[videos] > 0][:14]
    fans = rng.choice(world.accounts, FANS, replace=False)
    for item in videos:
        here = rng.permutation(fans)[: rng.integers(70, 150)]
        time = world.item_published[item] + rng.gamma(2.0, 3 * MINUTE, len(here))
        likes.add(here, int(item), time, natural_watch(rng, world, int(item), len(here)))


def _add_live_storm(rng: np.random.Generator, world: World, likes: Likes) -> None:
    """Two hours of a live room; most likes fall on three peaks of a few minutes."""
    item = len(world.item_creator) - 1
    account = rng.choice(world.accounts, STORM_LIKES, replace=False)
    peak = rng.choice([18.0, 55.0, 96.0], STORM_LIKES) * MINUTE + rng.normal(0, 2.5 * MINUTE, STORM_LIKES)
    steady = rng.uniform(0, 2 * HOUR, STORM_LIKES)
    time = world.item_published[item] + np.where(rng.random(STORM_LIKES) < 0.6, peak, steady)
    likes.add(account, item, time, (rng.gamma(2.0, 6 * MINUTE, STORM_LIKES) * 1000).astype(np.int64))


def _as_log(rng: np.random.Generator, world: World, likes: Likes) -> Sample:
    """Put the likes in order of time, with some taken back later and some sent twice."""
    account, item, seconds, watched, source = likes.columns()
    order = np.argsort(seconds, kind="stable")
    natural = order[source[order] == 0]
    again = rng.choice(natural, int(len(natural) * REPEAT_SHARE), replace=False)
    back = rng.choice(natural, int(len(natural) * UNLIKE_SHARE), replace=False)
    row = np.concatenate([order, again, back])
    unlike = np.repeat([False, False, True], [len(order), len(again), len(back)])
    when = seconds[row] + np.where(np.arange(len(row)) >= len(order), rng.exponential(HOUR, len(row)), 0.0)
    kept = (when >= 0) & (when < world.end)
    by_time = np.flatnonzero(kept)[np.argsort(when[kept], kind="stable")]
    row = row[by_time]
    return Sample(
        account=account[row],
        item=item[row],
        creator=world.item_creator[item[row]],
        seconds=when[by_time],
        watched_ms=watched[row],
        duration_ms=world.item_duration[item[row]],
        unlike=unlike[by_time],
        source=source[row],
        live_item=len(world.item_creator) - 1,
    )


def as_table(sample: Sample) -> pa.Table:
    """Return the log in the interaction schema's names; `duration` is null for the live room."""
    names = {
        int(item): f"{'live' if item == sample.live_item else 'video'}-{item:04d}"
        for item in np.unique(sample.item)
    }
    unknown = sample.duration_ms < 0
    return pa.table(
        {
            "kind": pa.array(np.where(sample.unlike, "unlike", "like")),
            "timestamp": pa.array(
                START + (sample.seconds * 1e3).astype("timedelta64[ms]"), pa.timestamp("ms", "UTC")
            ),
            "account": pa.array([f"viewer-{a:05d}" for a in sample.account]),
            "item": pa.array([names[i] for i in sample.item]),
            "creator": pa.array([f"creator-{c:03d}" for c in sample.creator]),
            "watched": pa.array(sample.watched_ms),
            "duration": pa.array(sample.duration_ms, mask=unknown),
        }
    )
