"""Natural crowds: real people who like the same things at the same time, with nobody paying for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.families.contract import NATURAL
from benchmarks.families.record.draws import magnitude, next_at, whole
from benchmarks.families.record.stage import Stage
from benchmarks.world import DAY, HOUR, MINUTE

Crowd = Callable[[Stage], None]


def _gather(stage: Stage, size: int, topic: int, near: float, even: float = 0.0) -> np.ndarray:
    """Four times as many accounts as shall come, a share `near` of them with the taste."""
    mates = stage.rng.random(4 * size) < near
    return np.where(mates, stage.tastemates(4 * size, topic), stage.anyone(4 * size, even))


def viral(stage: Stage) -> None:
    """One item that everybody sees for a day or two."""
    rng = stage.rng
    for item in stage.pick(1, 0.6):
        size = stage.audience(0.004, 0.05)
        topic = int(stage.catalogue.topic[item])
        account = _gather(stage, size, topic, rng.uniform(0.1, 0.7))
        start = stage.daytime(stage.catalogue.birth[item] + magnitude(rng, 0.5, 20) * HOUR, topic)
        time = start + rng.gamma(rng.uniform(1.5, 3.0), magnitude(rng, 1.5, 9.0) * HOUR, len(account))
        stage.join(stage.crowd("viral"), account, item, time, size)


def fans(stage: Stage) -> None:
    """A creator's loyal fans, who come soon after each new item of his."""
    rng, catalogue = stage.rng, stage.catalogue
    creator = int(rng.choice(len(catalogue.fame), p=catalogue.fame / catalogue.fame.sum()))
    topic = int(catalogue.topic_of_creator[creator])
    loyal = np.unique(stage.tastemates(whole(rng, 40, 400), topic))
    crowd = stage.crowd("fans")
    zeal, lag = rng.uniform(0.2, 0.8), magnitude(rng, 10, 120) * MINUTE
    for item in stage.items_of(np.array([creator])):
        here = loyal[rng.random(len(loyal)) < zeal]
        time = catalogue.birth[item] + lag * rng.lognormal(0.0, 1.0, len(here))
        stage.join(crowd, here, item, time, len(here))


def storm(stage: Stage) -> None:
    """A live room: all who sit in it like what is shown, within an hour or so."""
    rng = stage.rng
    for first in stage.pick(1, 0.4):
        topic = int(stage.catalogue.topic[first])
        size = stage.audience(0.003, 0.02)
        start = stage.daytime(stage.catalogue.birth[first] + rng.exponential(6 * HOUR), topic)
        room = _gather(stage, size, topic, rng.uniform(0.5, 0.95))
        length = magnitude(rng, 20, 100) * MINUTE
        crowd = stage.crowd("storm")
        others = stage.items_of(stage.catalogue.creator[[first]])
        others = others[(stage.catalogue.birth[others] < start) & (others != first)]
        for item in [first, *rng.permutation(others)[: rng.integers(0, 3)]]:
            there = room[rng.random(len(room)) < (1.0 if item == first else rng.uniform(0.2, 0.7))]
            time = start + rng.beta(1.2, 1.6, len(there)) * length
            stage.join(crowd, there, int(item), time, size)


def push(stage: Stage) -> None:
    """A notification sent at one moment to many."""
    rng = stage.rng
    for item in stage.pick(1, 0.5):
        size = stage.audience(0.002, 0.02)
        topic = int(stage.catalogue.topic[item])
        start = stage.daytime(stage.catalogue.birth[item] + rng.exponential(8 * HOUR), topic)
        account = _gather(stage, size, topic, rng.uniform(0.0, 1.0))
        time = start + rng.exponential(magnitude(rng, 6, 45) * MINUTE, len(account))
        stage.join(stage.crowd("push"), account, item, time, size)


