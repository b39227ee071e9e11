"""The families of the development half: which populations, crowds and pools meet in one log."""

from __future__ import annotations

import numpy as np

from benchmarks.families.contract import FamilyWorld
from benchmarks.families.development.crowds import CROWDS, add_crowds
from benchmarks.families.development.draws import Dials
from benchmarks.families.development.pools import POOLS, add_pools
from benchmarks.families.development.populations import POPULATIONS, plain, zones

EVERYDAY = ("viral", "fans", "storm", "push", "television", "recommended", "link", "festival")
TOGETHER = ("class", "exchange", "club", "fans", "festival")
SIMPLE = ("burst", "drip", "tiny", "wave")


def _dials(seed: int, family: int) -> Dials:
    """Dials of one world: no two families draw alike from one seed."""
    return Dials(np.random.default_rng([seed, family]))


def crowds(seed: int) -> FamilyWorld:
    """Paid crowds of every size, share and spread, with simple pools beside them."""
    dials = _dials(seed, 1)
    scene = plain(dials, 150_000, 420_000)
    add_crowds(scene, dials.some("crowds", EVERYDAY, 0, 5))
    paid = [
        dials.pick(f"kind{i}", ("crowd", "clock"), (5, 1)) for i in range(dials.whole("paid_crowds", 2, 4))
    ]
    add_pools(scene, paid + dials.some("beside", SIMPLE, 1, 4))
    return scene.finish("crowds")


def throwaway(seed: int) -> FamilyWorld:
    """Throwaway accounts in several doses beside stronger pools, hidden on hits."""
    dials = _dials(seed, 2)
    scene = plain(dials, 150_000, 450_000)
    add_crowds(scene, dials.some("crowds", (*EVERYDAY, "exchange"), 0, 5))
    pools = ["throwaway"] * dials.whole("throwaways", 1, 3)
    strong = dials.some("beside", (*SIMPLE, "tiny", "crowd", "crowd"), 1, 5)
    add_pools(scene, [str(kind) for kind in scene.rng.permutation(pools + strong)])
    return scene.finish("throwaway")


def three_zones(seed: int) -> FamilyWorld:
    """Three time zones whose people gather in every way, mixed pools, and bots at their targets' hours."""
    dials = _dials(seed, 3)
    scene = zones(dials, 160_000, 480_000)
    add_crowds(scene, [*dials.some("groups", TOGETHER, 3, 5), *dials.some("crowds", EVERYDAY[2:7], 0, 3)])
    own_hours = ["rhythm"] * dials.whole("rhythms", 1, 2)
    add_pools(
        scene, ["mixed", *own_hours, *dials.some("beside", (*SIMPLE, "crowd", "throwaway", "mixed"), 0, 4)]
    )
    return scene.finish("zones")


def strict(seed: int) -> FamilyWorld:
    """People who keep to their tastes or to whom they follow, with campaigns among them."""
    dials = _dials(seed, 4)
    scene = POPULATIONS[dials.pick("population", ("islands", "feeds"))](dials, 150_000, 480_000)
    add_crowds(scene, dials.some("crowds", (*EVERYDAY[:7], "club"), 0, 4))
    add_pools(scene, ["crowd", *dials.some("beside", (*SIMPLE, "crowd", "throwaway", "rhythm"), 1, 5)])
    return scene.finish("strict")


def market(seed: int) -> FamilyWorld:
    """A grown market: resale, shared customers, replaced, stolen and aged accounts, orders by a clock."""
    dials = _dials(seed, 5)
    scene = POPULATIONS[dials.pick("population", ("plain", "zones"), (2, 1))](dials, 150_000, 450_000)
    add_crowds(scene, dials.some("crowds", (*EVERYDAY, "exchange"), 1, 5))
    trades = ("resale", "interleaved", "churn", "hijack", "clock", "popular", "aged")
    add_pools(scene, dials.some("trades", trades, 3, 6))
    return scene.finish("market")


def small(seed: int) -> FamilyWorld:
    """A small log."""
    dials = _dials(seed, 6)
    scene = POPULATIONS[dials.pick("population", tuple(POPULATIONS), (4, 2, 1, 1))](dials, 10_500, 27_000)
    add_crowds(scene, dials.some("crowds", tuple(CROWDS), 1, 4))
    kinds = (*SIMPLE, "crowd", "throwaway", "mixed", "rhythm", "clock")
    add_pools(scene, dials.some("pools", kinds, 2, 4))
    return scene.finish("small")


def large(seed: int) -> FamilyWorld:
    """A large log with everything at once."""
    dials = _dials(seed, 7)
    scene = POPULATIONS[dials.pick("population", tuple(POPULATIONS), (3, 3, 1, 1))](dials, 690_000, 790_000)
    add_crowds(scene, dials.some("crowds", tuple(CROWDS), 7, 11))
    single = tuple(kind for kind in POOLS if kind not in ("resale", "interleaved"))
    pairs = dials.some("pairs", ("resale", "interleaved"), 0, 1)
    add_pools(scene, [*pairs, *dials.some("pools", single, 5, 8 - 2 * len(pairs))])
    return scene.finish("large")


def quiet(seed: int) -> FamilyWorld:
    """Nothing is bought, and people gather in every way."""
    dials = _dials(seed, 8)
    kinds = {**POPULATIONS, "small": plain}
    name = dials.pick("population", tuple(kinds))
    scene = kinds[name](dials, *((10_500, 30_000) if name == "small" else (110_000, 450_000)))
    add_crowds(scene, list(CROWDS))
    return scene.finish("quiet")


def audiences(seed: int) -> FamilyWorld:
    """Audiences that gather again and again around everything that draws crowds, with pools among them."""
    dials = _dials(seed, 9)
    scene = POPULATIONS[dials.pick("population", tuple(POPULATIONS))](dials, 150_000, 450_000)
    add_crowds(scene, ["show", *dials.some("crowds", EVERYDAY, 3, 8)])
    kinds = (*SIMPLE, "crowd", "throwaway", "mixed", "rhythm", "popular")
    add_pools(scene, dials.some("pools", kinds, 0, 4))
    return scene.finish("audiences")
