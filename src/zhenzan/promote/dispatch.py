"""What is delivered: the decider with the flights of all orders that run, its log, and the slots that came.

Decisions are answered from memory. Their log is written behind them; exposures are durable by themselves.
Threads may share it: one lock is held for a decision, some 30 µs.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from zhenzan.promote.caps import local_clock, zone_named
from zhenzan.promote.decision_log import DecisionLog
from zhenzan.promote.decisions import Decider
from zhenzan.promote.flights import Flight
from zhenzan.promote.order_rows import OrderRecord
from zhenzan.promote.orders import State
from zhenzan.promote.stock import SlotCounts, audience_of
from zhenzan.promote.targeting import Targeting
from zhenzan.promote.terms import Terms
from zhenzan.promote.viewer_numbers import viewer_number
from zhenzan.times import DAY_US, HOUR_US

__all__ = ["Dispatcher", "Shown", "Slot"]

CAPACITY = 8_192
FLYING = (State.running, State.paused, State.delivered)
EPOCH_BITS = 40  # decisions of one process
LOG_DATES_US = 3 * DAY_US
RATE_MAX = 0.9


@dataclass(frozen=True, slots=True)
class Slot:
    """A place to fill for a viewer, by words of the terms' market."""

    account: str
    region: str
    interest: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown in a slot: the order, its item, and the receipt (record and tag)."""

    order: str
    item: str
    receipt: bytes


class Dispatcher:
    """`epoch`: a number that no earlier process had, so that decisions have numbers of their own."""

    def __init__(self, folder: Path, key: bytes, epoch: int) -> None:
        self._log, self._key, self._epoch = DecisionLog(folder), key, epoch
        self._lock = threading.Lock()
        self._terms: Terms | None = None
        self._decider: Decider | None = None
        self._orders: dict[int, OrderRecord] = {}
        self._kinds: dict[int, str] = {}
        self._unwritten: list[npt.NDArray[np.void]] = []
        self._slots: SlotCounts = Counter()
        self._shown: SlotCounts = Counter()
        self._excluded: frozenset[int] = frozenset()
        self._restarts = 0

    # Terms and orders

    def begin(self, terms: Terms, records: Iterable[OrderRecord], now_us: int) -> None:
        """Deliver by these terms from now on, what was shown before taken into account."""
        with self._lock:
            self._write_log()
            self._terms = terms
            self._restarts += 1
            first = ((self._epoch << 8 | self._restarts & 255) << (EPOCH_BITS - 8)) + 1
            self._decider = Decider(
                audience_of(terms.market),
                self._key,
                self._epoch,
                CAPACITY,
                terms.caps.viewer_day,
                terms.delivery.organic_share,
                first_decision=first,
            )
            self._zones = [zone_named(zone) for _, zone in terms.market.regions] + [zone_named("UTC")]
            self._orders.clear()
            self._kinds.clear()
            for record in records:
                self._follow(record)
            starts = [record.order.start_us for record in self._orders.values()]
            log = self._log.shown_since(min([now_us - LOG_DATES_US, *starts]))
            self._decider.restore(log[np.argsort(log["time_us"], kind="stable")], now_us)
            self._decider.set_ring_members(sorted(self._excluded))

    def follow(self, record: OrderRecord) -> None:
        """Let the flight of an order know how it stands."""
        with self._lock:
            self._follow(record)

    def _follow(self, record: OrderRecord) -> None:
        decider, number, order = self._decider, record.number, record.order
        if decider is None:
            return
        if order.state not in FLYING or order.window_over:
            self._orders.pop(number, None)
            self._kinds.pop(number, None)
            if number in decider:
                decider.remove(number)
            return
        kind = self._binding_kind(record)
        if number in decider and self._kinds[number] != kind:
            self._take_off(decider, record, kind, decider.row(number))
        elif number not in decider:
            self._take_off(decider, record, kind, None)
        else:
            before = self._orders[number]
            new = max(_outcomes(record, kind) - _outcomes(before, kind), 0)
            decider.count(number, _counted(record, kind), new)
            decider.set_running(number, order.state is State.running)
            row = decider.row(number)
            decider.flights.goal[row] = _goal(record, kind)
            decider.flights.end_us[row] = order.end_us
            decider.flights.plan_end_us[row] = record.plan.plan_end_us
        self._orders[number] = record

    def _binding_kind(self, record: OrderRecord) -> str:
        """Of a bundle, the kind that will take most exposures: it paces the others."""
        assert self._terms is not None
        market, lines = self._terms.market, record.order.lines
        kinds = dict.fromkeys(line.kind for line in lines)
        free = {kind: sum(line.free for line in lines if line.kind == kind) for kind in kinds}
        return max(kinds, key=lambda kind: (free[kind] / market.rate(kind), _goal(record, kind)))

    def _take_off(self, decider: Decider, record: OrderRecord, kind: str, instead: int | None) -> None:
        assert self._terms is not None
        order, plan, market = record.order, record.plan, self._terms.market
        arrays = decider.flights
        caps = [int(values[instead]) for values in _cap_arrays(decider)] if instead is not None else []
        if instead is not None:
            decider.remove(record.number)
        excluded = frozenset(map(viewer_number, (order.buyer, order.creator)))
        targeting = record.targeting
        flight = Flight(
            record.number,
            _goal(record, kind),
            order.start_us,
            min(plan.plan_end_us, order.end_us),
            order.end_us,
            min(market.rate(kind), RATE_MAX),
            float(market.rate_exposures),
            plan.curve,
            Targeting(targeting.regions, targeting.hours, targeting.interests, excluded),
            plan.hour_cap,
            plan.day_cap,
            plan.zone,
        )
        running = order.state is State.running
        row = decider.add(flight, _counted(record, kind), _outcomes(record, kind), running)
        for values, value in zip(_cap_arrays(decider), caps, strict=False):
            values[row] = value
        assert arrays is decider.flights
        self._kinds[record.number] = kind

    def exclude(self, viewers: Collection[int]) -> None:
        """Who is shown no promotion: members of rings, and who opted out."""
        with self._lock:
            self._excluded = frozenset(viewers)
            if self._decider is not None:
                self._decider.set_ring_members(sorted(self._excluded))

    # Decisions

    def decide(self, slots: Sequence[Slot], now_us: int) -> list[Shown | None]:
        """Decide for slots, in their order; None: show what would be shown anyway."""
        with self._lock:
            decider = self._decider
            if decider is None:
                return [None] * len(slots)
            audience = decider.audience
            regions = [audience.region(slot.region) for slot in slots]
            interests = [audience.interest(slot.interest) for slot in slots]
            minute_us = now_us - now_us % 60_000_000
            clocks = [local_clock(minute_us, self._zones[region]) for region in regions]
            viewers = [viewer_number(slot.account) for slot in slots]
            columns = decider.slots(
                viewers, regions, [hour for _, hour in clocks], interests, [day for day, _ in clocks]
            )
            decisions = decider.decide(columns, now_us)
            self._unwritten.append(decisions.log)
            return self._answers(slots, decisions.log, decisions.tags, now_us)

    def _answers(
        self, slots: Sequence[Slot], log: npt.NDArray[np.void], tags: Sequence[bytes], now_us: int
    ) -> list[Shown | None]:
        shown: list[Shown | None] = []
        rest, hour = iter(tags), now_us // HOUR_US
        for index, (slot, number) in enumerate(zip(slots, log["flight"].tolist(), strict=True)):
            cell = hour, slot.region, slot.interest
            self._slots[cell] += 1
            if number < 0:
                shown.append(None)
                continue
            self._shown[cell] += 1
            order = self._orders[number].order
            shown.append(Shown(order.id, order.item, log[index : index + 1].tobytes() + next(rest)))
        return shown

    @property
    def receipts_key(self) -> bytes:
        """Under which receipts are made."""
        return self._key

    def pace(self, now_us: int) -> None:
        """Renew caps, plans and rates."""
        with self._lock:
            if self._decider is not None:
                self._decider.pace(now_us)

    # What is written behind

    def write_log(self) -> None:
        """Append the decisions since the last time to their files."""
        with self._lock:
            logs, self._unwritten = self._unwritten, []
        try:
            self._log.append(logs)
        except OSError:
            with self._lock:
                self._unwritten[:0] = logs
            raise

    def _write_log(self) -> None:
        logs, self._unwritten = self._unwritten, []
        self._log.append(logs)

    def take_slot_counts(self) -> tuple[SlotCounts, SlotCounts]:
        """Slots and exposures since the last time."""
        with self._lock:
            counts = self._slots, self._shown
            self._slots, self._shown = Counter(), Counter()
        return counts

    def forget_log(self, before_us: int) -> None:
        """Delete the log of older dates."""
        self._log.forget(before_us)

    def shown_of(self, number: int) -> int:
        """Exposures that were decided for an order, by this process or before it; 0 where it does not fly."""
        with self._lock:
            decider = self._decider
            if decider is None or number not in decider:
                return 0
            return int(decider.flights.shown[decider.row(number)])


def _cap_arrays(decider: Decider) -> tuple[npt.NDArray[np.int64], ...]:
    flights = decider.flights
    return flights.hour_left, flights.day_left, flights.day_end_us, flights.shown


def _goal(record: OrderRecord, kind: str) -> int:
    return sum(line.goal for line in record.order.lines if line.kind == kind)


def _counted(record: OrderRecord, kind: str) -> int:
    """Units of a kind that are pending or settled."""
    return sum(line.reserved + line.captured for line in record.order.lines if line.kind == kind)


def _outcomes(record: OrderRecord, kind: str) -> int:
    return sum(len(line.outcomes) for line in record.order.lines if line.kind == kind)
