"""Explanations: words and charts say what the tables say, in both languages, whatever is asked."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.errors import ResultError
from zhenzan.verify.report.number_text import (
    chance,
    counted,
    decibans,
    label,
    likelier,
    number,
    percent,
    posterior,
    unique_labels,
)
from zhenzan.verify.report.waterfall import Waterfall, waterfall
from zhenzan.verify.results.explain import explain

WEIGHTS = st.lists(
    st.tuples(st.text(min_size=1, max_size=12), st.floats(-60, 60).map(lambda x: round(x, 2))), max_size=30
)


def rows(result: Any, name: str = "verdicts") -> list[dict[str, Any]]:
    return result.tables[name].to_pylist()


def bars(chart: Any) -> list[dict[str, Any]]:
    """The rows behind a waterfall's bars."""
    layers = chart.to_dict(validate=False)["layer"]
    return next(layer["data"]["values"] for layer in layers if "start" in layer["data"]["values"][0])


@settings(max_examples=10)
@given(st.floats(-40, 20), WEIGHTS)
def test_the_waterfall_walks_from_the_prior_to_the_posterior(prior: float, weights: Any) -> None:
    fall = Waterfall(prior, tuple(weights))
    steps = bars(waterfall(fall))
    assert steps[0]["start"] == 0
    assert steps[0]["end"] == pytest.approx(prior)
    for before, after in pairwise(steps[:-1]):
        assert after["start"] == before["end"]
    assert steps[-1]["end"] == pytest.approx(fall.posterior)
    assert steps[-2]["end"] == pytest.approx(fall.posterior, abs=1e-6)


def test_a_like_is_explained_with_the_probability_that_its_row_holds(result: Any) -> None:
    for like in rows(result)[::331]:
        explanation = explain(result, like=like["row"])
        assert explanation.facts["fake_probability"] == pytest.approx(like["fake_probability"], abs=1e-4)
        assert explanation.facts["verdict"] == like["verdict"]
        assert sum(reason.decibans for reason in explanation.evidence) + explanation.facts[
            "prior_decibans"
        ] == pytest.approx(
            10 * math.log10(like["fake_probability"] / (1 - like["fake_probability"])), abs=0.1
        )


def test_a_fake_likes_text_tells_verdict_moment_ring_and_what_is_unknown(result: Any) -> None:
    like = next(one for one in rows(result) if one["ring"] == 0 and one["verdict"] == "fake")
    moment = rows(result, "moments")[like["moment"]]
    ring = rows(result, "rings")[0]
    text = explain(result, like=like["id"]).text
    assert "Verdict: fake" in text
    assert f"{moment['likes']} likes within 10 minutes" in text
    assert "1.5 were expected" in text
    assert "times likelier fake" in text
    assert f"ring 0 (burst): {ring['accounts']} accounts" in text
    assert "watch time" in text


def test_a_like_cleared_in_a_burst_says_so(result: Any) -> None:
    burst = next(one["moment"] for one in rows(result, "moments") if one["campaign_probability"] < 0.5)
    like = next(one for one in rows(result) if one["moment"] == burst and one["verdict"] == "genuine")
    assert "examined and cleared" in explain(result, like=like["row"]).text


def test_ids_are_found_as_a_person_types_them(result: Any, number_result: Any) -> None:
    like = rows(number_result)[10]
    assert explain(number_result, like="10").facts["row"] == like["row"]
    assert explain(number_result, account=str(like["account"])).facts["account"] == like["account"]
    assert explain(number_result, item=f" {like['item']} ").facts["item"] == like["item"]
    assert explain(number_result, ring="1").facts["ring"] == 1
    assert explain(result, like="like-000010").facts["row"] == 10
    assert explain(result, like="10").facts["row"] == 10


@pytest.mark.parametrize(
    ("selectors", "near"),
    [
        ({"like": "like-00010"}, "like-000100"),
        ({"account": "u00001x"}, "u00001"),
        ({"item": "V00007"}, "v00007"),
        ({"ring": 9}, "'2'"),
        ({"like": 10**9}, "nearest"),
    ],
)
def test_an_unknown_id_names_the_nearest(result: Any, selectors: dict[str, Any], near: str) -> None:
    with pytest.raises(ResultError, match="no ") as caught:
        explain(result, **selectors)
    assert near in str(caught.value)


