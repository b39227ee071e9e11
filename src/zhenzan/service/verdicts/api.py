"""API of verdicts: items, accounts, rings, moments, likes and explanations of the newest settlement."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, Literal

import msgspec
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.plugins.problem_details import ProblemDetailsException
from msgspec import Meta

from zhenzan.errors import ResultError
from zhenzan.service import results
from zhenzan.service.answers.verdicts import (
    Accounts,
    Explanation,
    ItemDays,
    Items,
    Moments,
    Rings,
    Summary,
    Verdicts,
)
from zhenzan.service.api_keys import STAFF, Principal, Role
from zhenzan.service.daily_totals import days_of, final_counts
from zhenzan.service.dependencies import Caller
from zhenzan.service.list_parameters import Page
from zhenzan.service.listing import ALL, NUMBER_MAX, AccountsQuery, Filter, ItemsQuery, RingsQuery
from zhenzan.service.route_declaration import ANALYSTS, Routes
from zhenzan.settlement import Settlement
from zhenzan.verify import total_of_items

__all__ = ["VERDICTS"]

Language = Annotated[Literal["en", "zh"], QueryParameter(description="Language of the words.")]
api = Routes("verdicts")
COUNT_READERS = (Role.analyst, Role.platform)


VERIFIED = ("item", "verified", "verified_low", "verified_high")


class Count(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Likes of one item. Staff see `claimed` = `genuine` + `uncertain` + `fake` + `idle` too."""

    item: Annotated[str, Meta(examples=["video-3"])]
    verified: Annotated[float, Meta(ge=0, description="How many of them are expected to be genuine.")]
    verified_low: Annotated[float, Meta(ge=0, description="Lower end of the 95 % interval.")]
    verified_high: Annotated[float, Meta(ge=0, description="Upper end of the 95 % interval.")]
    claimed: Annotated[int | None, Meta(description="Likes that the platform counts.")] = None
    genuine: int | None = None
    uncertain: int | None = None
    fake: int | None = None
    idle: Annotated[int | None, Meta(description="Likes of hired accounts that were not bought.")] = None


class ItemCount(Count, kw_only=True):
    """The counts of one item, and the number of the settlement that they are of."""

    settlement: int


class ItemCounts(msgspec.Struct):
    """The counts of items of which likes have settled."""

    settlement: int
    items: list[Count]


class ItemsWanted(msgspec.Struct):
    """The ids of the items to count."""

    items: Annotated[
        list[Annotated[str, Meta(max_length=1_024)]],
        Meta(min_length=1, max_length=results.LIMIT_MAX, examples=[["video-3", "video-4"]]),
    ]


async def _page(
    settlement: Settlement,
    table: str,
    page: Page,
    where: dict[str, Any] | None = None,
    narrowed: Filter = ALL,
) -> dict[str, Any]:
    rows, after = await asyncio.to_thread(results.page, settlement, table, *page, where, narrowed)
    return {"settlement": settlement.number, table: rows, "next": after}


@api.get("/v1/summary", ANALYSTS, "The newest settlement in numbers", Summary)
async def summary(settlement: NamedDependency[Settlement]) -> dict[str, Any]:
    """Counts, policy and timings of the newest settlement; `final`: counts of likes whose verdicts are final;
    `total`: what items have of both.
    """

    def tell() -> dict[str, Any]:
        summary: dict[str, Any] = json.loads((settlement.folder / "summary.json").read_text("utf-8"))
        total = total_of_items(settlement.load().items)
        return {"settlement": settlement.number, **summary, "final": final_counts(settlement), "total": total}

    return await asyncio.to_thread(tell)


@api.get("/v1/items/days", ANALYSTS, "An item day by day", ItemDays)
async def item_days(
    settlement: NamedDependency[Settlement],
    item: Annotated[str, QueryParameter(description="Id of an item.", max_length=1_024)],
) -> dict[str, Any]:
    """Claimed and verified likes of each day (UTC) on which it was liked, the oldest first."""
    return {"settlement": settlement.number, "days": await asyncio.to_thread(days_of, settlement, item)}


@api.get("/v1/items", ANALYSTS, "Claimed and verified likes of items", Items, query=ItemsQuery)
async def items(
    settlement: NamedDependency[Settlement],
    list_query: NamedDependency[ItemsQuery],
    page: NamedDependency[Page],
) -> dict[str, Any]:
    """Items, those with the most fake likes first unless another order is asked for."""
    return await _page(settlement, "items", page, narrowed=list_query.filter())


@api.get("/v1/accounts", ANALYSTS, "Accounts and their fake likes", Accounts, query=AccountsQuery)
async def accounts(
    settlement: NamedDependency[Settlement],
    list_query: NamedDependency[AccountsQuery],
    page: NamedDependency[Page],
) -> dict[str, Any]:
    """Accounts, those with the most fake likes first unless another order is asked for."""
    narrowed = results.narrowed(settlement, list_query)
    return await _page(settlement, "accounts", page, narrowed=narrowed)


