"""What can still be sold: slots as they were counted, what is sold already, what is believed of items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from zhenzan.promote.caps import local_clock, zone_named
from zhenzan.promote.inventory import Beliefs, Inventory
from zhenzan.promote.kernels.arguments import Lags
from zhenzan.promote.order_rows import OrderRecord
from zhenzan.promote.tables import SLOT_HOURS, SOLD_HOURS
from zhenzan.promote.targeting import HOURS, Audience
from zhenzan.promote.terms import Market
from zhenzan.store import Database
from zhenzan.times import HOUR_US

__all__ = ["SlotCounts", "Stock", "audience_of"]

HISTORY_DAYS = 14
WHOLE_DAY_HOURS = 20  # of a date that was counted, from which on it is history
LAGS_MAX = 500
REVERSAL_SECONDS = 86_400.0
PRIOR_VOID = (1.0, 9.0)

_LAGS = """
SELECT judged_at - at_us FROM order_outcomes WHERE judged_at > 0 ORDER BY judged_at DESC LIMIT ?"""
_JUDGED = """
SELECT COUNT(*), COALESCE(SUM(CASE WHEN status = 'void' THEN 1 ELSE 0 END), 0) FROM order_outcomes
WHERE status NOT IN ('reserved', 'waiting')"""

SlotCounts = Counter[tuple[int, str, str]]
"""Slots, or exposures, by UTC hour, region and interest."""


def audience_of(market: Market) -> Audience:
    """The words that orders may name."""
    return Audience(tuple(name for name, _ in market.regions), market.interests)


class Stock:
    """The stock of one database, under the terms of a market."""

    def __init__(self, database: Database, market: Market) -> None:
        self._database, self.market = database, market
        self.audience = audience_of(market)
        self._zones = tuple(zone for _, zone in market.regions)

    # What is there

    def inventory(self, now_us: int, without: str = "") -> Inventory:
        """Slots of past dates, and what is sold from this hour on, `without` an order's own part. Cost: the
        rows of two weeks.
        """
        shape = (len(self.audience.regions), len(self.audience.interests))
        viewers = np.full(shape, float(self.market.viewers_day))
        return Inventory(
            self.audience, self._zones, self._history(now_us), viewers, self._sold(now_us, without)
        )

    def _history(self, now_us: int) -> npt.NDArray[np.float64]:
        """Slots [dates, regions, interests, 24] of dates that were counted whole, else as expected."""
        regions, interests = self.audience.regions, self.audience.interests
        days: dict[int, npt.NDArray[np.float64]] = {}
        hours: dict[int, set[int]] = {}
        clocks = [zone_named(zone) for zone in self._zones]
        since = now_us // HOUR_US - 24 * HISTORY_DAYS
        text = "SELECT hour, region, interest, slots FROM slot_hours WHERE hour >= ?"
        for hour, region, interest, slots in self._database.fetch(text, (since,)):
            at, about = self.audience.region(region), self.audience.interest(interest)
            if at == len(regions) or about == len(interests):
                continue
            date, local_hour = local_clock(hour * HOUR_US, clocks[at])
            day = days.setdefault(date, np.zeros((len(regions), len(interests), HOURS)))
            day[at, about, local_hour] += slots
            hours.setdefault(date, set()).add(local_hour)
        whole = [days[date] for date in sorted(days) if len(hours[date]) >= WHOLE_DAY_HOURS]
        if whole:
            return np.stack(whole)
        return np.full((1, len(regions), len(interests), HOURS), float(self.market.slots_hour))

    def _sold(self, now_us: int, without: str) -> dict[int, npt.NDArray[np.float64]]:
        sold: dict[int, npt.NDArray[np.float64]] = {}
        text = (
            "SELECT hour, region, interest, SUM(exposures) FROM sold_hours "
            "WHERE hour >= ? AND order_id <> ? GROUP BY hour, region, interest"
        )
        for hour, region, interest, exposures in self._database.fetch(text, (now_us // HOUR_US, without)):
            at, about = self.audience.region(region), self.audience.interest(interest)
            if at < len(self.audience.regions) and about < len(self.audience.interests):
                cells = sold.setdefault(
                    hour, np.zeros((len(self.audience.regions), len(self.audience.interests)))
                )
                cells[at, about] += exposures
        return sold

    # What is sold

    def sell(self, connection: Connection, inventory: Inventory, record: OrderRecord) -> None:
        """Write down what an order will need, in the transaction that pays for it."""
        order, plan = record.order, record.plan
        fresh = Inventory(self.audience, self._zones, inventory.slots, inventory.viewers)
        pieces = max(-(-(plan.plan_end_us - order.start_us) // (HOUR_US // 6)), 1)
        cells = fresh.cells(record.targeting, order.start_us, pieces)
        fresh.sell(cells, order.start_us, plan.exposures_expected)
        rows = [
            (
                order.id,
                hour,
                self.audience.regions[at],
                self.audience.interests[about],
                float(sold[at, about]),
            )
            for hour, sold in fresh.sold.items()
            for at, about in np.argwhere(sold > 0).tolist()
        ]
        self._database.upsert(connection, SOLD_HOURS, rows)

    def release(self, connection: Connection, order: str) -> None:
        """An order needs nothing more."""
        self._database.delete(connection, SOLD_HOURS, "order_id", [order])

    # What came

    def add_slots(self, slots: SlotCounts, shown: SlotCounts) -> None:
        """Add what was counted since the last time."""
        cells = sorted({*slots, *shown})
        if not cells:
            return
        known = {
            (hour, region, interest): (count, exposures)
            for hour, region, interest, count, exposures in self._database.fetch(
                "SELECT hour, region, interest, slots, shown FROM slot_hours WHERE hour >= ?",
                (min(hour for hour, _, _ in cells),),
            )
        }
        rows = []
        for cell in cells:
            count, exposures = known.get(cell, (0, 0))
            rows.append((*cell, count + slots[cell], exposures + shown[cell]))
        with self._database.write() as connection:
            self._database.upsert(connection, SLOT_HOURS, rows)

    # What is believed

    def beliefs_of(self, item: str, kinds: Sequence[str]) -> dict[str, Beliefs]:
        """Of an item and each kind: what promotion has shown of it and what came of that."""
        exposures = self._database.fetch(
            "SELECT COUNT(*) FROM exposures WHERE order_number IN "
            "(SELECT number FROM orders WHERE item = ? AND paid > 0)",
            (item,),
        )[0][0]
        counts: dict[str, int] = {
            kind: int(count)
            for kind, count in self._database.fetch(
                "SELECT l.kind, COUNT(*) FROM order_outcomes x "
                "JOIN order_lines l ON l.order_id = x.order_id AND l.seq = x.seq "
                "JOIN orders o ON o.id = x.order_id WHERE o.item = ? AND x.status <> 'void' GROUP BY l.kind",
                (item,),
            )
        }
        lags = [int(lag) for (lag,) in self._database.fetch(_LAGS, (LAGS_MAX,))]
        judged, void = map(int, self._database.fetch(_JUDGED)[0])
        return {
            kind: self.beliefs(kind, [(float(exposures), float(counts.get(kind, 0)))], lags, judged, void)
            for kind in kinds
        }

    def beliefs(
        self, kind: str, past: Sequence[tuple[float, float]], lags_us: Sequence[int], judged: int, void: int
    ) -> Beliefs:
        """Of an item and a kind: `past`: exposures and outcomes of the item so far; `lags_us`: from outcomes
        to their verdicts, seen lately; so many outcomes were judged, so many of these void.
        """
        strength = float(self.market.rate_exposures)
        outcomes = self.market.rate(kind) * strength + sum(count for _, count in past)
        exposures = strength + sum(count for count, _ in past)
        seconds = np.array(lags_us[-LAGS_MAX:] or [600_000_000], np.float64) / 1e6
        alpha, beta = PRIOR_VOID
        return Beliefs(
            outcomes,
            exposures,
            (alpha + void, beta + judged - void),
            Lags(seconds, np.array([REVERSAL_SECONDS])),
            0.1 / (10.0 + judged),
        )
