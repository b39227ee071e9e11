"""Orders and how they are filled: which items, when, by which accounts, at what pace, behind what cover."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.families.development.draws import Dials, Grouped, distinct
from benchmarks.families.development.scene import Scene
from benchmarks.world import DAY, HOUR, MINUTE

#: Delays f[n] µs of an order's likes after its beginning.
Pace = Callable[[np.random.Generator, int], np.ndarray]


def gamma(hours: float, shape: float = 2.0) -> Pace:
    """Members drop in after Gamma(shape, hours)."""
    return lambda rng, n: rng.gamma(shape, hours * HOUR, n)


def burst(share: float, minutes: float) -> Pace:
    """A share of the likes within the first minutes, the others within an hour or so."""
    return lambda rng, n: np.where(
        rng.random(n) < share, rng.uniform(0, minutes * MINUTE, n), rng.exponential(40 * MINUTE, n)
    )


def drip(share: float, days: float) -> Pace:
    """A share of the likes evenly over days, the others at once."""
    return lambda rng, n: np.where(
        rng.random(n) < share, rng.uniform(0, days * DAY, n), rng.exponential(20 * MINUTE, n)
    )


def pushes(count: int, hours: float, minutes: float) -> Pace:
    """Several pushes some hours apart."""
    return lambda rng, n: rng.integers(0, count, n) * hours * HOUR + rng.exponential(minutes * MINUTE, n)


def flat(minutes: float) -> Pace:
    """All within some minutes."""
    return lambda rng, n: rng.uniform(0, minutes * MINUTE, n)


@dataclass(frozen=True)
class Orders:
    """Orders: item int[k], beginning f[k] µs, likes wanted int[k], number in the log int[k]."""

    item: np.ndarray
    begin: np.ndarray
    size: np.ndarray
    number: np.ndarray


@dataclass(frozen=True)
class Crew:
    """A pool's accounts, how often each is used, from when until when (µs), and the pace.

    `at_targets_hours`: every like is made at an hour at which people of the item's taste might like it.
    """

    accounts: np.ndarray
    pace: Pace
    weight: np.ndarray
    since: np.ndarray = field(default_factory=lambda: np.array([-np.inf]))
    until: np.ndarray = field(default_factory=lambda: np.array([np.inf]))
    at_targets_hours: bool = False

    def paced(self, pace: Pace) -> Crew:
        """The same accounts at another pace."""
        return replace(self, pace=pace)


def crew_of(accounts: np.ndarray, pace: Pace, rng: np.random.Generator, uneven: float = 0.0) -> Crew:
    """A crew whose accounts are used alike, or unevenly with a lognormal spread."""
    return Crew(accounts, pace, rng.lognormal(0, uneven, len(accounts)))


def choose_targets(scene: Scene, dials: Dials, count: int, low: float, high: float) -> np.ndarray:
    """Items for `count` orders, of popularity between two quantiles; some customers buy for several items."""
    rng, items = scene.rng, scene.items
    born = np.flatnonzero((items.birth > -DAY) & (items.birth < scene.span - 2 * DAY))
    born = born[born < len(scene.popularity)]
    edges = np.quantile(scene.popularity[born], [low, high])
    fit = born[(scene.popularity[born] >= edges[0]) & (scene.popularity[born] <= edges[1])]
    # Fewer customers than orders: of each, several items.
    buyers = distinct(items.creator[fit], max(1, int(count * dials.real("customers", 0.25, 1.0))), rng)
    own = fit[np.isin(items.creator[fit], buyers)]
    chosen = distinct(own, count, rng)
    extra = distinct(np.setdiff1d(fit, chosen), count - len(chosen), rng)
    return np.concatenate([chosen, extra])


def choose_beginnings(scene: Scene, dials: Dials, item: np.ndarray, hours: str | None = None) -> np.ndarray:
    """When orders begin: any time, soon after the post, by a clock, at the log's or the targets' hours."""
    rng, n = scene.rng, len(item)
    birth = np.maximum(scene.items.birth[item], 0)
    kinds = ("any", "fresh", "log", "targets", "clock")
    kind = dials.keep("begin", hours) if hours else dials.pick("begin", kinds, (3, 4, 2, 2, 1))
    if kind == "fresh":
        return birth + rng.exponential(dials.log("fresh_hours", 0.5, 24) * HOUR, n)
    begin = rng.uniform(birth, scene.span - 0.5 * DAY)
    if kind == "any":
        return begin
    if kind == "clock":
        hour = dials.whole("clock_hour", 0, 23) + rng.exponential(dials.log("clock_minutes", 0.5, 20) / 60, n)
    elif kind == "targets":
        hour = scene.hours_of_taste(scene.items.topic[item])
    else:
        who = scene.anyone.draw(np.zeros(n, np.int64), rng)
        hour = (scene.people.hour[who] + rng.normal(0, scene.people.scatter, n)) % 24
    begin = np.floor(begin / DAY) * DAY + hour * HOUR
    return np.where(begin < birth, begin + DAY, begin)


def take_orders(
    scene: Scene,
    dials: Dials,
    count: int,
    sizes: tuple[float, float],
    reach: tuple[float, float] | None = None,
    hours: str | None = None,
) -> Orders:
    """Orders of sizes between two bounds, on items between two (given or drawn) quantiles of popularity."""
    if reach is None:
        reach = (dials.pick("least_popular", (0.0, 0.2, 0.4, 0.6)), dials.real("most_popular", 0.65, 0.98))
    item = choose_targets(scene, dials, count, *reach)
    begin = choose_beginnings(scene, dials, item, hours)
    low = max(2, int(sizes[0]))
    size = scene.rng.integers(low, max(low + 1, int(sizes[1]) + 1), len(item))
    dials.keep("orders", len(item))
    dials.keep("sizes", (low, int(sizes[1])))
    return Orders(item, begin, size, scene.number_orders(len(item)))


def fill(scene: Scene, crew: Crew, orders: Orders) -> None:
    """Bought likes of the orders, each by different accounts of those in use at its beginning."""
    if len(orders.item) == 0:
        return
    accounts, rows = [], []
    for row, (begin, size) in enumerate(zip(orders.begin.tolist(), orders.size.tolist(), strict=True)):
        wait = scene.rng.exponential(1.0, len(crew.accounts)) / crew.weight
        wait = np.where((crew.since <= begin) & (begin < crew.until), wait, np.inf)
        size = min(size, len(wait))
        first = np.argpartition(wait, size - 1)[:size]
        accounts.append(crew.accounts[first[np.isfinite(wait[first])]])
        rows.append(np.full(len(accounts[-1]), row))
    account, row = np.concatenate(accounts), np.concatenate(rows)
    item = orders.item[row]
    time = orders.begin[row] + crew.pace(scene.rng, len(row))
    if crew.at_targets_hours:
        hour = scene.hours_of_taste(scene.items.topic[item])
        moved = np.floor(time / DAY) * DAY + hour * HOUR
        time = np.where(moved < orders.begin[row], moved + DAY, moved)
    scene.bought(account, item, time, orders.number[row])


def cover_up(
    scene: Scene, dials: Dials, accounts: np.ndarray, low: int, high: int, crew: Crew | None = None
) -> None:
    """From low to high likes an account that hide it: by pull, soon after the post, a share of them on hits.

    With a crew whose accounts are in use for a while only, the cover lies in that while and the day before.
    """
    rng, items = scene.rng, scene.items
    counts = rng.integers(low, high + 1, len(accounts))
    fits = np.flatnonzero((items.birth > -DAY) & (items.pull > 0))
    pull = Grouped(np.zeros(len(fits), np.int64), items.pull[fits], 1)
    popular = np.argsort(scene.popularity[fits[fits < len(scene.popularity)]])[::-1]
    hits = fits[popular[: dials.whole("hits", 1, 8)]]
    on_hits = dials.pick("cover_on_hits", (0.0, rng.uniform(0.05, 0.3), rng.uniform(0.3, 0.7)), (2, 2, 1))
    tries = (
        1 if crew is None else int(np.clip(3 * scene.span / np.median(crew.until - crew.since + DAY), 1, 40))
    )
    who = np.repeat(np.arange(len(accounts)), counts * tries)
    item = fits[pull.draw(np.zeros(len(who), np.int64), rng)]
    item = np.where(rng.random(len(who)) < on_hits, rng.choice(hits, len(who)), item)
    time = items.birth[item] + rng.exponential(dials.log("cover_hours", 6, 48) * HOUR, len(who))
    if crew is not None:
        inside = np.flatnonzero((time > (crew.since - DAY)[who]) & (time < crew.until[who]))
        who, item, time = who[inside], item[inside], time[inside]
        # Of what lies in the while, as many as are wanted.
        rank = np.arange(len(who)) - np.searchsorted(who, who)
        who, item, time = (values[rank < counts[who]] for values in (who, item, time))
    scene.cover(accounts[who], item, time)
