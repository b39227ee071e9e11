"""A new kind of file is a record: reading, errors, text and reference come from its fields."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from zhenzan import config
from zhenzan.config import Line, about, between, document, items_about, one_of, read_document, reference_table
from zhenzan.errors import ZhenzanError


class PriceError(ZhenzanError):
    """The room's own error."""


class InvalidPriceError(config.InvalidKeyError, PriceError):
    """A value of a price list is not allowed."""


class Table(config.Record, frozen=True):
    refuses: ClassVar[type[config.InvalidKeyError]] = InvalidPriceError


class Package(Table, frozen=True):
    name: Annotated[Line, about("What it is called.", missing="a package needs one")]
    views: Annotated[int, between(1, 1_000, "How many views it buys.")]
    sizes: Annotated[tuple[int, ...], items_about("Rising sizes.", most=3, rising=True)] = (1, 2)


class Discount(Table, frozen=True):
    share: Annotated[float, Meta(ge=0, le=0.5), about("What is taken off.")] = 0.0
    who: Annotated[str, one_of(("nobody", "everybody"), "Who has it.")] = "nobody"
    note: Annotated[str | None, about("Why.")] = None


class PriceList(Table, frozen=True):
    name: Annotated[Line, about("What the list is called.")] = "list"
    discount: Annotated[Discount, about("A discount.")] = Discount()
    packages: Annotated[tuple[Package, ...], items_about("What is sold.", least=0)] = msgspec.field(
        name="package", default=()
    )


def read(text: str) -> PriceList:
    return read_document(text, "prices.toml", PriceList.from_document, PriceError)


@given(
    share=st.floats(0, 0.5),
    names=st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=9), max_size=3),
    sizes=st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True),
)
def test_what_is_written_reads_back_equal(share: float, names: list[str], sizes: list[int]) -> None:
    packages = tuple(Package(name, 5, tuple(sorted(sizes))) for name in names)
    prices = PriceList("x", Discount(share, "everybody", '"why"\n'), packages)
    assert read(document(prices, "Prices.")) == prices


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nam = 'x'", "line 1: nam: there is no such key; did you mean 'name'?"),
        ("[discount]\nshare = 1", "line 2: discount.share: 1 is not a number between 0 and 0.5"),
        ("[discount]\nwho = 'me'", "line 2: discount.who: 'me' is not allowed; allowed are 'nobody'"),
        ("[discount]\nshare = nan", "line 2: discount.share: nan is not a number between 0 and 0.5"),
        ("[discount]\nnote = 3", "line 2: discount.note: 3 is not text; write it in quotes"),
        ("[[package]]\nviews = 1", "line 1: package[1]: has no name; a package needs one"),
        ("[[package]]\nname = 'a'\nviews = true", "line 3: package[1].views: True is not a whole number"),
        (
            "[[package]]\nname = 'a'\nviews = 1\nsizes = [2, 2]",
            "package[1].sizes: the numbers must rise",
        ),
        ("[[package]]\nname = 'a'\nviews = 1\nsizes = [1, 'b']", "sizes[2]: 'b' is not a whole number"),
        ("[[package]]\nname = 'a'\nviews = 1\nsizes = []", "sizes: needs 1 to 3 numbers, has 0"),
        ("package = 1", "line 1: package: is not a list of tables; write [[package]]"),
        ("discount = 1", "line 1: discount: 1 is not a table; write [discount]"),
        ("format = 2", "line 1: format: 2 is not a format this version reads; it reads 1"),
        ("name = \n", "line 1, column 8: is not valid TOML"),
    ],
)
def test_an_error_says_file_line_key_and_remedy(text: str, message: str) -> None:
    with pytest.raises(PriceError) as caught:
        read(text)
    assert str(caught.value).startswith("prices.toml")
    assert message in str(caught.value)


def test_a_record_refuses_in_python_what_a_file_may_not_hold() -> None:
    with pytest.raises(InvalidPriceError, match="views: 0 is not a whole number between 1 and 1,000"):
        Package("a", 0)
    with pytest.raises(InvalidPriceError, match="who"):
        Discount().replaced(who="me")


def test_the_reference_has_a_row_for_each_key() -> None:
    assert reference_table(Package).splitlines()[2:] == [
        "| `name` | text | needed | What it is called. |",
        "| `views` | a whole number between 1 and 1,000 | needed | How many views it buys. |",
        "| `sizes` | a list of numbers | `[1, 2]` | Rising sizes. |",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "views", "x"]), inner)
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["format", "name", "discount", "package"]), JSON))
def test_any_document_is_a_record_or_an_error_of_the_room(values: dict[str, object]) -> None:
    try:
        prices = PriceList.from_document(values)
    except PriceError:
        return
    assert read(document(prices, "Prices.")) == prices
