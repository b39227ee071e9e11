import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.world import side_by_side
from benchmarks.zhenzan_method import opine
from tests.effort import effort

from benchmarks import worlds


@pytest.fixture(scope="module")
def lab() -> worlds.World:
    return worlds.lab_world(3, likes=60_000, context=True)


def test_each_item_has_one_creator(lab: worlds.World) -> None:
    both = np.unique(np.stack((lab.item, lab.creator)), axis=1)
    assert both.shape[1] == len(np.unique(lab.item))


def test_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    first, again, other = (worlds.lab_world(seed, likes=30_000) for seed in (5, 5, 6))
    for field in dataclasses.fields(first):
        left, right = getattr(first, field.name), getattr(again, field.name)
        if isinstance(left, np.ndarray):
            assert np.array_equal(left, right), field.name
    assert not np.array_equal(first.account[:100], other.account[:100])


def test_a_detector_sees_no_label(lab: worlds.World) -> None:
    assert lab.table().column_names == ["account", "item", "creator", "timestamp"]
    text = lab.table(ids="string", context=True)
    assert text.column_names == ["account", "item", "creator", "timestamp", "ip", "device"]
    assert len(np.unique(text["account"].to_numpy(zero_copy_only=False))) == len(np.unique(lab.account))


def test_ids_tell_nothing_about_the_label(lab: worlds.World) -> None:
    bought = np.median(lab.account[lab.is_bought]) / np.median(lab.account)
    assert 0.8 < bought < 1.25


@pytest.mark.slow
@pytest.mark.also_soak
def test_populations_that_never_meet_are_no_rings_to_each_other() -> None:
    """Several worlds in one log: whoever meets at all meets within a small part of it."""
    several = [worlds.lab_world(seed, 30_000) for seed in range(1, effort(4, 8) + 1)]
    many = side_by_side(several)
    assert len(np.unique(many.account)) == sum(len(np.unique(world.account)) for world in several)
    assert opine(many).judgement.natural_called_fake <= 0.005
