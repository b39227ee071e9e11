"""The feed: ranks items once a step, and serves the sessions that begin in it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhenzan.lab.catalogue import Catalogue
from zhenzan.lab.events import Events, empty_events
from zhenzan.lab.kernels.ranking import add_uplift, mean_score, rank_items, running_totals
from zhenzan.lab.kernels.sessions import SEEN_SLOTS, count_views, live_sessions
from zhenzan.lab.kernels.watch import skip_factors, traits_of
from zhenzan.lab.parts import Threads
from zhenzan.lab.people import People
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.state import ItemState
from zhenzan.lab.streams import stream_key
from zhenzan.lab.times import HOUR, MINUTE, RHYTHM

__all__ = ["Feed", "viewing_parameters"]


def viewing_parameters(scenario: Scenario) -> npt.NDArray[np.float64]:
    """The numbers of `viewing` in the order in which kernels.watch reads them."""
    v = scenario.viewing
    logit = np.log(v.engaged_share / (1 - v.engaged_share))
    return np.array(
        [
            logit, v.like_engaged, v.like_skipped, v.quality_effect, v.match_effect, v.conformity,
            v.comment_rate, v.share_rate, v.follow_rate, v.unlike_rate, v.double_tap_share,
            scenario.viewers.mutual_share,
        ]
    )  # fmt: skip


class Feed:
    """What the platform shows to whom. Reads the items' counters; writes their weights, stages and uplift."""

    def __init__(
        self, scenario: Scenario, seed: int, people: People, catalogue: Catalogue, items: ItemState,
        threads: Threads,
    ) -> None:  # fmt: skip
        self._scenario, self._people, self._catalogue, self._items = scenario, people, catalogue, items
        self._threads = threads
        self.by_topic, self.topic_offset = catalogue.topic_order(scenario.world.topics)
        self.totals = np.zeros(catalogue.count + 1)
        self._fresh = np.zeros(catalogue.count + 1)
        self._guide = np.zeros(catalogue.count, np.int64)
        self._fresh_guide = np.zeros(catalogue.count, np.int64)
        self.latest = np.full(scenario.world.creators, -1, np.int32)
        self._published_until = 0
        self.sessions_per_day = people.sessions_per_day[: people.viewers].copy()
        self._views = np.zeros(people.viewers, np.int32)
        self._seen = np.full((people.viewers, SEEN_SLOTS), -1, np.int32)
        self._who_key, self._what_key = stream_key(seed, "who comes"), stream_key(seed, "what they do")
        self.parameters, self.skips = viewing_parameters(scenario), skip_factors()
        self.traits = traits_of(
            catalogue.quality, catalogue.appeal, catalogue.duration_ms, catalogue.topic, self.parameters
        )
        about = scenario.feed
        self._shares = np.array([about.following_share, about.topical_share, about.exploration_share])
        self._quotas = np.array(about.stage_quotas, np.float64)
        self._gates, self._boosts = np.array(about.stage_gates), np.array(about.stage_boosts)

    def rank(self, now: int) -> None:
        """Rank all items at a time (µs from the start). Cost: O(items)."""
        about, items, catalogue = self._scenario.feed, self._items, self._catalogue
        self._publish(now)
        mean = mean_score(items.credit, items.views, about.smoothing_views)
        mean_without = mean_score(
            items.credit - items.bought_credit, items.views - items.bought_views, about.smoothing_views
        )
        self._threads.rows(
            rank_items, catalogue.count, now, catalogue.published, catalogue.listed, items.exposures,
            items.views, items.credit, items.bought_views, items.bought_credit,
            items.uplift, items.stage, items.stage_without, items.factor, self._quotas,
            self._gates, self._boosts, about.retired_boost, about.sharpness, about.smoothing_views,
            about.half_life_hours, mean, mean_without, items.weight, items.weight_without,
        )  # fmt: skip
        running_totals(
            now, self.by_topic, items.weight, catalogue.published, items.stage, catalogue.listed,
            items.factor, self.totals, self._fresh, self._guide, self._fresh_guide,
        )  # fmt: skip

    def serve(self, step: int) -> Events:
        """The views of all sessions that begin in this step. Cost: O(viewers + views · log items)."""
        people, items = self._people, self._items
        step_us = self._scenario.world.step_minutes * MINUTE
        start = step * step_us
        self._threads.rows(
            count_views, people.viewers, self._who_key, step, start / HOUR,
            float(self._scenario.world.steps_per_day), RHYTHM, people.zone, self.sessions_per_day,
            self._scenario.viewers.views_per_session, self._views,
        )  # fmt: skip
        active = np.flatnonzero(self._views)
        offset = np.concatenate(([0], np.cumsum(self._views[active])))
        events = empty_events(int(offset[-1]))
        self._threads.rows(
            live_sessions, len(active), self._what_key, step, start, step_us, active, offset,
            people.interests, people.motives, people.attention_ms, people.source, people.follow_offset,
            people.follow_creator, self._seen, self.latest, self.topic_offset, self.by_topic, self.totals,
            self._fresh, self._guide, self._fresh_guide, self._shares, self.traits, items.shown,
            self.parameters, self.skips,
            events.account, events.item, events.time, events.watched, events.flags,
            events.channel, events.motive, events.source,
        )  # fmt: skip
        return events

    def book_uplift(self, topical_views: npt.NDArray[np.float64], trending_views: int) -> None:
        """Book the exposure that bought likes moved in the step that was served."""
        items = self._items
        add_uplift(
            self.by_topic, self.topic_offset, items.weight, items.weight_without, topical_views,
            float(trending_views), items.uplift,
        )  # fmt: skip

    def _publish(self, now: int) -> None:
        """Note the latest item of every creator whose item came out since the last step."""
        catalogue = self._catalogue
        listed = int(catalogue.listed.sum())
        until = int(np.searchsorted(catalogue.published[:listed], now))
        new = np.arange(self._published_until, until)
        visible = new[self._items.factor[new] > 0]
        self.latest[catalogue.creator[visible]] = visible  # the last of a creator's wins, they are in order
        self._published_until = until
