"""The made-up world: who could like what and when, and the likes that come of it.

All numbers are chosen to look like a small app at a glance, not measured on one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhenzan.sample.campaigns import add_campaigns
from zhenzan.sample.likes import DAY, HOUR, MINUTE, Likes, World, natural_watch

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
