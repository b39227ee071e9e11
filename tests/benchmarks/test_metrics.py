import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks import metrics, worlds

sklearn_metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the independent reference")


@pytest.mark.parametrize("levels", [3, 50, 10**6])
def test_curves_agree_with_scikit_learn(levels: int) -> None:
    rng = np.random.default_rng(levels)
    truth = rng.random(3000) < 0.1
    score = np.round((rng.normal(0, 1, 3000) + truth * 1.5) * levels) / levels
    expected = sklearn_metrics.average_precision_score(truth, score)
    assert metrics.average_precision(score, truth) == pytest.approx(expected, abs=1e-12)
    assert metrics.area_under_roc(score, truth) == pytest.approx(sklearn_metrics.roc_auc_score(truth, score))


def test_rand_index_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    left = rng.integers(0, 5, 500)
    right = np.where(rng.random(500) < 0.8, left, rng.integers(0, 7, 500))
    expected = sklearn_metrics.adjusted_rand_score(left, right)
    assert metrics.adjusted_rand_index(left, right) == pytest.approx(expected)


def test_rings_that_were_not_found_count_as_loners() -> None:
    planted = np.repeat([0, 1], 10)
    assert metrics.adjusted_rand_index(planted, planted) == 1.0
    assert metrics.adjusted_rand_index(planted, np.full(20, -1)) == 0.0


def test_recall_at_precision_keeps_the_promise() -> None:
    rng = np.random.default_rng(2)
    truth = rng.random(5000) < 0.2
    score = rng.normal(0, 1, 5000) + 3 * truth
    recall, threshold = metrics.recall_at_precision(score, truth, 0.95)
    called = score >= threshold
    assert truth[called].mean() >= 0.95
    assert (called & truth).sum() / truth.sum() == pytest.approx(recall)


def test_no_threshold_gives_no_recall() -> None:
    assert metrics.recall_at_precision(np.array([2.0, 1.0]), np.array([False, True]), 0.99)[0] == 0.0


def test_a_calibrated_probability_has_no_calibration_error() -> None:
    rng = np.random.default_rng(3)
    probability = rng.random(200_000)
    truth = rng.random(200_000) < probability
    assert metrics.reliability(probability, truth).error < 0.01
    assert metrics.reliability(probability**3, truth).error > 0.1


def test_the_truth_itself_is_judged_perfect_and_camouflage_is_left_out() -> None:
    world = worlds.lab_world(3, likes=30_000)
    score = (world.kind_of_like != worlds.NATURAL).astype(float)
    judged = metrics.judge(world, score, called_fake=score > 0.5, ring=world.ring, is_probability=True)
    assert judged.average_precision == judged.recall_at_99 == judged.precision_of_verdicts == 1.0
    assert judged.natural_called_fake == judged.calibration_error == 0.0
    assert judged.camouflage_called_fake == 1.0
    assert judged.rings_rand_index == 1.0
    assert set(judged.recall_by_kind.values()) == {1.0}
    assert set(judged.called_fake_by_confounder.values()) == {0.0}
