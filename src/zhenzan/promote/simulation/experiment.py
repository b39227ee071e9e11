"""One world, sold once, delivered five times: by this room's rules, and by those of others beside them.

What buyers do (pause, cancel, top up) and restarts are in all of them; the luck is the same until the rules
differ.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from zhenzan.errors import PromotionError
from zhenzan.progress import SILENT, Progress
from zhenzan.promote.accounting import Status, statuses
from zhenzan.promote.caps import BLOCK_US, local_clock, zone_named
from zhenzan.promote.orders import State
from zhenzan.promote.packages import UNITS_MAX
from zhenzan.promote.simulation.market import Deal, Market, Pacing, Record, Stop, play
from zhenzan.promote.simulation.selling import Sales, disturb, sell
from zhenzan.promote.simulation.world import World, make_world
from zhenzan.times import HOUR_US

__all__ = ["NUMBERS", "Simulation", "simulate"]

ORDERS_MAX = 100_000
NUMBERS = {
    "orders": "orders that buyers asked for",
    "units": "likes that each order buys",
    "seed": "of the world",
    "accepted": "orders that were quoted as feasible, and paid",
    "refused": "orders that were refused at the quote",
    "refused_with_offer": "of these, orders that were told of the nearest feasible offer",
    "refused_though_possible": "of these, orders that a quote by true rates would have accepted",
    "possible": "orders that a quote by true rates would have accepted",
    "cancelled": "orders that their buyers cancelled",
    "feasible": "accepted orders that their buyers let run as quoted",
    "completed": "of these, orders whose units all settled",
    "over_delivered": "units billed or reserved beyond a goal",
    "bonus": "likes that came beyond a goal and are not billed",
    "paid": "minor units paid",
    "billed": "minor units billed",
    "settled_value": "minor units that the settled likes cost",
    "refunded": "minor units given back",
    "refunded_after_close": "of these, for likes found fake after their order was closed",
    "refunded_above_paid": "orders that got back more than was paid",
    "still_held": "minor units neither billed nor given back at the end",
    "ledger_difference": "minor units that came from nowhere",
    "restarts": "times that all was rebuilt from what was written down",
    "exposures_covered": "share of completed orders within the quote's interval of exposures (80 %)",
    "hours_covered": "share of completed orders within the quote's interval of hours (80 %)",
    "exposures_width_ratio": "width of that interval beside one by true rates",
    "hours_width_ratio": "the same for hours",
    "blocks_over_plan": "times that ten minutes had more than two exposures beyond their plan",
    "hours_over_cap": "times that an hour had more exposures than its cap",
    "days_over_cap": "times that a date had more exposures than its cap",
}
"""What each number of a simulation means."""

RESTARTS = 3
RATE_EXPECTED = 0.035  # outcomes an exposure in the mean of worlds
LOAD = 0.3  # of the slots, about, that is sold
DAYS = 2.5  # in which most orders run
SLOTS_A_DAY_MIN = 400_000
SLOTS_PER_UNIT = 3_000  # a day, so that the largest orders find viewers


@dataclass(frozen=True)
class Rules:
    """One way of delivering."""

    name: str
    pacing: Pacing = Pacing.hazard
    stop: Stop = Stop.reserve


RULES = (
    Rules("zhenzan"),
    Rules("stop on settled", stop=Stop.settled),
    Rules("stop on expected", stop=Stop.expected),
    Rules("hourly quota", Pacing.hourly),
    Rules("LinkedIn throttle", Pacing.throttle),
)


@dataclass(frozen=True)
class Simulation:
    """What came of it. `numbers` are of this room's rules, `rules` of all, by name."""

    numbers: dict[str, Any]
    rules: dict[str, dict[str, float]]

    def to_dict(self) -> dict[str, Any]:
        return {**self.numbers, "rules": self.rules}


def simulate(orders: int, units: int, seed: int, progress: Progress = SILENT) -> Simulation:
    """Sell and deliver so many orders of so many units. Cost: a second for five orders of ten."""
    if not 1 <= orders <= ORDERS_MAX or not 1 <= units <= UNITS_MAX:
        raise PromotionError(f"between 1 and {ORDERS_MAX:,} orders of 1 to {UNITS_MAX:,} units can be played")
    world = world_for(orders, units, seed)
    with progress.step("Orders", 1 + len(RULES)) as advance:
        sales = sell(world, orders, units)
        disturb(world, sales.deals)
        advance(1)
        compared: dict[str, dict[str, float]] = {}
        numbers: dict[str, Any] = {"orders": orders, "units": units, "seed": seed, **_sold(sales)}
        for rules in RULES:
            if sales.deals:
                market = play(world, sales.deals, rules.pacing, rules.stop, RESTARTS)
                compared[rules.name] = compare(market)
                if rules is RULES[0]:
                    numbers |= account(market) | calibration(market, sales) | limits(market)
            advance(1)
    return Simulation(numbers, compared)


def world_for(orders: int, units: int, seed: int) -> World:
    """A world in which about a third of the slots would be sold by so many orders."""
    exposures_a_day = orders * units / RATE_EXPECTED / DAYS
    return make_world(seed, max(SLOTS_A_DAY_MIN, exposures_a_day / LOAD, units * SLOTS_PER_UNIT))


