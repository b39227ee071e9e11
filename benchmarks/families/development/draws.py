"""Drawing at random: dials that remember what they drew, and weighted draws inside groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Option = TypeVar("Option")


class Dials:
    """Draws parameters and writes each into `drawn` under its name."""

    def __init__(
        self, rng: np.random.Generator, drawn: dict[str, object] | None = None, prefix: str = ""
    ) -> None:
        self.rng = rng
        self.drawn: dict[str, object] = {} if drawn is None else drawn
        self.prefix = prefix

    def under(self, name: str) -> Dials:
        """Dials of the same generator whose names begin with `name`."""
        return Dials(self.rng, self.drawn, f"{self.prefix}{name}.")

    def keep(self, name: str, value: Option) -> Option:
        """Write down a value that was drawn elsewhere, and give it back."""
        self.drawn[self.prefix + name] = value
        return value

    def real(self, name: str, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return self.keep(name, float(self.rng.uniform(low, high)))

    def log(self, name: str, low: float, high: float) -> float:
        """Uniform in the logarithm between low and high."""
        return self.keep(name, float(np.exp(self.rng.uniform(np.log(low), np.log(high)))))

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return self.keep(name, int(self.rng.integers(low, high + 1)))

    def chance(self, name: str, share: float) -> bool:
        """True with probability `share`."""
        return self.keep(name, bool(self.rng.random() < share))

    def pick(self, name: str, options: Sequence[Option], weights: Sequence[float] | None = None) -> Option:
        """One of the options, evenly or by weight."""
        chance = None if weights is None else np.asarray(weights) / np.sum(weights)
        return self.keep(name, options[int(self.rng.choice(len(options), p=chance))])

    def some(self, name: str, options: Sequence[Option], low: int, high: int) -> list[Option]:
        """From low to high of the options, each once."""
        count = min(int(self.rng.integers(low, high + 1)), len(options))
        chosen = np.sort(self.rng.choice(len(options), count, replace=False))
        return self.keep(name, [options[i] for i in chosen.tolist()])


class Grouped:
    """Things in groups: draws from a group by weight, any number of draws at once."""

    def __init__(self, group: np.ndarray, weight: np.ndarray, groups: int) -> None:
        self.order = np.argsort(group, kind="stable")
        self.total = np.concatenate([[0.0], np.cumsum(weight[self.order])])
        self.edge = np.searchsorted(group[self.order], np.arange(groups + 1))

    def draw(self, group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A thing of each of the groups int64[n]; −1 where the group is empty."""
        first, last = self.edge[group], self.edge[group + 1]
        low, high = self.total[first], self.total[last]
        spot = np.searchsorted(self.total, low + rng.random(len(group)) * (high - low), side="right") - 1
        spot = np.clip(spot, first, np.maximum(last - 1, first))
        return np.where(last > first, self.order[np.minimum(spot, len(self.order) - 1)], -1)


def capped(weight: np.ndarray, share: float) -> np.ndarray:
    """Weights of which none exceeds about `share` of their sum."""
    return np.minimum(weight, share * weight.sum())


def distinct(values: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """At most `count` of the values, each once, in random order."""
    return rng.permutation(np.unique(values))[:count]
