"""Honest crowds a detector must spare: viral hits, surges, fans, communities, live storms, cohorts."""

from __future__ import annotations

import numpy as np

from benchmarks.natural import RHYTHM, TOPICS, Catalogue, People
from benchmarks.world import CODE, DAY, HOUR, MINUTE, NATURAL, SECOND, Part


def audience(people: People, topic: int, n: int, rng: np.random.Generator, taste: float = 0.7) -> np.ndarray:
    """n accounts (repeats possible), a share `taste` of them interested in `topic`, the lively first."""
    weight = np.sqrt(people.activity)
    interested = np.flatnonzero((people.interests == topic).any(axis=1))
    inside = rng.random(n) < (taste if len(interested) else 0.0)
    chosen = rng.choice(people.real, n, p=weight / weight.sum())
    if inside.any():
        share = weight[interested] / weight[interested].sum()
        chosen[inside] = rng.choice(interested, int(inside.sum()), p=share)
    return chosen


def viral_hits(people: People, catalogue: Catalogue, n: int, rng: np.random.Generator, small: bool) -> Part:
    """Items of any age that suddenly get many likes, in part from brand-new accounts. About n likes in all.

    Hits get hundreds to thousands in hours; `small` ones, surges, some dozens in minutes (a group chat).
    """
    parts: list[Part] = []
    made = 0
    weight = catalogue.popularity ** (0.2 if small else 0.3)
    name = "surge" if small else "viral"
    while made < n:
        size = rng.lognormal(np.log(45 if small else 900), 0.7)
        size = int(np.clip(size, 15 if small else 200, 300 if small else 6000))
        item = int(rng.choice(len(catalogue.creator), p=weight / weight.sum()))
        earliest, latest = max(catalogue.birth[item], 0.0), catalogue.span - 2 * HOUR
        if earliest >= latest:
            continue
        start = rng.uniform(earliest, latest)
        pace = rng.lognormal(np.log(12 * MINUTE if small else 75 * MINUTE), 0.6)
        time = start + rng.gamma(rng.uniform(1.2, 2.5), pace, int(size * 2.2))
        account = audience(people, int(catalogue.topic[item]), len(time), rng, taste=0.5)
        about = people.awake(account, time, rng) & (time < catalogue.span)
        account, time = account[about][:size], time[about][:size]
        fresh = rng.random(len(time)) < (rng.uniform(0.0, 0.2) if small else rng.uniform(0.08, 0.35))
        account[fresh] = people.newcomers(int(fresh.sum()))
        parts.append(Part(account, np.full(len(time), item), time, NATURAL, CODE[name]))
        made += len(time)
    return join(parts)


