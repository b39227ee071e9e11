"""The road of a run: draw the world, then day by day buy, watch, deliver, settle, punish; then add it up."""

from __future__ import annotations

import time
from datetime import date

import numpy as np
import numpy.typing as npt

from zhenzan.lab.catalogue import Catalogue, Makers, make_catalogue, make_makers
from zhenzan.lab.events import EventLog, Events, put_visits
from zhenzan.lab.feed import Feed
from zhenzan.lab.kernels.counting import EMPTY, count_events, like_once, rehash
from zhenzan.lab.kernels.sessions import hired_views, planned_views
from zhenzan.lab.kernels.watch import LIKE, UNLIKE
from zhenzan.lab.marketplace import Marketplace
from zhenzan.lab.organic_events import behaviour, gather
from zhenzan.lab.outputs.world import World
from zhenzan.lab.parts import Threads
from zhenzan.lab.people import People, make_people
from zhenzan.lab.platform import Settlement
from zhenzan.lab.rng import generator, stream_key
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.state import CreatorState, ItemState
from zhenzan.lab.times import MINUTE
from zhenzan.lab.visits import Calendar, Visits
from zhenzan.lab.vocabulary import HIRED, SOURCES
from zhenzan.progress import SILENT, Progress

__all__ = ["Life", "run"]

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
    """Live a scenario from its first day to its last.

    Without `log` the world has outcomes, accounts and items, but no rows of interactions and truth: for
    experiments.

    The same scenario and seed give the same bytes on any number of `threads` (None: one a processor). Time:
    some 0.3 µs a view on two cores, more in worlds of few views a step; memory: 40 bytes an event kept, 500
    a viewer, 250 an item.
    """
    from zhenzan.lab.outputs.accounting import close_books

    begin = time.perf_counter()
    with Threads(threads) as pool:
        with progress.step("Drawing people and items"):
            life = Life(scenario, seed, pool, log)
        drawn = time.perf_counter()
        days = scenario.world.days
        with progress.step("Living", days) as advance:
            for day in range(days):
                life.live_a_day(day)
                advance(1)
        lived = time.perf_counter()
    with progress.step("Adding up"):
        world = close_books(life, log)
    world.timings_seconds.update(
        draw=drawn - begin, live=lived - drawn, add_up=time.perf_counter() - lived, views=float(life.views)
    )
    return world


