"""A world in the making: its population, and what crowds and campaigns add to it until it is assembled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from benchmarks.families.contract import BOUGHT, CAMOUFLAGE, NATURAL, FamilyWorld, Likes, assemble_family
from benchmarks.families.record.draws import Rng, Segments, hour_of, hours_apart, next_at, whole
from benchmarks.families.record.nature import Drawn, Nature
from benchmarks.families.record.population import (
    TASTES,
    Recipe,
    draw_catalogue,
    draw_follows,
    draw_people,
)
from benchmarks.world import DAY, SECOND


class Stage:
    """Collects the likes of one world and remembers whose crowds and orders they are."""

    def __init__(self, name: str, recipe: Recipe, rng: Rng) -> None:
        self.name, self.recipe, self.rng, self.span = name, recipe, rng, recipe.span
        self.people = draw_people(recipe, recipe.accounts, rng)
        self.catalogue = draw_catalogue(recipe, rng)
        follows = draw_follows(recipe, self.people, self.catalogue, rng) if recipe.feed > 0 else None
        self.nature = Nature(recipe, self.people, self.catalogue, follows, rng)
        self.residents_count = len(self.people)
        self.by_taste = Segments(
            self.people.tastes.ravel(),
            np.repeat(self.people.activity, TASTES),
            recipe.languages * recipe.topics,
        )
        self.chance = np.cumsum(self.people.activity) / self.people.activity.sum()
        self.taken = np.zeros(len(self.people), dtype=bool)
        self.pool = np.full(len(self.people), -1)
        self.parts: list[Likes] = []
        self.crowd_kinds: list[str] = []
        self.pool_kinds: list[str] = []
        self.notes: list[dict[str, object]] = []
        self.orders = 0
        self.popularity = self.nature.expected.argsort().argsort() / len(self.nature.expected)

    # Sizes -------------------------------------------------------------------------------------------------

    def some(self, low: float, high: float) -> int:
        """A number of things that is greater in greater worlds; `low` to `high` where 300,000 likes are."""
        return max(1, round(whole(self.rng, low, high) * min(2.0, (self.recipe.likes / 300_000) ** 0.7)))

    def audience(self, low: float, high: float) -> int:
        """A share of all accounts between `low` and `high`, at least forty accounts."""
        return max(40, whole(self.rng, low * self.recipe.accounts, high * self.recipe.accounts))

    # Items -------------------------------------------------------------------------------------------------

    def pick(self, count: int, power: float, low: float = 0.0, high: float = 1.0) -> np.ndarray:
        """Distinct items born inside the log, by popularity to a power, of ranks between two quantiles."""
        birth = self.catalogue.birth
        fit = (birth > 0.2 * DAY) & (birth < self.span - 2 * DAY)
        fit &= (self.popularity >= low) & (self.popularity <= high)
        candidates = np.flatnonzero(fit)
        weight = self.nature.expected[candidates] ** power
        count = min(count, len(candidates))
        return candidates[np.argsort(-np.log(self.rng.random(len(candidates))) / weight)[:count]]

    def items_of(self, creators: np.ndarray) -> np.ndarray:
        """Items of these creators that are born inside the log."""
        born = (self.catalogue.birth > 0) & (self.catalogue.birth < self.span)
        return np.flatnonzero(np.isin(self.catalogue.creator, creators) & born)

    def targets(self, count: int, low: float, high: float, per_customer: int) -> np.ndarray:
        """Items that customers order likes for: up to `per_customer` of a customer's, of ranks between
        quantiles.
        """
        birth = self.catalogue.birth
        fit = (birth > -2 * DAY) & (birth < self.span - 2.5 * DAY)
        fit &= (self.popularity >= low) & (self.popularity <= high)
        candidates = self.rng.permutation(np.flatnonzero(fit))
        customer = self.rng.permutation(len(self.catalogue.fame))[self.catalogue.creator[candidates]]
        order = np.argsort(customer, kind="stable")
        candidates, customer = candidates[order], customer[order]
        rank = np.arange(len(candidates)) - np.searchsorted(customer, customer)
        return candidates[rank < per_customer][:count]

    # People ------------------------------------------------------------------------------------------------

    def anyone(self, count: int, even: float = 0.0) -> np.ndarray:
        """Accounts with repeats, by activity, a share `even` of them evenly."""
        account = np.searchsorted(self.chance, self.rng.random(count) * self.chance[-1])
        evenly = self.rng.random(count) < even
        return np.where(evenly, self.rng.integers(0, self.residents_count, count), account)

    def tastemates(self, count: int, topic: int) -> np.ndarray:
        """Accounts with repeats who have a taste, by activity; anyone where nobody has it."""
        if self.by_taste.mass[topic] <= 0:
            return self.anyone(count)
        return self.by_taste.draw(np.full(count, topic), self.rng) // TASTES

    def residents(self, count: int, topic: int | None = None) -> np.ndarray:
        """Distinct real people of one zone with ordinary likes of their own, in no other group or pool."""
        people, alone = self.people, slice(0, self.residents_count)
        usual = (
            people.activity[alone] / people.activity[alone].mean() * self.recipe.likes / self.recipe.accounts
        )
        fit = ~self.taken[alone] & (usual > 5.0) & (people.arrival[alone] < 0.15 * self.span)
        if topic is not None:
            fit &= (people.tastes[alone] == topic).any(axis=1)
        candidates = np.flatnonzero(fit)
        if len(candidates) and topic is None:
            candidates = candidates[people.zone[candidates] == people.zone[self.rng.choice(candidates)]]
        chosen = self.rng.permutation(candidates)[:count]
        self.taken[chosen] = True
        return chosen

    def recruit(self, size: int, even: float) -> np.ndarray:
        """Distinct real accounts that work for a pool: by activity, a share `even` of them evenly."""
        size = min(size, int(0.08 * self.residents_count))
        drawn = self.anyone(8 * size, even)
        drawn = drawn[~self.taken[drawn] & (self.people.arrival[drawn] < 0.1 * self.span)]
        _, first = np.unique(drawn, return_index=True)
        chosen = drawn[np.sort(first)][:size]
        self.taken[chosen] = True
        return chosen

    def newcomers(self, count: int, arrival: np.ndarray | float = -1.0) -> np.ndarray:
        """New accounts without ordinary activity."""
        fresh = draw_people(self.recipe, count, self.rng, active=False)
        fresh.arrival = np.broadcast_to(np.asarray(arrival, np.float64), count).copy()
        self.taken = np.concatenate([self.taken, np.ones(count, dtype=bool)])
        self.pool = np.concatenate([self.pool, np.full(count, -1)])
        return self.people.add(fresh)

    # Likes -------------------------------------------------------------------------------------------------

    def add(self, drawn: Drawn, kind: int = NATURAL, event: int | np.ndarray = -1) -> None:
        self.parts.append(Likes(*drawn, kind, event))

    def own_likes(self, account: np.ndarray, by_taste: bool) -> None:
        """Natural likes of accounts (named as often as they like), beside what their activity brings."""
        draw = self.nature.by_taste if by_taste else self.nature.by_pull
        account, item, time = draw(account)
        late = np.flatnonzero(time < self.people.arrival[account])
        lag = self.rng.exponential(2 * DAY, len(late))
        time[late] = np.maximum(self.people.arrival[account[late]], self.catalogue.birth[item[late]]) + lag
        self.add((account, item, time))

    def crowd(self, kind: str) -> int:
        self.crowd_kinds.append(kind)
        return len(self.crowd_kinds) - 1

    def awake(self, account: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Who is there at that time: arrived, and likely near the account's own hours."""
        away = hours_apart(hour_of(time), self.people.hour[account])
        there = self.rng.random(len(time)) < 0.08 + 0.92 * np.exp(-(away**2) / 50.0)
        return there & (time >= self.people.arrival[account])

    def join(self, crowd: int, account: np.ndarray, item: int, time: np.ndarray, limit: int) -> None:
        """At most `limit` of these accounts like an item as a crowd: those who are awake, each once."""
        there = np.flatnonzero(self.awake(account, time) & (time >= self.catalogue.birth[item]))
        _, first = np.unique(account[there], return_index=True)
        kept = self.rng.permutation(there[first])[:limit]
        self.add((account[kept], np.full(len(kept), item), time[kept]), NATURAL, crowd)

    def daytime(self, time: float, topic: int) -> float:
        """The next moment when a person with this taste may well be up."""
        person = self.tastemates(1, topic)[0]
        return float(next_at(time, np.mod(self.people.hour[person] + self.rng.normal(0.0, 2.5), 24.0)))

    def open_pool(self, kind: str, accounts: np.ndarray, **notes: object) -> int:
        self.pool_kinds.append(kind)
        self.pool[accounts] = len(self.pool_kinds) - 1
        self.notes.append({"kind": kind, "accounts": len(accounts), **notes})
        return len(self.pool_kinds) - 1

    def deliver(
        self, items: np.ndarray, starts: np.ndarray, members: Sequence[np.ndarray], delay: np.ndarray
    ) -> None:
        """One order for each item: its members like it, `delay` (one for each like) after its start."""
        sizes = np.array([len(m) for m in members])
        order = np.repeat(np.arange(self.orders, self.orders + len(items)), sizes)
        self.orders += len(items)
        time = np.repeat(starts, sizes) + delay
        self.add((np.concatenate(members), np.repeat(items, sizes), time), BOUGHT, order)

    def hide(self, accounts: np.ndarray, likes_each: float) -> None:
        """Camouflage: accounts of pools like hits, some `likes_each` of them, at hours of their own."""
        account = np.repeat(accounts, self.rng.poisson(likes_each, len(accounts)))
        hits = self.pick(max(10, len(self.popularity) // 200), 2.0, low=0.97)
        weight = self.nature.expected[hits] ** 1.2
        item = self.rng.choice(hits, len(account), p=weight / weight.sum())
        time = self.nature.moments(account, item)
        fit = time >= self.people.arrival[account]
        self.add((account[fit], item[fit], time[fit]), CAMOUFLAGE)

    # The end -----------------------------------------------------------------------------------------------

    def _keys(self, parts: Sequence[Likes]) -> np.ndarray:
        keys = [
            (part.account * len(self.popularity) + part.item)[(part.time >= 0) & (part.time < self.span)]
            for part in parts
        ]
        return np.unique(np.concatenate([np.zeros(0, np.int64), *keys]))

    def _live(self) -> None:
        """Ordinary likes until the world has as many as its recipe says, or nearly."""
        others = self._keys(self.parts)
        target = max(self.recipe.likes - len(others), self.recipe.likes // 2)
        account, item, time = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        rate = 0.5
        for _ in range(7):
            missing = target - len(account)
            if missing <= 0.004 * target:
                break
            tries = int(min(missing / rate * 1.03 + 500, 3_000_000))
            drawn = self.nature.ordinary(tries)
            before = len(account)
            account, item, time = (
                np.concatenate(pair) for pair in zip((account, item, time), drawn, strict=True)
            )
            key, first = np.unique(account * len(self.popularity) + item, return_index=True)
            near = np.minimum(np.searchsorted(others, key), max(len(others) - 1, 0))
            first = first[others[near] != key] if len(others) else first
            account, item, time = account[first], item[first], time[first]
            rate = max((len(account) - before) / tries, 0.04)
        kept = self.rng.permutation(len(account))[:target]
        self.add((account[kept], item[kept], time[kept]))

    def finish(self) -> FamilyWorld:
        """Everybody lives the month; then the world is assembled."""
        self._live()
        coarse = int(self.rng.choice([1_000, 1_000, SECOND]))
        drawn = {
            "population": asdict(self.recipe),
            "pools": self.notes,
            "resolution_us": coarse,
        }
        return assemble_family(
            self.name,
            self.parts,
            self.catalogue.creator,
            self.pool,
            self.crowd_kinds,
            self.pool_kinds,
            self.rng,
            self.span,
            drawn,
            resolution_us=coarse,
            start_shift=int(self.rng.integers(0, 7 * DAY // SECOND)) * SECOND,
        )


__all__ = ["Stage"]
