"""Settlement subscriber that notifies webhooks."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from zhenzan.service.daily_totals import settlement_totals
from zhenzan.service.resources import Resources
from zhenzan.service.webhooks.use_cases import Webhooks
from zhenzan.settlement import Settlement, SettlementSubscriber

__all__ = ["TellWebhooks", "subscribers"]


def subscribers(resources: Resources) -> Sequence[SettlementSubscriber]:
    """Whoever subscribed over the API or the console."""
    return (TellWebhooks(resources.webhooks),)


class TellWebhooks:
    """Notes `settlement.published` for whoever subscribed, once for each settlement's number."""

    name, remembers = "webhooks", True

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    def on_settlement(
        self, previous: Settlement | None, current: Settlement, changed: Collection[str] | None
    ) -> None:
        self._webhooks.tell("settlement.published", str(current.number), settlement_totals(current))
