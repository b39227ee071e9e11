"""The simulation: draw the world, then day by day buy, watch, deliver, settle, sanction; then compute the
outputs.
"""

from __future__ import annotations

import time

import numpy as np

from zhenzan.lab.events import EventLog, Events, put_visits
from zhenzan.lab.feed import Feed
from zhenzan.lab.kernels.event_counters import EMPTY, count_events, like_once, rehash
from zhenzan.lab.kernels.sessions import hired_views, planned_views
from zhenzan.lab.kernels.watch import LIKE, UNLIKE
from zhenzan.lab.market import PromotionTotals
from zhenzan.lab.marketplace import Marketplace
from zhenzan.lab.organic_events import behaviour
from zhenzan.lab.outputs.accounting import summarize
from zhenzan.lab.outputs.final_state import FinalState
from zhenzan.lab.outputs.world import World
from zhenzan.lab.platform import Settlement
from zhenzan.lab.rng import generator, stream_key
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.time_units import MINUTE
from zhenzan.lab.visit_calendar import Visits
from zhenzan.lab.vocabulary import HIRED, SOURCES
from zhenzan.lab.world_state import draw_world
from zhenzan.parallel import Threads
from zhenzan.progress import SILENT, Progress

__all__ = ["Simulation", "run"]

GLANCE_MS = (300, 2_200)  # a script opens an item and likes it within a second or two
LIKED_FILL_MAX = 0.5  # of the table of given likes, before it doubles


def run(
    scenario: Scenario,
    seed: int = 0,
    *,
    threads: int | None = None,
    log: bool = True,
    progress: Progress = SILENT,
) -> World:
    """Simulate a scenario from its first day to its last.

    Without `log` the world has outcomes, accounts and items, but no rows of interactions and truth: for
    experiments.

    The same scenario and seed give the same bytes on any number of `threads` (None: one a processor). Time:
    some 0.3 µs a view on two cores, more in worlds of few views a step; memory: 40 bytes an event kept, 500
    a viewer, 250 an item.
    """
    begin = time.perf_counter()
    with Threads(threads) as pool:
        with progress.step("Drawing people and items"):
            simulation = Simulation(scenario, seed, pool, log)
        drawn = time.perf_counter()
        days = scenario.world.days
        with progress.step("Living", days) as advance:
            for day in range(days):
                simulation.step_day(day)
                advance(1)
        lived = time.perf_counter()
    with progress.step("Adding up"):
        final = simulation.final_state()
        world = summarize(final, log)
    world.timings_seconds.update(
        draw=drawn - begin, live=lived - drawn, add_up=time.perf_counter() - lived, views=float(final.views)
    )
    return world


