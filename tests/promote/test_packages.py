"""Prices by tier: never more for less, and nothing that cannot be billed to the cent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.errors import PromotionError
from zhenzan.promote import Line, Package, Tier

TEN_FOR_A_COIN = Package("likes", {"like": (Tier(10, 100), Tier(100, 80))})
tier_lists = st.lists(
    st.builds(Tier, st.integers(10, 2_000), st.integers(1, 500)),
    unique_by=lambda tier: tier.units,
    max_size=5,
).map(lambda tiers: tuple(sorted((Tier(1, 500), *tiers), key=lambda tier: tier.units)))


def test_a_panels_prices_are_reproduced() -> None:
    assert [TEN_FOR_A_COIN.price("like", units) for units in (10, 79, 80, 99, 100)] == [
        1_000, 7_900, 8_000, 8_000, 8_000,
    ]  # fmt: skip


@given(tier_lists, st.integers(1, 5_000))
@settings()
def test_one_unit_more_never_costs_less_when_unit_prices_fall(tiers: tuple[Tier, ...], units: int) -> None:
    package = Package("any", {"like": tiers}, minimum=1)
    assert 0 < package.price("like", units) <= units * max(tier.unit_price for tier in tiers)
    if [tier.unit_price for tier in tiers] == sorted((tier.unit_price for tier in tiers), reverse=True):
        assert package.price("like", units) <= package.price("like", units + 1)


@given(st.integers(1, 10_000), st.integers(0, 10**9))
@settings()
def test_the_bills_of_single_units_add_up_to_the_price(goal: int, price: int) -> None:
    bills = [Line("like", goal, price, captured=captured).billed for captured in (0, goal // 2, goal)]
    assert bills[0] == 0
    assert bills[2] == price
    assert abs(bills[1] * goal - price * (goal // 2)) < goal


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Package("x", {}), "sells nothing"),
        (lambda: Package("x", {"likes": (Tier(1, 1),)}), "did you mean 'like'"),
        (lambda: Package("x", {"like": (Tier(50, 1),)}), "at or below 10"),
        (lambda: Package("x", {"like": (Tier(1, 1),)}, minimum=0), "minimum"),
        (lambda: Tier(0, 1), "begins at"),
        (lambda: Tier(1, 0), "costs"),
        (lambda: TEN_FOR_A_COIN.price("share", 10), "does not sell 'share'"),
        (lambda: TEN_FOR_A_COIN.price("like", 9), "sells 10 to 10,000"),
    ],
)
def test_what_cannot_be_sold_is_said_with_the_remedy(make: object, words: str) -> None:
    with pytest.raises(PromotionError, match=words):
        make()  # type: ignore[operator]
