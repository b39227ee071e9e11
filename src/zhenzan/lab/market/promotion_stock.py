"""What of the feed can be sold as promotion: traffic of the last days by topic and hour, and what likes cost.

Orders name no region, so all viewers are one; hours are those of UTC.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhenzan.lab.scenario import Scenario
from zhenzan.lab.time_units import DAY, HOUR
from zhenzan.promote import Audience, Beliefs, Inventory, Lags, Request, net_supply

__all__ = ["Stock"]

HISTORY_DAYS = 7
FIRST_EXPOSURES = 300.0  # what the feed's like rate is worth, in exposures of experience
EXPOSURES_MAX = 3_000.0  # more experience says nothing of the next item
LAGS = 32
BLOCK_SECONDS = 600.0  # of a piece of supply


class Stock:
    """Slots that came, who came, and what is sold. `inventory` is None until a day is over."""

    def __init__(self, scenario: Scenario, people: int) -> None:
        topics = scenario.world.topics
        self.audience = Audience(("world",), tuple(map(str, range(topics))))
        self.inventory: Inventory | None = None
        self._today = np.zeros((1, topics, 24))
        self._seen = np.zeros((people, topics), np.bool_)
        self._days: list[npt.NDArray[np.float64]] = []
        detector = scenario.detector
        is_verified = detector.kind == "verify"
        lag_seconds = (detector.every_days * DAY if is_verified else detector.delay_hours * HOUR) / 1e6
        self._lags = Lags(np.full(LAGS, max(lag_seconds, 1.0)), np.full(LAGS, DAY / 1e6))

    def count(
        self,
        accounts: npt.NDArray[np.int64],
        interest: npt.NDArray[np.int64],
        hour: npt.NDArray[np.int64],
    ) -> None:
        """Note slots that came [n], by account, topic and hour."""
        np.add.at(self._today[0], (interest, hour), 1.0)
        self._seen[accounts, interest] = True

    def close_day(self) -> None:
        """Let the day be history, of which the next quotes follow."""
        self._days = [*self._days, self._today.copy()][-HISTORY_DAYS:]
        viewers = np.maximum(self._seen.sum(axis=0), 1.0)[None, :].astype(np.float64)
        sold = {} if self.inventory is None else self.inventory.sold
        self.inventory = Inventory(self.audience, ("UTC",), np.array(self._days), viewers, sold)
        self._today[:] = 0.0
        self._seen[:] = False

    def likes_expected(self, request: Request, beliefs: Beliefs) -> float:
        """Likes that all that is not sold would bring an order in its window, by expectation."""
        assert self.inventory is not None, "there is a day of history"
        days = request.window_seconds * 1e6 / DAY
        supply = float(net_supply(request, self.inventory).sum()) * BLOCK_SECONDS
        return beliefs.rate * min(supply, self.inventory.reach(request.targeting) * days)

    def beliefs(self, organic_rate: float, exposures: int, likes: int, judged: int, void: int) -> Beliefs:
        """What is believed of the next order, of what was shown, liked, judged and void so far.

        `organic_rate`: likes a view in the feed.
        """
        shown = FIRST_EXPOSURES + exposures
        rate = (FIRST_EXPOSURES * organic_rate + likes) / shown
        worth = min(shown, EXPOSURES_MAX)
        return Beliefs(max(rate * worth, 0.5), worth, (void + 1.0, judged - void + 9.0), self._lags)