@pytest.mark.parametrize(
    "selectors", [{"item": "not a number"}, {"ring": "x"}, {"account": 2**80}, {"like": "\x00"}, {"like": ""}]
)
def test_ids_that_cannot_be_are_errors_and_not_crashes(number_result: Any, selectors: dict[str, Any]) -> None:
    with pytest.raises(ResultError):
        explain(number_result, **selectors)


def test_an_empty_result_says_that_it_has_none(empty_result: Any) -> None:
    for selectors in ({"like": 1}, {"account": "a"}, {"item": "a"}, {"ring": 0}):
        with pytest.raises(ResultError, match="has no"):
            explain(empty_result, **selectors)


def test_exactly_one_subject_and_a_known_language(result: Any) -> None:
    for selectors in ({}, {"like": 1, "ring": 0}):
        with pytest.raises(ResultError, match="exactly one"):
            explain(result, **selectors)
    with pytest.raises(ResultError, match="en and zh"):
        explain(result, ring=0, language="fr")


@pytest.mark.parametrize("kind", ["like", "account", "item", "ring"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_subject_speaks_both_languages_and_draws_a_valid_chart(
    result: Any, kind: str, language: str
) -> None:
    like = next(one for one in rows(result) if one["ring"] == 1)
    explanation = explain(result, **{kind: like["row"] if kind == "like" else like[kind]}, language=language)
    assert explanation.chart.to_dict()["config"]
    record = json.loads(explanation.to_json())
    assert record["text"] == explanation.text == str(explanation)
    assert record["evidence"]
    assert all(reason.sentence and reason.title for reason in explanation.evidence)
    chinese = re.search(r"[一-鿿]", explanation.text + explanation.subject)
    assert bool(chinese) == (language == "zh")
    if language == "zh":
        assert not re.search(
            r"\b(the|of|like|account|item|likes)\b", explanation.text.replace(str(like["id"]), "")
        )


def test_a_folder_is_explained_without_loading_its_tables(result: Any, tmp_path: Any) -> None:
    stored = result.saved(tmp_path / "it's [one] result*")
    like = next(one for one in rows(result) if one["ring"] == 0)
    for selectors in (
        {"like": like["id"]},
        {"account": like["account"]},
        {"item": like["item"]},
        {"ring": 0},
    ):
        assert explain(stored, **selectors).text == explain(result, **selectors).text
    assert stored.queries == []


@given(st.text(max_size=300) | st.integers() | st.none())
def test_labels_are_short_and_hold_nothing_invisible(identifier: Any) -> None:
    shown = label(identifier)
    assert 0 < len(shown) <= 28
    assert not any(unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for one in shown)


@given(
    st.lists(st.text(max_size=5) | st.sampled_from(["x", "x (2)", "A" * 10_000, "A" * 9_999]), max_size=20)
)
def test_labels_of_an_axis_stay_apart(identifiers: list[str]) -> None:
    labels = unique_labels(identifiers)
    assert len(set(labels)) == len(identifiers)


@given(st.floats(0, 1))
def test_percents_never_claim_certainty_that_is_not_there(share: float) -> None:
    shown = percent(share)
    assert (shown == "0 %") == (share == 0)
    assert (shown == "100 %") == (share == 1)
    assert chance(share) not in ("0 %", "0.0 %", "100 %", "100.0 %")
    number, _, sign = shown.removeprefix("< ").removeprefix("> ").partition(" ")
    assert sign == "%"
    assert float(number) / 100 == pytest.approx(share, abs=0.0011)


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (16, "40 times likelier fake"),
        (-10, "10 times likelier genuine"),
        (3, "2 times likelier fake"),
        (0.1, "of no weight"),
    ],
)
def test_decibans_in_words(weight: float, words: str) -> None:
    assert likelier(weight, "en") == words


def test_numbers_in_words() -> None:
    assert decibans(-2.46) == "−2.5 dB"
    assert posterior(0) == 0.5
    assert posterior(10) == pytest.approx(10 / 11)
    assert number(12345.4) == "12,345"
    assert number(2.13) == "2.1"
    assert counted(1, "account", "en") == "1 account"
    assert counted(312, "account", "zh") == "312 个账号"
