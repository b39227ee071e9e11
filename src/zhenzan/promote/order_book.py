"""The orders of one ledger: every change is one transaction with its money, its event and its rows.

An order is loaded once and then kept while it can still change: this process is the ledger's only writer.
Threads may share the book; one change is carried out at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from zhenzan.errors import ConflictError, PromotionError
from zhenzan.ledger import Command as LedgerCommand
from zhenzan.ledger import Ledger
from zhenzan.promote.accounting import statuses
from zhenzan.promote.commands import AddOutcome, Command, Fund, Judge, TopUp
from zhenzan.promote.order_queries import NoSuchOrderError, OrderEvent, OrderQueries
from zhenzan.promote.order_rows import OrderRecord, Outcome, write_change, write_new
from zhenzan.promote.orders import Actor, Role
from zhenzan.promote.quoting import Quoted
from zhenzan.promote.tables import FLIGHTS, ORDERS
from zhenzan.promote.transitions import Change, Rejection, transition
from zhenzan.promote.wallets import Wallets, transfers_of

__all__ = [
    "SYSTEM",
    "Also",
    "NoSuchOrderError",
    "OrderBook",
    "OrderEvent",
    "OrderRejectedError",
    "Step",
]

SYSTEM = Actor("promote", Role.system)

Also = Callable[[Connection, OrderRecord], object]
"""Writes rows of the caller's in the transaction of a change, given the order after it."""
Then = Callable[[OrderRecord], Command | None]
"""What an order does next by itself, if anything."""
Listener = Callable[[Connection, OrderRecord, OrderRecord, Sequence[Change]], object]
"""Given the transaction, the order before and after, and the changes."""


