"""What buyers and operators do: quote, pay, watch, pause, add, stop, repeat, review. No HTTP here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

from sqlalchemy import Connection

from zhenzan.errors import ConflictError, PromotionError
from zhenzan.ledger import Ledger
from zhenzan.promote import (
    ENDED,
    GOAL_KINDS,
    SYSTEM,
    Actor,
    Approve,
    Change,
    Close,
    Command,
    Extend,
    Fund,
    ItemOwner,
    Line,
    OrderBook,
    OrderRecord,
    OrderRequest,
    PaymentPort,
    Permissions,
    Quoted,
    Quoter,
    Refuse,
    Role,
    Start,
    State,
    Stock,
    Submit,
    Terms,
    TermsVersions,
    TopUp,
    Wallets,
)
from zhenzan.times import HOUR_US

__all__ = ["BULK_MAX", "Also", "BulkResult", "PromotionDesk", "TooManyOrdersError"]

BULK_MAX = 40


Also = Callable[[Connection, OrderRecord], object]
"""Writes the answer of a request in the transaction that does what it asks for."""


class TooManyOrdersError(PromotionError, ConflictError):
    """The buyer has as many open orders as the terms allow."""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one item of a bulk order: the order, or the error that kept it from being placed."""

    item: str
    record: OrderRecord | None
    error: PromotionError | None


