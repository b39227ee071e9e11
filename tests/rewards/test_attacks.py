"""Nobody ends with more than their genuine likes are worth, whatever they do."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.effort import effort

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from tests.rewards.attacks import FINAL_HOURS, LIST_PRICE, PEOPLE, PERSON, Town


def lived(new_database: Callable[[Path], str | Path], seed: int, steps: int, *, waits: bool) -> set[str]:
    """A town's life, and at its end the balance of each person; gives what was done in it."""
    with tempfile.TemporaryDirectory() as folder:
        town = Town(new_database(Path(folder)), Path(folder), seed, waits=waits)
        try:
            for _ in range(steps):
                town.step()
            town.end()
            for person in PEOPLE:
                debts = sum(town.owed(account) for account in PEOPLE[person])
                gain, worth = town.gain(person), town.worth(person)
                if waits:
                    assert debts == 0, (seed, person)
                    assert gain <= worth, (seed, person)
                else:
                    assert gain - debts <= worth + LIST_PRICE * town.spared(person), (seed, person)
            assert sum(map(town.posted, PERSON)) <= town.ledger.issued("points")[0]
            return {*town.done, *(["owe"] if town.ever_owed else [])}
        finally:
            town.close()


def on_sqlite(folder: Path) -> Path:
    return folder / "town.sqlite"


@pytest.mark.also_soak
@pytest.mark.parametrize("waits", [True, False])
def test_nobody_gains_by_anything_but_genuine_likes(waits: bool) -> None:
    done = set[str]()
    for seed in range(2, effort(3, 6)):
        done |= lived(on_sqlite, seed, effort(250, 5_000), waits=waits)
    assert done >= {"like", "day", "list_card", "offer", "rent", "redeem", "decide", "bid: refused"}
    assert waits or done >= {"buy", "bid", "owe"}


@pytest.mark.also_soak
def test_nor_on_postgresql(new_postgres: Callable[[], str]) -> None:
    lived(lambda folder: new_postgres(), 7, effort(60, 5_000), waits=True)
    lived(lambda folder: new_postgres(), 8, effort(40, 5_000), waits=False)


def test_the_wait_covers_the_verdicts_of_the_town() -> None:
    with tempfile.TemporaryDirectory() as folder:
        town = Town(on_sqlite(Path(folder)), Path(folder), 0, waits=True)
        assert town.catalogue.spendable_after_hours == FINAL_HOURS
        town.close()
