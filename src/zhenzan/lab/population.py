"""The population: viewers with their motives, interests, schedules, regions and followed creators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhenzan.arrays import are_offsets, are_sizes
from zhenzan.lab.rng import generator
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.time_units import REGION_OFFSETS_HOURS, REGION_SHARES
from zhenzan.lab.vocabulary import SOURCE_CODE

__all__ = ["INTERESTS", "Population", "make_population"]

INTERESTS = 3
ATTENTION_MEDIAN_MS, ATTENTION_SPREAD = 90_000.0, 1.0
GENEROSITY_MAX = 60.0
CHRONOTYPE_HOURS = 1.3  # how early or late people are, against their clock
WORK_ADDRESS_SHARE_MAX = 0.5  # cohorts never swallow more than half of the viewers


@dataclass(frozen=True)
class Population:
    """n natural accounts, numbered from 0: viewers first, then newcomers, who have no sessions of their own.

    `motives` [n, 6] cumulative; `interests` [n, 3], the first is the steady one; `generosity`: a factor on
    the chance of a like; `zone` hours ahead of UTC, chronotype included; `cohort` −1: none; followings in
    rows `follow_offset[i]`…; `joined` µs from the start, negative before it.
    """

    viewers: int
    sessions_per_day: npt.NDArray[np.float32]
    motives: npt.NDArray[np.float32]
    interests: npt.NDArray[np.int32]
    attention_ms: npt.NDArray[np.float32]
    generosity: npt.NDArray[np.float32]
    zone: npt.NDArray[np.float32]
    region: npt.NDArray[np.int8]
    cohort: npt.NDArray[np.int32]
    heavy: npt.NDArray[np.bool_]
    follow_offset: npt.NDArray[np.int64]
    follow_creator: npt.NDArray[np.int32]
    joined: npt.NDArray[np.int64]
    source: npt.NDArray[np.int8]

    def __post_init__(self) -> None:
        assert are_sizes(
            self.count, self.motives, self.interests, self.attention_ms, self.generosity, self.region
        )
        assert are_sizes(self.count, self.cohort, self.heavy, self.joined, self.source)
        assert are_offsets(self.follow_offset, self.follow_creator.size)
        assert 0 <= self.viewers <= self.count

    @property
    def count(self) -> int:
        return len(self.zone)

    @property
    def liveliness(self) -> npt.NDArray[np.float64]:
        """How likely each viewer [viewers] is where something is liked: who comes often and likes readily."""
        often = self.sessions_per_day[: self.viewers].astype(np.float64)
        return np.sqrt(often * self.generosity[: self.viewers])

    def with_newcomers(self, joined: npt.NDArray[np.int64], seed: int) -> Population:
        """The same people and newcomers who join at the times `joined` (µs)."""
        rng = generator(seed, "newcomers")
        n = len(joined)
        like = rng.integers(0, self.viewers, n)  # a newcomer is like somebody who is there
        grown = {
            name: np.concatenate([getattr(self, name), getattr(self, name)[like]])
            for name in ("motives", "interests", "attention_ms", "generosity", "zone", "region")
        }
        return Population(
            viewers=self.viewers,
            sessions_per_day=np.append(self.sessions_per_day, np.zeros(n, np.float32)),
            cohort=np.append(self.cohort, np.full(n, -1, np.int32)),
            heavy=np.append(self.heavy, np.zeros(n, np.bool_)),
            follow_offset=np.append(self.follow_offset, np.full(n, self.follow_offset[-1])),
            follow_creator=self.follow_creator,
            joined=np.append(self.joined, joined),
            source=np.append(self.source, np.full(n, SOURCE_CODE["newcomer"], np.int8)),
            **grown,
        )


def make_population(
    scenario: Scenario, seed: int, creator_topic: npt.NDArray[np.int32], fame: npt.NDArray[np.float64]
) -> Population:
    """Draw the viewers. Cost: O(viewers · followings)."""
    about, n = scenario.viewers, scenario.world.viewers
    rng = generator(seed, "people")
    heavy = rng.random(n) < about.heavy_share
    activity = rng.lognormal(-(about.activity_spread**2) / 2, about.activity_spread, n)
    activity = np.where(heavy, about.heavy_factor, np.minimum(activity, about.heavy_factor))
    topics = topic_shares(scenario, seed)
    interests = rng.choice(scenario.world.topics, (n, INTERESTS), p=topics).astype(np.int32)
    region = rng.choice(len(REGION_SHARES), n, p=REGION_SHARES).astype(np.int8)
    zone = REGION_OFFSETS_HOURS[region] + rng.normal(0, CHRONOTYPE_HOURS, n)
    cohort = _cohorts(scenario, rng, heavy, interests, region, zone)
    follow_offset, follow_creator = _followings(scenario, seed, interests, creator_topic, fame)
    source = np.where(cohort >= 0, SOURCE_CODE["cohort"], SOURCE_CODE["ordinary"])
    return Population(
        viewers=n,
        sessions_per_day=(about.sessions_per_day * activity).astype(np.float32),
        motives=_motives(scenario, rng, n),
        interests=interests,
        attention_ms=rng.lognormal(np.log(ATTENTION_MEDIAN_MS), ATTENTION_SPREAD, n).astype(np.float32),
        generosity=_mean_one(generator(seed, "generosity"), about.generosity_spread, n),
        zone=zone.astype(np.float32),
        region=region,
        cohort=cohort,
        heavy=heavy,
        follow_offset=follow_offset,
        follow_creator=follow_creator,
        joined=np.full(n, -(10**15), np.int64),
        source=np.where(heavy, SOURCE_CODE["heavy"], source).astype(np.int8),
    )


def _mean_one(rng: np.random.Generator, spread: float, n: int) -> npt.NDArray[np.float32]:
    """N lognormal factors of mean 1; nobody likes all that they see."""
    factors = np.minimum(rng.lognormal(-(spread**2) / 2, spread, n), GENEROSITY_MAX)
    return (factors / factors.mean()).astype(np.float32)


def topic_shares(scenario: Scenario, seed: int) -> npt.NDArray[np.float64]:
    """How many care for each topic, as shares."""
    shares = generator(seed, "topics").lognormal(0, 0.7, scenario.world.topics)
    return shares / shares.sum()


def _motives(scenario: Scenario, rng: np.random.Generator, n: int) -> npt.NDArray[np.float32]:
    """Each viewer's mixture, cumulative: Dirichlet around the shares of the whole."""
    shares = np.maximum(np.array(scenario.viewers.motives), 1e-9)
    strength = scenario.viewers.blend * len(shares) * shares / shares.sum()
    mixture = rng.gamma(np.maximum(strength, 1e-3), size=(n, len(shares))) + 1e-12
    total = np.cumsum(mixture, axis=1)
    return (total / total[:, -1:]).astype(np.float32)