def fan_likes(people: People, catalogue: Catalogue, n: int, rng: np.random.Generator) -> Part:
    """Fans who like nearly every new video of their creators in its first minutes. About n likes."""
    creators = len(catalogue.fame)
    new = np.flatnonzero((catalogue.birth > 0) & (catalogue.birth < catalogue.span - HOUR))
    loyalty_mean = 0.4 * RHYTHM.mean()
    raw = catalogue.fame * rng.lognormal(0, 0.6, creators)
    fans = raw * n / (raw[catalogue.creator[new]].sum() * loyalty_mean)
    fans = np.minimum(rng.poisson(fans), people.real // 20)
    owner = np.repeat(np.arange(creators), fans)
    account = np.empty(len(owner), dtype=np.int64)
    weight = np.sqrt(people.activity)
    for topic in range(TOPICS):
        rows = np.flatnonzero(catalogue.creator_topic[owner] == topic)
        pool = np.flatnonzero((people.interests == topic).any(axis=1))
        if len(pool) and len(rows):
            account[rows] = rng.choice(pool, len(rows), p=weight[pool] / weight[pool].sum())
        else:
            account[rows] = rng.integers(0, people.real, len(rows))
    loyalty = rng.beta(1.6, 2.4, len(owner))
    begin = np.concatenate(([0], np.cumsum(fans)))
    count = fans[catalogue.creator[new]]
    item = np.repeat(new, count)
    place = np.arange(len(item)) - np.repeat(np.cumsum(count) - count, count)
    fan = np.repeat(begin[catalogue.creator[new]], count) + place
    quick = rng.random(len(item)) < 0.8
    delay = rng.lognormal(np.log(np.where(quick, 4 * MINUTE, 3 * HOUR)), 0.9)
    time = catalogue.birth[item] + delay
    likes = (rng.random(len(item)) < loyalty[fan]) & people.awake(account[fan], time, rng)
    likes &= time < catalogue.span
    return Part(account[fan][likes], item[likes], time[likes], NATURAL, CODE["fans"])


def community_likes(
    people: People, catalogue: Catalogue, n: int, rng: np.random.Generator, scale: float
) -> Part:
    """Circles of some hundred accounts who quickly like what a few small creators of their topic post."""
    circles = max(2, int(rng.integers(12, 24) * scale))
    small = catalogue.fame < np.median(catalogue.fame) * 1.5
    parts = []
    for _ in range(circles):
        topic = int(rng.integers(0, TOPICS))
        members = np.unique(audience(people, topic, int(rng.integers(200, 900)), rng, taste=0.95))
        pool = np.flatnonzero(small & (catalogue.creator_topic == topic))
        creators = rng.choice(pool, min(int(rng.integers(8, 26)), len(pool)), replace=False)
        items = np.flatnonzero(np.isin(catalogue.creator, creators) & (catalogue.birth > 0))
        zeal = rng.beta(0.8, 3.5, len(members))
        grid_item = np.repeat(items, len(members))
        grid_member = np.tile(np.arange(len(members)), len(items))
        pace = np.log(rng.uniform(15, 90) * MINUTE)
        time = catalogue.birth[grid_item] + rng.lognormal(pace, 1.2, len(grid_item))
        account = members[grid_member]
        likes = (rng.random(len(account)) < zeal[grid_member]) & people.awake(account, time, rng)
        likes &= time < catalogue.span
        parts.append(Part(account[likes], grid_item[likes], time[likes], NATURAL, CODE["community"]))
    return _at_most(join(parts), n, rng)


def live_storms(people: People, catalogue: Catalogue, n: int, rng: np.random.Generator) -> Part:
    """Live rooms: waves of likes within a minute or two, many by regulars who visit all rooms of a topic."""
    parts: list[Part] = []
    made = 0
    regulars: dict[int, np.ndarray] = {}
    topics = rng.choice(TOPICS, 6, replace=False)
    while made < n:
        creator = int(rng.choice(len(catalogue.fame), p=catalogue.fame / catalogue.fame.sum()))
        topic = int(rng.choice(topics))
        if topic not in regulars:
            regulars[topic] = audience(people, topic, int(rng.integers(800, 2500)), rng, taste=0.9)
        start = rng.uniform(0, catalogue.span - 4 * HOUR)
        room = int(catalogue.add(np.array([creator]), np.array([start]))[0])
        length = rng.uniform(1, 3.5) * HOUR
        waves = rng.uniform(0, length, rng.integers(3, 12))
        sizes = rng.lognormal(np.log(90), 0.8, len(waves)).astype(np.int64) + 10
        time = start + np.repeat(waves, sizes) + rng.exponential(40 * SECOND, sizes.sum())
        steady = start + rng.uniform(0, length, int(sizes.sum() * 0.5))
        time = np.concatenate((time, steady))
        account = np.where(
            rng.random(len(time)) < 0.5,
            rng.choice(regulars[topic], len(time)),
            audience(people, topic, len(time), rng, taste=0.5),
        )
        about = people.awake(account, time, rng)
        parts.append(Part(account[about], np.full(about.sum(), room), time[about], NATURAL, CODE["storm"]))
        made += int(about.sum())
    return join(parts)


def cohort_shares(people: People, catalogue: Catalogue, rng: np.random.Generator) -> Part:
    """Things passed round in an office or a school: now and then some members like one item in one break."""
    parts = [Part(*(np.zeros(0, dtype=np.int64) for _ in range(3)), NATURAL, CODE["cohort"])]
    for cohort in range(int(people.cohort.max()) + 1):
        members = np.flatnonzero(people.cohort == cohort)
        if len(members) < 5:
            continue
        for _ in range(int(rng.integers(3, 9))):
            day = rng.uniform(0, catalogue.span / DAY - 1) // 1
            start = day * DAY + (12.2 + (cohort % 5) * 0.25 - people.zone[members[0]]) % 24 * HOUR
            weight = catalogue.weights(start)
            topical = weight * np.where(np.isin(catalogue.topic, people.interests[members[0]]), 1.0, 0.05)
            item = int(rng.choice(len(weight), p=topical / topical.sum()))
            who = members[rng.random(len(members)) < rng.uniform(0.08, 0.3)]
            time = start + rng.gamma(2, 6 * MINUTE, len(who))
            parts.append(Part(who, np.full(len(who), item), time, NATURAL, CODE["cohort"]))
    return join(parts)


def join(parts: list[Part]) -> Part:
    """One part of many."""
    account, item, time = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("account", "item", "time")
    )
    kind, strategy, campaign = (
        np.concatenate([np.broadcast_to(getattr(part, name), len(part)) for part in parts])
        for name in ("kind", "strategy", "campaign")
    )
    return Part(account, item, time, kind, strategy, campaign)


def _at_most(part: Part, n: int, rng: np.random.Generator) -> Part:
    return part if len(part) <= n else part.keep(rng.choice(len(part), n, replace=False))
