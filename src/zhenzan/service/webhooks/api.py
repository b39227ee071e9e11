"""API of webhooks: subscribe, list, remove, test; deliveries and dead letters, retried on request."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from zhenzan.service.answers.operations import Deliveries, MadeWebhook
from zhenzan.service.answers.operations import Webhooks as WebhooksAnswer
from zhenzan.service.audit import Audit
from zhenzan.service.dependencies import Caller
from zhenzan.service.fields import Id
from zhenzan.service.route_declaration import OPERATORS, Routes
from zhenzan.service.webhooks.use_cases import Delivery, Webhook, Webhooks

__all__ = ["WEBHOOKS", "NewWebhook", "made_webhook", "removed_webhook"]

api = Routes("webhooks")


class NewWebhook(msgspec.Struct):
    """`events`: settlement.published, case.decided, policy.published, sale.made, redemption.confirmed,
    order.running, order.delivered, order.at_risk, order.refunded.
    """

    url: Annotated[
        str, Meta(max_length=2_048, description="Where to.", examples=["https://shop.example/hook"])
    ]
    events: Annotated[list[str], Meta(max_length=20, examples=[["settlement.published"]])]


def made_webhook(webhooks: Webhooks, audit: Audit, who: str, new: NewWebhook) -> tuple[Webhook, str]:
    """A new webhook and its secret, with the deed noted that `who` made it. Raises WebhookError."""
    what = f"to {new.url} for {', '.join(sorted(set(new.events)))}"
    return webhooks.create(
        who, new.url, new.events,
        noting=lambda id, writes: audit.note(who, f"makes webhook {id} {what}", also=writes),
    )  # fmt: skip


def removed_webhook(webhooks: Webhooks, audit: Audit, who: str, webhook: str) -> None:
    """Remove the webhook of this id, with the deed noted. Raises WebhookError where there is none."""
    webhooks.remove(webhook, noting=lambda id, writes: audit.note(who, f"removes webhook {id}", also=writes))


@api.get("/v1/webhooks", OPERATORS, "Webhooks", WebhooksAnswer)
async def webhooks(webhooks: NamedDependency[Webhooks]) -> dict[str, Any]:
    """All webhooks, without secrets."""
    return {"webhooks": await asyncio.to_thread(webhooks.listed)}


@api.post("/v1/webhooks", OPERATORS, "Add a webhook", MadeWebhook, status=201)
async def subscribe(
    request: Caller,
    webhooks: NamedDependency[Webhooks],
    audit: NamedDependency[Audit],
    data: JSONBody[NewWebhook],
) -> dict[str, Any]:
    """Add a webhook; the secret that signs is in the answer and never shown again."""
    webhook, secret = await asyncio.to_thread(made_webhook, webhooks, audit, request.user.key, data)
    return {"webhook": webhook, "secret": secret}


@api.delete("/v1/webhooks/{webhook:str}", OPERATORS, "Remove a webhook")
async def unsubscribe(
    request: Caller, webhooks: NamedDependency[Webhooks], audit: NamedDependency[Audit], webhook: Id
) -> None:
    """Remove a webhook: nothing more is sent there."""
    await asyncio.to_thread(removed_webhook, webhooks, audit, request.user.key, webhook)


@api.post("/v1/webhooks/{webhook:str}/test", OPERATORS, "Send a test event", status=201)
async def test_webhook(webhooks: NamedDependency[Webhooks], webhook: Id) -> Delivery:
    """A `webhook.tested` for this one alone; `/v1/deliveries` says what became of it."""
    return await asyncio.to_thread(webhooks.test, webhook)


@api.get("/v1/deliveries", OPERATORS, "Deliveries: sent, waiting or dead", Deliveries)
async def deliveries(
    webhooks: NamedDependency[Webhooks],
    webhook: Annotated[str, QueryParameter(description="Only of this webhook.", max_length=100)] = "",
    status: Annotated[
        Literal["", "waiting", "delivered", "dead"], QueryParameter(description="`dead`: the dead letters.")
    ] = "",
) -> dict[str, list[Delivery]]:
    """The newest hundred deliveries."""
    return {
        "deliveries": await asyncio.to_thread(lambda: webhooks.deliveries(webhook=webhook, state=status))
    }  # fmt: skip


@api.post("/v1/deliveries/{delivery:str}/again", OPERATORS, "Retry a delivery", status=200)
async def send_again(webhooks: NamedDependency[Webhooks], delivery: Id) -> Delivery:
    """Retry a delivery: a dead letter, or one that was lost on their side."""
    return await asyncio.to_thread(webhooks.retry, delivery)


WEBHOOKS = (webhooks, subscribe, unsubscribe, test_webhook, deliveries, send_again)
