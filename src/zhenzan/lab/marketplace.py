"""The market's day: who buys what, who delivers, what is found, and who pays for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zhenzan.lab.events import Events
from zhenzan.lab.market import (
    Accounts,
    Order,
    Orders,
    PromotionOrder,
    SellerState,
    Trial,
    make_buyers,
    open_shops,
)
from zhenzan.lab.market.buyers import SMALL_MAX
from zhenzan.lab.organic_events import likes_a_day
from zhenzan.lab.platform import close_accounts, fine, punish
from zhenzan.lab.rng import generator
from zhenzan.lab.times import DAY, awake
from zhenzan.lab.visits import Visits, join
from zhenzan.lab.vocabulary import SOURCE_CODE

if TYPE_CHECKING:
    from zhenzan.lab.simulation import Life

__all__ = ["Marketplace"]

DAYS_COLUMNS = (
    "views", "likes_natural", "likes_bought", "likes_camouflage", "found", "natural_found", "orders",
    "expected_loss", "claimed", "genuine", "platform_income", "quality_watched", "seconds_watched",
)  # fmt: skip
VIEWS_FOR_LEARNING = 30  # bought likes that must stand before the market talks about what they brought
REFERENCE_SECONDS = 20.0  # a view that earns what advertising_per_thousand_views says


class Marketplace:
    """Sellers, buyers and the books of a run."""

    def __init__(self, life: Life) -> None:
        self.life = life
        scenario, seed = life.scenario, life.seed
        self.orders = Orders()
        self.bots = Accounts(life.people.count)
        self.shops: list[SellerState] = (
            open_shops(scenario, seed, life.people, self.bots) if scenario.buyers.demand != "none" else []
        )
        self.buyers = make_buyers(scenario, seed, life.makers)
        self.trial = Trial(scenario, seed, self.buyers, life.catalogue)
        self.promotions: list[PromotionOrder] = []
        self.days: dict[str, list[float]] = {name: [] for name in DAYS_COLUMNS}
        self.platform_income = 0.0
        self._delivered_today = np.zeros(len(self.shops), np.int64)
        self._views_before = np.zeros(life.catalogue.count, np.int64)
        self._shown_before = np.zeros(life.catalogue.count, np.int64)
        self._found_before = np.zeros(0, np.int64)
        self._judged_before = np.zeros(0, np.int64)
        self._bought_planned = 0

    def open(self, day: int) -> None:
        """Morning: buyers decide, sellers take orders and plan their delivery."""
        life = self.life
        orders, promotions = self._demand(day)
        rng = generator(life.seed, "delivery", day)
        planned = [self._take(order, rng) for order in orders]
        for shop in self.shops:
            likes = sum(order.quantity for order in orders if order.seller == shop.number)
            hidden, cost = shop.hide(likes, day * DAY, DAY, life.feed.totals, life.feed.by_topic, rng)
            shop.cost += cost
            planned.append(hidden)
        life.hired.plan(join(planned))
        life.visits.plan(join([self._promote(day, order, rng) for order in promotions]))
        self._delivered_today[:] = 0

    def _demand(self, day: int) -> tuple[list[Order], list[PromotionOrder]]:
        life, about = self.life, self.life.scenario.buyers
        self.buyers.new_day(day)
        if about.demand == "fixed":
            wanted = self._fixed_likes(day) - self._bought_planned
            orders = self.buyers.fixed(day, wanted, self.shops, life.catalogue)
            self._bought_planned += sum(order.quantity for order in orders)
            return orders, []
        if about.demand == "trial":
            return self.trial.orders(day, life.creators.banned), []
        return self.buyers.decide(day, self.shops, life.items, life.creators, life.catalogue)

    def _fixed_likes(self, day: int) -> int:
        """Bought likes to be ordered by the end of this day, so that they are the share that is wanted."""
        share = self.life.scenario.buyers.bought_share
        so_far = float(self.life.items.likes[0].sum())
        natural = so_far * (day + 1) / day if day else likes_a_day(self.life.scenario, self.life.people)
        return int(share / (1 - share) * natural)

    def _take(self, order: Order, rng: np.random.Generator) -> Visits:
        """Book an order and plan its delivery."""
        shop = self.shops[order.seller]
        number = self.orders.place(order)
        visits, cost = shop.deliver(number, order, self.life.people, self.bots, rng)
        self.orders["cost"][number] = cost
        shop.revenue += order.paid
        shop.cost += cost
        creators = self.life.creators
        creators.bought[order.creator] = True
        creators.spent_on_likes[order.creator] += order.paid
        return visits

    def _promote(self, day: int, order: PromotionOrder, rng: np.random.Generator) -> Visits:
        """Plan labelled views of an item by awake viewers who care for its topic."""
        life = self.life
        number = len(self.promotions)
        self.promotions.append(order)
        self.platform_income += order.paid
        life.creators.spent_on_promotion[order.creator] += order.paid
        viewers = life.people.viewers
        cares = (life.people.interests[:viewers] == life.catalogue.topic[order.item]).any(axis=1)
        pool = np.flatnonzero(cares) if cares.any() else np.arange(viewers)
        account = rng.choice(pool, order.views * 2)
        time = day * DAY + rng.integers(0, DAY, len(account))
        about = np.flatnonzero(awake(time, life.people.zone[account], rng))[: order.views]
        return Visits.of(account[about], order.item, time[about], SOURCE_CODE["promoted"], campaign=number)

    def note_delivered(self, events: Events) -> None:
        """Count the bought likes that a step delivered."""
        done = (events.campaign >= 0) & ((events.flags & 1) != 0)
        if done.any():
            np.add.at(self.orders["delivered"], events.campaign[done], 1)

    def close(self, day: int) -> None:
        """Evening: sanctions fall, incomes are booked, everybody learns."""
        self._sanction(day)
        self._book_income(day)
        self._learn()
        self._write_day(day)

    def _sanction(self, day: int) -> None:
        life, about = self.life, self.life.scenario.sanctions
        settled, creators = life.settlement, life.creators
        fines, step = punish(
            about, day, settled.found_today, settled.natural_today, creators, life.items, life.catalogue
        )
        _, by_seller, paid_back = fine(about, self.orders, self._found_before, step)
        for shop in self.shops:
            shop.fines += float(by_seller[self.orders["seller"] == shop.number].sum())
        self.platform_income += fines + float(by_seller.sum() - paid_back.sum())
        close_accounts(
            about, settled.found_of_account, self.bots, life.feed.sessions_per_day, (day + 1) * DAY
        )
        life.feed.latest[np.flatnonzero(creators.banned)] = -1

    def _book_income(self, day: int) -> None:
        """Creators earn by views and by the likes that stand; frozen and banned ones don't."""
        life, about = self.life, self.life.scenario.buyers
        items, n = life.items, life.creators.n
        owner = life.catalogue.creator
        views = np.bincount(owner, weights=items.exposures - self._views_before, minlength=n)
        likes = np.bincount(owner, weights=items.shown - self._shown_before, minlength=n)
        earned = views * about.income_per_thousand_views / 1000 + self.buyers.fee * likes
        stopped = life.creators.banned | (life.creators.frozen_until >= day)
        life.creators.income += np.where(stopped, 0.0, earned)
        life.creators.income_lost += np.where(stopped, np.maximum(earned, 0.0), 0.0)
        money = life.scenario.money
        seconds = life.sums[1] / 1000
        per_view = seconds / max(views.sum(), 1.0) / REFERENCE_SECONDS
        attention = per_view**money.watched_exponent if per_view > 0 else 0.0
        self.platform_income += money.advertising_per_thousand_views / 1000 * views.sum() * attention
        self._views_before, self._shown_before = items.exposures.copy(), items.shown.copy()

    def _learn(self) -> None:
        """Buyers hear what was lost and won; sellers see how much of theirs was found."""
        found, judged = (self.orders[name].astype(np.int64) for name in ("found", "judged"))
        grown = len(found) - len(self._found_before)
        new_found = found - np.pad(self._found_before, (0, grown))
        new_judged = np.maximum(judged - np.pad(self._judged_before, (0, grown)), new_found)
        self._found_before, self._judged_before = found.copy(), judged.copy()
        seller, small = self.orders["seller"], self.orders["quantity"] <= SMALL_MAX
        belief, rate = self.buyers.belief, self.life.scenario.buyers.learning
        for shop in self.shops:
            own = seller == shop.number
            for size in (True, False):
                rows = own & (small == size)
                belief.learn_lost(
                    shop.number, size, int(new_judged[rows].sum()), int(new_found[rows].sum()), rate
                )
            margin = 1.0 - (shop.cost + shop.fines) / shop.revenue if shop.revenue > 0 else 0.0
            shop.adapt(int(new_judged[own].sum()), int(new_found[own].sum()), margin)
        items = self.life.items
        bought = items.likes[1] > 0
        likes = float(items.likes[1].sum())
        if likes >= VIEWS_FOR_LEARNING:
            won = max(float(items.uplift[bought].sum()), 0.0) / likes
            belief.views_per_like += rate * (won - belief.views_per_like)

    def _write_day(self, day: int) -> None:
        life = self.life
        items, found = life.items, life.settlement.found_by_source
        total = {
            "views": float(life.views), "likes_natural": float(items.likes[0].sum()),
            "likes_bought": float(items.likes[1].sum()), "likes_camouflage": float(items.likes[2].sum()),
            "found": float(found.sum()), "natural_found": float(found[0].sum()),
            "orders": float(self.orders.count), "platform_income": self.platform_income,
        }  # fmt: skip
        for name, value in total.items():
            self.days[name].append(value - sum(self.days[name]))
        lost = self.buyers.belief.lost
        self.days["expected_loss"].append(float(lost.mean()))
        self.days["claimed"].append(float(items.shown.sum()))
        self.days["genuine"].append(float(items.genuine().sum()))
        self.days["quality_watched"].append(float(life.sums[2] / max(life.sums[1], 1.0)))
        self.days["seconds_watched"].append(float(life.sums[1] / 1000))
        life.settlement.found_today[:] = 0
        life.settlement.natural_today[:] = 0
