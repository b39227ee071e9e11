"""The experiment bench: paired seeds, honest intervals, contrasts, the frontier, files and their errors."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zhenzan.errors import ScenarioError
from zhenzan.lab import (
    Arm,
    Experiment,
    Results,
    Scenario,
    Sweep,
    experiment_charts,
    load_experiment,
    read_experiment,
    run,
    run_experiment,
)
from zhenzan.lab.bench import student_interval
from zhenzan.lab.bench.dump import experiment_files
from zhenzan.lab.bench.intervals import bootstrap_crossing, crossing, student_quantile

ROOT = Path(__file__).resolve().parents[2]
TINY = {
    "world.viewers": 400,
    "world.creators": 120,
    "world.items": 300,
    "world.days": 3,
    "world.step_minutes": 240,
    "buyers.demand": "trial",
    "buyers.trial_orders": 1.0,
    "buyers.tempted_share": 1.0,
    "detector.kind": "rates",
    "seller.*.accounts": 60,
    "seller.*.rings": 1,
    "seller.*.quantities": [10, 30],
}
RECALL = ("detector.recall", "detector.recall_small")


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    base = Scenario().changed(TINY)
    arms = {
        "lax": {},
        "strict": {"sanctions.fine_per_like": 5.0, "sanctions.strike_likes": 1},
        "blind": Arm({"detector.kind": "none"}, swept=False),
    }
    return Experiment("toy", base, arms, replicates=4, first_seed=50, sweep=Sweep(RECALL, (0.0, 0.5, 1.0)))


@pytest.fixture(scope="module")
def results(experiment: Experiment) -> Results:
    return run_experiment(experiment)


def test_replicates_of_all_arms_share_their_seeds_and_orders(experiment: Experiment) -> None:
    seeds = {arm: [r.seed for r in experiment.runs() if r.arm == arm] for arm in experiment.arms}
    assert set(seeds["lax"]) == set(seeds["blind"]) == {50, 51, 52, 53}
    worlds = [run(experiment.scenario(arm, 1.0), 50, log=False) for arm in ("lax", "strict")]
    chosen = [w.outcomes.orders.select(["day", "creator", "item", "quantity", "paid"]) for w in worlds]
    assert chosen[0].num_rows > 20
    assert chosen[0].equals(chosen[1])


def test_a_trial_has_as_many_orders_of_every_size_under_every_policy(results: Results) -> None:
    orders: dict[object, set[int]] = {}
    for row in results.sizes.to_pylist():
        orders.setdefault((row["strategy"], row["quantity"]), set()).add(row["orders"])
    assert len(orders) == 10
    assert set.union(*orders.values()) == {3}


def test_two_processes_give_what_one_gives(experiment: Experiment) -> None:
    short = replace(experiment, replicates=2, arms={"lax": {}, "strict": experiment.arms["strict"]})
    one, two = run_experiment(short), run_experiment(short, processes=2)
    for name, table in one.tables().items():
        assert repr(table.to_pylist()) == repr(two.tables()[name].to_pylist())  # NaN as NaN


def test_contrasts_are_paired_and_flip_when_the_arms_swap(results: Results) -> None:
    one = results.contrast("buyer_profit", "strict", "lax", 1.0)
    other = results.contrast("buyer_profit", "lax", "strict", 1.0)
    assert one.mean == pytest.approx(-other.mean)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert one.high < 0, "fines must hurt"
    rows = {
        row["seed"]: row for row in results.runs.to_pylist() if row["level"] == 1.0 and row["arm"] == "lax"
    }
    assert len(rows) == one.replicates == 4
    with pytest.raises(KeyError, match="strict"):
        results.contrast("buyer_profit", "strict", "lax", 0.25)


def test_an_arm_may_name_the_one_it_is_held_against(experiment: Experiment) -> None:
    arms = {**experiment.arms, "third": Arm(against="strict"), "fourth": Arm()}
    more = replace(experiment, arms=arms)
    assert [more.baseline(name) for name in more.arms] == ["lax", "lax", "blind", "strict", "lax"]


def test_an_arm_without_sweep_has_no_level_and_is_held_against_none(results: Results) -> None:
    assert {row["level"] for row in results.runs.to_pylist() if row["arm"] == "blind"} == {None}
    assert {row["arm"] for row in results.contrasts.to_pylist()} == {"strict"}


def test_the_frontier_says_where_orders_stop_paying(results: Results) -> None:
    rows = {(r["arm"], r["side"], r["quantity"]): r for r in results.frontier.to_pylist()}
    for quantity in (10, 30):
        lax, strict = (rows[arm, "buyer", quantity] for arm in ("lax", "strict"))
        assert lax["state"] == strict["state"] == "stops"
        assert lax["low"] <= lax["level"] <= lax["high"]
        assert strict["level"] < lax["level"], "a fine needs less recall"


def test_crossings_of_curves_that_are_known() -> None:
    levels = np.array([0.0, 0.5, 1.0])
    curves = np.array([[1.0, 0.0, -1.0], [3.0, 1.0, -1.0], [1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]])
    assert crossing(levels, curves).tolist() == [0.5, 0.75, math.inf, -math.inf]


def test_bootstrap_intervals_of_a_crossing_contain_the_truth_about_as_often_as_they_say() -> None:
    rng, levels = np.random.default_rng(5), np.linspace(0, 1, 6)
    inside = 0
    for _ in range(100):
        curves = 4.0 - 10.0 * levels + rng.normal(0, 1.0, (20, 1))  # crosses at 0.4
        interval = bootstrap_crossing(levels, curves)
        inside += interval.low <= 0.4 <= interval.high
    assert 85 <= inside <= 99


def test_student_intervals_contain_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(4)
    intervals = [student_interval(rng.normal(3.0, 2.0, 6)) for _ in range(1_000)]
    assert 0.93 < np.mean([one.low <= 3.0 <= one.high for one in intervals]) < 0.97


@pytest.mark.parametrize(
    ("degrees", "quantile"), [(1, 12.7062), (2, 4.30265), (5, 2.57058), (19, 2.09302), (100, 1.98397)]
)
def test_quantiles_of_student_are_those_of_the_tables(degrees: int, quantile: float) -> None:
    assert student_quantile(0.975, degrees) == pytest.approx(quantile, abs=2e-5)


def test_what_is_not_known_has_no_interval() -> None:
    assert student_interval([math.nan]).count == 0
    alone = student_interval([2.0, math.nan])
    assert (alone.mean, alone.count) == (2.0, 1)
    assert math.isnan(alone.low)


def test_fines_paid_back_to_buyers_encourage_fraud_for_sure(market: Scenario) -> None:
    fined = {
        "world.step_minutes": 60,
        "detector.kind": "rates",
        "detector.recall": 0.5,
        "detector.recall_small": 0.5,
        "sanctions.void": False,
        "sanctions.seller_fine_per_like": 1.0,
    }
    arms = {"kept": fined, "paid-back": {**fined, "sanctions.restitution": 1.0}}
    contrast = run_experiment(Experiment("fines", market, arms, replicates=5)).contrast(
        "orders", "paid-back", "kept"
    )
    assert contrast.low > 0


def test_audits_without_penalties_do_not_deter_for_sure(market: Scenario) -> None:
    base = market.changed({"world.step_minutes": 60, "buyers.demand": "trial", "seller.*.adapts": False})
    audit = {"sanctions.void": False, "sanctions.account_ban_likes": 0, "detector.kind": "perfect"}
    results = run_experiment(Experiment("audits", base, {"nobody looks": {}, "audit": audit}, replicates=3))
    assert results.contrast("found_share", "audit", "nobody looks").low == 1.0
    profit = results.contrast("buyer_profit_per_order", "audit", "nobody looks")
    assert profit.mean == pytest.approx(0.0, abs=1e-9)


def test_charts_are_altair_objects_in_both_languages(results: Results) -> None:
    for language in ("en", "zh"):
        charts = experiment_charts(results, language)
        assert charts.keys() == {"frontier", "sellers", "orders", "outcomes"}
        assert all(chart.to_dict()["$schema"] for chart in charts.values())


def test_an_experiment_can_be_written_down_and_read_back(experiment: Experiment, tmp_path: Path) -> None:
    other = replace(
        experiment,
        arms={
            **experiment.arms,
            "else": Arm(scenario=Scenario(), title='"q"', title_zh="别"),
            "other": Arm(scenario=Scenario(), against="else"),
        },
    )
    for name, text in experiment_files(other).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    again = load_experiment(tmp_path / "experiment.toml")
    assert again == other


def test_a_day_in_an_arms_changes_survives_the_file(tmp_path: Path) -> None:
    (tmp_path / "world.toml").write_text(Scenario().to_toml())
    text = FILE + "world.start = 2024-05-06\n"
    experiment = read_experiment(text, "file", tmp_path)
    for name, written in experiment_files(experiment).items():
        (tmp_path / name).write_text(written, encoding="utf-8")
    again = load_experiment(tmp_path / "experiment.toml")
    assert again.scenario("two").world.start == "2024-05-06"
    assert again == experiment


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_experiments_are_valid(path: Path) -> None:
    assert len(load_experiment(path).arms) >= 2


FILE = """\
name = "toy"
scenario = "world.toml"
outcomes = ["bubble"]
[sweep]
keys = ["detector.recall"]
values = [0.0, 1.0]
[[arm]]
name = "one"
[[arm]]
name = "two"
swept = false
[arm.changes]
detector.kind = "perfect"
"seller.*.accounts" = 70
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('"bubble"', '"buble"', 3, "allowed are 'viewer_steps'"),
        ('"detector.recall"', '"detector.recal"', 5, "did you mean"),
        ("1.0]", "1.5]", 6, "between 0 and 1"),
        ("1.0]", "-1.0]", 6, "does not rise"),
        ('"perfect"', '"prefect"', 13, "'perfect'"),
        ("detector.kind", "detector.kin", 13, "did you mean"),
        ("70", '"many"', 14, "whole number"),
        ('"world.toml"', '"wrld.toml"', 2, "there is no such scenario file"),
        ('name = "one"\n', "", 7, "has no name; an arm needs one"),
        ("name", "[world]\ndays = 3\n[x]\nname", 1, "run the file with `zhenzan lab run`"),
        ('name = "two"', 'name = "one"', 10, "taken by another arm"),
        ("swept = false", "swept = 0", 11, "true or false"),
        ("swept = false", 'against = "one"\nswept = false', 11, "there are none"),
        ("swept = false", 'against = "three"', 11, "there are one"),
        ("swept", "sweept", 11, "did you mean 'swept'"),
        ("[sweep]", "replicates = 1\n[sweep]", 4, "between 2 and"),
    ],
)
def test_a_bad_file_gets_its_line_key_and_what_is_allowed(
    old: str, new: str, line: int, says: str, tmp_path: Path
) -> None:
    (tmp_path / "world.toml").write_text(Scenario().to_toml())
    assert old in FILE
    read_experiment(FILE, "file", tmp_path)
    with pytest.raises(ScenarioError, match=r"^bad") as caught:
        read_experiment(FILE.replace(old, new, 1), "bad", tmp_path)
    assert f"line {line}:" in str(caught.value)
    assert says in str(caught.value)


def test_a_missing_scenario_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"world\.toml: there is no such scenario"):
        read_experiment(FILE, "file", tmp_path)
