"""The order in which likes without evidence are reviewed: one-off accounts first, and nothing else moves."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from tests.testing.worlds import ordinary_world

import zhenzan


@pytest.fixture(scope="module")
def verdicts() -> pa.Table:
    return zhenzan.verify(ordinary_world(11, rings=2).log().table()).verdicts


def silent(verdicts: pa.Table) -> np.ndarray:
    probability = verdicts["fake_probability"].to_numpy()
    return np.asarray(probability == np.float32(0.002)) | (np.abs(probability - 0.002) < 1e-7)


def test_it_is_the_probability_where_anything_speaks(verdicts: pa.Table) -> None:
    suspicion, probability = (verdicts[name].to_numpy() for name in ("suspicion", "fake_probability"))
    spoken = ~silent(verdicts)
    assert spoken.any()
    assert np.array_equal(suspicion[spoken], probability[spoken])


def test_silent_likes_stay_within_a_twentieth_of_the_prior(verdicts: pa.Table) -> None:
    suspicion = verdicts["suspicion"].to_numpy()[silent(verdicts)]
    assert 0.95 * 0.002 < suspicion.min() < 0.002 < suspicion.max() < 1.06 * 0.002


def test_accounts_with_fewer_likes_come_first(verdicts: pa.Table) -> None:
    quiet = verdicts.filter(pa.array(silent(verdicts)))
    account = quiet["account"].to_pylist()
    likes = {name: account.count(name) for name in set(account[:400])}
    count = np.array([likes[name] for name in account[:400]])
    suspicion = quiet["suspicion"].to_numpy()[:400]
    assert np.corrcoef(count, suspicion)[0, 1] < -0.3


@pytest.mark.parametrize("likes", [2, 30, 300])
def test_a_log_that_teaches_nothing_keeps_the_prior(likes: int) -> None:
    time = pa.array(np.full(likes, 1_700_000_000_000_000)).cast(pa.timestamp("us", "UTC"))
    log = pa.table(
        {
            "account": [f"a{i}" for i in range(likes)],
            "item": [f"v{i}" for i in range(likes)],
            "timestamp": time,
        }
    )
    suspicion = zhenzan.verify(log).verdicts["suspicion"].to_numpy()
    assert np.all(np.isfinite(suspicion))
    assert np.allclose(suspicion, 0.002, rtol=1e-3)
