"""Files that an earlier version wrote or read still say the same: canonical texts, digests, every key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from zhenzan.errors import ScenarioError
from zhenzan.lab import Arm, Sweep, load_experiment, load_scenario
from zhenzan.lab.scenario import read_scenario
from zhenzan.policy import Policy, load_policy
from zhenzan.rewards import CountRule, MissionRule, StreakRule, Words, load_catalogue

BEFORE = Path(__file__).resolve().parent / "before"


def without_comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_a_scenario_of_before_is_the_same_but_for_comments_and_the_sale_of_views() -> None:
    scenario = load_scenario(BEFORE / "scenario.toml")
    before = without_comments((BEFORE / "scenario.toml").read_text(encoding="utf-8"))
    now = without_comments(scenario.to_toml())
    assert [line for line in before if line not in now] == ["price_per_view = 0.02", "views = [5, 6]"]
    later = [line.partition(" = ")[0] for line in now if line not in before]
    assert later == ["sizes", "tier_from", "tier_prices", "window_hours", "void_share"]
    assert read_scenario(scenario.to_toml()) == scenario
    assert scenario.viewers.motives == (1.0, 0.0, 0.0, 0.5, 0.0, 0.0)
    assert scenario.sellers[0].quantities == (5, 9)


def test_a_scenario_of_before_that_sells_views_is_refused_with_what_is_sold_now() -> None:
    text = (BEFORE / "scenario.toml").read_text(encoding="utf-8").replace("offered = false", "offered = true")
    with pytest.raises(ScenarioError, match=r"line \d+: promotion.price_per_view: .* give sizes, tier_from"):
        read_scenario(text)


def test_a_policy_of_before_is_the_same_but_for_comments_and_for_defaults_of_later_keys() -> None:
    policy = load_policy(BEFORE / "policy.toml")
    before = without_comments((BEFORE / "policy.toml").read_text(encoding="utf-8"))
    now = without_comments(policy.to_toml())
    later = [line for line in now if line not in before]
    assert [line for line in now if line not in later] == before
    assert set(later) <= set(Policy.default().to_toml().splitlines())
    assert policy.weights is not None
    assert policy.weights.witnesses[0].timestamp == 1_767_225_600_000_000


def test_an_experiment_of_before_has_the_same_arms() -> None:
    experiment = load_experiment(BEFORE / "experiment.toml")
    scenario = load_scenario(BEFORE / "scenario.toml")
    assert experiment.arms == {
        "a": Arm({"detector.recall": 0.5}),
        "b": Arm({"seller.*.accounts": 70}, title="B", title_zh="乙", against="a"),
        "c": Arm({"world.days": 2}, scenario, swept=False),
    }
    assert experiment.sweep == Sweep(("detector.recall", "world.days"), (1,))
    assert (experiment.base, experiment.replicates, experiment.first_seed) == (scenario, 3, 9)


def test_rules_of_before_are_of_the_kind_that_their_keys_say() -> None:
    count, streak, mission = load_catalogue(BEFORE / "catalogue.toml").rules
    assert isinstance(count, CountRule)
    assert (count.every, count.most, count.creator_most, count.first, count.elsewhere) == (2, 4, 9, 100, 1)
    assert [(step.watched, step.counts) for step in count.depth] == [(0.0, 0), (0.5, 1)]
    assert (count.name, count.campaign, count.worth(5)) == (Words("Count", "计数"), "spring", 40)
    assert isinstance(streak, StreakRule)
    assert (streak.streak, streak.window, streak.every, streak.grace) == (4, "week", 2, 2)
    assert (streak.points, streak.budget, streak.most) == (3, 300, 0)
    assert isinstance(mission, MissionRule)
    assert (mission.per, mission.window, mission.in_order, mission.edition) == ("app", "month", True, "card")
    assert mission.most == 1
    assert [(step.name.en, step.count, step.of) for step in mission.steps] == [
        ("first", 1, "likes"),
        ("step 2", 2, "creators"),
    ]
    assert mission.steps[1].filter.items == ("5", "i6")
    assert mission.steps[1].filter.end == datetime(2026, 4, 1, tzinfo=UTC)


def test_the_rest_of_a_catalogue_of_before_is_there() -> None:
    catalogue = load_catalogue(BEFORE / "catalogue.toml")
    (edition,), (campaign,), (ladder,) = catalogue.editions, catalogue.campaigns, catalogue.ladders
    assert (edition.cap, edition.rarity, edition.bound, edition.royalty) == (20, "rare", "tradable", 0.1)
    assert (campaign.budget, campaign.filter.creators, campaign.filter.watched) == (5_000, ("c1", "7"), 0.5)
    assert (ladder.half_life_days, [grade.name.en for grade in ladder.grades]) == (30.0, ["Lv.1", "High"])
    assert catalogue.granting["fans.2"].points == 7
    assert [(source.tier, source.level, source.days) for source in catalogue.rights[0].sources] == [
        (3, 2, 0),
        (1, 1, 10),
    ]
    assert (catalogue.offers[0].price, catalogue.offers[0].stock, catalogue.offers[0].most) == (30, 5, 2)
    assert catalogue.market.fee == 0.1
    assert catalogue.market.cash is not None
    assert catalogue.market.cash.cap == 100
    assert catalogue.credentials is not None
    assert (catalogue.hold_days, catalogue.appeal_days, catalogue.points.scale) == (7, 3, 2)
    assert catalogue.budgets() == {"budget:streak": 300, "budget:campaign:spring": 5_000}


def test_plain_values_of_every_rule_have_the_keys_of_all_kinds() -> None:
    count, streak, mission = load_catalogue(BEFORE / "catalogue.toml").to_dict()["rules"]
    assert count.keys() == streak.keys() == mission.keys()
    assert [rule["kind"] for rule in (count, streak, mission)] == ["count", "streak", "mission"]
    assert (count["depth"], count["then"], count["streak"]) == ([[0.0, 0], [0.5, 1]], [[3, 5]], 0)
    assert (streak["steps"], streak["creator_most"], len(mission["steps"])) == ([], 0, 2)
