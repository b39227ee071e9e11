"""The orders of one database as they stand, read once and then kept while they can still change."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from zhenzan.errors import NotThereError, PromotionError
from zhenzan.promote.order_rows import OrderRecord, load_orders
from zhenzan.promote.orders import ENDED, State
from zhenzan.store import Database

__all__ = ["NoSuchOrderError", "OrderEvent", "OrderQueries"]

RECORDS_KEPT = 50_000


class NoSuchOrderError(PromotionError, NotThereError):
    """There is no order of that id, or it is somebody else's."""


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """A change of an order: who did what when, the state afterwards, money so far (minor units)."""

    version: int
    command: str
    actor: str
    role: str
    at_us: int
    state: str
    detail: str
    billed: int
    refunded: int


class OrderQueries:
    """What can be asked of orders. Threads may share it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.RLock()
        self._records: dict[str, OrderRecord] = {}

    def find(self, order: str, buyer: str | None = None) -> OrderRecord:
        """An order, where a buyer is named one of theirs. Raises NoSuchOrderError."""
        with self._lock:
            record = self._records.get(order)
            if record is None:
                loaded = load_orders(self._database, [order])
                if order in loaded:
                    record = self._keep(loaded[order])
        if record is None or buyer not in (None, record.order.buyer):
            raise NoSuchOrderError(f"there is no order {order!r}; its id stands in the answer that made it")
        return record

    def several(self, orders: Sequence[str], buyer: str | None = None) -> list[OrderRecord]:
        """Those of these orders that there are, and that are the buyer's."""
        with self._lock:
            unknown = [order for order in orders if order not in self._records]
            loaded = load_orders(self._database, unknown) if unknown else {}
            records = [self._records.get(order) or loaded.get(order) for order in dict.fromkeys(orders)]
        return [record for record in records if record and buyer in (None, record.order.buyer)]

    def of_buyer(self, buyer: str, limit: int, offset: int = 0) -> list[OrderRecord]:
        """A buyer's orders, the newest first."""
        text = "SELECT id FROM orders WHERE buyer = ? ORDER BY made_at DESC, id LIMIT ? OFFSET ?"
        return self.several([id for (id,) in self._database.fetch(text, (buyer, limit, offset))])

    def in_states(self, *states: State) -> list[OrderRecord]:
        """Orders in any of these states, by number."""
        ids = self._database.fetch_within(
            "SELECT number, id FROM orders WHERE state IN", list(map(str, states))
        )
        return self.several([id for _, id in sorted(ids)])

    def attributable(self, since_us: int) -> list[OrderRecord]:
        """Orders that were paid and ended no earlier than then: interactions may still be their outcomes."""
        text = "SELECT number, id FROM orders WHERE paid > 0 AND end_us >= ? ORDER BY number"
        return self.several([id for _, id in self._database.fetch(text, (since_us,))])

    def awaiting(self, since_us: int) -> list[OrderRecord]:
        """Orders with outcomes that are not judged, or that happened since then."""
        text = (
            "SELECT DISTINCT order_id FROM order_outcomes "
            "WHERE status IN ('reserved', 'waiting') OR at_us >= ? ORDER BY order_id"
        )
        return self.several([id for (id,) in self._database.fetch(text, (since_us,))])

    def open_count(self, buyer: str) -> int:
        """How many orders of a buyer are paid and not ended."""
        ended = [*map(str, ENDED), "draft", "quoted"]
        text = f"SELECT COUNT(*) FROM orders WHERE buyer = ? AND state NOT IN ({', '.join('?' * len(ended))})"
        return int(self._database.fetch(text, (buyer, *ended))[0][0])

    def events(self, order: str) -> list[OrderEvent]:
        """What happened to an order, the oldest first."""
        text = (
            "SELECT version, command, actor, role, at_us, state, detail, billed, refunded FROM order_events "
            "WHERE order_id = ? ORDER BY version"
        )
        return [OrderEvent(*row) for row in self._database.fetch(text, (order,))]

    def judged_counts(self) -> dict[str, tuple[int, int]]:
        """By buyer, how many outcomes are judged, and how many of these are void."""
        text = (
            "SELECT o.buyer, COUNT(*), SUM(CASE WHEN x.status = 'void' THEN 1 ELSE 0 END) "
            "FROM order_outcomes x JOIN orders o ON o.id = x.order_id "
            "WHERE x.status NOT IN ('reserved', 'waiting') GROUP BY o.buyer"
        )
        return {buyer: (int(judged), int(void)) for buyer, judged, void in self._database.fetch(text)}

    def _keep(self, record: OrderRecord) -> OrderRecord:
        if len(self._records) >= RECORDS_KEPT:
            self._records.clear()
        self._records[record.order.id] = record
        return record
