"""Verdicts that are final: shown, explained and paid beside those that may still change."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.polling import wait_until
from tests.service.conftest import CATALOGUE, started
from tests.settlement.test_finalize import POLICY, at

from zhenzan.errors import ResultError
from zhenzan.lake import Lake
from zhenzan.ledger import Ledger
from zhenzan.rewards import load_catalogue, run_rewards
from zhenzan.service import Resources, Settings, back_up, restore, results
from zhenzan.service.cases.use_cases import worth_a_look
from zhenzan.service.creators.use_cases import leaders
from zhenzan.service.daily_totals import days_of, final_counts
from zhenzan.settlement import Settlement, final_watermark, run_settlement

DAYS, LIKES = 7, 30


@pytest.fixture(scope="module")
def settlement(tmp_path_factory: pytest.TempPathFactory) -> Settlement:
    home = tmp_path_factory.mktemp("final")
    with Lake(home) as lake:
        for day in range(DAYS):
            lake.append(at(day, LIKES))
            lake.flush()
            settlement = run_settlement(home, POLICY, window_days=2)
    assert settlement is not None
    return settlement


def test_all_verdicts_are_listed_and_say_whether_they_are_final(settlement: Settlement) -> None:
    rows, cursor = [], None
    while True:
        page, cursor = results.page(settlement, "verdicts", 100, cursor)
        rows += page
        if cursor is None:
            break
    assert len({row["id"] for row in rows}) == len(rows) == DAYS * LIKES
    final = {row["id"] for row in rows if row["final"]}
    assert {id.split("-")[0] for id in final} == {"likea0", "likea1", "likea2"}
    assert "is_bot" not in rows[0]


def test_what_is_final_is_explained_too(settlement: Settlement) -> None:
    for language in ("en", "zh"):
        explanation = settlement.load().explain(like="likea0-3", language=language)
        assert "v0-3" in explanation.text


def test_an_account_that_stays_away_is_still_explained(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        for day in range(DAYS):
            lake.append(at(day, LIKES, who="a" if day else "gone"))
            lake.flush()
            settlement = run_settlement(tmp_path, POLICY, window_days=2)
    assert settlement is not None
    assert "gone3" not in settlement.load().accounts["account"].to_pylist()
    for language, words in (("en", "are final, 0 of them as fake"), ("zh", "全部已成定论，其中 0 个")):
        explanation = settlement.load().explain(account="gone3", language=language)
        assert words in explanation.text
        assert explanation.facts["likes"] == LIKES // 10
        assert explanation.chart is not None
    with pytest.raises(ResultError, match="goon3"):
        settlement.load().explain(account="goon3")


def test_items_count_all_days_and_the_queue_only_what_may_change(settlement: Settlement) -> None:
    assert sum(creator["claimed"] for creator in leaders(settlement, 500)) == DAYS * LIKES
    assert sum(account["likes"] for account in worth_a_look(settlement, 500)) <= (DAYS - 3) * LIKES


def test_an_item_is_told_day_by_day(settlement: Settlement) -> None:
    rows = [row for i in range(6) for day in (0, 6) for row in days_of(settlement, f"v{day}-{i}")]
    assert [row["day"] for row in rows] == ["2024-10-04", "2024-10-10"] * 6
    assert [row["final"] for row in rows] == [True, False] * 6
    assert all(row["claimed"] == 5 and 0 <= row["verified"] <= 5 for row in rows)
    assert days_of(settlement, "nothing") == []
    assert final_counts(settlement)["likes"] == 3 * LIKES


def test_the_days_of_an_item_add_up_to_what_it_has(settlement: Settlement) -> None:
    result = settlement.load().items
    columns = [result[name].to_pylist() for name in ("item", "claimed", "verified")]
    for item, claimed, verified in zip(*columns, strict=True):
        days = days_of(settlement, item)
        assert sum(day["claimed"] for day in days) == claimed
        assert sum(day["verified"] for day in days) == pytest.approx(verified, rel=1e-6)


def test_rewards_follow_day_by_day_and_nothing_is_taken_back_when_a_day_settles(tmp_path: Path) -> None:
    home = tmp_path / "home"
    paid = [0]
    with Resources(Settings(home, catalogue=CATALOGUE, window_days=2)) as core:
        for day in range(6):
            core.lake.append(at(day, LIKES))
            core.lake.flush()
            settlement = run_settlement(home, POLICY, window_days=2)
            assert settlement is not None
            wait_until(
                lambda number=settlement.number: (
                    core.settlements.current is not None and core.settlements.current.number == number
                )
            )
            rows = core.ledger.database.fetch("SELECT COALESCE(SUM(granted), 0) FROM grants")
            assert int(rows[0][0]) >= paid[-1]
            paid.append(int(rows[0][0]))
        text = "SELECT key, granted, cards FROM grants WHERE granted > 0 OR cards > 0 ORDER BY key"
        granted = core.ledger.database.fetch(text)
    assert paid[-1] > paid[1] > 0
    with Ledger.open(tmp_path / "fresh.sqlite", key=tmp_path / "fresh.key") as ledger:
        run_rewards(ledger, load_catalogue(CATALOGUE), settlement.load(), decided={})
        assert [row[:2] for row in ledger.database.fetch(text)] == [row[:2] for row in granted]
    back_up(home, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    assert final_watermark(tmp_path / "again") == final_watermark(home)
    with Lake(tmp_path / "again"):
        again = run_settlement(tmp_path / "again", POLICY, window_days=2)
    assert again is not None
    assert sum(again.load().items["claimed"].to_pylist()) == 6 * LIKES


def test_what_comes_when_its_day_has_settled_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with started(home, window_days=2) as api:
        for day in range(6):
            api.core.lake.append(at(day, LIKES))
            api.core.lake.flush()
            settlement = run_settlement(home, POLICY, window_days=2)
        assert settlement is not None
        wait_until(
            lambda: (
                api.core.settlements.current is not None
                and api.core.settlements.current.number == settlement.number
            )
        )
        final = final_watermark(home)
        assert final is not None
        assert final > settlement.since  # what that pass judged for the last time is final now, too
        wait_until(lambda: api.core.intake.settled_before == final)
        settled, open_ = final - 1, final
        rows = [{"account": "a", "item": f"new-{i}", "timestamp": t} for i, t in enumerate((settled, open_))]
        receipts = [api.post("/v1/interactions", json=[*rows, rows[0]]).json() for _ in range(2)]
        assert receipts == [{"accepted": 2, "duplicates": 1, "late": 1}, {"accepted": 0, "duplicates": 3}]
        assert "zhenzan_late_interactions_total 1\n" in api.get("/metrics").text
    with started(home, window_days=2) as api:  # known from the start
        assert api.post("/v1/interactions", json=rows[0] | {"item": "other"}).json()["late"] == 1


def test_in_a_young_lake_older_likes_are_not_late(tmp_path: Path) -> None:
    """What is older than the lake's first day is judged as long as nothing of that time is final."""
    home = tmp_path / "home"
    with started(home, catalogue=CATALOGUE) as api:
        api.core.lake.append(at(3, LIKES))
        api.settle()
        rows = [{"account": "early", "item": f"v{i}", "timestamp": "2024-10-05T10:00:00Z"} for i in range(4)]
        receipt = api.post("/v1/interactions", json=rows).json()
        assert receipt == {"accepted": 4, "duplicates": 0}
        assert "zhenzan_late_interactions_total 0\n" in api.get("/metrics").text
        api.settle()
        assert api.core.settlements.current.load().explain(account="early", language="en").facts["likes"] == 4
