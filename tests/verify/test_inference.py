"""Accounts and moments judged together: properties of the beliefs, whatever the constants."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from tests.testing.worlds import Log, World, ordinary_world

import zhenzan
from zhenzan.verify import pipeline
from zhenzan.verify.inference.message_passing import Beliefs


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Beliefs]]:
    """The beliefs of every run of the test, as the road got them."""
    beliefs: list[Beliefs] = []
    whole = pipeline.infer

    def listen(*arguments: object, **named: object) -> Beliefs:
        beliefs.append(whole(*arguments, **named))
        return beliefs[-1]

    monkeypatch.setattr(pipeline, "infer", listen)
    return beliefs


def recruits(log: Log, result: zhenzan.Result) -> tuple[np.ndarray, np.ndarray]:
    """The recruit probability of every account, and whether it is one."""
    crew = set(log.account[np.array([w.startswith("ring") for w in log.who])].tolist())
    accounts = result.accounts["account"].to_pylist()
    return result.accounts["recruit_probability"].to_numpy(), np.array([a in crew for a in accounts])


@pytest.mark.parametrize("seed", range(3))
def test_beliefs_are_finite_probabilities_and_log_odds(heard: list[Beliefs], seed: int) -> None:
    zhenzan.verify(ordinary_world(seed, rings=2).log().table())
    (beliefs,) = heard
    for name in ("bought", "share", "paid", "recruit"):
        values = getattr(beliefs, name)
        assert np.all((values >= 0.0) & (values <= 1.0)), name
    for name in ("prior", "gathering", "vote", "logit"):
        assert np.all(np.isfinite(getattr(beliefs, name))), name
    assert np.all(beliefs.moment_of < beliefs.prior.size)
    assert np.all(beliefs.moment_of[beliefs.bought > 0.5] >= 0)
    np.testing.assert_allclose(beliefs.logit, beliefs.prior + beliefs.gathering + beliefs.vote)
    assert np.all(beliefs.gathering <= 1e-9), "who meets by themselves never speaks for a campaign"


@pytest.mark.parametrize("seed", range(3))
def test_recruits_are_told_from_viewers(seed: int) -> None:
    log = ordinary_world(seed, rings=2).log()
    belief, is_recruit = recruits(log, zhenzan.verify(log.table()))
    assert belief[is_recruit].mean() >= 0.95
    assert belief[~is_recruit].mean() <= 0.03


def test_one_creator_s_crowds_prove_nothing_alone() -> None:
    """The same crew with the same bursts: on one creator they are fans, on ten they are recruits."""

    def paid_chance(creators: int) -> float:
        world = World(8)
        world.background()
        crew = world.newcomers(60)
        world.ordinary_likes("natural", np.repeat(crew, 4))
        home = world.new_creator()
        for k in range(10):
            start = (1.5 + k) * 86_400.0
            item = world.item_of(home + k % creators, start)
            here = world.random.choice(crew, 45, replace=False)
            world.add("ring", here, item, start + world.random.uniform(0, 600, here.size))
        log = world.log()
        belief, is_recruit = recruits(log, zhenzan.verify(log.table()))
        return float(belief[is_recruit].mean())

    assert paid_chance(creators=1) <= 0.2
    assert paid_chance(creators=10) >= 0.8


def test_more_orders_make_a_ring_surer() -> None:
    def paid_chance(orders: int) -> float:
        world = World(9)
        world.background()
        world.ring("ring", members=60, orders=orders)
        log = world.log()
        belief, is_recruit = recruits(log, zhenzan.verify(log.table()))
        return float(belief[is_recruit].mean())

    few, more, many = (paid_chance(orders) for orders in (1, 4, 12))
    assert few <= more + 0.01 <= many + 0.02
    assert many >= 0.95


def test_a_platform_that_expects_more_recruits_finds_no_fewer(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    table = ordinary_world(1, rings=1).log().table()
    folder = tmp_path_factory.mktemp("policies")
    total = []
    for share in (0.001, 0.02, 0.2):
        (folder / "policy.toml").write_text(f"[prior]\nrecruit = {share}\n")
        result = zhenzan.verify(table, policy=folder / "policy.toml")
        total.append(float(result.accounts["recruit_probability"].to_numpy().sum()))
    assert total == sorted(total)