def _sold(sales: Sales) -> dict[str, int]:
    return {
        "accepted": len(sales.deals),
        "refused": sales.refused,
        "refused_with_offer": sales.refused_with_offer,
        "refused_though_possible": sales.refused_though_possible,
        "possible": sales.possible,
    }


def account(market: Market) -> dict[str, int]:
    """Money and units: what was promised to the buyers, and whether it was kept. Minor units."""
    records = market.records
    orders = [record.order for record in records]
    return {
        "over_delivered": sum(record.over_goal for record in records),
        "bonus": sum(bonus(record) for record in records),
        "paid": sum(order.paid for order in orders),
        "billed": sum(order.billed for order in orders),
        "settled_value": sum(settled_value(market, record) for record in records),
        "refunded": sum(order.refunded for order in orders),
        "refunded_after_close": sum(record.refunded_after_close for record in records),
        "refunded_above_paid": sum(order.refunded > order.paid for order in orders),
        "still_held": sum(order.held for order in orders),
        "ledger_difference": market.wallets + market.escrow + market.revenue,
        "cancelled": sum(order.state is State.cancelled for order in orders),
        "restarts": len(market.restart_steps),
    }


def bonus(record: Record) -> int:
    """Outcomes that the buyer has beyond the goal and does not pay."""
    return sum(s in (Status.waiting, Status.bonus) for s in statuses(record.order.lines).values())


def settled_value(market: Market, record: Record) -> int:
    """The price of what the order holds that the world itself says is genuine."""
    value = 0
    for line in record.order.lines:
        held = (name for name, status in line.outcomes.items() if status is Status.captured)
        value += line.price * sum(market.truth[name] for name in held) // line.goal
    return value


def calibration(market: Market, sales: Sales) -> dict[str, float]:
    """How quotes held, for orders that their buyers let run. Widths beside those of a quote by true rates."""
    alone = [
        (deal, oracle, record)
        for deal, oracle, record in zip(market.deals, sales.oracle, market.records, strict=True)
        if deal.is_left_alone
    ]
    done = [(deal, record) for deal, _, record in alone if record.done_us is not None]
    widths = np.array([
        (_width(d.forecast.exposures), _width(o.exposures), _width(d.forecast.hours), _width(o.hours))
        for d, o, _ in alone
    ]).reshape(-1, 4)  # fmt: skip
    ours = widths.mean(axis=0) if len(alone) else np.full(4, np.nan)
    return {
        "feasible": len(alone),
        "completed": len(done),
        "exposures_covered": _share([_within(d.forecast.exposures, r.done_exposures) for d, r in done]),
        "hours_covered": _share([_within(d.forecast.hours, hours_taken(d, r)) for d, r in done]),
        "exposures_width_ratio": float(ours[0] / ours[1]),
        "hours_width_ratio": float(ours[2] / ours[3]),
    }


def hours_taken(deal: Deal, record: Record) -> float:
    """From an order's start until its last unit had settled."""
    assert record.done_us is not None, "it was done"
    return (record.done_us - deal.forecast.request.start_us) / HOUR_US


def _width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


def _within(interval: tuple[float, float], value: float) -> bool:
    return interval[0] <= value <= interval[1]


def _share(values: list[bool]) -> float:
    return sum(values) / len(values) if values else float("nan")


def limits(market: Market) -> dict[str, int]:
    """How often a hard limit was exceeded, counted again from the log alone."""
    log = np.concatenate(market.log) if market.log else np.zeros(0, [("flight", int), ("time_us", int)])
    flights, times = log["flight"].tolist(), log["time_us"].tolist()
    blocks = Counter(zip(flights, (log["time_us"] // BLOCK_US).tolist(), strict=True))
    hours = Counter(zip(flights, (log["time_us"] // HOUR_US).tolist(), strict=True))
    zone = zone_named(market.deals[0].zone)
    date = {hour: local_clock(hour * HOUR_US, zone)[0] for _, hour in hours}  # a zone of whole hours
    days = Counter((flight, date[at // HOUR_US]) for flight, at in zip(flights, times, strict=True))
    deals = {deal.number: deal for deal in market.deals}
    return {
        "blocks_over_plan": sum(
            count > int(market.observed.block_plans[block][market.by_number[flight]])
            for (flight, block), count in blocks.items()
        ),
        "hours_over_cap": sum(count > deals[flight].hour_cap for (flight, _), count in hours.items()),
        "days_over_cap": sum(count > deals[flight].day_cap for (flight, _), count in days.items()),
    }


def compare(market: Market) -> dict[str, float]:
    """What rules are compared by. Deviations are time means, of the goal, while a plan runs."""
    sampled = market.observed.samples > 0
    goals = np.array([deal.forecast.request.units for deal in market.deals])
    deviation = (market.observed.deviation[sampled] / market.observed.samples[sampled]) / goals[sampled]
    alone = [r for d, r in zip(market.deals, market.records, strict=True) if d.is_left_alone]
    extra = [bonus(record) for record in market.records]
    return {
        "beyond_goal": sum(extra) / len(extra),
        "beyond_goal_most": float(max(extra)),
        "deviation": float(deviation.mean()) if deviation.size else float("nan"),
        "deviation_p95": float(np.quantile(deviation, 0.95)) if deviation.size else float("nan"),
        "within_1_5_units": float(market.observed.near.sum() / max(market.observed.samples.sum(), 1)),
        "completed": sum(record.done_us is not None for record in alone) / max(len(alone), 1),
    }
