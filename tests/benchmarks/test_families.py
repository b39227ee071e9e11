"""The worlds of many hands: drawn by their seed alone, their truth whole, the record half frozen."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from benchmarks.families import development, record
from benchmarks.families.contract import BOUGHT, CAMOUFLAGE, NATURAL, FamilyWorld
from benchmarks.families.oracle import _scores, oracle_recalls
from benchmarks.zhenzan_method import opine
from tests.effort import SOAKING

pytestmark = pytest.mark.also_soak
FROZEN = "0382d4b9f11cbe9e2909d29f7fee9c9066ab635edae122796151b349c97302d3"
FAMILIES = {
    **{f"development {name}": make for name, make in development.FAMILIES.items()},
    **{f"record {name}": make for name, make in record.FAMILIES.items()},
}
USUAL = ("development strict", "development quiet", "record feeds")
SOME = tuple(FAMILIES) if SOAKING else USUAL
HIRING = tuple(name for name in SOME if not name.endswith("quiet"))


@cache
def world_of(name: str, seed: int = 3) -> FamilyWorld:
    return FAMILIES[name](seed)


def columns(family: FamilyWorld) -> dict[str, np.ndarray]:
    world = family.world
    names = ("account", "item", "creator", "timestamp", "kind_of_like", "strategy", "ring", "campaign")
    return {"crowd": family.crowd, **{name: getattr(world, name) for name in names}}


def test_the_record_half_is_as_it_was_frozen() -> None:
    folder = Path(record.__file__).parent
    text = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    assert hashlib.sha256(text).hexdigest() == FROZEN


def test_both_halves_have_their_families_and_one_that_buys_nothing() -> None:
    assert len(development.FAMILIES) == 9
    assert len(record.FAMILIES) == 8
    assert "quiet" in development.FAMILIES
    assert "quiet" in record.FAMILIES


@pytest.mark.parametrize("name", SOME)
def test_one_seed_is_one_world_and_another_is_another(name: str) -> None:
    one, again, other = world_of(name), FAMILIES[name](3), world_of(name, 4)
    for column, values in columns(one).items():
        np.testing.assert_array_equal(values, columns(again)[column], column)
    assert one.parameters == again.parameters
    assert (one.crowd_kinds, one.pool_kinds) == (again.crowd_kinds, again.pool_kinds)
    assert other.parameters != one.parameters, "another seed draws other parameters, not other noise alone"


@pytest.mark.parametrize("name", SOME)
def test_an_account_likes_an_item_once(name: str) -> None:
    world = world_of(name).world
    assert np.unique(np.stack([world.account, world.item]), axis=1).shape[1] == len(world)


@pytest.mark.parametrize("name", SOME)
def test_an_item_is_of_one_creator(name: str) -> None:
    world = world_of(name).world
    assert np.unique(np.stack([world.item, world.creator]), axis=1).shape[1] == np.unique(world.item).size


@pytest.mark.parametrize("name", SOME)
def test_what_is_true_of_a_like_is_told_for_every_like(name: str) -> None:
    family = world_of(name)
    world = family.world
    assert {values.size for values in columns(family).values()} == {len(world)}
    bought, natural = world.kind_of_like == BOUGHT, world.kind_of_like == NATURAL
    assert np.isin(world.kind_of_like, (BOUGHT, NATURAL, CAMOUFLAGE)).all()
    assert np.array_equal(world.campaign >= 0, bought), "bought likes have an order, and no others"
    assert (world.ring[~natural] >= 0).all(), "only pools' accounts buy or hide"
    assert (family.crowd[~natural] == -1).all(), "only natural likes are of a natural crowd"
    assert family.crowd.max() < len(family.crowd_kinds)
    assert world.ring.max() < len(family.pool_kinds)
    assert (np.diff(np.unique(np.stack([world.account, world.ring]), axis=1)[0]) > 0).all(), "one pool each"
    orders = np.unique(np.stack([world.campaign, world.item, world.ring])[:, bought], axis=1)
    assert (np.diff(orders[0]) > 0).all(), "an order is of one item and one pool"


@pytest.mark.parametrize("name", HIRING)
def test_what_the_oracle_knows_is_a_share_and_never_outside_the_windows_of_orders(name: str) -> None:
    family = world_of(name)
    world = family.world
    recalls = oracle_recalls(family)
    assert recalls.shape == (len(family.pool_kinds),)
    assert ((recalls >= 0.0) & (recalls <= 1.0)).all()
    assert recalls.max() > 0.5, "an oracle that finds nothing measures nothing"
    pool = int(recalls.argmax())
    mine = world.is_bought & (world.ring == pool)
    score = _scores(family, mine, np.unique(world.account, return_inverse=True)[1])
    assert np.isfinite(score).all()
    ordered = np.isin(world.item, world.item[mine])
    assert (score[~ordered] == -1e9).all()
    assert (score[mine] > -1e9).all()


@pytest.mark.parametrize("name", [name for name in SOME if name.endswith("quiet")])
def test_where_nothing_is_bought_no_like_and_no_pool_says_so(name: str) -> None:
    family = world_of(name)
    assert not family.world.is_bought.any()
    assert oracle_recalls(family).size == len(family.pool_kinds) == 0
    assert (family.crowd >= 0).any()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", [name for name in FAMILIES if name.startswith("record")])
def test_every_like_of_a_world_for_the_record_is_judged_and_alike_again(name: str, seed: int) -> None:
    world = FAMILIES[name](seed).world
    opinions = [opine(world) for _ in range(2)]
    for opinion in opinions:
        assert opinion.probability.shape == (len(world),)
        assert ((opinion.probability >= 0) & (opinion.probability <= 1)).all()
    assert np.array_equal(opinions[0].probability, opinions[1].probability)
