"""The invariants of the ledger, each watched over random histories, on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.effort import effort
from tests.ledger.machines import CARDS, PHASES, USERS, LedgerMachine, assert_replay_agrees

from zhenzan.ledger import AccountKind, Phase, Transfer, check, verify


class DebitsEqualCredits(LedgerMachine):
    """1: of each asset, what was debited was credited, posted and pending."""

    @invariant()
    def sums_are_equal(self) -> None:
        for _, debits, credits, held, coming in self.ledger.database.fetch(
            "SELECT asset, SUM(debits), SUM(credits), SUM(held), SUM(coming) FROM accounts GROUP BY asset"
        ):
            assert debits == credits
            assert held == coming


class FloorsHold(LedgerMachine):
    """2: what is available never falls under the floor; a hold that ran out counts as void when read."""

    @invariant()
    def never_under_the_floor(self) -> None:
        for account, opened in self.plain.accounts.items():
            if opened.kind not in (AccountKind.mint, AccountKind.receivable) and opened.min_balance <= 0:
                assert self.ledger.balance(account).available >= opened.min_balance


class HoldsResolveOnce(LedgerMachine):
    """3: a hold is resolved at most once; a group of them whole."""

    @invariant()
    def once_and_whole(self) -> None:
        rows = self.ledger.database.fetch(
            "SELECT p.id, p.resolution, COUNT(t.seq) FROM pendings p LEFT JOIN transfers t "
            "ON t.pending = p.seq GROUP BY p.id, p.resolution"
        )
        for _, resolution, count in rows:
            assert count == (resolution != 0)
        ways: dict[str, set[int]] = {}
        for group, resolution in self.ledger.database.fetch('SELECT "group", resolution FROM pendings'):
            ways.setdefault(group, set()).add(resolution)
        assert all(len(phases) == 1 for group, phases in ways.items() if group)


class IdsStandOnce(LedgerMachine):
    """4: the same again gives the first result; the same id for something else is refused."""

    @rule()
    def everything_again(self) -> None:
        before = self.ledger.last_note()
        done = self.ledger.submit(self.sent, on_error="continue")
        assert all(getattr(outcome, "repeated", False) for outcome in done.outcomes)
        assert [outcome.seq for outcome in done.outcomes] == [
            self.ledger.find(transfer.id).seq for transfer in self.sent
        ]
        if not done.refused and self.ledger.last_note() != before:  # holds that ran out are voided meanwhile
            assert any(
                id.startswith("expired:") for (id,) in self.ledger.database.fetch("SELECT id FROM transfers")
            )


class CapsHold(LedgerMachine):
    """5: what is minted stays within the cap, and serials run from 1 without gaps."""

    @rule(to=st.sampled_from(CARDS), phase=PHASES)
    def mint_another(self, to: str, phase: Phase) -> None:
        self.send(Transfer(id=self.new_id(), debit="press", credit=to, asset="card", amount=1, phase=phase))

    @rule(amount=st.integers(1, 12), phase=PHASES)
    def issue_more(self, amount: int, phase: Phase) -> None:
        self.send(
            Transfer(id=self.new_id(), debit="mint", credit="ann", asset="points", amount=amount, phase=phase)
        )

    @invariant()
    def within_caps_without_gaps(self) -> None:
        for asset in self.plain.assets:
            out, coming, cap = self.ledger.issued(asset)
            assert out + coming <= cap
        serials = [row[0] for row in self.ledger.database.fetch("SELECT serial FROM cards ORDER BY serial")]
        assert serials == list(range(1, len(serials) + 1))


class CardsHaveOneHolder(LedgerMachine):
    """6: a card has exactly one holder; those in escrow and those burnt count."""

    @rule(credit=st.sampled_from(CARDS), serial=st.integers(1, 3), phase=PHASES)
    def hand_on(self, credit: str, serial: int, phase: Phase) -> None:
        """From whoever holds it."""
        holder = self.plain.holder("card", serial)
        if holder is not None and holder != credit:
            self.move_card(debit=holder, credit=credit, serial=serial, phase=phase)

    @invariant()
    def one_holder(self) -> None:
        held = [
            (card.serial, account)
            for account, opened in self.plain.accounts.items()
            if opened.asset == "card" and opened.kind != AccountKind.mint
            for card in self.ledger.cards(account)
        ]
        assert len({serial for serial, _ in held}) == len(held) == self.plain.serials.get("card", 0)
        for serial, account in held:
            assert self.plain.holder("card", serial) == account == self.ledger.holder("card", serial)


class BudgetsAreFunded(LedgerMachine):
    """7: a campaign pays no more than its budget was given; what is only pending is not posted anywhere."""

    @invariant()
    def no_more_than_funded(self) -> None:
        balance = self.ledger.balance("budget")
        assert balance.available >= 0
        assert balance.posted >= 0


class ReplayAgrees(LedgerMachine):
    """11: the events alone make every projection again, byte for byte; the check finds nothing."""

    @rule()
    def replays(self) -> None:
        self.ledger.submit([])
        assert check(self.ledger) >= 1
        assert_replay_agrees(self.ledger)


class ErasureKeepsProofs(LedgerMachine):
    """12: when a person is erased, the others' proofs and the check still hold, and nothing opens theirs."""

    def __init__(self) -> None:
        super().__init__()
        self.erased: set[str] = set()
        self.proofs: list[str] = []

    @rule()
    def prove_some(self) -> None:
        for transfer in itertools.islice(reversed(self.sent), 3):
            proof = self.ledger.prove(transfer.id)
            statement = verify(proof, self.ledger.keys())
            assert statement["event"] == "transfer"
            self.proofs.append(proof.to_json())

    @rule()
    def erase_cid(self) -> None:
        if "cid" not in self.erased and self.sent:
            self.erased.add("cid")
            self.ledger.erase("cid")
            for account in ("cid", "cid-cards"):
                del self.plain.accounts[account]
            self.check_all()
            self.over = True

    def check_all(self) -> None:
        check(self.ledger)
        names = [
            row[0] for row in self.ledger.database.fetch("SELECT name FROM owners WHERE name IS NOT NULL")
        ]
        assert set(names) <= {"", *USERS} - self.erased
        for transfer in self.sent:
            proof = self.ledger.prove(transfer.id)
            verify(proof, self.ledger.keys())
            assert not any("cid" in opening.account for opening in proof.openings)

    def send(self, *batch: object, on_error: str = "rollback") -> None:
        if not self.erased:  # the plain model knows nothing of erasure
            super().send(*batch, on_error=on_error)  # type: ignore[arg-type]


MACHINES = [
    DebitsEqualCredits,
    FloorsHold,
    HoldsResolveOnce,
    IdsStandOnce,
    CapsHold,
    CardsHaveOneHolder,
    BudgetsAreFunded,
    ReplayAgrees,
    ErasureKeepsProofs,
]
STEPS = 40


def run(machine: type[RuleBasedStateMachine], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            print_blob=True,
            max_examples=examples,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.also_soak
@pytest.mark.slow
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_on_sqlite(machine: type[LedgerMachine]) -> None:
    run(machine, examples=effort(5, 200))


@pytest.mark.also_soak
@pytest.mark.slow
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_on_postgresql(machine: type[LedgerMachine], new_postgres: Callable[[], str]) -> None:
    class OnPostgres(machine):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            self.url = new_postgres()
            super().__init__()

    run(OnPostgres, examples=effort(2, 25))
