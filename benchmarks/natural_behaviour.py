"""A quiet background: people, a catalogue of items, and the ordinary sessions between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.world import CODE, DAY, HOUR, MINUTE, NATURAL, SECOND, Part

TOPICS = 40
INTERESTS = 3
FEED_STEP = 20 * MINUTE
#: Share of people awake and liking by local hour: low at night, peaks at noon and in the evening.
RHYTHM = np.array([.30, .14, .07, .05, .05, .09, .22, .42, .52, .50, .52, .66,
                   .88, .80, .60, .56, .60, .70, .80, .88, .98, 1.0, .85, .55])  # fmt: skip
TIME_ZONES = np.array([8, 8, 8, 8, 7, 9, 5.5, 3, 1, 0, -3, -5, -8])


@dataclass
class People:
    """Accounts 0..n-1 (grows as newcomers and bots arrive; only the first `real` lead an ordinary life)."""

    real: int
    activity: np.ndarray
    zone: np.ndarray
    interests: np.ndarray
    cohort: np.ndarray
    heavy: np.ndarray
    count: int

    def newcomers(self, n: int) -> np.ndarray:
        """n account ids never seen before."""
        self.count += n
        return np.arange(self.count - n, self.count)

    def awake(self, account: np.ndarray, time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Bool[n]: would this account be about at this time? Accounts beyond the real ones always are."""
        zone = np.where(account < self.real, self.zone[np.minimum(account, self.real - 1)], 0)
        hour = ((time / HOUR + zone) % 24).astype(np.int64)
        return (rng.random(len(account)) < RHYTHM[hour]) | (account >= self.real)


@dataclass
class Catalogue:
    """Items with owner, topic, popularity, birth (µs from the start, also negative) and shape of life."""

    creator: np.ndarray
    topic: np.ndarray
    popularity: np.ndarray
    birth: np.ndarray
    shape: np.ndarray
    tau: np.ndarray
    evergreen: np.ndarray
    creator_topic: np.ndarray
    fame: np.ndarray
    span: float

    def add(self, creator: np.ndarray, birth: np.ndarray) -> np.ndarray:
        """New items that ordinary feeds never show (live rooms); gives their ids."""
        n = len(creator)
        first = len(self.creator)
        self.creator = np.append(self.creator, creator)
        self.topic = np.append(self.topic, self.creator_topic[creator])
        self.birth = np.append(self.birth, birth)
        for name, value in (("popularity", 0.0), ("shape", 1.0), ("tau", DAY), ("evergreen", 0.0)):
            setattr(self, name, np.append(getattr(self, name), np.full(n, value)))
        return np.arange(first, first + n)

    def weights(self, time: float) -> np.ndarray:
        """Attraction of every item at an instant: popularity × (a gamma-shaped life + an evergreen floor)."""
        age = (time - self.birth) / self.tau
        alive = age > 0
        age = np.maximum(age, 1e-4)
        life = age ** (self.shape - 1) * np.exp(-age) / self.tau * DAY
        return np.where(alive, self.popularity * (life + self.evergreen), 0.0)


