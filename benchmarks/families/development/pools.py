"""Pools: sellers' accounts of every kind, and the orders that they fill."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.families.development.draws import Dials, Grouped, distinct
from benchmarks.families.development.orders import (
    Crew,
    Orders,
    Pace,
    burst,
    cover_up,
    crew_of,
    drip,
    fill,
    flat,
    gamma,
    pushes,
    take_orders,
)
from benchmarks.families.development.scene import Scene
from benchmarks.world import DAY, HOUR


def add_pools(scene: Scene, kinds: list[str]) -> None:
    """Add pools of these kinds (several of one kind are several sellers)."""
    for number, kind in enumerate(kinds):
        POOLS[kind](scene, scene.dials.under(f"pool{number}.{kind}"))


def recruits(scene: Scene, count: int, busy: float) -> np.ndarray:
    """Real people who are in no pool yet, a share `busy` of them drawn by activity, the others evenly."""
    people, rng = scene.people, scene.rng
    free = np.flatnonzero((scene.pool_of[: len(people)] < 0) & (people.joined < 0.5 * scene.span))
    by_activity = Grouped(np.zeros(len(free), np.int64), people.activity[free], 1)
    first = free[by_activity.draw(np.zeros(4 * count, np.int64), rng)]
    first = distinct(first, round(count * busy), rng)
    rest = rng.permutation(np.setdiff1d(free, first))[: count - len(first)]
    return np.concatenate([first, rest])


def _accounts(scene: Scene, dials: Dials, low: float, high: float, least: int = 30) -> int:
    """How many accounts: from low to high, fewer in a small log."""
    return dials.keep("accounts", max(least, int(dials.log("accounts_wanted", low, high) * scene.shrink)))


def _count(scene: Scene, dials: Dials, low: float, high: float, least: int = 8) -> int:
    """How many orders: from low to high, fewer in a small log."""
    return max(least, int(dials.log("orders_wanted", low, high) * scene.shrink))


def _bots(scene: Scene, dials: Dials, kind: str, count: int) -> np.ndarray:
    """A pool of new accounts with a few likes to hide behind."""
    accounts = scene.newcomers(count)
    scene.pool(kind, accounts)
    low = dials.whole("cover", 1, 5)
    cover_up(scene, dials, accounts, low, low + dials.whole("cover_more", 1, 8))
    return accounts


def crowd(scene: Scene, dials: Dials, hours: str | None = None, kind: str = "crowd") -> None:
    """People who like for pay besides what they like: of any number, share, spread and hours."""
    size = _accounts(scene, dials, 60, 1600, 40)
    accounts = recruits(scene, size, dials.real("busy", 0.0, 1.0))
    scene.pool(kind, accounts)
    low = min(dials.log("order", 9, 55), 0.4 * len(accounts))
    paid = dials.log("paid_likes", 6, 60) * len(accounts) / (1.6 * low)
    count = int(np.clip(paid, 12, 600 * max(scene.shrink, 0.3)))
    crew = crew_of(accounts, gamma(dials.log("hours", 0.2, 14)), scene.rng, dials.real("uneven", 0.0, 0.9))
    fill(
        scene,
        crew,
        take_orders(scene, dials, count, (low, 2.2 * low), None, hours),
    )


def clock(scene: Scene, dials: Dials) -> None:
    """A crowd all of whose orders begin at one hour of the day."""
    crowd(scene, dials, "clock", "clock")


def rhythm(scene: Scene, dials: Dials) -> None:
    """Accounts that like over a day or so, each time at an hour at which the target's own public is about."""
    size = _accounts(scene, dials, 120, 700, 40)
    if dials.chance("new_accounts", 0.5):
        accounts = _bots(scene, dials, "rhythm", size)
    else:
        accounts = recruits(scene, size, dials.real("busy", 0.0, 0.7))
        scene.pool("rhythm", accounts)
    crew = Crew(
        accounts, drip(1.0, dials.real("days", 0.3, 2.0)), np.ones(len(accounts)), at_targets_hours=True
    )
    low = min(dials.log("order", 15, 50), 0.4 * len(accounts))
    fill(
        scene,
        crew,
        take_orders(scene, dials, _count(scene, dials, 60, 300, 20), (low, 1.8 * low)),
    )


