"""Rings: planted ones come out as they were planted, and their tables add up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.testing.worlds import Log, World, called_fake, ordinary_world

import zhenzan
from zhenzan.verify.encoding.encode import encode
from zhenzan.verify.rings.partition import find_rings

AGREEMENT_MIN = 0.9
SEEDS = range(4)


def adjusted_rand_index(one: np.ndarray, two: np.ndarray) -> float:
    """Agreement of two groupings: 1 when they are the same, about 0 when by chance (Hubert & Arabie 1985)."""
    table = np.zeros((one.max() + 1, two.max() + 1))
    np.add.at(table, (one, two), 1)

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    together, first, second = pairs(table), pairs(table.sum(1)), pairs(table.sum(0))
    chance = first * second / pairs(np.array([one.size]))
    most = (first + second) / 2
    return 1.0 if most == chance else (together - chance) / (most - chance)


def test_the_measure_of_agreement() -> None:
    a = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    assert adjusted_rand_index(a, (a + 1) % 3) == 1.0
    assert adjusted_rand_index(a, np.zeros(9, int)) == 0.0
    assert adjusted_rand_index(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])) == pytest.approx(4 / 7)
    random = np.random.default_rng(0)
    assert abs(adjusted_rand_index(random.integers(0, 3, 3000), random.integers(0, 3, 3000))) < 0.01


def agreement(log: Log, result: zhenzan.Result) -> float:
    """Of planted rings with found ones, over the planted accounts; those in no found ring are each alone."""
    members = {int(a): name for a, name in zip(log.account, log.who, strict=True) if name.startswith("ring")}
    names = {name: i for i, name in enumerate(sorted(set(members.values())))}
    ring_of = dict(zip(*(result.accounts[c].to_pylist() for c in ("account", "ring")), strict=True))
    alone = iter(range(10**6, 10**7))
    labels = [next(alone) if ring_of[a] is None else ring_of[a] for a in members]
    _, two = np.unique(labels, return_inverse=True)
    return adjusted_rand_index(np.array([names[name] for name in members.values()]), two)


@pytest.mark.parametrize("seed", SEEDS)
def test_planted_rings_come_out_as_rings(seed: int) -> None:
    log = ordinary_world(seed, rings=4).log()
    result = zhenzan.verify(log.table())
    assert agreement(log, result) >= AGREEMENT_MIN


@pytest.mark.parametrize("seed", SEEDS)
def test_rings_of_different_habits_come_apart(seed: int) -> None:
    """A large one that takes two hours, a small fast one, and a pool of which each order draws a third."""
    world = World(seed)
    world.background()
    world.ring("ring slow", members=90, orders=12, minutes=120)
    world.ring("ring fast", members=40, orders=10, minutes=5, share=0.9)
    world.ring("ring pool", members=120, orders=30, minutes=15, share=0.33)
    log = world.log()
    result = zhenzan.verify(log.table())
    assert agreement(log, result) >= AGREEMENT_MIN
    for name in ("ring slow", "ring fast", "ring pool"):
        assert called_fake(result, log, name) >= 0.9, name


def test_one_crew_is_not_split_and_strangers_are_not_joined() -> None:
    log = ordinary_world(21, rings=1).log()
    result = zhenzan.verify(log.table())
    crew = {int(a) for a in log.account[log.who == "ring 0"]}
    (largest, *rest) = result.rings.to_pylist()
    inside = {r["account"] for r in result.accounts.to_pylist() if r["ring"] == largest["ring"]}
    assert len(crew & inside) >= 0.95 * len(crew)
    assert sum(r["accounts"] for r in rest) <= 0.05 * len(crew)


@pytest.fixture(scope="module")
def judged() -> zhenzan.Result:
    return zhenzan.verify(ordinary_world(7, rings=3).log().table())


def rows(table: Any) -> list[dict[str, Any]]:
    return table.to_pylist()


def test_the_ring_table_counts_what_the_other_tables_say(judged: zhenzan.Result) -> None:
    verdicts, rings = rows(judged.verdicts), rows(judged.rings)
    assert len(rings) >= 3
    assert [r["ring"] for r in rings] == list(range(len(rings)))
    assert [r["accounts"] for r in rings] == sorted((r["accounts"] for r in rings), reverse=True)
    creator_of = dict(zip(*(judged.items[c].to_pylist() for c in ("item", "creator")), strict=True))
    for ring in rings:
        mine = [v for v in verdicts if v["ring"] == ring["ring"]]
        assert ring["accounts"] == sum(a["ring"] == ring["ring"] for a in rows(judged.accounts))
        assert ring["likes"] == len({(v["account"], v["item"]) for v in mine})
        assert ring["items"] == len({v["item"] for v in mine})
        assert ring["creators"] == len({creator_of[v["item"]] for v in mine})
        assert ring["moments"] == len({v["moment"] for v in mine if v["moment"] is not None})
        assert ring["first"] == min(v["timestamp"] for v in mine)
        assert ring["last"] == max(v["timestamp"] for v in mine)
        assert ring["mean_probability"] == pytest.approx(
            np.mean([v["fake_probability"] for v in mine]), rel=1e-5
        )
        assert ring["kind"] in {"burst", "drip", "pool", "throwaway", "crowd"}


def test_a_like_bears_its_account_s_ring_and_only_when_probably_bought(judged: zhenzan.Result) -> None:
    ring_of = dict(zip(*(judged.accounts[c].to_pylist() for c in ("account", "ring")), strict=True))
    for verdict in rows(judged.verdicts):
        likely = verdict["fake_probability"] >= 0.5
        assert verdict["ring"] == (ring_of[verdict["account"]] if likely else None)
        assert verdict["moment"] is None or likely


def test_the_moment_table_counts_what_the_verdicts_say(judged: zhenzan.Result) -> None:
    verdicts, moments = rows(judged.verdicts), rows(judged.moments)
    campaigns = judged.summary["counts"]["campaigns"]
    assert [m["moment"] for m in moments] == list(range(len(moments)))
    assert {v["moment"] for v in verdicts if v["moment"] is not None} <= set(range(campaigns))
    for moment in moments:
        mine = [
            v
            for v in verdicts
            if v["item"] == moment["item"] and moment["start"] <= v["timestamp"] <= moment["end"]
        ]
        assert len({v["account"] for v in mine}) >= moment["likes"]
        assert 0.0 <= moment["campaign_probability"] <= 1.0
        assert 0 <= moment["suspects"] <= moment["likes"]
        assert moment["ring"] is None or 0 <= moment["ring"] < judged.rings.num_rows
        if moment["moment"] >= campaigns:
            assert moment["campaign_probability"] < 0.5
            assert moment["ring"] is None


def test_a_log_without_bought_likes_has_no_rings() -> None:
    world = World(3)
    world.background()
    assert zhenzan.verify(world.log().table()).rings.num_rows == 0


def test_find_rings_parts_disjoint_crews_exactly() -> None:
    """By itself: two crews whose likes and campaigns are given."""
    likes = [(100 * crew + a, 10 * crew + item) for crew in (1, 2) for a in range(20) for item in range(5)]
    log = ordinary_world(0).log().table().slice(0, len(likes))
    account, item = (np.array([like[k] for like in likes]) for k in (0, 1))
    table = log.set_column(0, "account", [account]).set_column(1, "item", [item]).drop_columns("creator")
    pairs = encode(zhenzan.open_log(table).batches()).pairs
    rings = find_rings(pairs, pairs.item.astype(np.int32), np.ones(pairs.n), 3)
    assert rings.n == 2
    assert {tuple(rings.of_account[:20]), tuple(rings.of_account[20:])} == {(0,) * 20, (1,) * 20}
    none = find_rings(pairs, pairs.item.astype(np.int32), np.ones(pairs.n), 21)
    assert none.n == 0
    assert np.all(none.of_account == -1)
