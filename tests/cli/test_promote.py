"""Orders played from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from zhenzan.promote import SIMULATION_NUMBERS

if TYPE_CHECKING:
    from conftest import Run


def test_orders_are_played_and_their_promises_printed(zhenzan: Run) -> None:
    done = zhenzan("promote", "simulate", "--orders", 1, "--units", 3, "--seed", 5, "--json")
    assert done.code == 0, done.err
    numbers = json.loads(done.out)
    assert set(numbers) == {*SIMULATION_NUMBERS, "rules"}
    assert (numbers["orders"], numbers["units"], numbers["seed"]) == (1, 3, 5)
    assert numbers["over_delivered"] == numbers["ledger_difference"] == 0
    assert numbers["billed"] == numbers["settled_value"]
    assert numbers["refunded"] <= numbers["paid"]
    assert numbers["completed"] <= numbers["feasible"] <= numbers["accepted"]
    assert len(numbers["rules"]) == 5


def test_what_cannot_be_played_is_one_clear_line(zhenzan: Run) -> None:
    done = zhenzan("promote", "simulate", "--orders", 0)
    assert (done.code, done.out) == (1, "")
    assert "--orders" in done.err
