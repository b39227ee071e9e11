"""Grants as rows: they add up to what the ledger says, whatever came before, and are what the lists said."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.effort import effort

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.machines import KEY, Clock
from tests.rewards.older_grants import as_lists
from tests.rewards.test_market import DAY_US, NOW

from zhenzan.ledger import Ledger, check
from zhenzan.rewards import Catalogue, Claim, cards_account, read_catalogue, reconcile, rotate_names
from zhenzan.store import Database, open_database

WHO, RULES = ("ann", "bo"), ("like", "many", "card")
HOLD_DAYS = 30


def catalogue(appeal_days: int) -> Catalogue:
    return read_catalogue(f"""
format = 1
hold_days = {HOLD_DAYS}
appeal_days = {appeal_days}
[points]
id = "points"
cap = 1_000_000
[[edition]]
id = "card"
cap = 1_000
[[rule]]
id = "like"
points = 1
[[rule]]
id = "many"
points = 5
then = [{{ after = 2, points = 1 }}]
[[rule]]
id = "card"
edition = "card"
""")


Verdicts = dict[tuple[str, str], tuple[int, int]]  # by rule and account: settled, and uncertain beside

verdicts = st.dictionaries(
    st.tuples(st.sampled_from(RULES), st.sampled_from(WHO)), st.tuples(st.integers(0, 4), st.integers(0, 3))
)
steps = st.lists(st.tuples(verdicts, st.integers(0, HOLD_DAYS + 5)), min_size=1, max_size=6)


def run(ledger: Ledger, rules: Catalogue, verdicts: Verdicts) -> None:
    claims = {(rule, who): Claim(f"{rule}-{who}", rule, who, "", "", 0, 0) for rule, who in verdicts}
    reconcile(
        ledger,
        rules,
        [claims[of]._replace(grants=settled) for of, (settled, _) in verdicts.items() if settled],
        {claims[of].key: claims[of]._replace(grants=sum(counts)) for of, counts in verdicts.items()},
    )


def summaries(ledger: Ledger) -> set[tuple[Any, ...]]:
    """What stands, of grants that are anything; of what ran out of time, a row goes on telling."""
    rows = ledger.database.fetch("SELECT key, granted, cards FROM grants")
    return {tuple(row) for row in rows if any(row[1:])}


def adds_up(ledger: Ledger) -> None:
    """The entries are what the ledger has: points not taken back, cards in their places, open holds."""
    rows = ledger.database.fetch(
        "SELECT g.key, g.account, g.granted, g.cards, g.held, e.kind, e.transfer, e.serial, e.amount, e.at, "
        "e.state FROM grants g JOIN grant_entries e ON e.grant_number = g.number ORDER BY g.number, e.seq"
    )
    sums: dict[str, list[int]] = {}
    for key, account, granted, cards, held, kind, transfer, serial, amount, at, state in rows:
        left = sums.setdefault(key, [granted, cards, held])
        record = ledger.find(transfer)
        assert record is not None, transfer
        if state == "held":
            left[2] -= amount
            assert (record.amount, record.expires_at) == (amount, at)
            assert ledger.is_held(transfer) == (at > ledger.clock())
        elif state == "frozen":
            assert ledger.card_hold("card", serial) == transfer
        elif kind == "card" and state == "given":
            left[1] -= 1
            assert ledger.holder("card", serial) == cards_account(ledger, "card", account)
        elif kind == "card" and state == "burnt":
            assert ledger.holder("card", serial) == "burnt:card"
        elif kind != "card" and state in ("given", "returned"):
            rest = ledger.remainders([transfer])[0].amount
            assert (rest == 0) == (state == "returned")
            left[0] -= rest
    assert all(left == [0, 0, 0] for left in sums.values()), sums
    standing = ledger.database.fetch("SELECT key FROM grants WHERE granted > 0 OR cards > 0 OR held > 0")
    assert {key for (key,) in standing} <= sums.keys()


@pytest.mark.also_soak
@settings(max_examples=effort(6, 200))
@given(steps)
def test_after_many_settlements_stands_what_the_last_alone_would_give(
    history: list[tuple[Verdicts, int]],
) -> None:
    rules, clock = catalogue(appeal_days=0), Clock(NOW)
    last = {of: (settled, 0) for of, (settled, _) in history[-1][0].items()}
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(Path(folder) / "many.sqlite", key=KEY, clock=clock) as many,
        Ledger.open(Path(folder) / "once.sqlite", key=KEY, clock=clock) as once,
    ):
        for verdicts, days in history:
            run(many, rules, verdicts)
            adds_up(many)
            clock.now += days * DAY_US
        run(many, rules, last)
        run(once, rules, last)
        assert summaries(many) == summaries(once)
        note = many.last_note()
        run(many, rules, last)
        assert many.last_note() == note, "what stands moved again"
        adds_up(many)
        check(many)


@pytest.mark.also_soak
@settings(max_examples=effort(4, 100))
@given(steps, st.integers(0, 5))
def test_lists_of_an_older_version_become_the_rows_that_this_one_writes(
    history: list[tuple[Verdicts, int]], renamed: int
) -> None:
    rules, clock = catalogue(appeal_days=7), Clock(NOW)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "l.sqlite"
        with Ledger.open(path, key=KEY, clock=clock) as ledger:
            for number, (verdicts, days) in enumerate(history):
                if number == renamed:
                    rotate_names(ledger)
                run(ledger, rules, verdicts)
                clock.now += days * DAY_US
            written, note = _live(ledger.database), ledger.last_note()
        with closing(open_database(path)) as database:
            as_lists(database)
        with Ledger.open(path, key=KEY, clock=clock) as ledger:
            assert _live(ledger.database) == written
            check(ledger)
            adds_up(ledger)
            clock.now -= history[-1][1] * DAY_US
            run(ledger, rules, history[-1][0])
            assert ledger.last_note() == note, "something was paid twice, or taken"


def _live(database: Database) -> list[tuple[Any, ...]]:
    """Grants, with entries but those of which nothing is left and that the lists told nothing of."""
    grants = database.fetch(
        "SELECT key, rule, account, scope, span, granted, turns, spared, cards, held FROM grants ORDER BY key"
    )
    entries = database.fetch(
        "SELECT g.key, e.kind, e.serial, e.transfer, e.amount, e.at, e.state FROM grant_entries e "
        "JOIN grants g ON g.number = e.grant_number WHERE e.state NOT IN ('void', 'burnt', 'spared')"
    )
    return [*map(tuple, grants), *sorted(map(tuple, entries))]
