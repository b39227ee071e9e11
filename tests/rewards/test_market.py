"""The market against a plain model: money and cards move together or not, and rentals outlive sales."""

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
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.ledger.machines import KEY, Clock

from zhenzan.errors import MarketError
from zhenzan.ledger import Ledger, check
from zhenzan.rewards import Claim, Market, Rights, cards_account, points_account, read_catalogue, reconcile

DAY_US = 86_400_000_000
NOW = 1_900_000_000_000_000
CATALOGUE = """
format = 1
spendable_after_hours = 0
rule = [
  { id = "like", points = 1 },
  { id = "cards", edition = "card", most = 2 },
  { id = "props", edition = "prop" },
  { id = "badges", edition = "badge" },
]
[points]
id = "points"
cap = 100_000
[[edition]]
id = "card"
bound = "tradable"
cap = 20
creator = "maker"
royalty = 0.1
[[edition]]
id = "prop"
bound = "rentable"
cap = 20
[[edition]]
id = "badge"
cap = 20
[[right]]
id = "cover"
kind = "exclusive cover"
[[right.by]]
edition = "card"
"""
WHO = ("ann", "bo", "cy")
POINTS = 500
CARDS = range(1, 7)


def stocked(url: str | Path, clock: Clock) -> tuple[Ledger, Market]:
    """Everybody has 500 points, two cards, a prop and a badge."""
    ledger, catalogue = Ledger.open(url, key=KEY, clock=clock), read_catalogue(CATALOGUE)
    grants = (("like", POINTS), ("cards", 2), ("props", 1), ("badges", 1))
    reconcile(
        ledger,
        catalogue,
        [Claim(f"{rule}{who}", rule, who, "", "", count, 0) for rule, count in grants for who in WHO],
    )
    return ledger, Market(ledger, catalogue)