class Simulation:
    """A world and what moves it: the feed, the market, the platform that settles; and the log of events."""

    def __init__(self, scenario: Scenario, seed: int, threads: Threads, log: bool = True) -> None:
        self.scenario, self.seed, self.threads = scenario, seed, threads
        self.world = world = draw_world(scenario, seed)
        self.feed = Feed(scenario, seed, world.people, world.catalogue, world.items, threads)
        self.market = Marketplace(world, self.feed)
        self.settlement = Settlement(
            scenario, seed, world.catalogue, world.items, self.market.orders, world.makers.count
        )
        watched = generator(seed, "records").random(world.people.count) < scenario.records.views
        self.log = EventLog(watched, log or scenario.detector.kind == "verify")
        self._card_likes: list[np.ndarray] = []
        self._behaviour = behaviour(scenario)
        self._visit_key, self._glance_key = stream_key(seed, "visits"), stream_key(seed, "glances")
        self._liked = np.full(1 << 16, EMPTY)
        self._liked_count = 0

    def final_state(self) -> FinalState:
        """The final state, once the last day is over, from which outputs are computed."""
        world, market = self.world, self.market
        return FinalState(
            scenario=self.scenario,
            seed=self.seed,
            people=world.people,
            makers=world.makers,
            catalogue=world.catalogue,
            items=world.items,
            creators=world.creators,
            bots=market.bots,
            buyers=market.buyers,
            shops=market.shops,
            orders=market.orders,
            promotion=market.promotion.totals() if market.promotion else PromotionTotals(),
            days=market.days,
            platform_income=market.platform_income,
            views=world.views,
            cards=self._cards(),
            likes_by_source=world.likes_by_source,
            found_by_source=self.settlement.found_by_source,
            log=self.log,
        )

    def step_day(self, day: int) -> None:
        """One day: the market moves, steps pass, sanctions fall, books are kept."""
        steps = self.scenario.world.steps_per_day
        self.feed.rank(day * steps * self.scenario.world.step_minutes * MINUTE)
        self.feed.plan_day(day)
        self.market.open(day)
        self.world.day_sums[:] = 0.0
        for step in range(day * steps, (day + 1) * steps):
            self._step(step)
        self.settlement.verify_day(day, self.log, self.accounts)
        self.market.close(day, self.settlement)

    @property
    def accounts(self) -> int:
        """How many accounts there are, bots included."""
        return self.world.people.count + self.market.bots.count

    def _cards(self) -> int:
        """Cards that honest likes unlocked: creators of whom an account liked as many items as it takes."""
        threshold = self.scenario.rewards.card_threshold
        if threshold == 0 or not self._card_likes:
            return 0
        _, likes = np.unique(np.concatenate(self._card_likes), return_counts=True)
        return int((likes >= threshold).sum())

    def _note_likes(self, events: Events) -> None:
        """Count likes by what brought them, and note whose likes of which creator may unlock a card."""
        liked = np.flatnonzero((events.flags & LIKE) != 0)
        if not len(liked):
            return
        kind, source = events.kind[liked].astype(np.int64), events.source[liked]
        counted = np.bincount(kind * len(SOURCES) + source, minlength=3 * len(SOURCES))
        self.world.likes_by_source += counted.reshape(3, len(SOURCES))
        if self.scenario.rewards.card_threshold:
            own = liked[(kind == 0) & ((events.flags[liked] & UNLIKE) == 0)]
            creator = self.world.catalogue.creator[events.item[own]].astype(np.int64)
            self._card_likes.append(events.account[own].astype(np.int64) * self.world.makers.count + creator)

    def _step(self, step: int) -> None:
        end = (step + 1) * self.scenario.world.step_minutes * MINUTE
        if step % self.scenario.world.steps_per_day:
            self.feed.rank(step * self.scenario.world.step_minutes * MINUTE)
        coming, hired = self.world.visits.due(end), self._open_for_work(self.world.hired.due(end))
        events, served = self.feed.serve(step, len(coming) + len(hired))
        promotion = self.market.promotion
        if promotion is not None:
            self.world.visits.plan(promotion.step(step, events.take(slice(0, served))))
        self._visit(put_visits(events, served, coming), coming)
        paid = put_visits(events, served + len(coming), hired)
        self._deliver(paid, hired)
        self._count(events)
        self.market.note_delivered(paid)
        kept = self.log.keep(events)
        self._note_likes(kept)
        self.settlement.take_in(step, events, kept)
        self.settlement.due(step, self.accounts)
        if promotion is not None:
            promotion.take_in(kept)
            promotion.settle(end)

    def _visit(self, events: Events, visits: Visits) -> None:
        """What visitors of honest crowds do."""
        manners = self._behaviour
        self.threads.over_rows(
            planned_views, len(visits), self._visit_key, events.account, events.item, visits.number,
            events.source, manners.like_chance, manners.held_share, manners.glance, manners.motive,
            self.world.people.motives, self.world.people.attention_ms, self.feed.traits, self.feed.parameters,
            self.feed.skips, events.watched, events.flags, events.motive,
        )  # fmt: skip

    def _open_for_work(self, visits: Visits) -> Visits:
        """Accounts that were closed meanwhile deliver nothing."""
        if not len(visits):
            return visits
        open_ = self.market.bots.is_open(visits.account.astype(np.int64))
        return visits if open_.all() else visits.take(open_)

    def _deliver(self, events: Events, visits: Visits) -> None:
        """How those watch who are paid."""
        self.threads.over_rows(
            hired_views, len(visits), self._glance_key, events.account, events.item, visits.number,
            visits.watched_share, self.world.catalogue.duration_ms, *GLANCE_MS, events.watched,
        )  # fmt: skip
        events.motive[:] = HIRED

    def _count(self, events: Events) -> None:
        """Let each account like an item once, move the counters, and book what bought likes moved."""
        self._make_room(int(np.count_nonzero(events.flags & LIKE)))
        self._liked_count += like_once(self._liked, events.account, events.item, events.flags)
        world, items, catalogue = self.world, self.world.items, self.world.catalogue
        topical = np.zeros(self.scenario.world.topics)
        world.views += len(events)
        trending = count_events(
            events.item, events.watched, events.flags, events.channel, events.kind,
            self.scenario.feed.ranker != "raw", self.settlement.at_once, catalogue.topic, catalogue.quality,
            catalogue.duration_ms, items.exposures, items.views, items.credit, items.bought_views,
            items.bought_credit, items.shown, items.likes, topical, world.day_sums,
        )  # fmt: skip
        self.feed.book_uplift(topical, int(trending))

    def _make_room(self, likes: int) -> None:
        size = len(self._liked)
        while self._liked_count + likes > LIKED_FILL_MAX * size:
            size *= 2
        if size > len(self._liked):
            larger = np.full(size, EMPTY)
            rehash(self._liked, larger)
            self._liked = larger
