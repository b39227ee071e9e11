"""What is uncertain is held and settles or is voided; what turned out fake is frozen, cited and, after an
appeal, restored.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from tests.effort import effort

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.machines import KEY, Clock
from tests.rewards.test_reconcile import CATALOGUE, logs, plainly, result

from zhenzan.ledger import Ledger, NotHolderError, Transfer, check
from zhenzan.rewards import (
    Appeals,
    claims,
    holdings,
    pending_claims,
    points_account,
    read_catalogue,
    reconcile,
)
from zhenzan.rewards.account_ids import cards_account
from zhenzan.rewards.reconcile import RunTotals
from zhenzan.rewards.reversal_reasons import ReversalReasons

DAY_US = 86_400_000_000
NOW = 1_900_000_000_000_000
Likes = list[tuple[int, int, int, str]]


def run(ledger: Ledger, likes: Likes, catalogue_text: str = CATALOGUE) -> RunTotals:
    catalogue, log = read_catalogue(catalogue_text), result(likes)
    cited = ReversalReasons(log, ledger)
    return reconcile(ledger, catalogue, claims(log, catalogue), pending_claims(log, catalogue), cited)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.mark.also_soak
@settings(max_examples=effort(6, 200))
@given(st.lists(logs, min_size=1, max_size=4))
def test_what_is_held_is_what_uncertain_likes_would_add_and_a_second_run_adds_no_event(
    versions: list[Likes],
) -> None:
    roomy = CATALOGUE.replace("budget = 60", "budget = 6000").replace("cap = 6\n", "cap = 600\n")
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(Path(folder) / "l", key=KEY, clock=Clock(NOW)) as ledger,
    ):
        for likes in versions:
            run(ledger, likes, roomy)
            note = ledger.last_note()
            run(ledger, likes, roomy)
            assert ledger.last_note() == note
            earned, badges = plainly(likes)
            hoped, hoped_badges = plainly([(*like[:3], "genuine") for like in likes if like[3] != "fake"])
            for number in range(5):
                account = f"a{number}"
                for name, want, hope in (
                    (points_account(ledger, account), earned[account], hoped[account]),
                    (cards_account(ledger, "badge", account), badges[account], hoped_badges[account]),
                ):
                    if want or hope or ledger.is_open(name):
                        balance = ledger.balance(name)
                        assert (balance.posted, balance.credits_pending) == (want, hope - want)
        check(ledger)


def uncertain(likes: Likes, verdict: str) -> Likes:
    return [(*like[:3], verdict) for like in likes]


def test_a_new_card_has_no_serial_to_transfer_until_its_likes_settle(ledger: Ledger) -> None:
    likes: Likes = [(0, item, 5, "uncertain") for item in (0, 4, 8)]
    run(ledger, likes)
    mine = cards_account(ledger, "badge", "a0")
    assert ledger.balance(mine).credits_pending == 1
    sale = Transfer(id="sale", debit=mine, credit="burnt:badge", asset="badge", amount=1, serial=1)
    with pytest.raises(NotHolderError):
        ledger.submit([sale])
    run(ledger, uncertain(likes, "genuine"))
    assert (ledger.balance(mine).credits_pending, ledger.holder("badge", 1)) == (0, mine)


def test_a_hold_ends_at_its_deadline_and_is_not_made_again(ledger: Ledger, clock: Clock) -> None:
    likes: Likes = [(0, item, 5, "uncertain") for item in (0, 4, 8)]
    run(ledger, likes)
    assert ledger.balance("points:a0").credits_pending == 6
    clock.now += 31 * DAY_US
    for _ in range(2):
        run(ledger, likes)
        assert ledger.balance("budget:daily").available == 60
        assert ledger.balance("points:a0").credits_pending == 0
    run(ledger, uncertain(likes, "genuine"))
    assert (ledger.balance("points:a0").posted, ledger.issued("badge")[0]) == (6, 1)


def test_a_reversal_names_the_transfers_it_takes_back_and_the_evidence(ledger: Ledger) -> None:
    likes: Likes = [(0, item, hour, "genuine") for item, hour in ((0, 5), (4, 6), (8, 40))]
    run(ledger, likes)
    ledger.submit([Transfer(id="spend", debit="points:a0", credit="fee", asset="points", amount=5)])
    run(ledger, uncertain(likes, "fake"))
    rows = ledger.database.fetch(
        "SELECT t.id, t.amount, t.cause, o.id, o.amount FROM transfers t "
        "JOIN transfers o ON o.seq = t.reverses"
    )
    taken = Counter[str]()
    for _, amount, cause, original, most in rows:
        assert "fake 0.990 burst +12.0 dB" in cause
        taken[original] += amount
        assert taken[original] <= most
    points = [original for original in taken if original.endswith(":earns")]
    assert sum(taken[transfer_id] for transfer_id in points) == 6
    assert holdings(ledger, "a0").owed == 5


def test_a_frozen_card_is_restored_by_an_appeal_and_burnt_without(ledger: Ledger, clock: Clock) -> None:
    text = CATALOGUE.replace("format = 1", "format = 1\nappeal_days = 7")
    likes: Likes = [(account, item, 5, "genuine") for account in (0, 1) for item in (0, 4, 8)]
    run(ledger, likes, text)
    assert run(ledger, uncertain(likes, "fake"), text).cards_frozen == 2
    mine = cards_account(ledger, "badge", "a0")
    serial = ledger.cards(mine)[0].serial
    assert ledger.cards(mine)[0].is_held
    with pytest.raises(NotHolderError):
        ledger.submit(
            [
                Transfer(
                    id="s",
                    debit=mine,
                    credit=cards_account(ledger, "badge", "a1"),
                    asset="badge",
                    amount=1,
                    serial=serial,
                )
            ]
        )
    restored = [like if like[0] == 0 else (*like[:3], "fake") for like in likes]
    done = run(ledger, restored, text)
    assert (done.cards_restored, ledger.cards(mine)[0].is_held) == (1, False)
    clock.now += 8 * DAY_US
    assert run(ledger, restored, text).cards_burnt == 1
    assert run(ledger, restored, text).cards_burnt == 0
    assert (len(ledger.cards(mine)), ledger.cards(cards_account(ledger, "badge", "a1"))) == (1, [])


def test_while_an_appeal_is_open_nothing_is_burnt(ledger: Ledger, clock: Clock) -> None:
    text = CATALOGUE.replace("format = 1", "format = 1\nappeal_days = 7")
    likes: Likes = [(0, item, 5, "genuine") for item in (0, 4, 8)]
    run(ledger, likes, text)
    run(ledger, uncertain(likes, "fake"), text)
    appeals = Appeals(ledger)
    appeal = appeals.open("a0", "These are mine.")
    clock.now += 8 * DAY_US
    assert run(ledger, uncertain(likes, "fake"), text).cards_burnt == 0
    appeals.decide(appeal.id, upheld=False, decision="The ring was clear.")
    assert run(ledger, uncertain(likes, "fake"), text).cards_burnt == 1
