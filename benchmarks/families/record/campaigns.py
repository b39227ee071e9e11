"""Campaigns: pools of accounts that work for money, one function for each kind, none of them a template."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.families.record.draws import magnitude, next_at, whole
from benchmarks.families.record.stage import Stage
from benchmarks.world import DAY, HOUR, MINUTE

Campaign = Callable[[Stage], None]


def _starts(stage: Stage, items: np.ndarray, spread: float) -> np.ndarray:
    """When orders begin: some days after the posting at most, and so that they end inside the log."""
    rng = stage.rng
    birth = np.maximum(stage.catalogue.birth[items], 0.0)
    last = np.maximum(stage.span - 5.0 * spread, birth + HOUR)
    patience = magnitude(rng, 0.4, 12.0) * DAY
    return birth + rng.random(len(items)) * np.minimum(last - birth, patience)


def _members(stage: Stage, accounts: np.ndarray, sizes: np.ndarray) -> list[np.ndarray]:
    """For each order some of the pool, drawn anew."""
    return [stage.rng.choice(accounts, min(int(size), len(accounts)), replace=False) for size in sizes]


def _disguise(stage: Stage, accounts: np.ndarray) -> float:
    """Half of the pools like hits beside their orders; returns how many each account does in the mean."""
    likes_each = 0.0 if stage.rng.random() < 0.5 else magnitude(stage.rng, 0.8, 6.0)
    if likes_each:
        stage.hide(accounts, likes_each)
    return likes_each


def _fresh(stage: Stage, count: int) -> np.ndarray:
    """New accounts with a few natural likes each, by what is much seen or by tastes of their own."""
    rng = stage.rng
    accounts = stage.newcomers(count)
    low = int(rng.integers(0, 4))
    likes = rng.integers(low, low + 7, count)
    stage.own_likes(np.repeat(accounts, likes), by_taste=bool(rng.random() < 0.5))
    return accounts


def _staff(stage: Stage, count: int, real: float) -> np.ndarray:
    """A pool's accounts: with chance `real` recruited among real people, else new ones."""
    if stage.rng.random() < real:
        return stage.recruit(count, even=stage.rng.uniform(0.3, 1.0))
    return _fresh(stage, count)


def _within_means(stage: Stage, orders: float, size: float, share: float = 0.04) -> int:
    """Number of orders, cut where a pool would bring more than a share of the world's likes."""
    return max(3, int(min(orders, share * stage.recipe.likes / size)))


def _crowd(stage: Stage, kind: str, even: float, hours: str = "any") -> None:
    """A crowd of real accounts; orders at any hour, by a clock, or at their targets' own hours."""
    rng = stage.rng
    accounts = stage.recruit(whole(rng, 60, 1600), even)
    share = magnitude(rng, 0.03, 0.5)
    size = float(np.clip(share * len(accounts), 10, 150))
    paid = magnitude(rng, 5.0, 60.0)
    count = _within_means(stage, paid * len(accounts) / size, size)
    items = stage.targets(count, 0.0, rng.uniform(0.4, 0.6), whole(rng, 1, 8))
    spread = magnitude(rng, 0.2, 6.0) * HOUR
    starts = _starts(stage, items, 2 * spread)
    if hours == "clock":
        starts = next_at(starts, rng.uniform(0.0, 24.0))
    if hours == "targets":
        audience = np.array([stage.tastemates(1, int(topic))[0] for topic in stage.catalogue.topic[items]])
        wish = stage.people.hour[audience] + rng.normal(0.0, stage.recipe.scatter, len(items))
        starts = next_at(starts, np.mod(wish, 24.0))
    sizes = np.minimum(rng.integers(int(0.6 * size), int(1.4 * size) + 1, len(items)), len(accounts))
    delay = rng.gamma(2.0, spread, int(sizes.sum()))
    hidden = _disguise(stage, accounts)
    stage.open_pool(
        kind, accounts, orders=len(items), size=size, spread_hours=spread / HOUR, camouflage=hidden
    )
    stage.deliver(items, starts, _members(stage, accounts, sizes), delay)


def crowd(stage: Stage) -> None:
    """Real accounts, half of the choice by activity or evenly."""
    _crowd(stage, "crowd", even=stage.rng.uniform(0.3, 1.0))


def busy_crowd(stage: Stage) -> None:
    """Real accounts that are all drawn by activity, so that most of what they like is their own."""
    _crowd(stage, "crowd-busy", even=0.0)


def clock(stage: Stage) -> None:
    """Every order at one hour of the day."""
    _crowd(stage, "clock", even=stage.rng.uniform(0.2, 1.0), hours="clock")


def rhythm(stage: Stage) -> None:
    """Bots that come at the hours of their targets' audience."""
    _crowd(stage, "rhythm", even=stage.rng.uniform(0.2, 1.0), hours="targets")


