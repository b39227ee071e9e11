"""What labels say of other likes of an account or item: learned forwards, told by id, never of strangers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zhenzan
from zhenzan.policy import REPUTATION_IDS_MAX, Policy, Reputation, Weights, Witness
from zhenzan.progress import SILENT
from zhenzan.verify.calibration.calibrate import calibration_report
from zhenzan.verify.calibration.forward_validation import Fold, area_under_curve
from zhenzan.verify.calibration.random_effects import (
    DECIBANS_MAX,
    PULLS,
    intercepts,
    reputation_of,
    shrinkage_of,
)
from zhenzan.verify.report.phrases import evidence_sentence, evidence_title

START = datetime(2026, 1, 1, tzinfo=UTC)
ACCOUNTS, ITEMS, LIKES = 300, 40, 6000
fewer = settings(max_examples=40)


@fewer
@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.floats(-4, 4), st.floats(0.1, 2)), min_size=1),
    st.sampled_from(PULLS),
)
def test_a_height_is_where_labels_and_prior_balance(
    labels: list[tuple[int, bool, float, float]], pull: float
) -> None:
    code = np.array([label[0] for label in labels])
    fake, score, weight = (np.array([label[i] for label in labels], np.float64) for i in (1, 2, 3))
    learned = intercepts(code, score, fake, weight, pull)
    chance = 1 / (1 + np.exp(-(score + learned[code])))
    balance = np.bincount(code, weight * (fake - chance), learned.size) - pull * learned
    assert np.allclose(balance, 0, atol=1e-4)
    for id_code in np.unique(code):
        own = code == id_code
        kinds = set(fake[own].tolist())
        assert (
            (learned[id_code] > 0) if kinds == {1.0} else (learned[id_code] < 0) if kinds == {0.0} else True
        )
    assert np.all(learned[np.setdiff1d(np.arange(learned.size), code)] == 0)


def _folds(fake: np.ndarray) -> list[Fold]:
    """As if all that were known before were how many are fake."""
    n, score = fake.size, np.log(fake.mean() / (1 - fake.mean()))
    ends = ((n // 2, 3 * n // 4), (3 * n // 4, n))
    return [Fold(np.full(end, score), np.full(last - end, score)) for end, last in ends]


def test_ids_that_are_alike_are_believed_and_chance_is_not() -> None:
    random = np.random.default_rng(0)
    code, n = random.integers(0, 200, 4000), 4000
    liar = random.random(200) < 0.5
    fake = np.where(random.random(n) < 0.95, liar[code], ~liar[code]).astype(np.float64)
    pull, more = shrinkage_of("account", code, _folds(fake), fake, np.ones(n))
    assert pull is not None
    assert area_under_curve(fake[n // 2 :], np.concatenate(more)) > 0.93
    for seed in range(5):
        shuffled = np.random.default_rng(seed).permutation(fake)
        assert shrinkage_of("account", code, _folds(shuffled), shuffled, np.ones(n))[0] is None


def test_ids_seen_once_teach_nothing() -> None:
    fake = np.random.default_rng(1).integers(0, 2, 1000).astype(np.float64)
    pull, more = shrinkage_of("account", np.arange(1000), _folds(fake), fake, np.ones(1000))
    assert pull is None
    assert not np.concatenate(more).any()


@fewer
@given(st.lists(st.floats(-20, 20), max_size=50))
def test_a_reputation_holds_what_is_worth_telling(nats: list[float]) -> None:
    ids = pa.array([f"a{i}" for i in range(len(nats))])
    reputation = reputation_of("item", np.array(nats), ids)
    decibans = np.clip(np.array(nats) * 10 / np.log(10), -DECIBANS_MAX["item"], DECIBANS_MAX["item"]).round(1)
    expected = {
        f"a{i}": decibans_of_id
        for i, decibans_of_id in enumerate(decibans.tolist())
        if abs(decibans_of_id) >= 0.5
    }
    assert (dict(zip(reputation.ids, reputation.decibans, strict=True)) if reputation else {}) == expected


def test_of_too_many_ids_the_loudest_stay() -> None:
    height = np.linspace(0.2, 2, REPUTATION_IDS_MAX + 10)
    reputation = reputation_of("account", height, pa.array(np.arange(height.size)))
    assert reputation is not None
    assert len(reputation.ids) == REPUTATION_IDS_MAX
    dropped = np.setdiff1d(np.arange(height.size), np.array(reputation.ids, np.int64))
    assert height[dropped].max() * 10 / np.log(10) < min(reputation.decibans) + 0.05


def _log(seed: int = 0, names: str = "a", liars: int = 60) -> tuple[pa.Table, np.ndarray]:
    """Likes at random, and which of them are of the accounts that lie; nothing else tells these."""
    random = np.random.default_rng(seed)
    account = random.integers(0, ACCOUNTS, LIKES)
    minutes = np.sort(random.choice(60 * 24 * 60, LIKES, replace=False))
    log = pa.table(
        {
            "account": [f"{names}{i}" for i in account],
            "item": [f"v{i}" for i in random.integers(0, ITEMS, LIKES)],
            "timestamp": pa.array(
                [START + timedelta(minutes=int(m)) for m in minutes], pa.timestamp("us", "UTC")
            ),
        }
    )
    return log, account < liars


def _learned(log: pa.Table, fake: np.ndarray, most: int) -> Policy:
    return zhenzan.calibrate(
        zhenzan.verify(log), pa.table({"row": np.arange(most), "fake": fake[:most].astype(int)})
    )


def test_an_account_that_lied_is_not_believed_later_and_why_is_told() -> None:
    log, fake = _log()
    policy = _learned(log, fake, LIKES * 6 // 10)
    assert policy.weights is not None
    assert "account" in [reputation.of for reputation in policy.weights.reputations]
    result = zhenzan.verify(log, policy=policy)
    later = slice(LIKES * 8 // 10, None)
    chance = result.verdicts["fake_probability"].to_numpy()[later]
    assert area_under_curve(fake[later], chance) > 0.99
    plain = zhenzan.verify(log, policy=Policy(weights=Weights(policy.weights.intercept)))
    assert area_under_curve(fake[later], plain.verdicts["fake_probability"].to_numpy()[later]) < 0.6
    row = int(np.flatnonzero(fake[later])[0]) + later.start
    evidence = {e["name"]: e["decibans"] for e in result.verdicts["evidence"][row].as_py()}
    assert evidence["calibrated:account"] > 3
    assert "labels say of likes of this account" in result.summary["evidence_names"]["calibrated:account"]
    assert evidence_title("calibrated:account", "zh") == "账号的标注"
    assert "were fake" in evidence_sentence("calibrated:account", 5.0, "en", {}, {})
    assert result.summary["policy"]["weights"]["reputation"][0]["ids"] > 100


class _Heard:
    """A progress that is silent, but remembers sentences."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.step, self.say = SILENT.step, self.sentences.append


