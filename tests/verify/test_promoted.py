"""Paid exposure changes what verify says of other likes, items and accounts by exactly nothing."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rewards.test_earned_claims import HEAD

import zhenzan
from zhenzan.errors import NoLikesError
from zhenzan.rewards import claims, read_catalogue

HOUR = 3_600_000_000
BASE = 1_772_000_000_000_000
TABLES = ("accounts", "items", "rings", "moments", "suspects")

Like = tuple[int, int, int]
likes = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 5), st.integers(0, 30)), min_size=1, max_size=60)


def log(organic: list[Like], promoted: list[Like]) -> pa.Table:
    rows = [(*like, "organic") for like in organic] + [(*like, "promoted:o-1") for like in promoted]
    rows.sort(key=lambda row: row[2])
    return pa.table(
        {
            "account": [f"a{account}" for account, *_ in rows],
            "item": [f"v{item}" for _, item, *_ in rows],
            "creator": [f"c{item % 2}" for _, item, *_ in rows],
            "timestamp": pa.array([BASE + hour * HOUR for _, _, hour, _ in rows], pa.timestamp("us", "UTC")),
            "origin": [origin for *_, origin in rows],
        }
    )


def crowd(item: int, hour: int) -> list[Like]:
    """Forty bought likes within an hour, by accounts that come nowhere else."""
    return [(1_000 + number, item, hour) for number in range(40)]


def verdicts_of(result: zhenzan.Result, standing: bool) -> list[dict[str, object]]:
    rows = result.verdicts.to_pylist()
    return [row | {"row": 0} for row in rows if (row["standing"] != "promoted") == standing]


@settings(max_examples=15)
@given(likes, likes, st.booleans())
def test_promoted_likes_change_nothing_of_others(
    organic: list[Like], promoted: list[Like], burst: bool
) -> None:
    promoted = promoted + (crowd(1, 12) if burst else [])
    alone, beside = zhenzan.verify(log(organic, [])), zhenzan.verify(log(organic, promoted))
    assert verdicts_of(beside, True) == verdicts_of(alone, True)
    for name in TABLES:
        assert beside.table(name).equals(alone.table(name)), name
    assert len(verdicts_of(beside, False)) == len(promoted)
    assert beside.summary["counts"]["promoted"] == len(promoted)
    same = {"claimed", "verified", "verified_low", "verified_high", "genuine", "uncertain", "fake", "idle"}
    counts = (alone.summary["counts"], beside.summary["counts"])
    assert {name: counts[0][name] for name in same} == {name: counts[1][name] for name in same}


def test_a_folder_says_the_same(tmp_path: Path) -> None:
    organic, promoted = [(n % 9, n % 5, n % 30) for n in range(60)], [(n, 2, n) for n in range(20)]
    memory = zhenzan.verify(log(organic, promoted))
    folder = zhenzan.verify(log(organic, promoted), out=tmp_path / "result")
    assert folder.verdicts.to_pylist() == memory.verdicts.to_pylist()


@settings(max_examples=10)
@given(likes, likes)
def test_promoted_likes_are_judged_beside_all_others(organic: list[Like], promoted: list[Like]) -> None:
    """As if nobody had said what brought them, so a ring is found through its organic likes too."""
    table = log(organic, [*promoted, *crowd(1, 12)])
    plain = {row["row"]: row for row in zhenzan.verify(table.drop_columns(["origin"])).verdicts.to_pylist()}
    for row in zhenzan.verify(table).verdicts.to_pylist():
        if row["standing"] == "promoted":
            assert row["fake_probability"] == plain[row["row"]]["fake_probability"]
            assert row["verdict"] == plain[row["row"]]["verdict"]


def test_a_log_of_promoted_likes_alone_has_none_to_count() -> None:
    with pytest.raises(NoLikesError, match="Paid exposure brought every like"):
        zhenzan.verify(log([], [(1, 1, 1)]))


def test_promoted_likes_earn_nothing() -> None:
    organic = [(account, 0, account) for account in range(5)]
    rule = '[[rule]]\nid = "r"\npoints = 1\n'
    catalogue = read_catalogue(HEAD + rule)
    alone, beside = (
        [(claim.account, claim.grants) for claim in claims(zhenzan.verify(rows), catalogue)]
        for rows in (log(organic, []), log(organic, [(7, 1, 3), (1, 2, 9)]))
    )
    assert beside == alone
    assert len(alone) == 5
