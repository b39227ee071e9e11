"""The lab's world in the form of the benchmark's."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.lab_world import lab_world
from benchmarks.metrics import judge
from benchmarks.zhenzan_method import Opinion

from benchmarks import accuracy, calibration, document, worlds
from zhenzan.lab import Scenario, run
from zhenzan.lab.realism import compare, viewing_of
from zhenzan.progress import SILENT


def _oracle(world: worlds.World) -> Opinion:
    """A detector that knows the truth."""
    probability = np.where(world.is_natural, 0.01, 0.99)
    judged = judge(world, probability, probability > 0.9, world.ring, is_probability=True)
    return Opinion(probability, probability > 0.9, world.ring, 1.0, judged)


@pytest.fixture(scope="module")
def small() -> worlds.World:
    return lab_world(3, likes=200_000, context=True)


def test_every_confounder_and_way_of_selling_is_there(small: worlds.World) -> None:
    for name in worlds.CONFOUNDERS:
        assert (small.of(name) & small.is_natural).sum() > 20, name
    for name in ("burst", "drip", "tiny", "crowd", "throwaway"):
        assert (small.of(name) & small.is_bought).sum() > 100, name


def test_bought_likes_belong_to_orders_and_rings_but_for_throwaway_accounts(small: worlds.World) -> None:
    bought = small.is_bought
    assert 0.02 < bought.mean() < 0.08
    assert (small.campaign[bought] >= 0).all()
    assert (small.campaign[small.is_natural] == -1).all()
    fresh = small.of("throwaway")
    assert (small.ring[bought & ~fresh] >= 0).all()
    assert (small.ring[fresh] == -1).all()


def test_paid_people_like_for_pleasure_too(small: worlds.World) -> None:
    paid = np.unique(small.account[small.of("crowd") & small.is_bought])
    natural = np.isin(small.account[small.is_natural], paid)
    assert natural.sum() > 0.3 * (small.of("crowd") & small.is_bought).sum()


def test_no_account_likes_an_item_twice_and_rows_are_in_order_of_time(small: worlds.World) -> None:
    pairs = np.stack((small.account, small.item))
    assert np.unique(pairs, axis=1).shape[1] == len(small)
    assert (np.diff(small.timestamp) >= 0).all()
    assert small.ip is not None
    assert len(small.ip) == len(small)


@pytest.mark.soak
def test_the_lab_is_a_section_with_a_row_for_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accuracy, "QUICK_LIKES", 200_000)
    monkeypatch.setattr(accuracy, "opine", _oracle)
    monkeypatch.setattr(accuracy, "warm_up", lambda: None)
    text = accuracy.lab(SILENT, quick=True)
    for name in ("burst", "drip", "tiny", "crowd", "throwaway", "viral", "storm", "cohort", "hunter"):
        assert f"| {name} |" in text
    assert "| **mean** | – | – | 1.000 | 1.000 | 0.000 % | 1.000 | 0.010 | 100.000 % | 1.0 s |" in text


def test_prices_lie_within_public_lists() -> None:
    try:
        text = calibration.prices(Scenario())
    except FileNotFoundError as error:
        pytest.skip(str(error))
    assert "**no**" not in text


def test_the_picture_shows_both_sides(small: worlds.World) -> None:
    scenario = Scenario().changed(
        {
            "world.viewers": 800,
            "world.creators": 100,
            "world.items": 300,
            "world.days": 4,
            "records.views": 1.0,
        }
    )
    one, other = (viewing_of(run(scenario, seed)) for seed in (1, 2))
    chart = calibration.picture(one, other).to_dict()
    assert len(chart["hconcat"]) == 4
    assert calibration.distances(compare(one, other)).count("\n") > 20
    assert document.table(("a",), []).startswith("| a |")
