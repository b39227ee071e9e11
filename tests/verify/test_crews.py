"""Crews: groups that meet at many creators; hired ones are told from friends as a whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.verify.worlds import DAY, DAYS, HOUR, VIEWERS, World, called_fake

import zhenzan
from zhenzan.verify.baseline.moments import Moments
from zhenzan.verify.inference.coincidence import Groups
from zhenzan.verify.inference.crews import _births_logs, _hired_logits, _log_factorial


def logits(
    places: int, accounts: int, devotion: float, company: float, part: float = 0.9
) -> tuple[float, float]:
    """Log-odds of hire against friends and against fans."""
    friends, fans = _hired_logits(
        *(np.array([value]) for value in (places, accounts, devotion, company, part))
    )
    return float(friends[0]), float(fans[0])


groups = st.tuples(
    st.integers(3, 60), st.integers(10, 2_000), st.floats(0.0, 1.0), st.floats(0.0, 1.5), st.floats(0.05, 1.0)
)


@given(groups)
def test_every_group_gets_finite_odds(group: tuple[int, int, float, float, float]) -> None:
    assert np.isfinite(logits(*group)).all()


@given(groups, st.integers(1, 20))
def test_more_unrelated_creators_never_speak_for_friends(
    group: tuple[int, int, float, float, float], more: int
) -> None:
    places, *rest = group
    assert logits(places + more, *rest)[0] > logits(places, *rest)[0]


@given(groups, st.floats(0.0, 1.0))
def test_a_crowd_that_is_theirs_alone_never_speaks_for_friends(
    group: tuple[int, int, float, float, float], company: float
) -> None:
    places, accounts, devotion, other, part = group
    low, high = sorted((company, other))
    if low >= 0.5:  # below, both laws say that it is a gathering
        assert (
            logits(places, accounts, devotion, high, part)[0]
            >= logits(places, accounts, devotion, low, part)[0]
        )


@given(groups)
def test_number_and_company_never_speak_against_fans(
    group: tuple[int, int, float, float, float],
) -> None:
    places, accounts, devotion, company, part = group
    least = logits(3, 100, devotion, 0.97, part)[1]
    assert logits(places, accounts, devotion, company, part)[1] <= least + 1e-9


@given(st.lists(st.booleans(), min_size=2, max_size=12), st.integers(0, 2**32 - 1))
def test_likes_away_from_births_speak_against_fans_alone_and_births_against_friends_alone(
    at_birth: list[bool], seed: int
) -> None:
    n = len(at_birth)
    stop = np.cumsum(np.random.default_rng(seed).integers(5, 50, n)).astype(np.int32)
    start = np.concatenate([[0], stop[:-1]]).astype(np.int32)
    zeros = np.zeros(n)
    moments = Moments(start, stop, zeros, zeros, zeros.astype(np.int8), np.array(at_birth))
    links = np.stack(np.triu_indices(n, 1)).astype(np.int64)
    groups = Groups(np.zeros(n, np.int32), np.zeros(0, np.int32), links, links, 1, 5.0)
    friends, fans = _births_logs(moments, groups)
    assert (friends >= 0).all()
    assert (fans >= 0).all()
    if all(at_birth):
        assert (fans == 0).all()
        assert (friends > 5).all()
    if not any(at_birth):
        assert (friends == 0).all()
        assert (fans > 5).all()


def test_log_factorials_are_those_of_the_textbook() -> None:
    np.testing.assert_allclose(_log_factorial(np.array([0, 1, 4, 10])), np.log([1, 1, 24, 3_628_800]))


def busy_world(seed: int, members: int = 120) -> tuple[World, np.ndarray]:
    """Eight thousand people more, with eight likes each; `members` of them."""
    world = World(seed)
    world.background()
    people = world.newcomers(8_000)
    world.ordinary_likes("natural", np.repeat(people, 8))
    return world, people[:members]


def gathering(
    world: World, who: str, pool: np.ndarray, places: int, size: int, strangers: float, breaks: bool = False
) -> None:
    """At each of `places` new creators some of the pool meet within an hour, with strangers among them.

    With `breaks` they meet in a break, at noon or in the afternoon, give or take some minutes.
    """
    for place in range(places):
        start = float(world.random.uniform(2 * DAY, (DAYS - 1) * DAY))
        if breaks:
            clock = float(world.random.choice([12 * HOUR, 16 * HOUR]) + world.random.normal(0, HOUR / 4))
            start = start // DAY * DAY + clock
        item = world.item_of(world.new_creator() + place, 0.0)
        viewers = world.random.choice(VIEWERS + 8_000, 60, replace=False)
        world.add("natural", viewers, item, world.random.uniform(0, DAYS * DAY, viewers.size))
        guests = int(size * strangers)
        here = np.concatenate(
            [
                world.random.choice(pool, size - guests, replace=False),
                world.random.choice(VIEWERS, guests, replace=False),
            ]
        )
        world.add(who, here, item, start + world.random.uniform(0, HOUR, here.size))


@pytest.mark.parametrize("seed", range(3))
def test_paid_people_with_a_life_of_their_own_are_found_by_where_they_meet(seed: int) -> None:
    world, pool = busy_world(seed)
    gathering(world, "ring", pool, places=24, size=40, strangers=0.0)
    log = world.log()
    result = zhenzan.verify(log.table())
    assert called_fake(result, log, "ring") >= 0.8
    assert called_fake(result, log, "natural") <= 0.002


@pytest.mark.parametrize("seed", range(3))
def test_regulars_among_strangers_are_left_alone(seed: int) -> None:
    """As many meetings, but half of those who come are others: live rooms of a topic, not orders."""
    world, pool = busy_world(seed)
    gathering(world, "crowd", pool, places=24, size=60, strangers=0.5)
    log = world.log()
    result = zhenzan.verify(log.table())
    assert called_fake(result, log, "crowd") <= 0.01


@pytest.mark.parametrize("seed", range(3))
def test_colleagues_who_meet_in_their_breaks_are_told_from_people_who_meet_at_any_hour(seed: int) -> None:
    """The same people, a fifth of whose likes are given together; only the hours of the day differ."""
    share = {}
    for breaks in (True, False):
        world, pool = busy_world(seed, members=150)
        world.ordinary_likes("natural", np.repeat(pool, 12))
        gathering(world, "group", pool, places=16, size=40, strangers=0.0, breaks=breaks)
        log = world.log()
        share[breaks] = called_fake(zhenzan.verify(log.table()), log, "group")
    assert share[True] <= 0.01
    assert share[False] >= 0.8
