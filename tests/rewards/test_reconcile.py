"""Settled likes earn; what is repeated moves nothing; what is judged anew moves just its difference."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.effort import effort

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from zhenzan.ledger import Ledger, SigningKey, Transfer, check
from zhenzan.rewards import claims, holdings, points_account, read_catalogue, reconcile
from zhenzan.verify import Result

KEY = SigningKey("test", bytes(range(32)))
DAY = 86_400_000_000
CATALOGUE = """
format = 1
timezone = "Asia/Shanghai"
[points]
id = "points"
name = { en = "Points", zh = "积分" }
cap = 1_000_000
[[edition]]
id = "badge"
cap = 6
[[rule]]
id = "daily"
window = "day"
every = 1
most = 3
points = 2
budget = 60
[[rule]]
id = "fan"
per = "creator"
every = 3
edition = "badge"
"""
ACCOUNTS, ITEMS, CREATORS = 5, 12, 4
PROBABILITY = {"genuine": 0.01, "uncertain": 0.5, "fake": 0.99}
EVIDENCE = pa.list_(pa.struct([("name", pa.string()), ("decibans", pa.float32())]))


def result(likes: list[tuple[int, int, int, str]]) -> Result:
    """Account, item, hour and verdict of each like; an item's creator is its number modulo four."""
    account, item, hour, verdict = (
        (list(column) for column in zip(*likes, strict=True)) if likes else ([], [], [], [])
    )
    verdicts = pa.table(
        {
            "row": pa.array(range(len(likes)), pa.int64()),
            "account": pa.array([f"a{number}" for number in account], pa.string()),
            "item": pa.array(item, pa.int64()),
            "timestamp": pa.array(np.array(hour, np.int64) * 3_600_000_000 + 19_000 * DAY).cast(
                pa.timestamp("us", "UTC")
            ),
            "verdict": pa.array(verdict, pa.string()),
            "standing": pa.array(["counted"] * len(likes), pa.string()),
            "fake_probability": pa.array([PROBABILITY[word] for word in verdict], pa.float32()),
            "ring": pa.array([None] * len(likes), pa.int32()),
            "evidence": pa.array([[("burst", 12.0)] if word == "fake" else [] for word in verdict], EVIDENCE),
        }
    )
    items = pa.table(
        {"item": pa.array(range(ITEMS)), "creator": pa.array([number % CREATORS for number in range(ITEMS)])}
    )
    accounts = pa.table(
        {
            "account": [f"a{number}" for number in range(ACCOUNTS)],
            "ring": pa.array([None] * ACCOUNTS, pa.int32()),
            "paid_share": pa.array([0.0] * ACCOUNTS, pa.float32()),
        }
    )
    return Result({"verdicts": verdicts, "items": items, "accounts": accounts}, {})


