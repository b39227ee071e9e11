"""Promotion that runs: the decider, exposures, attribution and billing of one service, put together."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from msgspec import to_builtins
from sqlalchemy import Connection

from zhenzan.atomic_files import write_file
from zhenzan.closeable import Closeable
from zhenzan.errors import PromotionError
from zhenzan.ledger import Ledger
from zhenzan.promote import (
    RECEIPTS_KEY,
    SYSTEM,
    Attributor,
    Change,
    Close,
    Dispatcher,
    EndWindow,
    Expire,
    ExposureBook,
    OrderRecord,
    OutcomeDelay,
    Receipts,
    Request,
    State,
    Terms,
    is_at_risk,
    viewer_number,
)
from zhenzan.service.promotion.attribution import PromotedInteractions
from zhenzan.service.promotion.records import order_answer
from zhenzan.service.promotion.use_cases import PromotionDesk
from zhenzan.service.webhooks.use_cases import Webhooks
from zhenzan.times import DAY_US, HOUR_US, now_us

__all__ = ["PromotionDelivery"]

GRACE_US = HOUR_US // 2  # after a window, outcomes of its last exposures still come
QUOTES_KEPT_US = DAY_US
EXTENSIONS_MAX = 3
AT_RISK_ORDERS = 50  # looked at in one turn
KEY_BYTES = 32
FLYING = (State.funded, State.in_review, State.running, State.paused, State.delivered)
LOG_DAYS = 90

log = logging.getLogger("zhenzan.promotion")


class PromotionDelivery(Closeable):
    """What the service does with orders by itself."""

    def __init__(self, home: Path, ledger: Ledger, desk: PromotionDesk, webhooks: Webhooks) -> None:
        self.desk, self.book = desk, desk.book
        self._home, self._ledger, self._webhooks = home, ledger, webhooks
        terms = desk.terms.current_or_none()
        window_us = terms.delivery.attribution_us if terms else DAY_US
        self.interactions = PromotedInteractions(desk.book, Attributor(window_us))
        self.delivery = Dispatcher(
            home / "promotion" / "decisions", _key(home), ledger.database.next_number("promotion decisions")
        )
        self.receipts = Receipts(self.delivery.receipts_key)
        self.exposures = ExposureBook(ledger.database, self.interactions.expose)
        self._members: frozenset[int] = frozenset()
        self._looked_at = 0
        self._caught_up = False
        self.book.writers.append(self._tell)
        for follower in (self.interactions.follow, self.delivery.follow):
            self.book.followers.append(follower)
        for record in self.book.attributable(now_us() - window_us):
            self.interactions.follow(record)
        self.interactions.expose(self.exposures.since(now_us() - window_us))
        desk.terms.followers.append(self._begin)
        if terms is not None:
            self._begin(terms)

    def _begin(self, terms: Terms) -> None:
        self.delivery.begin(terms, self.book.in_states(*FLYING), now_us())
        self._exclude()

    def close(self) -> None:
        """Write what was offered and logged."""
        self.exposures.close()
        self.delivery.write_log()

    def observe(self, batch: pa.RecordBatch) -> None:
        """Rows were kept."""
        self.interactions.observe(batch)

    def set_ring_members(self, accounts: Sequence[str]) -> None:
        """Who is shown no promotion, and whose interactions are no outcomes."""
        self._members = frozenset(map(viewer_number, accounts))
        self.interactions.set_ring_members(self._members)
        self._exclude()

    def opt_out(self, account: str, opted_out: bool) -> bool:
        """Show a viewer no promotion from now on, or show it again."""
        self.desk.permissions.opt_out(account, opted_out)
        self._exclude()
        return opted_out

    def _exclude(self) -> None:
        opted_out = map(viewer_number, self.desk.permissions.opted_out())
        self.delivery.exclude(self._members | frozenset(opted_out))

    def exposure_counts(self, order: str, buyer: str | None = None) -> tuple[int, int, int]:
        """How often an order was chosen, how many of these exposures were reported, and are qualified. Raises
        NoSuchOrderError.
        """
        number = self.book.find(order, buyer).number
        reported, qualified = self.exposures.counts([number]).get(number, (0, 0))
        return max(self.delivery.shown_of(number), reported), reported, qualified

    # What is done again and again

    def attribute(self) -> None:
        """Make outcomes of interactions; the first time also of what was kept while nobody looked."""
        if not self._caught_up:
            self.catch_up()
            self._caught_up = True
        self.interactions.attribute_waiting()

    def catch_up(self) -> None:
        """Look through what the lake has kept since the oldest exposure that counts."""
        terms = self.desk.terms.current_or_none()
        if terms is not None:
            self.interactions.catch_up(self._home, now_us() - terms.delivery.attribution_us - HOUR_US)

    def write_behind(self) -> None:
        """Write the log of decisions and the counts of slots; renew plans."""
        self.delivery.write_log()
        slots, shown = self.delivery.take_slot_counts()
        terms = self.desk.terms.current_or_none()
        if terms is not None:
            self.desk.stock(terms).add_slots(slots, shown)
            self.delivery.pace(now_us())
            self.interactions.forget(now_us() - HOUR_US)

    def advance(self) -> None:
        """Begin, end and close what is due; one order that fails keeps no other from it."""
        now = self._ledger.clock()
        for record in self.book.in_states(State.quoted, *FLYING, State.settled):
            try:
                self._advance(record, now)
            except PromotionError as error:
                log.warning("order %s cannot go on just now: %s", record.order.id, error)
        self.book.forget_quotes(now - QUOTES_KEPT_US)
        self.delivery.forget_log(now - LOG_DAYS * DAY_US)

    def _advance(self, record: OrderRecord, now: int) -> None:
        order = record.order
        if order.state is State.quoted:
            if now >= order.quote_expires_us:
                self.book.change(order.id, Expire(), SYSTEM)
        elif order.state is State.funded:
            command = self.desk.next_command(record)
            if command is not None:
                self.book.change(order.id, command, SYSTEM)
        elif order.state is State.settled:
            self._end(record)
        elif order.is_open and not order.window_over and now >= order.end_us + GRACE_US:
            self._end(self.book.change(order.id, EndWindow(), SYSTEM))

    def _end(self, record: OrderRecord) -> None:
        """A window is over, or all is settled: what is missing is made good, or given back."""
        order = record.order
        goes_on = record.on_shortfall == "extend" and record.extensions < EXTENSIONS_MAX
        if order.window_over and order.free and goes_on:
            self.desk.extended(record, SYSTEM, "extend")
        elif order.state is State.settled and (order.window_over or not order.free):
            self.book.change(order.id, Close(), SYSTEM)

    def look_for_risks(self) -> None:
        """Note which orders will probably not be done, and tell their buyers once."""
        terms = self.desk.terms.current_or_none()
        running = self.book.in_states(State.running)
        if terms is None or not running:
            return
        first = self._looked_at % len(running)
        self._looked_at = first + AT_RISK_ORDERS
        stock, now = self.desk.stock(terms), now_us()
        for record in running[first : first + AT_RISK_ORDERS]:
            own = stock.inventory(now, without=record.order.id)
            beliefs = stock.beliefs_of(record.order.item, [line.kind for line in record.order.lines])
            at_risk = any(
                is_at_risk(
                    Request(line.goal, record.order.start_us, record.order.end_us, record.targeting),
                    line.goal - line.free, now, own, beliefs[line.kind], OutcomeDelay(),
                )
                for line in record.order.lines
            )  # fmt: skip
            if at_risk != (record.plan.at_risk_since > 0):
                self._note_risk(record, now if at_risk else 0)

    def _note_risk(self, record: OrderRecord, since: int) -> None:
        plan = replace(record.plan, at_risk_since=since)

        def tell(connection: Connection, after: OrderRecord) -> None:
            if since:
                event = _event_of(after)
                subject = f"{after.order.id}:{after.order.end_us}"
                self._webhooks.tell("order.at_risk", subject, event, connection=connection)

        self.book.set_beside(record.order.id, tell, plan=plan)

    # Within the transaction of a change

    def _tell(
        self, connection: Connection, before: OrderRecord, after: OrderRecord, changes: Sequence[Change]
    ) -> None:
        """Note what webhooks are told."""
        subject = f"{after.order.id}:{after.order.version}"
        states = [before.order.state, *(change.order.state for change in changes)]
        delivered = (State.delivered, State.settled)
        events = {
            "order.running": states[-1] is State.running and State.running not in states[:-1],
            "order.delivered": states[-1] in delivered and states[0] not in delivered,
            "order.refunded": after.order.refunded > before.order.refunded,
        }
        for event, happened in events.items():
            if happened:
                self._webhooks.tell(event, subject, _event_of(after), connection=connection)


def _event_of(record: OrderRecord) -> dict[str, object]:
    event: dict[str, object] = to_builtins(order_answer(record))
    return event


def _key(home: Path) -> bytes:
    """The key of receipts, made at the first start; for its owner alone."""
    path = home / RECEIPTS_KEY
    if not path.exists():
        write_file(path, secrets.token_bytes(KEY_BYTES), mode=0o600)
    return path.read_bytes()
