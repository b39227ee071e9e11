"""Calibration: what labels teach is found, held back where they are few, and told in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import zhenzan
from zhenzan.errors import CalibrationError, PolicyError
from zhenzan.policy import Joint, Policy, Weights, load_policy
from zhenzan.verify.calibration import gam
from zhenzan.verify.calibration import pairwise as joint_tables
from zhenzan.verify.calibration.additive_model import (
    INTERCEPT_NATS_MAX,
    FittedModel,
    Rows,
    _rescaled,
    _weights,
    learn,
)
from zhenzan.verify.calibration.forward_validation import area_under_curve
from zhenzan.verify.calibration.gam import Model
from zhenzan.verify.calibration.learned_evidence import joint_decibans
from zhenzan.verify.calibration.pairwise import (
    LABELS_MIN,
    Binned,
    bin_of,
    binned,
    cuts_of,
    fit_tables,
    table_scores,
)
from zhenzan.verify.report.phrases import evidence_sentence, evidence_title

START = datetime(2026, 1, 1, tzinfo=UTC)
numbers = st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))


@given(st.lists(numbers, min_size=1, max_size=60))
def test_a_bin_holds_what_lies_between_its_cuts(values: list[float]) -> None:
    column = np.array(values, np.float32)
    cuts = cuts_of(column)
    code = bin_of(column, cuts)
    edges = np.concatenate([[-np.inf], cuts, [np.inf]])
    for value, own in zip(column, code, strict=True):
        if np.isnan(value):
            assert own == cuts.size + 1
        else:
            assert edges[own] <= value < edges[own + 1]


@given(st.lists(numbers, max_size=40), st.lists(numbers, max_size=40))
def test_a_table_is_read_at_its_row_and_column(first: list[float], second: list[float]) -> None:
    n = min(len(first), len(second))
    table = Joint(("f", "g"), ((0.0,), (0.0, 1.0)), ((1.0, 2.0, 3.0, 4.0), (5, 6, 7, 8), (9, 10, 11, 12)))
    columns = [np.array(values[:n], np.float32) for values in (first, second)]
    table_decibans = joint_decibans(
        table, *(bin_of(v, np.array(c)) for v, c in zip(columns, table.cuts, strict=True))
    )
    for a, b, decibans in zip(*columns, table_decibans, strict=True):
        row = 2 if np.isnan(a) else int(a >= 0)
        column = 3 if np.isnan(b) else int(b >= 0) + int(b >= 1)
        assert decibans == table.decibans[row][column]


def _opposites(n: int, seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Two features that say nothing alone and everything together, and two that say nothing."""
    random = np.random.default_rng(seed)
    columns = {name: random.normal(size=n).astype(np.float32) for name in ("f", "g", "h", "i")}
    chance = np.where((columns["f"] > 0) == (columns["g"] > 0), 0.8, 0.1)
    return columns, (random.random(n) < chance).astype(np.float64)


def test_what_two_features_say_together_is_found() -> None:
    columns, fake = _opposites(6000, 1)
    rows = binned(columns)
    tables = fit_tables(rows.rows(slice(4000)), fake[:4000], np.ones(4000), np.zeros(4000))
    strongest = max(tables, key=lambda table: float(np.abs(table.nats).max()))
    assert (rows.names[strongest.first], rows.names[strongest.second]) == ("f", "g")
    assert area_under_curve(fake[4000:], table_scores(rows.rows(slice(4000, None)), tables)) > 0.83


def test_chance_teaches_tables_little() -> None:
    columns, fake = _opposites(4000, 2)
    shuffled = np.random.default_rng(3).permutation(fake)
    rows = binned(columns)
    tables = fit_tables(rows, shuffled, np.ones(4000), np.full(4000, np.log(0.45 / 0.55)))
    assert all(np.abs(table.nats).max() < 1.5 for table in tables)


def test_few_labels_teach_no_tables() -> None:
    columns, fake = _opposites(LABELS_MIN - 1, 4)
    assert fit_tables(binned(columns), fake, np.ones(fake.size), np.zeros(fake.size)) == []


def test_no_feature_that_varies_gives_no_table() -> None:
    rows = binned({"f": np.ones(2000, np.float32), "g": np.full(2000, np.nan, np.float32)})
    assert rows.names == ()
    assert fit_tables(rows, np.tile([0.0, 1.0], 1000), np.ones(2000), np.zeros(2000)) == []


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_the_policy_says_what_was_fitted(seed: int) -> None:
    columns, fake = _opposites(3000, seed)
    time = np.arange(3000)
    learned = learn(columns, {}, np.zeros(3000), fake, np.ones(3000), time).weights
    decibans = np.full(3000, learned.intercept)
    for curve in learned.curves:
        decibans += np.interp(columns[curve.feature], curve.at, curve.decibans)
    for table in learned.joints:
        decibans += joint_decibans(
            table,
            *(bin_of(columns[f], np.array(c)) for f, c in zip(table.features, table.cuts, strict=True)),
        )
    chance = 1 / (1 + 10 ** (-decibans / 10))
    assert chance.mean() == pytest.approx(fake.mean(), abs=0.01)
    assert area_under_curve(fake, decibans) > 0.8
    again = learn(columns, {}, np.zeros(3000), fake, np.ones(3000), time).weights
    assert again == learned


