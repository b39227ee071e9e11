"""Wallets, terms, inventory, reviews and permissions of promotion over the API."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from msgspec import Meta

from zhenzan.config import Difference
from zhenzan.promote import State, TermsVersion
from zhenzan.service.api_keys import Role
from zhenzan.service.audit import Audit
from zhenzan.service.dependencies import Caller, acts_for, buys_for
from zhenzan.service.fields import Id
from zhenzan.service.idempotency import Noting, Once
from zhenzan.service.promotion.delivering import PromotionDelivery
from zhenzan.service.promotion.operating import BuyerShare, OversoldHour, Promised, StockCell, operating_view
from zhenzan.service.promotion.orders_api import BUYERS, READERS, BuyerQuery, noted
from zhenzan.service.promotion.records import OrderAnswer, OrdersAnswer, Paid, WalletAnswer, order_answer
from zhenzan.service.promotion.requests import Payment, RegisteredItem, ReviewDecision, owner_of
from zhenzan.service.promotion.use_cases import PromotionDesk
from zhenzan.service.route_declaration import ANALYSTS, OPERATORS, Routes

__all__ = ["OPERATING", "WALLETS"]

api = Routes("promotion")
MOVEMENTS = 100

Number = Annotated[int, PathParameter(ge=1, le=2**31, description="Number of a version.")]


class NewTerms(msgspec.Struct):
    """Terms of sale as TOML."""

    text: Annotated[str, Meta(max_length=1_000_000, description="TOML.")]


class TermsList(msgspec.Struct):
    """All versions, the newest first."""

    versions: list[TermsVersion]


class TermsDiff(msgspec.Struct):
    """What a version changes of what is published; none where nothing is."""

    changes: list[Difference]


class OptOut(msgspec.Struct):
    """Whether a viewer is shown no promotion."""

    account: Annotated[str, Meta(min_length=1, max_length=1_024, examples=["fan-7"])]
    opted_out: bool = True


@dataclass(frozen=True)
class InventoryAnswer:
    """Slots by region and interest on an average day, what is sold of the hours to come, and where more is
    sold than there will be.
    """

    cells: list[StockCell]
    promised: list[Promised]
    oversold: list[OversoldHour]


class BuyersAnswer(msgspec.Struct):
    """Buyers with judged outcomes, the largest void share first."""

    buyers: list[BuyerShare]


def wallet_answer(promotion: PromotionDesk, buyer: str) -> WalletAnswer:
    """What lies in a wallet."""
    terms = promotion.terms.current_or_none()
    movements = [
        Paid(entry.id, entry.change, entry.posted, entry.cause)
        for entry in promotion.wallets.history(buyer, limit=MOVEMENTS)
    ]
    return WalletAnswer(
        buyer, promotion.wallets.available(buyer), terms.currency if terms else "CNY",
        terms.digits if terms else 2, movements,
    )  # fmt: skip


@api.get("/v1/promotion/wallet", READERS, "What lies in a wallet", WalletAnswer)
async def wallet(
    request: Caller, promotion: NamedDependency[PromotionDesk], buyer: BuyerQuery = None
) -> WalletAnswer:
    """The balance, and the first hundred movements."""
    return await asyncio.to_thread(wallet_answer, promotion, buys_for(request.user, buyer))


@api.post("/v1/promotion/wallet/payments", BUYERS, "Pay into a wallet", WalletAnswer, status=201)
async def pay_in(
    request: Caller,
    once: NamedDependency[Once],
    promotion: NamedDependency[PromotionDesk],
    data: JSONBody[Payment],
) -> Any:
    """Through the payment port; a sandbox charges nobody."""
    reference = data.reference or once.callers_key

    def act(buyer: str, noting: Noting) -> WalletAnswer:
        promotion.wallets.pay_in(buyer, data.amount, reference)
        return wallet_answer(promotion, buyer)

    return await once(data, act, buys_for(request.user, data.buyer))


@api.get("/v1/promotion/inventory", ANALYSTS, "What can be sold, and what is", InventoryAnswer)
async def inventory(promotion: NamedDependency[PromotionDesk]) -> InventoryAnswer:
    """By region and interest."""
    return InventoryAnswer(*await asyncio.to_thread(operating_view, promotion))


@api.get("/v1/promotion/at-risk", ANALYSTS, "Orders that will probably not be done", OrdersAnswer)
async def at_risk(promotion: NamedDependency[PromotionDesk]) -> OrdersAnswer:
    """Those that run."""
    records = await asyncio.to_thread(promotion.book.in_states, State.running, State.paused)
    return OrdersAnswer([order_answer(record) for record in records if record.plan.at_risk_since])


@api.get(
    "/v1/promotion/buyers", ANALYSTS, "Buyers and the share of their outcomes that is void", BuyersAnswer
)
async def buyers(promotion: NamedDependency[PromotionDesk]) -> BuyersAnswer:
    """Who has judged outcomes."""
    counts = await asyncio.to_thread(promotion.book.judged_counts)
    shares = [BuyerShare(buyer, judged, void, void / judged) for buyer, (judged, void) in counts.items()]
    return BuyersAnswer(sorted(shares, key=lambda share: (-share.void_share, share.buyer)))


@api.get("/v1/promotion/reviews", ANALYSTS, "Orders that wait for a person", OrdersAnswer)
async def reviews(promotion: NamedDependency[PromotionDesk]) -> OrdersAnswer:
    """The oldest first."""
    records = await asyncio.to_thread(promotion.book.in_states, State.in_review)
    return OrdersAnswer([order_answer(record) for record in records])


@api.post(
    "/v1/promotion/orders/{order_id:str}/review", OPERATORS, "Let an order run, or refuse it", OrderAnswer,
    status=200,
)  # fmt: skip
async def review(
    request: Caller,
    once: NamedDependency[Once],
    promotion: NamedDependency[PromotionDesk],
    order_id: Id,
    data: JSONBody[ReviewDecision],
) -> Any:
    """What is refused is given back whole."""

    def act(operator: str, noting: Noting) -> OrderAnswer:
        return order_answer(promotion.review(operator, order_id, data.approve, data.reason, noted(noting)))

    return await once(data, act, request.user.key)


@api.get("/v1/promotion/terms", ANALYSTS, "Versions of the terms of sale", TermsList)
async def terms_list(promotion: NamedDependency[PromotionDesk]) -> TermsList:
    """Drafts, the published one, those of before."""
    return TermsList(await asyncio.to_thread(promotion.terms.listed))


@api.post("/v1/promotion/terms", OPERATORS, "Draft terms of sale", TermsVersion, status=201)
async def draft_terms(
    request: Caller,
    promotion: NamedDependency[PromotionDesk],
    audit: NamedDependency[Audit],
    data: JSONBody[NewTerms],
) -> TermsVersion:
    """Checked, and not sold by yet."""
    who = request.user.key
    return await asyncio.to_thread(
        promotion.terms.draft, who, data.text,
        lambda id, writes: audit.note(who, f"drafts terms {id}", also=writes),
    )  # fmt: skip


@api.get("/v1/promotion/terms/{number:int}/changes", ANALYSTS, "What a version would change", TermsDiff)
async def terms_changes(promotion: NamedDependency[PromotionDesk], number: Number) -> TermsDiff:
    """Keys with the value before and after."""
    return TermsDiff(await asyncio.to_thread(promotion.terms.changes, number))


@api.post(
    "/v1/promotion/terms/{number:int}/publish", OPERATORS, "Sell by a version", TermsVersion, status=200
)
async def publish_terms(
    request: Caller, promotion: NamedDependency[PromotionDesk], audit: NamedDependency[Audit], number: Number
) -> TermsVersion:
    """From now on; quotes that stand keep their price."""
    who = request.user.key
    return await asyncio.to_thread(
        promotion.terms.publish, number,
        lambda id, writes: audit.note(who, f"publishes terms {id}", also=writes),
    )  # fmt: skip


@api.post("/v1/promotion/items", (Role.platform,), "Say whose an item is", RegisteredItem, status=200)
async def register(
    promotion: NamedDependency[PromotionDesk], data: JSONBody[RegisteredItem]
) -> RegisteredItem:
    """And whether its creator lets others promote it."""
    await asyncio.to_thread(promotion.register, owner_of(data))
    return data


@api.post(
    "/v1/promotion/opt-outs", (Role.viewer, Role.platform), "Show a viewer no promotion", OptOut, status=200
)
async def opt_out(
    request: Caller, promotion_delivery: NamedDependency[PromotionDelivery], data: JSONBody[OptOut]
) -> OptOut:
    """Or show it again. A viewer speaks for themselves alone."""
    account = acts_for(request.user, data.account)
    await asyncio.to_thread(promotion_delivery.opt_out, account, data.opted_out)
    return data


WALLETS = (wallet, pay_in)
OPERATING = (
    inventory, at_risk, buyers, reviews, review, terms_list, draft_terms, terms_changes, publish_terms,
    register, opt_out,
)  # fmt: skip
