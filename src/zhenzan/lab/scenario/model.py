"""A scenario: everything about a world but its seed, as one frozen record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from zhenzan.errors import did_you_mean
from zhenzan.lab.scenario.dump import dump
from zhenzan.lab.scenario.fields import InvalidKeyError, Section, text
from zhenzan.lab.scenario.market import (
    STRATEGY_DEFAULTS,
    Buyers,
    Detector,
    Money,
    Promotion,
    Records,
    Rewards,
    Sanctions,
    Seller,
)
from zhenzan.lab.scenario.people import Creators, Feed, Gatherings, Viewers, Viewing, WorldSize
from zhenzan.lab.vocabulary import STRATEGIES
from zhenzan.toml import shown

__all__ = ["SECTIONS", "Scenario", "seller_of"]

SELLERS_MAX = 60

SECTIONS: dict[str, type[Section]] = {
    "world": WorldSize,
    "viewers": Viewers,
    "viewing": Viewing,
    "creators": Creators,
    "gatherings": Gatherings,
    "feed": Feed,
    "buyers": Buyers,
    "detector": Detector,
    "sanctions": Sanctions,
    "rewards": Rewards,
    "promotion": Promotion,
    "money": Money,
    "records": Records,
}


def seller_of(strategy: str, **values: Any) -> Seller:
    """A seller of a strategy, its defaults those of the strategy. Raises `ScenarioError`."""
    return Seller(**{**STRATEGY_DEFAULTS.get(strategy, {}), "name": strategy, "strategy": strategy, **values})


def _all_sellers() -> tuple[Seller, ...]:
    return tuple(seller_of(strategy) for strategy in STRATEGIES if strategy != "mixed")


@dataclass(frozen=True)
class Scenario:
    """A world without its seed. Made from a TOML file by `load_scenario`, or from the defaults.

    Checks itself when it is made; raises `ScenarioError`. Equal scenarios have equal `to_toml()`.
    """

    name: str = "default"
    world: WorldSize = field(default_factory=WorldSize)
    viewers: Viewers = field(default_factory=Viewers)
    viewing: Viewing = field(default_factory=Viewing)
    creators: Creators = field(default_factory=Creators)
    gatherings: Gatherings = field(default_factory=Gatherings)
    feed: Feed = field(default_factory=Feed)
    buyers: Buyers = field(default_factory=Buyers)
    detector: Detector = field(default_factory=Detector)
    sanctions: Sanctions = field(default_factory=Sanctions)
    rewards: Rewards = field(default_factory=Rewards)
    promotion: Promotion = field(default_factory=Promotion)
    money: Money = field(default_factory=Money)
    records: Records = field(default_factory=Records)
    sellers: tuple[Seller, ...] = field(default_factory=_all_sellers)

    def __post_init__(self) -> None:
        _Name(self.name)
        names = [seller.name for seller in self.sellers]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise InvalidKeyError(("seller", index, "name"), f"{shown(name)} is taken by another seller")
        if len(names) > SELLERS_MAX:
            raise InvalidKeyError(("seller",), f"there are {len(names)}, more than {SELLERS_MAX}")
        if self.buyers.demand != "none" and not names:
            raise InvalidKeyError(
                ("seller",), f"there is none, but buyers.demand is {shown(self.buyers.demand)}"
            )

    def changed(self, changes: Mapping[str, Any]) -> Scenario:
        """The same scenario with some keys changed: `{"detector.recall": 0.5, "seller.tiny.accounts": 900}`.

        A seller is named by its name, `seller.*` is all of them. Raises `ScenarioError` for an unknown key or
        a value that is not allowed.
        """
        scenario = self
        for key, value in changes.items():
            scenario = _change(scenario, key, value)
        return scenario

    def to_toml(self) -> str:
        """The scenario as the canonical TOML text that `load_scenario` reads back to an equal scenario."""
        return dump(self.name, {title: getattr(self, title) for title in SECTIONS}, self.sellers)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text, hexadecimal."""
        return hashlib.sha256(self.to_toml().encode()).hexdigest()


@dataclass(frozen=True)
class _Name(Section):
    name: str = text("default", "What this scenario is called.")


def _change(scenario: Scenario, key: str, value: Any) -> Scenario:
    parts = key.split(".")
    if parts == ["name"]:
        return replace(scenario, name=value)
    if len(parts) == 2 and parts[0] in SECTIONS:
        section = getattr(scenario, parts[0])
        return replace(scenario, **{parts[0]: _replaced(section, parts[1], value, key)})
    if len(parts) == 3 and parts[0] == "seller":
        chosen = [seller for seller in scenario.sellers if parts[1] in ("*", seller.name)]
        if chosen:
            sellers = tuple(
                _replaced(seller, parts[2], value, key) if seller in chosen else seller
                for seller in scenario.sellers
            )
            return replace(scenario, sellers=sellers)
    known = [f"{title}.{each.name}" for title, kind in SECTIONS.items() for each in fields(kind)]  # type: ignore[arg-type]
    known += [f"seller.{seller.name}.{each.name}" for seller in scenario.sellers for each in fields(seller)]
    raise InvalidKeyError((key,), f"there is no such key{did_you_mean(key, known)}")


def _replaced(section: Any, name: str, value: Any, key: str) -> Any:
    names = [each.name for each in fields(section)]
    if name not in names:
        choice = did_you_mean(name, names) or f"; the keys here are {', '.join(names)}"
        raise InvalidKeyError((key,), f"there is no such key{choice}")
    return replace(section, **{name: value})