def plainly(likes: list[tuple[int, int, int, str]]) -> tuple[Counter[str], Counter[str]]:
    """Points and badges by account that are earned, if no budget and no cap stood against it."""
    per_day: Counter[tuple[int, int]] = Counter()
    per_creator: Counter[tuple[int, int]] = Counter()
    for account, item, hour, verdict in likes:
        if verdict == "genuine":
            per_day[account, (hour + 8) // 24] += 1  # Shanghai is eight hours ahead
            per_creator[account, item % CREATORS] += 1
    points: Counter[str] = Counter()
    badges: Counter[str] = Counter()
    for (account, _), count in per_day.items():
        points[f"a{account}"] += 2 * min(count, 3)
    for (account, _), count in per_creator.items():
        badges[f"a{account}"] += min(count // 3, 1)
    return points, badges


like = st.tuples(
    st.integers(0, ACCOUNTS - 1),
    st.integers(0, ITEMS - 1),
    st.integers(0, 80),
    st.sampled_from(["genuine", "genuine", "uncertain", "fake"]),
)
logs = st.lists(like, max_size=40, unique_by=lambda like: like[:2])


def opened(folder: str) -> Ledger:
    return Ledger.open(Path(folder) / "rewards.sqlite", key=KEY)


@pytest.mark.also_soak
@settings(max_examples=effort(8, 300))
@given(st.lists(logs, min_size=1, max_size=4), st.integers(0, 2**32 - 1))
def test_after_any_runs_what_is_held_and_owed_is_what_is_earned_now(
    versions: list[list[tuple[int, int, int, str]]], seed: int
) -> None:
    draw, catalogue = np.random.default_rng(seed), read_catalogue(CATALOGUE)
    with tempfile.TemporaryDirectory() as folder, opened(folder) as ledger:
        spent: Counter[str] = Counter()
        for turn, likes in enumerate(versions):
            reconcile(ledger, catalogue, claims(result(likes), catalogue))
            note = ledger.last_note()
            shuffled = [likes[row] for row in draw.permutation(len(likes))]
            again = reconcile(ledger, catalogue, claims(result(shuffled), catalogue))
            assert (again.points_granted, again.points_taken_back, again.cards_granted) == (0, 0, 0)
            assert ledger.last_note() == note  # not an event more
            earned, badges = plainly(likes)
            assert ledger.balance("budget:daily").available >= 0
            granted = Counter[str]()
            for account, points in ledger.database.fetch(
                "SELECT account, SUM(granted) FROM grants GROUP BY account"
            ):
                granted[account] = int(points)
            if sum(earned.values()) <= 60:
                assert +granted == +earned
            assert sum(granted.values()) <= 60
            for account in {*earned, *badges}:
                held = holdings(ledger, account) if granted[account] or badges[account] else None
                if held is not None:
                    assert held.points - held.owed == granted[account] - spent[account]
                    assert len(held.cards) <= badges[account]
            assert ledger.issued("badge")[0] <= 6
            for account, points in granted.items():  # somebody spends something
                if (
                    points
                    and draw.random() < 0.5
                    and ledger.balance(points_account(ledger, account)).available
                ):
                    ledger.submit(
                        [
                            Transfer(
                                id=f"s{turn}{account}",
                                debit=points_account(ledger, account),
                                credit="fee",
                                asset="points",
                                amount=1,
                            )
                        ]
                    )
                    spent[account] += 1
            check(ledger)


def test_the_uncertain_earn_nothing_yet_and_the_fake_nothing() -> None:
    catalogue = read_catalogue(CATALOGUE)
    likes = [(0, item, 5, "uncertain") for item in range(4)] + [(1, item, 5, "fake") for item in range(4)]
    assert list(claims(result(likes), catalogue)) == []


def test_spent_points_become_a_debt_that_future_earnings_pay_first() -> None:
    catalogue = read_catalogue(CATALOGUE)
    first = [(0, item, 5, "genuine") for item in range(3)]
    with tempfile.TemporaryDirectory() as folder, opened(folder) as ledger:
        reconcile(ledger, catalogue, claims(result(first), catalogue))
        ledger.submit([Transfer(id="spend", debit="points:a0", credit="fee", asset="points", amount=5)])
        fakes = [(*like[:3], "fake") for like in first]
        done = reconcile(ledger, catalogue, claims(result(fakes), catalogue))
        assert (done.points_taken_back, done.points_owed) == (1, 5)
        later = [*fakes, *((0, item, 40, "genuine") for item in range(4, 7))]
        done = reconcile(ledger, catalogue, claims(result(later), catalogue))
        assert (done.points_granted, done.debts_paid) == (6, 5)
        held = holdings(ledger, "a0")
        assert (held.points, held.owed) == (1, 0)
        restored = [*first, *later[3:]]  # an appeal succeeds
        reconcile(ledger, catalogue, claims(result(restored), catalogue))
        assert holdings(ledger, "a0").points == 7
        check(ledger)


def test_a_card_that_was_sold_stays_with_who_bought_it() -> None:
    catalogue = read_catalogue(CATALOGUE)
    likes = [(account, item, 5, "genuine") for account in (0, 1) for item in (0, 4, 8)]
    with tempfile.TemporaryDirectory() as folder, opened(folder) as ledger:
        reconcile(ledger, catalogue, claims(result(likes), catalogue))
        ((edition, serial),) = holdings(ledger, "a0").cards
        ledger.submit(
            [
                Transfer(
                    id="sale",
                    debit="cards:badge:a0",
                    credit="cards:badge:a1",
                    asset=edition,
                    amount=1,
                    serial=serial,
                )
            ]
        )
        fakes = [(*like[:3], "fake") if like[0] == 0 else like for like in likes]
        done = reconcile(ledger, catalogue, claims(result(fakes), catalogue))
        assert (done.cards_burnt, done.cards_spared) == (0, 1)
        assert len(holdings(ledger, "a1").cards) == 2
        assert reconcile(ledger, catalogue, claims(result(fakes), catalogue)).cards_spared == 0
        check(ledger)


def test_a_raised_budget_adds_the_difference_and_a_lowered_one_takes_nothing() -> None:
    with tempfile.TemporaryDirectory() as folder, opened(folder) as ledger:
        for budget, funded in ((60, 60), (100, 100), (100, 100), (60, 100), (101, 101)):
            catalogue = read_catalogue(CATALOGUE.replace("budget = 60", f"budget = {budget}"))
            reconcile(ledger, catalogue, [])
            assert ledger.balance("budget:daily").posted == funded
        check(ledger)
