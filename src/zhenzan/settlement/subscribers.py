"""Settlement subscribers: each is notified of every settlement by itself, and again where it failed;
effective once.

A room that follows settlements (rewards, webhooks, the live view) gives a `SettlementSubscriber`; the service
has one list of them. What fails for one holds up no other: it alone is notified again. What a subscriber has
taken up is a row of `settlement_deliveries`, so that one that `remembers` goes on after a crash where it
stopped. A crash between its effect and its row notifies it once more: the effect is idempotent, by the
settlement's number or by what it compares.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from zhenzan.settlement.run import Settlement
from zhenzan.settlement.tables import SETTLEMENT_DELIVERIES
from zhenzan.store import Database
from zhenzan.times import now_us

__all__ = ["DeliveryStoppedError", "SettlementDeliveries", "SettlementSubscriber"]

log = logging.getLogger(__name__)

Changed = Collection[str] | None
"""Accounts whose likes count otherwise than by the settlement before; None: perhaps all."""


class DeliveryStoppedError(Exception):
    """Delivery stopped because the service stops."""


class SettlementSubscriber(Protocol):
    """A subscriber to settlements. `name`: under which the database knows it. `remembers`: whether what it
    does outlasts the process; one that does not is notified of the newest settlement at each start.
    """

    name: str
    remembers: bool

    def on_settlement(self, previous: Settlement | None, current: Settlement, changed: Changed) -> None:
        """Take up `current`. `previous`: what this subscriber took up last in this process. Idempotent;
        raises what keeps it from that, and is notified again later.
        """


class SettlementDeliveries:
    """Delivery of settlements to subscribers, in the order of their list."""

    def __init__(
        self,
        database: Database,
        subscribers: Sequence[SettlementSubscriber],
        moved: Callable[[Settlement, Settlement], Collection[str]],
    ) -> None:
        """`moved`: the accounts whose likes count otherwise by the second settlement than by the first, both
        of the same days.
        """
        names = [subscriber.name for subscriber in subscribers]
        assert len(set(names)) == len(names), names
        self._database, self._subscribers, self._moved = database, subscribers, moved
        self._last: dict[str, Settlement] = {}
        self._numbers = dict(
            map(tuple, database.fetch("SELECT subscriber, number FROM settlement_deliveries"))
        )
        for subscriber in subscribers:
            if not subscriber.remembers:
                self._numbers.pop(subscriber.name, None)

    def deliver(self, current: Settlement) -> dict[str, Exception]:
        """Tell everybody who has not taken up this settlement; by name, why some could not. Raises
        DeliveryStoppedError.
        """
        failed: dict[str, Exception] = {}
        changes: dict[int, Changed] = {}
        for subscriber in self._subscribers:
            if self._numbers.get(subscriber.name) == current.number:
                continue
            previous = self._last.get(subscriber.name)
            try:
                if previous is not None and previous.number not in changes:
                    changes[previous.number] = self._changed(previous, current)
                changed = None if previous is None else changes[previous.number]
                subscriber.on_settlement(previous, current, changed)
                self._note(subscriber, current)
            except DeliveryStoppedError:
                raise
            except Exception as error:
                log.exception("%s could not take up settlement %d", subscriber.name, current.number)
                failed[subscriber.name] = error
        return failed

    def _changed(self, previous: Settlement, current: Settlement) -> Changed:
        return self._moved(previous, current) if previous.since == current.since else None

    def _note(self, subscriber: SettlementSubscriber, current: Settlement) -> None:
        if subscriber.remembers:
            row = (subscriber.name, current.number, now_us())
            with self._database.write() as connection:
                self._database.upsert(connection, SETTLEMENT_DELIVERIES, [row])
        self._numbers[subscriber.name] = current.number
        self._last[subscriber.name] = current
