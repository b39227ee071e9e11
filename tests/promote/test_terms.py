"""The terms of sale: one file, checked with line and remedy, written back, compared."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhenzan.errors import PromotionError
from zhenzan.promote import Caps, Delivery, KindPrices, Offer, Review, Terms, load_terms, read_terms
from zhenzan.promote.packages import GOAL_KINDS
from zhenzan.promote.terms import PROMOTABLE

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "packages.toml"
lines = st.text(st.characters(min_codepoint=32, max_codepoint=0x9FFF), min_size=1, max_size=80).filter(
    lambda text: text.strip() and text.isprintable()
)
steps = st.lists(st.tuples(st.integers(1, 500), st.integers(1, 1_000)), min_size=1, max_size=4)


@st.composite
def kind_prices(draw: st.DrawFn, kind: str) -> KindPrices:
    drawn = draw(steps)
    units = accumulate(step for step, _ in drawn)
    return KindPrices(kind, tuple(zip(units, (price for _, price in drawn), strict=True)))


@st.composite
def offers(draw: st.DrawFn, number: int) -> Offer:
    kinds = draw(st.lists(st.sampled_from(GOAL_KINDS), min_size=1, unique=True))
    prices = tuple(draw(kind_prices(kind)) for kind in kinds)
    minimum = draw(st.integers(max(price.tiers[0][0] for price in prices), 1_000))
    maximum = draw(st.integers(minimum, 1_000_000))
    return Offer(f"offer-{number}", draw(lines), prices, draw(lines | st.just("")), minimum, maximum)


@st.composite
def all_terms(draw: st.DrawFn) -> Terms:
    count = draw(st.integers(1, 3))
    return Terms(
        tuple(draw(offers(number)) for number in range(count)),
        draw(lines),
        draw(st.sampled_from(("CNY", "EUR", "JPY"))),
        draw(st.integers(0, 4)),
        Caps(draw(st.integers(0, 10_000)), draw(st.integers(0, 10_000)), draw(st.integers(1, 8))),
        Review(draw(st.floats(0, 1)), draw(st.integers(1, 1_000)), draw(st.integers(0, 10**12))),
        Delivery(
            draw(st.sampled_from(PROMOTABLE)),
            draw(st.integers(1, 168)),
            organic_share=draw(st.floats(0, 0.5)),
        ),
    )


@given(all_terms())
def test_terms_read_back_from_their_own_text_are_equal(terms: Terms) -> None:
    again = read_terms(terms.to_toml())
    assert again == terms
    assert again.version == terms.version
    assert again.changes_since(terms) == []


@given(all_terms(), all_terms())
def test_terms_that_differ_have_changes_and_another_version(before: Terms, after: Terms) -> None:
    assert bool(after.changes_since(before)) == (before != after) == (before.version != after.version)


def test_changes_name_the_package_and_the_kind_with_both_values() -> None:
    before = load_terms(EXAMPLE)
    text = EXAMPLE.read_text(encoding="utf-8")
    after = read_terms(
        text.replace("[[10, 100], [100, 80]]", "[[10, 90]]").replace("viewer_day = 4", "viewer_day = 2")
    )
    changes = [(change.key, change.before, change.after) for change in after.changes_since(before)]
    assert changes == [
        ("package.likes.price.like.tiers", "[[10, 100], [100, 80]]", "[[10, 90]]"),
        ("caps.viewer_day", "4", "2"),
    ]
    fewer = before.replaced(offers=before.offers[:1])
    assert all(
        change.after is None and change.key.startswith("package.bundle.")
        for change in fewer.changes_since(before)
    )


def test_the_example_is_the_canonical_text_and_sells_what_it_says() -> None:
    terms = load_terms(EXAMPLE)
    assert terms.to_toml() == EXAMPLE.read_text(encoding="utf-8")
    assert [terms.package("likes").price("like", units) for units in (10, 99, 100)] == [1_000, 8_000, 8_000]
    assert set(terms.package("bundle").tiers) == set(GOAL_KINDS)
    with pytest.raises(PromotionError, match="did you mean 'likes'"):
        terms.package("like")


@pytest.mark.parametrize(
    ("text", "changed", "words"),
    [
        ('kind = "share"', 'kind = "shares"', r"line 47: package\[2\]\.price\[3\]\.kind: 'shares' is not"),
        ("[100, 350]", "[1, 350]", r"line 49: .*1 units are not over the 1 of the tier before"),
        ("minimum = 10\n", "minimum = 3\n", "line 22: .*begins at 10 units; 3 units, the minimum"),
        ("[[10, 100]", "[[10, 0]", "line 22: .*0 is not a whole number between 1"),
        ("[[10, 100], [100, 80]]", "[[10, 100, 3]]", "line 22: .*is not a list of two numbers"),
        ('id = "bundle"', 'id = "likes"', "line 26: .*'likes' is the id of another package"),
        ("void_share = 0.3", "void_shar = 0.3", "line 68: .*did you mean 'void_share'"),
        ('currency = "CNY"', 'currency = "yuan"', "line 4: .*write its ISO 4217 code"),
        ('items = "own"', 'items = "all"', "line 76: .*allowed are 'own', 'permitted', 'any'"),
        ("maximum = 1000\n", "maximum = 0\n", "line 34: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_line_key_and_remedy(text: str, changed: str, words: str) -> None:
    with pytest.raises(PromotionError, match=words):
        read_terms(EXAMPLE.read_text(encoding="utf-8").replace(text, changed), "terms.toml")


def test_a_buyer_is_reviewed_by_void_share_only_once_enough_is_judged() -> None:
    review = Review(void_share=0.3, judged_min=20, price_from=50_000)
    assert [review.is_due(1_000, judged, void) for judged, void in ((19, 19), (20, 6), (20, 7))] == [
        False,
        False,
        True,
    ]
    assert review.is_due(50_000, 0, 0)
    assert not Review(price_from=0).is_due(10**9, 0, 0)


def test_whose_item_may_be_promoted_follows_the_policy() -> None:
    cases = (("buyer", False), ("another", True), ("another", False))
    for items, allowed in (
        ("own", [True, False, False]),
        ("permitted", [True, True, False]),
        ("any", [True, True, True]),
    ):
        delivery = Delivery(items)
        assert [delivery.may_promote("buyer", creator, permitted) for creator, permitted in cases] == allowed
