"""Three farms (dense, medium, slow) among ordinary likes and flash crowds. Block miners miss the slow one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks import natural_behaviour
from benchmarks.world import BOUGHT, CODE, DAY, HOUR, MINUTE, NATURAL, Part, World, assemble

START = 1_714_521_600_000_000  # 2024-05-01T00:00:00Z in µs
SPAN = 30 * DAY
FLASH_CROWDS = 30
FLASH_LIKES = 1500


@dataclass(frozen=True)
class Farm:
    """Every account likes each of `items` items with chance `density`, within `window` µs."""

    strategy: str
    items: int
    density: float
    window: float


FARMS = (
    Farm("farm_dense", 40, 0.70, 2 * HOUR),
    Farm("farm_medium", 200, 0.15, 6 * HOUR),
    Farm("farm_slow", 400, 0.05, 3 * DAY),
)


def farms_world(
    seed: int, likes: int = 1_000_000, traffic: bool = True, window: str = "common", order: str = "shuffled"
) -> World:
    """Farms of 300–500 accounts among about `likes` likes with 30 natural flash crowds of 1,500.

    With `traffic` the farms' targets are items of the catalogue with natural likes of their own, else new.
    `window` "common": all items of a farm are served in the same hours; "item": each at a time of its own.
    """
    assert window in ("common", "item"), window
    rng = np.random.default_rng([seed, 20240501])
    scale = likes / 1_000_000
    people = natural_behaviour.make_people(max(2_000, int(60_000 * scale)), rng, scale)
    catalogue = natural_behaviour.make_catalogue(
        max(300, int(4_000 * scale)), max(1_500, int(20_000 * scale)), SPAN, rng
    )
    crowds = max(1, round(FLASH_CROWDS * scale))
    parts = [_flash_crowd(people, catalogue, rng) for _ in range(crowds)]
    rings: list[np.ndarray] = []
    for number, farm in enumerate(FARMS):
        accounts = people.newcomers(int(rng.integers(300, 501)))
        items = _targets(catalogue, farm, traffic, rng)
        parts.append(_work(accounts, items, farm, number, window, rng))
        rings.append(accounts)
    rest = likes - sum(len(part) for part in parts)
    parts.append(natural_behaviour.ordinary_likes(people, catalogue, rest, rng))
    ring_of_account = np.full(people.count, -1, dtype=np.int32)
    for ring, accounts in enumerate(rings):
        ring_of_account[accounts] = ring
    notes: dict[str, object] = {"traffic": traffic, "window": window}
    name = f"farms-{seed}-{'traffic' if traffic else 'bare'}-{window}"
    return assemble(name, parts, catalogue.creator, ring_of_account, rng, START, order, notes=notes)


def _flash_crowd(
    people: natural_behaviour.People, catalogue: natural_behaviour.Catalogue, rng: np.random.Generator
) -> Part:
    alive = np.flatnonzero(catalogue.birth < SPAN - DAY)
    item = int(rng.choice(alive))
    start = rng.uniform(max(catalogue.birth[item], 0.0), SPAN - 6 * HOUR)
    account = rng.choice(people.real, FLASH_LIKES, replace=False)
    time = start + rng.gamma(2, rng.uniform(10, 40) * MINUTE, FLASH_LIKES)
    return Part(account, np.full(FLASH_LIKES, item), time, NATURAL, CODE["viral"])


def _targets(
    catalogue: natural_behaviour.Catalogue, farm: Farm, traffic: bool, rng: np.random.Generator
) -> np.ndarray:
    """Items of unrelated creators (one each as far as there are creators)."""
    creators = rng.permutation(len(catalogue.fame))
    if not traffic:
        owners = np.resize(creators, farm.items)
        return catalogue.add(owners, np.full(farm.items, SPAN))
    alive = np.flatnonzero((catalogue.birth < 0) & (catalogue.popularity > 0))
    shuffled = rng.permutation(alive)
    one_each = shuffled[np.sort(np.unique(catalogue.creator[shuffled], return_index=True)[1])]
    others = shuffled[~np.isin(shuffled, one_each)]
    return np.concatenate((one_each, others))[: farm.items]


def _work(
    accounts: np.ndarray, items: np.ndarray, farm: Farm, number: int, window: str, rng: np.random.Generator
) -> Part:
    takes_part = rng.random((len(items), len(accounts))) < farm.density
    row, column = np.nonzero(takes_part)
    begin = rng.uniform(0, SPAN - farm.window, len(items))
    if window == "common":
        begin[:] = begin[0]
    time = begin[row] + rng.random(len(row)) * farm.window
    campaign = number * 1000 + row
    return Part(accounts[column], items[row], time, BOUGHT, CODE[farm.strategy], campaign)