class Trading(RuleBasedStateMachine):
    """Sells, bids, offers, rents at random; a model of balances, holders and rentals follows."""

    new_database: Callable[[], str | Path] | None = None

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.mkdtemp()
        self.clock = Clock(NOW)
        url = Path(self.folder) / "m" if Trading.new_database is None else Trading.new_database()
        self.ledger, self.market = stocked(url, self.clock)
        self.rights = Rights(self.ledger, self.market.catalogue)
        self.points = dict.fromkeys((*WHO, "maker", "fee"), POINTS)
        self.points["maker"] = self.points["fee"] = 0
        self.held = dict.fromkeys(WHO, 0)
        self.holder = {serial: WHO[(serial - 1) // 2] for serial in CARDS}
        self.stands: dict[
            int, tuple[str, str, str, int, int]
        ] = {}  # serial: listing, kind, seller, price, end
        self.best: dict[str, tuple[str, int]] = {}
        self.offers: dict[str, tuple[str, int, int, int]] = {}  # bid: bidder, serial, price, end
        self.rented: dict[int, tuple[str, int]] = {}
        self.let_at: dict[int, int] = {}

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            check(self.ledger)
            self.ledger.close()
            shutil.rmtree(self.folder)

    @rule(
        who=st.sampled_from(WHO),
        serial=st.sampled_from(CARDS),
        price=st.integers(1, 300),
        kind=st.sampled_from(["sell", "auction"]),
        days=st.integers(1, 9),
    )
    def list_a_card(self, who: str, serial: int, price: int, kind: str, days: int) -> None:
        act = self.market.sell if kind == "sell" else self.market.auction
        if self.holder[serial] != who or serial in self.stands:
            with pytest.raises(MarketError):
                act(who, "card", serial, price, days=days)
            return
        listing = act(who, "card", serial, price, days=days)
        self.stands[serial] = (listing.id, kind, who, price, self.clock.now + days * DAY_US)

    @rule(who=st.sampled_from(WHO), serial=st.sampled_from(CARDS))
    def buy(self, who: str, serial: int) -> None:
        if serial not in self.stands:
            return
        id, kind, seller, price, end = self.stands[serial]
        possible = kind == "sell" and who != seller and self.free(who) >= price and end > self.clock.now
        if not possible:
            with pytest.raises(MarketError):
                self.market.buy(who, id, accepts_let=True)
            return
        sale = self.market.buy(who, id, accepts_let=True)
        assert self.market.buy(who, id, accepts_let=True) == sale
        self.pay(who, seller, price)
        self.points[who] -= price
        self.holder[serial] = who
        del self.stands[serial]

    @rule(who=st.sampled_from(WHO), chosen=st.integers(0, 20), more=st.integers(-3, 9) | st.integers(0, 60))
    def bid(self, who: str, chosen: int, more: int) -> None:
        """In any auction, or now and then for what is not in one; a little more, or less, than was bid."""
        there = sorted(self.stands, key=lambda serial: (self.stands[serial][1] != "auction", serial))
        if not there:
            return
        serial = there[chosen % len(there) if chosen > 15 else 0]
        id, kind, seller, least, end = self.stands[serial]
        best = self.best.get(id)
        price = max((best[1] if best else least) + more, 1)
        if best == (who, price) and end > self.clock.now:
            self.market.bid(who, id, price, accepts_let=True)  # again: the same bid
            return
        least_price = least if best is None else best[1] + 1
        money = self.free(who) + (best[1] if best and best[0] == who else 0)
        possible = kind == "auction" and who != seller and end > self.clock.now
        if not possible or price < least_price or price > money:
            with pytest.raises(MarketError):
                self.market.bid(who, id, price, accepts_let=True)
            return
        self.market.bid(who, id, price, accepts_let=True)
        if best is not None:
            self.held[best[0]] -= best[1]
        self.held[who] += price
        self.best[id] = (who, price)

    @rule(days=st.integers(0, 4))
    def time_passes_and_auctions_close(self, days: int) -> None:
        self.clock.now += days * DAY_US
        for bid, (who, _, price, end) in list(self.offers.items()):
            if end <= self.clock.now:
                self.held[who] -= price
                del self.offers[bid]
        sold = {sale.serial for sale in self.market.close()}
        for serial, (id, kind, seller, _, end) in list(self.stands.items()):
            if end > self.clock.now:
                continue
            del self.stands[serial]
            best = self.best.pop(id, None)
            assert (serial in sold) == (kind == "auction" and best is not None)
            if best is not None:
                who, price = best
                self.held[who] -= price
                self.points[who] -= price
                self.pay(who, seller, price)
                self.holder[serial] = who
        assert self.market.close() == []

    @rule(who=st.sampled_from(WHO), serial=st.sampled_from(CARDS))
    def cancel(self, who: str, serial: int) -> None:
        if serial not in self.stands:
            return
        id, _, seller, _, end = self.stands[serial]
        if who != seller or id in self.best:
            with pytest.raises(MarketError):
                self.market.cancel(who, id)
        elif end > self.clock.now:
            assert self.market.cancel(who, id).state == "cancelled"
            del self.stands[serial]

    @rule(who=st.sampled_from(WHO), serial=st.sampled_from(CARDS), price=st.integers(1, 300))
    def offer(self, who: str, serial: int, price: int) -> None:
        if self.free(who) < price:
            with pytest.raises(MarketError, match="too little"):
                self.market.offer(who, "card", serial, price, days=3, accepts_let=True)
            return
        bid = self.market.offer(who, "card", serial, price, days=3, accepts_let=True)
        self.held[who] += price
        self.offers[bid.id] = (who, serial, price, self.clock.now + 3 * DAY_US)

    @rule(data=st.data())
    def accept_or_withdraw_an_offer(self, data: st.DataObject) -> None:
        if not self.offers:
            return
        id = data.draw(st.sampled_from(list(self.offers)))
        who, serial, price, end = self.offers[id]
        if data.draw(st.booleans()):
            self.market.withdraw(who, id)
        else:
            seller = data.draw(st.sampled_from(WHO))
            let_since = self.is_let(serial) and self.let_at[serial] >= end - 3 * DAY_US
            if self.holder[serial] != seller or serial in self.stands or seller == who or let_since:
                with pytest.raises(MarketError):
                    self.market.accept(seller, id)
                return
            sale = self.market.accept(seller, id)
            assert self.market.accept(seller, id) == sale
            self.points[who] -= price
            self.pay(who, seller, price)
            self.holder[serial] = who
        self.held[who] -= price
        del self.offers[id]

    @rule(
        who=st.sampled_from(WHO),
        serial=st.sampled_from(CARDS),
        price=st.integers(1, 20),
        days=st.integers(1, 6),
    )
    def rent(self, who: str, serial: int, price: int, days: int) -> None:
        owner = self.holder[serial]
        if serial in self.stands:
            return
        listing = self.market.let(owner, "card", serial, price, days=1)
        if who == owner or self.is_let(serial) or self.free(who) < price * days:
            with pytest.raises(MarketError):
                self.market.rent(who, listing.id, days)
            return
        self.market.rent(who, listing.id, days)
        fee = price * days * 5 // 100
        self.points[who] -= price * days
        self.points[owner] += price * days - fee
        self.points["fee"] += fee
        self.rented[serial] = (who, self.clock.now + days * DAY_US)
        self.let_at[serial] = self.clock.now

    def is_let(self, serial: int) -> bool:
        return self.rented.get(serial, ("", 0))[1] > self.clock.now

    def free(self, who: str) -> int:
        return self.points[who] - self.held[who]

    def pay(self, buyer: str, seller: str, price: int) -> None:
        fee, royalty = price * 5 // 100, price // 10
        self.points[seller] += price - fee - royalty
        self.points["fee"] += fee
        self.points["maker"] += royalty

    @invariant()
    def cards_and_money_are_where_the_model_says(self) -> None:
        if not hasattr(self, "ledger"):
            return
        for serial, who in self.holder.items():
            assert self.ledger.holder("card", serial) == cards_account(self.ledger, "card", who)
        for who in WHO:
            balance = self.ledger.balance(points_account(self.ledger, who))
            assert (balance.posted, balance.debits_pending) == (self.points[who], self.held[who])
        assert self.ledger.balance("fee").posted == self.points["fee"]
        assert sum(self.points.values()) == POINTS * len(WHO)

    @invariant()
    def a_rented_right_is_the_renters_until_it_ends(self) -> None:
        if not hasattr(self, "ledger"):
            return
        now, has = self.clock.now, set()
        for serial in CARDS:
            renter, end = self.rented.get(serial, ("", 0))
            has.add(renter if end > now else self.holder[serial])
        for who in WHO:
            assert (self.rights.check(who, "cover") is not None) == (who in has)


class TradingOnSqlite(Trading):
    new_database = None


TestTrading = pytest.mark.also_soak(TradingOnSqlite.TestCase)
TestTrading.settings = settings(max_examples=effort(15, 400), stateful_step_count=40)


@pytest.mark.also_soak
def test_the_market_holds_on_postgresql(new_postgres: Callable[[], str]) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Trading.new_database = new_postgres
    try:
        run_state_machine_as_test(
            Trading, settings=settings(max_examples=effort(2, 40), stateful_step_count=30)
        )
    finally:
        Trading.new_database = None


@pytest.fixture
def market(tmp_path: Path):  # type: ignore[no-untyped-def]
    ledger, opened = stocked(tmp_path / "m", Clock(NOW))
    yield opened
    check(ledger)
    ledger.close()


def test_bound_cards_are_not_traded_and_cash_is_off(market: Market) -> None:
    for edition, act, says in (
        ("badge", market.sell, "soul-bound: neither sold nor rented"),
        ("badge", market.let, "soul-bound: neither sold nor rented"),
        ("prop", market.sell, "rentable: rented, not sold"),
    ):
        with pytest.raises(MarketError, match=says):
            act("ann", edition, 1, 5)
    assert market.let("ann", "prop", 1, 5).kind == "rent"
    with pytest.raises(MarketError, match="cash trading is off"):
        market.sell("ann", "card", 1, 5, asset="CNY")
    with pytest.raises(MarketError, match="a price must be 1 or more"):
        market.sell("ann", "card", 1, 0)
    with pytest.raises(MarketError, match="does not hold card/99"):
        market.sell("ann", "card", 99, 5)


def test_a_seized_card_leaves_the_market_and_its_bidders_get_their_money(market: Market) -> None:
    ledger = market.ledger
    listing = market.auction("ann", "card", 2, 10)
    market.bid("bo", listing.id, 50)
    left = [Claim(f"{rule}{who}", rule, who, "", "", count, 0) for rule, count in
            (("like", POINTS), ("cards", 2), ("props", 1), ("badges", 1)) for who in WHO
            if (rule, who) != ("cards", "ann")]  # fmt: skip
    done = reconcile(ledger, market.catalogue, left)
    assert done.cards_burnt == 2
    with pytest.raises(MarketError, match="is over"):
        market.bid("cy", listing.id, 60)
    assert market.close() == []
    assert ledger.balance(points_account(ledger, "bo")).debits_pending == 0
    assert market.find(listing.id).state == "ended"


def test_a_card_whose_listing_ran_out_is_free_again_at_once(market: Market) -> None:
    market.sell("ann", "card", 1, 10, days=1)
    clock = market.ledger.clock
    assert isinstance(clock, Clock)
    clock.now += DAY_US
    assert market.ledger.card_hold("card", 1) == ""
    assert market.let("ann", "card", 1, 5).state == "open"
    assert market.sell("ann", "card", 1, 10).state == "open"
