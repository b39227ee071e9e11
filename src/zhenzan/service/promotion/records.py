"""What calls of promotion answer. Times are µs since 1970, money is minor units."""

from __future__ import annotations

import msgspec

from zhenzan.errors import PromotionError
from zhenzan.presentation import Language
from zhenzan.promote import NotFeasibleError, OrderEvent, OrderRecord, OrderRejectedError, Status, Terms
from zhenzan.service.promotion.use_cases import BulkResult
from zhenzan.translation import translated

__all__ = [
    "BulkAnswer",
    "EventsAnswer",
    "OrderAnswer",
    "OrdersAnswer",
    "PackagesAnswer",
    "Paid",
    "WalletAnswer",
    "bulk_answer",
    "order_answer",
    "packages_answer",
    "problem_code",
]


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