def _simple(
    scene: Scene, dials: Dials, kind: str, pace: Pace, orders: tuple[int, int], part: tuple[float, float]
) -> None:
    """New accounts of which each order takes a part."""
    accounts = _bots(scene, dials, kind, _accounts(scene, dials, 50, 180))
    share = dials.real("part", *part)
    sizes = (share * len(accounts), min(1.3 * share, 0.95) * len(accounts))
    fill(
        scene,
        crew_of(accounts, pace, scene.rng),
        take_orders(scene, dials, _count(scene, dials, *orders), sizes),
    )


def burst_pool(scene: Scene, dials: Dials) -> None:
    """Most of each order in minutes."""
    pace = burst(dials.real("share", 0.6, 1.0), dials.log("minutes", 0.5, 10))
    _simple(scene, dials, "burst", pace, (10, 45), (0.4, 0.8))


def drip_pool(scene: Scene, dials: Dials) -> None:
    """Most of each order slowly over days."""
    _simple(
        scene,
        dials,
        "drip",
        drip(dials.real("share", 0.5, 1.0), dials.real("days", 0.8, 3)),
        (18, 60),
        (0.35, 0.75),
    )


def wave_pool(scene: Scene, dials: Dials) -> None:
    """Each order in several pushes."""
    pace = pushes(dials.whole("pushes", 2, 5), dials.real("apart_hours", 3, 20), dials.log("minutes", 3, 30))
    _simple(scene, dials, "wave", pace, (25, 80), (0.25, 0.5))


def tiny(scene: Scene, dials: Dials) -> None:
    """Many orders of some ten likes within minutes."""
    accounts = _bots(scene, dials, "tiny", _accounts(scene, dials, 300, 2000, 60))
    count = int(len(accounts) * dials.log("orders_per_account", 0.3, 1.6))
    low = dials.whole("order", 6, 12)
    crew = crew_of(accounts, flat(dials.log("minutes", 2, 40)), scene.rng)
    fill(scene, crew, take_orders(scene, dials, max(20, count), (low, 1.5 * low)))


