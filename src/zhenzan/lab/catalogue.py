"""Catalogue of a simulated world: creators, their videos and live rooms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhenzan.lab.columns import Columns
from zhenzan.lab.population import topic_shares
from zhenzan.lab.rng import generator
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.time_units import DAY, HOUR, RHYTHM

__all__ = ["Catalogue", "CreatorTraits", "make_catalogue", "make_creators"]

BACKLOG_DAYS = 30.0
CLICKBAIT_APPEAL, CLICKBAIT_QUALITY = 1.6, -1.1
REACH_BY_QUALITY = 0.5
DURATION_MIN_MS, DURATION_MAX_MS = 3_000, 3_600_000


@dataclass(frozen=True)
class CreatorTraits(Columns):
    """Creators: topic, fame (mean about 1), output, skill (standard deviations), hour of posting (UTC)."""

    topic: npt.NDArray[np.int32]
    fame: npt.NDArray[np.float64]
    output: npt.NDArray[np.float64]
    skill: npt.NDArray[np.float64]
    hour: npt.NDArray[np.float64]

    @property
    def count(self) -> int:
        return len(self.topic)


@dataclass(frozen=True)
class Catalogue(Columns):
    """n items by time of publishing, live rooms last. `duration_ms` is 0 and `listed` False for live rooms.

    `charm`: a factor on the chance of a like, `reach` on the weight in the ranking. `published` µs from the
    start; `by_topic`, `topic_offset`: the items in the order of their topics.
    """

    creator: npt.NDArray[np.int32]
    topic: npt.NDArray[np.int32]
    quality: npt.NDArray[np.float32]
    appeal: npt.NDArray[np.float32]
    charm: npt.NDArray[np.float32]
    reach: npt.NDArray[np.float32]
    clickbait: npt.NDArray[np.bool_]
    duration_ms: npt.NDArray[np.float64]
    published: npt.NDArray[np.int64]
    listed: npt.NDArray[np.bool_]

    @property
    def count(self) -> int:
        return len(self.creator)

    def topic_order(self, topics: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Items by topic, and where each topic begins [topics + 1]."""
        by_topic = np.argsort(self.topic, kind="stable")
        return by_topic, np.searchsorted(self.topic[by_topic], np.arange(topics + 1))

    def with_live_rooms(
        self,
        creator: npt.NDArray[np.int64],
        published: npt.NDArray[np.int64],
        makers: CreatorTraits,
        seed: int,
    ) -> Catalogue:
        """The same catalogue and live rooms of `creator` that open at `published`."""
        rng = generator(seed, "live rooms")
        n = len(creator)
        return Catalogue(
            creator=np.append(self.creator, creator.astype(np.int32)),
            topic=np.append(self.topic, makers.topic[creator]),
            quality=np.append(self.quality, makers.skill[creator].astype(np.float32)),
            appeal=np.append(self.appeal, rng.normal(0, 1, n).astype(np.float32)),
            charm=np.append(self.charm, np.ones(n, np.float32)),
            reach=np.append(self.reach, np.ones(n, np.float32)),
            clickbait=np.append(self.clickbait, np.zeros(n, np.bool_)),
            duration_ms=np.append(self.duration_ms, np.zeros(n)),
            published=np.append(self.published, published),
            listed=np.append(self.listed, np.zeros(n, np.bool_)),
        )


def make_creators(scenario: Scenario, seed: int) -> CreatorTraits:
    """Draw the creators."""
    rng, n, about = generator(seed, "creators"), scenario.world.creators, scenario.creators
    return CreatorTraits(
        topic=rng.choice(scenario.world.topics, n, p=topic_shares(scenario, seed)).astype(np.int32),
        fame=rng.lognormal(-(about.fame_spread**2) / 2, about.fame_spread, n),
        output=rng.lognormal(0, about.output_spread, n),
        skill=rng.normal(0, 1, n),
        hour=rng.choice(24, n, p=RHYTHM / RHYTHM.sum()) - 8.0 + rng.random(n),
    )


def make_catalogue(scenario: Scenario, seed: int, makers: CreatorTraits) -> Catalogue:
    """Draw the videos: whose, how good, how long, when. Creators post near their own hour of the day."""
    rng, n, about = generator(seed, "items"), scenario.world.items, scenario.creators
    creator = rng.choice(makers.count, n, p=makers.output / makers.output.sum())
    old = rng.random(n) < about.backlog_share
    day = np.where(old, rng.integers(-int(BACKLOG_DAYS), 0, n), rng.integers(0, scenario.world.days, n))
    hour = (makers.hour[creator] + rng.normal(0, 1.5, n)) % 24
    published = (day * DAY + hour * HOUR).astype(np.int64)
    own = about.skill_share
    quality = np.sqrt(own) * makers.skill[creator] + np.sqrt(1 - own) * rng.normal(0, 1, n)
    clickbait = rng.random(n) < about.clickbait_share
    duration = rng.lognormal(np.log(about.duration_seconds * 1000), about.duration_spread, n)
    spread = about.charm_spread
    charm = generator(seed, "charm").lognormal(-(spread**2) / 2, spread, n)
    order = np.argsort(published, kind="stable")
    return Catalogue(
        creator=creator[order].astype(np.int32),
        topic=makers.topic[creator[order]],
        quality=(quality + np.where(clickbait, CLICKBAIT_QUALITY, 0.0))[order].astype(np.float32),
        appeal=(rng.normal(0, 1, n) + np.where(clickbait, CLICKBAIT_APPEAL, 0.0))[order].astype(np.float32),
        charm=charm[order].astype(np.float32),
        reach=_reach(scenario, seed, quality)[order],
        clickbait=clickbait[order],
        duration_ms=np.round(np.clip(duration, DURATION_MIN_MS, DURATION_MAX_MS))[order].astype(np.float64),
        published=published[order],
        listed=np.ones(n, np.bool_),
    )


def _reach(scenario: Scenario, seed: int, quality: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """What moves the ranking beside likes: in part how well an item holds viewers. Median 1."""
    other = generator(seed, "reach").normal(0, 1, len(quality))
    part = REACH_BY_QUALITY * quality + np.sqrt(1 - REACH_BY_QUALITY**2) * other
    return np.exp(scenario.feed.reach_spread * part).astype(np.float32)
