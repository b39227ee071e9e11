"""Periodic task that sends the deliveries that are due."""

from __future__ import annotations

from collections.abc import Sequence

from zhenzan.service.resources import Resources
from zhenzan.service.tasks import PeriodicTask

__all__ = ["tasks"]

SEND_SECONDS = 0.5


def tasks(resources: Resources) -> Sequence[PeriodicTask]:
    """One: it sends what is due."""
    return (PeriodicTask("webhooks", SEND_SECONDS, resources.webhooks.send_due, is_background=False),)