def _plain(
    stage: Stage,
    kind: str,
    accounts: np.ndarray,
    orders: int,
    share: tuple[float, float],
    spread: float,
    pushes: int = 1,
    gap: float = 0.0,
) -> None:
    """Orders that each take a share of the pool, spread evenly over a time, perhaps in pushes."""
    rng = stage.rng
    count = _within_means(stage, orders, np.mean(share) * len(accounts))
    items = stage.targets(count, 0.0, rng.uniform(0.5, 0.75), whole(rng, 1, 8))
    starts = _starts(stage, items, (spread + pushes * gap) / 4)
    sizes = (rng.uniform(*share, len(items)) * len(accounts)).astype(np.int64) + 3
    sizes = np.minimum(sizes, len(accounts))
    total = int(sizes.sum())
    delay = rng.random(total) * spread + rng.integers(0, pushes, total) * gap
    hidden = _disguise(stage, accounts)
    notes = {"orders": len(items), "spread_hours": spread / HOUR, "pushes": pushes, "camouflage": hidden}
    stage.open_pool(kind, accounts, **notes)
    stage.deliver(items, starts, _members(stage, accounts, sizes), delay)


def burst(stage: Stage) -> None:
    """Nearly the whole pool within minutes."""
    rng = stage.rng
    accounts = _staff(stage, whole(rng, 40, 180), 0.3)
    spread = magnitude(rng, 1.0, 12.0) * MINUTE
    _plain(stage, "burst", accounts, whole(rng, 8, 40), (0.5, 0.95), spread)


def drip(stage: Stage) -> None:
    """Most of the pool, a like now and then over days."""
    rng = stage.rng
    accounts = _staff(stage, whole(rng, 60, 200), 0.3)
    _plain(stage, "drip", accounts, whole(rng, 15, 60), (0.5, 0.9), magnitude(rng, 0.8, 4.0) * DAY)


def pushes(stage: Stage) -> None:
    """Orders delivered in two to four pushes, hours apart."""
    rng = stage.rng
    accounts = _staff(stage, whole(rng, 100, 400), 0.4)
    gap, number = rng.uniform(5.0, 18.0) * HOUR, int(rng.integers(2, 5))
    spread = magnitude(rng, 5, 60) * MINUTE
    _plain(stage, "pushes", accounts, whole(rng, 30, 100), (0.15, 0.4), spread, number, gap)


def tiny(stage: Stage) -> None:
    """Ten likes an order from a pool so great that no two orders look alike."""
    rng = stage.rng
    accounts = _fresh(stage, stage.some(700, 2500))
    size = rng.uniform(7, 14)
    orders = len(accounts) * magnitude(rng, 2.5, 14.0) / size
    share = size / len(accounts)
    spread = magnitude(rng, 4, 40) * MINUTE
    _plain(stage, "tiny", accounts, int(orders), (0.7 * share, 1.2 * share), spread)


def throwaway(stage: Stage) -> None:
    """Accounts made for an order or three, then dropped, in batches or at random."""
    rng = stage.rng
    count = stage.some(800, 3500)
    batch = rng.random()
    base = rng.random(count)
    uses = rng.integers(1, int(rng.integers(2, 4)) + 1, count)
    slot = np.repeat(np.arange(count), uses)
    size = whole(rng, 18, 60)
    orders = _within_means(stage, len(slot) / size, size, 0.05)
    items = stage.targets(orders, 0.0, rng.uniform(0.4, 0.6), whole(rng, 1, 8))
    spread = magnitude(rng, 8, 120) * MINUTE
    starts = _starts(stage, items, spread)
    turn = np.argsort(batch * base[slot] + (1.0 - batch) * rng.random(len(slot)))
    picked = [np.unique(part) for part in np.array_split(slot[turn][: len(items) * size], len(items))]
    order = np.argsort(starts)
    items, starts = items[order], starts[order]
    first = np.full(count, stage.span * 0.9)
    for start, members in zip(starts[::-1], picked[::-1], strict=True):
        first[members] = start
    accounts = stage.newcomers(count, first - rng.exponential(magnitude(rng, 0.1, 5.0) * DAY, count))
    most = int(rng.integers(0, 10))
    stage.own_likes(np.repeat(accounts, rng.integers(0, most + 1, count)), by_taste=False)
    hidden = _disguise(stage, accounts)
    stage.open_pool("throwaway", accounts, orders=len(items), batch=batch, natural=most, camouflage=hidden)
    members = [accounts[part] for part in picked]
    stage.deliver(items, starts, members, rng.random(sum(map(len, members))) * spread)