class PromotionDesk:
    """Orders, wallets, terms and permissions of one ledger. Threads may share it."""

    def __init__(
        self, ledger: Ledger, creator_of: Callable[[str], str], payments: PaymentPort | None = None
    ) -> None:
        self._ledger = ledger
        self.wallets = Wallets(ledger, payments)
        self.book = OrderBook(ledger, self.wallets)
        self.terms = TermsVersions(ledger.database)
        self.permissions = Permissions(ledger.database, creator_of)
        self.book.writers.append(self._follow_sales)

    def stock(self, terms: Terms | None = None) -> Stock:
        """What can be sold by the terms that are published. Raises NoTermsError."""
        return Stock(self._ledger.database, (terms or self.terms.current()).market)

    # Buying

    def quote(self, buyer: str, request: OrderRequest, also: Also | None = None) -> OrderRecord:
        """An order with its price, forecast and expiry, not paid yet. Raises PromotionError; NotFeasibleError
        with the nearest offer.
        """
        quoted = self._quoted(buyer, request)
        return self.book.open(quoted.record, quoted.quote, Actor(buyer), also)

    def _quoted(self, buyer: str, request: OrderRequest, id: str = "") -> Quoted:
        terms = self.terms.current()
        creator = self.permissions.creator_for(terms, buyer, request.item)
        now, stock = self._ledger.clock(), self.stock(terms)
        kinds = [kind for kind, _ in request.units]
        terms.package(request.package)
        known = [kind for kind in kinds if kind in GOAL_KINDS]
        quoter = Quoter(terms, stock.inventory(now), stock.beliefs_of(request.item, known))
        quoted = quoter.quote(request, buyer, creator, self.book.next_number(), now)
        record = replace(
            quoted.record,
            order=replace(quoted.record.order, id=id or quoted.record.order.id),
            needs_review=self._is_reviewed(terms, buyer, sum(line.price for line in quoted.quote.lines)),
        )
        return Quoted(record, quoted.quote)

    def _is_reviewed(self, terms: Terms, buyer: str, price: int) -> bool:
        judged, void = self.book.judged_counts().get(buyer, (0, 0))
        return terms.review.is_due(price, judged, void)

    def pay(self, buyer: str, order: str, also: Also | None = None) -> OrderRecord:
        """Pay for a quote: the whole price is held in the order's escrow. Raises NoSuchOrderError,
        OrderRejectedError, TooManyOrdersError.
        """
        self.book.find(order, buyer)
        self._check_room(buyer, 1)
        return self.book.change(order, Fund(0), Actor(buyer), also, then=self.next_command)

    def _check_room(self, buyer: str, more: int) -> None:
        most = self.terms.current().caps.open_orders
        if self.book.open_count(buyer) + more > most:
            raise TooManyOrdersError(
                f"{most:,} orders may be open at once; wait until some are closed, or cancel some"
            )

    def next_command(self, record: OrderRecord) -> Command | None:
        """What a paid order does next by itself: it is reviewed, or begins where its window has."""
        order = record.order
        if order.state is not State.funded:
            return None
        if record.needs_review:
            return Submit()
        return Start() if order.start_us <= self._ledger.clock() else None

    def place_all(
        self,
        buyer: str,
        requests: Sequence[OrderRequest],
        *,
        all_or_none: bool,
        key: str = "",
    ) -> list[BulkResult]:
        """Quote and pay up to forty orders: all in one transaction, or each by itself. Under the same `key`
        each is placed once. Raises PromotionError; where `all_or_none`, at the first that cannot be.
        """
        if not 1 <= len(requests) <= BULK_MAX:
            raise PromotionError(f"1 to {BULK_MAX} orders are placed at once, not {len(requests)}")
        ids = [_id_of(buyer, key, index) for index in range(len(requests))]
        if all_or_none:
            placed = self.book.several([id for id in ids if id], buyer)
            if not placed:
                self._check_room(buyer, len(requests))
                quoted = [self._quoted(buyer, one, id) for one, id in zip(requests, ids, strict=True)]
                placed = self.book.fund_new(quoted, Actor(buyer), then=self.next_command)
            return [BulkResult(record.order.item, record, None) for record in placed]
        return [self._placed(buyer, one, id) for one, id in zip(requests, ids, strict=True)]

    def _placed(self, buyer: str, request: OrderRequest, id: str) -> BulkResult:
        known = self.book.several([id], buyer) if id else []
        if known:
            return BulkResult(request.item, known[0], None)
        try:
            self._check_room(buyer, 1)
            quoted = self._quoted(buyer, request, id)
            (record,) = self.book.fund_new([quoted], Actor(buyer), then=self.next_command)
        except PromotionError as error:
            return BulkResult(request.item, None, error)
        return BulkResult(request.item, record, None)

    def repeat(self, buyer: str, order: str, key: str = "") -> OrderRecord:
        """Order once more what an order was, from now on, at today's price. Raises PromotionError."""
        before = self.book.find(order, buyer)
        units: dict[str, int] = {}
        for line in before.order.lines:
            units[line.kind] = units.get(line.kind, 0) + line.goal
        span_us = before.order.end_us - before.order.start_us
        request = OrderRequest(
            before.order.item,
            before.package,
            tuple(units.items()),
            max(round(span_us / HOUR_US / (1 + before.extensions)), 1),
            targeting=before.targeting,
            zone=before.plan.zone,
            on_shortfall=before.on_shortfall,
        )
        (result,) = self.place_all(buyer, [request], all_or_none=True, key=f"{key}/repeat" if key else "")
        assert result.record is not None, "it was placed, or refused"
        return result.record

    # Afterwards

    def command(self, buyer: str, order: str, command: Command, also: Also | None = None) -> OrderRecord:
        """Pause, resume or cancel. Raises NoSuchOrderError, OrderRejectedError."""
        self.book.find(order, buyer)
        return self.book.change(order, command, Actor(buyer), also)

    def top_up(self, buyer: str, order: str, kind: str, units: int, also: Also | None = None) -> OrderRecord:
        """Buy more units of a kind at today's price, in the order's window."""
        record = self.book.find(order, buyer)
        terms = self.terms.current()
        line = Line(kind, units, terms.package(record.package).price(kind, units))
        return self.book.change(order, TopUp(line, 0), Actor(buyer), also)

    def choose(
        self, buyer: str, order: str, on_shortfall: Literal["extend", "refund"], also: Also | None = None
    ) -> OrderRecord:
        """What happens where units are missing at the end: go on for as long again, or give the rest back.
        Of an order whose window is over, it happens now.
        """
        record = self.book.find(order, buyer)
        waits = record.order.window_over and record.order.state in (State.delivered, State.settled)
        if waits and on_shortfall == "extend":
            return self.extended(record, Actor(buyer), also=also)
        if waits and record.order.state is State.settled:
            return self.book.change(order, Close(), SYSTEM, also, on_shortfall=on_shortfall)
        if record.order.state in ENDED:
            raise TooLateError(f"order {order} is {record.order.state}; nothing is left to choose")
        return self.book.set_beside(order, also, on_shortfall=on_shortfall)

    def extended(
        self, record: OrderRecord, actor: Actor, on_shortfall: str = "refund", also: Also | None = None
    ) -> OrderRecord:
        """Go on for as long as the order's first window, from its end or from now; `on_shortfall`: what
        happens then.
        """
        order, now = record.order, self._ledger.clock()
        span_us = (order.end_us - order.start_us) // (1 + record.extensions)
        end_us = max(order.end_us, now) + span_us
        plan = replace(record.plan, plan_end_us=end_us)
        return self.book.change(
            order.id, Extend(end_us), actor, also, extensions=record.extensions + 1, plan=plan,
            on_shortfall=on_shortfall,
        )  # fmt: skip

    # Operators

    def review(
        self, operator: str, order: str, approve: bool, reason: str, also: Also | None = None
    ) -> OrderRecord:
        """Let an order run that waits for a person, or refuse it: then all is given back."""
        command = Approve() if approve else Refuse(reason)
        return self.book.change(order, command, Actor(operator, Role.operator), also)

    def register(self, owner: ItemOwner) -> ItemOwner:
        """Note whose an item is."""
        return self.permissions.register(owner)

    # Within the transaction of a change

    def _follow_sales(
        self, connection: Connection, before: OrderRecord, after: OrderRecord, changes: Sequence[Change]
    ) -> None:
        """What is paid is sold; what has ended needs no slots any more."""
        terms = self.terms.current_or_none()
        if terms is None:
            return
        stock = self.stock(terms)
        if before.order.paid == 0 and after.order.paid:
            stock.sell(connection, stock.inventory(self._ledger.clock()), after)
        elif after.order.state in (*ENDED, State.settled) and before.order.state is not after.order.state:
            stock.release(connection, after.order.id)


class TooLateError(PromotionError, ConflictError):
    """The order has ended."""


def _id_of(buyer: str, key: str, index: int) -> str:
    """The id of the order that a key makes, "" without one."""
    return f"o-{sha256(f'{buyer}/{key}/{index}'.encode()).hexdigest()[:16]}" if key else ""
