"""Buyers come one after the other; each is quoted, and told the nearest feasible offer where it must be."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zhenzan.promote.caps import BLOCK_US, local_clock, zone_named
from zhenzan.promote.inventory import Beliefs, Inventory
from zhenzan.promote.kernels.arguments import Lags
from zhenzan.promote.packages import Package, Tier
from zhenzan.promote.quotes import (
    DRAWS,
    Forecast,
    Outlook,
    Request,
    Unknowns,
    forecast,
    nearest_feasible,
    net_supply,
)
from zhenzan.promote.simulation.market import Deal
from zhenzan.promote.simulation.world import (
    INTERESTS,
    REGIONS,
    START_US,
    Item,
    World,
    draw_lags,
    draw_reversal_lags,
)
from zhenzan.promote.targeting import Targeting
from zhenzan.times import HOUR_US

__all__ = ["Sales", "disturb", "oracle_forecast", "sell"]

PACKAGE = Package(
    "likes", {"like": (Tier(1, 100), Tier(100, 80), Tier(1_000, 70))}, minimum=1, maximum=1_000_000
)
WINDOW_HOURS = (2, 6, 12, 24, 48)
WINDOW_CHANCES = (0.1, 0.2, 0.2, 0.35, 0.15)
START_DAYS = 2.0  # in which orders begin


@dataclass
class Sales:
    """What was asked for and what came of it. `oracle` beside each deal: the same with true rates."""

    deals: list[Deal] = field(default_factory=list)
    oracle: list[Forecast] = field(default_factory=list)
    refused: int = 0
    refused_with_offer: int = 0
    refused_though_possible: int = 0
    possible: int = 0  # by the oracle, whether refused or not


def sell(world: World, orders: int, units: int) -> Sales:
    """Quote so many orders of so many units each."""
    sales = Sales()
    known = world.inventory
    true_inventory = Inventory(
        world.audience, world.zones, world.truth.hourly[None], known.viewers, known.sold
    )
    for number in range(orders):
        generator = world.generator(5, number)
        item = world.item(number)
        request = _request(generator, units)
        beliefs = world.beliefs(item)
        offer = forecast(request, world.inventory, beliefs, world.truth.delay, seed=number)
        oracle = oracle_forecast(world, true_inventory, item, request, number)
        sales.possible += oracle.feasible
        if not offer.feasible:
            _refuse(sales, world, request, beliefs, oracle, number)
            continue
        cells = world.inventory.cells(request.targeting, request.start_us, _pieces(request, offer))
        world.inventory.sell(cells, request.start_us, offer.expected_exposures)
        sales.deals.append(Deal(number, item, offer, PACKAGE.price("like", units)))
        sales.oracle.append(oracle)
    return sales


def _pieces(request: Request, offer: Forecast) -> int:
    return max(-(-(offer.plan_end_us - request.start_us) // BLOCK_US), 1)


def _refuse(
    sales: Sales, world: World, request: Request, beliefs: Beliefs, oracle: Forecast, number: int
) -> None:
    sales.refused += 1
    sales.refused_though_possible += oracle.feasible
    offer = nearest_feasible(request, world.inventory, beliefs, world.truth.delay, seed=number)
    sales.refused_with_offer += offer is not None


def _request(generator: np.random.Generator, units: int) -> Request:
    start_us = START_US + round(generator.uniform(0.0, START_DAYS) * 86_400e6) // BLOCK_US * BLOCK_US
    hours = int(generator.choice(WINDOW_HOURS, p=WINDOW_CHANCES))
    regions = (
        frozenset(generator.choice(list(REGIONS), 1).tolist()) if generator.random() < 0.4 else frozenset()
    )
    interests = frozenset(generator.choice(INTERESTS, 2, replace=False).tolist())
    targeting = Targeting(
        frozenset(map(str, regions)),
        frozenset(range(17, 24)) if generator.random() < 0.15 else frozenset(),
        frozenset(map(str, interests)) if generator.random() < 0.4 else frozenset(),
    )
    return Request(units, start_us, start_us + hours * HOUR_US, targeting)


def oracle_forecast(world: World, inventory: Inventory, item: Item, request: Request, seed: int) -> Forecast:
    """The forecast of one who knows every rate and the traffic to come, and not the luck."""
    net = net_supply(request, inventory)
    generator = world.generator(6, seed)
    lags = Lags(draw_lags(generator, world.truth, 2_000), draw_reversal_lags(generator, 200))
    supply = np.repeat(_true_supply(world, net, request.start_us)[None], DRAWS, axis=0)
    sure = 1e7
    beliefs = Beliefs(item.rate * sure, sure, (1.0, 1.0), lags, world.truth.reversal_share)
    rate, void = np.full(DRAWS, item.rate), np.full(DRAWS, world.truth.void_share)
    unknowns = Unknowns(rate, void, supply, inventory.reach(request.targeting))
    return Outlook(request, net, beliefs, unknowns, world.truth.delay, seed).forecast()


def _true_supply(world: World, net: npt.NDArray[np.float64], start_us: int) -> npt.NDArray[np.float64]:
    supply = np.zeros(len(net))
    for region, name in enumerate(world.zones):
        by_piece = net[:, region].sum(axis=1)
        zone = zone_named(name)
        factors: dict[int, float] = {}
        for piece in range(len(net)):
            at_us = start_us + piece * BLOCK_US
            date = local_clock(at_us, zone)[0]
            if date not in factors:
                factors[date] = world.day_factor(region, at_us)
            supply[piece] += by_piece[piece] * factors[date]
    return supply


def disturb(world: World, deals: list[Deal]) -> None:
    """Let a third of the buyers pause, cancel or top up at random, and some cap hours and days."""
    for deal in deals:
        generator = world.generator(8, deal.number)
        request, chance = deal.forecast.request, generator.random()
        within = request.start_us + round(generator.random() * (request.end_us - request.start_us))
        if chance < 0.15:
            deal.pause_us = (within, within + round(generator.uniform(0.1, 2.0) * HOUR_US))
        elif chance < 0.25:
            deal.cancel_us = within
        elif chance < 0.33:
            deal.top_up_us = within
        deal.extends = bool(generator.random() < 0.5)
        if generator.random() < 0.2:
            exposures = deal.forecast.exposures[1]
            deal.hour_cap, deal.day_cap = max(round(exposures / 3), 5), max(round(exposures), 5)