def _aged(stage: Stage, kind: str, history: float, even: float) -> None:
    rng = stage.rng
    accounts = stage.recruit(stage.some(200, 700), even)
    likes_each = rng.poisson(history * rng.gamma(4.0, 0.25, len(accounts)))
    stage.own_likes(np.repeat(accounts, likes_each), by_taste=True)
    size = int(np.clip(len(accounts) * magnitude(rng, 0.04, 0.2), 12, 60))
    orders = _within_means(stage, len(accounts) * magnitude(rng, 6.0, 25.0) / size, size)
    items = stage.targets(orders, 0.0, rng.uniform(0.35, 0.55), whole(rng, 1, 6))
    spread = magnitude(rng, 0.3, 3.0) * HOUR
    sizes = rng.integers(int(0.8 * size), int(1.2 * size) + 1, len(items))
    starts = _starts(stage, items, 2 * spread)
    hidden = _disguise(stage, accounts)
    notes = {"orders": len(items), "size": size, "history": history, "spread_hours": spread / HOUR}
    stage.open_pool(kind, accounts, camouflage=hidden, **notes)
    delay = rng.gamma(2.0, spread, int(np.minimum(sizes, len(accounts)).sum()))
    stage.deliver(items, starts, _members(stage, accounts, sizes), delay)


def aged(stage: Stage) -> None:
    """Accounts with a long natural history by tastes of their own."""
    _aged(stage, "aged", magnitude(stage.rng, 30, 110), even=stage.rng.uniform(0.2, 1.0))


def aged_busy(stage: Stage) -> None:
    """The busiest of accounts, busier still, with a few orders among hundreds of likes."""
    _aged(stage, "aged-busy", magnitude(stage.rng, 80, 200), even=0.0)


def hijacked(stage: Stage) -> None:
    """Real accounts taken over for hours: each likes what several customers ordered, and is let go."""
    rng = stage.rng
    sessions = whole(rng, 3, 10)
    accounts = rng.permutation(stage.recruit(sessions * whole(rng, 60, 300), even=rng.uniform(0.2, 1.0)))
    every = whole(rng, 5, 14)
    sessions = min(sessions, _within_means(stage, sessions, every * len(accounts) / sessions, 0.05))
    crews = np.array_split(accounts, sessions)
    items = stage.targets(sessions * every, 0.0, rng.uniform(0.4, 0.6), whole(rng, 1, 4))
    items = items[np.argsort(stage.catalogue.birth[items])]
    length, does = magnitude(rng, 1.0, 6.0) * HOUR, rng.uniform(0.5, 0.95)
    members, starts = [], []
    for crew, bought in zip(crews, np.array_split(items, sessions), strict=True):
        begin = max(float(stage.catalogue.birth[bought].max(initial=0.0)), 0.0) + rng.exponential(6 * HOUR)
        members += [crew[rng.random(len(crew)) < does] for _ in bought]
        starts += [min(begin, stage.span - length)] * len(bought)
    hidden = _disguise(stage, accounts)
    stage.open_pool(
        "hijacked", accounts, sessions=sessions, items=every, hours=length / HOUR, camouflage=hidden
    )
    delay = rng.random(sum(map(len, members))) * length
    stage.deliver(items, np.array(starts), members, delay)


def _sell(stage: Stage, accounts: np.ndarray, kind: str, customers: np.ndarray, days: np.ndarray) -> None:
    """One seller's pool for several customers on the same days, each with sizes and speed of its own."""
    rng, catalogue = stage.rng, stage.catalogue
    items, starts, members, delays = [], [], [], []
    for customer in customers:
        own = stage.items_of(np.array([customer]))
        size = float(np.clip(len(accounts) * magnitude(rng, 0.06, 0.4), 12, 120))
        spread = magnitude(rng, 0.1, 4.0) * HOUR
        for item in own[catalogue.birth[own] < stage.span - 2.5 * DAY]:
            later = days[days * DAY > catalogue.birth[item] - DAY / 2]
            day = rng.choice(later[:4]) if len(later) else int(catalogue.birth[item] / DAY)
            start = max(day * DAY + rng.random() * DAY, catalogue.birth[item] + rng.random() * HOUR)
            chosen = rng.choice(
                accounts, min(len(accounts), int(size * rng.uniform(0.7, 1.3))), replace=False
            )
            items.append(item)
            starts.append(start)
            members.append(chosen)
            delays.append(rng.gamma(2.0, spread, len(chosen)))
    cut = _within_means(stage, len(items), float(np.mean([len(m) for m in members])))
    keep = rng.permutation(len(items))[:cut]
    hidden = _disguise(stage, accounts)
    stage.open_pool(kind, accounts, customers=len(customers), orders=len(keep), camouflage=hidden)
    delay = np.concatenate([delays[k] for k in keep])
    stage.deliver(np.array(items)[keep], np.array(starts)[keep], [members[k] for k in keep], delay)


