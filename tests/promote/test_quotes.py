"""Quotes: what they must grow and shrink with, and that their chances and intervals come true."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.promote import Audience, Targeting
from zhenzan.promote.inventory import Beliefs, Inventory, OutcomeHistory
from zhenzan.promote.kernels.arguments import Lags
from zhenzan.promote.pacing import OutcomeDelay, in_flight_max
from zhenzan.promote.quotes import Request, forecast, is_at_risk, nearest_feasible, plan_curve
from zhenzan.promote.simulation.world import START_US
from zhenzan.times import HOUR_US

AUDIENCE = Audience(("CN", "DE"), ("food", "music"))
LAGS = Lags(np.full(50, 1_800.0), np.full(1, 86_400.0))


def inventory(slots_per_hour: float = 500.0) -> Inventory:
    slots = np.full((5, 2, 2, 24), slots_per_hour)
    return Inventory(AUDIENCE, ("Asia/Shanghai", "Europe/Berlin"), slots, np.full((2, 2), 2 * slots_per_hour))


def beliefs(rate: float = 0.03, exposures: float = 2_000.0, void: float = 0.05) -> Beliefs:
    return Beliefs(rate * exposures, exposures, (1 + 1_000 * void, 1_000 * (1 - void)), LAGS)


def request(units: int = 10, hours: int = 24, **targeting: frozenset[object]) -> Request:
    return Request(units, START_US, START_US + hours * HOUR_US, Targeting(**targeting))  # type: ignore[arg-type]


def test_a_plain_order_is_feasible_and_its_exposures_follow_from_the_rates() -> None:
    outlook = forecast(request(), inventory(), beliefs(), OutcomeDelay())
    assert outlook.feasible
    expected = 10 / 0.95 / 0.03
    assert outlook.expected_exposures == pytest.approx(expected, rel=0.1)
    assert outlook.exposures[0] < expected < outlook.exposures[1]
    assert 0 < outlook.hours[0] < outlook.hours[1] < 25


@pytest.mark.parametrize(
    ("order", "stock", "belief"),
    [
        (request(hours=1), inventory(), beliefs()),  # verdicts take half an hour, twice
        (request(units=2_000, hours=6), inventory(), beliefs()),  # more exposures than there are slots
        (request(hours=6), inventory(2.0), beliefs()),
        (request(hours=6), inventory(), beliefs(rate=0.0001)),
    ],
)
def test_what_cannot_be_done_is_not_feasible(order: Request, stock: Inventory, belief: Beliefs) -> None:
    assert not forecast(order, stock, belief, OutcomeDelay()).feasible


def test_a_short_window_is_offered_longer_and_a_large_order_smaller() -> None:
    longer = nearest_feasible(request(hours=1), inventory(), beliefs(), OutcomeDelay())
    assert longer is not None
    assert (longer.request.units, longer.request.window_seconds > 3_600) == (10, True)
    smaller = nearest_feasible(request(units=3_000, hours=60), inventory(), beliefs(), OutcomeDelay())
    assert smaller is not None
    assert smaller.request.units < 3_000


def test_what_is_sold_is_not_sold_again() -> None:
    stock, order = inventory(60.0), request(units=20, hours=12, regions=frozenset({"CN"}))
    cells = stock.cells(order.targeting, START_US, 72)
    before = stock.net(cells, START_US).sum()
    stock.sell(cells, START_US, 300.0)
    assert (before - stock.net(cells, START_US).sum()) * 600 == pytest.approx(300.0)
    other = stock.cells(request(regions=frozenset({"DE"})).targeting, START_US, 72)
    assert stock.net(other, START_US).sum() == pytest.approx(other.sum() / 2)
    while forecast(order, stock, beliefs(), OutcomeDelay()).feasible:
        stock.sell(cells, START_US, 300.0)
    assert stock.net(cells, START_US).sum() > 0


def test_an_oversold_inventory_is_told_to_operator_and_buyer() -> None:
    stock, order = inventory(60.0), request(units=20, hours=12, regions=frozenset({"CN"}))
    stock.sell(stock.cells(order.targeting, START_US, 72), START_US, 1_200.0)
    assert stock.oversold() == []
    too_many = stock.oversold(traffic=0.5)
    assert {(region, interest) for _, region, interest, _ in too_many} == {(0, 0), (0, 1)}
    assert sum(count for *_, count in too_many) == pytest.approx(1_200 - 720)
    fresh, half_way = inventory(300.0), START_US + 6 * HOUR_US
    risks = [
        is_at_risk(order, counted, half_way, fresh, beliefs(), OutcomeDelay(), traffic)
        for counted, traffic in ((12, 1.0), (2, 0.05), (20, 0.05))
    ]
    assert risks == [False, True, False]


@given(st.floats(0.01, 0.08), st.integers(5, 30), st.integers(0, 20))
@settings(max_examples=5)
def test_less_knowledge_makes_wider_intervals(rate: float, units: int, seed: int) -> None:
    sure, unsure = (
        forecast(request(units, 12), inventory(3_000), beliefs(rate, known), OutcomeDelay(), seed)
        for known in (1e6, 5 / rate)
    )
    assert unsure.exposures[1] - unsure.exposures[0] > sure.exposures[1] - sure.exposures[0]


def test_an_items_own_past_outweighs_the_interests() -> None:
    generator = np.random.default_rng(1)
    exposures = np.full(200, 500.0)
    outcomes = generator.poisson(exposures * 0.03 * generator.lognormal(0, 0.3, 200)).astype(float)
    history = OutcomeHistory(exposures, outcomes, 1_000, 50, LAGS)
    assert history.beliefs().rate == pytest.approx(outcomes.sum() / exposures.sum())
    spread = 1 / np.sqrt(history.beliefs().outcomes)
    assert 0.2 < spread < 0.4
    assert history.beliefs(10_000, 600).rate == pytest.approx(0.06, rel=0.1)


@given(st.lists(st.floats(0, 100), min_size=12, max_size=144), st.floats(0.1, 1.0))
@settings()
def test_a_plan_ascends_from_nothing_to_all(supply: list[float], share: float) -> None:
    curve = plan_curve(np.array(supply), share * len(supply) * 600)
    assert curve[0] == 0
    assert curve[-1] == pytest.approx(1)
    assert (np.diff(curve) >= 0).all()


def test_what_may_be_in_flight_grows_with_what_is_free() -> None:
    allowed = in_flight_max()
    assert allowed[0] == 0
    assert (np.diff(allowed) > 0).all()
    draws = np.random.default_rng(2).poisson(allowed[3], 200_000)
    assert np.maximum(draws - 3, 0).mean() == pytest.approx(0.12, abs=0.005)
