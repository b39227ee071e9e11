"""Console page of the policy: the ruling version, drafts, the shadow comparison, publishing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from litestar import Response
from litestar.di import NamedDependency, Provide

from zhenzan.errors import CalibrationError, ZhenzanError
from zhenzan.policy import Policy
from zhenzan.service.api_keys import Principal, Role
from zhenzan.service.cases.use_cases import Cases
from zhenzan.service.dependencies import Caller
from zhenzan.service.pages.base import Form, done, get_page, member_of, page, post_form
from zhenzan.service.policies.api import POLICY_BYTES_MAX, tried
from zhenzan.service.policies.use_cases import Policies
from zhenzan.service.screen.use_cases import Screening
from zhenzan.service.settings import Settings
from zhenzan.settlement import Settlement, comparison
from zhenzan.verify import calibrate

__all__ = ["POLICIES", "learn"]


@dataclass(frozen=True)
class _Workshop:
    """What the page works with."""

    policies: Policies
    cases: Cases
    screening: Screening
    settlement: Settlement | None
    home: Path


def _workshop(
    policies: NamedDependency[Policies],
    cases: NamedDependency[Cases],
    screening: NamedDependency[Screening],
    latest_settlement: NamedDependency[Settlement | None],
    settings: NamedDependency[Settings],
) -> _Workshop:
    return _Workshop(policies, cases, screening, latest_settlement, settings.home)


WORKSHOP = {"workshop": Provide(_workshop, sync_to_thread=False)}


@get_page("/policy", menu="policy", dependencies=WORKSHOP)
async def policy_page(request: Caller, workshop: NamedDependency[_Workshop]) -> Response[Any]:
    """Versions, the comparison, and an editor."""
    return await _shown(request, workshop)


@post_form("/policy", request_max_body_size=POLICY_BYTES_MAX, dependencies=WORKSHOP)
async def change(request: Caller, workshop: NamedDependency[_Workshop], data: Form) -> Response[Any]:
    """Handle a form: propose, learn, backtest, shadow, publish."""
    person = member_of(request)
    if data.get("do") == "publish" and person.role is not Role.operator:
        return page(request, "message.html.jinja", status=403, here="policy", word="not_for_you")
    try:
        tried = await asyncio.to_thread(_changed, workshop, person, data)
    except ZhenzanError as error:
        if data.get("do") == "propose":  # what was written stays in the editor
            return await _shown(request, workshop, draft=data.get("text", ""), wrong=str(error))
        return done("/policy", str(error))
    return done("/policy") if tried is None else await _shown(request, workshop, tried=tried)


def _changed(workshop: _Workshop, person: Principal, form: dict[str, str]) -> dict[str, Any] | None:
    policies, number = workshop.policies, form.get("number", "")
    chosen = int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else 0
    match form.get("do"):
        case "propose":
            policies.propose(
                person.key, form.get("text", "").replace("\r\n", "\n"), form.get("note", "")[:500]
            )
        case "learn":
            learn(policies, workshop.cases, workshop.settlement, person)
        case "shadow":
            policies.shadow(person.key, chosen)
        case "unshadow":
            policies.stop_shadow(person.key)
        case "publish":
            policies.publish(person.key, chosen)
        case "backtest":
            return {"number": chosen, **tried(workshop.home, policies, workshop.settlement, chosen)}
    return None


def learn(policies: Policies, cases: Cases, settlement: Settlement | None, person: Principal) -> None:
    """A draft whose weights are learned from what people decided."""
    decided = cases.decisions(labels=True)
    if settlement is None or not decided:
        raise CalibrationError("there is nothing to learn from: decide some cases first")
    labels = pa.table(
        {
            "account": list(decided),
            "fake": pa.array([decision.is_fake for decision in decided.values()], pa.bool_()),
        }
    )
    ruling = policies.ruling()
    policy = calibrate(settlement.load(), labels, policy=ruling.policy if ruling else Policy.default())
    text = policy.unnamed().to_toml()  # versions are kept for ever
    policies.propose(person.key, text, f"learned from {len(decided)} decisions")


async def _shown(
    request: Caller,
    workshop: _Workshop,
    *,
    draft: str = "",
    wrong: str = "",
    tried: dict[str, Any] | None = None,
) -> Response[Any]:
    person = member_of(request)

    def values() -> dict[str, Any]:
        ruling = workshop.policies.ruling()
        text = draft or (ruling.text if ruling else Policy.default().to_toml())
        return {
            "versions": workshop.policies.listed(),
            "comparison": comparison(workshop.home),
            "screen": workshop.screening.tally.snapshot(),
            "text": text,
            "labels": len(workshop.cases.decisions(labels=True)),
        }

    return page(
        request,
        "policy.html.jinja",
        status=422 if wrong else 200,
        here="policy",
        wrong=wrong,
        tried=tried,
        may_publish=person.role is Role.operator,
        **await asyncio.to_thread(values),
    )


POLICIES = (policy_page, change)
