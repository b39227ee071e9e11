"""Setting of organic events: people, items, audiences by topic, and visitors' behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zhenzan.lab.catalogue import Catalogue, CreatorTraits
from zhenzan.lab.population import Population
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.time_units import DAY, RHYTHM
from zhenzan.lab.vocabulary import MOTIVES, SOURCE_CODE, SOURCES

__all__ = ["AWAKE_MEAN", "Behaviour", "Setting", "behaviour", "likes_a_day"]

FEED_LIFT = 1.2  # a feed shows what is liked oftener than the middling item, by about so much
AWAKE_MEAN = float(RHYTHM.mean() / RHYTHM.max())

# Source: (chance of a like when held, share that is held, comes only to like, motive or None for one's own).
# A hunter opens, likes and goes on; who came because others sent it is held oftener than by the feed.
_MANNERS: dict[str, tuple[float, float, bool, str | None]] = {
    "newcomer": (0.70, 0.80, False, None),
    "viral": (0.45, 0.75, False, None),
    "surge": (0.55, 0.80, False, "social"),
    "fans": (0.65, 0.85, False, "social"),
    "community": (0.65, 0.85, False, "expression"),
    "storm": (0.70, 0.90, False, "emotional"),
    "cohort": (0.55, 0.80, False, "social"),
    "hunter": (0.97, 0.10, True, "reward"),
}


@dataclass(frozen=True)
class Behaviour:
    """Behaviour of visitors by source [len(SOURCES)]: chance of a like, share held, who comes only to like,
    motive (−1: own).
    """

    like_chance: npt.NDArray[np.float64]
    held_share: npt.NDArray[np.float64]
    glance: npt.NDArray[np.bool_]
    motive: npt.NDArray[np.int64]

    def likes_per_visit(self, source: str) -> float:
        """Likes that a visit of this source brings, about."""
        code = SOURCE_CODE[source]
        held = self.held_share[code]
        return float(self.like_chance[code] * (1.0 if self.glance[code] else held + 0.3 * (1 - held)))


def behaviour(scenario: Scenario) -> Behaviour:
    """How visitors of each source behave. Promotion brings people who behave as they do in their feed."""
    n = len(SOURCES)
    behaviours = Behaviour(np.zeros(n), np.zeros(n), np.zeros(n, np.bool_), np.full(n, -1))
    viewing = scenario.viewing
    manners = {**_MANNERS, "promoted": (viewing.like_engaged, viewing.engaged_share, False, None)}
    for source, (chance, held, glance, motive) in manners.items():
        code = SOURCE_CODE[source]
        behaviours.like_chance[code], behaviours.held_share[code], behaviours.glance[code] = (
            chance,
            held,
            glance,
        )
        behaviours.motive[code] = -1 if motive is None else MOTIVES.index(motive)
    return behaviours


@dataclass
class Setting:
    """The setting in which crowds gather. `newcomers` collects when each new account joins (µs)."""

    scenario: Scenario
    seed: int
    people: Population
    makers: CreatorTraits
    catalogue: Catalogue
    manners: Behaviour
    newcomers: list[npt.NDArray[np.int64]] = field(default_factory=list)
    _total: npt.NDArray[np.float64] | None = None
    _by_topic: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]] | None = None

    @property
    def end(self) -> int:
        return self.scenario.world.days * DAY

    @property
    def scale(self) -> float:
        """Size of the world against 50,000 viewers, for the sizes of crowds."""
        return float(np.clip(self.scenario.world.viewers / 50_000, 0.05, 1.0))

    def visits_wanted(self, source: str) -> int:
        """Visits that bring the scenario's share of natural likes."""
        shares = self.scenario.gatherings
        portions = [shares.viral, shares.surge, shares.fans, shares.community, shares.storm, shares.cohort]
        rest = max(1.0 - sum(portions) - shares.newcomer - shares.hunter, 0.05)
        likes = getattr(shares, source) * self.ordinary_likes() / rest
        return int(likes / self.manners.likes_per_visit(source))

    def ordinary_likes(self) -> float:
        """Likes that ordinary sessions will bring, about."""
        return likes_a_day(self.scenario, self.people) * self.scenario.world.days

    def join_now(self, times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Account numbers of people who join at these times."""
        first = self.people.viewers + sum(len(newcomers) for newcomers in self.newcomers)
        self.newcomers.append(times)
        return np.arange(first, first + len(times))

    def audience(self, topic: int, n: int, rng: np.random.Generator, taste: float) -> npt.NDArray[np.int64]:
        """N viewers (repeats possible), a share `taste` of them interested in the topic, the lively first."""
        weight = self.people.liveliness
        if self._total is None:
            self._total = np.concatenate(([0.0], np.cumsum(weight)))
            self._by_topic = _by_topic(self.people, weight, self.scenario.world.topics)
        chosen = np.searchsorted(self._total, rng.random(n) * self._total[-1], side="right") - 1
        assert self._by_topic is not None
        viewer, offset, total = self._by_topic
        low, high = total[offset[topic]], total[offset[topic + 1]]
        inside = (rng.random(n) < taste) & (high > low)
        goal = low + rng.random(n) * (high - low)
        index = np.minimum(np.searchsorted(total, goal, side="right") - 1, len(viewer) - 1)
        return np.where(inside, viewer[index], np.minimum(chosen, self.people.viewers - 1))


def likes_a_day(scenario: Scenario, people: Population) -> float:
    """Likes that a day of ordinary sessions will bring, about."""
    viewing = scenario.viewing
    rate = viewing.engaged_share * viewing.like_engaged
    rate += (1 - viewing.engaged_share) * viewing.like_skipped
    sessions = float(people.sessions_per_day.astype(np.float64).sum())
    return sessions * scenario.viewers.views_per_session * rate * FEED_LIFT


def _by_topic(
    people: Population, weight: npt.NDArray[np.float64], topics: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Viewers by topic of interest, where each topic begins, and the running total of their weights."""
    topic = people.interests[: people.viewers].ravel()
    order = np.argsort(topic, kind="stable")
    viewer = order // people.interests.shape[1]
    offset = np.searchsorted(topic[order], np.arange(topics + 1))
    return viewer, offset, np.concatenate(([0.0], np.cumsum(weight[viewer])))
