"""Experiment records: scenarios, the arms that change them, and a number that is swept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhenzan.config import shown
from zhenzan.lab.bench.experiment_file import DEFAULT_OUTCOMES, ArmTable, Settings, Sweep
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.scenario.record import InvalidKeyError

__all__ = ["Arm", "Contrast", "Experiment", "Run", "Sweep"]

RUNS_MAX = 100_000


@dataclass(frozen=True)
class Arm:
    """One policy: which keys differ from its scenario (see `Scenario.changed`).

    `scenario`: another one than the experiment's, or None. `swept`: whether it runs at every value of the
    sweep. `title`, `title_zh`: what the report calls it; its name where they are empty. `against`: the arm
    that it is held against; the first that is alike where it is empty.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    scenario: Scenario | None = None
    swept: bool = True
    title: str = ""
    title_zh: str = ""
    against: str = ""


@dataclass(frozen=True)
class Run:
    """One run of an experiment: which arm, at which value of the sweep (None: not swept), with which seed."""

    arm: str
    level: float | None
    replicate: int
    seed: int


@dataclass(frozen=True)
class Experiment:
    """A scenario and its arms, by name; each is an `Arm`, or a mapping of the keys that differ.

    Replicate r of every arm runs with the seed `first_seed + r`, so that arms differ by policy, not by luck.
    The first arm is the one that others are held against. Checks itself when it is made: raises
    `ScenarioError` for an arm that is no scenario or an unknown outcome.
    """

    name: str
    base: Scenario
    arms: Mapping[str, Arm | Mapping[str, Any]]
    replicates: int = 20
    first_seed: int = 1000
    outcomes: tuple[str, ...] = DEFAULT_OUTCOMES
    sweep: Sweep | None = None

    def __post_init__(self) -> None:
        arms = {name: arm if isinstance(arm, Arm) else Arm(dict(arm)) for name, arm in self.arms.items()}
        object.__setattr__(self, "arms", arms)
        object.__setattr__(self, "outcomes", tuple(self.outcomes))
        Settings(
            name=self.name,
            replicates=self.replicates,
            first_seed=self.first_seed,
            outcomes=self.outcomes,
            arms=tuple(ArmTable(name) for name in arms),
        )
        for index, name in enumerate(arms):
            self._check_arm(index, name)
        if sum(1 for _ in self.runs()) > RUNS_MAX:
            raise InvalidKeyError(("replicates",), f"makes more than {RUNS_MAX:,} runs")

    def _check_arm(self, index: int, name: str) -> None:
        for key, value in self.arm(name).changes.items():
            try:
                self.base_of(name).changed({key: value})
            except InvalidKeyError as error:
                raise InvalidKeyError(("arm", index, "changes", key), error.message) from None
        self.scenario(name)
        against, others = self.arm(name).against, [other for other in self.alike(name) if other != name]
        if against and against not in others:
            known = ", ".join(others) or "none"
            problem = "is no other arm with the same scenario and sweep"
            raise InvalidKeyError(("arm", index, "against"), f"{shown(against)} {problem}; there are {known}")
        if self.sweep is None or not self.arm(name).swept:
            return
        for key in self.sweep.keys:
            for position, value in enumerate(self.sweep.values):
                try:
                    self.base_of(name).changed({key: value})
                except InvalidKeyError as error:
                    where = ("keys",) if error.key == (key,) else ("values", position)
                    raise InvalidKeyError(("sweep", *where), f"{key}: {error.message}") from None

    def arm(self, name: str) -> Arm:
        """An arm by its name."""
        arm = self.arms[name]
        assert isinstance(arm, Arm)
        return arm

    def base_of(self, name: str) -> Scenario:
        """The scenario that an arm changes."""
        own = self.arm(name).scenario
        return self.base if own is None else own

    def levels(self, name: str) -> tuple[float | None, ...]:
        """The values of the sweep at which an arm runs; (None,) where it is not swept."""
        return self.sweep.values if self.sweep and self.arm(name).swept else (None,)

    def scenario(self, arm: str, level: float | None = None) -> Scenario:
        """The scenario of one arm, at one value of the sweep."""
        changes = dict(self.arm(arm).changes)
        if level is not None:
            assert self.sweep is not None
            changes |= dict.fromkeys(self.sweep.keys, level)
        return self.base_of(arm).changed(changes)

    def baseline(self, arm: str) -> str:
        """The arm that this one is held against: the one it names, or the first that is alike."""
        return self.arm(arm).against or self.alike(arm)[0]

    def alike(self, arm: str) -> list[str]:
        """The arms, this one among them, with the same scenario and the same sweep."""
        return [
            name
            for name in self.arms
            if self.base_of(name) == self.base_of(arm) and self.levels(name) == self.levels(arm)
        ]

    def runs(self) -> Iterator[Run]:
        """All runs, in the order of the tables."""
        for name in self.arms:
            for level in self.levels(name):
                for replicate in range(self.replicates):
                    yield Run(name, level, replicate, self.first_seed + replicate)


@dataclass(frozen=True)
class Contrast:
    """The contrast of two arms' outcomes: the mean of the paired differences, with an interval.

    95 % by Student's t over replicates. `level`: the value of the sweep, None where there is none.
    """

    outcome: str
    arm: str
    than: str
    mean: float
    low: float
    high: float
    replicates: int
    level: float | None = None
