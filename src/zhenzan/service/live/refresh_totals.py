"""Settlement subscriber of the live view."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from zhenzan.ledger import Ledger
from zhenzan.service.daily_totals import settlement_totals
from zhenzan.service.live.use_cases import Live
from zhenzan.service.resources import Resources
from zhenzan.settlement import Settlement, SettlementSubscriber

__all__ = ["ShowSettlement", "subscribers"]


def subscribers(resources: Resources) -> Sequence[SettlementSubscriber]:
    """The live view."""
    return (ShowSettlement(resources.live, resources.ledger),)


class ShowSettlement:
    """Shows it with the number of cards that are out."""

    name, remembers = "live", False

    def __init__(self, live: Live, ledger: Ledger) -> None:
        self._live, self._ledger = live, ledger

    def on_settlement(
        self, previous: Settlement | None, current: Settlement, changed: Collection[str] | None
    ) -> None:
        self._live.state = {**settlement_totals(current), "cards": self._ledger.minted()}
