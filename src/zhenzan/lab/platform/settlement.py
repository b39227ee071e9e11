"""Settlement in a simulated world: due verdicts change counters, orders, accounts and creators."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from zhenzan.lab.catalogue import Catalogue
from zhenzan.lab.events import EventLog, Events, join_events
from zhenzan.lab.kernels.event_counters import add_views
from zhenzan.lab.kernels.verdict_updates import apply_verdicts
from zhenzan.lab.kernels.watch import LIKE
from zhenzan.lab.market import Orders
from zhenzan.lab.platform.detector import by_rates, by_verification
from zhenzan.lab.rng import stream_key
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.state import ItemState
from zhenzan.lab.time_units import DAY, HOUR, MINUTE
from zhenzan.lab.vocabulary import SOURCES

__all__ = ["Settlement"]

LIKES_TO_VERIFY_MIN = 1_000  # a smaller log teaches nothing about what is normal


class Settlement:
    """Settlement state: likes are pending until their verdict is due. `found_today` and `natural_today`
    [creators] are for sanctions.

    `found_of_account` grows with the bots; `found_by_source` [3, sources] by kind of like.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        catalogue: Catalogue,
        items: ItemState,
        orders: Orders,
        creators: int,
    ) -> None:
        self._scenario, self._catalogue, self._items, self._orders = scenario, catalogue, items, orders
        self._key = stream_key(seed, "detection")
        self._deep = scenario.feed.ranker != "raw"
        self.at_once = scenario.feed.ranker != "verified"
        delay_us = scenario.detector.delay_hours * HOUR
        self._delay_steps = int(np.ceil(delay_us / (scenario.world.step_minutes * MINUTE)))
        self._waiting: deque[tuple[int, Events]] = deque()
        self._unsettled: deque[tuple[int, npt.NDArray[np.int32], npt.NDArray[np.int8]]] = deque()
        self.found_of_account = np.zeros(0, np.int64)
        self.found_today, self.natural_today = np.zeros(creators, np.int64), np.zeros(creators, np.int64)
        self.found_by_source = np.zeros((3, len(SOURCES)), np.int64)

    def begin_day(self) -> None:
        """Forget what was found on the day before."""
        self.found_today[:] = 0
        self.natural_today[:] = 0

    def take_in(self, step: int, seen: Events, kept: Events) -> None:
        """Note the views and the likes (`kept`) of a step; they wait for their verdict."""
        if not self.at_once and len(seen):
            self._unsettled.append((step + self._delay_steps, seen.item, seen.kind))
        if self._scenario.detector.kind != "verify" and len(kept):
            self._waiting.append((step + self._delay_steps, kept))

    def due(self, step: int, accounts: int) -> None:
        """Settle what is due at the end of a step."""
        if self._scenario.detector.kind != "verify":
            self._settle_views(step)
        while self._waiting and self._waiting[0][0] <= step:
            _, events = self._waiting.popleft()
            quantity = self._orders["quantity"].astype(np.int64)
            self._apply(events, by_rates(self._scenario.detector, events, quantity, self._key), accounts)

    def verify_day(self, day: int, log: EventLog, accounts: int) -> None:
        """Run the real verification on the likes of the last days, where the scenario says so."""
        about = self._scenario.detector
        if about.kind != "verify" or (day + 1) % about.every_days:
            return
        since = (day + 1 - about.window_days) * DAY
        chunks = [chunk for chunk in log.chunks if len(chunk) and int(chunk.time.max()) >= since]
        events = join_events(chunks)
        rows = np.flatnonzero(((events.flags & LIKE) != 0) & (events.time >= since))
        if len(rows) < LIKES_TO_VERIFY_MIN:
            return
        self._settle_views((day + 1) * self._scenario.world.steps_per_day)
        item = events.item[rows].astype(np.int64)
        verdicts = by_verification(
            events.account[rows].astype(np.int64),
            item,
            self._catalogue.creator[item].astype(np.int64),
            events.time[rows] // 1000 * 1000 + self._scenario.world.start_us,
            events.watched[rows].astype(np.int64),
            self._catalogue.duration_ms[item],
        )
        new = np.zeros(len(events), np.int8)
        new[rows] = verdicts
        begin = 0
        for chunk in chunks:
            self._apply(chunk, new[begin : begin + len(chunk)], accounts)
            begin += len(chunk)

    def _settle_views(self, step: int) -> None:
        """A ranking by verified likes counts views once their likes are settled, or its rates are wrong."""
        while self._unsettled and self._unsettled[0][0] <= step:
            _, item, kind = self._unsettled.popleft()
            add_views(item, kind, self._items.views, self._items.bought_views)

    def _apply(self, events: Events, new: npt.NDArray[np.int8], accounts: int) -> None:
        if accounts > len(self.found_of_account):
            grown = np.zeros(accounts * 5 // 4, np.int64)
            grown[: len(self.found_of_account)] = self.found_of_account
            self.found_of_account = grown
        items, orders = self._items, self._orders
        apply_verdicts(
            events.account,
            events.item,
            events.watched,
            events.flags,
            events.kind,
            events.campaign,
            events.source,
            events.verdict,
            new,
            self._scenario.sanctions.void,
            self.at_once,
            self._deep,
            self._catalogue.creator,
            self._catalogue.duration_ms,
            items.views,
            items.bought_views,
            items.credit,
            items.bought_credit,
            items.shown,
            items.voided_shown,
            orders["judged"],
            orders["found"],
            self.found_of_account,
            self.found_today,
            self.natural_today,
            self.found_by_source,
        )
