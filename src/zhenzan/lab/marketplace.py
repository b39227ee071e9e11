"""The marketplace's day: orders, deliveries, detection, sanctions and incomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zhenzan.errors import ScenarioError
from zhenzan.lab.events import Events
from zhenzan.lab.feed import Feed
from zhenzan.lab.market import (
    Accounts,
    Order,
    Orders,
    SellerState,
    TrialOrders,
    make_buyers,
    open_shops,
)
from zhenzan.lab.market.buyers import SMALL_MAX
from zhenzan.lab.organic_events import likes_a_day
from zhenzan.lab.platform import Settlement, close_accounts, fine, punish
from zhenzan.lab.rng import generator
from zhenzan.lab.time_units import DAY
from zhenzan.lab.visit_calendar import Visits, join
from zhenzan.lab.world_state import WorldState

if TYPE_CHECKING:
    from zhenzan.lab.market.promotion import PromotionDesk

__all__ = ["Marketplace"]

DAYS_COLUMNS = (
    "views", "likes_natural", "likes_bought", "likes_camouflage", "found", "natural_found", "orders",
    "expected_loss", "claimed", "genuine", "platform_income", "quality_watched", "seconds_watched",
)  # fmt: skip
VIEWS_FOR_LEARNING = 30  # bought likes that must stand before the market talks about what they brought
REFERENCE_SECONDS = 20.0  # a view that earns what advertising_per_thousand_views says


class Marketplace:
    """Sellers, buyers and the accounts of a run."""

    def __init__(self, world: WorldState, feed: Feed) -> None:
        self._world, self._feed = world, feed
        scenario, seed = world.scenario, world.seed
        self.orders = Orders()
        self.bots = Accounts(world.people.count)
        self.shops: list[SellerState] = (
            open_shops(scenario, seed, world.people, self.bots) if scenario.buyers.demand != "none" else []
        )
        self.buyers = make_buyers(scenario, seed, world.makers)
        self.trial = TrialOrders(scenario, seed, self.buyers, world.catalogue)
        self.promotion = _promotion_desk(world) if scenario.promotion.offered else None
        self.days: dict[str, list[float]] = {name: [] for name in DAYS_COLUMNS}
        self.platform_income = 0.0
        self._delivered_today = np.zeros(len(self.shops), np.int64)
        self._views_before = np.zeros(world.catalogue.count, np.int64)
        self._shown_before = np.zeros(world.catalogue.count, np.int64)
        self._found_before = np.zeros(0, np.int64)
        self._judged_before = np.zeros(0, np.int64)
        self._bought_planned = 0
        self._billed_before = 0.0

    def open(self, day: int) -> None:
        """Morning: buyers decide, sellers take orders and plan their delivery."""
        world = self._world
        orders = self._demand(day)
        rng = generator(world.seed, "delivery", day)
        planned = [self._take(order, rng) for order in orders]
        for shop in self.shops:
            likes = sum(order.quantity for order in orders if order.seller == shop.number)
            hidden, cost = shop.hide(likes, day * DAY, DAY, self._feed.totals, self._feed.by_topic, rng)
            shop.cost += cost
            planned.append(hidden)
        world.hired.plan(join(planned))
        self._delivered_today[:] = 0

    def _demand(self, day: int) -> list[Order]:
        world, about = self._world, self._world.scenario.buyers
        self.buyers.new_day(day)
        if about.demand == "fixed":
            likes = self._fixed_likes(day) - self._bought_planned
            orders = self.buyers.fixed(day, likes, self.shops, world.catalogue)
            self._bought_planned += sum(order.quantity for order in orders)
            return orders
        if about.demand == "trial":
            return self.trial.orders(day, world.creators.banned)
        return self.buyers.decide(
            day, self.shops, world.items, world.creators, world.catalogue, self.promotion
        )

    def _fixed_likes(self, day: int) -> int:
        """Bought likes to be ordered by the end of this day, so that they are the share that is wanted."""
        share = self._world.scenario.buyers.bought_share
        so_far = float(self._world.items.likes[0].sum())
        natural = so_far * (day + 1) / day if day else likes_a_day(self._world.scenario, self._world.people)
        return int(share / (1 - share) * natural)

    def _take(self, order: Order, rng: np.random.Generator) -> Visits:
        """Book an order and plan its delivery."""
        shop = self.shops[order.seller]
        number = self.orders.append(order)
        visits, cost = shop.deliver(number, order, self._world.people, self.bots, rng)
        self.orders["cost"][number] = cost
        shop.revenue += order.paid
        shop.cost += cost
        creators = self._world.creators
        creators.bought[order.creator] = True
        creators.spent_on_likes[order.creator] += order.paid
        return visits

    def note_delivered(self, events: Events) -> None:
        """Count the bought likes that a step delivered."""
        done = (events.campaign >= 0) & ((events.flags & 1) != 0)
        if done.any():
            np.add.at(self.orders["delivered"], events.campaign[done], 1)

    def close(self, day: int, settlement: Settlement) -> None:
        """Evening: sanctions fall, incomes are booked, everybody learns."""
        self._sanction(day, settlement)
        self._book_income(day)
        self._learn()
        if self.promotion is not None:
            self.promotion.close_day(day)
        self._write_day(settlement)

    def _sanction(self, day: int, settlement: Settlement) -> None:
        world, about = self._world, self._world.scenario.sanctions
        creators = world.creators
        fines, step = punish(
            about,
            day,
            settlement.found_today,
            settlement.natural_today,
            creators,
            world.items,
            world.catalogue,
        )
        _, by_seller, paid_back = fine(about, self.orders, self._found_before, step)
        for shop in self.shops:
            shop.fines += float(by_seller[self.orders["seller"] == shop.number].sum())
        self.platform_income += fines + float(by_seller.sum() - paid_back.sum())
        close_accounts(
            about, settlement.found_of_account, self.bots, self._feed.sessions_per_day, (day + 1) * DAY
        )
        self._feed.latest[np.flatnonzero(creators.banned)] = -1

    def _book_income(self, day: int) -> None:
        """Creators earn by views and by the likes that stand; frozen and banned ones don't."""
        world, about = self._world, self._world.scenario.buyers
        items, n = world.items, world.creators.n
        owner = world.catalogue.creator
        views = np.bincount(owner, weights=items.exposures - self._views_before, minlength=n)
        likes = np.bincount(owner, weights=items.shown - self._shown_before, minlength=n)
        earned = views * about.income_per_thousand_views / 1000 + self.buyers.fee * likes
        stopped = world.creators.banned | (world.creators.frozen_until >= day)
        world.creators.income += np.where(stopped, 0.0, earned)
        world.creators.income_lost += np.where(stopped, np.maximum(earned, 0.0), 0.0)
        money = world.scenario.money
        seconds = world.day_sums[1] / 1000
        per_view = seconds / max(views.sum(), 1.0) / REFERENCE_SECONDS
        attention = per_view**money.watched_exponent if per_view > 0 else 0.0
        self.platform_income += money.advertising_per_thousand_views / 1000 * views.sum() * attention
        self._views_before, self._shown_before = items.exposures.copy(), items.shown.copy()
        self._book_promotion()

    def _book_promotion(self) -> None:
        """What settled likes were billed, less what later voids took back, is the platform's."""
        if self.promotion is None:
            return
        totals = self.promotion.totals()
        self.platform_income += totals.billed - self._billed_before
        self._billed_before = totals.billed
        if totals.ended:
            belief = self.buyers.belief
            rate = self._world.scenario.buyers.learning
            belief.promotion_done += rate * (totals.settled_share - belief.promotion_done)

    def _learn(self) -> None:
        """Buyers hear what was lost and won; sellers see how much of theirs was found."""
        caught, judged = (self.orders[name].astype(np.int64) for name in ("found", "judged"))
        grown = len(caught) - len(self._found_before)
        new_found = caught - np.pad(self._found_before, (0, grown))
        new_judged = np.maximum(judged - np.pad(self._judged_before, (0, grown)), new_found)
        self._found_before, self._judged_before = caught.copy(), judged.copy()
        seller, small = self.orders["seller"], self.orders["quantity"] <= SMALL_MAX
        belief, rate = self.buyers.belief, self._world.scenario.buyers.learning
        for shop in self.shops:
            own = seller == shop.number
            for size in (True, False):
                rows = own & (small == size)
                belief.learn_lost(
                    shop.number, size, int(new_judged[rows].sum()), int(new_found[rows].sum()), rate
                )
            margin = 1.0 - (shop.cost + shop.fines) / shop.revenue if shop.revenue > 0 else 0.0
            shop.adapt(int(new_judged[own].sum()), int(new_found[own].sum()), margin)
        items = self._world.items
        bought = items.likes[1] > 0
        likes = float(items.likes[1].sum())
        if likes >= VIEWS_FOR_LEARNING:
            won = max(float(items.uplift[bought].sum()), 0.0) / likes
            belief.views_per_like += rate * (won - belief.views_per_like)

    def _write_day(self, settlement: Settlement) -> None:
        world = self._world
        items, caught = world.items, settlement.found_by_source
        total = {
            "views": float(world.views), "likes_natural": float(items.likes[0].sum()),
            "likes_bought": float(items.likes[1].sum()), "likes_camouflage": float(items.likes[2].sum()),
            "found": float(caught.sum()), "natural_found": float(caught[0].sum()),
            "orders": float(self.orders.count), "platform_income": self.platform_income,
        }  # fmt: skip
        for name, value in total.items():
            self.days[name].append(value - sum(self.days[name]))
        lost = self.buyers.belief.lost
        self.days["expected_loss"].append(float(lost.mean()))
        self.days["claimed"].append(float(items.shown.sum()))
        self.days["genuine"].append(float(items.genuine().sum()))
        self.days["quality_watched"].append(float(world.day_sums[2] / max(world.day_sums[1], 1.0)))
        self.days["seconds_watched"].append(float(world.day_sums[1] / 1000))
        settlement.begin_day()


def _promotion_desk(world: WorldState) -> PromotionDesk:
    """Its engine is loaded where it is used: most worlds have none.

    Raises ScenarioError where its packages are not installed.
    """
    try:
        from zhenzan.lab.market.promotion import PromotionDesk
    except ModuleNotFoundError as error:
        raise ScenarioError(
            f"promotion.offered: honest promotion needs the package {error.name}; run: "
            "pip install 'zhenzan[ledger]'"
        ) from None
    return PromotionDesk(world)
