"""Populations: who lives on a platform, what is posted there, and the ordinary likes between the two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.families.development.draws import Dials, Grouped, capped
from benchmarks.families.development.scene import Items, People, Scene
from benchmarks.world import DAY, HOUR

#: Account, item and time of drawn likes.
Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Size:
    """How large a world is: real accounts, creators, ordinary likes wanted, days."""

    accounts: int
    creators: int
    likes: int
    days: int


@dataclass(frozen=True)
class Mind:
    """How tastes lie: topics of each zone, tastes an account, share of likes outside, shares of the zones."""

    topics: int
    tastes: int
    outside: float
    zones: tuple[float, ...] = (1.0,)


def draw_size(dials: Dials, low: float, high: float) -> Size:
    """A size with `low` to `high` ordinary likes, 6 to 22 of them an account and 80 to 400 a creator."""
    likes = int(dials.log("likes", low, high))
    return Size(
        accounts=int(likes / dials.log("likes_per_account", 6, 22)),
        creators=max(30, int(likes / dials.log("likes_per_creator", 80, 400))),
        likes=likes,
        days=dials.whole("days", 18, 34),
    )


def draw_people(dials: Dials, size: Size, mind: Mind) -> People:
    """Real accounts with heavy-tailed activity, tastes in their own zone, and an hour of the day."""
    rng, n = dials.rng, size.accounts
    activity = rng.pareto(dials.real("activity_tail", 1.2, 1.8), n) + dials.log("activity_floor", 0.05, 0.4)
    zone = rng.choice(len(mind.zones), n, p=np.asarray(mind.zones) / sum(mind.zones))
    shares = rng.lognormal(0, dials.real("topic_spread", 0.1, 0.9), mind.topics)
    tastes = rng.choice(mind.topics, (n, mind.tastes), p=shares / shares.sum()) + zone[:, None] * mind.topics
    peak = dials.real("peak_hour", 18, 21.5) + np.linspace(0, 24, len(mind.zones), endpoint=False)
    hour = rng.normal(peak[zone], dials.real("hours_apart", 1.5, 5.0))
    young = dials.pick("joined_inside", (0.0, 0.1, 0.3, 0.6), (3, 3, 2, 1))
    joined = np.where(rng.random(n) < young, rng.uniform(0, size.days * DAY, n), -np.inf)
    return People(
        activity=capped(activity, max(0.003, 15 / n)),
        tastes=tastes,
        zone=zone,
        hour=hour % 24,
        joined=joined,
        scatter=dials.real("hour_scatter", 1.0, 4.5),
        sessions=dials.chance("sessions", 0.4),
    )


def draw_items(dials: Dials, size: Size, topics: int) -> Items:
    """Creators of one topic each with several items, whose lives decay over hours to days."""
    rng = dials.rng
    fame = rng.pareto(dials.real("fame_tail", 1.0, 1.6), size.creators) + 0.05
    topic_of_creator = rng.permutation(np.arange(size.creators) % topics)
    output = rng.gamma(2.0, dials.real("items_per_creator", 5, 12) / 2, size.creators)
    creator = np.repeat(np.arange(size.creators), 1 + rng.poisson(output))
    pull = capped(fame, 0.05)[creator] * rng.lognormal(0, dials.real("pull_spread", 0.8, 1.5), len(creator))
    growth = dials.real("growth", 0.7, 1.3)  # above one the platform posts ever less, below one ever more
    span = size.days * DAY
    birth = (span + 5 * DAY) * rng.random(len(creator)) ** growth - 5 * DAY
    life = dials.log("life_hours", 5, 30) * rng.lognormal(
        0, dials.real("life_spread", 0.3, 1.0), len(creator)
    )
    return Items(creator, topic_of_creator[creator], pull, birth, life * HOUR, topics)


def tastes_world(dials: Dials, size: Size, mind: Mind) -> Scene:
    """People who choose among their tastes' items by pull, a share of their likes outside them."""
    topics = dials.keep("topics", mind.topics * len(mind.zones))
    people, items = draw_people(dials, size, mind), draw_items(dials, size, topics)
    scene, rng = Scene(people, items, size.days * DAY, dials), dials.rng
    chance = people.activity / people.activity.sum()
    own = Grouped(items.topic, items.pull, topics)
    near = Grouped(items.topic // mind.topics, items.pull, len(mind.zones))
    far = Grouped(np.zeros(len(items), np.int64), items.pull, 1)
    abroad = dials.real(
        "outside_zone", 0.0, 0.4
    )  # of likes outside one's tastes, those outside one's zone too
    shape = dials.real("life_shape", 0.8, 2.5)

    def draw(count: int) -> Drawn:
        account = np.repeat(np.arange(len(people)), rng.multinomial(count, chance))
        item = own.draw(people.tastes[account, rng.integers(0, mind.tastes, len(account))], rng)
        out = np.flatnonzero((rng.random(len(account)) < mind.outside) | (item < 0))
        item[out] = near.draw(people.zone[account[out]], rng)
        out = out[(rng.random(len(out)) < abroad) | (item[out] < 0)]
        item[out] = far.draw(np.zeros(len(out), np.int64), rng)
        return account, item, items.birth[item] + items.life[item] / shape * rng.gamma(shape, 1.0, len(item))

    _settle(scene, draw, size.likes)
    return scene


def feeds_world(dials: Dials, size: Size, communities: int, inside: float) -> Scene:
    """People who follow creators, most of them in their own community, and like what those post."""
    dials.keep("communities", communities)
    mind = Mind(topics=communities, tastes=1, outside=0.0)
    people, items = draw_people(dials, size, mind), draw_items(dials, size, communities)
    scene, rng = Scene(people, items, size.days * DAY, dials), dials.rng
    account, creator = _follows(dials, people, items, inside)
    creators = int(items.creator.max()) + 1
    reach = np.bincount(creator, people.activity[account], minlength=creators)[items.creator]
    followers = np.bincount(creator, minlength=creators)[items.creator]
    reach_now = reach * rng.lognormal(0, dials.real("post_spread", 0.4, 1.1), len(items))
    feed = Grouped(creator, people.activity[account], creators)
    late, spread = dials.log("feed_delay_hours", 0.25, 6) * HOUR, dials.real("delay_spread", 0.7, 1.4)

    def draw(count: int) -> Drawn:
        # A post cannot please more followers than there are.
        likes = rng.poisson(np.minimum(count * reach_now / reach_now.sum(), 0.6 * followers))
        item = np.repeat(np.arange(len(items)), likes)
        follow = feed.draw(items.creator[item], rng)
        return account[follow], item, items.birth[item] + late * rng.lognormal(0, spread, len(item))

    _settle(scene, draw, size.likes)
    return scene


def _follows(dials: Dials, people: People, items: Items, inside: float) -> tuple[np.ndarray, np.ndarray]:
    """Who follows whom: account and creator of each follow."""
    rng, creators = dials.rng, int(items.creator.max()) + 1
    fame = rng.pareto(dials.real("followers_tail", 0.9, 1.4), creators) + 0.05
    topic_of_creator = np.zeros(creators, np.int64)
    topic_of_creator[items.creator] = items.topic
    degree = rng.poisson(np.minimum(rng.gamma(1.0, dials.real("follows", 12, 40), len(people)), 300))
    account = np.repeat(np.arange(len(people)), degree)
    near = Grouped(topic_of_creator, fame, items.topics).draw(people.tastes[account, 0], rng)
    far = Grouped(np.zeros(creators, np.int64), fame, 1).draw(np.zeros(len(account), np.int64), rng)
    creator = np.where((rng.random(len(account)) < inside) & (near >= 0), near, far)
    pair = np.unique(account * creators + creator)
    return pair // creators, pair % creators


def _settle(scene: Scene, draw: Callable[[int], Drawn], target: int) -> None:
    """Draw ordinary likes until there are enough: one per pair, at people's hours, with the week's rhythm."""
    dials, rng = scene.dials, scene.rng
    moved = dials.pick("moved_to_own_hours", (0.0, float(rng.uniform(0.3, 0.9)), 1.0), (1.5, 3, 4))
    weekday = dials.real("weekday_share", 0.6, 1.0)
    likes = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    for count in (1.7 * target, 1.2 * target, 1.2 * target):
        account, item, time = draw(int(count))
        rows = np.flatnonzero(rng.random(len(time)) < moved)
        time[rows] = scene.at_own_hours(time[rows], account[rows], scene.items.birth[item[rows]])
        lived = (time >= np.maximum(scene.people.joined[account], 0)) & (time < scene.span)
        lived &= (rng.random(len(time)) < weekday) | (np.floor(time / DAY) % 7 >= 5)
        lived &= item >= 0
        likes = tuple(
            np.concatenate([old, new[lived]]) for old, new in zip(likes, (account, item, time), strict=True)
        )
        rows = rng.permutation(len(likes[0]))
        rows = rows[np.unique(likes[0][rows] * len(scene.items) + likes[1][rows], return_index=True)[1]]
        likes = tuple(values[rows] for values in likes)
        if len(rows) > 0.95 * target:
            break
    rows = rng.permutation(len(rows))[:target]
    scene.ordinary(likes[0][rows], likes[1][rows], likes[2][rows])


def plain(dials: Dials, low: float, high: float) -> Scene:
    """One zone, some tens of topics, a fair share of likes outside one's tastes."""
    size = draw_size(dials, low, high)
    topics = min(dials.whole("topics_wanted", 20, 90), size.creators // 3)
    return tastes_world(
        dials, size, Mind(topics, dials.whole("tastes", 1, 4), dials.real("outside", 0.08, 0.45))
    )


def zones(dials: Dials, low: float, high: float) -> Scene:
    """Three time zones that mostly keep to themselves."""
    size = draw_size(dials, low, high)
    shares = tuple(np.round(np.sort(dials.rng.dirichlet([8.0, 6.0, 4.0]))[::-1], 3).tolist())
    dials.keep("zones", shares)
    topics = min(dials.whole("topics_wanted", 10, 30), size.creators // 9)
    outside = dials.real("outside", 0.05, 0.4)
    return tastes_world(dials, size, Mind(topics, dials.whole("tastes", 1, 3), outside, shares))


def islands(dials: Dials, low: float, high: float) -> Scene:
    """Strict tastes, as where languages or countries part a platform: hardly anybody likes outside them."""
    size = draw_size(dials, low, high)
    outside = dials.pick("outside", (0.0, dials.rng.uniform(0.0, 0.02), dials.rng.uniform(0.02, 0.05)))
    topics = min(int(dials.log("topics_wanted", 10, 220)), size.creators // 3)
    return tastes_world(dials, size, Mind(topics, dials.whole("tastes", 1, 3), outside))


def feeds(dials: Dials, low: float, high: float) -> Scene:
    """A platform of follow feeds, with none to hundreds of communities, loose to closed."""
    size = draw_size(dials, low, high)
    some, many = dials.rng.integers(8, 60), dials.rng.integers(60, 320)
    communities = min(int(dials.pick("wanted", (1, int(some), int(many)), (1, 3, 3))), size.creators // 4)
    inside = dials.pick("inside", (1.0, dials.rng.uniform(0.8, 1.0)), (1, 2))
    return feeds_world(dials, size, communities, inside)


#: Every kind of population, by name.
POPULATIONS = {"plain": plain, "zones": zones, "islands": islands, "feeds": feeds}
