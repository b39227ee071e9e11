"""Verdicts that change to and fro, points that are spent, cards that are passed on: against a plain model.

Watches what an account may have (what is settled, never more than a budget was given), what it owes, which
cards are usable, which can be passed on, and that nobody who got a card in good faith loses it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.effort import effort

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.ledger.machines import KEY, Clock
from tests.rewards.test_market import DAY_US, NOW

from zhenzan.ledger import Ledger, NotHolderError, OpenAccount, OverdraftError, Transfer, check
from zhenzan.rewards import (
    Claim,
    Rights,
    cards_account,
    owed_account,
    points_account,
    read_catalogue,
    reconcile,
)

WHO = ("ann", "bo", "cy")
BUDGET, APPEAL_DAYS = 9, 7
CATALOGUE = read_catalogue(f"""
format = 1
hold_days = 3_000
appeal_days = {APPEAL_DAYS}
points = {{ id = "points", cap = 1_000_000 }}
[[edition]]
id = "card"
bound = "tradable"
cap = 1_000
[[rule]]
id = "wide"
points = 1
[[rule]]
id = "other"
points = 2
[[rule]]
id = "narrow"
points = 1
budget = {BUDGET}
[[rule]]
id = "cards"
edition = "card"
[[right]]
id = "cover"
kind = "exclusive cover"
by = [{{ edition = "card" }}]
""")
RULES = ("wide", "other", "narrow", "cards")
Counts = dict[tuple[str, str], int]


class Clawback(RuleBasedStateMachine):
    new_database: Callable[[], str] | None = None

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.mkdtemp()
        self.clock = Clock(NOW)
        url = f"{self.folder}/l.sqlite" if self.new_database is None else type(self).new_database()  # type: ignore[misc]
        self.ledger = Ledger.open(url, key=KEY, clock=self.clock)
        self.settled: Counts = {}
        self.uncertain: Counts = {}
        self.spent = dict.fromkeys(WHO, 0)
        self.holder: dict[int, str] = {}  # of each card that is out
        self.earned: dict[str, list[int]] = {who: [] for who in WHO}  # serials
        self.spared = dict.fromkeys(WHO, 0)
        self.frozen: dict[str, list[int]] = {who: [] for who in WHO}
        self.frozen_at = dict.fromkeys(WHO, 0)
        self.moves = self.minted = 0
        self.run()

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            check(self.ledger)
            self.ledger.close()
            shutil.rmtree(self.folder)

    # What happens.

    @rule(
        verdicts=st.lists(
            st.tuples(st.sampled_from(RULES), st.sampled_from(WHO), st.integers(0, 5), st.integers(0, 3)),
            min_size=1,
            max_size=5,
        )
    )
    def judge(self, verdicts: list[tuple[str, str, int, int]]) -> None:
        for what, who, settled, uncertain in verdicts:
            self.settled[what, who], self.uncertain[what, who] = settled, uncertain
        self.run()

    @rule()
    def run(self) -> None:
        reconcile(self.ledger, CATALOGUE, *self.log())
        for who in WHO:
            self.cards_after(who, self.settled.get(("cards", who), 0))
            if 0 < self.frozen_at[who] <= self.clock.now - APPEAL_DAYS * DAY_US:
                for serial in self.frozen[who]:
                    del self.holder[serial]
                self.frozen[who], self.frozen_at[who] = [], 0
        note = self.ledger.last_note()
        reconcile(self.ledger, CATALOGUE, *self.log())
        assert self.ledger.last_note() == note, "a second run changed something"
        self.as_judged()

    @rule(who=st.sampled_from(WHO), amount=st.integers(1, 12) | st.just(0))
    def spend(self, who: str, amount: int) -> None:
        """So much, or (0) all that is there."""
        mine = points_account(self.ledger, who)
        self.moves += 1
        there = self.ledger.balance(mine).available if self.ledger.is_open(mine) else 0
        amount = amount or there or 1
        commands = [
            OpenAccount(id=mine, asset="points", owner=who),
            Transfer(id=f"spent:{self.moves}", debit=mine, credit="fee", asset="points", amount=amount),
        ]
        if amount > there:
            with pytest.raises(OverdraftError):
                self.ledger.submit(commands)
        else:
            self.ledger.submit(commands)
            self.spent[who] += amount

    @rule(chosen=st.integers(0, 99), taker=st.sampled_from(WHO))
    def pass_on(self, chosen: int, taker: str) -> None:
        """Any card, by who holds it or, for one that nobody holds, by whoever says so."""
        there = [*sorted(self.holder, reverse=True), chosen % (self.minted + 1) + 1]
        serial = there[chosen % len(there)]
        giver = self.holder.get(serial, WHO[chosen % 3])
        if giver == taker:
            return
        self.moves += 1
        mine, theirs = cards_account(self.ledger, "card", giver), cards_account(self.ledger, "card", taker)
        commands = [
            *(OpenAccount(id=id, asset="card", owner=who) for id, who in ((mine, giver), (theirs, taker))),
            Transfer(
                id=f"passed:{self.moves}", debit=mine, credit=theirs, asset="card", amount=1, serial=serial
            ),
        ]
        is_frozen = any(serial in frozen for frozen in self.frozen.values())
        if self.holder.get(serial) != giver or is_frozen:
            with pytest.raises(NotHolderError):
                self.ledger.submit(commands)
        else:
            self.ledger.submit(commands)
            self.holder[serial] = taker

    @rule(days=st.integers(1, 5))
    def wait(self, days: int) -> None:
        self.clock.now += days * DAY_US

    # The model.

    def log(self) -> tuple[list[Claim], dict[str, Claim]]:
        claims, hopes = [], {}
        for what in RULES:
            for who in WHO:
                settled = self.settled.get((what, who), 0)
                hoped = settled + self.uncertain.get((what, who), 0)
                claim = Claim(f"{what}{who}", what, who, "", "", settled, 0)
                if settled:
                    claims.append(claim)
                if hoped > settled:
                    hopes[claim.key] = claim._replace(grants=hoped)
        return claims, hopes

    def cards_after(self, who: str, grants: int) -> None:
        """Given back what was frozen, then new ones; taken away the newest, if they are still there."""
        earned, frozen = self.earned[who], self.frozen[who]
        for _ in range(grants - len(earned) - self.spared[who]):
            if frozen:
                earned.append(frozen.pop())
            else:
                self.minted += 1
                earned.append(self.minted)
                self.holder[self.minted] = who
        while earned and len(earned) + self.spared[who] > grants:
            serial = earned.pop()
            if self.holder[serial] != who:
                self.spared[who] += 1
            else:
                frozen.append(serial)
                self.frozen_at[who] = self.frozen_at[who] or self.clock.now
        if not frozen:
            self.frozen_at[who] = 0

    def granted(self, what: str, who: str) -> int:
        rows = self.ledger.database.fetch("SELECT granted FROM grants WHERE key = ?", (f"{what}{who}",))
        return int(rows[0][0]) if rows else 0

    # What must hold.

    def as_judged(self) -> None:
        """After a run: balances, debts and holds are what the verdicts say."""
        narrow = 0
        for who in WHO:
            settled = {what: self.settled.get((what, who), 0) for what in RULES}
            uncertain = {what: self.uncertain.get((what, who), 0) for what in RULES}
            part = self.granted("narrow", who)
            narrow += part
            assert part <= settled["narrow"], "an unverified like was paid"
            net = settled["wide"] + 2 * settled["other"] + part - self.spent[who]
            posted = owed = coming = 0
            if self.ledger.is_open(points_account(self.ledger, who)):
                balance = self.ledger.balance(points_account(self.ledger, who))
                posted, coming = balance.posted, balance.credits_pending
            if self.ledger.is_open(owed_account(self.ledger, who)):
                owed = -self.ledger.balance(owed_account(self.ledger, who)).posted
            assert (posted, owed) == (max(net, 0), max(-net, 0)), who
            held = uncertain["wide"] + 2 * uncertain["other"]
            assert held <= coming <= held + uncertain["narrow"], who
            pending = cards_account(self.ledger, "card", who)
            pending_cards = (
                self.ledger.balance(pending).credits_pending if self.ledger.is_open(pending) else 0
            )
            assert pending_cards == uncertain["cards"], who
        assert narrow <= BUDGET

    @invariant()
    def budgets_hold(self) -> None:
        if hasattr(self, "ledger"):
            left = self.ledger.balance("budget:narrow")
            assert 0 <= left.available <= BUDGET

    @invariant()
    def cards_are_where_the_model_has_them(self) -> None:
        if not hasattr(self, "ledger"):
            return
        for serial, who in self.holder.items():
            assert self.ledger.holder("card", serial) == cards_account(self.ledger, "card", who), serial
        out = self.ledger.issued("card")
        assert out[0] == self.minted
        assert self.ledger.balance("burnt:card").posted == self.minted - len(self.holder)

    @invariant()
    def a_card_is_usable_at_once_and_not_when_it_is_frozen(self) -> None:
        if not hasattr(self, "ledger"):
            return
        rights = Rights(self.ledger, CATALOGUE)
        for who in WHO:
            frozen = {serial for serials in self.frozen.values() for serial in serials}
            has = any(holder == who and serial not in frozen for serial, holder in self.holder.items())
            account = cards_account(self.ledger, "card", who)
            pending = self.ledger.is_open(account) and self.ledger.balance(account).credits_pending > 0
            assert (rights.check(who, "cover") is not None) == (has or pending), who


@pytest.mark.also_soak
def test_on_sqlite() -> None:
    class OnSqlite(Clawback):
        new_database = None

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        OnSqlite, settings=settings(max_examples=effort(15, 400), stateful_step_count=40)
    )


@pytest.mark.also_soak
def test_on_postgresql(new_postgres: Callable[[], str]) -> None:
    class OnPostgresql(Clawback):
        new_database = staticmethod(new_postgres)

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        OnPostgresql, settings=settings(max_examples=effort(2, 40), stateful_step_count=30)
    )


def test_what_one_rule_gives_another_takes_back_in_the_same_run(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "l.sqlite", key=KEY, clock=Clock(NOW)) as ledger:
        wide, other = (Claim(what, what, "ann", "", "", 0, 0) for what in ("wide", "other"))
        reconcile(ledger, CATALOGUE, [wide._replace(grants=3), other._replace(grants=2)])
        mine = points_account(ledger, "ann")
        ledger.submit([Transfer(id="spent", debit=mine, credit="fee", asset="points", amount=7)])
        reconcile(ledger, CATALOGUE, [wide._replace(grants=5), other._replace(grants=1)])
        assert ledger.balance(mine).posted == 0  # 7 earned, 7 spent
        assert not ledger.is_open(owed_account(ledger, "ann"))
        check(ledger)
