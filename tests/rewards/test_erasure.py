"""A person who is forgotten is nowhere: not in the ledger's tables, nor in those of the rewards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from sqlalchemy import String
from tests.ledger.machines import KEY, Clock
from tests.rewards.test_market import CATALOGUE, NOW
from tests.store.rooms import TABLES

from zhenzan.errors import LedgerError
from zhenzan.ledger import Ledger, UnknownAccountError, check
from zhenzan.rewards import (
    Appeals,
    Claim,
    Credentials,
    Decoration,
    Market,
    Redemptions,
    Sandbox,
    decorate,
    erase_person,
    points_account,
    read_catalogue,
    reconcile,
)
from zhenzan.rewards.account_ids import claim_key
from zhenzan.rewards.tables import LEVELS

RULES = read_catalogue(
    CATALOGUE.replace('id = "card"\nbound', 'id = "card"\nart = "3-D"\nbound', 1)
    + """
[[offer]]
id = "mug"
price = 1
stock = 5
[credentials]
issuer = "here"
status_url = "https://example.org/list"
"""
)
WHO = ("person-ann", "bo", "cy")
GRANTS = (("like", 500), ("cards", 2), ("props", 1))


def claims(count: int = 1) -> list[Claim]:
    return [
        Claim(claim_key(rule, who), rule, who, "", "", number * count, 0)
        for rule, number in GRANTS
        for who in WHO
    ]


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    return tmp_path / "r.sqlite"


@pytest.fixture
def ledger(ledger_path: Path) -> Iterator[Ledger]:
    with Ledger.open(ledger_path, key=KEY, clock=Clock(NOW)) as opened:
        reconcile(opened, RULES, claims())
        yield opened


def everywhere(ledger: Ledger, text: str) -> list[str]:
    """Columns of any table that hold a text."""
    columns = []
    for table in TABLES.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String):
                query = f'SELECT COUNT(*) FROM "{table.name}" WHERE "{column.name}" LIKE ?'
                if ledger.database.fetch(query, (f"%{text}%",))[0][0]:
                    columns.append(f"{table.name}.{column.name}")
    return columns


def live(ledger: Ledger) -> None:
    """Ann does everything that leaves a name."""
    ann, bo, _ = WHO
    market = Market(ledger, RULES)
    shop = Redemptions(ledger, RULES, Sandbox())
    shop.redeem(ann, "mug")
    decorate(ledger, RULES, ann, "card", 1, Decoration("gold", "star", "mine"))
    badges = Credentials(ledger, RULES, bytes(32))
    badges.of_card(ann, "card", 1)
    badges.of_right(ann, "cover")
    sold = market.sell(ann, "card", 2, 20)
    market.buy(bo, sold.id)
    auction = market.auction(ann, "card", 1, 10)
    market.bid(bo, auction.id, 30)
    market.offer(ann, "card", 3, 40)
    market.rent(bo, market.let(ann, "prop", 1, 2).id, 3)
    Appeals(ledger).open(ann, "person-ann is a person")


def test_a_forgotten_person_is_nowhere_and_everything_else_holds(ledger: Ledger, ledger_path: Path) -> None:
    live(ledger)
    before = ledger.balance(points_account(ledger, "bo"))
    assert before.debits_pending == 30
    erase_person(ledger, WHO[0])
    assert everywhere(ledger, WHO[0]) == []
    check(ledger)
    after = ledger.balance(points_account(ledger, "bo"))
    assert (after.posted, after.debits_pending) == (before.posted, 0)  # the bid is given back
    assert Market(ledger, RULES).listings() == []
    assert Credentials(ledger, RULES, bytes(32)).status_list()
    Market(ledger, RULES).close()
    others = [claim for claim in claims() if claim.account != WHO[0]]
    assert reconcile(ledger, RULES, others).points_taken_back == 0
    check(ledger)
    with pytest.raises(LedgerError):
        erase_person(ledger, WHO[0])


def test_a_run_with_the_old_log_pays_nothing_twice(ledger: Ledger) -> None:
    erase_person(ledger, WHO[0])
    again = reconcile(ledger, RULES, claims())
    assert (again.points_granted, again.cards_granted) == (0, 0)
    check(ledger)


def test_a_redemption_under_way_is_finished_first(ledger: Ledger) -> None:
    shop = Redemptions(ledger, RULES, Sandbox())
    shop.reserve(WHO[0], "mug")
    with pytest.raises(LedgerError, match="under way"):
        erase_person(ledger, WHO[0])
    assert everywhere(ledger, WHO[0])
    shop.recover()
    erase_person(ledger, WHO[0])
    assert everywhere(ledger, WHO[0]) == []


def test_what_is_written_of_a_person_goes_with_their_name_or_not_at_all(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(ledger)
    before = everywhere(ledger, WHO[0])
    real = ledger.database.upsert

    def breaks(connection: object, table: object, rows: object) -> None:
        if getattr(table, "name", "") == "appeals":
            raise RuntimeError("the process dies here")
        real(connection, table, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger.database, "upsert", breaks)
    with pytest.raises(RuntimeError):
        erase_person(ledger, WHO[0])
    monkeypatch.setattr(ledger.database, "upsert", real)
    assert everywhere(ledger, WHO[0]) == before
    check(ledger)
    erase_person(ledger, WHO[0])
    assert everywhere(ledger, WHO[0]) == []


def test_who_only_stands_on_a_ladder_is_forgotten_too(ledger: Ledger) -> None:
    with ledger.database.write() as connection:
        ledger.database.upsert(connection, LEVELS, [("person-dee", "fans", "maker", 2.0, 1)])
    erase_person(ledger, "person-dee")
    assert everywhere(ledger, "person-dee") == []
    with pytest.raises(UnknownAccountError):
        erase_person(ledger, "person-dee")