def _customers(stage: Stage, count: int) -> np.ndarray:
    """Creators of little fame with several items to push."""
    creator = stage.catalogue.creator[stage.targets(40 * count, 0.0, 0.6, 1)]
    posts = np.bincount(stage.catalogue.creator, minlength=len(stage.catalogue.fame))[creator]
    return stage.rng.permutation(creator[posts >= min(6, np.median(posts))])[:count]


def resale(stage: Stage) -> None:
    """One seller's pool serving several customers, interleaved."""
    rng = stage.rng
    accounts = _staff(stage, whole(rng, 100, 600), 0.7)
    days = np.sort(rng.permutation(int(stage.recipe.days) - 2)[: rng.integers(8, 22)])
    _sell(stage, accounts, "resale", _customers(stage, whole(rng, 3, 14)), days)


def rivals(stage: Stage) -> None:
    """Two sellers at work on the same days, some customers buying from both."""
    rng = stage.rng
    days = np.sort(rng.permutation(int(stage.recipe.days) - 2)[: rng.integers(8, 22)])
    clients = _customers(stage, 2 * whole(rng, 4, 10))
    half = len(clients) // 2
    common = int(rng.integers(0, 3))
    _sell(stage, _staff(stage, whole(rng, 100, 500), 0.7), "rival", clients[: half + common], days)
    _sell(stage, _staff(stage, whole(rng, 100, 500), 0.7), "rival", clients[half:], days)


def churn(stage: Stage) -> None:
    """A pool whose members are replaced over the month."""
    rng = stage.rng
    alive = whole(rng, 80, 350)
    stay = magnitude(rng, 3.0, 10.0) * DAY
    count = int(alive * (1.0 + stage.span / stay))
    accounts = rng.permutation(_staff(stage, count, 0.5))
    since = np.linspace(-stay, stage.span, len(accounts))
    size = float(np.clip(alive * magnitude(rng, 0.1, 0.5), 12, 120))
    orders = _within_means(stage, len(accounts) * magnitude(rng, 3.0, 15.0) / size, size)
    items = stage.targets(orders, 0.0, rng.uniform(0.4, 0.6), whole(rng, 1, 8))
    spread = magnitude(rng, 0.1, 4.0) * HOUR
    starts = _starts(stage, items, 2 * spread)
    members = []
    for start in starts:
        there = accounts[(since <= start) & (start < since + stay)]
        members.append(rng.choice(there, min(len(there), int(size * rng.uniform(0.7, 1.3))), replace=False))
    hidden = _disguise(stage, accounts)
    stage.open_pool("churn", accounts, orders=len(items), stay_days=stay / DAY, camouflage=hidden)
    stage.deliver(items, starts, members, rng.gamma(2.0, spread, sum(map(len, members))))


def popular(stage: Stage) -> None:
    """Likes bought on items that many people like anyway."""
    rng = stage.rng
    accounts = stage.recruit(whole(rng, 150, 900), rng.uniform(0.2, 1.0))
    size = float(np.clip(len(accounts) * magnitude(rng, 0.15, 0.6), 40, 300))
    orders = _within_means(stage, len(accounts) * magnitude(rng, 8.0, 30.0) / size, size)
    items = stage.targets(orders, rng.uniform(0.8, 0.92), 0.995, whole(rng, 1, 6))
    spread = magnitude(rng, 0.08, 0.7) * HOUR
    starts = _starts(stage, items, 2 * spread)
    sizes = np.minimum(rng.integers(int(0.7 * size), int(1.3 * size) + 1, len(items)), len(accounts))
    hidden = _disguise(stage, accounts)
    stage.open_pool(
        "popular", accounts, orders=len(items), size=size, spread_hours=spread / HOUR, camouflage=hidden
    )
    stage.deliver(items, starts, _members(stage, accounts, sizes), rng.gamma(2.0, spread, int(sizes.sum())))


CAMPAIGNS: dict[str, Campaign] = {
    "crowd": crowd,
    "crowd-busy": busy_crowd,
    "clock": clock,
    "rhythm": rhythm,
    "burst": burst,
    "drip": drip,
    "pushes": pushes,
    "tiny": tiny,
    "throwaway": throwaway,
    "aged": aged,
    "aged-busy": aged_busy,
    "hijacked": hijacked,
    "resale": resale,
    "rivals": rivals,
    "churn": churn,
    "popular": popular,
}


def sell(stage: Stage, always: tuple[str, ...], low: int, high: int) -> None:
    """The campaigns of a world: those named and others at random, `low` to `high` pools at most."""
    rng = stage.rng
    pools_wanted = int(rng.integers(low, high + 1))
    others = [kind for kind in CAMPAIGNS if kind not in always]
    for kind in [*always, *rng.permutation(others)]:
        pools = 2 if kind == "rivals" else 1
        if len(stage.pool_kinds) + pools <= pools_wanted:
            CAMPAIGNS[str(kind)](stage)


__all__ = ["CAMPAIGNS", "sell"]
