"""Ordinary likes: who likes what and when, by taste or by following, with no crowd and no order at work."""

from __future__ import annotations

import numpy as np

from benchmarks.families.record.draws import Rng, Segments, hour_of, hours_apart
from benchmarks.families.record.population import TASTES, Catalogue, Follows, People, Recipe
from benchmarks.world import DAY, HOUR

Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]  # account, item, time


class Nature:
    """Draws ordinary likes of a population; `expected` is about how many each item will have of them."""

    def __init__(
        self, recipe: Recipe, people: People, catalogue: Catalogue, follows: Follows | None, rng: Rng
    ) -> None:
        self.recipe, self.people, self.catalogue, self.follows, self.rng = (
            recipe,
            people,
            catalogue,
            follows,
            rng,
        )
        zeros = np.zeros(len(catalogue.topic), np.int64)
        self.by_topic = Segments(catalogue.topic, catalogue.pull, recipe.languages * recipe.topics)
        self.by_language = Segments(catalogue.language, catalogue.pull, recipe.languages)
        self.anywhere = Segments(zeros, catalogue.pull, 1)
        self.lean = np.cumsum(rng.dirichlet(np.full(TASTES, 3.0)))[:-1]
        self.day_weight = self._draw_days()
        self.feed_weight = self._feed_weight()
        self.expected = self._expect()

    def _draw_days(self) -> np.ndarray:
        recipe, rng = self.recipe, self.rng
        day = np.arange(int(recipe.days) + 1)
        self.first_day = int(rng.integers(0, 7))  # of the week
        weight = np.where((day + self.first_day) % 7 >= 5, recipe.weekend, 1.0)
        weight *= rng.lognormal(0.0, 0.05, len(day))
        if recipe.festivals:
            weight[rng.choice(len(day), recipe.festivals, replace=False)] *= recipe.festival_boost
        return weight / weight.max()

    def _feed_weight(self) -> np.ndarray:
        if self.follows is None:
            return np.zeros(len(self.catalogue.topic))
        return self.follows.by_creator.mass[self.catalogue.creator] * self.rng.lognormal(
            0.0, 0.8, len(self.catalogue.topic)
        )

    def _expect(self) -> np.ndarray:
        recipe, catalogue = self.recipe, self.catalogue
        weight = np.repeat(self.people.activity, TASTES)
        demand = np.bincount(self.people.tastes.ravel(), weight, minlength=recipe.languages * recipe.topics)
        taste = (demand / demand.sum() / self.by_topic.mass)[catalogue.topic] * catalogue.pull
        every = (1.0 - recipe.outside) * taste + recipe.outside * catalogue.pull / catalogue.pull.sum()
        fed = self.feed_weight / max(self.feed_weight.sum(), 1e-9)
        return np.maximum(recipe.likes * ((1.0 - recipe.feed) * every + recipe.feed * fed), 1e-6)

    def moments(self, account: np.ndarray, item: np.ndarray) -> np.ndarray:
        """When an account likes an item that it comes upon: in the item's life, mostly at its own hours."""
        recipe, catalogue, rng = self.recipe, self.catalogue, self.rng
        shape = recipe.life_shape
        time = catalogue.birth[item] + rng.gamma(shape, 1.0 / shape, len(item)) * catalogue.life[item]
        old = np.flatnonzero(catalogue.evergreen[item])
        since = np.maximum(catalogue.birth[item[old]], 0.0)
        time[old] = since + rng.random(len(old)) * np.maximum(recipe.span - since, 0.0)
        return self._to_own_hours(account, item, time, recipe.rhythmic)

    def _to_own_hours(
        self, account: np.ndarray, item: np.ndarray, time: np.ndarray, share: float
    ) -> np.ndarray:
        moved = np.flatnonzero(self.rng.random(len(time)) < share)
        hour = self.people.hour[account[moved]] + self.rng.normal(0.0, self.recipe.scatter, len(moved))
        time[moved] += hours_apart(hour_of(time[moved]), hour) * HOUR
        return np.where(time < self.catalogue.birth[item], time + DAY, time)

    def by_taste(self, account: np.ndarray) -> Drawn:
        """One like of each named account by its tastes, or outside them."""
        rng, recipe = self.rng, self.recipe
        column = np.searchsorted(self.lean, rng.random(len(account)))
        item = self.by_topic.draw(self.people.tastes[account, column], rng)
        if recipe.outside > 0.0:
            out = np.flatnonzero(rng.random(len(account)) < recipe.outside)
            item[out] = self.by_language.draw(self.people.language[account[out]], rng)
            far = out[rng.random(len(out)) < recipe.foreign]
            item[far] = self.anywhere.draw(np.zeros(len(far), np.int64), rng)
        return account, item, self.moments(account, item)

    def by_pull(self, account: np.ndarray) -> Drawn:
        """One like of each named account, of whatever is much seen when it looks about."""
        item = self.anywhere.draw(np.zeros(len(account), np.int64), self.rng)
        return account, item, self.moments(account, item)

    def by_following(self, count: int) -> Drawn:
        """`count` likes at new items of followed creators, soon after the posting."""
        assert self.follows is not None
        rng, recipe = self.rng, self.recipe
        per_item = rng.multinomial(count, self.feed_weight / self.feed_weight.sum())
        item = np.repeat(np.arange(len(per_item)), per_item)
        account = self.follows.account[self.follows.by_creator.draw(self.catalogue.creator[item], rng)]
        time = self.catalogue.birth[item] + recipe.feed_hours * HOUR * rng.lognormal(0.0, 1.2, len(item))
        return account, item, self._to_own_hours(account, item, time, recipe.feed_rhythmic)

    def happens(self, account: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Which of these likes happen: inside the log, after the arrival, more on busy days."""
        inside = (time >= 0) & (time < self.recipe.span) & (time >= self.people.arrival[account])
        day = np.clip(time / DAY, 0, len(self.day_weight) - 1).astype(np.int64)
        return inside & (self.rng.random(len(time)) < self.day_weight[day])

    def ordinary(self, count: int) -> Drawn:
        """About `count` tries at ordinary likes; those that happen are returned."""
        chance = self.people.activity / self.people.activity.sum()
        fed = int(count * self.recipe.feed)
        parts = [self.by_taste(np.repeat(np.arange(len(chance)), self.rng.poisson((count - fed) * chance)))]
        if fed:
            parts.append(self.by_following(fed))
        account, item, time = (np.concatenate(column) for column in zip(*parts, strict=True))
        held = self.happens(account, time)
        return account[held], item[held], time[held]


__all__ = ["Drawn", "Nature"]
