"""What a buyer is told before paying: price, exposures, hours, and whether it can be done in the window.

The order is delivered a thousand times in memory by the pacing's own law, each time with other draws of what
is not known (like rate, void share, traffic, lags). Feasible means that all units settle in at least 99 of
100, by exposures of the window alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zhenzan.promote.caps import BLOCK_US
from zhenzan.promote.flights import KNOTS
from zhenzan.promote.inventory import Beliefs, Inventory
from zhenzan.promote.kernels import forecast as kernel
from zhenzan.promote.kernels.arguments import Terms
from zhenzan.promote.pacing import OutcomeDelay, in_flight_max
from zhenzan.promote.targeting import Targeting
from zhenzan.times import HOUR_US

__all__ = ["FEASIBLE_MIN", "Forecast", "Outlook", "Request", "forecast", "is_at_risk", "nearest_feasible"]

FEASIBLE_MIN = 0.99
AT_RISK_BELOW = 0.5
COMFORTABLE = 0.999  # a plan may end so late that this chance is left
DRAWS = 1_000
HOPELESS_BELOW = 0.95  # no other plan will lift a chance from here to 99 %
TRIES_MAX = 4
SCREEN_DRAWS = 300  # to choose a plan by
PLAN_SHARES = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)  # of the window; the rest is for making good
INTERVAL = (0.1, 0.9)
WINDOWS_US = tuple(hours * HOUR_US for hours in (2, 6, 12, 24, 48, 72))
SETTLE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Request:
    """So many units from a start to an end."""

    units: int
    start_us: int
    end_us: int
    targeting: Targeting = field(default_factory=Targeting)

    @property
    def window_seconds(self) -> float:
        return (self.end_us - self.start_us) / 1e6


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a request would go. Intervals hold 80 of 100 times. `plan_end_us`, `curve`: what pacing follows."""

    request: Request
    done_chance: float
    exposures: tuple[float, float]
    hours: tuple[float, float]
    expected_exposures: float
    plan_end_us: int
    curve: tuple[float, ...]

    @property
    def feasible(self) -> bool:
        return self.done_chance >= FEASIBLE_MIN


class Unknowns(NamedTuple):
    """Draws of what is not known; `supply` [draws, pieces] in slots a second.

    `reach`: viewers a day who fit.
    """

    rate: npt.NDArray[np.float64]
    void_share: npt.NDArray[np.float64]
    supply: npt.NDArray[np.float64]
    reach: float


def forecast(
    request: Request,
    inventory: Inventory,
    beliefs: Beliefs,
    delay: OutcomeDelay,
    seed: int = 0,
    settle_seconds: float = SETTLE_SECONDS,
) -> Forecast:
    """Forecast a request. The plan ends as late as it safely can; cost: 5 to 50 ms for ten units."""
    net = net_supply(request, inventory)
    generator = np.random.default_rng(seed)
    unknowns = Unknowns(
        generator.gamma(beliefs.outcomes, 1.0 / beliefs.exposures, DRAWS).clip(1e-6, 0.99),
        generator.beta(*beliefs.void, DRAWS),
        inventory.draw_supply(net, request.start_us, DRAWS, generator),
        inventory.reach(request.targeting),
    )
    return Outlook(request, net, beliefs, unknowns, delay, seed, settle_seconds).forecast()


def net_supply(request: Request, inventory: Inventory) -> npt.NDArray[np.float64]:
    """Slots a second that fit and are not sold, [pieces, regions, interests]."""
    pieces = int(np.ceil(request.window_seconds * 1e6 / BLOCK_US))
    return inventory.net(inventory.cells(request.targeting, request.start_us, pieces), request.start_us)


