"""The eight families of the record half: which population, which crowds and which campaigns meet in each."""

from __future__ import annotations

import numpy as np

from benchmarks.families.contract import Family, FamilyWorld
from benchmarks.families.record.campaigns import sell
from benchmarks.families.record.crowds import furnish
from benchmarks.families.record.draws import Rng, magnitude, whole
from benchmarks.families.record.population import Recipe, draw_recipe
from benchmarks.families.record.stage import Stage


def _rng(number: int, seed: int) -> Rng:
    return np.random.default_rng([number, seed])


def _size(rng: Rng) -> int:
    return whole(rng, 165_000, 680_000)


def _evening(rng: Rng, likes: int) -> Recipe:
    return draw_recipe(rng, likes)


def _islands(rng: Rng, likes: int) -> Recipe:
    """Three time zones or many, and languages that keep to themselves."""
    if rng.random() < 0.75:
        offsets = (20.0, 20.0 - rng.uniform(5, 10), 20.0 + rng.uniform(4, 9))
        weights = np.array([0.55, 0.30, 0.15])
    else:
        offsets = tuple(rng.uniform(0.0, 24.0, rng.integers(5, 12)))
        weights = rng.dirichlet(np.full(len(offsets), 2.0))
    zones = tuple(float(np.mod(hour, 24.0)) for hour in offsets)
    return draw_recipe(
        rng,
        likes,
        languages=int(rng.integers(2, 9)),
        zones=zones,
        zone_weights=tuple(float(weight) for weight in weights),
        foreign=rng.choice([0.0, 0.02, rng.uniform(0.0, 0.3)]),
    )


def _feeds(rng: Rng, likes: int) -> Recipe:
    """Likes that come by following, in communities from none to two hundred."""
    topics = int(rng.choice([1, whole(rng, 8, 80), whole(rng, 80, 220)]))
    return draw_recipe(rng, likes, feed=rng.choice([1.0, rng.uniform(0.6, 1.0)]), topics=topics)


def _young(rng: Rng, likes: int) -> Recipe:
    """A platform that grows within the month, most of whose people are new."""
    return draw_recipe(
        rng,
        likes,
        newcomers=rng.uniform(0.3, 0.85),
        growth=rng.uniform(0.4, 2.2),
        evergreen=0.0,
        life_hours=magnitude(rng, 4.0, 20.0),
    )


def _old(rng: Rng, likes: int) -> Recipe:
    """Evergreens, a week with days off and festivals."""
    return draw_recipe(
        rng,
        likes,
        newcomers=rng.uniform(0.0, 0.05),
        evergreen=rng.uniform(0.2, 0.6),
        weekend=rng.choice([rng.uniform(0.5, 0.8), rng.uniform(1.3, 2.0)]),
        festivals=int(rng.integers(1, 4)),
        life_hours=magnitude(rng, 10.0, 60.0),
    )


POPULATIONS = (_evening, _islands, _feeds, _young, _old)


def _any(rng: Rng, likes: int) -> Recipe:
    return POPULATIONS[int(rng.integers(len(POPULATIONS)))](rng, likes)


def evening(seed: int) -> FamilyWorld:
    """Everything at once on a platform of one evening."""
    rng = _rng(1, seed)
    stage = Stage("evening", _evening(rng, _size(rng)), rng)
    sell(stage, ("crowd",), 6, 8)
    furnish(stage, 0.0)
    return stage.finish()


def islands(seed: int) -> FamilyWorld:
    """Zones and languages apart, campaigns of any kind."""
    rng = _rng(2, seed)
    stage = Stage("islands", _islands(rng, _size(rng)), rng)
    sell(stage, (), 3, 7)
    furnish(stage)
    return stage.finish()


def feeds(seed: int) -> FamilyWorld:
    """Communities of followers, campaigns of any kind."""
    rng = _rng(3, seed)
    stage = Stage("feeds", _feeds(rng, _size(rng)), rng)
    sell(stage, (), 2, 6)
    furnish(stage)
    return stage.finish()


def young(seed: int) -> FamilyWorld:
    """A growing platform with throwaway accounts, tiny orders and changing pools."""
    rng = _rng(4, seed)
    stage = Stage("young", _young(rng, _size(rng)), rng)
    sell(stage, ("throwaway", "churn", "tiny"), 3, 6)
    furnish(stage)
    return stage.finish()


def old(seed: int) -> FamilyWorld:
    """An old platform with aged accounts, resale and likes bought on popular items."""
    rng = _rng(5, seed)
    stage = Stage("old", _old(rng, _size(rng)), rng)
    sell(stage, (str(rng.choice(["aged", "aged-busy"])), "resale", "popular"), 3, 7)
    furnish(stage)
    return stage.finish()


def small(seed: int) -> FamilyWorld:
    """Any population, 20,000 to 60,000 likes."""
    rng = _rng(6, seed)
    stage = Stage("small", _any(rng, whole(rng, 22_000, 58_000)), rng)
    sell(stage, (), 2, 4)
    furnish(stage)
    return stage.finish()


def huge(seed: int) -> FamilyWorld:
    """Any population, more than a million likes."""
    rng = _rng(7, seed)
    stage = Stage("huge", _any(rng, whole(rng, 1_030_000, 1_370_000)), rng)
    sell(stage, (), 5, 8)
    furnish(stage)
    return stage.finish()


def quiet(seed: int) -> FamilyWorld:
    """Nothing bought: any population of any size, crowds of every kind."""
    rng = _rng(8, seed)
    sizes = [whole(rng, 22_000, 58_000), *[_size(rng)] * 7, whole(rng, 1_030_000, 1_370_000)]
    stage = Stage("quiet", _any(rng, int(rng.choice(sizes))), rng)
    furnish(stage, 0.0)
    return stage.finish()


FAMILIES: dict[str, Family] = {
    "evening": evening,
    "islands": islands,
    "feeds": feeds,
    "young": young,
    "old": old,
    "small": small,
    "huge": huge,
    "quiet": quiet,
}

__all__ = ["FAMILIES"]
