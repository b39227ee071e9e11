"""What promotion does by itself: outcomes, orders that begin and end, logs, risks."""

from __future__ import annotations

from collections.abc import Sequence

from zhenzan.service.resources import Resources
from zhenzan.service.tasks import PeriodicTask

__all__ = ["tasks"]

OUTCOMES_SECONDS, ORDERS_SECONDS, LOG_SECONDS, RISKS_SECONDS = 0.2, 2.0, 1.0, 60.0


def tasks(resources: Resources) -> Sequence[PeriodicTask]:
    """Four."""
    delivery = resources.promotion_delivery
    return (
        PeriodicTask("promotion outcomes", OUTCOMES_SECONDS, delivery.attribute, is_background=False),
        PeriodicTask("promotion orders", ORDERS_SECONDS, delivery.advance),
        PeriodicTask("promotion pace", LOG_SECONDS, delivery.write_behind),
        PeriodicTask("promotion risks", RISKS_SECONDS, delivery.look_for_risks),
    )
