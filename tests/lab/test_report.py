"""The lab's reports: what they say is what the tables hold, in both languages, whatever the policy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.lab import Arm, Experiment, Outcomes, Results, Scenario, Sweep, run, run_experiment
from zhenzan.lab.reports import write_run_report
from zhenzan.lab.reports.experiment_report import _sections
from zhenzan.lab.reports.frontier_section import opening
from zhenzan.lab.reports.layout import Section, Table, coins
from zhenzan.lab.reports.market_sections import buyers_section, sellers_section
from zhenzan.lab.reports.policy_text import policy_in_words
from zhenzan.lab.reports.titles import OUTCOMES, outcome_title

SPEND = {
    "buyers.demand": "trial",
    "buyers.tempted_share": 1.0,
    "sanctions.fine_per_like": 1.0,
    "sanctions.freeze_days": 2.0,
    "detector.kind": "rates",
    "detector.false_share": 0.01,
    "sanctions.strike_likes": 1,
}


@pytest.fixture(scope="module")
def outcomes(small: Scenario) -> Outcomes:
    return run(small.changed(SPEND), 5, log=False).outcomes


@pytest.fixture(scope="module")
def results(small: Scenario) -> Results:
    base = small.changed({**SPEND, "world.days": 3, "seller.*.quantities": [10, 30]})
    arms = {
        "flat": Arm(title="Fine"),
        "ladder": Arm({"sanctions.repeat_factor": 2.0}, title="Ladder", against="flat"),
        "audit": Arm({"sanctions.void": False, "sanctions.fine_per_like": 0.0, "sanctions.freeze_days": 0.0}),
    }
    sweep = Sweep(("detector.recall", "detector.recall_small"), (0.0, 0.5, 1.0))
    return run_experiment(Experiment("toy", base, arms, replicates=3, sweep=sweep))


def tables(sections: Sequence[Section], key: str) -> list[Table]:
    (section,) = (one for one in sections if one.key == key)
    return [part for part in section.parts if isinstance(part, Table)]


def number(text: object) -> float:
    assert isinstance(text, str)
    return float(text.replace(",", "").replace("−", "-"))


def test_buyers_books_add_up_to_what_they_gained(outcomes: Outcomes) -> None:
    section = buyers_section(outcomes)
    assert section is not None
    (table,) = tables([section], "buyers")
    profits = [number(row[-1]) for row in table.rows]
    assert len(profits) >= 4
    assert sum(profits) == pytest.approx(outcomes["buyer_profit"], rel=0.02)
    for row in table.rows:
        pride, fees, views, paid, fines, frozen, profit = map(number, row[2:])
        parts = (pride, fees, views, paid, fines, frozen)
        assert pride + fees + views - paid - fines - frozen == pytest.approx(
            profit, abs=0.01 * sum(parts) + 0.1
        )


def test_sellers_books_name_the_one_who_did_best(outcomes: Outcomes) -> None:
    section = sellers_section(outcomes)
    assert section is not None
    best = max(outcomes.sellers.to_pylist(), key=lambda row: row["profit"])
    words = section.parts[0].words  # type: ignore[union-attr]
    assert all(f"“{best['seller']}”" in text and coins(best["profit"]) in text for text in words)


def test_every_lever_is_told_with_what_it_takes_from_the_honest(results: Results) -> None:
    (levers,) = tables(_sections(results), "gap")
    taken = {row[0][0]: number(row[2]) for row in levers.rows}
    assert taken.keys() == {"Fine", "Ladder", "audit"}
    assert taken["audit"] == 0 < taken["Fine"] <= taken["Ladder"]
    assert "By mistake it takes" in opening(results)[1][0]


def test_contrasts_leave_out_what_a_policy_does_not_touch(results: Results) -> None:
    (table,) = tables(_sections(results), "contrasts")
    assert table.rows
    assert all(row[4] != "0 – 0" for row in table.rows)
    assert {row[2][0] for row in table.rows} <= {"Fine"}


@settings(max_examples=150)
@given(
    kind=st.sampled_from(["none", "perfect", "rates", "verify"]),
    void=st.booleans(),
    fine=st.sampled_from([0.0, 1.0]),
    freeze=st.sampled_from([0.0, 3.0]),
    start=st.integers(1, 4),
    factor=st.sampled_from([1.0, 2.0]),
    ban=st.sampled_from([0, 3]),
    seller=st.sampled_from([0.0, 0.5]),
    downrank=st.sampled_from([1.0, 0.5]),
    offered=st.booleans(),
)
def test_a_policy_in_words_names_each_penalty_that_there_is_and_no_other(
    kind: str,
    void: bool,
    fine: float,
    freeze: float,
    start: int,
    factor: float,
    ban: int,
    seller: float,
    downrank: float,
    offered: bool,
) -> None:
    scenario = Scenario().changed(
        {
            "detector.kind": kind,
            "sanctions.void": void,
            "sanctions.fine_per_like": fine,
            "sanctions.freeze_days": freeze,
            "sanctions.fine_from": start,
            "sanctions.freeze_from": start,
            "sanctions.repeat_factor": factor,
            "sanctions.ban_from": ban,
            "sanctions.downrank": downrank,
            "sanctions.seller_fine_per_like": seller,
            "promotion.offered": offered,
        }
    )
    sentences = policy_in_words(scenario)
    english, chinese = ("\n".join(one[position] for one in sentences) for position in (0, 1))
    expected = {
        ("voided", "作废；"): void,
        ("creator pays", "创作者每赞罚"): fine > 0,
        ("frozen", "收入冻结"): freeze > 0,
        ("multiplies", "再犯"): factor > 1 and fine + freeze > 0,
        ("is a ban", "次封禁"): ban > 0,
        ("seller pays", "卖家每赞罚"): seller > 0,
        ("as often", "曝光降至"): downrank < 1,
        ("promotion", "正规推广"): offered,
    }
    for (words, zh), there in expected.items():
        assert (words in english) == (zh in chinese) == there, (words, zh)


def test_a_report_of_a_run_speaks_both_languages_and_asks_nothing_of_the_network(
    small: Scenario, outcomes: Outcomes, tmp_path: Path
) -> None:
    text = write_run_report(small.changed(SPEND), 5, outcomes, tmp_path / "report.html").read_text("utf-8")
    assert "What the platform did" in text
    assert "平台做了什么" in text
    assert not re.findall(r"(?:src|href)=\"(?!#)", text)
    assert "nan" not in re.sub(r"<style.*?</style>|<script.*?</script>", "", text, flags=re.DOTALL).split()


def test_every_outcome_has_a_name_in_both_languages() -> None:
    assert all(en and zh and en != zh for en, zh in map(outcome_title, OUTCOMES))
