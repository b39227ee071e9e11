"""Answer schemas of operations: cases, the audit log, policies, keys, webhooks, health."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from zhenzan.service.answers.old_names import old_name_of
from zhenzan.service.api_keys import ApiKey
from zhenzan.service.cases.use_cases import Case
from zhenzan.service.policies.use_cases import Proposal
from zhenzan.service.webhooks.use_cases import Delivery, Webhook

__all__ = [
    "Alive",
    "AuditEvents",
    "Backtest",
    "Cases",
    "Compared",
    "Deliveries",
    "Keys",
    "MadeKey",
    "MadeWebhook",
    "Policies",
    "Ready",
    "Suggestions",
    "Webhooks",
]

Next = Annotated[str | None, Meta(description="`cursor` of the next page; null at the end.")]


class Alive(msgspec.Struct):
    """The process is alive."""

    status: Literal["alive"]


class Ready(msgspec.Struct):
    """Whether interactions are taken just now."""

    status: Annotated[str, Meta(examples=["ready"])]
    waiting_rows: int


class Cases(msgspec.Struct):
    """A page of cases."""

    cases: list[Case]
    next: Next


class Suggestion(msgspec.Struct):
    """An account with likes that the settlement is not sure of."""

    account: str
    uncertain: int
    likes: int
    chance: float


class Suggestions(msgspec.Struct):
    """Suggested cases: accounts worth a look."""

    accounts: list[Suggestion]


class AuditEvent(msgspec.Struct):
    """An audit event: what somebody did; `who`: the id of their key; `time` in µs since 1970."""

    id: str
    time: int
    who: str
    what: str


class AuditEvents(msgspec.Struct):
    """The audit log, the newest events first."""

    events: list[AuditEvent]
    deeds: Annotated[list[AuditEvent], old_name_of("events")]


class Policies(msgspec.Struct):
    """All versions of the policy, the newest first; which one rules; what the screen's rules do just now."""

    ruling: str
    policies: list[Proposal]
    screen: dict[str, Any]


class RuleTried(msgspec.Struct):
    """Backtest of a rule: how many likes it applies to, and as what they were settled."""

    rule: str
    likes: int
    fake: int
    uncertain: int
    genuine: int
    precision: float | None
    recall: float | None
    examples: list[str]


class Backtest(msgspec.Struct):
    """The rules of a policy, tried on the lake."""

    likes: int
    rules: list[RuleTried]


class Compared(msgspec.Struct):
    """What the policy in shadow would change; null where none ran."""

    comparison: dict[str, Any] | None


class Keys(msgspec.Struct):
    """A page of API keys, without their secrets."""

    keys: list[ApiKey]
    next: Next


class MadeKey(msgspec.Struct):
    """A new API key: it is never shown again."""

    key: Annotated[str, Meta(examples=["zz_0f6c1d5b2a9e_…"])]


class Webhooks(msgspec.Struct):
    """The webhooks and their events."""

    webhooks: list[Webhook]


class MadeWebhook(msgspec.Struct):
    """A new webhook, and the secret that signs: it is never shown again."""

    webhook: Webhook
    secret: Annotated[str, Meta(examples=["whsec_…"])]


class Deliveries(msgspec.Struct):
    """Deliveries that were sent, are waiting or are dead letters, the newest first."""

    deliveries: list[Delivery]
