"""What is owed is met before anything is spent; what was just earned waits; a card that is let says so."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from tests.ledger.machines import Clock
from tests.rewards.synthetic_result import Like, judged

from zhenzan.errors import MarketError, RedemptionError
from zhenzan.ledger import Ledger
from zhenzan.rewards import (
    Claim,
    Market,
    Redemptions,
    Sale,
    cards_account,
    owed_account,
    points_account,
    read_catalogue,
    reconcile,
    run_rewards,
    wash_trades,
)
from zhenzan.rewards.clawback import follow, washed_cards
from zhenzan.rewards.debts import meet_debts
from zhenzan.service.market.use_cases import odd_sales

DAY_US, HOUR_US = 86_400_000_000, 3_600_000_000
NOW = 1_900_000_000_000_000
TEXT = """
format = 1
spendable_after_hours = 24
rule = [
  { id = "like", points = 1 },
  { id = "cards", edition = "card", most = 3 },
]
[points]
id = "points"
cap = 100_000
[market]
fee = 0.0
rent_days_max = 10
[market.cash]
id = "CNY"
cap = 1_000_000
[[edition]]
id = "card"
bound = "tradable"
cap = 100
[[offer]]
id = "cup"
price = 100
stock = 50
"""
CATALOGUE = read_catalogue(TEXT)
Grants = dict[str, tuple[int, int]]


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


def grant(ledger: Ledger, grants: Grants, **options: object) -> None:
    """Points and cards of each."""
    claims = [
        Claim(f"{rule}{who}", rule, who, "", "", count, 0)
        for who, counts in grants.items()
        for rule, count in zip(("like", "cards"), counts, strict=True)
        if count
    ]
    reconcile(ledger, CATALOGUE, claims, **options)  # type: ignore[arg-type]


def points(ledger: Ledger, who: str) -> int:
    return (
        ledger.balance(points_account(ledger, who)).available
        if ledger.is_open(points_account(ledger, who))
        else 0
    )


def debt(ledger: Ledger, who: str) -> int:
    return (
        -ledger.balance(owed_account(ledger, who)).posted if ledger.is_open(owed_account(ledger, who)) else 0
    )


def indebted(ledger: Ledger, clock: Clock) -> tuple[Market, Redemptions]:
    """Ann spent 1,000 points and owes them, with a card; bo has 1,000."""
    market, shop = Market(ledger, CATALOGUE), Redemptions(ledger, CATALOGUE)
    grant(ledger, {"ann": (1000, 1), "bo": (1000, 1), "cy": (0, 1)})
    clock.now += 25 * HOUR_US
    for number in range(10):
        shop.redeem("ann", "cup", f"{number}")
    grant(ledger, {"ann": (0, 1), "bo": (1000, 1), "cy": (0, 1)})
    assert (points(ledger, "ann"), debt(ledger, "ann")) == (0, 1000)
    return market, shop


def test_who_owes_spends_nothing_and_is_told_how_much(ledger: Ledger, clock: Clock) -> None:
    market, shop = indebted(ledger, clock)
    fixed, auction = market.sell("bo", "card", 2, 1), market.auction("cy", "card", 3, 1)
    with pytest.raises(RedemptionError, match="owes 1,000 points"):
        shop.redeem("ann", "cup", "more")
    for act in (
        lambda: market.buy("ann", fixed.id),
        lambda: market.bid("ann", auction.id, 5),
        lambda: market.offer("ann", "card", 2, 5),
        lambda: market.sell("ann", "card", 1, 5, asset="CNY"),
    ):
        with pytest.raises(MarketError, match="owes 1,000 points"):
            act()


def test_what_sales_and_rentals_bring_meets_the_debt_at_once(ledger: Ledger, clock: Clock) -> None:
    market, _ = indebted(ledger, clock)
    market.rent("bo", market.let("ann", "card", 1, 10).id, 5)
    assert (points(ledger, "ann"), debt(ledger, "ann")) == (0, 950)
    market.buy("bo", market.sell("ann", "card", 1, 100).id, accepts_let=True)
    assert (points(ledger, "ann"), debt(ledger, "ann")) == (0, 850)


def test_open_bids_of_who_comes_to_owe_are_called_in(ledger: Ledger, clock: Clock) -> None:
    market = Market(ledger, CATALOGUE)
    grant(ledger, {"ann": (1000, 0), "bo": (1000, 2)})
    clock.now += 25 * HOUR_US
    auction = market.auction("bo", "card", 1, 1)
    market.bid("ann", auction.id, 400)
    offer = market.offer("ann", "card", 2, 600)
    grant(ledger, {"bo": (1000, 2)})
    assert (points(ledger, "ann"), debt(ledger, "ann")) == (0, 1000)
    with pytest.raises(MarketError, match="is over"):
        market.accept("bo", offer.id)
    assert meet_debts(ledger, CATALOGUE) == 1000
    assert meet_debts(ledger, CATALOGUE) == 0
    assert (points(ledger, "ann"), debt(ledger, "ann")) == (0, 0)
    clock.now += 8 * DAY_US
    assert market.close() == []


def test_points_wait_after_they_were_earned_and_not_after_a_deal(ledger: Ledger, clock: Clock) -> None:
    market, shop = Market(ledger, CATALOGUE), Redemptions(ledger, CATALOGUE)
    grant(ledger, {"ann": (150, 0), "bo": (0, 1)})
    with pytest.raises(
        RedemptionError,
        match="may spend 0 points now, and 100 are requested: points wait 24 hours",
    ):
        shop.redeem("ann", "cup", "1")
    with pytest.raises(MarketError, match="card/1 waits: cards are passed on 24 hours"):
        market.sell("bo", "card", 1, 120)
    clock.now += 24 * HOUR_US
    listing = market.sell("bo", "card", 1, 120)
    grant(ledger, {"ann": (250, 0), "bo": (0, 1)})
    first = shop.reserve("ann", "cup", "2")
    with pytest.raises(RedemptionError, match="may spend 50 points now"):
        shop.reserve("ann", "cup", "3")
    shop.release(first.id)
    assert market.buy("ann", listing.id)
    assert shop.redeem("bo", "cup").state == "confirmed"


def test_a_card_that_is_let_says_so_and_needs_consent(ledger: Ledger, clock: Clock) -> None:
    market = Market(ledger, CATALOGUE)
    grant(ledger, {"ann": (0, 2), "bo": (1000, 0), "cy": (1000, 0)})
    clock.now += 25 * HOUR_US
    let = market.let("ann", "card", 1, 1)
    with pytest.raises(MarketError, match="from 1 to 10 days, not 11"):
        market.rent("cy", let.id, 11)
    fixed = market.sell("ann", "card", 1, 500)
    until = market.rent("cy", let.id, 10).ends
    assert [listing.let_until for listing in market.listings()] == [until, until]
    assert market.find(fixed.id).let_until == until
    for act in (market.buy, lambda who, id: market.offer(who, "card", 1, 5)):
        with pytest.raises(MarketError, match=r"card/1 is rented out until \d{4}-\d\d-\d\d"):
            act("bo", fixed.id)
    assert market.buy("bo", fixed.id, accepts_let=True).buyer == "bo"
    clock.now = until
    assert market.sell("bo", "card", 1, 5).let_until == 0


def test_a_card_is_not_let_away_under_those_who_bid_for_it(ledger: Ledger, clock: Clock) -> None:
    market = Market(ledger, CATALOGUE)
    grant(ledger, {"ann": (0, 2), "bo": (1000, 0), "cy": (1000, 0)})
    clock.now += 25 * HOUR_US
    lets = [market.let("ann", "card", serial, 1) for serial in (1, 2)]
    auction = market.auction("ann", "card", 1, 1)
    market.bid("bo", auction.id, 5)
    with pytest.raises(MarketError, match="somebody has bid"):
        market.rent("cy", lets[0].id, 5)
    offer = market.offer("bo", "card", 2, 50)
    clock.now += 1
    market.rent("cy", lets[1].id, 5)
    with pytest.raises(MarketError, match="was rented out after the offer was made"):
        market.accept("ann", offer.id)


def washed(ledger: Ledger, clock: Clock, price: int = 900) -> Sale:
    """Friend's card for all that a throwaway account earned by fake likes."""
    market = Market(ledger, CATALOGUE)
    grant(ledger, {"fake": (1000, 0), "friend": (50, 1)})
    clock.now += 25 * HOUR_US
    return market.buy("fake", market.sell("friend", "card", 1, price).id)


