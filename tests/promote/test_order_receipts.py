"""Receipts of an order: a script that knows nothing of Zhenzan finds whatever was changed in them."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from zhenzan.ledger import (
    AccountKind,
    CreateAsset,
    Ledger,
    OpenAccount,
    Proof,
    SigningKey,
    Transfer,
    VerifyingKey,
)
from zhenzan.promote import (
    Actor,
    AddOutcome,
    Cancel,
    Change,
    Close,
    Command,
    EndWindow,
    Fund,
    Judge,
    Line,
    Order,
    Quote,
    Receipts,
    Role,
    Start,
    transition,
)
from zhenzan.promote.order_receipts import (
    Attributed,
    Exposure,
    OrderAccounts,
    receipts_document,
    signature,
)
from zhenzan.promote.receipts import RECORD

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "verify_receipts.py"
SPEC = importlib.util.spec_from_file_location("verify_receipts", SCRIPT)
assert SPEC is not None
assert SPEC.loader is not None
verify_receipts = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(verify_receipts)

SECOND_US, DAY_US = 1_000_000, 86_400_000_000
START_US = 1_700_000_000 * SECOND_US
NUMBER, GOAL, PRICE = 7, 10, 1_001  # a price that ten units do not divide
ACCOUNTS = OrderAccounts("wallet:ann", "escrow:o-7", "revenue")
PAIRS = {
    "fund": (ACCOUNTS.wallet, ACCOUNTS.escrow),
    "capture": (ACCOUNTS.escrow, ACCOUNTS.revenue),
    "reverse": (ACCOUNTS.revenue, ACCOUNTS.escrow),
    "refund": (ACCOUNTS.escrow, ACCOUNTS.wallet),
}
BUYER, SYSTEM = Actor("ann"), Actor("promote", Role.system)


@dataclass
class Delivered:
    """An order that lived in a ledger, and its receipts."""

    text: str
    order: Order
    key: SigningKey

    @property
    def public(self) -> VerifyingKey:
        return self.key.public

    def verify(self, data: bytes) -> dict[str, Any]:
        shown: dict[str, Any] = verify_receipts.verify(data, [str(self.public)])
        return shown

    def changed(self, change: Callable[[dict[str, Any]], object]) -> bytes:
        """The file after a change, signed anew by the key's holder."""
        body = json.loads(self.text)
        del body["signature"]
        change(body)
        signed = signature(verify_receipts.written(body), self.key)
        return bytes(verify_receipts.written({**body, "signature": signed}).encode())


def life() -> list[Command]:
    """Eight likes, of which one is void, one is found fake after the order was closed, and two never came."""
    quote = Quote((Line("like", GOAL, PRICE),), START_US, START_US + DAY_US, START_US)
    outcomes: list[Command] = [AddOutcome(f"like-{n}", "like") for n in range(8)]
    verdicts: list[Command] = [Judge(f"like-{n}", genuine=n != 3) for n in range(8)]
    return [
        quote,
        Fund(PRICE),
        Start(),
        *outcomes,
        *verdicts,
        EndWindow(),
        Close(),
        Judge("like-5", genuine=False),
    ]


def deliver(path: Path, commands: list[Command]) -> Delivered:
    order, at_us, proofs, numbers = (
        Order("o-7", "ann", "clip", "ann"),
        START_US - DAY_US,
        dict[str, Proof](),
        count(),
    )
    key = SigningKey.make("promotion.example")
    with Ledger.open(path, key=key) as ledger:
        ledger.submit(
            [
                CreateAsset(id="cash", scale=2),
                OpenAccount(id="mint", asset="cash", kind=AccountKind.mint),
                *(OpenAccount(id=name, asset="cash") for name in ("wallet:ann", "escrow:o-7", "revenue")),
                Transfer(id="deposit", debit="mint", credit="wallet:ann", asset="cash", amount=5_000),
            ]
        )
        for command in commands:
            is_buyers = isinstance(command, Quote | Fund | Cancel)
            change = transition(order, command, BUYER if is_buyers else SYSTEM, at_us)
            assert isinstance(change, Change), change
            order = change.order
            for move in change.moves:
                name, (debit, credit) = f"t-{next(numbers)}", PAIRS[move.kind]
                ledger.submit(
                    [Transfer(id=name, debit=debit, credit=credit, asset="cash", amount=move.amount)]
                )
                proofs[name] = Proof("", 0, (), "")
        proofs = {name: ledger.prove(name) for name in proofs}
    exposures, attributed = delivered_exposures()
    text = receipts_document(order, NUMBER, exposures, attributed, proofs, ACCOUNTS, key, DAY_US)
    return Delivered(text, order, key)


def delivered_exposures() -> tuple[list[Exposure], dict[str, Attributed]]:
    """Forty exposures a minute apart; eight lead to a like after five seconds."""
    records = np.zeros(40, RECORD)
    records["decision"] = 100 + np.arange(40)
    records["time_us"] = START_US + np.arange(40) * 60 * SECOND_US
    records["viewer"], records["flight"], records["propensity"] = 1_000 + np.arange(40), NUMBER, 0.5
    tags = Receipts(bytes(32)).tags(records)
    exposures = [Exposure(record.tobytes(), tag) for record, tag in zip(records, tags, strict=True)]
    times = records["time_us"].tolist()
    return exposures, {f"like-{n}": Attributed(100 + 5 * n, times[5 * n] + 5 * SECOND_US) for n in range(8)}


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    return deliver(tmp_path_factory.mktemp("receipts") / "ledger.sqlite", life())


