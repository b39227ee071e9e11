"""The page of the policy: what rules, drafts, what the one in shadow would change, publish."""

from __future__ import annotations

import asyncio
from typing import Any

import pyarrow as pa
from litestar import Response, get, post

from zhenzan.errors import CalibrationError, ZhenzanError
from zhenzan.policy import Policy
from zhenzan.service.callers import Caller, core_of
from zhenzan.service.core import Core
from zhenzan.service.pages.ground import STAFF, Form, done, member_of, page, refused
from zhenzan.service.people import Person, Role
from zhenzan.service.policies.api import POLICY_BYTES_MAX, tried
from zhenzan.settle import comparison
from zhenzan.verify import calibrate

__all__ = ["POLICIES"]


@get("/policy", include_in_schema=False)
async def policy_page(request: Caller) -> Response[Any]:
    """Versions, the comparison, and an editor."""
    if (answer := refused(request)) is not None:
        return answer
    return await _shown(request)


@post("/policy", include_in_schema=False, status_code=200, request_max_body_size=POLICY_BYTES_MAX)
async def change(request: Caller, data: Form) -> Response[Any]:
    """Propose, learn, backtest, shadow, publish."""
    if (answer := refused(request, STAFF, form=True)) is not None:
        return answer
    person, core = member_of(request), core_of(request)
    if data.get("do") == "publish" and person.role is not Role.operator:
        return page(request, "message.html.jinja", status=403, here="policy", word="not_for_you")
    try:
        tried = await asyncio.to_thread(_changed, core, person, data)
    except ZhenzanError as error:
        if data.get("do") == "propose":  # what was written stays in the editor
            return await _shown(request, draft=data.get("text", ""), wrong=str(error))
        return done("/policy", str(error))
    return done("/policy") if tried is None else await _shown(request, tried=tried)


def _changed(core: Core, person: Person, form: dict[str, str]) -> dict[str, Any] | None:
    policies, number = core.policies, form.get("number", "")
    chosen = int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else 0
    match form.get("do"):
        case "propose":
            policies.propose(
                person.key, form.get("text", "").replace("\r\n", "\n"), form.get("note", "")[:500]
            )
        case "learn":
            _learn(core, person)
        case "shadow":
            policies.shadow(person.key, chosen)
        case "unshadow":
            policies.stop_shadow(person.key)
        case "publish":
            policies.publish(person.key, chosen)
        case "backtest":
            return {"number": chosen, **tried(core, chosen)}
    return None


def _learn(core: Core, person: Person) -> None:
    """A draft whose weights are learned from what people decided."""
    decided = core.cases.decisions(labels=True)
    if core.passed is None or not decided:
        raise CalibrationError("there is nothing to learn from: decide some cases first")
    labels = pa.table(
        {"account": list(decided), "fake": pa.array([each.is_fake for each in decided.values()], pa.bool_())}
    )
    ruling = core.policies.ruling()
    policy = calibrate(core.passed.load(), labels, policy=ruling.policy if ruling else Policy.default())
    text = policy.unnamed().to_toml()  # versions are kept for ever
    core.policies.propose(person.key, text, f"learned from {len(decided)} decisions")


async def _shown(
    request: Caller, *, draft: str = "", wrong: str = "", tried: dict[str, Any] | None = None
) -> Response[Any]:
    core, person = core_of(request), member_of(request)

    def told() -> dict[str, Any]:
        ruling = core.policies.ruling()
        text = draft or (ruling.text if ruling else Policy.default().to_toml())
        return {
            "versions": core.policies.listed(),
            "comparison": comparison(core.settings.home),
            "screen": core.tally.told(),
            "text": text,
            "labels": len(core.cases.decisions(labels=True)),
        }

    return page(
        request, "policy.html.jinja", status=422 if wrong else 200, here="policy", wrong=wrong, tried=tried,
        may_publish=person.role is Role.operator, **await asyncio.to_thread(told),
    )  # fmt: skip


POLICIES = (policy_page, change)