def _cohorts(
    scenario: Scenario,
    rng: np.random.Generator,
    heavy: npt.NDArray[np.bool_],
    interests: npt.NDArray[np.int32],
    region: npt.NDArray[np.int8],
    zone: npt.NDArray[np.float64],
) -> npt.NDArray[np.int32]:
    """Put some viewers into offices and schools; their members are in one place and share some taste."""
    n, about = len(heavy), scenario.viewers
    cohort = np.full(n, -1, np.int32)
    members = rng.permutation(np.flatnonzero(~heavy))[
        : int(n * min(about.cohort_share, WORK_ADDRESS_SHARE_MAX))
    ]
    begin, number = 0, 0
    while begin < len(members):
        size = max(2, int(about.cohort_size * rng.lognormal(-0.18, 0.6)))
        group = members[begin : begin + size]
        cohort[group] = number
        region[group] = region[group[0]]
        zone[group] = REGION_OFFSETS_HOURS[region[group[0]]] + rng.normal(0, 0.6, len(group))
        interests[group, 1] = interests[group[0], 0]
        begin += size
        number += 1
    return cohort


def _followings(
    scenario: Scenario,
    seed: int,
    interests: npt.NDArray[np.int32],
    creator_topic: npt.NDArray[np.int32],
    fame: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Whom viewers follow: mostly creators of their topics, the famous ones oftener."""
    rng = generator(seed, "followings")
    n = len(interests)
    mean = scenario.viewers.followings
    number = rng.poisson(rng.gamma(1.2, mean / 1.2, n)) if mean > 0 else np.zeros(n, np.int64)
    offset = np.concatenate(([0], np.cumsum(number))).astype(np.int64)
    owner = np.repeat(np.arange(n), number)
    by_topic = np.argsort(creator_topic, kind="stable")
    edges = np.searchsorted(creator_topic[by_topic], np.arange(scenario.world.topics + 1))
    total = np.concatenate(([0.0], np.cumsum(fame[by_topic])))
    topic = interests[owner, rng.integers(0, INTERESTS, len(owner))]
    anywhere = (rng.random(len(owner)) < 0.2) | (edges[topic] == edges[topic + 1])
    low = np.where(anywhere, 0.0, total[edges[topic]])
    high = np.where(anywhere, total[-1], total[edges[topic + 1]])
    index = np.searchsorted(total, low + rng.random(len(owner)) * (high - low), side="right") - 1
    return offset, by_topic[np.minimum(index, len(by_topic) - 1)].astype(np.int32)
