"""What theory says must come out, with enough replicates that each could fail."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.effort import effort

from zhenzan.lab import Outcomes, Scenario, run

pytestmark = pytest.mark.also_soak
REPLICATES = effort(3, 8)
Arm = Callable[..., list[Outcomes]]


@pytest.fixture(scope="session")
def arm(market: Scenario) -> Arm:
    """Outcomes of the market with some keys changed, for the same seeds each time."""
    known: dict[str, list[Outcomes]] = {}

    def outcomes(**changes: object) -> list[Outcomes]:
        changed = {name.replace("__", "."): value for name, value in changes.items()}
        scenario = market.changed(changed)
        if scenario.digest not in known:
            known[scenario.digest] = [
                run(scenario, 100 + seed, log=False).outcomes for seed in range(REPLICATES)
            ]
        return known[scenario.digest]

    return outcomes


def mean(outcomes: list[Outcomes], name: str) -> float:
    return float(np.mean([run[name] for run in outcomes]))


def column(outcomes: list[Outcomes], table: str, name: str) -> np.ndarray:
    return np.concatenate([run.tables()[table][name].to_numpy(zero_copy_only=False) for run in outcomes])


PERFECT = {"detector__kind": "perfect"}
HALF = {"detector__kind": "rates", "detector__recall": 0.5, "detector__recall_small": 0.5}


def test_without_detection_buying_pays(arm: Arm) -> None:
    free = arm()
    assert mean(free, "orders") > 30
    assert mean(free, "buyer_profit_per_order") > 0
    assert (column(free, "orders", "buyer_profit") > 0).mean() > 0.6
    assert mean(free, "bubble") > 0.02


def test_under_perfect_detection_and_instant_voiding_every_order_size_loses(arm: Arm) -> None:
    policed = arm(**PERFECT)
    paid = column(policed, "orders", "paid") > 0
    assert paid.sum() > 10, "somebody must try before they learn"
    profit, quantity = column(policed, "orders", "buyer_profit"), column(policed, "orders", "quantity")
    assert len(np.unique(quantity)) >= 3
    assert all(profit[quantity == size].max() < 0 for size in np.unique(quantity))
    assert mean(policed, "bubble") == pytest.approx(0.0, abs=1e-12)


def test_perfect_detection_with_voiding_empties_the_market(arm: Arm) -> None:
    first, last = [], []
    for outcomes in arm(**PERFECT, world__days=20, buyers__learning=0.5):
        orders = outcomes.days["orders"].to_numpy()
        first.append(orders[:3].sum())
        last.append(orders[-10:].sum())
    assert sum(last) < 0.25 * sum(first)


def test_a_like_that_is_void_at_once_leaves_no_trace_in_the_ranking(arm: Arm) -> None:
    forced = {"buyers__demand": "trial", "world__step_minutes": 60}
    free, policed = arm(**forced), arm(**PERFECT, **forced)
    assert mean(free, "honest_views_stolen_share") > 0.01
    stolen, left = ([run["honest_views_stolen_share"] for run in some] for some in (free, policed))
    assert np.median(left) < 0.02 * np.median(
        stolen
    )  # within an hour a count may still tip one item in a world


def test_audits_without_penalties_do_not_deter(arm: Arm) -> None:
    audited = arm(**PERFECT, sanctions__void=False, sanctions__account_ban_likes=0)
    assert mean(audited, "found_share") == 1.0
    assert mean(audited, "orders") > 0.8 * mean(arm(), "orders")
    assert mean(audited, "buyer_profit_per_order") > 0


def test_paying_sellers_fines_back_to_buyers_encourages_fraud(arm: Arm) -> None:
    fined = {**HALF, "sanctions__seller_fine_per_like": 1.0, "sanctions__void": False}
    kept, paid_back = arm(**fined), arm(**fined, sanctions__restitution=1.0)
    differences = [b["orders"] - a["orders"] for a, b in zip(kept, paid_back, strict=True)]
    assert min(differences) >= 0
    assert sum(differences) > 0
    assert mean(paid_back, "buyer_profit") > mean(kept, "buyer_profit")


def test_fines_on_buyers_deter(arm: Arm) -> None:
    mild, hard = (arm(**HALF, sanctions__void=False, sanctions__fine_per_like=fine) for fine in (0.0, 5.0))
    assert mean(hard, "orders") < mean(mild, "orders")


def test_more_recall_leaves_buyers_less(arm: Arm) -> None:
    profits = [
        mean(
            arm(detector__kind="rates", detector__recall=recall, detector__recall_small=recall),
            "buyer_profit",
        )
        for recall in (0.0, 0.5, 1.0)
    ]
    assert profits[0] > profits[1] > profits[2]


def test_small_orders_escape_a_detector_that_is_blind_to_them(arm: Arm) -> None:
    blind = arm(detector__kind="rates", detector__recall=1.0, detector__recall_small=0.0)
    caught, quantity = column(blind, "orders", "found"), column(blind, "orders", "quantity")
    assert caught[quantity <= 20].sum() == 0
    assert caught[quantity > 20].sum() > 0


def test_bought_likes_steal_exposure_and_verified_ranking_gives_it_back(arm: Arm) -> None:
    raw = arm(feed__ranker="raw")
    verified = arm(**PERFECT, feed__ranker="verified")
    assert mean(raw, "honest_views_stolen_share") > 0.005
    assert mean(verified, "honest_views_stolen_share") < 0.2 * mean(raw, "honest_views_stolen_share")
    assert mean(arm(buyers__demand="none"), "honest_views_stolen_share") == 0.0


def test_ranking_by_depth_serves_less_clickbait_than_ranking_by_raw_likes(arm: Arm) -> None:
    honest = {"buyers__demand": "none", "creators__clickbait_share": 0.3}
    for deep, raw in zip(arm(**honest), arm(**honest, feed__ranker="raw"), strict=True):
        assert deep["quality_watched"] > raw["quality_watched"]


def test_false_alarms_punish_the_honest_and_none_means_none(arm: Arm) -> None:
    wrong = arm(**HALF, detector__false_share=0.2, sanctions__strike_likes=1)
    assert mean(wrong, "false_sanction_share") > 0.2
    assert mean(arm(), "false_sanction_share") == 0.0


def test_the_real_verification_can_police_the_world(arm: Arm) -> None:
    watched = arm(
        detector__kind="verify",
        detector__every_days=5,
        buyers__demand="fixed",
        buyers__bought_share=0.1,
        world__viewers=12_000,
        world__items=5_000,
    )
    assert mean(watched, "found_share") > 0.3
    assert mean(watched, "false_share") < 0.02
