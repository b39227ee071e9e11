"""Periodic task that ends deals whose time is over, and notifies webhooks of sales and redemptions."""

from __future__ import annotations

from collections.abc import Sequence

from zhenzan.service.resources import Resources
from zhenzan.service.rewards.rewards_desk import tell_deals
from zhenzan.service.tasks import PeriodicTask

__all__ = ["tasks"]

DEALS_SECONDS = 10.0


def tasks(resources: Resources) -> Sequence[PeriodicTask]:
    """None without a catalogue."""
    desk = resources.rewards_desk
    if desk is None:
        return ()

    def follow_deals() -> None:
        desk.end_deals()
        tell_deals(resources.ledger, resources.webhooks)

    return (PeriodicTask("deals", DEALS_SECONDS, follow_deals),)