@api.get("/v1/rings", ANALYSTS, "Rings behind bought likes", Rings, query=RingsQuery)
async def rings(
    settlement: NamedDependency[Settlement],
    list_query: NamedDependency[RingsQuery],
    page: NamedDependency[Page],
) -> dict[str, Any]:
    """Rings, the biggest first unless another order is asked for."""
    return await _page(settlement, "rings", page, narrowed=list_query.filter())


@api.get("/v1/moments", ANALYSTS, "Campaigns, and cleared bursts", Moments)
async def moments(
    settlement: NamedDependency[Settlement],
    page: NamedDependency[Page],
    item: Annotated[str | None, QueryParameter(max_length=1_024, description="Only of this item.")] = None,
    ring: Annotated[int | None, QueryParameter(ge=0, le=NUMBER_MAX, description="Only of this ring.")] = None,
) -> dict[str, Any]:
    """Moments, the surest campaigns first."""
    current = None if ring is None else results.current_ring(settlement, str(ring))
    where = {name: value for name, value in (("item", item), ("ring", current)) if value is not None}
    return await _page(settlement, "moments", page, where)


@api.get("/v1/verdicts", ANALYSTS, "Verdicts of likes", Verdicts)
async def verdicts(
    settlement: NamedDependency[Settlement],
    page: NamedDependency[Page],
    account: Annotated[
        str | None, QueryParameter(max_length=1_024, description="Only of this account.")
    ] = None,
    item: Annotated[str | None, QueryParameter(max_length=1_024, description="Only of this item.")] = None,
    verdict: Annotated[
        Literal["genuine", "uncertain", "fake"] | None, QueryParameter(description="Only these.")
    ] = None,
) -> dict[str, Any]:
    """Likes with their probabilities and reasons, in the order in which they came."""
    conditions = (("account", account), ("item", item), ("verdict", verdict))
    where = {name: value for name, value in conditions if value is not None}
    return await _page(settlement, "verdicts", page, where)


@api.get("/v1/explanations", ANALYSTS, "Explain a verdict", Explanation)
async def explanations(
    settlement: NamedDependency[Settlement],
    like: Annotated[str | None, QueryParameter(max_length=1_024, description="Id of a like.")] = None,
    account: Annotated[str | None, QueryParameter(max_length=1_024, description="Id of an account.")] = None,
    item: Annotated[str | None, QueryParameter(max_length=1_024, description="Id of an item.")] = None,
    ring: Annotated[str | None, QueryParameter(max_length=40, description="Number of a ring.")] = None,
    language: Language = "en",
) -> dict[str, Any]:
    """Explain one like (by id), account, item or ring in words: exactly one is named. A ring that was merged
    into another is told as that one, and `merged_into` says so.
    """
    current = None if ring is None else results.current_ring(settlement, ring)
    selectors = {"like": like, "account": account, "item": item, "ring": current}
    if sum(value is not None for value in selectors.values()) != 1:
        raise ProblemDetailsException("name exactly one of like, account, item and ring", status_code=400)

    def explain() -> str:
        return settlement.load().explain(**selectors, language=language).to_json()

    try:
        explanation: dict[str, Any] = json.loads(await asyncio.to_thread(explain))
    except ResultError as error:
        raise ProblemDetailsException(str(error), status_code=404) from None
    merged = {} if current == ring else {"asked_for": ring, "merged_into": current}
    return {"settlement": settlement.number, **explanation, **merged}


@api.get("/v1/items/count", COUNT_READERS, "Verified likes of one item")
async def item_count(
    request: Caller,
    settlement: NamedDependency[Settlement],
    item: Annotated[str, QueryParameter(description="Id of an item.", max_length=1_024)],
) -> ItemCount:
    """The counts of one item by the newest settlement; an item of which no like has settled is 404."""
    rows = await asyncio.to_thread(results.counts_of, settlement, [item])
    if not rows:
        raise ProblemDetailsException("no like of this item has settled", status_code=404)
    return ItemCount(settlement=settlement.number, **_counted(rows[0], request.user))


@api.post("/v1/items/counts", COUNT_READERS, "Verified likes of many items", status=200)
async def item_counts(
    request: Caller, settlement: NamedDependency[Settlement], data: JSONBody[ItemsWanted]
) -> ItemCounts:
    """The counts of several items by the newest settlement, in the order of ids; items of which no like has
    settled are left out.
    """
    rows = await asyncio.to_thread(results.counts_of, settlement, data.items)
    return ItemCounts(settlement.number, [Count(**_counted(row, request.user)) for row in rows])


def _counted(row: dict[str, Any], person: Principal) -> dict[str, Any]:
    """How many likes were bought is for staff: platforms read what is verified."""
    return row if person.role in STAFF else {name: row[name] for name in VERIFIED}


VERDICTS = (
    item_count,
    item_counts,
    summary,
    items,
    item_days,
    accounts,
    rings,
    moments,
    verdicts,
    explanations,
)
