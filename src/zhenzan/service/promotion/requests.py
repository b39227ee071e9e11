"""What calls of promotion take. Times are µs since 1970, money is minor units."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from zhenzan.promote import GOAL_KINDS, ItemOwner, OrderRequest, Targeting
from zhenzan.service.promotion.use_cases import BULK_MAX

__all__ = [
    "BulkOrder",
    "Choice",
    "NewOrder",
    "NewQuote",
    "OrderWish",
    "Ordered",
    "Payment",
    "RegisteredItem",
    "ReviewDecision",
    "TopUpOrder",
    "owner_of",
    "request_of",
]

Kind = Literal["like", "comment", "share", "follow"]
Shortfall = Literal["refund", "extend"]
ItemId = Annotated[str, Meta(min_length=1, max_length=1_024, description="The item.", examples=["video-3"])]
BuyerId = (
    Annotated[
        str,
        Meta(
            max_length=200, examples=["shop-1"],
            description="For whom; a buyer's key knows its own.",
        ),
    ]
    | None
)  # fmt: skip
OrderId = Annotated[
    str, Meta(min_length=1, max_length=100, description="Id of an order.", examples=["o-0f6c1d5b2a9e4c77"])
]
Units = Annotated[int, Meta(ge=1, le=1_000_000, description="How many.", examples=[10])]
Word = Annotated[str, Meta(min_length=1, max_length=80)]


class LineUnits(msgspec.Struct, frozen=True):
    """Units of one kind."""

    kind: Kind
    units: Units


class OrderWish(msgspec.Struct, kw_only=True, frozen=True):
    """What to promote and whom to reach; empty lists are everybody. `start`: 0 is at once. `hours`: how long.
    `hour_cap`, `day_cap`: exposures, 0 for none. `on_shortfall`: what happens where units are missing at the
    end.
    """

    item: ItemId
    package: Annotated[Word, Meta(description="Id of a package.", examples=["likes"])]
    lines: Annotated[list[LineUnits], Meta(min_length=1, max_length=len(GOAL_KINDS))]
    hours: Annotated[int, Meta(ge=1, le=720, description="How long it may take.", examples=[24])] = 24
    start: Annotated[int, Meta(ge=0, le=2**53, description="When it begins, µs; 0: at once.")] = 0
    regions: Annotated[list[Word], Meta(max_length=300, description="Of viewers; none: all.")] = []
    local_hours: Annotated[
        list[Annotated[int, Meta(ge=0, le=23)]],
        Meta(max_length=24, description="Of the viewer's clock; none: all."),
    ] = []
    interests: Annotated[list[Word], Meta(max_length=1_000, description="None: all.")] = []
    hour_cap: Annotated[int, Meta(ge=0, le=10**9)] = 0
    day_cap: Annotated[int, Meta(ge=0, le=10**9)] = 0
    zone: Annotated[
        Word, Meta(description="Whose days the day cap counts in.", examples=["Asia/Shanghai"])
    ] = "UTC"
    on_shortfall: Shortfall = "refund"


class NewQuote(OrderWish, kw_only=True, frozen=True):
    """An order to be priced."""

    buyer: BuyerId = None


class NewOrder(msgspec.Struct, frozen=True):
    """A quote to be paid."""

    quote: OrderId
    buyer: BuyerId = None


class BulkOrder(msgspec.Struct, frozen=True):
    """Orders to be quoted and paid at once. `all_or_none`: none is placed where one cannot be."""

    orders: Annotated[list[OrderWish], Meta(min_length=1, max_length=BULK_MAX)]
    all_or_none: bool = True
    buyer: BuyerId = None


class Ordered(msgspec.Struct, frozen=True):
    """Whose order it is, and why something is done."""

    buyer: BuyerId = None
    reason: Annotated[str, Meta(max_length=500)] = ""


class TopUpOrder(msgspec.Struct, frozen=True):
    """More units."""

    units: Units
    kind: Kind = "like"
    buyer: BuyerId = None


class Choice(msgspec.Struct, frozen=True):
    """What happens where units are missing at the end."""

    on_shortfall: Shortfall
    buyer: BuyerId = None


class Payment(msgspec.Struct, frozen=True):
    """Money into a wallet. The same `reference` counts once."""

    amount: Annotated[int, Meta(ge=1, le=10**12, description="Minor units.", examples=[10_000])]
    reference: Annotated[str, Meta(max_length=100)] = ""
    buyer: BuyerId = None


class ReviewDecision(msgspec.Struct, frozen=True):
    """Whether an order may run."""

    approve: bool
    reason: Annotated[str, Meta(max_length=500)] = ""


class RegisteredItem(msgspec.Struct, frozen=True):
    """Whose an item is, and whether its creator lets others promote it."""

    item: ItemId
    creator: Annotated[str, Meta(min_length=1, max_length=1_024, examples=["c-1"])]
    is_permitted: bool = False


def request_of(wish: OrderWish) -> OrderRequest:
    """What the room takes. Raises PromotionError."""
    targeting = Targeting(frozenset(wish.regions), frozenset(wish.local_hours), frozenset(wish.interests))
    units = tuple((line.kind, line.units) for line in wish.lines)
    return OrderRequest(
        wish.item, wish.package, units, wish.hours, wish.start, targeting, wish.hour_cap,
        wish.day_cap, wish.zone, wish.on_shortfall,
    )  # fmt: skip


def owner_of(data: RegisteredItem) -> ItemOwner:
    """What the room takes."""
    return ItemOwner(data.item, data.creator, data.is_permitted)
