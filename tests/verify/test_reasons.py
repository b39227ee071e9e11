"""Reasons: decibans add up, say what they are, and speak in the direction of the verdict."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.testing.worlds import ordinary_world

import zhenzan
from zhenzan.verify.evidence.reasons import DECIBANS_PER_NAT, NAMES, probability


@pytest.fixture(scope="module")
def judged() -> zhenzan.Result:
    return zhenzan.verify(ordinary_world(7, rings=3).log().table())


@settings(max_examples=50, derandomize=True)
@given(st.floats(-60, 60))
def test_decibans_are_ten_times_the_decimal_logarithm_of_odds(decibans: float) -> None:
    odds = 10.0 ** (decibans / 10.0)
    (chance,) = probability(np.array([decibans], np.float32))
    assert chance == pytest.approx(odds / (1.0 + odds), rel=1e-4)


def test_ten_decibans_are_ten_times_likelier() -> None:
    assert pytest.approx(10.0) == np.log(10.0) * DECIBANS_PER_NAT


def test_a_fake_like_has_reasons_and_they_speak_against_it(judged: zhenzan.Result) -> None:
    prior = judged.summary["prior_decibans"]
    assert prior < 0
    verdicts = judged.verdicts.to_pylist()
    fake = [v for v in verdicts if v["verdict"] == "fake"]
    assert len(fake) > 500
    for v in fake:
        assert v["evidence"], "a like is called fake and nothing says why"
        assert sum(e["decibans"] for e in v["evidence"]) > -prior


def test_a_like_of_which_nothing_speaks_has_the_prior(judged: zhenzan.Result) -> None:
    prior = judged.summary["prior_decibans"]
    silent = [v for v in judged.verdicts.to_pylist() if not v["evidence"]]
    assert len(silent) > 1000
    chance = 1.0 / (1.0 + 10.0 ** (-prior / 10.0))
    assert {round(v["fake_probability"], 6) for v in silent} == {round(chance, 6)}


def test_each_name_speaks_once_of_a_like_and_is_described_in_one_sentence(judged: zhenzan.Result) -> None:
    described = judged.summary["evidence_names"]
    assert set(NAMES) <= set(described)
    for sentence in described.values():
        assert sentence.endswith((".", ")."))
        assert sentence[0].isupper()
    for v in judged.verdicts.to_pylist():
        names = Counter(e["name"] for e in v["evidence"])
        assert set(names.values()) <= {1}
        assert all(e["decibans"] != 0 and np.isfinite(e["decibans"]) for e in v["evidence"])


def test_an_explanation_gives_the_same_sum_as_the_table(judged: zhenzan.Result) -> None:
    fake = next(v for v in judged.verdicts.to_pylist() if v["verdict"] == "fake")
    explanation = judged.explain(like=fake["row"])
    decibans = {reason.name: reason.decibans for reason in explanation.evidence}
    for e in fake["evidence"]:
        assert decibans[e["name"]] == pytest.approx(e["decibans"], abs=1e-3)