def test_points_of_a_wash_sale_are_taken_back_from_who_got_them_exactly_once(
    ledger: Ledger, clock: Clock
) -> None:
    sale = washed(ledger, clock)
    Redemptions(ledger, CATALOGUE).redeem("friend", "cup")  # some of it is spent
    assert follow(ledger, CATALOGUE, [sale]) == 0  # nothing was taken back yet
    grant(ledger, {"friend": (50, 1)})
    assert (points(ledger, "fake"), debt(ledger, "fake")) == (0, 900)
    assert follow(ledger, CATALOGUE, []) == 0  # a sale that nobody doubts
    assert follow(ledger, CATALOGUE, [sale]) == 900
    assert (debt(ledger, "fake"), points(ledger, "friend"), debt(ledger, "friend")) == (0, 0, 50)
    note = ledger.last_note()
    assert follow(ledger, CATALOGUE, [sale]) == 0
    assert ledger.last_note() == note
    causes = [event.cause for event in ledger.latest(5)]
    assert any("sale card/1 was paid with points that were taken back" in cause for cause in causes)


def test_points_are_followed_along_several_wash_sales(ledger: Ledger, clock: Clock) -> None:
    market = Market(ledger, CATALOGUE)
    grant(ledger, {"fake": (1000, 0), "one": (0, 1), "two": (0, 1)})
    clock.now += 25 * HOUR_US
    first = market.buy("fake", market.sell("one", "card", 1, 900).id)
    second = market.buy("one", market.sell("two", "card", 2, 800).id)
    grant(ledger, {"one": (0, 1), "two": (0, 1)})
    assert follow(ledger, CATALOGUE, [first, second]) == 1700
    assert [debt(ledger, who) for who in ("fake", "one", "two")] == [0, 0, 0]
    assert [points(ledger, who) for who in ("fake", "one", "two")] == [0, 0, 0]


