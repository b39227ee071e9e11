"""Console page of webhooks, for operators: add, test, remove; deliveries and dead letters, retried."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Response
from litestar.di import NamedDependency

from zhenzan.service.audit import Audit
from zhenzan.service.dependencies import Caller
from zhenzan.service.pages.base import OPERATORS, Form, done, get_page, member_of, page, post_form
from zhenzan.service.webhooks.api import NewWebhook, made_webhook, removed_webhook
from zhenzan.service.webhooks.use_cases import DEAD, EVENTS, NoSuchWebhookError, WebhookError, Webhooks

__all__ = ["WEBHOOKS"]

LATELY = 20


@get_page("/webhooks", OPERATORS, menu="webhooks")
async def webhooks_page(request: Caller, webhooks: NamedDependency[Webhooks]) -> Response[Any]:
    """The webhooks' page: webhooks and deliveries; with `remove` the question whether one should go."""
    if "remove" not in request.query_params:
        return await _shown(request, webhooks)
    try:
        webhook = await asyncio.to_thread(webhooks.find, request.query_params["remove"])
    except NoSuchWebhookError:
        return page(request, "message.html.jinja", status=404, here="webhooks", word="no_webhook")
    return page(request, "remove.html.jinja", here="webhooks", webhook=webhook)


@post_form("/webhooks", OPERATORS)
async def change(
    request: Caller, webhooks: NamedDependency[Webhooks], audit: NamedDependency[Audit], data: Form
) -> Response[Any]:
    """Handle a form: add a webhook, test or remove one, retry a delivery."""
    who = member_of(request).key
    try:
        secret = await asyncio.to_thread(_changed, webhooks, audit, who, data)
    except WebhookError as error:
        if data.get("do") == "add":  # what was written stays in the form
            return await _shown(request, webhooks, fields=data, wrong=str(error))
        return done("/webhooks", str(error))
    return await _shown(request, webhooks, secret=secret) if secret else done("/webhooks")


def _changed(webhooks: Webhooks, audit: Audit, who: str, form: dict[str, str]) -> str:
    """Do it; the secret of a webhook that was added, else nothing."""
    match form.get("do"):
        case "add":
            events = [event for event in EVENTS if event in form]
            return made_webhook(webhooks, audit, who, NewWebhook(form.get("url", "").strip(), events))[1]
        case "remove":
            removed_webhook(webhooks, audit, who, form.get("webhook", ""))
        case "test":
            webhooks.test(form.get("webhook", ""))
        case "again":
            webhooks.retry(form.get("delivery", ""))
    return ""


async def _shown(
    request: Caller,
    webhooks: Webhooks,
    *,
    secret: str = "",
    fields: dict[str, str] | None = None,
    wrong: str = "",
) -> Response[Any]:
    def read() -> dict[str, Any]:
        standing = webhooks.listed()
        return {
            "webhooks": standing,
            "addresses": {webhook.id: webhook.url for webhook in standing},
            "counts": webhooks.counts(),
            "dead": webhooks.deliveries(state=DEAD),
            "lately": webhooks.deliveries(limit=LATELY),
        }

    return page(
        request,
        "webhooks.html.jinja",
        status=422 if wrong else 200,
        here="webhooks",
        events=EVENTS,
        secret=secret,
        given=fields,
        wrong=wrong,
        **await asyncio.to_thread(read),
    )


WEBHOOKS = (webhooks_page, change)
