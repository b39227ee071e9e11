"""The page of webhooks, for operators: who is told of what; add, test, remove; dead letters, sent again."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Response, get, post

from zhenzan.service.callers import Caller, core_of
from zhenzan.service.core import Core
from zhenzan.service.pages.ground import OPERATORS, Form, done, member_of, page, refused
from zhenzan.service.webhooks.api import NewWebhook, made_webhook, removed_webhook
from zhenzan.service.webhooks.use_cases import DEAD, EVENTS, NoSuchWebhookError, WebhookError

__all__ = ["WEBHOOKS"]

LATELY = 20


@get("/webhooks", include_in_schema=False)
async def webhooks_page(request: Caller) -> Response[Any]:
    """Those that stand and what was sent; with `remove` the question whether one should go."""
    if (answer := refused(request, OPERATORS)) is not None:
        return answer
    if "remove" not in request.query_params:
        return await _shown(request)
    try:
        found = await asyncio.to_thread(core_of(request).webhooks.find, request.query_params["remove"])
    except NoSuchWebhookError:
        return page(request, "message.html.jinja", status=404, here="webhooks", word="no_webhook")
    return page(request, "remove.html.jinja", here="webhooks", webhook=found)


@post("/webhooks", include_in_schema=False, status_code=200)
async def change(request: Caller, data: Form) -> Response[Any]:
    """Add a webhook, test or remove one, send a message again."""
    if (answer := refused(request, OPERATORS, form=True)) is not None:
        return answer
    core, who = core_of(request), member_of(request).key
    try:
        secret = await asyncio.to_thread(_changed, core, who, data)
    except WebhookError as error:
        if data.get("do") == "add":  # what was written stays in the form
            return await _shown(request, given=data, wrong=str(error))
        return done("/webhooks", str(error))
    return await _shown(request, secret=secret) if secret else done("/webhooks")


def _changed(core: Core, who: str, form: dict[str, str]) -> str:
    """Do it; the secret of a webhook that was added, else nothing."""
    match form.get("do"):
        case "add":
            events = [event for event in EVENTS if event in form]
            return made_webhook(core, who, NewWebhook(form.get("url", "").strip(), events))[1]
        case "remove":
            removed_webhook(core, who, form.get("webhook", ""))
        case "test":
            core.webhooks.test(form.get("webhook", ""))
        case "again":
            core.webhooks.again(form.get("delivery", ""))
    return ""


async def _shown(
    request: Caller, *, secret: str = "", given: dict[str, str] | None = None, wrong: str = ""
) -> Response[Any]:
    found = core_of(request).webhooks

    def told() -> dict[str, Any]:
        standing = found.listed()
        return {
            "webhooks": standing,
            "addresses": {each.id: each.url for each in standing},
            "counts": found.counts(),
            "dead": found.deliveries(state=DEAD),
            "lately": found.deliveries(limit=LATELY),
        }

    return page(
        request, "webhooks.html.jinja", status=422 if wrong else 200, here="webhooks", events=EVENTS,
        secret=secret, given=given, wrong=wrong, **await asyncio.to_thread(told),
    )  # fmt: skip


WEBHOOKS = (webhooks_page, change)
