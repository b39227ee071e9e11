"""The bought likes of the made-up log: four ways to deliver, by agents of this closed world only."""

from __future__ import annotations

import numpy as np

from zhenzan.sample.likes import DAY, HOUR, MINUTE, Floats, Ints, Likes, World, natural_watch

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
