"""From what a buyer asks for to a priced, dated order; or to why it cannot be, with the nearest that can."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from zhenzan.errors import ConflictError, PromotionError
from zhenzan.promote.accounting import Line
from zhenzan.promote.caps import zone_named
from zhenzan.promote.commands import Quote
from zhenzan.promote.flights import NO_CAP
from zhenzan.promote.inventory import Beliefs, Inventory
from zhenzan.promote.order_rows import FlightPlan, OrderRecord
from zhenzan.promote.orders import Order
from zhenzan.promote.pacing import OutcomeDelay
from zhenzan.promote.quotes import Forecast, Request, forecast, nearest_feasible
from zhenzan.promote.targeting import Targeting
from zhenzan.promote.terms import Terms
from zhenzan.times import HOUR_US

__all__ = ["NotFeasibleError", "Offered", "OrderRequest", "Quoted", "Quoter"]

WINDOW_HOURS_MAX = 24 * 30
START_DAYS_MAX = 30
SETTLE_SECONDS = 600.0
SHORTFALLS = ("refund", "extend")


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a buyer asks for. `units`: of each kind of the package; `start_us` 0: at once. Times are µs."""

    item: str
    package: str
    units: tuple[tuple[str, int], ...]
    hours: int
    start_us: int = 0
    targeting: Targeting = field(default_factory=Targeting)
    hour_cap: int = 0
    day_cap: int = 0
    zone: str = "UTC"
    on_shortfall: str = "refund"


@dataclass(frozen=True, slots=True)
class Offered:
    """The nearest order that can be done: units in all, hours, and whether the audience had to be widened."""

    units: int
    hours: float
    is_wider: bool
    done_chance: float


class NotFeasibleError(PromotionError, ConflictError):
    """The order cannot be done in its window. `offer`: the nearest that can, None where none can."""

    def __init__(self, chance: float, offer: Offered | None) -> None:
        remedy = "choose a longer window, fewer units or a wider audience"
        if offer is not None:
            wider = ", to everybody" if offer.is_wider else ""
            remedy = f"{offer.units:,} units in {offer.hours:g} hours{wider} can be done"
        super().__init__(
            f"it would be done in its window with a chance of {chance:.0%} only, 99% is asked for; {remedy}"
        )
        self.offer = offer
        self.code = "not_feasible"


@dataclass(frozen=True, slots=True)
class Quoted:
    """An order that can be done: its record, as a draft, and the quote that prices it."""

    record: OrderRecord
    quote: Quote


@dataclass(frozen=True)
class Quoter:
    """Prices and forecasts by one version of the terms. `beliefs`: of each kind, about the item."""

    terms: Terms
    inventory: Inventory
    beliefs: dict[str, Beliefs]
    delay: OutcomeDelay = field(default_factory=OutcomeDelay)

    def quote(self, request: OrderRequest, buyer: str, creator: str, number: int, now_us: int) -> Quoted:
        """Price it, and forecast it. Raises PromotionError, and NotFeasibleError with the nearest offer."""
        lines = self.lines(request.package, request.units)
        start_us, end_us = _window(request, now_us)
        _check(request)
        plan = self.plan(request, lines, start_us, end_us)
        order = Order(f"o-{secrets.token_hex(8)}", buyer, request.item, creator)
        record = OrderRecord(
            order,
            number,
            request.package,
            self.terms.version,
            replace(request.targeting, excluded=frozenset()),
            plan,
            now_us,
            request.on_shortfall,
        )
        expires_us = now_us + self.terms.delivery.quote_minutes * 60_000_000
        return Quoted(record, Quote(lines, start_us, end_us, expires_us))

    def lines(self, package: str, units: Sequence[tuple[str, int]]) -> tuple[Line, ...]:
        """Priced lines. Raises PromotionError at a package, kind or number that is not sold."""
        sold = self.terms.package(package)
        kinds = [kind for kind, _ in units]
        if not units or len(set(kinds)) < len(kinds):
            raise PromotionError("an order names each kind once, and one at least; choose a package")
        return tuple(Line(kind, count, sold.price(kind, count)) for kind, count in units)

    def plan(self, request: OrderRequest, lines: Sequence[Line], start_us: int, end_us: int) -> FlightPlan:
        """What delivery will follow: the forecast of the most demanding kind. Raises NotFeasibleError."""
        worst: Forecast | None = None
        for line in lines:
            asked_for = Request(line.goal, start_us, end_us, request.targeting)
            seed = int(np.random.SeedSequence([line.goal, start_us // HOUR_US]).generate_state(1)[0])
            outlook = forecast(
                asked_for, self.inventory, self.beliefs[line.kind], self.delay, seed, SETTLE_SECONDS
            )
            if not outlook.feasible:
                raise NotFeasibleError(outlook.done_chance, self._nearest(asked_for, line, seed))
            if worst is None or outlook.expected_exposures > worst.expected_exposures:
                worst = outlook
        assert worst is not None, "an order has lines"
        caps = self.terms.caps.flight_caps(request.hour_cap or NO_CAP, request.day_cap or NO_CAP)
        return FlightPlan.of(worst, request.zone, *caps)

    def _nearest(self, request: Request, line: Line, seed: int) -> Offered | None:
        minimum = min(offer.minimum for offer in self.terms.offers)
        offer = nearest_feasible(request, self.inventory, self.beliefs[line.kind], self.delay, minimum, seed)
        if offer is None:
            return None
        own = offer.request
        return Offered(
            own.units,
            own.window_seconds / 3600.0,
            own.targeting != request.targeting,
            offer.done_chance,
        )


def _window(request: OrderRequest, now_us: int) -> tuple[int, int]:
    """Start and end of the window, µs. Raises PromotionError."""
    if not 1 <= request.hours <= WINDOW_HOURS_MAX:
        raise PromotionError(f"a window lasts 1 to {WINDOW_HOURS_MAX} hours, not {request.hours:,}")
    start_us = request.start_us or now_us
    end_us = start_us + request.hours * HOUR_US
    if end_us <= now_us:
        raise PromotionError("the window lies in the past; choose a later end")
    if start_us > now_us + START_DAYS_MAX * 24 * HOUR_US:
        raise PromotionError(f"a window begins within {START_DAYS_MAX} days; choose an earlier start")
    return max(start_us, now_us), end_us


def _check(request: OrderRequest) -> None:
    zone_named(request.zone)
    if min(request.hour_cap, request.day_cap) < 0:
        raise PromotionError("a cap is at least one exposure, or 0 for none")
    if request.on_shortfall not in SHORTFALLS:
        raise PromotionError(
            f"what is missing is made good or given back: write {' or '.join(SHORTFALLS)}, not"
            f" {request.on_shortfall!r}"
        )
