"""Who lives on a platform and what is posted there: people with tastes, hours and languages, and items."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from benchmarks.families.record.draws import Rng, Segments, growing, magnitude, next_at, whole
from benchmarks.world import DAY, HOUR

TASTES = 3  # columns of an account's tastes; who has fewer repeats them


@dataclass(frozen=True)
class Recipe:
    """What is drawn of a population before anybody lives in it. Shares are of one; hours are local."""

    likes: int  # in the whole world, whatever made them
    days: float
    accounts: int
    creators: int
    posts: float  # items a creator beside the first
    activity_tail: float
    activity_floor: float
    topics: int  # in each language
    topic_skew: float
    tastes: int  # at most this many an account
    outside: float  # share of likes outside one's tastes
    foreign: float  # share of those that cross languages
    drift: float  # share of items off their creator's topic
    languages: int
    zones: tuple[float, ...]  # hour at which each zone's evening lies
    zone_weights: tuple[float, ...]
    early_late: float  # hours by which people differ
    scatter: float  # hours by which a person's likes differ
    rhythmic: float  # share of likes moved to the person's own hours
    weekend: float  # weight of days off, of days of work 1
    festivals: int
    festival_boost: float
    newcomers: float
    growth: float
    evergreen: float
    life_hours: float
    life_spread: float
    life_shape: float
    fame_tail: float
    pull_spread: float
    feed: float  # share of ordinary likes that come by following
    follows: float
    inside: float  # share of follows inside one's own tastes
    feed_hours: float
    feed_rhythmic: float

    @property
    def span(self) -> float:
        return self.days * DAY


@dataclass
class People:
    """Accounts, aligned; accounts that campaigns or links bring are added at the end with no activity."""

    activity: np.ndarray
    tastes: np.ndarray  # int[n, TASTES]: topics over all languages
    language: np.ndarray
    zone: np.ndarray
    hour: np.ndarray
    arrival: np.ndarray

    def __len__(self) -> int:
        return len(self.activity)

    def add(self, others: People) -> np.ndarray:
        """Let others in; returns their places."""
        before = len(self)
        for column in fields(self):
            joined = np.concatenate([getattr(self, column.name), getattr(others, column.name)])
            setattr(self, column.name, joined)
        return np.arange(before, len(self))


@dataclass(frozen=True)
class Catalogue:
    """Items, aligned (`creator` to `evergreen`), and creators, aligned (the rest)."""

    creator: np.ndarray
    topic: np.ndarray
    language: np.ndarray
    birth: np.ndarray
    pull: np.ndarray
    life: np.ndarray
    evergreen: np.ndarray
    topic_of_creator: np.ndarray
    fame: np.ndarray


def draw_recipe(rng: Rng, likes: int, **fixed: object) -> Recipe:
    """A population of about `likes` likes; what is not `fixed` is drawn from broad ranges."""
    posts = rng.uniform(4.0, 14.0)
    creators = int(likes / magnitude(rng, 12.0, 45.0) / (1.0 + posts)) + 40
    languages = int(fixed.get("languages", 1))
    topics = int(fixed.pop("topics", whole(rng, 10, 200) // languages))
    values: dict[str, object] = {
        "likes": likes,
        "days": float(rng.integers(24, 36)),
        "accounts": int(likes / magnitude(rng, 8.0, 28.0)),
        "creators": creators,
        "posts": posts,
        "topics": int(np.clip(topics, 1, max(3, creators // (6 * languages)))),
        "topic_skew": rng.uniform(0.0, 0.9),
        "tastes": int(rng.integers(1, TASTES + 1)),
        "outside": 0.0 if rng.random() < 0.2 else rng.uniform(0.0, 0.3),
        "foreign": rng.uniform(0.0, 0.3),
        "drift": 0.0 if rng.random() < 0.5 else rng.uniform(0.0, 0.15),
        "languages": languages,
    }
    return Recipe(**{**values, **_draw_times(rng), **_draw_reach(rng), **fixed})  # type: ignore[arg-type]


def _draw_times(rng: Rng) -> dict[str, object]:
    return {
        "zones": (20.0,),
        "zone_weights": (1.0,),
        "early_late": rng.uniform(1.5, 4.0),
        "scatter": rng.uniform(2.0, 4.5),
        "rhythmic": rng.uniform(0.6, 1.0),
        "weekend": rng.uniform(0.9, 1.3),
        "festivals": 0,
        "festival_boost": rng.uniform(1.5, 3.0),
        "newcomers": rng.uniform(0.0, 0.2),
        "growth": 0.0,
        "evergreen": rng.uniform(0.0, 0.1),
        "life_hours": magnitude(rng, 6.0, 40.0),
        "life_spread": rng.uniform(0.3, 1.0),
        "life_shape": rng.uniform(0.8, 2.0),
    }


def _draw_reach(rng: Rng) -> dict[str, object]:
    return {
        "activity_tail": rng.uniform(1.15, 1.9),
        "activity_floor": rng.uniform(0.05, 0.3),
        "fame_tail": rng.uniform(1.05, 1.8),
        "pull_spread": rng.uniform(0.7, 1.4),
        "feed": 0.0,
        "follows": magnitude(rng, 12.0, 40.0),
        "inside": 1.0 if rng.random() < 0.25 else rng.uniform(0.8, 1.0),
        "feed_hours": magnitude(rng, 0.3, 4.0),
        "feed_rhythmic": rng.uniform(0.0, 0.6),
    }


def shares(count: int, skew: float) -> np.ndarray:
    """Weights that fall with the rank to the power of `skew`, of sum one."""
    weight = np.arange(1, count + 1, dtype=np.float64) ** -skew
    return weight / weight.sum()


def draw_people(recipe: Recipe, count: int, rng: Rng, active: bool = True) -> People:
    """People with heavy-tailed activity, one to three tastes in one language, and hours of their own."""
    language = rng.choice(recipe.languages, count, p=shares(recipe.languages, 0.7))
    zone = rng.choice(len(recipe.zones), count, p=recipe.zone_weights)
    if recipe.languages > 1:
        zone = np.where(rng.random(count) < 0.9, language % len(recipe.zones), zone)
    topic = rng.choice(recipe.topics, (count, TASTES), p=shares(recipe.topics, recipe.topic_skew))
    last = rng.integers(0, recipe.tastes, count)
    column = np.minimum(np.arange(TASTES)[None, :], last[:, None])
    tastes = np.take_along_axis(topic, column, axis=1) + (language * recipe.topics)[:, None]
    activity = np.minimum(rng.pareto(recipe.activity_tail, count), 150.0) + recipe.activity_floor
    late = rng.random(count) < recipe.newcomers
    arrival = np.where(late, growing(rng, count, recipe.growth) * recipe.span * 0.97, -1.0)
    hour = np.mod(np.array(recipe.zones)[zone] + rng.normal(0.0, recipe.early_late, count), 24.0)
    return People(activity if active else np.zeros(count), tastes, language, zone, hour, arrival)


def draw_catalogue(recipe: Recipe, rng: Rng) -> Catalogue:
    """Creators of one topic each with several items; an item's pull is its own times its creator's fame."""
    topics = recipe.languages * recipe.topics
    weight = np.outer(shares(recipe.languages, 0.7), shares(recipe.topics, recipe.topic_skew * 0.7)).ravel()
    free = max(recipe.creators - topics, 0)
    topic_of_creator = np.concatenate([np.arange(topics), rng.choice(topics, free, p=weight)])
    fame = np.minimum(rng.pareto(recipe.fame_tail, len(topic_of_creator)) + 0.05, 80.0)
    creator = np.repeat(np.arange(len(fame)), 1 + rng.poisson(recipe.posts, len(fame)))
    count = len(creator)
    topic = topic_of_creator[creator]
    astray = rng.random(count) < recipe.drift
    topic = np.where(
        astray, topic // recipe.topics * recipe.topics + rng.integers(0, recipe.topics, count), topic
    )
    language = topic // recipe.topics
    evergreen = rng.random(count) < recipe.evergreen
    early = 3.0 * DAY
    birth = growing(rng, count, recipe.growth) * (recipe.span + early) - early
    zone = np.where(rng.random(count) < 0.9, language % len(recipe.zones), 0)
    posting = np.mod(np.array(recipe.zones)[zone] - 2.0 + rng.normal(0.0, 4.0, count), 24.0)
    birth = np.where(rng.random(count) < 0.8, next_at(birth - DAY / 2, posting), birth)
    birth = np.where(evergreen & (rng.random(count) < 0.8), -growing(rng, count, 0.0) * 400 * DAY, birth)
    return Catalogue(
        creator=creator,
        topic=topic,
        language=language,
        birth=birth,
        pull=rng.lognormal(0.0, recipe.pull_spread, count) * fame[creator],
        life=recipe.life_hours * HOUR * rng.lognormal(0.0, recipe.life_spread, count),
        evergreen=evergreen,
        topic_of_creator=topic_of_creator,
        fame=fame,
    )


@dataclass(frozen=True)
class Follows:
    """Who follows whom (edges, aligned), drawn by the follower's activity inside a creator's followers."""

    account: np.ndarray
    by_creator: Segments


def draw_follows(recipe: Recipe, people: People, catalogue: Catalogue, rng: Rng) -> Follows:
    """Each account follows some creators by fame, a share of them inside its own tastes."""
    wish = np.minimum(rng.poisson(rng.gamma(1.2, recipe.follows / 1.2, len(people))) + 1, 300)
    account = np.repeat(np.arange(len(people)), wish)
    column = rng.integers(0, TASTES, len(account))
    by_topic = Segments(catalogue.topic_of_creator, catalogue.fame, recipe.languages * recipe.topics)
    creator = by_topic.draw(people.tastes[account, column], rng)
    out = np.flatnonzero(rng.random(len(account)) > recipe.inside)
    anywhere = Segments(np.zeros(len(catalogue.fame), np.int64), catalogue.fame, 1)
    creator[out] = anywhere.draw(np.zeros(len(out), np.int64), rng)
    pair = np.unique(account * len(catalogue.fame) + creator)
    account, creator = np.divmod(pair, len(catalogue.fame))
    weight = np.minimum(people.activity[account], 20.0)
    return Follows(account, Segments(creator, weight, len(catalogue.fame)))


__all__ = [
    "TASTES",
    "Catalogue",
    "Follows",
    "People",
    "Recipe",
    "draw_catalogue",
    "draw_follows",
    "draw_people",
    "draw_recipe",
]
