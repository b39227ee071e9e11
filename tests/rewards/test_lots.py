"""Points expire first in, first out, against lots that are counted one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.effort import effort

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.ledger import Ledger, OpenAccount, Phase, SigningKey, Transfer, check
from zhenzan.rewards import expire_points, lots, read_catalogue
from zhenzan.rewards.lots import LAPSED, expiry_commands
from zhenzan.rewards.reconcile import opening_commands

KEY = SigningKey("test", bytes(range(32)))
DAY_US = 86_400_000_000
CATALOGUE = read_catalogue(
    'format = 1\nspendable_after_hours = 0\n[points]\nid = "points"\ncap = 1_000_000\nexpire_days = 10\n'
)
WHO = ("ann", "bo")

step = st.one_of(
    st.tuples(st.just("earn"), st.sampled_from(WHO), st.integers(1, 20)),
    st.tuples(st.just("spend"), st.sampled_from(WHO), st.integers(1, 20)),
    st.tuples(st.just("hold"), st.sampled_from(WHO), st.integers(1, 20)),
    st.tuples(st.just("free"), st.sampled_from(WHO), st.just(0)),
    st.tuples(st.just("back"), st.sampled_from(WHO), st.integers(1, 20)),
    st.tuples(st.just("wait"), st.just(""), st.integers(1, 6)),
    st.tuples(st.just("lapse"), st.just(""), st.just(0)),
)


class Plain:
    """Lots one by one: amount and day of each, newest last; holds and the spent come off the oldest."""

    def __init__(self) -> None:
        self.lots_given: dict[str, list[list[int]]] = {who: [] for who in WHO}
        self.spent = dict.fromkeys(WHO, 0)
        self.held: dict[str, list[int]] = {who: [] for who in WHO}

    def left(self, who: str) -> list[tuple[int, int]]:
        spent, left_over = self.spent[who] + sum(self.held[who]), []
        for amount, day in self.lots_given[who]:
            used = min(amount, spent)
            spent -= used
            if amount > used:
                left_over.append((amount - used, day))
        return left_over

    def available(self, who: str) -> int:
        return sum(amount for amount, _ in self.left(who))


@pytest.mark.also_soak
@settings(max_examples=effort(25, 800))
@given(st.lists(step, max_size=30))
def test_what_lapses_is_what_is_left_of_old_lots(steps: list[tuple[str, str, int]]) -> None:
    now = [1_900_000_000_000_000]
    plain, lapsed = Plain(), 0
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(Path(folder) / "l", key=KEY, clock=lambda: now[0]) as ledger,
    ):
        start = now[0]
        ledger.submit(opening_commands(CATALOGUE))
        ledger.submit([OpenAccount(id=f"points:{who}", asset="points", owner=who) for who in WHO])
        for number, (what, who, amount) in enumerate(steps):
            day = (now[0] - start) // DAY_US
            mine = f"points:{who}"
            if what == "earn":
                ledger.submit([_move(number, "mint", mine, amount)])
                plain.lots_given[who].append([amount, day])
            elif what == "spend" and plain.available(who) >= amount:
                ledger.submit([_move(number, mine, "fee", amount)])
                plain.spent[who] += amount
            elif what == "hold" and plain.available(who) >= amount and not plain.held[who]:
                hold = Transfer(
                    id=f"h{number}",
                    debit=mine,
                    credit="fee",
                    asset="points",
                    amount=amount,
                    phase=Phase.pending,
                )
                ledger.submit([hold])
                plain.held[who] = [amount]
            elif what == "free" and plain.held[who]:
                rows = ledger.database.fetch(
                    "SELECT p.id FROM pendings p JOIN accounts a ON a.number = p.debit "
                    "WHERE a.id = ? AND p.resolution = 0",
                    (mine,),
                )
                ledger.submit([Transfer(id=f"v{number}", phase=Phase.void, pending=rows[0][0])])
                plain.held[who] = []
            elif what == "back" and plain.lots_given[who]:
                index = number % len(plain.lots_given[who])
                lot = plain.lots_given[who][index]
                part = min(amount, lot[0], plain.available(who))
                if part:
                    rows = ledger.database.fetch(
                        "SELECT t.id FROM transfers t JOIN accounts a ON a.number = t.credit "
                        "WHERE a.id = ? AND t.phase = 0 ORDER BY t.seq",
                        (mine,),
                    )
                    ledger.submit([_move(number, mine, "mint", part, reverses=rows[index][0])])
                    lot[0] -= part
            elif what == "wait":
                now[0] += amount * DAY_US
            elif what == "lapse":
                expected = 0
                for account in WHO:
                    old = sum(left for left, since in plain.left(account) if since + 10 <= day)
                    assert (
                        sum(getattr(c, "amount", 0) for c in expiry_commands(ledger, CATALOGUE, account))
                        == old
                    )
                    plain.spent[account] += old
                    expected += old
                assert expire_points(ledger, CATALOGUE) == expected
                assert expire_points(ledger, CATALOGUE) == 0
                lapsed += expected
            for account in WHO:
                found_lots = lots(ledger, CATALOGUE, account)
                days = [(lot.amount, (lot.earned_at - start) // DAY_US) for lot in found_lots]
                assert days == plain.left(account)
        if lapsed:
            assert ledger.balance(LAPSED).posted == lapsed
        check(ledger)


def _move(number: int, debit: str, credit: str, amount: int, reverses: str = "") -> Transfer:
    return Transfer(
        id=f"t{number}", debit=debit, credit=credit, asset="points", amount=amount, reverses=reverses
    )
