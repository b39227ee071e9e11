"""Cash of the market, and sales that look as if nobody really bought."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from tests.ledger.machines import Clock
from tests.rewards.test_market import CATALOGUE, DAY_US, NOW, stocked

from zhenzan.errors import LedgerError, MarketError
from zhenzan.ledger import check
from zhenzan.rewards import Market, Wallet, read_catalogue, wash_trades

CASH = """
[market]
fee = 0.1
[market.cash]
id = "fen"
scale = 2
cap = 1_000_000
"""


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def market(tmp_path: Path, clock: Clock) -> Iterator[Market]:
    ledger, opened = stocked(tmp_path / "m.sqlite", clock)
    yield opened
    check(ledger)
    ledger.close()


def test_cash_comes_in_buys_and_goes_out(market: Market) -> None:
    rules = read_catalogue(CATALOGUE + CASH)
    ledger = market.ledger
    wallet, market = Wallet(ledger, rules), Market(ledger, rules)
    assert wallet.deposit("bo", 5_000, "pay-1").posted == 5_000
    assert wallet.deposit("bo", 5_000, "pay-1").posted == 5_000  # told twice, it counts once
    with pytest.raises(LedgerError):
        wallet.deposit("bo", 4_000, "pay-1")
    market.buy("bo", market.sell("ann", "card", 1, 1_000, asset="fen").id)
    assert wallet.balance("bo").available == 4_000
    assert wallet.balance("ann").available == 800  # less 10 % for the platform, 10 % for the creator
    assert wallet.balance("maker").available == 100
    wallet.pay_out("ann", 800, "out-1")
    assert wallet.balance("ann").available == 0
    with pytest.raises(MarketError, match="too little"):
        wallet.pay_out("ann", 1, "out-2")
    assert (ledger.balance("fen-in").posted, ledger.balance("fen-out").posted) == (-5_000, 800)
    assert wallet.balance("nobody").posted == 0
    with pytest.raises(MarketError, match="reference"):
        wallet.deposit("bo", 1, "")


def test_without_cash_there_is_no_wallet(market: Market) -> None:
    with pytest.raises(MarketError, match="cash trading is off"):
        Wallet(market.ledger, market.catalogue)


def sale(market: Market, seller: str, buyer: str, serial: int) -> str:
    assert isinstance(market.ledger.clock, Clock)
    market.ledger.clock.now += 1
    return market.buy(buyer, market.sell(seller, "card", serial, 10).id).id


def test_an_honest_sale_is_not_flagged(market: Market, clock: Clock) -> None:
    sale(market, "ann", "bo", 1)
    sale(market, "bo", "cy", 3)
    clock.now += 31 * DAY_US
    sale(market, "bo", "ann", 1)  # back, but a month later
    assert wash_trades(market.ledger) == []
    assert len(wash_trades(market.ledger, days=40)) == 2


def test_a_card_that_comes_back_is_flagged_also_by_way_of_others(market: Market) -> None:
    round_trip = [
        sale(market, "ann", "bo", 1), sale(market, "bo", "cy", 1), sale(market, "cy", "ann", 1)
    ]  # fmt: skip
    reasons = {flag.sale.id: flag.reasons for flag in wash_trades(market.ledger)}
    assert reasons == {round_trip[0]: ("came back",), round_trip[2]: ("came back",)}


def test_two_who_trade_both_ways_and_members_of_a_ring_are_flagged(market: Market) -> None:
    there, back, other = (
        sale(market, "ann", "bo", 1),
        sale(market, "bo", "ann", 3),
        sale(market, "bo", "cy", 4),
    )
    reasons = {
        flag.sale.id: flag.reasons for flag in wash_trades(market.ledger, {"bo": 7, "cy": 7, "ann": 8})
    }
    assert reasons == {there: ("both ways",), back: ("both ways",), other: ("same ring",)}
