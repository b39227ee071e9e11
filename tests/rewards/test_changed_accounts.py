"""A run for the accounts of which something changed leaves the ledger as a run for all does."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from tests.effort import effort

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.machines import KEY
from tests.settlement.test_finalize import ACCOUNTS, CATALOGUE, DAY_US, DAYS, START, Like, logs, result

from zhenzan.ledger import Ledger, check
from zhenzan.rewards import Decision, claims, moved_accounts, pending_claims, run_rewards
from zhenzan.rewards.earned_claims import uncertain_accounts

STATES = {
    "grants": "SELECT rule, account, scope, span, granted FROM grants WHERE granted > 0 OR cards > 0",
    "cards": "SELECT rule, account, scope, span, cards, held, spared FROM grants "
    "WHERE cards > 0 OR held > 0 OR spared > 0",
    "entries": "SELECT g.rule, g.account, g.scope, g.span, e.kind, e.state, e.amount FROM grant_entries e "
    "JOIN grants g ON g.number = e.grant_number WHERE e.state IN ('held', 'frozen')",
    "levels": "SELECT account, ladder, scope, score FROM levels",
}


def state(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    tables = {name: sorted(map(tuple, ledger.database.fetch(text))) for name, text in STATES.items()}
    accounts = [f"points:a{i}" for i in range(ACCOUNTS)]
    tables["points"] = [
        (account, ledger.balance(account).available if ledger.is_open(account) else 0) for account in accounts
    ]
    return tables


@settings(max_examples=effort(6, 60))
@given(logs, st.sets(st.integers(0, ACCOUNTS - 1), max_size=1))
def test_only_who_has_uncertain_likes_hopes_for_more(likes: list[Like], bots: set[int]) -> None:
    result_now = result(likes, bots)
    settled = {claim.key: claim.grants for claim in claims(result_now, CATALOGUE)}
    some = pending_claims(result_now, CATALOGUE, among=uncertain_accounts(result_now))
    for key, claim in pending_claims(result_now, CATALOGUE).items():
        assert claim.grants == settled.get(key, 0) or some[key] == claim


@pytest.mark.also_soak
@settings(max_examples=effort(3, 60))
@given(
    st.lists(st.tuples(logs, st.sets(st.integers(0, ACCOUNTS - 1), max_size=1)), min_size=2, max_size=4),
    st.dictionaries(
        st.integers(0, ACCOUNTS - 1).map(lambda i: f"a{i}"),
        st.builds(Decision, st.booleans(), st.integers(START, START + DAYS * DAY_US)),
        max_size=1,
    ),
)
def test_what_changed_is_enough(
    versions: list[tuple[list[Like], set[int]]], decided: dict[str, Decision]
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(Path(folder) / "all.sqlite", key=KEY) as whole,
        Ledger.open(Path(folder) / "some.sqlite", key=KEY) as some,
    ):
        before = None
        for turn, (likes, bots) in enumerate(versions):
            result_now = result(likes, bots)
            decisions = decided if turn else {}
            among = None if before is None else moved_accounts(before, result_now) | decided.keys()
            run_rewards(whole, CATALOGUE, result_now, decided=decisions)
            run_rewards(some, CATALOGUE, result_now, decided=decisions, among=among)
            assert state(some) == state(whole)
            before = result_now
        check(some)


def test_what_stays_as_it_was_moves_nobody() -> None:
    likes: list[Like] = [(0, 0, 5, "genuine", 1.0), (1, 1, 6, "uncertain", 1.0), (2, 2, 7, "fake", 1.0)]
    assert moved_accounts(result(likes), result(likes)) == set()
    changed: list[Like] = [(0, 0, 5, "genuine", 1.0), (1, 1, 6, "genuine", 1.0), (2, 2, 7, "fake", 0.1)]
    assert moved_accounts(result(likes), result(changed)) == {"a1"}
    assert moved_accounts(result(likes), result(likes, {0})) == {"a0"}
    assert moved_accounts(result([]), result(likes)) == {"a0", "a1"}
