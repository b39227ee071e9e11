"""Small worlds that each repeat one way in which verdicts have flipped: R1–R10.

Every part of a world (its people, each pool, each natural crowd) draws from a stream of its own: what an
argument does not name is the same likes, but for their ids, whatever that argument is. Any log serves as R6,
with other priors.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.families.contract import CAMOUFLAGE, NATURAL, Family, FamilyWorld, Likes, assemble_family
from benchmarks.families.follows import follow_feed
from benchmarks.families.population import (
    Population,
    by_weight,
    exchange_groups,
    loyal_fans,
    population,
    taste_waves,
)
from benchmarks.families.world_builder import BESIDE, MIDNIGHT, POOLS, Draft, add_crowd, stream
from benchmarks.world import HOUR

THREE_ZONES = (0.55, 0.30, 0.15)


def _hours(clock: bool, log_hours: bool) -> str:
    assert not (clock and log_hours), "orders come by a clock or at the hours of the log"
    return "clock" if clock else "log" if log_hours else "any"


def _add_beside(draft: Draft, tiny_orders: int | None = None) -> None:
    """The four pools of R1 that are no crowd."""
    for kind in BESIDE:
        draft.add_pool(kind, tiny_orders if kind == "tiny" else None)


def r1(
    seed: int,
    clock: bool = False,
    log_hours: bool = False,
    crowd_accounts: int = 400,
    crowd_orders: int = 250,
    size: tuple[int, int] = (25, 59),
    spread: float = 1.0,
    busy: float = 0.5,
    beside: bool = True,
    cover: int = NATURAL,
) -> FamilyWorld:
    """R1, a paid crowd of real people, four other pools `beside` it. R7, by a clock: every order at 9 h."""
    draft = Draft(seed, population(stream(seed, "people")), _hours(clock, log_hours), cover)
    add_crowd(draft, crowd_accounts, crowd_orders, size, spread, busy)
    if beside:
        _add_beside(draft)
    parameters = {
        "crowd_accounts": crowd_accounts,
        "crowd_orders": crowd_orders,
        "spread": spread,
        "busy": busy,
    }
    return draft.finish("r7" if clock else "r1", **parameters, size=size, hours=draft.hours, beside=beside)


def r2(seed: int, tiny_orders: int = 1_500, cover: int = NATURAL) -> FamilyWorld:
    """R2, dilution: R1's pools and throwaway accounts, beside more or fewer tiny orders."""
    draft = Draft(seed, population(stream(seed, "people")), cover=cover)
    add_crowd(draft)
    _add_beside(draft, tiny_orders)
    draft.add_pool("throwaway")
    return draft.finish("r2", tiny_orders=tiny_orders)


def r3(
    seed: int,
    company: bool = True,
    pool: str = "all",
    fans: bool | None = None,
    accounts: int = 45_000,
    draws: int = 1_400_000,
    cover: int = NATURAL,
) -> FamilyWorld:
    """R3, company: three time zones; with `company` six exchange groups and (unless `fans` is False) fans.

    `pool`: one of POOLS, "all" of them, or "none".
    """
    people = population(stream(seed, "people"), accounts, draws, tastes=20, zones=THREE_ZONES)
    draft = Draft(seed, people, cover=cover)
    if company:
        draft.add_crowds("exchange", exchange_groups(stream(seed, "exchange"), people))
    if company if fans is None else fans:
        draft.add_crowds("fans", loyal_fans(stream(seed, "fans"), people))
    assert pool in (*POOLS, "all", "none"), pool
    for kind in POOLS:
        if pool in ("all", kind):
            add_crowd(draft) if kind == "crowd" else draft.add_pool(kind)
    return draft.finish("r3", company=company, pool=pool, fans=fans)


def r4(seed: int, waves: int = 120) -> FamilyWorld:
    """R4, quiet: nothing is bought, and a recommender brings items to many people of one taste at once."""
    people = population(stream(seed, "people"), 30_000, 600_000, tastes=20, zones=THREE_ZONES)
    draft = Draft(seed, people)
    draft.add_crowds("wave", taste_waves(stream(seed, "wave"), people, waves))
    return draft.finish("r4", waves=waves)


def r5(seed: int, tiny_orders: int = 1_500, top: int = 20) -> FamilyWorld:
    """R5, rings: R2, and every pool's accounts hide among the likes of the `top` items, born in the month."""
    draft = Draft(seed, population(stream(seed, "people"), popular_inside=True))
    add_crowd(draft)
    _add_beside(draft, tiny_orders)
    draft.add_pool("throwaway")
    popular = np.argsort(draft.people.pull)[-top:]
    for kind, account in draft.pools:
        draft.spend(stream(seed, kind + " camouflage"), account, popular, CAMOUFLAGE)
    return draft.finish("r5", tiny_orders=tiny_orders, top=top)


def r8(seed: int, accounts: int = 600, orders: int = 200, more: float = 180.0) -> FamilyWorld:
    """R8, aged: active accounts with many likes of their own, and orders of thirty of them."""
    draft = Draft(seed, population(stream(seed, "people")))
    rng, people = stream(seed, "aged accounts"), draft.people
    account = by_weight(rng, people.activity, accounts)
    draft.parts.append(_more_likes(rng, people, account, more))
    draft.hire("aged", account, orders, (30, 30), lambda rng, n: rng.gamma(2.0, 1.5 * HOUR, n))
    return draft.finish("r8", accounts=accounts, orders=orders, more=more)


