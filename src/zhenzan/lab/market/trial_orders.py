"""Trial orders: equally many of every size, placed by creators who would gain if nobody looked.

Where buyers choose for themselves, few orders of a size may be left under a strict policy, and those by odd
people. A trial keeps number, buyers, items and prices the same under every policy, so that what an order of a
size comes to can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from zhenzan.lab.catalogue import Catalogue
from zhenzan.lab.market.buyers import Buyers, order_start, pride_in
from zhenzan.lab.market.orders import Order
from zhenzan.lab.rng import generator
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.time_units import DAY

__all__ = ["TrialOrders"]

RECENT_ITEMS = 6  # an order is for one of a creator's latest items


@dataclass(frozen=True)
class Return:
    """A buyer who comes back on a `day` for an order like `order`, and `left` times more after that."""

    day: int
    order: Order
    left: int


@dataclass
class TrialOrders:
    """Trial orders of a run: nobody orders twice before everybody has, so that orders stay independent."""

    scenario: Scenario
    seed: int
    buyers: Buyers
    catalogue: Catalogue
    _tried: set[int] = field(default_factory=set)
    _returning: list[Return] = field(default_factory=list)

    def orders(self, day: int, banned: np.ndarray) -> list[Order]:
        """The trial orders of a day: of new buyers, and of those who come back.

        Depends on scenario and seed alone, but that who is `banned` [creators] orders no more. Cost:
        O(orders · creators).
        """
        planned = self._new(day) + self._returns(day)
        return [order for order in planned if not banned[order.creator]]

    def _returns(self, day: int) -> list[Order]:
        due = [one for one in self._returning if one.day == day]
        self._returning = [one for one in self._returning if one.day > day]
        rng = generator(self.seed, "trial returns", day)
        born = self._born(day)
        orders = []
        for one in due:
            like = one.order
            orders.append(self._order(day, like.creator, born, like.seller, like.quantity, like.paid, rng))
            self._come_back(like, day, one.left)
        return orders

    def _come_back(self, order: Order, day: int, left: int) -> None:
        if left:
            self._returning.append(Return(day + self.scenario.buyers.trial_return_days, order, left - 1))

    def _born(self, day: int) -> int:
        """How many items are there by the end of a day; listed ones come first, in order of publishing."""
        listed = int(self.catalogue.listed.sum())
        return int(np.searchsorted(self.catalogue.published[:listed], (day + 1) * DAY))

    def _new(self, day: int) -> list[Order]:
        rng = generator(self.seed, "trial", day)
        born = self._born(day)
        has_item = np.zeros(len(self.buyers.tempted), np.bool_)
        has_item[self.catalogue.creator[:born]] = True
        phases = generator(self.seed, "trial phases")
        orders: list[Order] = []
        for number, seller in enumerate(self.scenario.sellers):
            for quantity in seller.quantities:
                rate, phase = self.scenario.buyers.trial_orders * seller.weight, float(phases.random())
                for _ in range(int((day + 1) * rate + phase) - int(day * rate + phase)):
                    price = seller.price(quantity) * quantity
                    creator = self._who(quantity, price, has_item, rng)
                    if creator >= 0:
                        orders.append(self._order(day, creator, born, number, quantity, price, rng))
        for order in orders:
            self._come_back(order, day, self.scenario.buyers.trial_returns)
        return orders

    def _who(self, quantity: int, price: float, has_item: np.ndarray, rng: np.random.Generator) -> int:
        """A tempted creator who would gain by pride and fees if every like stood; −1 where none would."""
        buyers = self.buyers
        gain = pride_in(np.full(len(buyers.pride), float(quantity)), buyers.pride) + buyers.fee * quantity
        would = np.flatnonzero(buyers.tempted & has_item & (gain > price))
        if not len(would):
            return -1
        new = np.array([creator for creator in would.tolist() if creator not in self._tried])
        if not len(new):
            self._tried.difference_update(would.tolist())
            new = would
        chosen = int(rng.choice(new))
        self._tried.add(chosen)
        return chosen

    def _order(
        self,
        day: int,
        creator: int,
        born: int,
        seller: int,
        quantity: int,
        price: float,
        rng: np.random.Generator,
    ) -> Order:
        own = np.flatnonzero(self.catalogue.creator[:born] == creator)[-RECENT_ITEMS:]
        item = int(rng.choice(own))
        start = order_start(day, int(self.catalogue.published[item]), float(rng.random()))
        return Order(day, creator, item, seller, quantity, price, start)
