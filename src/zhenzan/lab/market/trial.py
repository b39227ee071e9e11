"""Trial orders: as many of every size, by who would gain if nobody looked, whatever the policy finds later.

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
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.streams import generator
from zhenzan.lab.times import DAY

__all__ = ["Trial"]

RECENT_ITEMS = 6  # an order is for one of a creator's latest items


@dataclass
class Trial:
    """Who has ordered: nobody orders twice before everybody has, so that orders stay independent."""

    scenario: Scenario
    seed: int
    buyers: Buyers
    catalogue: Catalogue
    _tried: set[int] = field(default_factory=set)

    def orders(self, day: int) -> list[Order]:
        """The trial orders of a day. Depends on scenario and seed alone. Cost: O(orders · creators)."""
        rng = generator(self.seed, "trial", day)
        listed = int(self.catalogue.listed.sum())  # they come first, in order of publishing
        born = int(np.searchsorted(self.catalogue.published[:listed], (day + 1) * DAY))
        has_item = np.zeros(len(self.buyers.tempted), np.bool_)
        has_item[self.catalogue.creator[:born]] = True
        phases = generator(self.seed, "trial phases")
        orders = []
        for number, seller in enumerate(self.scenario.sellers):
            for quantity in seller.quantities:
                rate, phase = self.scenario.buyers.trial_orders * seller.weight, float(phases.random())
                for _ in range(int((day + 1) * rate + phase) - int(day * rate + phase)):
                    price = seller.price(quantity) * quantity
                    creator = self._who(quantity, price, has_item, rng)
                    if creator >= 0:
                        orders.append(self._order(day, creator, born, number, quantity, price, rng))
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
        self, day: int, creator: int, born: int, seller: int, quantity: int, price: float,
        rng: np.random.Generator,
    ) -> Order:  # fmt: skip
        own = np.flatnonzero(self.catalogue.creator[:born] == creator)[-RECENT_ITEMS:]
        item = int(rng.choice(own))
        start = order_start(day, int(self.catalogue.published[item]), float(rng.random()))
        return Order(day, creator, item, seller, quantity, price, start)
