"""A small market, with everything that goes wrong: what the buyers were promised is kept."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from zhenzan.errors import PromotionError
from zhenzan.promote import State, simulate
from zhenzan.promote.simulation.experiment import account, bonus, compare, limits, settled_value
from zhenzan.promote.simulation.market import Market, Pacing, Stop, play
from zhenzan.promote.simulation.rings import play_ring_pair, ring_gain
from zhenzan.promote.simulation.selling import Sales, disturb, sell
from zhenzan.promote.simulation.world import World, make_world

SLOTS_A_DAY, ORDERS, UNITS = 60_000.0, 8, 6


@cache
def sold() -> tuple[World, Sales]:
    world = make_world(11, SLOTS_A_DAY)
    sales = sell(world, ORDERS, UNITS)
    disturb(world, sales.deals)
    for deal in sales.deals[:3]:  # all that buyers can do happens, whatever was drawn
        deal.pause_us = deal.cancel_us = deal.top_up_us = None
    first, second, third = sales.deals[:3]
    within = [deal.forecast.request.start_us + 3_600_000_000 for deal in (first, second, third)]
    first.pause_us = (within[0], within[0] + 1_800_000_000)
    second.cancel_us, third.top_up_us = within[1], within[2]
    return world, sales


@cache
def market(pacing: Pacing = Pacing.hazard, stop: Stop = Stop.reserve, restarts: int = 3) -> Market:
    world, sales = sold()
    return play(world, sales.deals, pacing, stop, restarts)


def test_nothing_is_billed_beyond_a_goal_and_all_money_is_accounted_for() -> None:
    totals = account(market())
    assert totals["over_delivered"] == totals["refunded_above_paid"] == totals["ledger_difference"] == 0
    assert totals["billed"] == totals["settled_value"] > 0
    assert totals["paid"] == totals["billed"] + totals["refunded"] + totals["still_held"]
    assert totals["restarts"] == 3
    assert totals["cancelled"] >= 1
    ended = {record.order.state for record in market().records}
    assert ended <= {State.closed, State.cancelled}


def test_the_world_itself_says_that_what_is_billed_is_genuine() -> None:
    for record in market().records:
        assert settled_value(market(), record) == record.order.billed


def test_hard_limits_hold_when_counted_again_from_the_log() -> None:
    assert set(limits(market()).values()) == {0}
    log = np.concatenate(market().log)
    assert len(log) > 300
    pairs = np.stack([log["viewer"].astype(np.int64), log["flight"], log["local_day"].astype(np.int64)])
    assert np.unique(pairs, axis=1).shape[1] == len(log), "nobody sees an order twice on a date"


def test_a_naive_stop_delivers_beyond_the_goal_and_ours_hardly() -> None:
    naive = market(stop=Stop.settled, restarts=0)
    ours = sum(bonus(record) for record in market().records)
    assert sum(bonus(record) for record in naive.records) > 2 * ours
    assert account(naive)["over_delivered"] == 0, "even so it is not billed"


def test_quotas_by_the_hour_keep_less_to_the_plan() -> None:
    hourly = compare(market(Pacing.hourly, restarts=0))
    ours = compare(market())
    assert ours["deviation"] < hourly["deviation"]
    assert ours["within_1_5_units"] > 0.9


def test_a_ring_gains_nothing_and_is_billed_for_no_fake() -> None:
    pair = play_ring_pair(12, orders=2, slots_per_day=100_000)
    assert pair.billed_for_fakes == 0
    assert pair.ring_likes <= pair.honest_likes
    mean, low, high = ring_gain([pair, pair])
    assert (mean, low, high) == pytest.approx((mean, mean, mean))


def test_the_same_world_is_played_the_same() -> None:
    world, sales = sold()
    first, second = (np.concatenate(play(world, sales.deals[:2]).log) for _ in range(2))
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize(("orders", "units"), [(0, 10), (10, 0), (10**6, 10)])
def test_what_cannot_be_played_is_refused(orders: int, units: int) -> None:
    with pytest.raises(PromotionError, match="can be played"):
        simulate(orders, units, seed=1)
