"""Penalties that grow with repeats: what a ladder costs whom, by theory and where buyers come back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhenzan.lab import Experiment, Outcomes, Results, Scenario, load_scenario, run, run_experiment
from zhenzan.lab.escalation import STEPS_MAX, escalated
from zhenzan.lab.scenario import Sanctions

FACTOR = 2.0
RETURNS = 5
FIRST_LIKE = {"sanctions.strike_likes": 1}
FLAT = {**FIRST_LIKE, "sanctions.fine_per_like": 1.0}
LADDER = {
    **FIRST_LIKE,
    "sanctions.fine_per_like": 0.5,
    "sanctions.fine_from": 2,
    "sanctions.repeat_factor": FACTOR,
}


@pytest.fixture(scope="module")
def repeats() -> Scenario:
    """The shipped trial; orders of ten alone, and no honest creator is wronged unless a test says so."""
    trial = load_scenario("trial-repeats")
    return trial.changed({"seller.100.weight": 0.0, "detector.false_share": 0.0, "world.days": 20})


@pytest.fixture(scope="module")
def caught(repeats: Scenario) -> Outcomes:
    """Every bought like is found; it is a fine from the first on, and doubles."""
    changes = {**FLAT, "sanctions.repeat_factor": FACTOR, "detector.kind": "perfect"}
    return run(repeats.changed(changes), 7, log=False).outcomes


@given(st.integers(1, 40), st.integers(1, 10), st.floats(1, 10))
def test_a_ladder_begins_at_its_strike_and_grows_by_its_factor_up_to_its_end(
    strike: int, first: int, factor: float
) -> None:
    steps = escalated(Sanctions(repeat_factor=factor), np.array([first - 1, strike, strike + 1]), first)
    assert steps[0] == 0
    if strike >= first:
        grown = factor if strike - first < STEPS_MAX else 1.0
        assert steps[2] == pytest.approx(steps[1] * grown)
        assert 1 <= steps[1] <= factor**STEPS_MAX * (1 + 1e-12)


def test_who_comes_back_orders_as_often_as_the_trial_says(caught: Outcomes) -> None:
    orders = caught.orders
    by_creator = orders.group_by("creator").aggregate([("orders_before", "max"), ("day", "min")]).to_pylist()
    early = [row["orders_before_max"] for row in by_creator if row["day_min"] < 20 - 3 * RETURNS]
    assert len(early) >= 4
    assert set(early) == {RETURNS}
    day, before, creator = (orders[name].to_numpy() for name in ("day", "orders_before", "creator"))
    first = dict(zip(creator[before == 0].tolist(), day[before == 0].tolist(), strict=True))
    assert all(d == first[c] + 3 * n for d, n, c in zip(day, before, creator, strict=True))


def test_each_further_order_that_is_caught_costs_its_buyer_the_factor_more(caught: Outcomes) -> None:
    orders = caught.orders
    before, fine, caught_likes = (orders[n].to_numpy() for n in ("orders_before", "buyer_fine", "found"))
    settled = caught_likes > 0  # of the last day's, verdicts are not due
    assert settled.sum() > 30
    a_like = fine[settled] / caught_likes[settled]
    for number in range(RETURNS + 1):
        rows = a_like[before[settled] == number]
        assert rows.min() >= FACTOR**number, "what was settled on two days was two strikes"
        assert np.median(rows) == FACTOR**number


def test_without_growth_further_orders_cost_what_the_first_does(repeats: Scenario) -> None:
    flat = run(repeats.changed({**FLAT, "detector.kind": "perfect"}), 7, log=False).outcomes.orders
    caught_likes = flat["found"].to_numpy()
    assert flat["buyer_fine"].to_numpy().tolist() == caught_likes.tolist()


def test_who_is_banned_orders_no_more(repeats: Scenario) -> None:
    ban = {**FIRST_LIKE, "sanctions.ban_from": 3, "detector.kind": "perfect"}
    orders = run(repeats.changed(ban), 7, log=False).outcomes.orders
    assert max(orders["orders_before"].to_pylist()) == 2


@pytest.fixture(scope="module")
def held(repeats: Scenario) -> Results:
    """Flat fines and a ladder that warns first; a fifth of bought likes is found, and some honest ones."""
    base = repeats.changed(
        {"detector.recall": 0.2, "detector.recall_small": 0.2, "detector.false_share": 0.004}
    )
    return run_experiment(
        Experiment("ladder", base, {"flat": FLAT, "ladder": LADDER, "void": {}}, replicates=5)
    )


def test_a_ladder_that_warns_first_spares_the_honest_and_hits_who_repeats(held: Results) -> None:
    assert held.contrast("honest_loss", "flat", "void").low > 0
    assert held.contrast("honest_loss", "ladder", "flat").high < 0
    assert held.contrast("buyer_profit_per_repeat_order", "ladder", "void").high < 0
    assert held.contrast("buyer_profit_per_repeat_order", "ladder", "flat").high < 0
    assert held.contrast("buyer_profit_per_first_order", "ladder", "flat").low > 0


def test_buyers_who_decide_for_themselves_are_deterred_by_what_is_next(market: Scenario) -> None:
    half = {
        **FLAT,
        "world.step_minutes": 60,
        "detector.kind": "rates",
        "detector.recall": 0.5,
        "detector.recall_small": 0.5,
        "sanctions.void": False,
        "buyers.consider_per_day": 0.5,
    }
    arms = {"flat": half, "ladder": {**half, "sanctions.repeat_factor": 4.0}}
    results = run_experiment(Experiment("deterred", market, arms, replicates=4))
    assert results.contrast("orders", "ladder", "flat").high < 0
