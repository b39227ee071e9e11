"""Orders of promotion over the API: packages, quotes, orders, and what is done to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Protocol

from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from zhenzan.promote import Cancel, Command, OrderRecord, Pause, Resume
from zhenzan.service.api_keys import Principal, Role
from zhenzan.service.dependencies import Caller, buys_for
from zhenzan.service.fields import Id
from zhenzan.service.idempotency import Noting, Once
from zhenzan.service.promotion.records import (
    BulkAnswer,
    EventsAnswer,
    OrderAnswer,
    OrdersAnswer,
    PackagesAnswer,
    bulk_answer,
    order_answer,
    packages_answer,
)
from zhenzan.service.promotion.requests import (
    BulkOrder,
    Choice,
    NewOrder,
    NewQuote,
    Ordered,
    TopUpOrder,
    request_of,
)
from zhenzan.service.promotion.use_cases import Also, PromotionDesk
from zhenzan.service.route_declaration import Routes
from zhenzan.translation import preferred_language

__all__ = ["ORDERS"]

api = Routes("promotion")
BUYERS = (Role.buyer, Role.platform)
READERS = (*BUYERS, Role.analyst)
IDS_MAX = 100

BuyerQuery = Annotated[
    str | None, QueryParameter(max_length=200, description="Whose; a buyer's key knows its own.")
]


class _OfBuyer(Protocol):
    """A body of a request that concerns a buyer."""

    @property
    def buyer(self) -> str | None: ...


def noted(noting: Noting) -> Also:
    """Writes an order's answer in the transaction that changes it."""
    return lambda connection, record: noting(connection, order_answer(record))


async def answered(
    request: Caller, once: Once, data: _OfBuyer, change: Callable[[str, Also], OrderRecord]
) -> Any:
    """Do once what changes an order of the caller's, and answer with the order. `change` is given the buyer,
    and what writes the answer in the transaction of the change.
    """

    def act(buyer: str, noting: Noting) -> OrderAnswer:
        return order_answer(change(buyer, noted(noting)))

    return await once(data, act, buys_for(request.user, data.buyer))


def sees(person: Principal) -> str | None:
    """Whose orders somebody sees; None: everybody's."""
    return person.subject if person.role is Role.buyer else None


@api.get("/v1/promotion/packages", READERS, "What can be ordered", PackagesAnswer)
async def packages(promotion: NamedDependency[PromotionDesk]) -> PackagesAnswer:
    """Packages with their prices, by the terms that are published."""
    return packages_answer(await asyncio.to_thread(promotion.terms.current))


@api.post("/v1/promotion/quotes", BUYERS, "Ask for a price", OrderAnswer, status=201)
async def quote(
    request: Caller,
    once: NamedDependency[Once],
    promotion: NamedDependency[PromotionDesk],
    data: JSONBody[NewQuote],
) -> Any:
    """The price, how many exposures it will take and how long, good for some minutes. What cannot be done in
    its window is refused (409) with the nearest order that can.
    """
    return await answered(
        request, once, data, lambda buyer, also: promotion.quote(buyer, request_of(data), also)
    )


@api.post("/v1/promotion/orders", BUYERS, "Pay for a quote", OrderAnswer, status=201)
async def order(
    request: Caller,
    once: NamedDependency[Once],
    promotion: NamedDependency[PromotionDesk],
    data: JSONBody[NewOrder],
) -> Any:
    """The whole price is held; what is not billed in the end is given back."""
    return await answered(request, once, data, lambda buyer, also: promotion.pay(buyer, data.quote, also))


@api.post("/v1/promotion/orders/bulk", BUYERS, "Order for many items", BulkAnswer, status=201)
async def bulk(
    request: Caller,
    once: NamedDependency[Once],
    promotion: NamedDependency[PromotionDesk],
    data: JSONBody[BulkOrder],
) -> Any:
    """Up to forty, quoted and paid at once: all of them or none, or each with its own result."""
    language = preferred_language(request.headers.get("accept-language", ""))

    def act(buyer: str, noting: Noting) -> BulkAnswer:
        requests = [request_of(wish) for wish in data.orders]
        results = promotion.place_all(buyer, requests, all_or_none=data.all_or_none, key=once.callers_key)
        return bulk_answer(results, language)

    return await once(data, act, buys_for(request.user, data.buyer))


