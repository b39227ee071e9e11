"""Console page of the review queue: open appeals and cases, suggestions, decided cases."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Response
from litestar.di import NamedDependency, Provide
from msgspec.structs import replace

from zhenzan.errors import ZhenzanError
from zhenzan.ledger import Ledger
from zhenzan.rewards import Appeal
from zhenzan.service import results
from zhenzan.service.audit import Audit
from zhenzan.service.cases.api import NewCase, labels_of, open_on
from zhenzan.service.cases.use_cases import Case, Cases, NoSuchCaseError, worth_a_look
from zhenzan.service.dependencies import Caller
from zhenzan.service.listing import CasesQuery
from zhenzan.service.market.use_cases import odd_sales
from zhenzan.service.pages.base import Form, done, get_page, member_of, page, post_form, whole
from zhenzan.service.pages.list_form import Listing, listing
from zhenzan.service.settlements import Settlements
from zhenzan.settlement import Settlement

__all__ = ["CASES"]

PAGE_ROWS, DEEDS = 20, 30


@dataclass(frozen=True)
class _Shown:
    """What the page shows."""

    cases: Cases
    audit: Audit
    ledger: Ledger
    settlement: Settlement | None


def _shown(
    cases: NamedDependency[Cases],
    audit: NamedDependency[Audit],
    ledger: NamedDependency[Ledger],
    latest_settlement: NamedDependency[Settlement | None],
) -> _Shown:
    return _Shown(cases, audit, ledger, latest_settlement)


@get_page("/cases", menu="cases", dependencies={"shown": Provide(_shown, sync_to_thread=False)})
async def cases_page(
    request: Caller,
    shown: NamedDependency[_Shown],
) -> Response[Any]:
    """The review queue."""

    def ask(list_query: CasesQuery, cursor: str | None) -> tuple[list[Case], str | None]:
        selection = replace(list_query, status=list_query.status or "decided").filter()
        return results.paged(
            lambda limit, offset: shown.cases.listed(selection, limit, offset), PAGE_ROWS, cursor
        )

    listed = await listing(request, CasesQuery, ask)
    values = await asyncio.to_thread(_queue, shown, listed)
    return page(request, "cases.html.jinja", status=listed.status, here="cases", list=listed, **values)


def _queue(shown: _Shown, listed: Listing[CasesQuery]) -> dict[str, Any]:
    """What the page shows: of what waits the first rows, and all of it if that is asked."""
    list_query, waiting, appeals = listed.query, list[Case](), list[Appeal]()
    if list_query.status == "":
        waiting = shown.cases.listed(replace(list_query, status="open").filter(), PAGE_ROWS + 1)
    elif list_query.status == "open":
        waiting = listed.rows
    if list_query.status in ("", "open") and list_query.kind in ("", "account"):
        appeals = [appeal for appeal in shown.cases.appeals.waiting() if _matches(list_query, appeal.account)]
    beside = not listed.is_narrowed  # whoever asks for some cases finds these, and nothing else
    return {
        "appeals": appeals,
        "waiting": waiting[:PAGE_ROWS],
        "more_wait": len(waiting) > PAGE_ROWS,
        "decided": [] if list_query.status == "open" else listed.rows,
        "look": worth_a_look(shown.settlement) if beside and shown.settlement else [],
        "flags": odd_sales(shown.ledger, shown.settlement)[:20] if beside else [],
        "deeds": shown.audit.latest(DEEDS) if beside else [],
    }


def _matches(list_query: CasesQuery, account: str) -> bool:
    if list_query.exact and list_query.search:
        return account == list_query.search
    return account.startswith(list_query.search)


@post_form("/cases")
async def act(
    request: Caller,
    cases: NamedDependency[Cases],
    settlements: NamedDependency[Settlements],
    data: Form,
) -> Response[Any]:
    """Handle a form: open a case, decide one, decide an appeal."""
    person = member_of(request)
    subject, text = data.get("subject", ""), data.get("text", "")

    def do() -> None:
        if data.get("do") == "open":
            fields = {"kind": data.get("kind", "account"), "subject": subject, "why": text}
            open_on(cases, settlements, person.key, msgspec.convert(fields, NewCase))
        elif data.get("do") == "appeal":
            cases.decide_appeal(person.key, subject, upheld=data.get("decision") == "upheld", text=text)
        else:
            days = whole(data.get("days", "") or "0")
            cases.decide(person.key, subject, data.get("decision", ""), text, days=days)

    try:
        await asyncio.to_thread(do)
    except (ZhenzanError, msgspec.ValidationError) as error:
        return done("/cases", str(error))
    return done("/cases")


@get_page("/case")
async def case_page(request: Caller, cases: NamedDependency[Cases]) -> Response[Any]:
    """One case: what it is about, as that was when the case was opened."""
    try:
        case = await asyncio.to_thread(cases.find, request.query_params.get("id", ""))
    except NoSuchCaseError:
        return page(request, "message.html.jinja", status=404, here="cases", word="not_found")
    return page(request, "case.html.jinja", here="cases", case=case)


@get_page("/cases/labels.csv")
async def labels_file(request: Caller, cases: NamedDependency[Cases]) -> Response[Any]:
    """People's decisions as a file of labels, as `zhenzan calibrate` reads it."""
    return await labels_of(cases)


CASES = (cases_page, case_page, act, labels_file)
