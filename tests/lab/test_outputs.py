"""Outputs are functions of a run's final state: they change nothing, and what they say is what it holds."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from zhenzan.lab import Scenario
from zhenzan.lab.market import PromotionTotals
from zhenzan.lab.outputs.accounting import summarize
from zhenzan.lab.outputs.final_state import FinalState
from zhenzan.lab.simulation import Simulation
from zhenzan.parallel import Threads


@pytest.fixture(scope="module")
def final(small: Scenario) -> FinalState:
    scenario = small.changed({"world.days": 2, "rewards.card_cost": 7.0})
    with Threads(1) as threads:
        simulation = Simulation(scenario, 5, threads)
        for day in range(2):
            simulation.step_day(day)
        return simulation.final_state()


def arrays_of(record: Any, name: str = "final") -> dict[str, np.ndarray]:
    """A copy of each array that the record holds, by where it is."""
    if isinstance(record, np.ndarray):
        return {name: record.copy()}
    if not is_dataclass(record):
        return {}
    arrays: dict[str, np.ndarray] = {}
    for field in fields(record):
        arrays |= arrays_of(getattr(record, field.name), f"{name}.{field.name}")
    return arrays


def test_outputs_change_nothing_and_are_the_same_when_asked_again(final: FinalState) -> None:
    before = arrays_of(final)
    assert len(before) > 30
    one, other = summarize(final), summarize(final)
    after = arrays_of(final)
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name], err_msg=name)
    for name in ("interactions", "truth", "accounts", "items"):
        assert getattr(one, name).equals(getattr(other, name)), name
    assert repr(one.outcomes.tables()) == repr(other.outcomes.tables())


def test_the_summary_follows_the_state_alone(final: FinalState) -> None:
    changed = replace(final, cards=3, platform_income=100.0, promotion=PromotionTotals(orders=4), views=11)
    outcomes = summarize(changed, log=False).outcomes
    assert [outcomes[name] for name in ("cards", "promotions", "viewer_steps")] == [3.0, 4.0, 11.0]
    assert outcomes["platform_income"] == 100.0 - 3 * 7.0


def test_items_are_told_as_their_counters_stand(final: FinalState) -> None:
    world = summarize(final, log=False)
    assert world.interactions.num_rows == 0
    np.testing.assert_array_equal(world.items["likes_claimed"].to_numpy(), final.items.shown)
    np.testing.assert_array_equal(world.items["views"].to_numpy(), final.items.exposures)
    assert world.accounts.num_rows == final.accounts