def test_receipts_hold_and_show_what_the_order_says(delivered: Delivered) -> None:
    shown = delivered.verify(delivered.text.encode())
    order = delivered.order
    assert shown == {
        "order": "o-7", "state": "closed", "exposures": 40, "outcomes": 8, "captured": 6, "paid": PRICE,
        "billed": PRICE * 6 // GOAL, "held": 0, "refunded": PRICE - PRICE * 6 // GOAL,
    }  # fmt: skip
    assert (order.billed, order.refunded, order.held) == (shown["billed"], shown["refunded"], 0)


@given(st.data())
def test_any_byte_that_is_changed_dropped_or_added_is_found(
    delivered: Delivered, data: st.DataObject
) -> None:
    text = delivered.text.encode()
    index = data.draw(st.integers(0, len(text) - 1))
    byte = bytes([data.draw(st.integers(0, 255).filter(lambda value: value != text[index]))])
    added = text[:index] + byte + text[index:]
    for altered in (text[:index] + byte + text[index + 1 :], text[:index] + text[index + 1 :], added):
        if altered != text:
            with pytest.raises((ValueError, KeyError, TypeError, AttributeError, IndexError)):
                delivered.verify(altered)


def outcomes(body: dict[str, Any]) -> list[dict[str, Any]]:
    return list(body["lines"][0]["outcomes"])


CLAIMS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a unit more": (lambda body: body["lines"][0].update(captured=7), "7 units of like are captured"),
    "a higher bill": (lambda body: body["bill"].update(billed=700, held=-99), "the captured units cost 600"),
    "a refund that did not come": (
        lambda body: body["bill"].update(paid=2_000, refunded=1_400), "is due back|transfers"
    ),
    "a higher price": (lambda body: body["lines"][0].update(price=2_002), "the captured units cost 1201"),
    "a void like that is captured": (
        lambda body: (outcomes(body)[3].update(status="captured"), body["lines"][0].update(captured=7)),
        "the captured units cost",
    ),
    "a like counted twice": (lambda body: outcomes(body)[1].update(id="like-0"), "one outcome is"),
    "an exposure used twice": (
        lambda body: outcomes(body)[1].update(decision=100), "one exposure of a like is counted twice"
    ),
    "a like of nobody's exposure": (lambda body: outcomes(body)[0].update(decision=99), "not in the file"),
    "a like before its exposure": (lambda body: outcomes(body)[0].update(at_us=START_US - 1), "window"),
    "a like after the window": (lambda body: outcomes(body)[0].update(at_us=START_US + 2 * DAY_US), "window"),
    "an exposure left out": (lambda body: body["exposures"]["receipts"].pop(), "39 exposures .* 40 under"),
    "another exposure": (
        lambda body: body["exposures"]["receipts"][0].update(record="00" * 48), "exposure 0 does not stand"
    ),
    "a transfer left out": (lambda body: body["ledger"]["transfers"].pop(), "the ledger's transfers"),
    "a transfer counted twice": (
        lambda body: body["ledger"]["transfers"].append(body["ledger"]["transfers"][0]), "counted twice"
    ),
    "another amount": (
        lambda body: body["ledger"]["transfers"][0].update(
            leaf=body["ledger"]["transfers"][0]["leaf"].replace('"amount":1001', '"amount":1002')
        ),
        "does not stand in the ledger's history",
    ),
    "another account": (
        lambda body: body["ledger"]["transfers"][0]["openings"][0].update(account="revenue"),
        "is not the account",
    ),
    "another order's exposures": (lambda body: body["order"].update(number=8), "is of another order"),
}  # fmt: skip


@pytest.mark.parametrize("name", CLAIMS)
def test_a_false_claim_is_found_although_the_ledgers_own_key_signed_it(
    delivered: Delivered, name: str
) -> None:
    change, words = CLAIMS[name]
    with pytest.raises(ValueError, match=words):
        delivered.verify(delivered.changed(change))


def test_the_script_runs_alone_and_says_in_a_line_what_is_wrong(delivered: Delivered, tmp_path: Path) -> None:
    file, other = tmp_path / "receipts.json", SigningKey.make(delivered.key.name)
    file.write_text(delivered.text, encoding="utf-8")

    def script(key: VerifyingKey) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(SCRIPT), str(file), str(key)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    sound, foreign = script(delivered.public), script(other.public)
    assert (sound.returncode, json.loads(sound.stdout)["captured"]) == (0, 6)
    assert foreign.returncode == 1
    assert "no given key signed" in foreign.stderr
    assert len(foreign.stderr.splitlines()) == 1


def test_receipts_of_a_cancelled_order_and_of_one_that_was_never_shown_hold(tmp_path: Path) -> None:
    quote, *_ = life()
    likes = [AddOutcome("like-0", "like"), AddOutcome("like-1", "like"), Judge("like-0", genuine=True)]
    cancelled = deliver(tmp_path / "a.sqlite", [quote, Fund(PRICE), Start(), *likes, Cancel()])
    shown = cancelled.verify(cancelled.text.encode())
    assert (shown["billed"], shown["held"], shown["refunded"]) == (100, 100, 801)
    unpaid = deliver(tmp_path / "b.sqlite", [quote])
    assert unpaid.verify(unpaid.text.encode())["paid"] == 0
