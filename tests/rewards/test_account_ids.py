"""What the ledger calls people: one name each, which nobody outside can compute, and which stays theirs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.ledger.machines import KEY, Clock
from tests.rewards.older_grants import as_lists
from tests.rewards.synthetic_result import Like, judged
from tests.rewards.test_erasure import NOW, RULES, claims
from tests.rewards.test_wallet import CASH, CATALOGUE
from tests.store.downgrades import put_back

from zhenzan.ledger import Ledger, check
from zhenzan.rewards import (
    Claim,
    Redemptions,
    Sandbox,
    Wallet,
    cards_account,
    holdings,
    is_account_of,
    name_of,
    owed_account,
    points_account,
    read_catalogue,
    reconcile,
    rotate_names,
)
from zhenzan.rewards import claims as earned
from zhenzan.rewards.account_ids import Names, claim_key, names_of
from zhenzan.rewards.tables import ACCOUNT_NAMES
from zhenzan.store import open_database

KEYED = """
format = 1
[points]
id = "points"
cap = 1_000
[[rule]]
id = "item"
per = "item"
points = 1
[[rule]]
id = "day"
window = "day"
points = 1
"""
LONG = "did:example:" + "q" * 70
WIDE = "赞" * 40


def old_name(account: str) -> str:
    """As long ids were written before they were told apart from plain ones."""
    return sha256(account.encode()).hexdigest()[:40]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with Ledger.open(tmp_path_factory.mktemp("one") / "l.sqlite", key=KEY) as ledger:
        yield ledger


names_in_logs = st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=9
)


@settings(max_examples=20)
@given(st.lists(st.tuples(names_in_logs, names_in_logs), min_size=1, max_size=4))
def test_a_claim_has_the_key_of_what_it_is_for(likes: list[tuple[str, str]]) -> None:
    rules = read_catalogue(KEYED)
    with tempfile.TemporaryDirectory() as folder:
        likes_sent = [Like(account, item, hour) for hour, (account, item) in enumerate(dict.fromkeys(likes))]
        claims_made = list(earned(judged(Path(folder) / "r", likes_sent), rules))
    assert {(claim.account, claim.scope) for claim in claims_made if claim.rule == "item"} == set(likes)
    for claim in claims_made:
        assert claim.key == claim_key(claim.rule, claim.account, claim.scope, claim.window)


@given(st.text(max_size=80))
def test_an_account_is_its_holders(one: Ledger, who: str) -> None:
    is_theirs = is_account_of(one, who)
    names = points_account(one, who), owed_account(one, who), cards_account(one, "badge", who)
    for name in names:
        assert is_theirs(name)
        assert not is_account_of(one, who + "x")(name)


@pytest.mark.parametrize(
    "name", ["points:a:x", "cards:badge:a:x", "cards:x", "deeds:x", "x", "points:", "press:x", "stall:x"]
)
def test_an_ending_is_not_a_name(one: Ledger, name: str) -> None:
    assert not is_account_of(one, "x")(name)


plain = st.text(max_size=80) | st.text("0123456789abcdef~", min_size=38, max_size=44)


@given(st.lists(plain, unique=True, min_size=2, max_size=5))
@example([LONG, old_name(LONG)])
def test_no_two_accounts_share_a_name(one: Ledger, accounts: list[str]) -> None:
    accounts = list(dict.fromkeys([*accounts, *(name_of(one, account) for account in accounts)]))
    names = [name_of(one, account) for account in accounts]
    assert len(set(names)) == len(names)
    assert all(name.isprintable() for name in names)


def test_ids_cannot_be_computed_without_the_ledgers_secret(tmp_path: Path) -> None:
    ids_by_ledger = []
    for name in ("a", "b"):
        with Ledger.open(tmp_path / f"{name}.sqlite", key=KEY, clock=Clock(NOW)) as ledger:
            reconcile(ledger, RULES, claims())
            ids = {id for (id,) in ledger.database.fetch("SELECT id FROM transfers WHERE cause <> ''")}
            ids_by_ledger.append({id for id in ids if not id.startswith("fund:")})
            assert name_of(ledger, LONG) != f"~{old_name(LONG)}"
    assert ids_by_ledger[0]
    assert not ids_by_ledger[0] & ids_by_ledger[1]


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


def test_after_a_rotation_what_was_named_keeps_its_name(ledger: Ledger) -> None:
    rules = read_catalogue(CATALOGUE + CASH)
    reconcile(ledger, RULES, claims())
    shop = Redemptions(ledger, RULES, Sandbox())
    redeemed = shop.redeem("bo", "mug", "request-1")
    wallet = Wallet(ledger, rules)
    wallet.deposit("bo", 500, "pay-1")
    before, name = holdings(ledger, "bo"), name_of(ledger, LONG)
    assert rotate_names(ledger) == 2
    assert reconcile(ledger, RULES, claims()).points_granted == 0
    assert shop.redeem("bo", "mug", "request-1") == redeemed
    assert wallet.deposit("bo", 500, "pay-1").posted == 500
    assert (holdings(ledger, "bo"), name_of(ledger, LONG)) == (before, name)
    taken = reconcile(ledger, RULES, [])
    assert taken.points_taken_back + taken.points_owed > 0
    assert rotate_names(ledger) == 3
    reconcile(ledger, RULES, claims(2))
    check(ledger)


def as_it_was(path: Path) -> None:
    """A ledger whose names and ids are those of before, then without the tables that came since."""
    with Ledger.open(path, key=KEY, clock=Clock(NOW)) as ledger:
        with ledger.database.write() as connection:
            connection.exec_driver_sql("DELETE FROM naming_keys")
            ledger.database.insert(connection, ACCOUNT_NAMES, [(LONG, old_name(LONG)), (WIDE, WIDE)])
        assert names_of(ledger).name(LONG) == old_name(LONG)
        reconcile(ledger, RULES, [*claims(), *of(LONG), *of(WIDE)])
    database = open_database(path)
    as_lists(database)
    put_back(database, "service_0007")
    database.close()


def of(who: str) -> list[Claim]:
    return [Claim(claim_key(claim.rule, who), claim.rule, who, *claim[3:]) for claim in claims()[::3]]


def test_an_old_ledger_is_carried_over(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    as_it_was(path)
    with Ledger.open(path, key=KEY, clock=Clock(NOW)) as ledger:
        names = Names(ledger.database)
        assert (names.newest, names.name(LONG), names.name("bo")) == (1, old_name(LONG), "bo")
        assert names.name(old_name(LONG)) not in (old_name(LONG), names.name(LONG))
        held = holdings(ledger, LONG)
        assert held.points > 0
        assert held.cards
        with pytest.raises(Exception, match="has earned nothing"):
            holdings(ledger, old_name(LONG))
        assert (names.name(WIDE), holdings(ledger, WIDE).points) == (WIDE, held.points)
        again = reconcile(ledger, RULES, [*claims(), *of(LONG), *of(WIDE)])
        assert (again.points_granted, again.cards_granted, again.points_taken_back) == (0, 0, 0)
        assert reconcile(ledger, RULES, [*claims(), *of(WIDE)]).points_taken_back == held.points
        check(ledger)