class Life:
    """A world while it is lived. Everything here is an array that some kernel reads or moves."""

    def __init__(self, scenario: Scenario, seed: int, threads: Threads, log: bool = True) -> None:
        self.scenario, self.seed, self.threads = scenario, seed, threads
        self.makers: Makers = make_makers(scenario, seed)
        catalogue: Catalogue = make_catalogue(scenario, seed, self.makers)
        people: People = make_people(scenario, seed, self.makers.topic, self.makers.fame)
        planned, self.people, self.catalogue = gather(scenario, seed, people, self.makers, catalogue)
        self.items, self.creators = ItemState(self.catalogue.count), CreatorState(self.makers.count)
        self.feed = Feed(scenario, seed, self.people, self.catalogue, self.items, threads)
        self.visits, self.hired = Calendar(), Calendar()
        self.visits.plan(planned)
        self.market = Marketplace(self)
        self.settlement = Settlement(
            scenario, seed, self.catalogue, self.items, self.market.orders, self.makers.count
        )
        watched = generator(seed, "records").random(self.people.count) < scenario.records.views
        self.log = EventLog(watched, log or scenario.detector.kind == "verify")
        self.sums = np.zeros(3)  # of the day: views, ms watched in the feed, quality · ms
        self.views = 0
        self.likes_by_source = np.zeros((3, len(SOURCES)), np.int64)
        self._card_likes: list[np.ndarray] = []
        self._behaviour = behaviour(scenario)
        self._visit_key, self._glance_key = stream_key(seed, "visits"), stream_key(seed, "glances")
        self._liked = np.full(1 << 16, EMPTY)
        self._liked_count = 0

    def live_a_day(self, day: int) -> None:
        """One day: the market moves, steps pass, sanctions fall, books are kept."""
        steps = self.scenario.world.steps_per_day
        self.feed.rank(day * steps * self.scenario.world.step_minutes * MINUTE)
        self.feed.plan_day(day)
        self.market.open(day)
        self.sums[:] = 0.0
        for step in range(day * steps, (day + 1) * steps):
            self._live_a_step(step)
        self.settlement.verify_day(day, self.log, self.accounts)
        self.market.close(day)

    @property
    def accounts(self) -> int:
        """How many accounts there are, bots included."""
        return self.people.count + self.market.bots.count

    def cards(self) -> int:
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
        self.likes_by_source += counted.reshape(3, len(SOURCES))
        if self.scenario.rewards.card_threshold:
            own = liked[(kind == 0) & ((events.flags[liked] & UNLIKE) == 0)]
            creator = self.catalogue.creator[events.item[own]].astype(np.int64)
            self._card_likes.append(events.account[own].astype(np.int64) * self.makers.count + creator)

    @property
    def first_weekday(self) -> int:
        """Day of the week on which the world begins, Monday 0."""
        return date.fromisoformat(self.scenario.world.start).weekday()

    def ring_of_accounts(self) -> npt.NDArray[np.int32]:
        """The ring of every account, −1 where it has none."""
        ring = np.full(self.accounts, -1, np.int32)
        bots = self.market.bots
        ring[self.people.count :] = bots.ring[: bots.count]
        for shop in self.market.shops:
            for pool in shop.pools:
                if shop.about.supply == "crowd":
                    ring[pool.accounts] = pool.ring
        return ring

    def _live_a_step(self, step: int) -> None:
        end = (step + 1) * self.scenario.world.step_minutes * MINUTE
        if step % self.scenario.world.steps_per_day:
            self.feed.rank(step * self.scenario.world.step_minutes * MINUTE)
        coming, hired = self.visits.due(end), self._open_for_work(self.hired.due(end))
        events, served = self.feed.serve(step, len(coming) + len(hired))
        self._visit(put_visits(events, served, coming), coming)
        paid = put_visits(events, served + len(coming), hired)
        self._deliver(paid, hired)
        self._count(events)
        self.market.note_delivered(paid)
        kept = self.log.keep(events)
        self._note_likes(kept)
        self.settlement.take_in(step, events, kept)
        self.settlement.due(step, self.accounts)

    def _visit(self, events: Events, visits: Visits) -> None:
        """What visitors of honest crowds do."""
        manners = self._behaviour
        self.threads.rows(
            planned_views, len(visits), self._visit_key, events.account, events.item, visits.number,
            events.source, manners.like_chance, manners.held_share, manners.glance, manners.motive,
            self.people.motives, self.people.attention_ms, self.feed.traits, self.feed.parameters,
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
        self.threads.rows(
            hired_views, len(visits), self._glance_key, events.account, events.item, visits.number,
            visits.watched_share, self.catalogue.duration_ms, *GLANCE_MS, events.watched,
        )  # fmt: skip
        events.motive[:] = HIRED

    def _count(self, events: Events) -> None:
        """Let each account like an item once, move the counters, and book what bought likes moved."""
        self._make_room(int(np.count_nonzero(events.flags & LIKE)))
        self._liked_count += like_once(self._liked, events.account, events.item, events.flags)
        items, catalogue = self.items, self.catalogue
        topical = np.zeros(self.scenario.world.topics)
        self.views += len(events)
        trending = count_events(
            events.item, events.watched, events.flags, events.channel, events.kind,
            self.scenario.feed.ranker != "raw", self.settlement.at_once, catalogue.topic, catalogue.quality,
            catalogue.duration_ms, items.exposures, items.views, items.credit, items.bought_views,
            items.bought_credit, items.shown, items.likes, topical, self.sums,
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
