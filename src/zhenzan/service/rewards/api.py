"""API of rewards: holdings, rights, redemptions, appeals, decorations."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from zhenzan.ledger import Ledger
from zhenzan.rewards import Appeal, Decoration, Entitlement, Redemption, decorate, holdings
from zhenzan.service.answers.rewards import Appeals, CatalogueAnswer, HoldingsAnswer, Redemptions, RightsHeld
from zhenzan.service.api_keys import STAFF, Role
from zhenzan.service.bodies import Serial
from zhenzan.service.cases.use_cases import Cases
from zhenzan.service.dependencies import Caller, acts_for
from zhenzan.service.fields import AccountQuery, OwnAccount, Reason, RewardId
from zhenzan.service.idempotency import Once
from zhenzan.service.rewards.rewards_desk import RewardsDesk
from zhenzan.service.route_declaration import EVERYBODY, Routes

__all__ = ["REWARDS"]

api, cases_api = Routes("rewards"), Routes("cases")
HOLDERS = (Role.viewer, Role.platform, Role.analyst)
ACTORS = (Role.viewer, Role.platform)


class Wanted(msgspec.Struct):
    """A redemption request: the offer. `account`: a viewer's key knows its own."""

    offer: RewardId
    account: OwnAccount = None


class Worn(msgspec.Struct):
    """The decoration of a card."""

    edition: RewardId
    serial: Serial
    frame: RewardId = "none"
    sticker: RewardId = "none"
    motto: Annotated[str, Meta(max_length=200, description="A few words of the holder's own.")] = ""
    account: OwnAccount = None


class Objection(msgspec.Struct):
    """An appeal: why the account should get back what it lost."""

    text: Reason
    account: OwnAccount = None


@api.get("/v1/catalogue", EVERYBODY, "The catalogue of rewards", CatalogueAnswer)
async def catalogue(desk: NamedDependency[RewardsDesk], ledger: NamedDependency[Ledger]) -> dict[str, Any]:
    """The catalogue: points, editions (with how many are out), rules, ladders, rights and offers (with what
    is left).
    """

    def read() -> dict[str, Any]:
        whole = desk.catalogue.to_dict()
        for edition in whole["editions"]:
            edition["out"] = ledger.issued(edition["id"])[0]
        for offer in whole["offers"]:
            offer["left"] = desk.shop.left(offer["id"])
        kept = ("name", "timezone", "points", "editions", "rules", "campaigns", "ladders", "rights", "offers")
        return {name: whole[name] for name in (*kept, "digest")}

    return await asyncio.to_thread(read)


@api.get("/v1/holdings", HOLDERS, "Points, cards and levels of an account", HoldingsAnswer)
async def held(own_account: NamedDependency[str], ledger: NamedDependency[Ledger]) -> dict[str, Any]:
    """The holdings of an account, and the claims they came from."""
    held_now = asdict(await asyncio.to_thread(holdings, ledger, own_account))
    names = {
        "cards": ("edition", "serial"),
        "claims": ("rule", "scope", "window", "points", "cards"),
        "levels": ("ladder", "scope", "score", "at"),
        "redemptions": ("offer", "state", "receipt"),
    }
    rows = {
        name: [dict(zip(keys, row, strict=True)) for row in held_now[name]] for name, keys in names.items()
    }
    old_names = {"held": held_now["debits_pending"], "coming": held_now["credits_pending"]}
    return held_now | old_names | rows


@api.get("/v1/rights", HOLDERS, "Rights of an account", RightsHeld)
async def rights(
    desk: NamedDependency[RewardsDesk],
    own_account: NamedDependency[str],
    right: Annotated[str | None, QueryParameter(max_length=200, description="Only this right.")] = None,
    creator: Annotated[
        str, QueryParameter(max_length=1_024, description="With this creator, for rights per creator.")
    ] = "",
) -> dict[str, list[Entitlement]]:
    """The rights that an account has at this moment; none is an empty list."""

    def read() -> list[Entitlement]:
        if right is None:
            return desk.rights.of(own_account, creator)
        one = desk.rights.check(own_account, right, creator)
        return [] if one is None else [one]

    return {"rights": await asyncio.to_thread(read)}


@api.post("/v1/redemptions", ACTORS, "Redeem an offer", Redemption, status=200)
async def redeem(
    once: NamedDependency[Once], desk: NamedDependency[RewardsDesk], data: JSONBody[Wanted]
) -> Any:
    """Redeem an offer: pay for it and get its receipt, and its code where it has one."""
    # of several transactions: its id is made of the key
    return await once(data, lambda who, noting: desk.shop.redeem(who, data.offer, once.key or ""))


@api.get("/v1/redemptions", HOLDERS, "Redemptions of an account", Redemptions)
async def redeemed(
    desk: NamedDependency[RewardsDesk], own_account: NamedDependency[str]
) -> dict[str, list[Redemption]]:
    """An account's redemptions, the oldest first."""
    return {"redemptions": await asyncio.to_thread(desk.shop.of, own_account)}


@api.post("/v1/decorations", ACTORS, "Decorate a card", status=200)
async def decorated(
    request: Caller, desk: NamedDependency[RewardsDesk], ledger: NamedDependency[Ledger], data: JSONBody[Worn]
) -> Worn:
    """Put a frame, a sticker and a motto on a card of one's own."""
    whose = acts_for(request.user, data.account)
    await asyncio.to_thread(
        decorate,
        ledger,
        desk.catalogue,
        whose,
        data.edition,
        data.serial,
        Decoration(data.frame, data.sticker, data.motto),
    )
    return data


@cases_api.post("/v1/appeals", ACTORS, "Appeal against a verdict", Appeal, status=201)
async def appeal(
    once: NamedDependency[Once], cases: NamedDependency[Cases], data: JSONBody[Objection]
) -> Any:
    """Appeal against a verdict: until the appeal is decided, nothing that is frozen is burnt."""
    return await once(data, lambda who, noting: cases.appeals.open(who, data.text, also=noting))


@cases_api.get("/v1/appeals", HOLDERS, "Appeals of an account, or all open ones", Appeals)
async def appeals(
    request: Caller, cases: NamedDependency[Cases], account: AccountQuery = None
) -> dict[str, Any]:
    """An account's appeals, the oldest first. Without an account, analysts see all that wait."""
    appeals = cases.appeals
    if account is None and request.user.role in STAFF:
        return {"appeals": await asyncio.to_thread(appeals.waiting)}
    return {"appeals": await asyncio.to_thread(appeals.of, acts_for(request.user, account))}


REWARDS = (catalogue, held, rights, redeem, redeemed, decorated, appeal, appeals)