def test_the_same_names_on_another_platform_are_other_people() -> None:
    policy = _learned(*_log(), LIKES)
    strangers, _ = _log(seed=1)
    heard = _Heard()
    result = zhenzan.verify(strangers, policy=policy, progress=heard)
    assert "calibrated:account" not in result.summary["evidence_names"]
    assert any("another platform" in text for text in heard.sentences)


def test_a_later_log_of_the_platform_and_a_part_of_it_are_known() -> None:
    log, fake = _log()
    policy = _learned(log, fake, LIKES)
    later = log.set_column(
        2, "timestamp", pa.array([t + timedelta(days=90) for t in log["timestamp"].to_pylist()])
    )
    part = log.filter(pa.array([name == "v7" for name in log["item"].to_pylist()]))
    for known in (later, part, log):
        assert "calibrated:account" in zhenzan.verify(known, policy=policy).summary["evidence_names"]


def test_who_is_labelled_as_a_whole_is_known_and_proves_nothing() -> None:
    log, fake = _log()
    names = log["account"].to_pylist()
    known = {name: bool(lies) for name, lies in zip(names, fake, strict=True)}
    labels = pa.table({"account": list(known), "fake": [int(lies) for lies in known.values()]})
    report = calibration_report(zhenzan.verify(log), labels)
    by_row = calibration_report(
        zhenzan.verify(log), pa.table({"row": np.arange(LIKES), "fake": fake.astype(int)})
    )
    assert report.auc < 0.85 < 0.98 < by_row.auc
    assert report.policy.weights is not None
    account = next(
        reputation for reputation in report.policy.weights.reputations if reputation.of == "account"
    )
    assert all(
        (decibans > 0) == known[name] for name, decibans in zip(account.ids, account.decibans, strict=True)
    )


@pytest.mark.parametrize("ids", [("1", "x"), ("x", "y")])
def test_ids_may_be_numbers(ids: tuple[str, ...]) -> None:
    log, _ = _log()
    numbered = log.set_column(0, "account", pa.array([int(name[1:]) for name in log["account"].to_pylist()]))
    weights = Weights(-10.0, reputations=(Reputation("account", ids, (7.0, -7.0)),))
    result = zhenzan.verify(numbered, policy=Policy(weights=weights))
    flags = [
        bool(evidence) and evidence[0]["decibans"] == 7.0
        for evidence in result.verdicts["evidence"].to_pylist()
    ]
    expected = [account == 1 and "1" in ids for account in numbered["account"].to_pylist()]
    assert flags == expected


def test_witnesses_that_a_log_cannot_know_say_nothing() -> None:
    log, _ = _log()
    witnesses = (Witness("nobody", "v1", 0), Witness("a1", "v1", 5 * 10**15))
    weights = Weights(-10.0, {}, (), (), (Reputation("item", ("v1",), (3.0,)),), witnesses)
    assert "calibrated:item" in zhenzan.verify(log, policy=Policy(weights=weights)).summary["evidence_names"]
