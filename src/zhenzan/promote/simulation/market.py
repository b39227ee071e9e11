"""The market: slots come, the decider fills some, viewers like, verdicts fall, orders change state.

One step is `STEP_SECONDS`. Orders change by `transition` only. Two naive rules of when to stop, and two other
ways of pacing, can take the place of this room's own, in the same world with the same luck.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from zhenzan.promote.accounting import Line, Status, statuses
from zhenzan.promote.attribution import Attribution
from zhenzan.promote.caps import BLOCK_US
from zhenzan.promote.commands import (
    AddOutcome,
    Cancel,
    Close,
    Command,
    EndWindow,
    Extend,
    Fund,
    Judge,
    Pause,
    Quote,
    Resume,
    Start,
    TopUp,
)
from zhenzan.promote.decisions import Decider
from zhenzan.promote.flights import NO_CAP, Flight
from zhenzan.promote.orders import Actor, Order, Role, State
from zhenzan.promote.quotes import Forecast
from zhenzan.promote.receipts import RECORD
from zhenzan.promote.simulation.baselines import HourlyQuota, Throttle
from zhenzan.promote.simulation.observation import Observation
from zhenzan.promote.simulation.traffic import STEP_SECONDS, STEP_US, Traffic
from zhenzan.promote.simulation.world import START_US, Item, World, draw_lags, draw_reversal_lags
from zhenzan.promote.transitions import Change, Rejection, transition
from zhenzan.times import DAY_US

__all__ = ["Deal", "Market", "Pacing", "Stop", "play"]

ATTRIBUTION_GRACE_US = 30 * 60_000_000  # after a window, outcomes of its last exposures still come
SETTLE_US = BLOCK_US  # verdicts are published every ten minutes
DAYS_AFTER = 5  # for verdicts, reversals and refunds after the last window
SYSTEM = Actor("promote", Role.system)


class Pacing(StrEnum):
    """How flights are paced."""

    hazard = "hazard"
    hourly = "hourly"
    throttle = "throttle"


class Stop(StrEnum):
    """What counts towards the goal when a flight asks whether to go on."""

    reserve = "reserve"  # every pending outcome reserves a unit
    settled = "settled"  # settled outcomes only
    expected = "expected"  # settled, and pending times the chance that they settle


@dataclass
class Deal:
    """An order, its quote, and what is to happen to it. Times are µs since 1970."""

    number: int
    item: Item
    forecast: Forecast
    price: int
    hour_cap: int = NO_CAP
    day_cap: int = NO_CAP
    zone: str = "Europe/Berlin"  # its clock changes in the first night
    pause_us: tuple[int, int] | None = None
    cancel_us: int | None = None
    top_up_us: int | None = None
    extends: bool = False

    @property
    def is_left_alone(self) -> bool:
        """Whether its buyer lets it run as it was quoted."""
        capped = min(self.hour_cap, self.day_cap) < NO_CAP
        stirred = self.pause_us or self.cancel_us or self.top_up_us
        return not capped and not stirred


@dataclass
class Record:
    """What became of one order. `done_us`: when its last unit settled, in its window's time."""

    order: Order
    changes: list[Change] = field(default_factory=list)
    done_us: int | None = None
    done_exposures: int = 0
    over_goal: int = 0
    refunded_after_close: int = 0


