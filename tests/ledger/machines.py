"""Random histories: a ledger and its plain model do the same things, one step after the other."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.ledger.reference_model import ReferenceLedger

from zhenzan.ledger import (
    AccountKind,
    AssetKind,
    CreateAsset,
    Ledger,
    OpenAccount,
    Phase,
    RejectionError,
    SigningKey,
    Transfer,
    replay,
)
from zhenzan.ledger.reader import Reader

START = 1_700_000_000_000_000
SECOND = 1_000_000
KEY = SigningKey("test", bytes(range(32)))
USERS = ("ann", "bob", "cid")
POINTS = ("budget", *USERS, "owed-ann", "fee", "escrow")
CARDS = (*(f"{user}-cards" for user in USERS), "escrow-cards", "burnt")
PHASES = st.sampled_from([Phase.single, Phase.single, Phase.pending])


class Clock:
    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def first_commands(cap: int, cards: int, floor: int) -> list[CreateAsset | OpenAccount]:
    """Points and an edition of cards, and an account of every kind."""
    opened: list[CreateAsset | OpenAccount] = [
        CreateAsset(id="points", cap=cap),
        CreateAsset(id="card", kind=AssetKind.unique, cap=cards),
        OpenAccount(id="mint", asset="points", kind=AccountKind.mint),
        OpenAccount(id="press", asset="card", kind=AccountKind.mint),
        OpenAccount(id="budget", asset="points", kind=AccountKind.budget),
        OpenAccount(id="fee", asset="points", kind=AccountKind.fee, min_balance=min(floor, 0)),
        OpenAccount(id="escrow", asset="points", kind=AccountKind.escrow),
        OpenAccount(id="owed-ann", asset="points", owner="ann", kind=AccountKind.receivable),
        OpenAccount(id="escrow-cards", asset="card", kind=AccountKind.escrow),
        OpenAccount(id="burnt", asset="card", kind=AccountKind.burn),
    ]
    for user in USERS:
        opened.append(OpenAccount(id=user, asset="points", owner=user))
        opened.append(OpenAccount(id=f"{user}-cards", asset="card", owner=user))
    return opened


class LedgerMachine(RuleBasedStateMachine):
    """Commands by the dozen; after each step ledger and model agree on every balance and every card.

    `url` is where the database is, "" for a file of SQLite.
    """

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.plain, self.number = Clock(), ReferenceLedger(), 0
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.url or str(Path(self.folder.name) / "ledger.sqlite")
        self.ledger = self.open()
        self.sent: list[Transfer] = []

    def open(self) -> Ledger:
        return Ledger.open(self.path, key=KEY, clock=self.clock)

    @initialize(cap=st.integers(5, 40), cards=st.integers(1, 5), floor=st.sampled_from([0, 0, -5, 3]))
    def begin(self, cap: int, cards: int, floor: int) -> None:
        opened = first_commands(cap, cards, floor)
        self.ledger.submit(opened)
        for command in opened:
            if isinstance(command, CreateAsset):
                self.plain.assets[command.id] = command
            else:
                self.plain.accounts[command.id] = command
        for user in USERS:  # something to begin with
            self.send(Transfer(id=self.new_id(), debit="mint", credit=user, asset="points", amount=3))
            self.send(
                Transfer(id=self.new_id(), debit="press", credit=f"{user}-cards", asset="card", amount=1)
            )

    def new_id(self) -> str:
        self.number += 1
        return f"t{self.number}"

    def send(self, *batch: Transfer, on_error: str = "rollback") -> None:
        """Both do it; both agree on what was refused, and why."""
        now = self.clock.now
        self.plain.expire(now)
        trial, expected = self.plain.after(batch, now, on_error)
        refusal = next((name for name in expected if name), "")
        if on_error == "rollback" and refusal:
            with pytest.raises(RejectionError) as raised:
                self.ledger.submit(batch)
            assert type(raised.value).__name__ == refusal, raised.value
            return
        done = self.ledger.submit(batch, on_error=on_error)
        for outcome, name in zip(done.outcomes, expected, strict=True):
            is_refused = isinstance(outcome, RejectionError)
            assert is_refused == bool(name), (outcome, name)
            if is_refused and type(outcome).__name__ != "GroupFailedError":
                assert type(outcome).__name__ == name, outcome
        self.plain = trial
        self.sent.extend(transfer for transfer, name in zip(batch, expected, strict=True) if not name)

    @rule(amount=st.integers(1, 12), to=st.sampled_from(POINTS), phase=PHASES, seconds=st.integers(0, 5))
    def issue(self, amount: int, to: str, phase: Phase, seconds: int) -> None:
        until = self.clock.now + seconds * SECOND if seconds and phase == Phase.pending else 0
        self.send(
            Transfer(
                id=self.new_id(),
                debit="mint",
                credit=to,
                asset="points",
                amount=amount,
                phase=phase,
                expires_at=until,
            )
        )

    @rule(
        debit=st.sampled_from(POINTS),
        credit=st.sampled_from((*POINTS, "mint", "nobody")),
        amount=st.integers(0, 9),
        phase=PHASES,
        seconds=st.integers(0, 4),
    )
    def move(self, debit: str, credit: str, amount: int, phase: Phase, seconds: int) -> None:
        until = self.clock.now + seconds * SECOND if seconds and phase == Phase.pending else 0
        self.send(
            Transfer(
                id=self.new_id(),
                debit=debit,
                credit=credit,
                asset="points",
                amount=amount,
                phase=phase,
                expires_at=until,
            )
        )

    @rule(data=st.data(), phase=st.sampled_from([Phase.post, Phase.void]), part=st.integers(0, 3))
    def resolve(self, data: st.DataObject, phase: Phase, part: int) -> None:
        held = [transfer.id for transfer in self.sent if transfer.phase == Phase.pending] or ["t0"]
        self.send(
            Transfer(id=self.new_id(), pending=data.draw(st.sampled_from(held)), phase=phase, amount=part)
        )

    @rule(to=st.sampled_from(CARDS), phase=PHASES)
    def mint_card(self, to: str, phase: Phase) -> None:
        self.send(Transfer(id=self.new_id(), debit="press", credit=to, asset="card", amount=1, phase=phase))

    @rule(
        debit=st.sampled_from(CARDS),
        credit=st.sampled_from((*CARDS, "press")),
        serial=st.integers(0, 6),
        phase=PHASES,
    )
    def move_card(self, debit: str, credit: str, serial: int, phase: Phase) -> None:
        if serial == 0:
            serial = 1
        self.send(
            Transfer(
                id=self.new_id(),
                debit=debit,
                credit=credit,
                asset="card",
                amount=1,
                phase=phase,
                serial=serial,
            )
        )

    @rule(data=st.data(), amount=st.integers(1, 9), debit=st.sampled_from(POINTS))
    def reverse(self, data: st.DataObject, amount: int, debit: str) -> None:
        known = [transfer.id for transfer in self.sent] or ["t0"]
        self.send(
            Transfer(
                id=self.new_id(),
                debit=debit,
                credit="budget" if debit != "budget" else "fee",
                asset="points",
                amount=amount,
                reverses=data.draw(st.sampled_from(known)),
            )
        )

    @rule(data=st.data(), other=st.booleans())
    def repeat(self, data: st.DataObject, other: bool) -> None:
        """The same again changes nothing; the same id for something else is refused."""
        if not self.sent:
            return
        transfer = data.draw(st.sampled_from(self.sent))
        if other:
            transfer = Transfer(id=transfer.id, debit="mint", credit="fee", asset="points", amount=11)
        self.send(transfer)

    @rule(
        data=st.data(),
        amounts=st.lists(st.integers(1, 2), min_size=2, max_size=3),
        phase=PHASES,
        also=st.sampled_from(["", "mint a card", "give a card", "reverse"]),
        on_error=st.sampled_from(["rollback", "continue"]),
    )
    def group(self, data: st.DataObject, amounts: list[int], phase: Phase, also: str, on_error: str) -> None:
        """Some of which are refused; what comes after them in the batch finds all as it was."""
        name = f"g{self.new_id()}"
        users = [data.draw(st.permutations(USERS)) for _ in amounts]
        members = [
            Transfer(
                id=self.new_id(),
                debit=pair[0],
                credit=pair[1],
                asset="points",
                amount=amount,
                phase=phase,
                group=name,
            )
            for amount, pair in zip(amounts, users, strict=True)
        ]
        if also == "mint a card":
            members.insert(
                data.draw(st.integers(0, len(members))),
                Transfer(
                    id=self.new_id(),
                    debit="press",
                    credit=data.draw(st.sampled_from(CARDS)),
                    asset="card",
                    amount=1,
                    phase=phase,
                    group=name,
                ),
            )
        elif also == "give a card":
            debit, credit, *_ = data.draw(st.permutations(CARDS))
            members.insert(
                0,
                Transfer(
                    id=self.new_id(),
                    debit=debit,
                    credit=credit,
                    asset="card",
                    amount=1,
                    phase=phase,
                    serial=data.draw(st.integers(1, 4)),
                    group=name,
                ),
            )
        elif also == "reverse":
            known = [transfer.id for transfer in self.sent if transfer.asset == "points"]
            members.insert(
                0,
                Transfer(
                    id=self.new_id(),
                    debit=users[0][0],
                    credit="fee",
                    asset="points",
                    amount=1,
                    reverses=data.draw(st.sampled_from(known)),
                    group=name,
                ),
            )
        self.send(
            *members,
            Transfer(id=self.new_id(), debit="press", credit=CARDS[0], asset="card", amount=1),
            Transfer(id=self.new_id(), debit="mint", credit="ann", asset="points", amount=1),
            on_error=on_error,
        )

    @rule(data=st.data(), phase=st.sampled_from([Phase.post, Phase.void]), skip=st.booleans())
    def resolve_group(self, data: st.DataObject, phase: Phase, skip: bool) -> None:
        groups = sorted(
            {transfer.group for transfer in self.sent if transfer.group and transfer.phase == Phase.pending}
        )
        if not groups:
            return
        name = data.draw(st.sampled_from(groups))
        members = [transfer.id for transfer in self.sent if transfer.group == name][skip:]
        label = f"r{self.new_id()}"
        self.send(
            *(
                Transfer(id=self.new_id(), pending=member_id, phase=phase, group=label)
                for member_id in members
            ),
            on_error="continue",
        )

    @rule(seconds=st.integers(0, 3))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds * SECOND

    @rule(seconds=st.integers(1, 1_000))
    def clock_steps_back(self, seconds: int) -> None:
        """The machine's clock goes wrong: ledger time does not go back."""
        now = self.clock.now
        self.clock.now -= seconds * SECOND
        self.ledger.submit(
            [Transfer(id=self.new_id(), debit="ann", credit="bob", asset="points", amount=10**9)],
            on_error="continue",
        )
        self.clock.now = now

    @rule()
    def reopen(self) -> None:
        self.ledger.close()
        self.ledger = self.open()

    @invariant()
    def balances_agree(self) -> None:
        for account, opened in self.plain.accounts.items():
            balance = self.ledger.balance(account)
            assert balance.posted == self.plain.posted(account), account
            assert balance.debits_pending == self.plain.held(account, self.clock.now), account
            if opened.kind not in (AccountKind.mint, AccountKind.receivable):
                assert balance.available >= opened.min_balance or balance.posted < opened.min_balance

    def teardown(self) -> None:
        self.ledger.close()
        self.folder.cleanup()


def assert_replay_agrees(ledger: Reader) -> None:
    """The events alone make every projection that the database holds, byte for byte."""
    tables = replay(ledger).tables
    for table, columns in {
        "entries": "account, seq, debits, credits, held, coming",
        "accounts": "number, debits, credits, held, coming",
        "cards": "asset, serial, holder, pending, moved",
        "tiles": "level, number, hashes",
    }.items():
        rows = ledger.database.fetch(f"SELECT {columns} FROM {table}")
        plain = sorted(tuple(bytes(x) if isinstance(x, memoryview) else x for x in row) for row in rows)
        assert plain == tables[table]