def throwaway(scene: Scene, dials: Dials) -> None:
    """New accounts that are used once or twice, hidden by likes of what is popular."""
    accounts = scene.newcomers(_accounts(scene, dials, 500, 4500, 100))
    scene.pool("throwaway", accounts)
    low = min(dials.whole("order", 15, 60), len(accounts) // 4)
    count = max(6, int(len(accounts) * dials.real("uses", 0.9, 2.5) / (1.25 * low)))
    pace = gamma(dials.log("hours", 0.08, 1.5), 1.0)
    crew = crew_of(accounts, pace, scene.rng)
    if dials.chance("in_batches", 0.5):
        crew = _shifts(scene, crew, dials.real("days_in_use", 2, 8))
    few = dials.whole("cover", 2, 5)
    cover_up(
        scene,
        dials,
        accounts,
        few,
        few + dials.whole("cover_more", 1, 7),
        crew if len(crew.since) > 1 else None,
    )
    fill(scene, crew, take_orders(scene, dials, count, (low, 1.5 * low)))


def _shifts(scene: Scene, crew: Crew, days: float) -> Crew:
    """The crew with every account in use for about some days, at any time of the log."""
    since = scene.rng.uniform(-days * DAY, scene.span, len(crew.accounts))
    length = days * DAY * scene.rng.uniform(0.7, 1.3, len(since))
    return Crew(crew.accounts, crew.pace, crew.weight, since, since + length, crew.at_targets_hours)


def mixed(scene: Scene, dials: Dials) -> None:
    """One seller with people and bots, whose orders go at every pace."""
    size = _accounts(scene, dials, 120, 700, 50)
    people = recruits(scene, int(size * dials.real("people", 0.2, 0.8)), 0.5)
    bots = scene.newcomers(size - len(people))
    accounts = np.concatenate([people, bots])
    scene.pool("mixed", accounts)
    cover_up(scene, dials, bots, 3, 9)
    crew = crew_of(accounts, flat(10), scene.rng, 0.4)
    paces = {"burst": burst(0.8, 3), "drip": drip(0.7, 1.5), "crowd": gamma(1.5), "wave": pushes(3, 10, 12)}
    for name, pace in paces.items():
        own = dials.under(name)
        low = min(own.log("order", 15, 45), 0.35 * len(accounts))
        fill(scene, crew.paced(pace), take_orders(scene, own, _count(scene, own, 15, 70, 6), (low, 2 * low)))


def resale(scene: Scene, dials: Dials) -> None:
    """A seller who fills a part of each order from its own accounts and buys the rest from a wholesaler.

    The wholesaler has customers of its own besides. Two pools; an order that is passed on keeps its number.
    """
    retail = _bots(
        scene, dials.under("retail"), "resale", _accounts(scene, dials.under("retail"), 80, 400, 40)
    )
    bulk = dials.under("bulk")
    whole = _bots(scene, bulk, "wholesale", _accounts(scene, bulk, 200, 1000, 60))
    low = min(dials.log("order", 15, 50), 0.35 * len(retail))
    pace = gamma(dials.log("hours", 0.1, 3))
    shared = take_orders(scene, dials, _count(scene, dials, 50, 220, 15), (low, 1.8 * low))
    passed = dials.real("passed_on", 0.2, 0.7)
    own_part = np.maximum(1, np.round(shared.size * (1 - passed)).astype(np.int64))
    fill(scene, crew_of(retail, pace, scene.rng), _resized(shared, own_part))
    fill(scene, crew_of(whole, pace, scene.rng), _resized(shared, np.maximum(1, shared.size - own_part)))
    direct = take_orders(scene, bulk, _count(scene, bulk, 40, 160, 12), (low, 1.8 * low))
    fill(scene, crew_of(whole, pace, scene.rng), direct)


def _resized(orders: Orders, size: np.ndarray) -> Orders:
    return Orders(orders.item, orders.begin, size, orders.number)


def _people_or_bots(scene: Scene, dials: Dials, kind: str) -> np.ndarray:
    """A pool of real people or of new accounts."""
    count = _accounts(scene, dials, 100, 600, 40)
    if not dials.chance("people", 0.4):
        return _bots(scene, dials, kind, count)
    accounts = recruits(scene, count, dials.real("busy", 0.0, 0.6))
    scene.pool(kind, accounts)
    return accounts


def interleaved(scene: Scene, dials: Dials) -> None:
    """Two sellers with the same customers, who buy now here and now there, some items from both."""
    first, second = (_people_or_bots(scene, dials.under(name), "interleaved") for name in ("one", "two"))
    low = min(dials.log("order", 15, 45), 0.35 * min(len(first), len(second)))
    all_orders = take_orders(scene, dials, _count(scene, dials, 100, 400, 24), (low, 1.8 * low))
    side = scene.rng.random(len(all_orders.item)) < dials.real("split", 0.35, 0.65)
    both = scene.rng.random(len(side)) < dials.real("both", 0.0, 0.4)
    again = Orders(
        all_orders.item,
        all_orders.begin + scene.rng.exponential(dials.log("later_hours", 0.5, 30) * HOUR, len(side)),
        all_orders.size,
        scene.number_orders(len(side)),
    )
    pace = gamma(dials.log("hours", 0.1, 3))
    fill(scene, crew_of(first, pace, scene.rng), _of(all_orders, side))
    fill(scene, crew_of(second, pace, scene.rng), _of(all_orders, ~side))
    fill(scene, crew_of(second, pace, scene.rng), _of(again, side & both))


def _of(orders: Orders, mask: np.ndarray) -> Orders:
    return Orders(orders.item[mask], orders.begin[mask], orders.size[mask], orders.number[mask])


def churn(scene: Scene, dials: Dials) -> None:
    """Accounts that are blocked after some days of use and replaced by new ones."""
    accounts = scene.newcomers(_accounts(scene, dials, 300, 1500, 80))
    scene.pool("churn", accounts)
    pace = gamma(dials.log("hours", 0.1, 2))
    crew = _shifts(scene, crew_of(accounts, pace, scene.rng), dials.real("days_in_use", 3, 9))
    cover_up(scene, dials, accounts, 2, dials.whole("cover", 4, 12), crew)
    at_once = len(accounts) * 7 * DAY / scene.span
    low = min(dials.log("order", 10, 40), 0.3 * at_once)
    count = int(len(accounts) * dials.log("paid_likes", 3, 14) / (1.4 * low))
    fill(scene, crew, take_orders(scene, dials, max(10, count), (low, 1.8 * low)))


def hijack(scene: Scene, dials: Dials) -> None:
    """Real people's accounts that are taken over, batch by batch, for some hours of orders each."""
    accounts = recruits(scene, _accounts(scene, dials, 200, 1500, 60), dials.real("busy", 0.2, 1.0))
    scene.pool("hijack", accounts)
    raids = max(2, min(dials.whole("raids", 4, 16), len(accounts) // 25))
    length = dials.log("hours", 2, 14) * HOUR
    start = np.sort(scene.rng.uniform(2 * DAY, scene.span - 2 * DAY, raids))
    since = start[scene.rng.integers(0, raids, len(accounts))]
    low = min(dials.log("order", 10, 35), 0.35 * len(accounts) / raids)
    count = int(len(accounts) * dials.log("paid_likes", 3, 12) / (1.4 * low))
    drawn = take_orders(scene, dials, max(2 * raids, count), (low, 1.8 * low), hours="any")
    # An order goes to a raid after its item was born.
    first = np.searchsorted(start, scene.items.birth[drawn.item])
    first = np.minimum(first, raids - 1)
    begin = start[scene.rng.integers(first, raids)] + scene.rng.uniform(0, 0.9 * length, len(first))
    born = begin > scene.items.birth[drawn.item]
    orders = _of(Orders(drawn.item, begin, drawn.size, drawn.number), born)
    crew = Crew(accounts, flat(dials.log("minutes", 2, 20)), np.ones(len(accounts)), since, since + length)
    fill(scene, crew, orders)


def popular(scene: Scene, dials: Dials) -> None:
    """Likes bought for items that are popular already."""
    size = _accounts(scene, dials, 150, 800, 50)
    if dials.chance("new_accounts", 0.6):
        accounts = _bots(scene, dials, "popular", size)
    else:
        accounts = recruits(scene, size, 0.4)
        scene.pool("popular", accounts)
    low = min(dials.log("order", 25, 70), 0.4 * len(accounts))
    crew = crew_of(accounts, gamma(dials.log("hours", 0.1, 2)), scene.rng)
    reach = (dials.real("from", 0.9, 0.99), 1.0)
    fill(
        scene,
        crew,
        take_orders(scene, dials, _count(scene, dials, 40, 200, 12), (low, 1.6 * low), reach, "fresh"),
    )


def aged(scene: Scene, dials: Dials) -> None:
    """Accounts with long lives of ordinary likes by their own tastes, of which few are bought."""
    size = _accounts(scene, dials, 200, 900, 40)
    bred = dials.chance("bred", 0.4)
    people = recruits(scene, size, 1.0)
    accounts = scene.newcomers(len(people)) if bred else people
    scene.pool("aged_bred" if bred else "aged", accounts)
    items, rng = scene.items, scene.rng
    more = rng.poisson(dials.log("more_likes", 40, 200) * min(1.0, 1.5 * scene.shrink), len(people))
    who = np.repeat(np.arange(len(people)), more)
    tastes = scene.people.tastes[people[who]]
    topic = tastes[np.arange(len(who)), rng.integers(0, tastes.shape[1], len(who))]
    item = Grouped(items.topic, items.pull, items.topics).draw(topic, rng)
    who, item = who[item >= 0], item[item >= 0]
    time = items.birth[item] + items.life[item] * rng.gamma(1.5, 0.7, len(item))
    time = scene.at_own_hours(time, people[who], items.birth[item])
    if bred:
        scene.cover(accounts[who], item, time)
    else:
        scene.natural(accounts[who], item, time)
    low = min(dials.log("order", 15, 40), 0.35 * len(accounts))
    crew = crew_of(accounts, gamma(dials.log("hours", 0.3, 3)), rng)
    fill(scene, crew, take_orders(scene, dials, _count(scene, dials, 100, 350, 20), (low, 1.6 * low)))


Pool = Callable[[Scene, Dials], None]

#: Every kind of pool; resale and interleaved sellers are two pools each.
POOLS: dict[str, Pool] = {
    "crowd": crowd,
    "clock": clock,
    "rhythm": rhythm,
    "burst": burst_pool,
    "drip": drip_pool,
    "wave": wave_pool,
    "tiny": tiny,
    "throwaway": throwaway,
    "mixed": mixed,
    "resale": resale,
    "interleaved": interleaved,
    "churn": churn,
    "hijack": hijack,
    "popular": popular,
    "aged": aged,
}
