"""Periodic task that follows published policies."""

from __future__ import annotations

from collections.abc import Sequence

from zhenzan.service.resources import Resources
from zhenzan.service.tasks import PeriodicTask

__all__ = ["tasks"]

POLICIES_SECONDS = 0.5


def tasks(resources: Resources) -> Sequence[PeriodicTask]:
    """One: it looks for a version that was published, or put into shadow."""
    return (PeriodicTask("policies", POLICIES_SECONDS, resources.policy_follower.follow),)
