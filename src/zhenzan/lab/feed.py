"""The feed: ranks items once a step, and serves the sessions that begin in that step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhenzan.lab.catalogue import Catalogue
from zhenzan.lab.events import Events, empty_events
from zhenzan.lab.kernels.ranking import add_uplift, mean_score, rank_items, run_up
from zhenzan.lab.kernels.schedule import draw_sessions, rhythm_tables, sort_by_step
from zhenzan.lab.kernels.sessions import SEEN_SLOTS, live_sessions, viewer_rows
from zhenzan.lab.kernels.watch import skip_factors, traits_of
from zhenzan.lab.population import Population
from zhenzan.lab.rng import stream_key
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.state import ItemState
from zhenzan.lab.time_units import MINUTE, RHYTHM
from zhenzan.parallel import Threads

__all__ = ["Feed", "viewing_parameters"]

SESSIONS_PER_PART_MIN = 100  # a session is a dozen views


def viewing_parameters(scenario: Scenario) -> tuple[float, ...]:
    """The numbers of `viewing` in the order in which kernels.watch reads them.

    A tuple: kernels keep its numbers in registers.
    """
    v = scenario.viewing
    logit = np.log(v.engaged_share / (1 - v.engaged_share))
    numbers = (
        logit,
        v.like_engaged,
        v.like_skipped,
        v.quality_effect,
        v.match_effect,
        v.conformity,
        v.comment_rate,
        v.share_rate,
        v.follow_rate,
        v.unlike_rate,
        v.double_tap_share,
        scenario.viewers.mutual_share,
        v.hold_length_effect,
        v.like_length_effect,
        1000.0 * scenario.creators.duration_seconds,
    )
    return tuple(float(number) for number in numbers)


class Feed:
    """The platform's feed: which items it shows to whom. Reads the items' counters; writes their weights,
    stages and uplift.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        people: Population,
        catalogue: Catalogue,
        items: ItemState,
        threads: Threads,
    ) -> None:
        self._scenario, self._people, self._catalogue, self._items = scenario, people, catalogue, items
        self._threads = threads
        order, self.topic_offset = catalogue.topic_order(scenario.world.topics)
        self.by_topic = order.astype(np.int32)
        n = catalogue.count
        self._rank_of_item = np.zeros(n, np.int32)
        self._rank_of_item[order] = np.arange(n)
        # By place, that is by topic: an item's weight, its weight had nobody bought, that of new items.
        self._weight, self._weight_without, self._new = np.zeros(n), np.zeros(n), np.zeros(n)
        # Running totals of all weights and of new items, and the guides into them.
        self._total, self._guide = np.zeros((2, n + 1)), np.zeros((2, n), np.int32)
        self.latest = np.full(scenario.world.creators, -1, np.int32)
        self._published_until = 0
        self.sessions_per_day = people.sessions_per_day[: people.viewers].copy()
        self._viewers = viewer_rows(
            people.motives, people.attention_ms, people.interests, people.source, people.generosity
        )
        self._share_before, self._hour_before = rhythm_tables(RHYTHM)
        self._active, self._offset = np.zeros(0, np.int32), np.zeros(1, np.int64)
        self._edges = np.zeros(scenario.world.steps_per_day + 1, np.int64)
        self._seen = np.full((people.viewers, SEEN_SLOTS), -1, np.int32)
        self._who_key, self._what_key = stream_key(seed, "who comes"), stream_key(seed, "what they do")
        self.parameters, self.skips = viewing_parameters(scenario), skip_factors()
        self.traits = traits_of(
            catalogue.quality,
            catalogue.appeal,
            catalogue.charm,
            catalogue.duration_ms,
            catalogue.topic,
            self.parameters,
        )
        about = scenario.feed
        shares = np.cumsum([about.following_share, about.topical_share, about.exploration_share])
        self._shares = tuple(shares.tolist())
        self._quotas, self._gates, self._boosts = (
            tuple(map(float, stages))
            for stages in (about.stage_quotas, about.stage_gates, about.stage_boosts)
        )

    @property
    def totals(self) -> npt.NDArray[np.float64]:
        """The running total of the items' weights [items + 1], in the order of `by_topic`."""
        return self._total[0]

    def rank(self, now: int) -> None:
        """Rank all items at a time (µs from the start). Cost: O(items)."""
        about, items, catalogue = self._scenario.feed, self._items, self._catalogue
        self._publish(now)
        mean = mean_score(items.credit, items.views, about.smoothing_views)
        mean_without = mean_score(
            items.credit - items.bought_credit, items.views - items.bought_views, about.smoothing_views
        )
        self._threads.over_rows(
            rank_items,
            catalogue.count,
            now,
            catalogue.published,
            catalogue.listed,
            items.exposures,
            items.views,
            items.credit,
            items.bought_views,
            items.bought_credit,
            items.uplift,
            items.stage,
            items.stage_without,
            items.factor,
            self._quotas,
            self._gates,
            self._boosts,
            about.retired_boost,
            about.sharpness,
            about.smoothing_views,
            about.half_life_hours,
            mean,
            mean_without,
            catalogue.reach,
            self._rank_of_item,
            self._weight,
            self._weight_without,
            self._new,
        )
        run_up(self._weight, self._total[0], self._guide[0])
        run_up(self._new, self._total[1], self._guide[1])

    def plan_day(self, day: int) -> None:
        """Draw who comes when in a day. Cost: O(viewers + sessions)."""
        people = self._people
        room = int(self.sessions_per_day.sum() * 1.2) + 1_000
        while True:
            viewer, step, views = (np.empty(room, np.int32) for _ in range(3))
            sessions = draw_sessions(
                self._who_key,
                day,
                self._scenario.world.steps_per_day,
                self._share_before,
                self._hour_before,
                people.zone,
                self.sessions_per_day,
                self._scenario.viewers.views_per_session,
                viewer,
                step,
                views,
            )
            if sessions <= room:
                break
            room = sessions
        self._active, self._offset = np.empty(sessions, np.int32), np.empty(sessions + 1, np.int64)
        sort_by_step(
            viewer[:sessions], step[:sessions], views[:sessions], self._edges, self._active, self._offset
        )

    def serve(self, step: int, room: int = 0) -> tuple[Events, int]:
        """The views of all sessions that begin in this step, and their number; behind them `room` more rows.

        Cost: O(views).
        """
        step_us = self._scenario.world.step_minutes * MINUTE
        first, last = self._edges[step % self._scenario.world.steps_per_day :][:2]
        active, offset = self._active[first:last], self._offset[first : last + 1]
        served = int(offset[-1] - offset[0])
        events = empty_events(served + room)
        self._threads.over_rows(
            live_sessions,
            len(active),
            self._what_key,
            step,
            step * step_us,
            step_us,
            active,
            offset,
            self._viewers,
            self._people.follow_offset,
            self._people.follow_creator,
            self._seen,
            self.latest,
            self.topic_offset,
            self.by_topic,
            self._total,
            self._guide,
            self._shares,
            self.traits,
            self._items.shown,
            self.parameters,
            self.skips,
            events.account,
            events.item,
            events.time,
            events.watched,
            events.flags,
            events.channel,
            events.motive,
            events.source,
            least=SESSIONS_PER_PART_MIN,
        )
        return events, served

    def book_uplift(self, topical_views: npt.NDArray[np.float64], trending_views: int) -> None:
        """Book the exposure that bought likes moved in the step that was served."""
        items = self._items
        add_uplift(
            self.by_topic,
            self.topic_offset,
            self._weight,
            self._weight_without,
            self.totals,
            topical_views,
            float(trending_views),
            items.uplift,
        )

    def _publish(self, now: int) -> None:
        """Note the latest item of every creator whose item came out since the last step."""
        catalogue = self._catalogue
        listed = int(catalogue.listed.sum())
        until = int(np.searchsorted(catalogue.published[:listed], now))
        new = np.arange(self._published_until, until)
        visible = new[self._items.factor[new] > 0]
        self.latest[catalogue.creator[visible]] = visible  # the last of a creator's wins, they are in order
        self._published_until = until
