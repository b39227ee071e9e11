"""API of policies: propose, backtest, run in shadow, compare, publish."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from msgspec import Meta

from zhenzan.policy import Policy
from zhenzan.screen import backtest
from zhenzan.service.answers.operations import Backtest, Compared
from zhenzan.service.answers.operations import Policies as PoliciesAnswer
from zhenzan.service.dependencies import Caller
from zhenzan.service.policies.use_cases import NOTE_MAX, Policies, Proposal
from zhenzan.service.route_declaration import ANALYSTS, OPERATORS, Routes
from zhenzan.service.screen.use_cases import Screening
from zhenzan.service.settings import Settings
from zhenzan.settlement import Settlement, comparison

__all__ = ["POLICIES", "POLICY_BYTES_MAX", "tried"]

POLICY_BYTES_MAX = 64 << 20  # one that learned of many ids is long

api = Routes("policies")
Number = Annotated[int, PathParameter(description="Number of a version.", ge=1, le=2**31)]


class Draft(msgspec.Struct):
    """A policy as TOML."""

    text: Annotated[str, Meta(description="TOML.", examples=["format = 1\nname = 'strict'\n"])]
    note: Annotated[str, Meta(max_length=NOTE_MAX, description="What it is for.")] = ""


@api.get("/v1/policies", ANALYSTS, "Versions of the policy", PoliciesAnswer)
async def policies(
    policies: NamedDependency[Policies], screening: NamedDependency[Screening]
) -> dict[str, Any]:
    """All versions, the newest first, and the ruling one with its text."""
    listed = await asyncio.to_thread(policies.listed)
    ruling = next((proposal for proposal in listed if proposal.state == "ruling"), None)
    return {
        "ruling": ruling.version if ruling else Policy.default().version,
        "policies": listed,
        "screen": screening.tally.snapshot(),
    }


@api.post("/v1/policies", ANALYSTS, "Propose a policy", status=201, request_max_body_size=POLICY_BYTES_MAX)
async def propose(request: Caller, policies: NamedDependency[Policies], data: JSONBody[Draft]) -> Proposal:
    """Propose a policy: it is checked whole, and stored as a draft."""
    return await asyncio.to_thread(policies.propose, request.user.key, data.text, data.note)


@api.post("/v1/policies/{number:int}/shadow", ANALYSTS, "Run a version in shadow", status=200)
async def shadow(request: Caller, policies: NamedDependency[Policies], number: Number) -> Proposal:
    """Run a version in shadow, beside the ruling one: nothing is paid by it."""
    return await asyncio.to_thread(policies.shadow, request.user.key, number)


@api.delete("/v1/policies/shadow", ANALYSTS, "End the shadow run")
async def end_shadow(request: Caller, policies: NamedDependency[Policies]) -> None:
    """End the shadow run: nothing runs in shadow any more."""
    await asyncio.to_thread(policies.stop_shadow, request.user.key)


@api.post("/v1/policies/{number:int}/publish", OPERATORS, "Publish a version", status=200)
async def publish(request: Caller, policies: NamedDependency[Policies], number: Number) -> Proposal:
    """Publish a version: it rules the screen at once, and settlement from the next one on."""
    return await asyncio.to_thread(policies.publish, request.user.key, number)


@api.post("/v1/policies/{number:int}/backtest", ANALYSTS, "Run a backtest", Backtest, status=200)
async def try_on_lake(
    number: Number,
    policies: NamedDependency[Policies],
    settings: NamedDependency[Settings],
    latest_settlement: NamedDependency[Settlement | None],
) -> dict[str, Any]:
    """Run a backtest: what each rule would have said of every stored like, beside what settlement found."""
    return await asyncio.to_thread(tried, settings.home, policies, latest_settlement, number)


def tried(home: Path, policies: Policies, settlement: Settlement | None, number: int) -> dict[str, Any]:
    """The backtest of a version's rules of the screen."""
    rules = policies.find(number).policy.screen
    verdicts = [settlement.folder / "verdicts.parquet", *settlement.final_files] if settlement else []
    return backtest(home, rules, verdicts)


@api.get("/v1/policies/comparison", ANALYSTS, "What the shadow policy would change", Compared)
async def compared(settings: NamedDependency[Settings]) -> dict[str, Any]:
    """The newest shadow comparison; `comparison` is null where none has run."""
    return {"comparison": await asyncio.to_thread(comparison, settings.home)}


POLICIES = (policies, propose, shadow, end_shadow, publish, try_on_lake, compared)