def test_a_card_of_fake_likes_is_taken_from_bad_faith_alone(ledger: Ledger, clock: Clock) -> None:
    market = Market(ledger, CATALOGUE)
    grant(ledger, {"fake": (0, 2), "friend": (10, 0), "stranger": (500, 0)})
    clock.now += 25 * HOUR_US
    wash = market.buy("friend", market.sell("fake", "card", 1, 1).id)
    fair = market.buy("stranger", market.sell("fake", "card", 2, 400).id)
    taken = washed_cards(ledger, [wash])
    assert taken == {("card", 1)}
    grant(ledger, {"friend": (10, 0), "stranger": (500, 0)}, washed=taken)
    assert ledger.balance("burnt:card").posted == 1
    assert ledger.holder("card", fair.serial) == cards_account(ledger, "card", "stranger")
    assert washed_cards(ledger, [wash, fair]) == {("card", 1), ("card", 2)}


def test_odd_prices_and_sales_by_who_then_lost_points_are_flagged(ledger: Ledger, clock: Clock) -> None:
    market = Market(ledger, CATALOGUE)
    sellers = {f"s{number}": (0, 1) for number in range(6)}
    grant(ledger, sellers | {"bo": (10_000, 0), "fake": (500, 1)})
    clock.now += 25 * HOUR_US
    for number, price in enumerate((200, 220, 180, 210, 190, 1)):
        market.buy("bo", market.sell(f"s{number}", "card", number + 1, price).id)
    flags = {flag.sale.serial: flag.reasons for flag in wash_trades(ledger)}
    assert flags == {6: ("odd price",)}
    clock.now += 40 * DAY_US
    market.buy("bo", market.sell("fake", "card", 7, 200).id)
    grant(ledger, sellers | {"bo": (10_000, 0)})
    flags = {flag.sale.serial: flag.reasons for flag in wash_trades(ledger)}
    assert flags == {6: ("odd price",), 7: ("taken back soon after",)}


def test_the_catalogue_refuses_hours_and_days_that_are_none(tmp_path: Path) -> None:
    from zhenzan.errors import CatalogueError

    for key, value in (
        (
            "spendable_after_hours",
            "24",
        ),
        ("rent_days_max", "10"),
    ):
        with pytest.raises(CatalogueError, match=f"{key}: -1 is not a whole number between"):
            read_catalogue(TEXT.replace(f"{key} = {value}", f"{key} = -1"))


def test_flags_of_the_service_know_the_rings_of_the_settlement(
    ledger: Ledger, clock: Clock, tmp_path: Path
) -> None:
    sale = washed(ledger, clock)
    verified = judged(tmp_path / "result", [], {"fake": 3, "friend": 3})
    settlement = SimpleNamespace(load=lambda: verified)
    assert [(flag.sale, flag.reasons) for flag in odd_sales(ledger, settlement)] == [(sale, ("same ring",))]  # type: ignore[arg-type]
    assert odd_sales(ledger, None) == []


@pytest.mark.parametrize("by", ["ring", "people"])
def test_a_run_follows_sales_within_a_ring_and_those_that_people_confirmed(
    ledger: Ledger, clock: Clock, tmp_path: Path, by: str
) -> None:
    fake, real = [Like("fake", f"v{i}", 1) for i in range(5)], Like("friend", "v", 1)
    run_rewards(ledger, CATALOGUE, judged(tmp_path / "first", [*fake, real]))
    clock.now += 25 * HOUR_US
    market = Market(ledger, CATALOGUE)
    sale = market.buy("fake", market.sell("friend", "card", 4, 5).id)
    strangers, ring = (
        judged(tmp_path / "no", [real]),
        judged(tmp_path / "yes", [real], {"fake": 1, "friend": 1}),
    )
    assert run_rewards(ledger, CATALOGUE, strangers).settled.points_followed == 0
    assert debt(ledger, "fake") == 5
    known, confirmed = (ring, []) if by == "ring" else (strangers, [sale.id])
    for followed in (5, 0):
        done = run_rewards(ledger, CATALOGUE, known, wash_sales=confirmed)
        assert done.settled.points_followed == followed
        assert (debt(ledger, "fake"), points(ledger, "friend")) == (0, 1)