def _more_likes(rng: np.random.Generator, people: Population, account: np.ndarray, mean: float) -> Likes:
    """About `mean` likes of each account of what it has not liked yet and is to its taste, by pull."""
    order = np.argsort(people.likes.account, kind="stable")
    edges = np.searchsorted(people.likes.account[order], np.stack([account, account + 1]))
    drawn = []
    for one, low, high in zip(account, *edges, strict=True):
        to_taste = np.flatnonzero(np.isin(people.topic, people.tastes[one]))
        new = np.setdiff1d(to_taste, people.likes.item[order[low:high]])
        time = people.moments(rng, np.full(len(new), one), new)
        inside = (time >= 0) & (time < people.span)
        new, time = new[inside], time[inside]
        chosen = by_weight(rng, people.pull[new], rng.poisson(mean))
        drawn.append((np.full(len(chosen), one), new[chosen], time[chosen]))
    who, item, time = (np.concatenate(column) for column in zip(*drawn, strict=True))
    return Likes(who, item, time, NATURAL)


def r9(
    seed: int,
    outside: float = 0.0,
    tastes: int = 50,
    per_account: int = 2,
    likes: int = 700_000,
    own_hours: bool = True,
    campaigns: bool = False,
) -> FamilyWorld:
    """R9, strict tastes: a share `outside` of draws leaves them. Nothing bought; with `campaigns` R1's."""
    people = population(
        stream(seed, "people"),
        tastes=tastes,
        outside=outside,
        own_hours=own_hours,
        tastes_per_account=per_account,
        likes=likes,
    )
    draft = Draft(seed, people)
    if campaigns:
        add_crowd(draft)
        _add_beside(draft)
    parameters = {"outside": outside, "tastes": tastes, "per_account": per_account, "likes": likes}
    return draft.finish("r9", **parameters, own_hours=own_hours, campaigns=campaigns)


def r10(seed: int, communities: int = 50, inside: float = 1.0, delay_hours: float = 3.0) -> FamilyWorld:
    """R10, follow feeds: nothing is bought; the likes inside each community are a crowd of their own."""
    feed = follow_feed(stream(seed, "people"), communities, inside, delay_hours)
    nobody = np.full(feed.accounts, -1)
    parameters: dict[str, object] = {"communities": communities, "inside": inside, "delay_hours": delay_hours}
    rng, kinds = stream(seed, "rows"), ["community"] * communities
    return assemble_family(
        "r10", [feed.likes], feed.creator, nobody, kinds, [], rng, feed.span, parameters, start_shift=MIDNIGHT
    )


#: R1 with one thing varied at a time, in whose every cell the crowd is to be found but "clock", R7.
CROWD_CELLS: dict[str, Family] = {
    "base": r1,
    **{f"{n} accounts": partial(r1, crowd_accounts=n) for n in (100, 200, 800, 1_600)},
    **{f"{n} orders": partial(r1, crowd_orders=n) for n in (60, 120, 500)},
    "orders of 10–19": partial(r1, size=(10, 19)),
    "orders of 60–119": partial(r1, size=(60, 119)),
    "spread ÷ 8": partial(r1, spread=1 / 8),
    "spread × 3": partial(r1, spread=3.0),
    "spread × 6": partial(r1, spread=6.0),
    "idle": partial(r1, busy=0.0),
    "busy": partial(r1, busy=1.0),
    "log hours": partial(r1, log_hours=True),
    "clock": partial(r1, clock=True),
    "alone": partial(r1, beside=False),
}

REPRODUCTIONS: dict[str, Family] = {
    "r1": r1,
    "r1 log hours": partial(r1, log_hours=True),
    **{f"r2 {n}": partial(r2, tiny_orders=n) for n in (500, 1_500, 3_000)},
    "r3": r3,
    "r3 apart": partial(r3, company=False),
    **{f"r3 {kind}": partial(r3, pool=kind) for kind in POOLS},
    **{f"r3 {kind} apart": partial(r3, pool=kind, company=False) for kind in POOLS},
    "r4": r4,
    "r5": r5,
    "r7": partial(r1, clock=True),
    "r8": r8,
    "r9": r9,
    **{f"r9 outside {share}": partial(r9, outside=share) for share in (0.02, 0.05, 0.1)},
    **{f"r9 {n} tastes": partial(r9, tastes=n) for n in (10, 200)},
    **{f"r9 {n} an account": partial(r9, per_account=n) for n in (1, 3)},
    **{f"r9 {n} likes": partial(r9, likes=n) for n in (150_000, 900_000)},
    "r9 any hour": partial(r9, own_hours=False),
    "r9 campaigns": partial(r9, campaigns=True),
    "r10 without communities": partial(r10, communities=0),
    **{f"r10 {n} communities": partial(r10, communities=n) for n in (10, 50, 200, 300)},
    "r10 50 communities, 80 %": partial(r10, communities=50, inside=0.8),
    "r10 50 communities, 90 %": partial(r10, communities=50, inside=0.9),
    "r10 50 communities, 20 minutes": partial(r10, communities=50, delay_hours=1 / 3),
}
