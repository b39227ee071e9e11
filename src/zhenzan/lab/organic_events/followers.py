"""Followers' visits: fans in the first minutes, circles around small creators, card hunters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhenzan.lab.organic_events.setting import AWAKE_MEAN, Setting
from zhenzan.lab.rng import generator
from zhenzan.lab.time_units import HOUR, MINUTE, SECOND, awake
from zhenzan.lab.visit_calendar import Visits, join
from zhenzan.lab.vocabulary import MOTIVES, SOURCE_CODE

__all__ = ["circles", "fans", "hunters"]

LOYALTY = (1.6, 2.4)  # a loyal follower's chance to come, as a beta distribution
LOYALTY_MEAN = LOYALTY[0] / sum(LOYALTY)
QUICK_SHARE = 0.8


def fans(setting: Setting) -> Visits:
    """Loyal followers who come to nearly every new video of a creator, most in its first minutes."""
    rng, people, catalogue = generator(setting.seed, "fans"), setting.people, setting.catalogue
    new = _new_items(setting)
    fan_order = np.argsort(people.follow_creator, kind="stable")
    viewer = np.repeat(np.arange(len(people.follow_offset) - 1), np.diff(people.follow_offset))[fan_order]
    edges = np.searchsorted(people.follow_creator[fan_order], np.arange(setting.makers.count + 1))
    followers = np.diff(edges)
    occasions = int(followers[catalogue.creator[new]].sum())
    if occasions == 0 or setting.visits_wanted("fans") == 0:
        return join([])
    loyal_share = setting.visits_wanted("fans") / (occasions * LOYALTY_MEAN * AWAKE_MEAN)
    loyalty = rng.beta(*LOYALTY, len(viewer)) * max(1.0, min(loyal_share, 1.0 / LOYALTY_MEAN))
    loyalty[rng.random(len(viewer)) >= loyal_share] = 0.0
    owner = catalogue.creator[new]
    count = followers[owner]
    item = np.repeat(new, count)
    offset = np.arange(len(item)) - np.repeat(np.cumsum(count) - count, count)
    row = np.repeat(edges[owner], count) + offset
    comes = np.flatnonzero(rng.random(len(row)) < loyalty[row])
    item, account = item[comes], viewer[row[comes]]
    quick = rng.random(len(item)) < QUICK_SHARE
    delay = rng.lognormal(np.log(np.where(quick, 4 * MINUTE, 3 * HOUR)), 0.9)
    time = catalogue.published[item] + delay.astype(np.int64)
    kept = awake(time, people.zone[account], rng) & (time < setting.end)
    return Visits.of(account[kept], item[kept], time[kept], SOURCE_CODE["fans"])


def circles(setting: Setting) -> Visits:
    """Circles of some hundred viewers who soon look at what a few small creators of their topic post."""
    rng, catalogue, makers = generator(setting.seed, "community"), setting.catalogue, setting.makers
    target = setting.visits_wanted("community")
    small = makers.fame < np.median(makers.fame) * 1.5
    new = _new_items(setting)
    parts: list[Visits] = []
    visits_made, attempts = 0, 0
    while visits_made < target and attempts < 400:
        attempts += 1
        topic = int(rng.choice(makers.topic))
        pool = np.flatnonzero(small & (makers.topic == topic))
        size = int(rng.integers(200, 900) * max(setting.scale, 0.1))
        members = np.unique(setting.audience(topic, size, rng, 0.95))
        chosen = rng.choice(pool, min(int(rng.integers(8, 26)), len(pool)), replace=False)
        items = new[np.isin(catalogue.creator[new], chosen)]
        if len(items) == 0:
            continue
        zeal = rng.beta(0.8, 3.5, len(members))
        grid_item, grid_member = np.repeat(items, len(members)), np.tile(np.arange(len(members)), len(items))
        comes = rng.random(len(grid_item)) < zeal[grid_member]
        grid_item, account = grid_item[comes], members[grid_member[comes]]
        delay = rng.lognormal(np.log(rng.uniform(15, 90) * MINUTE), 1.2, len(account))
        time = catalogue.published[grid_item] + delay.astype(np.int64)
        kept = awake(time, setting.people.zone[account], rng) & (time < setting.end)
        parts.append(Visits.of(account[kept], grid_item[kept], time[kept], SOURCE_CODE["community"]))
        visits_made += len(parts[-1])
    visits = join(parts)
    return visits if len(visits) <= target else visits.take(np.sort(rng.permutation(len(visits))[:target]))


def hunters(setting: Setting) -> Visits:
    """Viewers who like a creator's latest videos in one go, up to the number that unlocks a card."""
    rng, catalogue, people = generator(setting.seed, "hunter"), setting.catalogue, setting.people
    threshold = setting.scenario.rewards.card_threshold
    target = setting.visits_wanted("hunter")
    if threshold == 0 or target < threshold:
        return join([])
    listed = np.flatnonzero(catalogue.listed)
    order = listed[np.argsort(catalogue.creator[listed], kind="stable")]  # by creator, then time
    edges = np.searchsorted(catalogue.creator[order], np.arange(setting.makers.count + 1))
    rich = np.flatnonzero(np.diff(edges) >= threshold)
    if len(rich) == 0:
        return join([])
    hunts = target // threshold
    fame = setting.makers.fame[rich]
    creator = rich[
        np.minimum(np.searchsorted(np.cumsum(fame), rng.random(hunts) * fame.sum()), len(rich) - 1)
    ]
    account = _reward_seekers(setting, hunts, rng)
    start = rng.integers(0, setting.end - HOUR, hunts)
    ripe = catalogue.published[order[edges[creator] + threshold - 1]] < start
    ripe &= awake(start, people.zone[account], rng)
    latest = _latest(catalogue.published, order, edges, creator[ripe], start[ripe])
    back = np.arange(threshold)
    item = order[np.maximum(latest[:, None] - back, edges[creator[ripe]][:, None])]
    gap = rng.uniform(3, 12, item.shape) * SECOND
    time = start[ripe][:, None] + np.cumsum(gap, axis=1).astype(np.int64)
    who = np.repeat(account[ripe], threshold)
    return Visits.of(who, item.ravel(), time.ravel(), SOURCE_CODE["hunter"])


def _new_items(setting: Setting) -> npt.NDArray[np.int64]:
    published, listed = setting.catalogue.published, setting.catalogue.listed
    return np.flatnonzero(listed & (published >= 0) & (published < setting.end - HOUR))


def _reward_seekers(setting: Setting, n: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """N viewers, those with a strong motive for rewards far oftener."""
    motives = setting.people.motives[: setting.people.viewers]
    reward = MOTIVES.index("reward")
    weight = np.cumsum((motives[:, reward] - motives[:, reward - 1]).astype(np.float64) ** 2 + 1e-9)
    return np.minimum(np.searchsorted(weight, rng.random(n) * weight[-1]), len(weight) - 1)


def _latest(
    published: npt.NDArray[np.int64],
    order: npt.NDArray[np.int64],
    edges: npt.NDArray[np.int64],
    creator: npt.NDArray[np.int64],
    time: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """The place in `order` of each creator's last item before a time."""
    span = int(published.max() - published.min()) + 1
    rank = np.repeat(np.arange(len(edges) - 1), np.diff(edges)) * span + (published[order] - published.min())
    at = np.clip(time - published.min(), 0, span - 1)
    return np.searchsorted(rank, creator * span + at) - 1
