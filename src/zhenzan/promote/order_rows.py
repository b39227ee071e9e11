"""Orders as rows, and rows as orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from sqlalchemy import Connection

from zhenzan.promote.accounting import Line, Status
from zhenzan.promote.commands import AddOutcome, Judge
from zhenzan.promote.orders import Order, State
from zhenzan.promote.quotes import Forecast
from zhenzan.promote.tables import (
    FLIGHTS,
    ORDER_EVENTS,
    ORDER_LINES,
    ORDER_OUTCOMES,
    ORDER_TARGETS,
    ORDERS,
)
from zhenzan.promote.targeting import Targeting
from zhenzan.promote.transitions import Change
from zhenzan.store import Database

__all__ = ["FlightPlan", "OrderRecord", "Outcome", "load_orders", "write_change", "write_new"]

TARGET_KINDS = ("region", "hour", "interest")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whose interaction an outcome is, when it happened, and when it was judged (µs; 0: not yet)."""

    account: str
    at_us: int
    judged_at: int = 0


@dataclass(frozen=True, slots=True)
class FlightPlan:
    """What delivery follows, and what the quote expected of it. `curve`: as in `Flight`."""

    plan_end_us: int
    curve: tuple[float, ...]
    zone: str
    hour_cap: int
    day_cap: int
    done_chance: float
    exposures: tuple[float, float]
    exposures_expected: float
    hours: tuple[float, float]
    at_risk_since: int = 0

    @classmethod
    def of(cls, forecast: Forecast, zone: str, hour_cap: int, day_cap: int) -> FlightPlan:
        """The plan of a quote's forecast."""
        return cls(
            forecast.plan_end_us,
            forecast.curve,
            zone,
            hour_cap,
            day_cap,
            forecast.done_chance,
            forecast.exposures,
            forecast.expected_exposures,
            forecast.hours,
        )


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order with all that stands beside it in the database."""

    order: Order
    number: int
    package: str
    terms: str
    targeting: Targeting
    plan: FlightPlan
    made_at: int
    on_shortfall: str = "refund"
    extensions: int = 0
    needs_review: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)


def write_new(
    database: Database, connection: Connection, record: OrderRecord, changes: Sequence[Change]
) -> None:
    """Insert a new order, with the events that made it what it is."""
    order, plan = record.order, record.plan
    database.insert(connection, ORDERS, [_order_row(record)])
    database.insert(connection, ORDER_LINES, _line_rows(order, 0))
    targeting = record.targeting
    targets = zip(TARGET_KINDS, (targeting.regions, targeting.hours, targeting.interests), strict=True)
    rows = [(order.id, kind, str(value)) for kind, values in targets for value in values]
    database.insert(connection, ORDER_TARGETS, rows)
    database.insert(connection, FLIGHTS, [_plan_row(order.id, plan)])
    database.insert(connection, ORDER_EVENTS, [_event_row(change) for change in changes])


def write_change(
    database: Database,
    connection: Connection,
    before: OrderRecord,
    after: OrderRecord,
    changes: Sequence[Change],
) -> bool:
    """Write an order after some changes, with the event of each; False where it is not as it was before."""
    if not database.replace_if(connection, ORDERS, _order_row(after), version=before.order.version):
        return False
    old_lines = len(before.order.lines)
    database.insert(connection, ORDER_LINES, _line_rows(after.order, old_lines))
    old = {row[1]: row for row in _outcome_rows(before)}
    rows = [row for row in _outcome_rows(after) if old.get(row[1]) != row]
    database.upsert(connection, ORDER_OUTCOMES, rows)
    database.insert(connection, ORDER_EVENTS, [_event_row(change) for change in changes])
    if before.plan != after.plan:
        database.upsert(connection, FLIGHTS, [_plan_row(after.order.id, after.plan)])
    return True


def _order_row(record: OrderRecord) -> tuple[Any, ...]:
    order = record.order
    return (
        order.id, record.number, order.buyer, order.item, order.creator, str(order.state), order.start_us,
        order.end_us, order.quote_expires_us, int(order.window_over), order.paid, order.refunded,
        order.version, order.reason, record.package, record.terms, record.on_shortfall, record.extensions,
        record.made_at, int(record.needs_review),
    )  # fmt: skip


def _line_rows(order: Order, first: int) -> list[tuple[Any, ...]]:
    return [
        (order.id, seq, line.kind, line.goal, line.price)
        for seq, line in enumerate(order.lines)
        if seq >= first
    ]


def _outcome_rows(record: OrderRecord) -> list[tuple[Any, ...]]:
    """Positions count within a line, in the order of its outcomes."""
    rows: list[tuple[Any, ...]] = []
    for seq, line in enumerate(record.order.lines):
        for position, (name, status) in enumerate(line.outcomes.items()):
            about = record.outcomes[name]
            rows.append(
                (
                    record.order.id,
                    name,
                    seq,
                    position,
                    about.account,
                    about.at_us,
                    str(status),
                    about.judged_at,
                )
            )
    return rows


def _event_row(change: Change) -> tuple[Any, ...]:
    order, command = change.order, change.command
    detail = ""
    if isinstance(command, AddOutcome | Judge):
        detail = command.outcome
    elif reason := getattr(command, "reason", ""):
        detail = str(reason)
    return (
        order.id, order.version, type(command).__name__, change.actor.id, str(change.actor.role),
        change.at_us, str(order.state), detail, order.billed, order.refunded,
    )  # fmt: skip


def _plan_row(order: str, plan: FlightPlan) -> tuple[Any, ...]:
    return (
        order, plan.plan_end_us, np.array(plan.curve, "<f8").tobytes(), plan.zone, plan.hour_cap,
        plan.day_cap, plan.done_chance, *plan.exposures, plan.exposures_expected, *plan.hours,
        plan.at_risk_since,
    )  # fmt: skip


def load_orders(database: Database, ids: Sequence[str]) -> dict[str, OrderRecord]:
    """The orders of these ids; those that there are not are left out."""
    texts = {
        "order_lines": "SELECT order_id, seq, kind, goal, price FROM order_lines WHERE order_id IN",
        "order_outcomes": "SELECT order_id, seq, position, outcome, account, at_us, status, judged_at "
        "FROM order_outcomes WHERE order_id IN",
        "order_targets": "SELECT order_id, kind, value FROM order_targets WHERE order_id IN",
        "flights": "SELECT order_id, plan_end_us, curve, zone, hour_cap, day_cap, done_chance, "
        "exposures_low, exposures_high, exposures_expected, hours_low, hours_high, at_risk_since "
        "FROM flights WHERE order_id IN",
    }
    own: dict[str, dict[str, list[Any]]] = {name: defaultdict(list) for name in texts}
    for name, text in texts.items():
        for id, *row in sorted(database.fetch_within(text, ids), key=lambda row: tuple(row)[:3]):
            own[name][id].append(row)
    rows = database.fetch_within(
        "SELECT id, number, buyer, item, creator, state, start_us, end_us, quote_expires_us, window_over, "
        "paid, refunded, version, reason, package, terms, on_shortfall, extensions, made_at, needs_review "
        "FROM orders WHERE id IN",
        ids,
    )
    return {row[0]: _record_of(row, {name: own[name][row[0]] for name in texts}) for row in rows}


def _record_of(row: Sequence[Any], own: dict[str, list[Any]]) -> OrderRecord:
    (
        id, number, buyer, item, creator, state, start_us, end_us, expires_us, window_over, paid, refunded,
        version, reason, package, terms, on_shortfall, extensions, made_at, needs_review,
    ) = row  # fmt: skip
    lines, outcomes = _lines_of(own["order_lines"], own["order_outcomes"])
    order = Order(
        id, buyer, item, creator, State(state), lines, start_us, end_us, expires_us, bool(window_over), paid,
        refunded, version, reason,
    )  # fmt: skip
    targets: dict[str, set[str]] = {kind: set() for kind in TARGET_KINDS}
    for kind, value in own["order_targets"]:
        targets[kind].add(value)
    targeting = Targeting(
        frozenset(targets["region"]), frozenset(map(int, targets["hour"])), frozenset(targets["interest"])
    )
    plan = _plan_of(own["flights"][0])
    return OrderRecord(
        order, number, package, terms, targeting, plan, made_at, on_shortfall, extensions, bool(needs_review),
        outcomes,
    )  # fmt: skip


def _lines_of(line_rows: list[Any], outcome_rows: list[Any]) -> tuple[tuple[Line, ...], dict[str, Outcome]]:
    by_line: dict[int, dict[str, Status]] = defaultdict(dict)
    outcomes: dict[str, Outcome] = {}
    for seq, _, name, account, at_us, status, judged_at in outcome_rows:
        by_line[seq][name] = Status(status)
        outcomes[name] = Outcome(account, at_us, judged_at)
    lines = []
    for seq, kind, goal, price in line_rows:
        statuses = list(by_line[seq].values())
        lines.append(
            Line(
                kind,
                goal,
                price,
                statuses.count(Status.reserved),
                statuses.count(Status.captured),
                statuses.count(Status.waiting) + statuses.count(Status.bonus),
                MappingProxyType(by_line[seq]),
            )
        )
    return tuple(lines), outcomes


def _plan_of(row: Sequence[Any]) -> FlightPlan:
    plan_end_us, curve, zone, hour_cap, day_cap, chance, low, high, expected, hours_low, hours_high, since = (
        row
    )
    return FlightPlan(
        plan_end_us, tuple(np.frombuffer(bytes(curve), "<f8").tolist()), zone, hour_cap, day_cap, chance,
        (low, high), expected, (hours_low, hours_high), since,
    )  # fmt: skip
