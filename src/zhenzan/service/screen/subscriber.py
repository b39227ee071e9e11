"""Settlement subscriber that gives the screen the suspects."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from zhenzan.screen import Screen
from zhenzan.service.resources import Resources
from zhenzan.settlement import Settlement, SettlementSubscriber

__all__ = ["KnowSuspects", "subscribers"]


def subscribers(resources: Resources) -> Sequence[SettlementSubscriber]:
    """The service's screen."""
    return (KnowSuspects(resources.screening.screen),)


class KnowSuspects:
    """Lets the screen know which accounts and moments were found fake."""

    name, remembers = "screen", False

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def on_settlement(
        self, previous: Settlement | None, current: Settlement, changed: Collection[str] | None
    ) -> None:
        result = current.load()
        self._screen.know(result.accounts, result.moments)
