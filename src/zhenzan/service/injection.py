"""Dependency injection: the resources that routes receive by name.

A route takes `ledger: NamedDependency[Ledger]`; a room's own come from its routes' `dependencies`.
"""

from __future__ import annotations

from typing import Any

from litestar.di import Provide
from litestar.plugins.problem_details import ProblemDetailsException

from zhenzan.service.dependencies import Caller, acts_for
from zhenzan.service.fields import AccountQuery
from zhenzan.service.idempotency import IdempotencyKey, Once
from zhenzan.service.list_parameters import Cursor, Limit, Page
from zhenzan.service.resources import Resources
from zhenzan.service.rewards.rewards_desk import RewardsDesk
from zhenzan.settlement import Settlement

__all__ = ["RESOURCES", "dependencies"]

RESOURCES = (
    "api_keys", "attempts", "audit", "cases", "hash_keys", "ingest", "intake", "lake", "ledger", "live",
    "policies", "promotion", "promotion_delivery", "readiness", "rewards_desk", "screening", "sessions",
    "settings", "settlements", "stream", "tasks", "viewer_tokens", "webhooks", "worker",
)  # fmt: skip


def dependencies(resources: Resources) -> dict[str, Provide]:
    """For the application; `rewards_desk`, `stream`, `worker` and `latest_settlement` may be None."""

    def settlement() -> Settlement:
        return resources.settlements.served()

    def latest_settlement() -> Settlement | None:
        return resources.settlements.current

    def desk() -> RewardsDesk:
        """What the catalogue offers. Raises 409 where the service runs without one."""
        if resources.rewards_desk is None:
            raise ProblemDetailsException(
                "this service has no catalogue; start it with --catalogue", status_code=409
            )
        return resources.rewards_desk

    def cash() -> str:
        """The asset of the market's cash, "" where there is none."""
        asset = resources.catalogue and resources.catalogue.market.cash
        return asset.id if asset else ""

    def once(request: Caller, idempotency_key: IdempotencyKey = None) -> Once:
        return Once(request, resources.ledger.database, idempotency_key)

    def own_account(request: Caller, account: AccountQuery = None) -> str:
        """The account that is asked about. Raises 403, 400."""
        return acts_for(request.user, account)

    def page(limit: Limit = 50, cursor: Cursor = None) -> Page:
        return Page(limit, cursor)

    derived = (settlement, latest_settlement, desk, cash, once, own_account, page)
    return {
        **{name: _provide(resources, name) for name in RESOURCES},
        **{provider.__name__: Provide(provider, sync_to_thread=False) for provider in derived},
    }


def _provide(resources: Resources, name: str) -> Provide:
    def resource() -> Any:
        return getattr(resources, name)

    return Provide(resource, sync_to_thread=False)
