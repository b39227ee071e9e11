"""Buyers: creators who order likes, by expected profit or by a fixed demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.lab.catalogue import Catalogue, CreatorTraits
from zhenzan.lab.escalation import escalated
from zhenzan.lab.market.orders import Order
from zhenzan.lab.market.promotion_orders import PromotionOrder, PromotionSeller
from zhenzan.lab.market.sellers import SellerState
from zhenzan.lab.rng import generator
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.state import CreatorState, ItemState
from zhenzan.lab.time_units import DAY, HOUR

__all__ = ["Belief", "Buyers", "Offers", "make_buyers", "pride_in"]

PRIDE_SCALE_LIKES = 20.0  # pride grows with the logarithm from here on
SMALL_MAX = 20  # orders up to this size have a reputation of their own
COLD_START_FACTOR = 1.5  # hope for an item that nobody has seen yet
FIXED_ORDERS_PER_DAY_MAX = 20_000


@dataclass
class Belief:
    """Market belief: the share of likes that is lost, by seller and order size; views gained per like; the
    share of a promotion order that is delivered.
    """

    lost: npt.NDArray[np.float64]  # [sellers, 2]: small orders, others
    views_per_like: float
    buying_share: npt.NDArray[np.float64]  # [topics]: of those tempted, who bought of late
    promotion_done: float = 1.0

    def learn_lost(self, seller: int, small: bool, likes: int, caught: int, rate: float) -> None:
        """Move towards what was seen of `likes` likes whose verdict came."""
        if likes > 0:
            cell = (seller, 0 if small else 1)
            self.lost[cell] += rate * (caught / likes - self.lost[cell])


@dataclass(frozen=True)
class Offers:
    """Offers of the day, one row per seller and order size."""

    seller: npt.NDArray[np.int64]
    quantity: npt.NDArray[np.int64]
    price: npt.NDArray[np.float64]
    seller_fine: float = 0.0

    @classmethod
    def of(cls, shops: list[SellerState]) -> Offers:
        rows = [
            (shop.number, size, shop.price(int(size))) for shop in shops for size in shop.about.quantities
        ]
        seller, quantity, price = (np.array(column) for column in zip(*rows, strict=True))
        return cls(seller.astype(np.int64), quantity.astype(np.int64), price.astype(np.float64))


@dataclass
class Buyers:
    """The creators who may buy, and their expectations. All arrays [creators]; money in coins."""

    scenario: Scenario
    seed: int
    tempted: npt.NDArray[np.bool_]
    pride: npt.NDArray[np.float64]
    fee: npt.NDArray[np.float64]
    budget: npt.NDArray[np.float64]
    belief: Belief
    queue: list[int] = field(default_factory=list)

    def decide(
        self, day: int, shops: list[SellerState], items: ItemState, creators: CreatorState,
        catalogue: Catalogue, promotion: PromotionSeller | None,
    ) -> list[Order]:  # fmt: skip
        """Today's orders where demand follows profit. Cost: O(who considers · offers).

        Who prefers honest promotion takes a smaller order where `promotion` does not sell this one, or turns
        to sellers.
        """
        rng = generator(self.seed, "buyers", day)
        luck = rng.random(len(self.tempted))
        considers = self.tempted & ~creators.banned & (luck < self.scenario.buyers.consider_per_day)
        who = np.flatnonzero(considers)
        item = self._targets(who, day, catalogue, rng)
        who, item = who[item >= 0], item[item >= 0]
        offers = Offers.of(shops) if shops else None
        start_luck = rng.random(len(who))
        best = np.zeros(len(who)) - 1.0
        choice = np.full(len(who), -1)
        if offers is not None and self.scenario.buyers.demand == "profit":
            gain = self.expected_profit(who, item, offers, items, creators, catalogue)
            choice = gain.argmax(axis=1)
            best = gain[np.arange(len(who)), choice]
        promoted, promotion_gain = self._promotion(who, promotion)
        orders = []
        for row in np.flatnonzero((best > 0) | (promotion_gain > 0)).tolist():
            start = order_start(day, int(catalogue.published[item[row]]), float(start_luck[row]))
            wishes = (
                PromotionOrder(int(who[row]), int(item[row]), size, start)
                for size in reversed(self.scenario.promotion.sizes)
                if size <= promoted[row]
            )
            is_promoted = (
                promotion is not None and promotion_gain[row] > best[row] and any(map(promotion.sell, wishes))
            )
            if not is_promoted and best[row] > 0:
                index = int(choice[row])
                assert offers is not None
                orders.append(
                    Order(day, int(who[row]), int(item[row]), int(offers.seller[index]),
                          int(offers.quantity[index]), float(offers.price[index]), start)
                )  # fmt: skip
        self._remember(orders, catalogue)
        return orders

    def expected_profit(
        self, who: npt.NDArray[np.int64], item: npt.NDArray[np.int64], offers: Offers, items: ItemState,
        creators: CreatorState, catalogue: Catalogue,
    ) -> npt.NDArray[np.float64]:  # fmt: skip
        """Coins that each creator [who] expects to gain by each offer [offers]; below 0 where too dear.

        Gains: pride (concave in the number), advertisers' fees, and views, hoped for more on items that are
        still cold and where others of the topic buy. Losses: the price, and what falls on who is caught.
        """
        about, sanctions = self.scenario.buyers, self.scenario.sanctions
        small = (offers.quantity > SMALL_MAX).astype(np.int64)
        strikes = creators.strikes[who][:, None]
        caught = np.minimum(self.belief.lost[offers.seller, small][None, :] * (1 + 0.5 * strikes), 1.0)
        stays = offers.quantity[None, :] * (1.0 - caught * sanctions.void)
        fear = 1.0 + about.fear_of_missing_out * self.belief.buying_share[catalogue.topic[item]]
        cold = np.where(items.exposures[item] < self.scenario.feed.stage_quotas[0], COLD_START_FACTOR, 1.0)
        view = about.income_per_thousand_views / 1000 * self.belief.views_per_like
        reward = self.fee[who] + view * fear * cold
        gain = pride_in(stays, self.pride[who][:, None]) + reward[:, None] * stays
        likes_caught = offers.quantity[None, :] * caught
        fined = (
            escalated(sanctions, strikes + 1, sanctions.fine_from) * sanctions.fine_per_like * likes_caught
        )
        struck = likes_caught >= sanctions.strike_likes
        frozen = struck * escalated(sanctions, strikes + 1, sanctions.freeze_from) * sanctions.freeze_days
        daily = creators.income[who][:, None] / np.maximum(self._days_lived, 1)
        banned = struck & (sanctions.ban_from > 0) & (strikes + 1 >= sanctions.ban_from)
        remaining = np.maximum(self.scenario.world.days - self._days_lived, 0)
        loss = fined + daily * np.where(banned, remaining, np.minimum(frozen, remaining))
        paid_back = sanctions.seller_fine_per_like * sanctions.restitution * likes_caught
        profit = gain + paid_back - offers.price[None, :] - about.caution * loss
        return np.where(offers.price[None, :] > self.budget[who][:, None], -1.0, profit)

    _days_lived: int = 0

    def new_day(self, day: int) -> None:
        """Start a day: update how long each buyer has been there."""
        self._days_lived = day

    def fixed(self, day: int, likes: int, shops: list[SellerState], catalogue: Catalogue) -> list[Order]:
        """Orders of about `likes` likes, sellers by weight. Buyers often buy for several of their items."""
        rng = generator(self.seed, "fixed demand", day)
        mean = np.array([np.mean(shop.about.quantities) for shop in shops])
        weight = np.array([shop.about.weight for shop in shops]) / mean
        if likes <= 0 or weight.sum() <= 0:
            return []
        orders: list[Order] = []
        left, attempts = float(likes), 0
        while left > 0 and attempts < FIXED_ORDERS_PER_DAY_MAX:
            attempts += 1
            shop = shops[int(rng.choice(len(shops), p=weight / weight.sum()))]
            quantity = int(rng.choice(shop.about.quantities))
            if quantity > left and rng.random() > left / quantity:
                break
            item = self._next_fixed_target(day, catalogue, rng)
            if item < 0:
                continue
            start = order_start(day, int(catalogue.published[item]), float(rng.random()))
            creator = int(catalogue.creator[item])
            orders.append(Order(day, creator, item, shop.number, quantity, shop.price(quantity), start))
            left -= quantity
        return orders

    def _next_fixed_target(self, day: int, catalogue: Catalogue, rng: np.random.Generator) -> int:
        if not self.queue:
            pool = np.flatnonzero(self.tempted)
            creator = int(rng.choice(pool))
            own = np.flatnonzero((catalogue.creator == creator) & catalogue.listed)
            own = own[catalogue.published[own] < (day + 1) * DAY]
            recent = own[-12:]
            size = min(len(recent), int(rng.geometric(0.45)))
            self.queue = rng.choice(recent, size, replace=False).tolist() if size else []
        return self.queue.pop() if self.queue else -1

    def _targets(
        self, who: npt.NDArray[np.int64], day: int, catalogue: Catalogue, rng: np.random.Generator
    ) -> npt.NDArray[np.int64]:
        """An item for each creator: mostly the newest, sometimes an older one; −1 where there is none."""
        listed = int(catalogue.listed.sum())  # they come first, in order of publishing
        born = int(np.searchsorted(catalogue.published[:listed], (day + 1) * DAY))
        order = np.argsort(catalogue.creator[:born], kind="stable")
        edges = np.searchsorted(catalogue.creator[:born][order], np.arange(len(self.tempted) + 1))
        back = np.where(rng.random(len(who)) < 0.7, 0, rng.integers(0, 6, len(who)))
        index = np.maximum(edges[who + 1] - 1 - back, edges[who])
        has = edges[who + 1] > edges[who]
        return np.where(has, order[np.minimum(index, max(born - 1, 0))] if born else -1, -1)

    def _promotion(
        self, who: npt.NDArray[np.int64], seller: PromotionSeller | None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """The best size of a promotion order for each creator, and its expected profit (−1: not offered).

        Gains: pride, advertisers' fees, and the views that it takes. Only likes that settle are paid.
        """
        about, viewing = self.scenario.promotion, self.scenario.viewing
        if seller is None:
            return np.zeros(len(who), np.int64), np.full(len(who), -1.0)
        sizes = np.array(about.sizes, np.float64)[None, :]
        price = np.array([[seller.price(size) for size in about.sizes]])
        likes = sizes * self.belief.promotion_done
        views = likes / max(viewing.engaged_share * viewing.like_engaged, 1e-4)
        view = self.scenario.buyers.income_per_thousand_views / 1000
        gain = pride_in(likes, self.pride[who][:, None]) + self.fee[who][:, None] * likes + view * views
        gain = gain - price * self.belief.promotion_done  # what does not settle is paid back
        gain = np.where(price > self.budget[who][:, None], -1.0, gain)
        best = gain.argmax(axis=1)
        return sizes[0, best].astype(np.int64), gain[np.arange(len(who)), best]

    def _remember(self, orders: list[Order], catalogue: Catalogue) -> None:
        """Let the share of buyers among the tempted, by topic, fade towards today's."""
        topics = len(self.belief.buying_share)
        bought = np.bincount([int(catalogue.topic[order.item]) for order in orders], minlength=topics)
        owners = self._tempted_by_topic
        today = np.minimum(bought / np.maximum(owners * self.scenario.buyers.consider_per_day, 1.0), 1.0)
        self.belief.buying_share += self.scenario.buyers.learning * (today - self.belief.buying_share)

    _tempted_by_topic: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def pride_in(likes: npt.NDArray[Any], pride: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Coins that a number of likes on one item is worth to pride: linear at first, then a logarithm."""
    return pride * PRIDE_SCALE_LIKES * np.log1p(likes / PRIDE_SCALE_LIKES)


def order_start(day: int, published: int, luck: float) -> int:
    """Time at which delivery begins: within the day, not before an hour or so after publishing."""
    earliest = max(day * DAY, published + int(luck * HOUR))
    return earliest + int(luck * max((day + 1) * DAY - earliest, HOUR))


def make_buyers(scenario: Scenario, seed: int, makers: CreatorTraits) -> Buyers:
    """Draw which creators may buy, and what each expects."""
    rng, about, n = generator(seed, "temptation"), scenario.buyers, makers.count
    spread = about.pride_spread
    tempted = rng.random(n) < about.tempted_share
    if about.demand == "fixed" and not tempted.any():
        tempted[int(rng.integers(0, n))] = True
    belief = Belief(
        lost=np.full((max(len(scenario.sellers), 1), 2), about.caught_at_first),
        views_per_like=about.views_per_like_hoped,
        buying_share=np.zeros(scenario.world.topics),
    )
    return Buyers(
        scenario=scenario,
        seed=seed,
        tempted=tempted,
        pride=about.pride_per_like * rng.lognormal(0, spread, n),
        fee=about.fee_per_like * rng.lognormal(-(spread**2) / 2, spread, n),
        budget=about.budget * rng.lognormal(0, about.budget_spread, n),
        belief=belief,
        _tempted_by_topic=np.bincount(makers.topic[tempted], minlength=scenario.world.topics),
    )