def television(stage: Stage) -> None:
    """A creator named on television one evening: many who seldom come look up a few of his items."""
    rng = stage.rng
    for first in stage.pick(1, 0.5):
        size = stage.audience(0.003, 0.025)
        evening = np.mod(rng.choice(np.array(stage.recipe.zones)) + rng.uniform(-1.5, 2.0), 24.0)
        start = float(next_at(stage.catalogue.birth[first] + rng.uniform(0, 2) * DAY, evening))
        items = stage.items_of(stage.catalogue.creator[[first]])
        items = items[stage.catalogue.birth[items] < start]
        crowd = stage.crowd("television")
        for item in rng.permutation(items)[: rng.integers(1, 5)]:
            account = _gather(stage, size, int(stage.catalogue.topic[item]), 0.1, even=rng.uniform(0.3, 0.9))
            time = start + rng.gamma(1.5, magnitude(rng, 5, 25) * MINUTE, len(account))
            stage.join(crowd, account, int(item), time, max(20, int(size * rng.uniform(0.2, 1.0))))


def wave(stage: Stage) -> None:
    """A recommender shows an item to accounts of its taste within a few hours."""
    rng = stage.rng
    for item in stage.pick(1, rng.uniform(0.0, 0.5)):
        topic = int(stage.catalogue.topic[item])
        size = whole(rng, 60, 300)
        account = stage.tastemates(5 * size, topic)
        start = stage.daytime(stage.catalogue.birth[item] + rng.exponential(12 * HOUR), topic)
        time = start + rng.random(len(account)) * rng.uniform(2.0, 7.0) * HOUR
        mates = int(0.4 * len(np.unique(account))) + 20
        stage.join(stage.crowd("wave"), account, item, time, min(size, mates))


def school_class(stage: Stage) -> None:
    """A class or an office: on working days, in a break, those present like what one of them shows."""
    rng, catalogue = stage.rng, stage.catalogue
    members = stage.residents(whole(rng, 15, 50))
    if len(members) < 12:
        return
    noon = stage.recipe.zones[int(stage.people.zone[members[0]])] - rng.uniform(7.0, 10.0)
    breaks = np.mod(noon + rng.uniform(-2.0, 3.0, rng.integers(1, 3)), 24.0)
    day = np.arange(int(stage.recipe.days) - 1)
    day = day[(day + stage.nature.first_day) % 7 < 5]
    start = np.add.outer(day * DAY, breaks * HOUR).ravel()
    start = start[rng.random(len(start)) < rng.uniform(0.5, 1.0)] + rng.normal(0, 3 * MINUTE)
    seen = rng.choice(members, (len(start), 60))
    topic = stage.people.tastes[seen, rng.integers(0, stage.people.tastes.shape[1], seen.shape)]
    shown = stage.nature.by_topic.draw(topic.ravel(), rng).reshape(topic.shape)
    age = start[:, None] - catalogue.birth[shown]
    fit = (age > 0) & ((age < 4 * DAY) | catalogue.evergreen[shown])
    item = shown[np.arange(len(start)), fit.argmax(axis=1)]
    meets = rng.random((len(start), len(members))) < rng.uniform(0.4, 0.85) * rng.uniform(0.3, 0.75)
    session, member = np.nonzero(meets & fit.any(axis=1)[:, None])
    time = start[session] + rng.random(len(session)) * rng.uniform(5, 20) * MINUTE
    stage.add((members[member], item[session], time), NATURAL, stage.crowd("class"))


def exchange(stage: Stage) -> None:
    """Real people who post, and like each other's new posts within the hour."""
    rng, catalogue = stage.rng, stage.catalogue
    members = stage.residents(whole(rng, 15, 39))
    if len(members) < 12:
        return
    small = np.argsort(np.argsort(catalogue.fame)) < 0.7 * len(catalogue.fame)
    creators = rng.permutation(np.flatnonzero(small))[: int(len(members) * rng.uniform(0.6, 1.0))]
    items = stage.items_of(creators)
    author = np.searchsorted(np.sort(creators), catalogue.creator[items])
    does = rng.random((len(items), len(members))) < rng.uniform(0.4, 0.8)
    does[np.arange(len(items)), author] = False
    post, member = np.nonzero(does)
    time = catalogue.birth[items[post]] + rng.beta(1.0, 1.5, len(post)) * magnitude(rng, 0.5, 2.0) * HOUR
    there = stage.awake(members[member], time) | (rng.random(len(time)) < 0.4)
    drawn = members[member][there], items[post][there], time[there]
    stage.add(drawn, NATURAL, stage.crowd("exchange"))


