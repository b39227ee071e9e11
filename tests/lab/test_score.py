"""The score of a verification: right on answers that are known to be right or wrong."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from zhenzan.errors import ResultError
from zhenzan.lab import World, score
from zhenzan.verify import Result


def answer(world: World, probability: np.ndarray, ring: np.ndarray) -> Result:
    """A result that gives these probabilities to the likes of the world, and rings to its accounts."""
    likes = world.likes
    accounts = pa.table(
        {"account": world.accounts["account"], "ring": pa.array(ring.astype(np.int32), mask=ring < 0)}
    )
    verdicts = pa.table(
        {
            "row": likes["row"],
            "account": likes["account"],
            "fake_probability": pa.array(probability.astype(np.float32)),
            "verdict": pa.array(np.where(probability > 0.5, "fake", "genuine")),
        }
    )
    return Result({"verdicts": verdicts, "accounts": accounts}, {})


def kinds(world: World) -> np.ndarray:
    return np.asarray(world.likes["kind_of_like"].cast("string").to_numpy())


def test_the_truth_scores_one_and_its_opposite_next_to_nothing(world: World) -> None:
    paid = (kinds(world) == "bought").astype(float)
    ring = world.accounts["ring"].fill_null(-1).to_numpy()
    right = score(answer(world, paid, ring), world.truth)
    assert right.average_precision == right.recall_at_99 == right.rings_rand_index == 1.0
    assert right.natural_called_fake == 0.0
    assert right.bought_called_fake == right.precision_of_verdicts == 1.0
    assert set(right.average_precision_by_strategy.values()) == {1.0}
    wrong = score(answer(world, 1 - paid, np.full(len(ring), -1)), world.truth)
    assert wrong.average_precision < 0.2
    assert wrong.recall_at_99 == 0.0
    assert wrong.rings_rand_index == pytest.approx(0.0, abs=1e-9)
    assert wrong.called_fake_by_confounder["fans"] == 1.0


def test_camouflage_counts_neither_way(world: World) -> None:
    kind = kinds(world)
    ring = np.full(world.accounts.num_rows, -1)
    results = [
        score(answer(world, np.where(kind == "camouflage", value, kind == "bought"), ring), world.truth)
        for value in (0.0, 1.0)
    ]
    assert results[0].average_precision == results[1].average_precision == 1.0
    assert (results[0].camouflage_called_fake, results[1].camouflage_called_fake) == (0.0, 1.0)


def test_plain_values_are_json_without_nan(world: World) -> None:
    nothing = score(
        answer(world, np.zeros(len(kinds(world))), np.full(world.accounts.num_rows, -1)), world.truth
    )
    assert nothing.to_dict()["precision_of_verdicts"] is None


def test_a_shorter_truth_is_of_another_log(world: World) -> None:
    result = answer(world, np.zeros(len(kinds(world))), np.full(world.accounts.num_rows, -1))
    with pytest.raises(ResultError, match="belong to different logs"):
        score(result, world.truth.slice(0, 10))
