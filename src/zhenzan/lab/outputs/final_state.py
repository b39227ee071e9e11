"""The final state of a run: everything that outputs are computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from zhenzan.lab.catalogue import Catalogue, CreatorTraits
from zhenzan.lab.events import EventLog
from zhenzan.lab.market import Accounts, Buyers, Orders, PromotionTotals, SellerState
from zhenzan.lab.population import Population
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.state import CreatorState, ItemState

__all__ = ["FinalState"]


@dataclass(frozen=True)
class FinalState:
    """A world after its last day. Outputs read it and change nothing.

    `days`: a list for each column of the table `days`, and `seconds_watched`; `likes_by_source`,
    `found_by_source` [3, sources] by kind of like; `cards` unlocked by honest likes; `promotion`: what its
    orders came to.
    """

    scenario: Scenario
    seed: int
    people: Population
    makers: CreatorTraits
    catalogue: Catalogue
    items: ItemState
    creators: CreatorState
    bots: Accounts
    buyers: Buyers
    shops: Sequence[SellerState]
    orders: Orders
    promotion: PromotionTotals
    days: Mapping[str, Sequence[float]]
    platform_income: float
    views: int
    cards: int
    likes_by_source: npt.NDArray[np.int64]
    found_by_source: npt.NDArray[np.int64]
    log: EventLog

    @property
    def accounts(self) -> int:
        """How many accounts there are, bots included."""
        return self.people.count + self.bots.count

    @property
    def first_weekday(self) -> int:
        """Day of the week on which the world begins, Monday 0."""
        return date.fromisoformat(self.scenario.world.start).weekday()

    def ring_of_accounts(self) -> npt.NDArray[np.int32]:
        """The ring of every account, −1 where it has none."""
        ring = np.full(self.accounts, -1, np.int32)
        ring[self.people.count :] = self.bots.ring[: self.bots.count]
        for shop in self.shops:
            for pool in shop.pools:
                if shop.about.supply == "crowd":
                    ring[pool.accounts] = pool.ring
        return ring
