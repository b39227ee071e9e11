"""What calls of promotion take and answer. Times are µs since 1970, money is minor units."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from zhenzan.errors import PromotionError
from zhenzan.presentation import Language
from zhenzan.promote import (
    GOAL_KINDS,
    ItemOwner,
    NotFeasibleError,
    OrderEvent,
    OrderRecord,
    OrderRejectedError,
    OrderRequest,
    Status,
    Targeting,
    Terms,
)
from zhenzan.service.promotion.use_cases import BULK_MAX, BulkResult
from zhenzan.translation import translated

__all__ = [
    "BulkAnswer",
    "BulkOrder",
    "Choice",
    "EventsAnswer",
    "NewOrder",
    "NewQuote",
    "OrderAnswer",
    "Ordered",
    "OrdersAnswer",
    "PackagesAnswer",
    "Paid",
    "Payment",
    "RegisteredItem",
    "ReviewDecision",
    "TopUpOrder",
    "WalletAnswer",
    "bulk_answer",
    "events_answer",
    "order_answer",
    "packages_answer",
    "request_of",
]  # fmt: skip

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


# Answers


class LineAnswer(msgspec.Struct, frozen=True):
    """Units of one kind: `pending` wait for their verdict, `captured` are billed, `unbilled` came beyond the
    goal, `void` were not genuine.
    """

    kind: str
    units: int
    price: int
    pending: int
    captured: int
    unbilled: int
    void: int


class Interval(msgspec.Struct, frozen=True):
    """Holds in four of five orders."""

    low: float
    high: float


class OrderAnswer(msgspec.Struct, frozen=True):
    """An order, from its quote to its end."""

    id: str
    state: str
    buyer: str
    item: str
    package: str
    terms: str
    price: int
    paid: int
    billed: int
    held: int
    refunded: int
    lines: list[LineAnswer]
    starts_at: int
    ends_at: int
    quote_expires_at: int
    exposures: Interval
    hours: Interval
    done_chance: float
    on_shortfall: str
    is_at_risk: bool
    reason: str
    version: int


class OrdersAnswer(msgspec.Struct, frozen=True):
    """Orders, those that there are."""

    orders: list[OrderAnswer]


class BulkProblem(msgspec.Struct, frozen=True):
    """Why one of several was not placed."""

    code: str
    detail: str


class BulkRow(msgspec.Struct, frozen=True):
    """What became of one item."""

    item: str
    order: OrderAnswer | None
    problem: BulkProblem | None


class BulkAnswer(msgspec.Struct, frozen=True):
    """What became of each, in the order in which they were sent."""

    results: list[BulkRow]


class EventsAnswer(msgspec.Struct, frozen=True):
    """What happened to an order, the oldest first."""

    events: list[OrderEvent]


class Paid(msgspec.Struct, frozen=True):
    """A movement of a wallet; `change` in minor units."""

    id: str
    change: int
    balance: int
    cause: str


class WalletAnswer(msgspec.Struct, frozen=True):
    """What lies in a wallet, and its latest movements."""

    buyer: str
    balance: int
    currency: str
    digits: int
    movements: list[Paid]


class TierAnswer(msgspec.Struct, frozen=True):
    """From so many units on, one costs so much."""

    units: int
    unit_price: int


class KindAnswer(msgspec.Struct, frozen=True):
    """Prices of one kind."""

    kind: str
    tiers: list[TierAnswer]


class PackageAnswer(msgspec.Struct, frozen=True):
    """What can be ordered."""

    id: str
    title: str
    title_zh: str
    minimum: int
    maximum: int
    prices: list[KindAnswer]


class PackagesAnswer(msgspec.Struct, frozen=True):
    """All packages, by one version of the terms; whom orders may name."""

    terms: str
    currency: str
    digits: int
    packages: list[PackageAnswer]
    regions: list[str]
    interests: list[str]


def request_of(wish: OrderWish) -> OrderRequest:
    """What the room takes. Raises PromotionError."""
    targeting = Targeting(frozenset(wish.regions), frozenset(wish.local_hours), frozenset(wish.interests))
    units = tuple((line.kind, line.units) for line in wish.lines)
    return OrderRequest(
        wish.item, wish.package, units, wish.hours, wish.start, targeting, wish.hour_cap,
        wish.day_cap, wish.zone, wish.on_shortfall,
    )  # fmt: skip


def order_answer(record: OrderRecord) -> OrderAnswer:
    """An order as it is told."""
    order, plan = record.order, record.plan
    lines = [
        LineAnswer(
            line.kind, line.goal, line.price, line.reserved, line.captured, line.unbilled,
            sum(status is Status.void for status in line.outcomes.values()),
        )
        for line in order.lines
    ]  # fmt: skip
    return OrderAnswer(
        order.id, str(order.state), order.buyer, order.item, record.package, record.terms, order.price,
        order.paid, order.billed, order.held, order.refunded, lines, order.start_us, order.end_us,
        order.quote_expires_us, Interval(*plan.exposures), Interval(*plan.hours), plan.done_chance,
        record.on_shortfall, plan.at_risk_since > 0, order.reason, order.version,
    )  # fmt: skip


def problem_code(error: PromotionError) -> str:
    """What programs tell errors of promotion apart by."""
    if isinstance(error, OrderRejectedError):
        return error.code
    if isinstance(error, NotFeasibleError):
        return "not_feasible"
    return "not_possible"


def bulk_answer(results: list[BulkResult], language: Language) -> BulkAnswer:
    """What became of each."""
    rows = []
    for result in results:
        order = order_answer(result.record) if result.record is not None else None
        error = result.error
        problem = BulkProblem(problem_code(error), translated(str(error), language)) if error else None
        rows.append(BulkRow(result.item, order, problem))
    return BulkAnswer(rows)


def events_answer(events: list[OrderEvent]) -> EventsAnswer:
    """What happened."""
    return EventsAnswer(events)


def packages_answer(terms: Terms) -> PackagesAnswer:
    """What is sold."""
    packages = [
        PackageAnswer(
            offer.id, offer.title, offer.title_zh or offer.title, offer.minimum, offer.maximum,
            [
                KindAnswer(price.kind, [TierAnswer(*tier) for tier in price.tiers])
                for price in offer.prices
            ],
        )
        for offer in terms.offers
    ]  # fmt: skip
    market = terms.market
    regions = [name for name, _ in market.regions]
    return PackagesAnswer(
        terms.version, terms.currency, terms.digits, packages, regions, list(market.interests)
    )


def owner_of(data: RegisteredItem) -> ItemOwner:
    """What the room takes."""
    return ItemOwner(data.item, data.creator, data.is_permitted)
