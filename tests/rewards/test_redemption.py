"""Redemption: nothing is lost to a fulfilment that fails or a program that dies, nothing handed out twice."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.effort import effort

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from zhenzan.errors import CatalogueError, RedemptionError
from zhenzan.ledger import Ledger, SigningKey, Transfer, check
from zhenzan.rewards import (
    Claim,
    FulfilmentFailedError,
    Redemption,
    Redemptions,
    cards_account,
    points_account,
    read_catalogue,
    reconcile,
)
from zhenzan.rewards.catalogue_tables import Offer

KEY = SigningKey("test", bytes(range(32)))
CATALOGUE = """
format = 1
spendable_after_hours = 0
[points]
id = "points"
cap = 1_000
[[edition]]
id = "badge"
cap = 20
[[rule]]
id = "like"
points = 1
[[rule]]
id = "fan"
edition = "badge"
most = 3
[[offer]]
id = "cup"
kind = "merchandise"
price = 4
stock = 5
most = 2
[[offer]]
id = "sample"
kind = "sample"
edition = "badge"
stock = 3
[[offer]]
id = "coupon"
price = 1
stock = 9
"""
ACCOUNTS = ("ann", "bo", "cy")
POINTS, CARDS, CODES = 10, 3, 4
PRICES = {"cup": (4, 0), "sample": (0, 1), "coupon": (1, 0)}
STOCK = {"cup": 5, "sample": 3, "coupon": 9}


class LostError(Exception):
    """The answer of the outside world did not come."""


class Outside:
    """A port that may refuse, and may hand out and die before it answers."""

    def __init__(self) -> None:
        self.fulfilled: dict[str, str] = {}
        self.refuses = self.dies = False
        self.calls = 0

    def fulfil(self, redemption: Redemption, offer: Offer) -> str:
        self.calls += 1
        if redemption.id in self.fulfilled:
            return self.fulfilled[redemption.id]
        if self.refuses:
            raise FulfilmentFailedError("refused")
        self.fulfilled[redemption.id] = f"{offer.id}:{redemption.account}"
        if self.dies:
            raise LostError
        return self.fulfilled[redemption.id]


def stocked(url: str | Path) -> tuple[Ledger, Redemptions, Outside]:
    ledger, catalogue, port = Ledger.open(url, key=KEY), read_catalogue(CATALOGUE), Outside()
    reconcile(
        ledger,
        catalogue,
        [
            Claim(f"{rule}{who}", rule, who, "", "", grants, 0)
            for who in ACCOUNTS
            for rule, grants in (("like", POINTS), ("fan", CARDS))
        ],
    )
    return ledger, Redemptions(ledger, catalogue, port), port


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Ledger, Redemptions, Outside]]:
    ledger, shop, port = stocked(tmp_path / "shop.sqlite")
    yield ledger, shop, port
    check(ledger)
    ledger.close()


def test_a_sample_costs_its_card_and_there_are_only_so_many(
    shop: tuple[Ledger, Redemptions, Outside],
) -> None:
    ledger, goods, port = shop
    for _ in range(3):
        assert goods.redeem("ann", "sample").state == "confirmed"
    assert (ledger.cards(cards_account(ledger, "badge", "ann")), goods.left("sample")) == ([], 0)
    with pytest.raises(RedemptionError, match="holds no card of 'badge'"):
        goods.redeem("ann", "sample")
    with pytest.raises(RedemptionError, match="sold out: none of 3 are left"):
        goods.redeem("bo", "sample")
    assert len(port.fulfilled) == 3


def test_limits_and_mistakes_are_told_apart(shop: tuple[Ledger, Redemptions, Outside]) -> None:
    _, goods, _ = shop
    goods.redeem("ann", "cup")
    goods.redeem("ann", "cup")
    with pytest.raises(RedemptionError, match="the limit per account is 2"):
        goods.redeem("ann", "cup")
    for _ in range(2):
        goods.redeem("ann", "coupon")
    with pytest.raises(RedemptionError, match="too few points: 'coupon' costs 1"):
        goods.redeem("ann", "coupon")
    with pytest.raises(RedemptionError, match="did you mean 'sample'"):
        goods.redeem("ann", "sampel")
    with pytest.raises(RedemptionError, match="too few points"):
        goods.redeem("nobody", "cup")


def test_the_same_request_is_the_same_redemption(shop: tuple[Ledger, Redemptions, Outside]) -> None:
    ledger, goods, port = shop
    assert goods.redeem("ann", "coupon", "r1") == goods.redeem("ann", "coupon", "r1")
    assert (port.calls, ledger.balance(points_account(ledger, "ann")).available) == (1, POINTS - 1)


def test_codes_are_each_one_persons_and_come_back(shop: tuple[Ledger, Redemptions, Outside]) -> None:
    _, goods, port = shop
    assert goods.add_codes("coupon", ["A-1", "A-2", "", "A-1"]) == 2
    assert goods.add_codes("coupon", ["A-2"]) == 0
    port.refuses = True
    with pytest.raises(FulfilmentFailedError):
        goods.redeem("ann", "coupon")
    port.refuses = False
    assert {goods.redeem(who, "coupon").code for who in ("ann", "bo")} == {"A-1", "A-2"}
    with pytest.raises(RedemptionError, match="no code left"):
        goods.redeem("cy", "coupon")


def test_what_a_killed_program_left_is_recovered(shop: tuple[Ledger, Redemptions, Outside]) -> None:
    ledger, goods, port = shop
    port.dies = True
    with pytest.raises(LostError):
        goods.redeem("ann", "cup")  # handed out, and the program died
    goods.reserve("bo", "cup")  # reserved, and the program died
    assert ledger.balance(points_account(ledger, "ann")).debits_pending == 4
    port.dies = False
    again = Redemptions(ledger, read_catalogue(CATALOGUE), port)
    assert Counter(redemption.state for redemption in again.recover()) == {"confirmed": 2}
    assert again.recover() == []
    assert len(port.fulfilled) == 2
    assert again.left("cup") == 3


def test_what_was_reserved_is_resolved_as_it_was_though_the_offer_costs_more_now(
    shop: tuple[Ledger, Redemptions, Outside],
) -> None:
    ledger, goods, port = shop
    reserved = [goods.reserve("ann", "cup").id for _ in range(2)]
    dearer = Redemptions(
        ledger, read_catalogue(CATALOGUE.replace("price = 4", 'price = 5\nedition = "badge"')), port
    )
    assert dearer.release(reserved[0]).state == "released"
    assert dearer.confirm(reserved[1], "by hand").receipt == "by hand"
    assert ledger.balance(points_account(ledger, "ann")).available == POINTS - 4


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('[[offer]]\nid = "x"\nstock = 1\n', "line 32: .*costs nothing"),
        ('[[offer]]\nid = "x"\nstock = 1\nedition = "bagde"\n', "line 35: .*there is no edition 'bagde'"),
        ('[[offer]]\nid = "cup"\nprice = 1\nstock = 1\n', "line 33: .*is there already"),
        ('[[offer]]\nid = "x"\nprice = 1\n', "line 32: .*has no stock"),
        (
            '[[rule]]\nid = "x"\npoints = 1\nwatched = "all"\n',
            "line 35: .*watched: 'all' is not a number between 0 and 10; 1 is watched to the end",
        ),
    ],
)
def test_mistakes_in_offers_are_told_with_their_line(line: str, message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        read_catalogue(CATALOGUE + line)


class Redeeming(RuleBasedStateMachine):
    """Against a plain model: what is handed out is paid for once, what is not is paid for by nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.ledger, self.shop, self.port = stocked(Path(self.folder.name) / "shop.sqlite")
        self.shop.add_codes("coupon", [f"c{i}" for i in range(CODES)])

    def teardown(self) -> None:
        check(self.ledger)
        self.ledger.close()
        self.folder.cleanup()

    @rule(who=st.sampled_from(ACCOUNTS), offer=st.sampled_from(sorted(STOCK)), fate=st.integers(0, 3))
    def redeem(self, who: str, offer: str, fate: int) -> None:
        self.port.refuses, self.port.dies = fate == 1, fate == 2
        had = Counter((redemption.offer, redemption.state != "released") for redemption in self.shop.of(who))
        may = self._may(who, offer) and not (offer == "cup" and had["cup", True] >= 2)
        try:
            if fate == 3:
                self.shop.reserve(who, offer)
            else:
                done = self.shop.redeem(who, offer)
                assert (done.state, fate) == ("confirmed", 0)
            assert may
        except (FulfilmentFailedError, LostError):
            assert may
            assert fate in (1, 2)
        except RedemptionError:
            assert not may

    @rule(refuses=st.booleans())
    def recover(self, refuses: bool) -> None:
        self.port.refuses, self.port.dies = refuses, False
        self.shop.recover()
        assert self.shop.recover() == []

    @rule()
    def resolved_ones_stay(self) -> None:
        for who in ACCOUNTS:
            for redemption in self.shop.of(who):
                if redemption.state == "confirmed":
                    with pytest.raises(RedemptionError, match="confirmed already"):
                        self.shop.release(redemption.id)
                if redemption.state == "released":
                    with pytest.raises(RedemptionError, match="released already"):
                        self.shop.confirm(redemption.id, "late")

    def _may(self, who: str, offer: str) -> bool:
        points, cards = self._left_of(who)
        price = PRICES[offer]
        stock, used = STOCK[offer], self._all(offer)
        limit = min(stock, CODES) if offer == "coupon" else stock
        return price[0] <= points and price[1] <= cards and used < limit

    def _left_of(self, who: str) -> tuple[int, int]:
        live = [redemption for redemption in self.shop.of(who) if redemption.state != "released"]
        return (
            POINTS - sum(PRICES[redemption.offer][0] for redemption in live),
            CARDS - sum(PRICES[redemption.offer][1] for redemption in live),
        )

    def _all(self, offer: str) -> int:
        return sum(
            redemption.offer == offer and redemption.state != "released"
            for who in ACCOUNTS
            for redemption in self.shop.of(who)
        )

    @invariant()
    def handed_out_is_paid_once(self) -> None:
        confirmed = [
            redemption
            for who in ACCOUNTS
            for redemption in self.shop.of(who)
            if redemption.state == "confirmed"
        ]
        assert {redemption.id for redemption in confirmed} <= set(self.port.fulfilled)
        for who in ACCOUNTS:
            points, cards = self._left_of(who)
            assert self.ledger.balance(points_account(self.ledger, who)).available == points
            held = self.ledger.cards(cards_account(self.ledger, "badge", who))
            assert sum(not hold.is_held for hold in held) == cards
        for offer, stock in STOCK.items():
            assert self.shop.left(offer) == stock - self._all(offer)
        codes = [redemption.code for who in ACCOUNTS for redemption in self.shop.of(who) if redemption.code]
        assert len(codes) == len(set(codes)) == self._all("coupon")


TestRedeeming = pytest.mark.also_soak(Redeeming.TestCase)
TestRedeeming.settings = settings(max_examples=effort(12, 300), stateful_step_count=40)


def test_it_is_all_the_same_on_postgresql(new_postgres: Callable[[], str]) -> None:
    ledger, shop, port = stocked(new_postgres())
    port.refuses = True
    with pytest.raises(FulfilmentFailedError):
        shop.redeem("ann", "cup")
    port.refuses = False
    assert shop.redeem("ann", "cup").state == "confirmed"
    assert (shop.left("cup"), ledger.balance(points_account(ledger, "ann")).available) == (4, POINTS - 4)
    ledger.submit(
        [Transfer(id="x", debit=points_account(ledger, "bo"), credit="fee", asset="points", amount=1)]
    )
    check(ledger)
    ledger.close()
