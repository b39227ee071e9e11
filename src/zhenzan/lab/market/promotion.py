"""Honest promotion inside the world, by the engine that sells it outside: quotes, orders, pacing, billing.

Whoever is served in a step may be shown an order in the next one. What the platform calls genuine is billed;
what it calls fake, and a share that is void for other reasons, is not. Nothing is sold before a day's traffic
is known, nor what the quote does not hold for feasible.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from zhenzan.lab.events import Events
from zhenzan.lab.kernels.random import units
from zhenzan.lab.kernels.verdict_updates import GENUINE, PENDING
from zhenzan.lab.kernels.watch import LIKE
from zhenzan.lab.market.promotion_orders import PromotionOrder, PromotionTotals
from zhenzan.lab.market.promotion_stock import Stock
from zhenzan.lab.rng import stream_key
from zhenzan.lab.scenario import Promotion
from zhenzan.lab.time_units import DAY, HOUR, MINUTE
from zhenzan.lab.visit_calendar import Visits, join
from zhenzan.lab.vocabulary import SOURCE_CODE
from zhenzan.lab.world_state import WorldState
from zhenzan.promote import (
    Actor,
    AddOutcome,
    Attribution,
    Beliefs,
    Change,
    Close,
    Command,
    Decider,
    EndWindow,
    Flight,
    Forecast,
    Fund,
    Judge,
    Line,
    Order,
    OutcomeDelay,
    Package,
    Quote,
    Request,
    Role,
    Start,
    State,
    Status,
    Tier,
    forecast,
    transition,
)

__all__ = ["PromotionDesk"]

MINOR_UNITS = 100  # of a coin
BLOCK = 10 * MINUTE  # decisions of a step are taken in pieces as long as pacing plans
FLIGHTS = 8_192
SYSTEM = Actor("promote", Role.system)
PROMOTED = SOURCE_CODE["promoted"]


def _package(about: Promotion) -> Package:
    """What is sold, in hundredths of a coin."""
    tiers = (
        Tier(start, round(price * MINOR_UNITS))
        for start, price in zip(about.tier_from, about.tier_prices, strict=True)
    )
    return Package("likes", {"like": tuple(tiers)}, about.sizes[0], about.sizes[-1])


@dataclass
class _Likes:
    """Likes of one step that await their verdicts, rows of its events; the last verdict of each."""

    events: Events
    rows: npt.NDArray[np.int64]
    orders: list[int]
    last: npt.NDArray[np.int8]


@dataclass
class PromotionDesk:
    """The orders of a run and their delivery."""

    world: WorldState
    orders: list[Order] = field(default_factory=list)
    exposures: int = 0
    _liked: int = 0

    def __post_init__(self) -> None:
        scenario = self.world.scenario
        self.about = scenario.promotion
        self.package = _package(self.about)
        self._start_us, self._step = scenario.world.start_us, scenario.world.step_minutes * MINUTE
        seconds = self._step / 1e6
        self._delay = OutcomeDelay(0.99, seconds, 2 * seconds)  # a visit follows a step after its decision
        self._stock = Stock(scenario, self.world.people.count)
        seed = int(stream_key(self.world.seed, "promotion") >> np.uint64(1))
        self._decider = Decider(self._stock.audience, bytes(32), seed, FLIGHTS, delay=self._delay)
        self._decider.flights.burst_seconds[0] = min(self._step, BLOCK) / 1e6
        self._attribution = Attribution()
        self._calendar: dict[int, list[tuple[int, Command]]] = defaultdict(list)
        self._likes: list[_Likes] = []
        self._forecasts: list[Forecast] = []
        self._refused = self._judged = self._void = 0
        self._void_key = stream_key(self.world.seed, "void promotion")
        self._interest_key = stream_key(self.world.seed, "promoted interest")

    # Orders

    def price(self, units: int) -> float:
        """Coins for so many likes."""
        return self.package.price("like", units) / MINOR_UNITS

    def sell(self, wish: PromotionOrder) -> bool:
        """Quote an order and, where it is feasible, sell and schedule it; whether it was."""
        quoted = self._quote(wish)
        if quoted is None:
            self._refused += 1
            return False
        self._schedule(wish, quoted)
        return True

    def _schedule(self, wish: PromotionOrder, quoted: Forecast) -> None:
        number, request = len(self.orders), quoted.request
        buyer = Actor(f"creator-{wish.creator}")
        self.orders.append(Order(f"order-{number}", buyer.id, str(wish.item), str(wish.creator)))
        self._forecasts.append(quoted)
        price = self.package.price("like", wish.units)
        lines = (Line("like", wish.units, price),)
        quote = Quote(lines, request.start_us, request.end_us, request.start_us)
        self._do(number, quote, buyer, request.start_us - 1)
        self._do(number, Fund(price), buyer, request.start_us - 1)
        self.world.creators.promoted[wish.creator] = True
        self._calendar[wish.start // self._step].append((number, Start()))
        over = request.end_us - self._start_us + 2 * self._step  # likes of what was shown last
        self._calendar[over // self._step].append((number, EndWindow()))

    def _quote(self, wish: PromotionOrder) -> Forecast | None:
        """The forecast of what can be done, which is then sold; None where nothing can."""
        inventory = self._stock.inventory
        if inventory is None:
            return None
        start_us = self._start_us + wish.start
        end_us = start_us + self.about.window_hours * HOUR
        request = Request(wish.units, start_us, end_us)
        beliefs = self._beliefs()
        if self._stock.likes_expected(request, beliefs) < wish.units:
            return None
        quoted = forecast(
            request, inventory, beliefs, self._delay, len(self.orders), settle_seconds=self._step / 1e6
        )
        if not quoted.feasible:
            return None
        pieces = -(-(quoted.plan_end_us - start_us) // BLOCK)
        cells = inventory.cells(request.targeting, start_us, max(pieces, 1))
        inventory.sell(cells, start_us, quoted.expected_exposures)
        return quoted

    def _do(self, number: int, command: Command, actor: Actor, at_us: int) -> None:
        """Carry a command out and let the flight and the books follow."""
        before = self.orders[number]
        change = transition(before, command, actor, at_us)
        assert isinstance(change, Change), f"order {number}: {change}"
        self.orders[number] = after = change.order
        if isinstance(command, Start):
            self._decider.add(self._flight(number, after))
        if number in self._decider:
            line, new = after.lines[0], isinstance(command, AddOutcome)
            self._decider.count(number, line.reserved + line.captured, int(new))
            self._decider.set_running(number, after.state is State.running)
        if after.state is State.settled and (after.window_over or not after.free):
            self._do(number, Close(), SYSTEM, at_us)
        if after.state is State.closed and number in self._decider:
            self._decider.remove(number)
        billed = (after.billed - before.billed) / MINOR_UNITS
        self.world.creators.spent_on_promotion[int(after.creator)] += billed

    def _beliefs(self) -> Beliefs:
        """What is believed of the next order: the feed's own like rate at first, then promotion's."""
        organic = float(self.world.items.likes[0].sum()) / max(self.world.views, 1)
        return self._stock.beliefs(organic, self.exposures, self._liked, self._judged, self._void)

    def _flight(self, number: int, order: Order) -> Flight:
        quoted = self._forecasts[number]
        beliefs = self._beliefs()
        return Flight(
            number,
            order.lines[0].goal,
            order.start_us,
            quoted.plan_end_us,
            order.end_us,
            beliefs.rate,
            curve=quoted.curve,
        )

    # Delivery

    def step(self, step: int, served: Events) -> Visits:
        """Visits of the next step by viewers who were served in this one."""
        for number, command in self._calendar.pop(step, ()):
            if isinstance(command, Start) or self.orders[number].is_open:
                self._do(number, command, SYSTEM, self._start_us + step * self._step)
        accounts, first = np.unique(served.account, return_index=True)
        time = np.clip(served.time[first], step * self._step, (step + 1) * self._step - 1)
        order = np.argsort(time, kind="stable")
        viewers, time = accounts[order].astype(np.int64), time[order]
        edges = np.flatnonzero(np.diff(time // BLOCK, prepend=-1))
        pieces = zip(edges.tolist(), [*edges[1:].tolist(), len(time)], strict=True)
        return join([self._decide(viewers[low:high], time[low:high]) for low, high in pieces])

    def _decide(self, accounts: npt.NDArray[np.int64], time: npt.NDArray[np.int64]) -> Visits:
        interests = self.world.people.interests[accounts]
        luck = units(self._interest_key, accounts, time // BLOCK)
        interest = interests[np.arange(len(accounts)), (luck * interests.shape[1]).astype(np.int64)]
        interest, hour = interest.astype(np.int64), time // HOUR % 24
        self._stock.count(accounts, interest, hour)
        if not len(self._decider):
            return join([])
        region = np.zeros(len(accounts), np.int64)
        slots = self._decider.slots(accounts + 1, region, hour, interest, time // DAY)
        log = self._decider.decide(slots, self._start_us + int(time[0])).log
        shown = np.flatnonzero(log["flight"] >= 0)
        numbers = log["flight"][shown]
        items = np.array([int(self.orders[number].item) for number in numbers.tolist()], np.int64)
        self.exposures += len(shown)
        for account, item, number, at in zip(
            accounts[shown].tolist(), items.tolist(), numbers.tolist(), time[shown].tolist(), strict=True
        ):
            self._attribution.expose(account, item, number, self._start_us + at)
        return Visits.of(accounts[shown], items, time[shown] + self._step, PROMOTED, campaign=numbers)

    # Outcomes

    def take_in(self, kept: Events) -> None:
        """Note the likes of a step that promotion brought: each reserves a unit of its order."""
        rows = np.flatnonzero((kept.source == PROMOTED) & ((kept.flags & LIKE) != 0))
        noted, orders = [], []
        for row in rows.tolist():
            account, item, at_us = int(kept.account[row]), int(kept.item[row]), int(kept.time[row])
            number = self._attribution.attribute(account, item, "like", self._start_us + at_us)
            if isinstance(number, int):
                self._do(number, AddOutcome(str(account), "like"), SYSTEM, self._start_us + at_us)
                self._liked += 1
                noted.append(row)
                orders.append(number)
        if noted:
            index = np.array(noted, np.int64)
            self._likes.append(_Likes(kept, index, orders, np.full(len(noted), PENDING, np.int8)))

    def settle(self, now: int) -> None:
        """Judge likes whose verdict has come, or has changed."""
        for likes in self._likes:
            verdict = likes.events.verdict[likes.rows]
            changed = np.flatnonzero(verdict != likes.last)
            if len(changed):
                self._judge(likes, changed, verdict, now)

    def _judge(
        self, likes: _Likes, changed: npt.NDArray[np.int64], verdict: npt.NDArray[np.int8], now: int
    ) -> None:
        account = likes.events.account[likes.rows].astype(np.int64)
        item = likes.events.item[likes.rows].astype(np.int64)
        is_void = units(self._void_key, account, item) < self.about.void_share
        for at in changed.tolist():
            if verdict[at] != PENDING:
                genuine = bool(verdict[at] == GENUINE and not is_void[at])
                self._judged += likes.last[at] == PENDING
                self._void += not genuine and likes.last[at] == PENDING
                number = likes.orders[at]
                self._do(number, Judge(str(account[at]), genuine), SYSTEM, self._start_us + now)
        likes.last = verdict

    def close_day(self, day: int) -> None:
        """Take up the day's verdicts, and drop exposures that are too old for an outcome."""
        self.settle((day + 1) * DAY)
        self._stock.close_day()
        self._attribution.forget(self._start_us + (day + 1) * DAY)

    # Books

    def totals(self) -> PromotionTotals:
        """What the orders came to by now."""
        totals = PromotionTotals(len(self.orders), self._refused, exposures=self.exposures)
        ended_units = settled_units = 0
        for order in self.orders:
            line = order.lines[0]
            statuses = list(line.outcomes.values())
            void = statuses.count(Status.void)
            judged = len(statuses) - statuses.count(Status.reserved) - statuses.count(Status.waiting)
            ended = order.state is State.closed
            ended_units += ended * line.goal
            settled_units += ended * line.captured
            totals = replace(
                totals,
                ended=totals.ended + ended,
                done=totals.done + (ended and line.captured == line.goal),
                likes=totals.likes + len(statuses),
                judged=totals.judged + judged,
                void=totals.void + void,
                captured=totals.captured + line.captured,
                paid=totals.paid + order.paid / MINOR_UNITS,
                billed=totals.billed + order.billed / MINOR_UNITS,
                refunded=totals.refunded + order.refunded / MINOR_UNITS,
            )
        return replace(totals, settled_share=settled_units / ended_units if ended_units else 1.0)