class OrderRejectedError(PromotionError, ConflictError):
    """A command was not carried out, and nothing was charged. `code`: why, as of `RejectionCode`."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.message)
        self.code = str(rejection.code)


@dataclass(frozen=True, slots=True)
class Step:
    """A command for an order; of an `AddOutcome` whose interaction it is."""

    order: str
    command: Command
    outcome: Outcome | None = None


class OrderBook(OrderQueries):
    """Orders, from the quote to their end."""

    def __init__(self, ledger: Ledger, wallets: Wallets) -> None:
        self.wallets = wallets
        super().__init__(ledger.database)
        self._ledger = ledger
        self.writers: list[Listener] = []  # called within the transaction of a change
        self.followers: list[Callable[[OrderRecord], object]] = []  # called when it is durable

    def next_number(self) -> int:
        """The number of a new order."""
        return self._database.next_number("promotion order")

    def open(
        self, record: OrderRecord, command: Command, actor: Actor, also: Also | None = None
    ) -> OrderRecord:
        """Write a new order: a draft, and its quote."""
        with self._lock:
            after, changes = self._changed(record, [command], actor, None)

            def writes(connection: Connection) -> None:
                write_new(self._database, connection, after, changes)
                if also is not None:
                    also(connection, after)

            self._ledger.submit([], also=writes)
            return self._keep(after)

    def fund_new(
        self, quoted: Sequence[Quoted], actor: Actor, *, then: Then | None = None
    ) -> list[OrderRecord]:
        """Quote and pay new orders, all in one transaction or none. Raises OrderRejectedError."""
        with self._lock:
            available = self.wallets.available(actor.id)
            placed: list[tuple[OrderRecord, OrderRecord, list[Change]]] = []
            for one in quoted:
                record, changes = self._changed(one.record, [one.quote, Fund(available)], actor, then)
                available -= record.order.paid
                placed.append((one.record, record, changes))

            def writes(connection: Connection) -> None:
                for before, after, changes in placed:
                    write_new(self._database, connection, after, changes)
                    for writer in self.writers:
                        writer(connection, before, after, changes)

            self._ledger.submit(_transfers([changes for _, _, changes in placed]), also=writes)
            records = [self._keep(after) for _, after, _ in placed]
        self._follow(records)
        return records

    def change(
        self,
        order: str,
        command: Command,
        actor: Actor,
        also: Also | None = None,
        *,
        then: Then | None = None,
        **beside: Any,
    ) -> OrderRecord:
        """Carry out a command; `beside`: other fields of the record to change with it; `then`: what follows
        by itself. Raises NoSuchOrderError, OrderRejectedError: then nothing has changed.
        """
        with self._lock:
            before = self.find(order)
            if isinstance(command, Fund | TopUp):
                command = replace(command, available=self.wallets.available(before.order.buyer))
            after, changes = self._changed(replace(before, **beside), [command], actor, then)
            self._commit([(before, after, changes)], also)
            return after

    def _changed(
        self, record: OrderRecord, commands: Sequence[Command], actor: Actor, then: Then | None
    ) -> tuple[OrderRecord, list[Change]]:
        """The record after some commands, and after what follows by itself. Raises OrderRejectedError."""
        changes: list[Change] = []
        now, left = self._ledger.clock(), list(commands)
        while left:
            change = transition(record.order, left.pop(0), actor, now)
            if isinstance(change, Rejection):
                raise OrderRejectedError(change)
            changes.append(change)
            record = replace(record, order=change.order)
            following = then(record) if then is not None and not left else None
            if following is not None:
                left, actor, then = [following], SYSTEM, None
        return record, changes

    def set_beside(self, order: str, also: Also | None = None, **fields: Any) -> OrderRecord:
        """Change what stands beside an order and needs no command: its plan, the buyer's choices."""
        with self._lock:
            before = self.find(order)
            after = replace(before, **fields)

            def writes(connection: Connection) -> None:
                if not write_change(self._database, connection, before, after, []):
                    raise ConflictError(f"order {order} has changed; look at it again")
                if also is not None:
                    also(connection, after)

            with self._database.write() as connection:
                writes(connection)
            self._keep(after)
        self._follow([after])
        return after

    def carry_out(self, steps: Sequence[Step], actor: Actor) -> int:
        """Carry out what happened by itself, of many orders in one transaction; steps that are rejected are
        left out. Gives how many changed something.
        """
        with self._lock:
            begun: dict[str, OrderRecord] = {}
            ended: dict[str, OrderRecord] = {}
            changes: dict[str, list[Change]] = {}
            now = self._ledger.clock()
            for step in steps:
                record = ended.get(step.order) or self.find(step.order)
                begun.setdefault(step.order, record)
                after = _stepped(record, step, actor, now)
                if after is not None:
                    ended[step.order] = after[0]
                    changes.setdefault(step.order, []).append(after[1])
            if ended:
                self._commit([(begun[id], record, changes[id]) for id, record in ended.items()], None)
            return sum(map(len, changes.values()))

    def _commit(
        self, changed: Sequence[tuple[OrderRecord, OrderRecord, Sequence[Change]]], also: Also | None
    ) -> None:
        def writes(connection: Connection) -> None:
            for before, after, changes in changed:
                if not write_change(self._database, connection, before, after, changes):
                    raise ConflictError(f"order {after.order.id} has changed; look at it again")
                for writer in self.writers:
                    writer(connection, before, after, changes)
                if also is not None:
                    also(connection, after)

        try:
            self._ledger.submit(_transfers([changes for _, _, changes in changed]), also=writes)
        except BaseException:
            for before, _, _ in changed:  # perhaps it stands after all: look it up
                self._records.pop(before.order.id, None)
            raise
        self._follow([self._keep(after) for _, after, _ in changed])

    def _follow(self, records: Sequence[OrderRecord]) -> None:
        for record in records:
            for follower in self.followers:
                follower(record)

    # What nobody pays any more

    def forget_quotes(self, before_us: int) -> int:
        """Delete quotes that expired before then and were never paid; gives how many."""
        with self._lock:
            text = (
                "SELECT id FROM orders "
                "WHERE state IN ('quoted', 'expired') AND paid = 0 AND quote_expires_us < ?"
            )
            ids = [id for (id,) in self._database.fetch(text, (before_us,))]
            if not ids:
                return 0
            with self._database.write() as connection:
                for name in ("order_lines", "order_targets", "order_events"):
                    self._delete(connection, name, ids)
                self._database.delete(connection, FLIGHTS, "order_id", ids)
                self._database.delete(connection, ORDERS, "id", ids)
            for id in ids:
                self._records.pop(id, None)
            return len(ids)

    def _delete(self, connection: Connection, name: str, ids: Sequence[str]) -> None:
        self._database.delete(connection, ORDERS.metadata.tables[name], "order_id", ids)


def _transfers(changes: Sequence[Sequence[Change]]) -> list[LedgerCommand]:
    return [command for own in changes for change in own for command in transfers_of(change)]


def _stepped(record: OrderRecord, step: Step, actor: Actor, now: int) -> tuple[OrderRecord, Change] | None:
    """The record after a step; None where it changes nothing."""
    change = transition(record.order, step.command, actor, now)
    if isinstance(change, Rejection):
        return None
    command = step.command
    if isinstance(command, AddOutcome | Judge):
        stands = statuses(change.order.lines) == statuses(record.order.lines)
        is_news = isinstance(command, Judge) and not record.outcomes[command.outcome].judged_at
        if stands and not is_news and change.order.state is record.order.state:
            return None
        outcomes = dict(record.outcomes)
        if isinstance(command, AddOutcome):
            assert step.outcome is not None, "whose interaction it is"
            outcomes.setdefault(command.outcome, step.outcome)
        else:
            outcomes[command.outcome] = replace(outcomes[command.outcome], judged_at=now)
        return replace(record, order=change.order, outcomes=outcomes), change
    return replace(record, order=change.order), change
