"""The page of the review queue: appeals and cases that wait, what deserves a look, what was decided."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Response, get, post

from zhenzan.errors import ZhenzanError
from zhenzan.rewards import wash_trades
from zhenzan.service.callers import Caller, core_of
from zhenzan.service.cases import worth_a_look
from zhenzan.service.pages.ground import STAFF, Form, done, member_of, page, refused
from zhenzan.service.routes.cases import labels_of, members

__all__ = ["CASES"]

DEEDS = 30


@get("/cases", include_in_schema=False)
async def cases_page(request: Caller) -> Response[Any]:
    """Everything that waits for a person."""
    if (answer := refused(request)) is not None:
        return answer
    core = core_of(request)

    def told() -> dict[str, Any]:
        return {
            "appeals": core.cases.appeals.waiting(),
            "waiting": core.cases.waiting(),
            "decided": core.cases.decided(20),
            "look": worth_a_look(core.passed) if core.passed else [],
            "flags": wash_trades(core.ledger)[:20],
            "deeds": core.audit.latest(DEEDS),
        }

    return page(request, "cases.html.jinja", here="cases", **await asyncio.to_thread(told))


@post("/cases", include_in_schema=False, status_code=200)
async def act(request: Caller, data: Form) -> Response[Any]:
    """Open a case, decide one, decide an appeal."""
    if (answer := refused(request, STAFF, form=True)) is not None:
        return answer
    person, cases = member_of(request), core_of(request).cases
    kind, subject, text = data.get("kind", "account"), data.get("subject", ""), data.get("text", "")

    def do() -> None:
        if data.get("do") == "open":
            cases.open(person.key, kind, subject, text, members(request, kind, subject))
        elif data.get("do") == "appeal":
            cases.decide_appeal(person.key, subject, upheld=data.get("decision") == "upheld", text=text)
        else:
            cases.decide(person.key, subject, data.get("decision", ""), text)

    try:
        await asyncio.to_thread(do)
    except ZhenzanError as error:
        return done("/cases", str(error))
    return done("/cases")


@get("/cases/labels.csv", include_in_schema=False)
async def labels_file(request: Caller) -> Response[Any]:
    """What people decided, as `zhenzan calibrate` reads it."""
    if (answer := refused(request)) is not None:
        return answer
    return await labels_of(core_of(request))


CASES = (cases_page, act, labels_file)
