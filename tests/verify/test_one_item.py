"""Logs of one item: what cannot be told is said, and the interval holds the truth whatever it is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from benchmarks.families.one_item import KINDS, make, measure
from tests.testing.worlds import ordinary_world

import zhenzan

SEEDS = range(100, 104)


@pytest.mark.parametrize("kind", KINDS)
def test_the_interval_holds_the_truth(kind: str) -> None:
    coverage = measure([make(kind, seed) for seed in SEEDS])
    assert coverage.covered >= coverage.items - (0 if kind in ("news_day", "nothing") else 1)
    assert coverage.fake == 0.0, "of a burst of which nothing is known nobody may say that it is fake"


@pytest.mark.parametrize("day_resolution", [False, True])
def test_the_interval_is_narrow_where_there_is_no_burst(day_resolution: bool) -> None:
    worlds = [make("nothing", seed, likes=5000, days=30, day_resolution=day_resolution) for seed in SEEDS]
    assert measure(worlds).width < 0.1


@pytest.mark.parametrize("items", [2, 3])
def test_items_that_share_no_accounts_are_each_alone(items: int) -> None:
    worlds = [make("bought_day", seed, likes=1000, days=12, items=items) for seed in SEEDS]
    coverage = measure(worlds)
    assert (coverage.items, coverage.covered) == (items * len(SEEDS), items * len(SEEDS))


@pytest.fixture(scope="module")
def burst() -> zhenzan.Result:
    return zhenzan.verify(make("bought_hour", 3, likes=2000, days=10).log)


def test_the_likes_of_the_excess_are_uncertain_and_say_why(burst: zhenzan.Result) -> None:
    unexplained = [v for v in burst.verdicts.to_pylist() if "untold" in {e["name"] for e in v["evidence"]}]
    assert len(unexplained) > 400
    assert sum(v["verdict"] == "uncertain" for v in unexplained) > 0.9 * len(unexplained)
    assert burst.summary["counts"]["untold"] == round(burst.items["untold"][0].as_py())


@pytest.mark.parametrize(
    ("language", "words"), [("en", "cannot be told from one item"), ("zh", "仅凭一个作品无法判断")]
)
def test_the_words_say_that_it_cannot_be_told(burst: zhenzan.Result, language: str, words: str) -> None:
    item = burst.explain(item=burst.items["item"][0].as_py(), language=language)
    assert words in item.text
    assert "cleared" not in item.text
    rows = burst.verdicts.filter(pa.compute.equal(burst.verdicts["verdict"].cast(pa.string()), "uncertain"))
    like = burst.explain(like=rows["row"][0].as_py(), language=language)
    assert words in like.text
    assert "cleared" not in like.text


def test_no_moment_that_cannot_be_told_is_cleared(burst: zhenzan.Result) -> None:
    assert burst.moments.num_rows == 0


def test_items_whose_accounts_are_seen_elsewhere_are_judged_as_ever() -> None:
    result = zhenzan.verify(ordinary_world(11, rings=2).log().table())
    assert result.summary["counts"]["untold"] == 0
    assert "untold" not in result.summary["evidence_names"]
    assert np.all(result.items["untold"].to_numpy() == 0.0)
