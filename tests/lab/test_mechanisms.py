"""Turning a mechanism off removes its effect, and only then."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest

from zhenzan.lab import Scenario, World, run
from zhenzan.lab.simulation import Simulation
from zhenzan.parallel import Threads


def likes_of(world: World, source: str) -> int:
    table = world.outcomes.likes_by_source
    chosen = table.filter(pc.equal(table["source"].cast("string"), source))
    return int(pc.sum(chosen["likes"]).as_py() or 0)


@pytest.fixture(scope="module")
def base(small: Scenario) -> Scenario:
    return small.changed({"world.days": 12, "buyers.demand": "none", "rewards.card_threshold": 4})


@pytest.fixture(scope="module")
def honest(base: Scenario) -> World:
    return run(base, 21, log=False)


@pytest.mark.parametrize("source", ["viral", "surge", "fans", "community", "storm", "newcomer", "hunter"])
def test_a_gathering_that_is_off_brings_no_likes(base: Scenario, honest: World, source: str) -> None:
    assert likes_of(honest, source) > 0
    assert likes_of(run(base.changed({f"gatherings.{source}": 0.0}), 21, log=False), source) == 0


def test_without_cards_nobody_hunts_and_no_card_is_unlocked(base: Scenario, honest: World) -> None:
    off = run(base.changed({"rewards.card_threshold": 0}), 21, log=False)
    assert honest.outcomes["cards"] > 0
    assert off.outcomes["cards"] == likes_of(off, "hunter") == 0


def test_hunters_stop_at_the_number_that_unlocks(base: Scenario) -> None:
    lived = run(base.changed({"gatherings.hunter": 0.2, "viewers.sessions_per_day": 0.2}), 8)
    likes = lived.likes
    hunt = likes.filter(pc.equal(likes["source"].cast("string"), "hunter"))
    key = hunt["account"].to_numpy() * 10**7 + hunt["creator"].to_numpy()
    _, count = np.unique(key, return_counts=True)
    assert (count == 4).mean() > 0.5


def test_without_heavy_viewers_and_offices_there_are_none(base: Scenario) -> None:
    plain = base.changed({"viewers.heavy_share": 0.0, "viewers.cohort_share": 0.0, "gatherings.cohort": 0.0})
    lived = run(plain, 21, log=False)
    assert likes_of(lived, "heavy") == likes_of(lived, "cohort") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"viewing.quality_effect": 0.0, "creators.clickbait_share": 0.0, "feed.reach_spread": 0.0},
        {
            "feed.sharpness": 0.0, "feed.stage_boosts": (1.0,) * 5, "feed.retired_boost": 1.0,
            "feed.reach_spread": 0.0,
        },
    ],
)  # fmt: skip
def test_quality_wins_exposure_only_where_it_holds_viewers_and_the_ranking_looks(
    base: Scenario, honest: World, change: dict[str, object]
) -> None:
    outcome = "quality_exposure_rank_correlation"
    assert run(base.changed(change), 21, log=False).outcomes[outcome] < honest.outcomes[outcome] - 0.05


def test_taking_likes_back_can_be_turned_off(base: Scenario) -> None:
    lived = run(base.changed({"viewing.unlike_rate": 0.0}), 21)
    assert not pc.any(pc.equal(lived.interactions["kind"].cast("string"), "unlike")).as_py()
    assert lived.outcomes["likes_natural"] == pc.sum(lived.items["likes_claimed"]).as_py()


def test_conformity_makes_the_liked_more_liked(base: Scenario) -> None:
    crowds = ("viral", "surge", "storm", "fans", "community")
    alike = {  # items and viewers differ in nothing else that moves likes, and nobody comes from outside
        **{f"gatherings.{name}": 0.0 for name in crowds},
        "viewers.motives": (1, 0, 0, 0, 0, 0), "viewers.generosity_spread": 0.0, "creators.charm_spread": 0.0,
        "feed.reach_spread": 0.0,
    }  # fmt: skip
    strong, none = (
        run(base.changed({**alike, "viewing.conformity": conformity}), 21, log=False)
        for conformity in (1.5, 0.0)
    )

    def concentration(world: World) -> float:
        likes = np.sort(world.items["likes_genuine"].to_numpy())[::-1]
        return float(likes[: len(likes) // 50].sum() / likes.sum())

    assert concentration(strong) > concentration(none)


def test_camouflage_comes_with_the_sellers_and_goes_with_them(small: Scenario) -> None:
    lived = run(small, 5, log=False)
    bare = run(small.changed({"seller.*.camouflage": 0.0}), 5, log=False)
    assert lived.outcomes["likes_camouflage"] > 0
    assert bare.outcomes["likes_camouflage"] == 0


def test_sellers_adapt_when_caught_unless_they_do_not(small: Scenario) -> None:
    caught = small.changed({"detector.kind": "perfect", "world.days": 10})
    adapting, stubborn = (
        run(caught.changed({"seller.*.adapts": adapts}), 5, log=False).outcomes.sellers
        for adapts in (True, False)
    )
    assert pc.max(adapting["pace_factor"]).as_py() > 1.5
    assert pc.max(stubborn["pace_factor"]).as_py() == pc.max(stubborn["price_factor"]).as_py() == 1.0


def test_promotion_brings_labelled_natural_likes_and_only_where_it_is_offered(market: Scenario) -> None:
    offered = market.changed(
        {"promotion.offered": True, "promotion.tier_prices": (0.05, 0.05), "world.days": 4}
    )
    lived = run(offered, 5)
    promoted = pc.starts_with(lived.interactions["origin"], "promoted:")
    assert lived.outcomes["promotions"] > 0
    assert pc.any(promoted).as_py()
    kinds = lived.truth.filter(promoted)["kind_of_like"].cast("string")
    assert set(kinds.to_pylist()) == {"natural"}
    assert run(market.changed({"world.days": 4}), 5, log=False).outcomes["promotions"] == 0


def test_banned_accounts_and_creators_stay_away(small: Scenario) -> None:
    harsh = {"detector.kind": "perfect", "sanctions.ban_from": 1, "sanctions.account_ban_likes": 1}
    lived = run(small.changed({**harsh, "world.days": 8}), 5)
    assert pc.any(lived.outcomes.creators["banned"]).as_py()
    closed = lived.accounts.filter(pc.is_valid(lived.accounts["closed"]))
    assert closed.num_rows > 10
    end = dict(zip(closed["account"].to_pylist(), closed["closed"].cast("int64").to_pylist(), strict=True))
    times = zip(
        lived.likes["account"].to_pylist(), lived.likes["timestamp"].cast("int64").to_pylist(), strict=True
    )
    assert all(time <= end[account] for account, time in times if account in end)


PROMOTED = {
    "promotion.offered": True, "promotion.tier_prices": (0.5, 0.4), "world.viewers": 6_000,
    "world.creators": 300, "world.items": 900, "world.step_minutes": 60, "world.days": 5,
    "detector.kind": "rates", "detector.recall": 0.4, "detector.recall_small": 0.4,
    "detector.delay_hours": 2.0, "promotion.void_share": 0.3,
}  # fmt: skip


def test_promotion_bills_settled_likes_alone_and_its_books_agree(market: Scenario) -> None:
    scenario = market.changed(PROMOTED)
    with Threads(1) as threads:
        simulation = Simulation(scenario, 7, threads, log=False)
        for day in range(scenario.world.days):
            simulation.step_day(day)
        final = simulation.final_state()
        desk = simulation.market.promotion
    assert desk is not None
    totals = desk.totals()
    assert totals.ended > 5
    assert totals.done == totals.ended, "what the quote holds for feasible is delivered"
    assert 0.1 < totals.void / totals.judged < 0.5
    lines = [order.lines[0] for order in desk.orders]
    assert all(line.captured + line.reserved <= line.goal for line in lines)
    billed = sum(line.price * line.captured // line.goal for line in lines)
    assert totals.billed == billed / 100
    assert final.creators.spent_on_promotion.sum() == pytest.approx(totals.billed)
    assert totals.refunded <= totals.paid
    reserved = sum(order.held for order in desk.orders) / 100
    assert totals.paid == pytest.approx(totals.billed + totals.refunded + reserved)


@pytest.mark.soak
def test_dearer_promotion_moves_fewer_buyers_from_sellers(market: Scenario) -> None:
    cheap, dear, none = (
        run(market.changed(PROMOTED | changes), 7, log=False).outcomes
        for changes in ({}, {"promotion.tier_prices": (3.0, 2.5)}, {"promotion.offered": False})
    )
    assert cheap["promotion_only_share"] > dear["promotion_only_share"] >= none["promotion_only_share"] == 0
    assert cheap["likes_buyers"] < none["likes_buyers"]
