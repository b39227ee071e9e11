import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.ours import opine
from benchmarks.world import DAY, side_by_side

from benchmarks import worlds


@pytest.fixture(scope="module")
def hard() -> worlds.World:
    return worlds.hard_world(3, likes=60_000, context=True)


def test_hard_world_has_every_confounder_and_every_kind_of_campaign(hard: worlds.World) -> None:
    for name in set(worlds.CONFOUNDERS) - {"hunter"}:  # hunters are in the lab's world only
        assert (hard.of(name) & hard.is_natural).sum() > 20, name
    for name in ("burst", "drip", "tiny", "crowd", "throwaway"):
        assert (hard.of(name) & hard.is_bought).sum() > 100, name


def test_bought_likes_are_a_small_share_within_the_span(hard: worlds.World) -> None:
    assert 0.02 < hard.is_bought.mean() < 0.12
    assert np.ptp(hard.timestamp) < 34 * DAY
    assert (hard.campaign[hard.is_bought] >= 0).all()
    assert (hard.campaign[hard.is_natural] == -1).all()


def test_no_account_likes_an_item_twice(hard: worlds.World) -> None:
    pairs = np.stack((hard.account, hard.item))
    assert np.unique(pairs, axis=1).shape[1] == len(hard)


def test_each_item_has_one_creator(hard: worlds.World) -> None:
    both = np.unique(np.stack((hard.item, hard.creator)), axis=1)
    assert both.shape[1] == len(np.unique(hard.item))


def test_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    first, again, other = (worlds.hard_world(seed, likes=30_000) for seed in (5, 5, 6))
    for field in dataclasses.fields(first):
        left, right = getattr(first, field.name), getattr(again, field.name)
        if isinstance(left, np.ndarray):
            assert np.array_equal(left, right), field.name
    assert not np.array_equal(first.account[:100], other.account[:100])


def test_time_order_sorts_the_log() -> None:
    world = worlds.hard_world(1, likes=30_000, order="time")
    assert (np.diff(world.timestamp) >= 0).all()


def test_a_detector_sees_no_label(hard: worlds.World) -> None:
    assert hard.table().column_names == ["account", "item", "creator", "timestamp"]
    text = hard.table(ids="string", context=True)
    assert text.column_names == ["account", "item", "creator", "timestamp", "ip", "device"]
    assert len(np.unique(text["account"].to_numpy(zero_copy_only=False))) == len(np.unique(hard.account))


def test_ids_tell_nothing_about_the_label(hard: worlds.World) -> None:
    bought = np.median(hard.account[hard.is_bought]) / np.median(hard.account)
    assert 0.8 < bought < 1.25


@pytest.mark.slow
def test_populations_that_never_meet_are_no_rings_to_each_other() -> None:
    """A dozen worlds in one log: whoever meets at all meets within a twelfth of it."""
    several = [worlds.hard_world(seed, 60_000) for seed in range(1, 13)]
    many = side_by_side(several)
    assert len(np.unique(many.account)) == sum(len(np.unique(world.account)) for world in several)
    assert opine(many).judgement.natural_called_fake <= 0.005
