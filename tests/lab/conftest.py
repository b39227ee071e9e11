"""Small scenarios that all tests of the lab share."""

from __future__ import annotations

import pytest

from zhenzan.lab import Scenario, World, run

SMALL = {
    "world.viewers": 1_500,
    "world.creators": 250,
    "world.items": 900,
    "world.days": 6,
    "seller.*.accounts": 80,
    "buyers.bought_share": 0.1,
}
MARKET = {
    "world.viewers": 3_000,
    "world.creators": 500,
    "world.items": 2_000,
    "world.days": 10,
    "buyers.demand": "profit",
    "buyers.consider_per_day": 0.15,
    "seller.*.accounts": 200,
    "seller.*.rings": 1,
}


@pytest.fixture(scope="session")
def small() -> Scenario:
    """A world of a second: every strategy sells, nobody looks."""
    return Scenario().changed(SMALL)


@pytest.fixture(scope="session")
def market() -> Scenario:
    """A market of a few seconds in which creators buy where they expect to gain."""
    return Scenario().changed(MARKET)


@pytest.fixture(scope="session")
def world(small: Scenario) -> World:
    """The small world with seed 3, its views kept. For reading only."""
    return run(small.changed({"records.views": 0.5, "records.gestures": True}), 3)
