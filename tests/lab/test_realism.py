"""The measures by which the lab is held against a real platform; and that its defaults are near to one."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from zhenzan.lab import Scenario, World, run
from zhenzan.lab.realism import compare, ks_distance, likes_by_viewer, thinned, top_share, viewing_of

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

FIRM = (  # measures that do not hang on the size of the world
    "watched, in the item's length",
    "watched, s",
    "views by hour of the day (busiest)",
    "likes by double tap",
    "likes taken back",
)


@pytest.fixture(scope="module")
def honest(small: Scenario) -> World:
    return run(small.changed({"buyers.demand": "none", "records.views": 1.0}), 5)


def test_kolmogorov_smirnov_agrees_with_what_can_be_counted_by_hand() -> None:
    assert ks_distance(np.arange(10.0), np.arange(10.0)) == 0.0
    assert ks_distance(np.zeros(5), np.ones(7)) == 1.0
    assert ks_distance(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 4.0, 5.0, 6.0])) == pytest.approx(0.5)


def test_the_top_share_is_of_the_largest() -> None:
    assert top_share(np.array([1.0] * 9 + [91.0]), 0.1) == pytest.approx(0.91)
    assert top_share(np.ones(100), 0.1) == pytest.approx(0.1)


def test_a_world_is_read_as_what_its_feed_showed(honest: World) -> None:
    viewing = viewing_of(honest)
    assert viewing.item_views.sum() == honest.items["views"].to_numpy().sum()
    assert viewing.liked.sum() == pytest.approx(viewing.item_likes.sum(), rel=0.01)
    assert len(viewing.liked) == pytest.approx(viewing.item_views.sum(), rel=0.02)


def test_a_world_has_no_distance_from_itself(honest: World) -> None:
    viewing = viewing_of(honest)
    for distance in compare(viewing, viewing):
        if distance.measure.name not in ("viewers without a like", "likes of a viewer"):
            assert distance.distance == pytest.approx(0.0, abs=0.2), distance.measure.name
    exact = [distance for distance in compare(viewing, viewing) if distance.measure.by != "KS"]
    assert sum(distance.distance == 0.0 for distance in exact) > 10


def test_thinning_leaves_each_viewer_as_many_views_as_asked(honest: World) -> None:
    viewing = thinned(viewing_of(honest), np.array([3]), 1)
    _, views = np.unique(viewing.account, return_counts=True)
    assert views.max() == 3
    assert (views == 3).mean() > 0.8
    assert len(likes_by_viewer(viewing)) == len(views)


def test_generosity_makes_likers_unequal_and_charm_items(small: Scenario) -> None:
    plain = small.changed({"buyers.demand": "none", "records.views": 1.0})
    even = viewing_of(run(plain.changed({"viewers.generosity_spread": 0.0, "creators.charm_spread": 0.0}), 5))
    uneven = viewing_of(run(plain, 5))
    assert top_share(likes_by_viewer(uneven), 0.01) > 2 * top_share(likes_by_viewer(even), 0.01)


def test_reach_moves_the_ranking_beside_likes(small: Scenario) -> None:
    plain = small.changed({"buyers.demand": "none", "feed.sharpness": 0.0})
    even, uneven = (
        top_share(
            run(plain.changed({"feed.reach_spread": spread}), 5, log=False).items["views"].to_numpy(), 0.1
        )
        for spread in (0.0, 1.5)
    )
    assert uneven > 1.3 * even


def test_the_defaults_are_near_to_kuairand(honest: World) -> None:
    from benchmarks.kuairand import kuairand_viewing

    try:
        real = kuairand_viewing()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    distances = {distance.measure.name: distance for distance in compare(viewing_of(honest), real)}
    for name in FIRM:
        assert distances[name].distance <= 1.5 * distances[name].measure.bound, distances[name]
