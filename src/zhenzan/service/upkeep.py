"""Maintenance tasks of a service: renew the ledger's lease, rotate hash keys, take up settlements."""

from __future__ import annotations

from collections.abc import Sequence

from zhenzan.ledger import RENEW_SECONDS
from zhenzan.service.readiness import SETTLEMENTS_TASK
from zhenzan.service.resources import Resources
from zhenzan.service.tasks import PeriodicTask
from zhenzan.settlement import final_watermark

__all__ = ["tasks"]

LOOK_SECONDS = 0.5
KEYS_SECONDS = 600.0  # between looks whether hashes need a new key; one begins an hour after it was made


def tasks(resources: Resources) -> Sequence[PeriodicTask]:
    """The lease, so that no second service begins on this ledger; the keys of hashes; settlements."""

    def follow_settlements() -> None:
        resources.intake.settled_before = final_watermark(resources.settings.home) or 0
        resources.pay_rewards.follow_decisions()
        resources.settlements.take_up()

    return (
        PeriodicTask("lease", RENEW_SECONDS, resources.ledger.stay, is_background=False),
        PeriodicTask("hash keys", KEYS_SECONDS, resources.hash_keys.rotate),
        PeriodicTask(SETTLEMENTS_TASK, LOOK_SECONDS, follow_settlements),
    )