@settings(max_examples=20)
@given(st.floats(0.2, 1.5), st.floats(0, 14), st.integers(1, 99))
def test_the_intercept_meets_the_share_of_fakes_however_strong_the_evidence(
    scale: float, nats: float, fakes: int
) -> None:
    assume(
        scale * (nats + 2) + np.log(99) < INTERCEPT_NATS_MAX
    )  # beyond, the intercept ends, as the policy's do
    fake = (np.arange(100) < fakes).astype(np.float64)
    linear, none = np.linspace(nats, nats + 2, 100)[:, None], np.zeros(100)
    nothing = gam.design_at({}, {}, linear[:, :0], none)
    rows = Rows(
        gam.design_at({}, {}, linear, none),
        nothing,
        Binned((), (), (), np.empty((100, 0), np.uint8)),
        fake,
        np.ones(100),
    )
    start = FittedModel(Model(0.0, np.ones(1), {}), Model(0.0, np.empty(0), {}), [])
    weights = _weights({}, rows, _rescaled(rows, start, scale), ("moment",))
    decibans = weights.intercept + weights.structural["moment"] * linear[:, 0] * 10 / np.log(10)
    assert (1 / (1 + 10 ** (-decibans / 10))).mean() == pytest.approx(fakes / 100, abs=0.002)


def _log(accounts: int = 400, likes: int = 4000, seed: int = 0) -> pa.Table:
    random = np.random.default_rng(seed)
    hours = np.sort(random.integers(0, 24 * 60, likes))
    time = [START + timedelta(hours=int(h)) for h in hours]
    return pa.table(
        {
            "account": [f"a{i}" for i in (random.random(likes) ** 2 * accounts).astype(int)],
            "item": [f"v{i}" for i in random.integers(0, 60, likes)],
            "timestamp": pa.array(time, pa.timestamp("us", "UTC")),
        }
    )


def _labels(log: pa.Table, every: int = 1) -> dict[str, Any]:
    """Likes of accounts that are seldom seen are fake, nearly always."""
    account = np.array(log["account"].to_pylist())
    _, inverse, counts = np.unique(account, return_inverse=True, return_counts=True)
    flip = np.random.default_rng(1).random(account.size) < 0.05
    row = np.arange(0, account.size, every)
    return {"row": row, "fake": ((counts[inverse] < 8) ^ flip)[row].astype(int)}


@pytest.mark.parametrize("every", [1, 20])
def test_many_labels_and_few_make_verdicts_better(every: int, tmp_path: Path) -> None:
    log = _log()
    truth = np.asarray(_labels(log)["fake"], np.float64)
    policy = zhenzan.calibrate(zhenzan.verify(log), pa.table(_labels(log, every)))
    path = tmp_path / "policy.toml"
    path.write_text(policy.to_toml(), encoding="utf-8")
    assert load_policy(path) == policy
    chance = zhenzan.verify(log, policy=path).verdicts["fake_probability"].to_numpy()
    assert area_under_curve(truth, chance) > 0.85
    assert chance.mean() == pytest.approx(truth.mean(), abs=0.05)
    assert policy.weights is not None
    assert bool(policy.weights.joints) == (every == 1)


def test_labels_and_log_in_any_order_teach_the_same() -> None:
    log = _log()
    labels = pa.table(_labels(log))
    mixed = np.random.default_rng(2).permutation(log.num_rows)
    back = np.argsort(mixed)
    moved = pa.table({"row": back[labels["row"].to_numpy()], "fake": labels["fake"]})
    first = zhenzan.calibrate(zhenzan.verify(log), labels)
    second = zhenzan.calibrate(zhenzan.verify(log.take(pa.array(mixed))), moved)
    assert first.to_toml() == second.to_toml()


@pytest.mark.parametrize("fake", [0, 1])
def test_labels_of_one_kind_are_refused(fake: int) -> None:
    log = _log(likes=300)
    labels = pa.table({"row": np.arange(100), "fake": np.full(100, fake)})
    with pytest.raises(CalibrationError, match=r"only 0 of the \d+ likes found are"):
        zhenzan.calibrate(zhenzan.verify(log), labels)


def test_a_table_of_an_unknown_feature_is_named_before_the_run() -> None:
    table = Joint(("account_likes", "item_lieks"), ((1.0,), (1.0,)), ((0.0,) * 3,) * 3)
    policy = Policy(weights=Weights(0.0, {}, (), (table,)))
    with pytest.raises(PolicyError, match=r"item_lieks.*item_likes"):
        zhenzan.verify(_log(likes=50), policy=policy)


def test_tables_add_up_in_the_verdict_and_are_explained() -> None:
    table = Joint(("account_likes", "item_likes"), ((2.0,), (1.0,)), ((7.0,) * 3, (-3.0,) * 3, (0.0,) * 3))
    result = zhenzan.verify(_log(likes=50), policy=Policy(weights=Weights(-10.0, {}, (), (table,))))
    name = "calibrated:account_likes*item_likes"
    for verdict in result.verdicts.to_pylist():
        total = -10.0 + sum(reason["decibans"] for reason in verdict["evidence"])
        assert verdict["fake_probability"] == pytest.approx(1 / (1 + 10 ** (-total / 10)), abs=1e-5)
        assert name in [reason["name"] for reason in verdict["evidence"]]
    description = result.summary["evidence_names"][name]
    assert "Likes of the account; together with: Likes of the item." in description
    assert evidence_title(name, "en") == "Learned: account likes and item likes together"
    assert evidence_title(name, "zh") == "学得: account likes 与 item likes"
    assert "together" in evidence_sentence(name, 1.0, "en", {}, {})


def test_tables_stay_few() -> None:
    columns, fake = _opposites(2000, 5)
    many = {f"{name}{i}": values + i for i in range(8) for name, values in columns.items()}
    assert len(fit_tables(binned(many), fake, np.ones(2000), np.zeros(2000))) <= joint_tables.TABLES_MAX
