"""API of the review queue and the audit log."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta
from msgspec.structs import replace

from zhenzan.rewards import Appeal
from zhenzan.service import results
from zhenzan.service.answers.operations import AuditEvents, Suggestions
from zhenzan.service.answers.operations import Cases as CasesAnswer
from zhenzan.service.audit import Audit
from zhenzan.service.cases.use_cases import ACCOUNTS_MAX, DAYS_MAX, Case, Cases, worth_a_look
from zhenzan.service.dependencies import Caller
from zhenzan.service.fields import AccountId, Id, Reason, SubjectId
from zhenzan.service.list_parameters import Cursor, Limit
from zhenzan.service.listing import CasesQuery
from zhenzan.service.route_declaration import ANALYSTS, Routes
from zhenzan.service.settlements import Settlements
from zhenzan.settlement import Settlement

__all__ = ["CASES", "NewCase", "labels_of", "open_on"]

api = Routes("cases")


class NewCase(msgspec.Struct):
    """A case to open: its subject. Of a ring its members are the accounts; of an account it is itself."""

    kind: Literal["account", "ring", "sale"]
    subject: SubjectId
    why: Reason
    accounts: Annotated[list[AccountId], Meta(max_length=ACCOUNTS_MAX)] = []


class Decision(msgspec.Struct):
    """A person's decision on a case; `days`: the decision is about the likes that came in until now and in so
    many days from now on; later ones are the model's to judge.
    """

    decision: Literal["genuine", "fake", "unclear"]
    text: Reason
    days: Annotated[int, msgspec.Meta(ge=0, le=DAYS_MAX)] = 0


class AppealDecision(msgspec.Struct):
    """A person's decision on an appeal."""

    upheld: bool
    text: Reason


def open_on(cases: Cases, settlements: Settlements, who: str, new: NewCase) -> Case:
    """Open a case. On a ring: its members are the accounts unless some are named, and what it is now is kept;
    one that was merged is the ring in which it goes on. Raises 409 where nothing is settled yet.
    """
    subject, ring = new.subject, None
    accounts = new.accounts or [subject]
    if new.kind == "ring":
        settlement = settlements.served()
        subject = results.current_ring(settlement, subject)
        ring = results.ring_as_it_is(settlement, subject)
        rows = results.rows_where(settlement, "accounts", {"ring": subject}, ACCOUNTS_MAX)
        accounts = new.accounts or [str(row["account"]) for row in rows]
    return cases.open(who, new.kind, subject, new.why, accounts, ring)


@api.get("/v1/cases", ANALYSTS, "Open or decided cases", CasesAnswer, query=CasesQuery)
async def cases(
    cases: NamedDependency[Cases],
    list_query: NamedDependency[CasesQuery],
    decided: Annotated[
        bool, QueryParameter(description="Those that were decided, unless `status` says more.")
    ] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Open cases, the oldest first; decided ones, the newest first. `search` is by the subject's id."""
    selection = replace(list_query, status=list_query.status or ("decided" if decided else "open")).filter()

    def ask(limit: int, offset: int) -> list[Case]:
        return cases.listed(selection, limit, offset)

    rows, after = await asyncio.to_thread(results.paged, ask, limit, cursor)
    return {"cases": rows, "next": after}


@api.post("/v1/cases", ANALYSTS, "Open a case", status=201)
async def open_case(
    request: Caller,
    cases: NamedDependency[Cases],
    settlements: NamedDependency[Settlements],
    data: JSONBody[NewCase],
) -> Case:
    """Open a case."""
    return await asyncio.to_thread(open_on, cases, settlements, request.user.key, data)


@api.post("/v1/cases/{case:str}/decision", ANALYSTS, "Decide a case", status=200)
async def decide(request: Caller, cases: NamedDependency[Cases], case: Id, data: JSONBody[Decision]) -> Case:
    """Decide a case: genuine, fake or unclear, and why. Rewards follow it at once."""
    return await asyncio.to_thread(
        lambda: cases.decide(request.user.key, case, data.decision, data.text, days=data.days)
    )


@api.post("/v1/appeals/{appeal:str}/decision", ANALYSTS, "Decide an appeal", Appeal, status=200)
async def decide_appeal(
    request: Caller, cases: NamedDependency[Cases], appeal: Id, data: JSONBody[AppealDecision]
) -> Any:
    """Uphold the appeal: all likes of the account until now count again. Deny it: what is frozen is burnt."""
    return await asyncio.to_thread(
        lambda: cases.decide_appeal(request.user.key, appeal, upheld=data.upheld, text=data.text)
    )


@api.get("/v1/cases/suggestions", ANALYSTS, "Suggested cases", Suggestions)
async def suggestions(settlement: NamedDependency[Settlement]) -> dict[str, Any]:
    """Accounts with the most likes that the settlement is not sure of."""
    return {"accounts": await asyncio.to_thread(worth_a_look, settlement)}


@api.get("/v1/cases/labels", ANALYSTS, "Decisions as labels", media_type="text/csv")
async def labels(cases: NamedDependency[Cases]) -> Response[str]:
    """A CSV of account and label, as `zhenzan calibrate` reads it."""
    return await labels_of(cases)


async def labels_of(cases: Cases) -> Response[str]:
    """The file of labels."""
    decisions = await asyncio.to_thread(lambda: cases.decisions(labels=True))
    lines = (
        f"{_field(who)},{'fake' if decision.is_fake else 'genuine'}" for who, decision in decisions.items()
    )
    return Response("\n".join(["account,label", *lines]) + "\n", media_type="text/csv")


def _field(text: str) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(sign in text for sign in ',"\r\n') else text


@api.get("/v1/audit", ANALYSTS, "The audit log", AuditEvents)
async def audit(
    audit: NamedDependency[Audit],
    limit: Annotated[int, QueryParameter(ge=1, le=200, description="How many.")] = 50,
) -> dict[str, Any]:
    """The audit log, the newest events first; each is a transfer of the ledger, whose proof
    `/v1/ledger/proof` gives.
    """
    latest = await asyncio.to_thread(audit.latest, limit)
    events = [
        {"id": event.id, "time": event.time, "who": event.credit.partition(":")[2], "what": event.cause}
        for event in latest
    ]
    return {"events": events, "deeds": events}


CASES = (cases, open_case, decide, decide_appeal, suggestions, labels, audit)
