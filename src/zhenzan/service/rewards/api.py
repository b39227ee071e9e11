"""What accounts have earned and what they may do with it: holdings, rights, offers, redemptions."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from zhenzan.ledger import Ledger
from zhenzan.rewards import Appeal, Decoration, Entitlement, Redemption, decorate, holdings
from zhenzan.service.access import needs
from zhenzan.service.answers import answers
from zhenzan.service.answers.rewards import Appeals, CatalogueAnswer, HoldingsAnswer, Redemptions, RightsHeld
from zhenzan.service.bodies import Serial
from zhenzan.service.callers import Caller, acts_for
from zhenzan.service.cases.use_cases import Cases
from zhenzan.service.fields import AccountQuery, OwnAccount, Reason, RewardId
from zhenzan.service.once import IdempotencyKey, Noting, once
from zhenzan.service.people import STAFF, Role
from zhenzan.service.rewards.use_cases import RewardsDesk

__all__ = ["REWARDS"]

EVERYBODY = [needs(*Role)]
HOLDERS = [needs(Role.viewer, Role.platform, Role.analyst)]
ACTORS = [needs(Role.viewer, Role.platform)]


class Wanted(msgspec.Struct):
    """An offer that somebody wants. `account`: a viewer's key knows its own."""

    offer: RewardId
    account: OwnAccount = None


class Worn(msgspec.Struct):
    """What a holder puts on a card."""

    edition: RewardId
    serial: Serial
    frame: RewardId = "none"
    sticker: RewardId = "none"
    motto: Annotated[str, Meta(max_length=200, description="A few words of the holder's own.")] = ""
    account: OwnAccount = None


class Objection(msgspec.Struct):
    """Why somebody should get back what they lost."""

    text: Reason
    account: OwnAccount = None


@get(
    "/v1/catalogue",
    guards=EVERYBODY,
    tags=["rewards"],
    summary="What likes earn, and what for",
    responses=answers(CatalogueAnswer),
)
async def catalogue(desk: NamedDependency[RewardsDesk], ledger: NamedDependency[Ledger]) -> dict[str, Any]:
    """Points, editions (with how many are out), rules, ladders, rights and offers (with what is left)."""

    def told() -> dict[str, Any]:
        whole = desk.catalogue.to_dict()
        for edition in whole["editions"]:
            edition["out"] = ledger.issued(edition["id"])[0]
        for offer in whole["offers"]:
            offer["left"] = desk.shop.left(offer["id"])
        kept = ("name", "timezone", "points", "editions", "rules", "campaigns", "ladders", "rights", "offers")
        return {name: whole[name] for name in (*kept, "digest")}

    return await asyncio.to_thread(told)


@get(
    "/v1/holdings",
    guards=HOLDERS,
    tags=["rewards"],
    summary="Points, cards and levels of an account",
    responses=answers(HoldingsAnswer),
)
async def held(
    request: Caller, ledger: NamedDependency[Ledger], account: AccountQuery = None
) -> dict[str, Any]:
    """What an account holds, and the claims it came from."""
    whose = acts_for(request.user, account)
    found = asdict(await asyncio.to_thread(holdings, ledger, whose))
    names = {
        "cards": ("edition", "serial"),
        "claims": ("rule", "scope", "window", "points", "cards"),
        "levels": ("ladder", "scope", "score", "at"),
        "redemptions": ("offer", "state", "receipt"),
    }
    rows = {name: [dict(zip(keys, row, strict=True)) for row in found[name]] for name, keys in names.items()}
    return found | rows


@get(
    "/v1/rights",
    guards=HOLDERS,
    tags=["rewards"],
    summary="What may an account do just now?",
    responses=answers(RightsHeld),
)
async def rights(
    request: Caller,
    desk: NamedDependency[RewardsDesk],
    account: AccountQuery = None,
    right: Annotated[str | None, QueryParameter(max_length=200, description="Only this right.")] = None,
    creator: Annotated[
        str, QueryParameter(max_length=1_024, description="With this creator, for rights per creator.")
    ] = "",
) -> dict[str, list[Entitlement]]:
    """The rights that an account has at this moment; none is an empty list."""
    whose, found = acts_for(request.user, account), desk.rights

    def asked() -> list[Entitlement]:
        if right is None:
            return found.of(whose, creator)
        one = found.check(whose, right, creator)
        return [] if one is None else [one]

    return {"rights": await asyncio.to_thread(asked)}


@post(
    "/v1/redemptions",
    guards=ACTORS,
    status_code=200,
    tags=["rewards"],
    summary="Redeem an offer",
    responses=answers(Redemption),
)
async def redeem(
    request: Caller,
    desk: NamedDependency[RewardsDesk],
    data: JSONBody[Wanted],
    idempotency_key: IdempotencyKey = None,
) -> Any:
    """Pay for an offer and get it: its receipt, and its code where it has one."""
    whose, shop = acts_for(request.user, data.account), desk.shop

    def act(_: Noting) -> Redemption:  # of several transactions: its id is made of the key
        return shop.redeem(whose, data.offer, idempotency_key or "")

    return await once(request, idempotency_key, data, act)


@get(
    "/v1/redemptions",
    guards=HOLDERS,
    tags=["rewards"],
    summary="What an account has redeemed",
    responses=answers(Redemptions),
)
async def redeemed(
    request: Caller, desk: NamedDependency[RewardsDesk], account: AccountQuery = None
) -> dict[str, list[Redemption]]:
    """The oldest first."""
    whose, shop = acts_for(request.user, account), desk.shop
    return {"redemptions": await asyncio.to_thread(shop.of, whose)}


@post("/v1/decorations", guards=ACTORS, status_code=200, tags=["rewards"], summary="Decorate a card")
async def decorated(
    request: Caller, desk: NamedDependency[RewardsDesk], ledger: NamedDependency[Ledger], data: JSONBody[Worn]
) -> Worn:
    """Put a frame, a sticker and a motto on a card of one's own."""
    whose = acts_for(request.user, data.account)
    await asyncio.to_thread(
        decorate, ledger, desk.catalogue, whose, data.edition, data.serial,
        Decoration(data.frame, data.sticker, data.motto),
    )  # fmt: skip
    return data


@post(
    "/v1/appeals",
    guards=ACTORS,
    status_code=201,
    tags=["cases"],
    summary="Appeal against a verdict",
    responses=answers(Appeal, 201),
)
async def appeal(
    request: Caller,
    cases: NamedDependency[Cases],
    data: JSONBody[Objection],
    idempotency_key: IdempotencyKey = None,
) -> Any:
    """Ask for a second look: until it is decided, nothing that is frozen is burnt."""
    whose, appeals = acts_for(request.user, data.account), cases.appeals

    def act(noting: Noting) -> Appeal:
        return appeals.open(whose, data.text, also=noting)

    return await once(request, idempotency_key, data, act, status=201)


@get(
    "/v1/appeals",
    guards=HOLDERS,
    tags=["cases"],
    summary="Appeals of an account, or all that wait",
    responses=answers(Appeals),
)
async def appeals(
    request: Caller, cases: NamedDependency[Cases], account: AccountQuery = None
) -> dict[str, Any]:
    """The oldest first. Without an account, analysts see all that wait."""
    found = cases.appeals
    if account is None and request.user.role in STAFF:
        return {"appeals": await asyncio.to_thread(found.waiting)}
    return {"appeals": await asyncio.to_thread(found.of, acts_for(request.user, account))}


REWARDS = (catalogue, held, rights, redeem, redeemed, decorated, appeal, appeals)
