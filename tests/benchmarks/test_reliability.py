"""The reliability diagrams: what they show of known scores."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.families.halves import HIRING
from benchmarks.world import World

from benchmarks import reliability
from zhenzan.progress import SILENT

SMALL = next(family for family in HIRING if (family.half, family.name) == ("development", "small"))


def _knows_all(world: World) -> SimpleNamespace:
    return SimpleNamespace(probability=np.where(world.is_bought, 0.9, 0.1))


def test_points_are_the_bins_that_hold_likes() -> None:
    stated = reliability.Stated(np.array([0.01, 0.02, 0.5, 0.99]), np.array([False, False, True, True]))
    rows = reliability.points(stated.reliability).to_pylist()
    assert [(row["likes"], row["said"], row["bought"]) for row in rows] == [
        (2, "2", 0.0),
        (1, "1", 1.0),
        (1, "1", 1.0),
    ]
    assert all(row["from"] <= row["stated"] <= row["to"] for row in rows)
    assert stated.middle.bought.tolist() == [True]


@pytest.mark.parametrize(
    ("likes", "words"),
    [(7, "7"), (999, "999"), (1_000, "1.0k"), (9_960, "10k"), (999_400, "999k"), (999_600, "1.0M")],
)
def test_counts_are_short(likes: int, words: str) -> None:
    assert reliability._short(likes) == words


def test_a_drawing_names_its_families_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reliability, "warm_up", lambda: None)
    monkeypatch.setattr(reliability, "opine", _knows_all)
    monkeypatch.setattr(reliability, "HIRING", (SMALL,))
    families = reliability.measured(SILENT, (3,), quick=True)["development"]
    drawn = reliability.drawing(families)
    stated = families["small"]
    assert ">small<" in drawn
    assert f">{reliability._short(int(stated.bought.sum()))}<" in drawn


def test_pictures_of_both_halves_are_in_the_documentation() -> None:
    docs = reliability.IMAGES.parent
    page = (docs / "explanation" / "worlds.md").read_text(encoding="utf-8")
    for half in reliability.HALVES:
        assert f"../images/reliability-{half}.svg" in page
        assert (docs / "images" / f"reliability-{half}.svg").exists()