@dataclass(frozen=True)
class Outlook:
    """A request with draws of all that is not known of it."""

    request: Request
    net: npt.NDArray[np.float64]
    beliefs: Beliefs
    unknowns: Unknowns
    delay: OutcomeDelay
    seed: int
    settle_seconds: float = SETTLE_SECONDS

    def forecast(self) -> Forecast:
        """The forecast for the plan that ends latest of those that are safe, else for the safest.

        Plans are chosen by few draws and forecast by all; the luck of few is tried again.
        """
        best: Forecast | None = None
        for share in islice(self._shares(), TRIES_MAX):
            outlook = self._planned(share)
            if best is None or outlook.done_chance > best.done_chance:
                best = outlook
            if outlook.feasible or outlook.done_chance < HOPELESS_BELOW:
                break
        assert best is not None, "there is a plan to try"
        return best

    def _shares(self) -> Iterator[float]:
        """Shares of the window for the plan: safe ones from the latest on, then the others by chance."""
        others = []
        for share in PLAN_SHARES:
            done_seconds, _ = self._trials(share, SCREEN_DRAWS)
            chance = float(np.isfinite(done_seconds).mean())
            if chance >= COMFORTABLE:
                yield share
            else:
                others.append((-chance, -share))
        yield from (-share for _, share in sorted(others))

    def _planned(self, share: float) -> Forecast:
        request = self.request
        done_seconds, exposures = self._trials(share, DRAWS)
        finite = np.where(np.isfinite(done_seconds), done_seconds, 2.0 * request.window_seconds)
        return Forecast(
            request,
            float(np.isfinite(done_seconds).mean()),
            _interval(exposures),
            _interval(finite / 3600.0),
            float(exposures.mean()),
            request.start_us + round(share * request.window_seconds * 1e6),
            tuple(self._curve(share).tolist()),
        )

    def _curve(self, share: float) -> npt.NDArray[np.float64]:
        return plan_curve(self.net.sum(axis=(1, 2)), share * self.request.window_seconds)

    def _trials(self, share: float, draws: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Seconds until done (infinity: never) and exposures, by the first so many draws."""
        seconds, beliefs, unknowns = self.request.window_seconds, self.beliefs, self.unknowns
        terms = Terms(
            self.request.units, share * seconds, seconds, self.settle_seconds, self.delay.mean_seconds,
            beliefs.outcomes, beliefs.exposures, unknowns.reach, beliefs.reversed_share,
        )  # fmt: skip
        done_seconds, exposures = np.zeros(draws), np.zeros(draws)
        key = np.random.SeedSequence((self.seed, 1)).generate_state(1, np.uint64)[0]
        kernel.deliver(
            terms, self._curve(share), unknowns.rate[:draws], unknowns.void_share[:draws],
            unknowns.supply[:draws], beliefs.lags, in_flight_max(), key, done_seconds, exposures,
        )  # fmt: skip
        return done_seconds, exposures


def _interval(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(values, INTERVAL)
    return float(low), float(high)


def plan_curve(supply: npt.NDArray[np.float64], plan_seconds: float) -> npt.NDArray[np.float64]:
    """The share of the supply until the plan's end that has come at each knot; even where there is none."""
    ends = np.arange(len(supply) + 1) * BLOCK_US / 1e6
    come = np.concatenate([[0.0], np.cumsum(supply)])
    at_knots = np.interp(np.linspace(0.0, plan_seconds, KNOTS + 1), ends, come)
    if at_knots[-1] <= 0:
        return np.linspace(0.0, 1.0, KNOTS + 1)
    curve: npt.NDArray[np.float64] = at_knots / at_knots[-1]
    return curve


def is_at_risk(
    request: Request,
    counted: int,
    now_us: int,
    inventory: Inventory,
    beliefs: Beliefs,
    delay: OutcomeDelay,
    traffic: float = 1.0,
) -> bool:
    """Whether an order that has so many units pending or settled will probably not be done in its window.

    `traffic`: slots seen today, of those expected; what is sold beyond it shows here.
    """
    missing = request.units - counted
    if missing <= 0:
        return False
    if now_us >= request.end_us:
        return True
    rest = replace(request, units=missing, start_us=now_us // BLOCK_US * BLOCK_US)
    own = replace(inventory, slots=inventory.slots * traffic)
    return forecast(rest, own, beliefs, delay).done_chance < AT_RISK_BELOW


def nearest_feasible(
    request: Request,
    inventory: Inventory,
    beliefs: Beliefs,
    delay: OutcomeDelay,
    units_min: int = 1,
    seed: int = 0,
) -> Forecast | None:
    """The first feasible offer among a longer window, fewer units, a wider audience; None if none is."""
    for offer in _alternatives(request, units_min):
        outlook = forecast(offer, inventory, beliefs, delay, seed)
        if outlook.feasible:
            return outlook
    return None


def _alternatives(request: Request, units_min: int) -> Iterator[Request]:
    longer = [us for us in WINDOWS_US if us > request.end_us - request.start_us]
    for us in longer:
        yield replace(request, end_us=request.start_us + us)
    units = request.units // 2
    while units >= units_min:
        yield replace(request, units=units)
        units //= 2
    wider = replace(request.targeting, regions=frozenset(), hours=frozenset(), interests=frozenset())
    for us in (request.end_us - request.start_us, *longer):
        yield replace(request, targeting=wider, end_us=request.start_us + us)