def make_people(n: int, rng: np.random.Generator, scale: float) -> People:
    activity = rng.lognormal(0.0, rng.uniform(1.1, 1.4), n)
    heavy = np.zeros(n, dtype=bool)
    heavy[rng.choice(n, max(3, int(n * rng.uniform(0.003, 0.006))), replace=False)] = True
    activity[heavy] = activity.mean() * rng.uniform(25, 90, heavy.sum())
    people = People(
        real=n,
        activity=activity,
        zone=rng.choice(TIME_ZONES, n) + rng.normal(0, 1.5, n),
        interests=rng.choice(TOPICS, (n, INTERESTS), p=_topic_shares(rng)),
        cohort=np.full(n, -1, dtype=np.int32),
        heavy=heavy,
        count=n,
    )
    free = np.flatnonzero(~heavy)
    for cohort in range(max(2, int(rng.integers(20, 40) * scale))):
        members = rng.choice(free, min(int(rng.integers(30, 300)), len(free) // 10), replace=False)
        people.cohort[members] = cohort
        people.zone[members] = rng.choice(TIME_ZONES)
        people.interests[members] = rng.choice(TOPICS, INTERESTS, replace=False)
    return people


def _topic_shares(rng: np.random.Generator) -> np.ndarray:
    shares = rng.lognormal(0, 0.7, TOPICS)
    return shares / shares.sum()


def make_catalogue(creators: int, items: int, span: float, rng: np.random.Generator) -> Catalogue:
    fame = rng.lognormal(0, 1.2, creators)
    output = rng.lognormal(0, 0.8, creators)
    creator = rng.choice(creators, items, p=output / output.sum())
    topic = rng.integers(0, TOPICS, creators)
    # Four kinds of life: quick decay, delayed peak, slow burner, evergreen from before the log.
    life = rng.choice(4, items, p=rng.dirichlet([8, 4, 4, 2]))
    birth = rng.uniform(-20 * DAY, span, items)
    birth = np.where(life == 3, rng.uniform(-200 * DAY, -5 * DAY, items), birth)
    tau_days = np.choose(life, [0.8, 1.8, 9.0, 60.0]) * rng.lognormal(0, 0.5, items)
    return Catalogue(
        creator=creator,
        topic=topic[creator],
        popularity=fame[creator] * rng.lognormal(0, 1.1, items),
        birth=birth,
        shape=np.choose(life, [1.0, 3.0, 1.6, 1.0]) + rng.uniform(0, 0.5, items),
        tau=tau_days * DAY,
        evergreen=rng.uniform(0, 0.02, items),
        creator_topic=topic,
        fame=fame,
        span=span,
    )


def choose_items(
    catalogue: Catalogue, time: np.ndarray, topic: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """What the feed shows: for each `time` an item of `topic` (-1: any), int64[n], -1 where none lives.

    Attraction is held constant over FEED_STEP. Cost: O(steps · items + n log n).
    """
    by_topic = np.argsort(catalogue.topic, kind="stable")
    edges = np.searchsorted(catalogue.topic[by_topic], np.arange(TOPICS + 1))
    step = (time // FEED_STEP).astype(np.int64)
    order = np.argsort(step, kind="stable")
    present, begins = np.unique(step[order], return_index=True)
    chosen = np.full(len(time), -1, dtype=np.int64)
    for moment, rows in zip(present.tolist(), np.split(order, begins[1:]), strict=True):
        total = np.concatenate(([0.0], np.cumsum(catalogue.weights((moment + 0.5) * FEED_STEP)[by_topic])))
        low = np.where(topic[rows] < 0, 0.0, total[edges[np.maximum(topic[rows], 0)]])
        high = np.where(topic[rows] < 0, total[-1], total[edges[np.maximum(topic[rows], 0) + 1]])
        spot = np.searchsorted(total, low + rng.random(len(rows)) * (high - low), side="right") - 1
        chosen[rows] = np.where(high > low, by_topic[np.minimum(spot, len(by_topic) - 1)], -1)
    born = (chosen >= 0) & (catalogue.birth[chosen] < time)
    return np.where(born, chosen, -1)


def ordinary_likes(people: People, catalogue: Catalogue, n: int, rng: np.random.Generator) -> Part:
    """Sessions of a few likes at waking hours, of one's own topics or of what trends; about n likes."""
    per_session = 3.5
    draws = int(n * 1.4 / per_session)
    session_account = rng.choice(people.real, draws, p=people.activity / people.activity.sum())
    start = _session_starts(people, session_account, catalogue.span, rng)
    size = rng.geometric(1 / per_session, draws)
    session = np.repeat(np.arange(draws), size)
    gap = rng.exponential(90 * SECOND, len(session)) + 3 * SECOND
    ends = np.cumsum(size)
    elapsed = np.cumsum(gap)
    elapsed -= np.repeat(elapsed[ends - size], size)
    account, time = session_account[session], start[session] + elapsed
    own = rng.random(len(account)) < 0.65
    topic = np.where(own, people.interests[account, rng.integers(0, INTERESTS, len(account))], -1)
    item = choose_items(catalogue, time, topic, rng)
    ok = np.flatnonzero((item >= 0) & (time > 0) & (time < catalogue.span))
    ok = ok[np.sort(np.unique(account[ok] * len(catalogue.creator) + item[ok], return_index=True)[1])]
    ok = rng.permutation(ok)[:n]
    strategy = np.where(people.cohort[account] >= 0, CODE["cohort"], CODE["ordinary"])
    strategy = np.where(people.heavy[account], CODE["heavy"], strategy)
    return Part(account[ok], item[ok], time[ok], NATURAL, strategy[ok])


def _session_starts(people: People, account: np.ndarray, span: float, rng: np.random.Generator) -> np.ndarray:
    days = int(np.ceil(span / DAY)) + 1
    weekly = 1 + 0.25 * (np.arange(days) % 7 >= 5)
    day = rng.choice(days, len(account), p=weekly / weekly.sum())
    hour = rng.choice(24, len(account), p=RHYTHM / RHYTHM.sum()) + rng.random(len(account))
    # Members of an office or a school like in the same breaks of the day.
    shared = (people.cohort[account] >= 0) & (rng.random(len(account)) < 0.6)
    breaks = np.where(rng.random(len(account)) < 0.5, 12.2, 17.0) + (people.cohort[account] % 5) * 0.25
    hour = np.where(shared, breaks + rng.normal(0, 0.15, len(account)), hour)
    return day * DAY + (hour - people.zone[account]) * HOUR
