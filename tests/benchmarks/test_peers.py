import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.polling import PATIENCE_SECONDS

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.metrics import average_precision

from benchmarks import peers, worlds


@pytest.fixture(scope="module")
def farms() -> worlds.World:
    return worlds.farms_world(1, likes=60_000, window="item")


def _precision_on_dense_farm(world: worlds.World, score: np.ndarray) -> float:
    some = world.is_natural | (world.of("farm_dense") & world.is_bought)
    return average_precision(score[some], world.is_bought[some])


@pytest.mark.parametrize("peer", peers.PEERS, ids=lambda peer: peer.name)
def test_every_peer_scores_every_like(peer: peers.Peer) -> None:
    for library in {"HBOS": "pyod", "isolation": "pyod", "FRAUDAR": "fraudar", "gradient": "sklearn"}.items():
        if peer.name.startswith(library[0]):
            pytest.importorskip(library[1], reason="peers are installed by `make bench`")
    # One thread: on a busy machine boosting spends its time waiting for its own threads otherwise.
    threads = pytest.importorskip("threadpoolctl", reason="comes with scikit-learn")
    world = worlds.lab_world(2, likes=20_000)
    with threads.threadpool_limits(1):
        score = peer.score(world)
    assert score.shape == (len(world),)
    assert np.isfinite(score).all()


def test_synchrony_and_cores_find_a_farm_that_works_in_lockstep(farms: worlds.World) -> None:
    pytest.importorskip("scipy", reason="peers are installed by `make bench`")
    assert _precision_on_dense_farm(farms, peers.synchrony(farms)) > 0.5
    assert _precision_on_dense_farm(farms, peers.near_bipartite_cores(farms)) > 0.9


def test_account_counts_are_what_they_say() -> None:
    hour = 3_600_000_000
    zeros = np.zeros(5, dtype=np.int8)
    account = np.array([7, 7, 7, 7, 3])
    world = worlds.World(
        "tiny",
        account,
        np.array([1, 2, 3, 4, 1]),
        np.array([1, 1, 2, 2, 1]),
        np.array([0, hour, 3 * hour, 30 * hour, 5 * hour]),
        zeros,
        zeros,
        zeros - 1,
        zeros - 1,
    )
    counts, code = peers.account_counts(world)
    assert code.tolist() == [1, 1, 1, 1, 0]
    likes, creators, busiest_hour, busiest_day, days, span, gap, _, per_day, hours = counts[1].tolist()
    assert (likes, creators, busiest_hour, busiest_day, days) == (4, 2, 1, 3, 2)
    assert (span, gap, per_day, hours) == (30, 120, 2, 4)
    assert counts[0, 6] == -1  # one like has no gap


def _sleep(world: worlds.World) -> np.ndarray:
    time.sleep(60)
    return np.zeros(len(world))


def _fail(world: worlds.World) -> np.ndarray:
    raise ValueError("no such thing")


def test_a_peer_that_takes_too_long_or_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "START_SECONDS", 0.0)
    world = worlds.lab_world(2, likes=20_000)
    late = peers.attempt(peers.Peer("late", _sleep), world, limit_seconds=0.2)
    assert late.score is None
    assert "no result" in late.failure
    monkeypatch.setattr(peers, "START_SECONDS", PATIENCE_SECONDS)
    broken = peers.attempt(peers.Peer("broken", _fail), world, limit_seconds=5)
    assert broken.score is None
    assert "no such thing" in broken.failure