@api.get("/v1/promotion/orders", READERS, "Orders as they stand", OrdersAnswer)
async def orders(
    request: Caller,
    promotion: NamedDependency[PromotionDesk],
    id: Annotated[
        list[str] | None, QueryParameter(description="Of these ids, up to 100.", max_items=IDS_MAX)
    ] = None,
    buyer: BuyerQuery = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100, description="How many.")] = 50,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000_000, description="After how many.")] = 0,
) -> OrdersAnswer:
    """Those of some ids, or a buyer's, the newest first."""
    book, person = promotion.book, request.user
    if id:
        records = await asyncio.to_thread(book.several, id, sees(person))
    else:
        records = await asyncio.to_thread(book.of_buyer, buys_for(person, buyer), limit, offset)
    return OrdersAnswer([order_answer(record) for record in records])


@api.get("/v1/promotion/orders/{order_id:str}", READERS, "One order", OrderAnswer)
async def one_order(request: Caller, promotion: NamedDependency[PromotionDesk], order_id: Id) -> OrderAnswer:
    """As it stands."""
    return order_answer(await asyncio.to_thread(promotion.book.find, order_id, sees(request.user)))


@api.get("/v1/promotion/orders/{order_id:str}/events", READERS, "What happened to an order", EventsAnswer)
async def events(request: Caller, promotion: NamedDependency[PromotionDesk], order_id: Id) -> EventsAnswer:
    """Every change: who, when, why; the oldest first."""

    def read() -> EventsAnswer:
        promotion.book.find(order_id, sees(request.user))
        return EventsAnswer(promotion.book.events(order_id))

    return await asyncio.to_thread(read)


async def commanded(
    request: Caller, once: Once, promotion: PromotionDesk, order_id: str, data: Ordered, command: Command
) -> Any:
    """Carry out a command of a buyer's."""
    return await answered(
        request, once, data, lambda buyer, also: promotion.command(buyer, order_id, command, also)
    )


@api.post("/v1/promotion/orders/{order_id:str}/pause", BUYERS, "Pause", OrderAnswer, status=200)
async def pause(
    request: Caller,
    once: NamedDependency[Once],
    promotion: NamedDependency[PromotionDesk],
    order_id: Id,
    data: JSONBody[Ordered],
) -> Any:
    """Nothing is shown for now; outcomes of what was shown still count."""
    return await commanded(request, once, promotion, order_id, data, Pause())


@api.post("/v1/promotion/orders/{order_id:str}/resume", BUYERS, "Go on", OrderAnswer, status=200)
async def resume(
    request: Caller,
    once: NamedDependency[Once],
    promotion: NamedDependency[PromotionDesk],
    order_id: Id,
    data: JSONBody[Ordered],
) -> Any:
    """After a pause."""
    return await commanded(request, once, promotion, order_id, data, Resume())


@api.post("/v1/promotion/orders/{order_id:str}/cancel", BUYERS, "Cancel", OrderAnswer, status=200)
async def cancel(
    request: Caller,
    once: NamedDependency[Once],
    promotion: NamedDependency[PromotionDesk],
    order_id: Id,
    data: JSONBody[Ordered],
) -> Any:
    """For good. What is pending keeps its unit until it is judged; all else is given back at once."""
    return await commanded(request, once, promotion, order_id, data, Cancel(data.reason))


@api.post("/v1/promotion/orders/{order_id:str}/top-up", BUYERS, "Buy more units", OrderAnswer, status=200)
async def top_up(
    request: Caller,
    once: NamedDependency[Once],
    promotion: NamedDependency[PromotionDesk],
    order_id: Id,
    data: JSONBody[TopUpOrder],
) -> Any:
    """At today's price, in the order's window."""
    return await answered(
        request,
        once,
        data,
        lambda buyer, also: promotion.top_up(buyer, order_id, data.kind, data.units, also),
    )


@api.post(
    "/v1/promotion/orders/{order_id:str}/shortfall", BUYERS, "Choose go on or refund", OrderAnswer, status=200
)
async def shortfall(
    request: Caller,
    once: NamedDependency[Once],
    promotion: NamedDependency[PromotionDesk],
    order_id: Id,
    data: JSONBody[Choice],
) -> Any:
    """What happens where units are missing at the end; of a window that is over, it happens now."""
    return await answered(
        request, once, data, lambda buyer, also: promotion.choose(buyer, order_id, data.on_shortfall, also)
    )


@api.post("/v1/promotion/orders/{order_id:str}/repeat", BUYERS, "Order once more", OrderAnswer, status=201)
async def repeat(
    request: Caller,
    once: NamedDependency[Once],
    promotion: NamedDependency[PromotionDesk],
    order_id: Id,
    data: JSONBody[Ordered],
) -> Any:
    """The same from now on, at today's price."""
    return await answered(
        request, once, data, lambda buyer, also: promotion.repeat(buyer, order_id, once.callers_key)
    )


ORDERS = (
    packages, quote, order, bulk, orders, one_order, events, pause, resume, cancel, top_up, shortfall, repeat,
)  # fmt: skip