def fan_club(stage: Stage) -> None:
    """An organised club: at set times its members like everything of one idol, perhaps of his friends."""
    rng, catalogue = stage.rng, stage.catalogue
    known = np.flatnonzero(catalogue.fame > np.quantile(catalogue.fame, 0.7))
    idol = int(rng.choice(known))
    topic = int(catalogue.topic_of_creator[idol])
    members = stage.residents(whole(rng, 50, 400), topic)
    if len(members) < 15:
        return
    friends = rng.permutation(np.flatnonzero(catalogue.topic_of_creator == topic))[: rng.integers(0, 4)]
    evening = stage.recipe.zones[int(stage.people.zone[members[0]])]
    hours = np.mod(evening + rng.uniform(-8.0, 2.0, rng.integers(1, 4)), 24.0)
    crowd, zeal = stage.crowd("fanclub"), rng.uniform(0.5, 0.9)
    for item in stage.items_of(np.unique(np.append(friends, idol))):
        own = catalogue.creator[item] == idol
        here = members[rng.random(len(members)) < (zeal if own else rng.uniform(0.2, 0.6))]
        start = min(float(next_at(catalogue.birth[item], hour)) for hour in hours)
        time = start + rng.exponential(magnitude(rng, 3, 20) * MINUTE, len(here))
        stage.add((here, np.full(len(here), item), time), NATURAL, crowd)


def link(stage: Stage) -> None:
    """A link on another site: readers come with a long tail, some of them new here and soon gone again."""
    rng = stage.rng
    for item in stage.pick(1, 0.3):
        size = int(min(whole(rng, 50, 600), 0.03 * stage.recipe.accounts + 40))
        topic = int(stage.catalogue.topic[item])
        start = stage.daytime(stage.catalogue.birth[item] + rng.exponential(20 * HOUR), topic)
        account = _gather(stage, size, topic, rng.uniform(0.0, 0.6), even=0.5)
        time = start + rng.lognormal(0.0, 1.3, len(account)) * magnitude(rng, 0.5, 4.0) * HOUR
        crowd = stage.crowd("link")
        new = int(size * rng.uniform(0.0, 0.4))
        stage.join(crowd, account, item, time, size - new)
        if new:
            first = start + rng.lognormal(0.0, 1.3, new) * HOUR
            visitors = stage.newcomers(new, np.minimum(first, stage.span - 1.0))
            stage.add((visitors, np.full(new, item), first), NATURAL, crowd)
            stage.own_likes(np.repeat(visitors, rng.poisson(rng.uniform(1.0, 5.0), new)), by_taste=True)


CROWDS: dict[str, tuple[Crowd, int, int]] = {
    "viral": (viral, 2, 9),
    "fans": (fans, 4, 20),
    "storm": (storm, 2, 10),
    "push": (push, 2, 12),
    "television": (television, 1, 4),
    "wave": (wave, 15, 110),
    "class": (school_class, 2, 10),
    "exchange": (exchange, 2, 7),
    "fanclub": (fan_club, 1, 6),
    "link": (link, 2, 10),
}


def furnish(stage: Stage, left_out: float = 0.2) -> None:
    """Natural crowds of every kind; each kind is missing with the chance `left_out`."""
    for make, low, high in CROWDS.values():
        if stage.rng.random() < left_out:
            continue
        for _ in range(stage.some(low, high)):
            make(stage)


__all__ = ["CROWDS", "furnish"]