class Market:
    """A world in which deals are delivered."""

    def __init__(self, world: World, deals: list[Deal], pacing: Pacing, stop: Stop, restarts: int) -> None:
        self.world, self.deals, self.pacing, self.stop = world, deals, pacing, stop
        self.generator = world.generator(7)
        self.capacity = max(len(deals), 64)
        self.attribution = Attribution()
        self.records = [
            Record(Order(f"order-{d.number}", f"buyer-{d.number}", f"item-{d.number}", "c")) for d in deals
        ]
        self.by_number = {deal.number: index for index, deal in enumerate(deals)}
        self.truth: dict[str, bool] = {}
        self.calendar: dict[int, list[tuple[int, Command]]] = defaultdict(list)
        self.coming_likes: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        self.wallets = self.escrow = self.revenue = 0
        self.log: list[npt.NDArray[np.void]] = []
        self.decider = self._new_decider()
        self.observed = Observation(len(deals), self.decider.flights.live.size)
        self.traffic = Traffic(world, self.generator)
        self.throttle = Throttle(self.decider.flights.live.size)
        self.others: dict[Pacing, HourlyQuota | Throttle] = {
            Pacing.hourly: HourlyQuota(),
            Pacing.throttle: self.throttle,
        }
        self.rates = np.array([deal.item.rate for deal in deals])
        last_us = max(deal.forecast.request.end_us for deal in deals)
        self.end_us = last_us + DAYS_AFTER * DAY_US
        steps = (self.end_us - START_US) // STEP_US
        self.restart_steps = set((np.arange(1, restarts + 1) * (steps // (3 * (restarts + 1)))).tolist())
        self.steps = int(steps)
        for deal in deals:
            self._schedule(deal)

    # The plan of each deal

    def _schedule(self, deal: Deal) -> None:
        request = deal.forecast.request
        index, buyer = self.by_number[deal.number], self._buyer(deal)
        line = Line("like", request.units, deal.price)
        quote = Quote((line,), request.start_us, request.end_us, request.start_us)
        self._do(index, quote, buyer, START_US - 2)
        self._do(index, Fund(deal.price), buyer, START_US - 1)
        self.schedule(request.start_us, index, Start())
        self.schedule(request.end_us + ATTRIBUTION_GRACE_US, index, EndWindow())
        if deal.pause_us is not None:
            self.schedule(deal.pause_us[0], index, Pause())
            self.schedule(deal.pause_us[1], index, Resume())
        if deal.cancel_us is not None:
            self.schedule(deal.cancel_us, index, Cancel())
        if deal.top_up_us is not None:
            extra = max(request.units // 2, 1)
            self.schedule(deal.top_up_us, index, TopUp(Line("like", extra, deal.price // 2), deal.price))

    def _buyer(self, deal: Deal) -> Actor:
        return Actor(f"buyer-{deal.number}")

    def schedule(self, at_us: int, index: int, command: Command) -> None:
        """Let a command come at a time."""
        self.calendar[max((at_us - START_US) // STEP_US, 0)].append((index, command))

    # Orders

    def _do(self, index: int, command: Command, actor: Actor, at_us: int) -> None:
        record = self.records[index]
        before = record.order
        change = transition(before, command, actor, at_us)
        if isinstance(change, Rejection):
            return
        record.changes.append(change)
        record.order = after = change.order
        self._book(change)
        units = sum(line.goal for line in after.lines)
        taken = sum(s in (Status.reserved, Status.captured) for s in statuses(after.lines).values())
        record.over_goal = max(record.over_goal, taken - units)
        if before.state in (State.closed, State.cancelled):
            record.refunded_after_close += after.refunded - before.refunded
        settled = sum(line.captured for line in after.lines) == units > 0
        if settled and record.done_us is None:
            record.done_us = at_us
            record.done_exposures = self._shown(index)
        self._follow(index, before, after)

    def _book(self, change: Change) -> None:
        for move in change.moves:
            signs = {"fund": (-1, 1, 0), "capture": (0, -1, 1), "reverse": (0, 1, -1), "refund": (1, -1, 0)}
            wallet, escrow, revenue = signs[move.kind]
            self.wallets += wallet * move.amount
            self.escrow += escrow * move.amount
            self.revenue += revenue * move.amount

    def _shown(self, index: int) -> int:
        number = self.deals[index].number
        if number not in self.decider:
            return 0
        return int(self.decider.flights.shown[self.decider.row(number)])

    def _follow(self, index: int, before: Order, after: Order) -> None:
        """Let the flight know of its order."""
        number = self.deals[index].number
        if before.state is State.funded and after.state is State.running:
            self._take_off(self.decider, index)
        if number not in self.decider:
            return
        new = len(statuses(after.lines)) - len(statuses(before.lines))
        self.decider.count(number, self._counted(after), new)
        runs = after.state is State.running
        if self.stop is not Stop.reserve and after.state is State.delivered and not after.window_over:
            runs = True
        self.decider.set_running(number, runs)
        self.observed.is_paused[index] = after.state is State.paused
        row = self.decider.row(number)
        self.decider.flights.goal[row] = sum(line.goal for line in after.lines)
        self.decider.flights.end_us[row] = after.end_us

    def _counted(self, order: Order) -> int:
        outcomes = statuses(order.lines).values()
        settled = sum(status in (Status.captured, Status.bonus) for status in outcomes)
        pending = sum(status in (Status.reserved, Status.waiting) for status in outcomes)
        if self.stop is Stop.settled:
            return settled
        if self.stop is Stop.expected:
            return int(settled + pending * (1.0 - self.world.truth.void_share))
        return order.pending + sum(line.captured for line in order.lines)

    def _take_off(self, decider: Decider, index: int) -> None:
        deal, order = self.deals[index], self.records[index].order
        forecast, beliefs = deal.forecast, self.world.beliefs(deal.item)
        flight = Flight(
            deal.number,
            sum(line.goal for line in order.lines),
            order.start_us,
            forecast.plan_end_us,
            order.end_us,
            beliefs.rate,
            beliefs.exposures,
            forecast.curve,
            forecast.request.targeting,
            deal.hour_cap,
            deal.day_cap,
            deal.zone,
        )
        outcomes = sum(len(line.outcomes) for line in order.lines)
        row = decider.add(flight, self._counted(order), outcomes, running=order.state is State.running)
        self.observed.place_of_row[row] = index
        cells = self.world.inventory.cells(flight.targeting, order.start_us, 144)
        self.throttle.supply[row] = max(cells.sum(axis=(1, 2)).mean(), 1e-6)

    # Steps

    def _new_decider(self) -> Decider:
        decider = Decider(self.world.audience, bytes(32), self.world.seed, self.capacity)
        decider.flights.burst_seconds[0] = STEP_SECONDS
        return decider

    def run(self) -> None:
        """Play until all verdicts have fallen."""
        for step in range(self.steps):
            now_us = START_US + step * STEP_US
            if step in self.restart_steps:
                self._restart(now_us)
            for index, command in self.calendar.pop(step, ()):
                is_buyers = isinstance(command, (Pause, Resume, Cancel, TopUp))
                actor = self._buyer(self.deals[index]) if is_buyers else SYSTEM
                self._do(index, command, actor, now_us)
                self._end(index, command, now_us)
            for index, viewer, at_us in self.coming_likes.pop(step, ()):
                self._like(index, viewer, at_us)
            if not len(self.decider):
                continue
            self._fill(now_us)
            if step % 3 == 0:
                self.observed.look(self.decider.flights, now_us)

    def _end(self, index: int, command: Command, now_us: int) -> None:
        """What follows a window's end: the buyer goes on or is given the rest back."""
        record, deal = self.records[index], self.deals[index]
        if isinstance(command, EndWindow) and record.order.free and deal.extends:
            deal.extends = False
            end_us = record.order.end_us + DAY_US
            self._do(index, Extend(end_us), self._buyer(deal), now_us)
            self.schedule(end_us + ATTRIBUTION_GRACE_US, index, EndWindow())
        if record.order.state is State.settled and (record.order.window_over or not record.order.free):
            self._do(index, Close(), SYSTEM, now_us)
        ended = record.order.state in (State.closed, State.cancelled)
        if ended and self.deals[index].number in self.decider:
            self.decider.remove(self.deals[index].number)

    def _like(self, index: int, viewer: int, at_us: int) -> None:
        number = self.deals[index].number
        if self.attribution.attribute(viewer, number, "like", at_us) != number:
            return
        outcome = f"{number}-{viewer}"
        self._do(index, AddOutcome(outcome, "like"), SYSTEM, at_us)
        self.judge(index, viewer, outcome, at_us)

    def likes(self, viewers: npt.NDArray[np.uint64], places: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which viewers like what they are shown."""
        liked: npt.NDArray[np.bool_] = self.generator.random(viewers.size) < self.rates[places]
        return liked

    def judge(self, index: int, viewer: int, outcome: str, at_us: int) -> None:
        """Draw what a like is, and let verdicts fall: one at a settlement, perhaps a reversal after it."""
        truth = self.world.truth
        genuine = bool(self.generator.random() >= truth.void_share)
        verdict_us = self.verdict_time(at_us)
        self.truth[outcome] = genuine
        self.schedule(verdict_us, index, Judge(outcome, genuine))
        if genuine and self.generator.random() < truth.reversal_share:
            later_us = verdict_us + round(float(draw_reversal_lags(self.generator, 1)[0]) * 1e6)
            self.truth[outcome] = later_us >= self.end_us
            self.schedule(later_us, index, Judge(outcome, genuine=False))

    def verdict_time(self, at_us: int) -> int:
        """The first settlement after the lag of the verdict."""
        lag_us = round(float(draw_lags(self.generator, self.world.truth, 1)[0]) * 1e6)
        return (at_us + lag_us) // SETTLE_US * SETTLE_US + SETTLE_US

    def genuine_likes(self) -> int:
        """Likes by real people that the buyers have in the end, billed or not."""
        return sum(self.truth.values())

    def _fill(self, now_us: int) -> None:
        decider = self.decider
        other = self.others.get(self.pacing)
        decider.pace(now_us)
        if other is not None:
            other.pace(decider.flights, now_us)
        if not decider.flights.rate.any():
            return
        slots = self.traffic.slots(now_us)
        if slots is None:
            return
        log = decider.decide(decider.slots(*slots), now_us).log
        log = log[log["flight"] >= 0]
        if not log.size:
            return
        self.log.append(log)
        places = np.array([self.by_number[number] for number in log["flight"].tolist()])
        liked = np.flatnonzero(self.likes(log["viewer"], places))
        delay = self.world.truth.delay
        for at in liked.tolist():
            fast = self.generator.random() < delay.fast_share
            seconds = self.generator.exponential(delay.fast_seconds if fast else delay.slow_seconds)
            at_us, viewer = now_us + round(seconds * 1e6), int(log["viewer"][at])
            index = int(places[at])
            self.attribution.expose(viewer, self.deals[index].number, self.deals[index].number, now_us)
            self.coming_likes[(at_us - START_US) // STEP_US + 1].append((index, viewer, at_us))

    def _restart(self, now_us: int) -> None:
        """Forget everything that is not written down, and go on from what is."""
        for index, record in enumerate(self.records):
            order = record.changes[0].order if record.changes else record.order
            for change in record.changes[1:]:
                again = transition(order, change.command, change.actor, change.at_us)
                assert isinstance(again, Change), "what happened once can happen again"
                order = again.order
            assert order == record.order, f"order {index} is another one after a restart"
            record.order = order
        decider = self._new_decider()
        for index in range(len(self.deals)):
            if self.deals[index].number in self.decider:
                self._take_off(decider, index)
        decider.restore(np.concatenate(self.log) if self.log else np.zeros(0, RECORD), now_us)
        self.decider = decider


def play(
    world: World,
    deals: list[Deal],
    pacing: Pacing = Pacing.hazard,
    stop: Stop = Stop.reserve,
    restarts: int = 0,
) -> Market:
    """Deliver the deals in the world; gives the market as it is in the end."""
    market = Market(world, deals, pacing, stop, restarts)
    market.run()
    return market
