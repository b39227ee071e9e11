"""Paid exposure changes what verify says of other likes, items and accounts by exactly nothing."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rewards.test_earned_claims import granted_of

import zhenzan
from zhenzan.errors import NoLikesError

DAY = 86_400_000_000
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
            "timestamp": pa.array([BASE + hour * DAY // 24 for _, _, hour, _ in rows], pa.timestamp("us", "UTC")),
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
def test_promoted_likes_change_nothing_of_others(organic: list[Like], promoted: list[Like], burst: bool) -> None:
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


def test_bought_likes_of_a_promoted_item_are_found_all_the_same() -> None:
    organic = [(account, item, 7 * account % 700) for account in range(60) for item in range(3)]
    ring = [(1_000 + number, item, 300) for number in range(40) for item in range(4)]
    result = zhenzan.verify(log(organic, ring))
    rows = [row for row in result.verdicts.to_pylist() if row["standing"] == "promoted"]
    assert len(rows) == len(ring)
    fake = sum(row["verdict"] == "fake" for row in rows)
    assert fake > 0.9 * len(ring)


def test_a_log_of_promoted_likes_alone_has_none_to_count() -> None:
    with pytest.raises(NoLikesError, match="Paid exposure brought every like"):
        zhenzan.verify(log([], [(1, 1, 1)]))


def test_promoted_likes_earn_nothing() -> None:
    organic = [(account, 0, account) for account in range(5)]
    rule = '[[rule]]\nid = "r"\npoints = 1\n'
    beside = granted_of(zhenzan.verify(log(organic, [(7, 1, 3), (1, 2, 9)])), rule)
    assert beside == granted_of(zhenzan.verify(log(organic, [])), rule)
