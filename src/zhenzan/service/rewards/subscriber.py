"""Settlement subscriber that pays rewards."""

from __future__ import annotations

from collections.abc import Sequence

from zhenzan.service.resources import Resources
from zhenzan.settlement import SettlementSubscriber

__all__ = ["subscribers"]


def subscribers(resources: Resources) -> Sequence[SettlementSubscriber]:
    """They are paid before anybody sees the settlement."""
    return (resources.pay_rewards,)
