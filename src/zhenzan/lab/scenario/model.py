"""The scenario record: everything about a world but its seed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Self

from msgspec import field

from zhenzan.config import Line, about, document, fields_of, items_about, shown
from zhenzan.errors import did_you_mean
from zhenzan.lab.scenario.honest_world import Creators, Feed, OrganicEvents, Viewers, Viewing, WorldSize
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
from zhenzan.lab.scenario.record import InvalidKeyError, Section
from zhenzan.lab.vocabulary import STRATEGIES

__all__ = ["SECTIONS", "Scenario", "seller_of"]

LISTED: dict[str, Any] = {"least": 0, "most": 60, "unique": ("name", "is taken by another seller")}


def seller_of(strategy: str, **values: Any) -> Seller:
    """A seller of a strategy, its defaults those of the strategy. Raises `ScenarioError`."""
    return Seller(**{**STRATEGY_DEFAULTS.get(strategy, {}), "name": strategy, "strategy": strategy, **values})


def _all_sellers() -> tuple[Seller, ...]:
    return tuple(seller_of(strategy) for strategy in STRATEGIES if strategy != "mixed")


class Scenario(Section, frozen=True):
    """A world without its seed. Made from a TOML file by `load_scenario`, or from the defaults.

    Checks itself when it is made; raises `ScenarioError`. Equal scenarios have equal `to_toml()`.
    """

    name: Annotated[Line, about("What this scenario is called.", must_be="a printable text")] = "default"
    world: Annotated[WorldSize, about("How large the world is and how finely time runs.")] = WorldSize()
    viewers: Annotated[Viewers, about("Who watches, how often, and why they like.")] = Viewers()
    viewing: Annotated[Viewing, about("What happens between a viewer and an item.")] = Viewing()
    creators: Annotated[Creators, about("Who publishes what.")] = Creators()
    gatherings: Annotated[OrganicEvents, about("Honest crowds.")] = OrganicEvents()
    feed: Annotated[Feed, about("How the platform chooses what to show.")] = Feed()
    buyers: Annotated[Buyers, about("Creators who may buy.")] = Buyers()
    detector: Annotated[Detector, about("How the platform tells bought likes.")] = Detector()
    sanctions: Annotated[Sanctions, about("What happens to those who are caught.")] = Sanctions()
    rewards: Annotated[Rewards, about("Cards that likes unlock.")] = Rewards()
    promotion: Annotated[Promotion, about("Honest promotion.")] = Promotion()
    money: Annotated[Money, about("The platform's own income.")] = Money()
    records: Annotated[Records, about("What is kept.")] = Records()
    sellers: Annotated[
        tuple[Seller, ...],
        items_about("Sellers of likes.", **LISTED),
    ] = field(name="seller", default_factory=_all_sellers)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.buyers.demand != "none" and not self.sellers:
            message = f"there is none, but buyers.demand is {shown(self.buyers.demand)}"
            raise self.refused(message, "seller")

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Read a parsed scenario file; an experiment's is refused with what reads it."""
        if "arm" in document:
            raise cls.refuses(("arm",), "is of an experiment; give the file to `zhenzan lab experiment`")
        promotion = document.get("promotion")
        if isinstance(promotion, dict):
            document = document | {"promotion": cls._without_sale_of_views(promotion)}
        return super().from_document(document)

    @classmethod
    def _without_sale_of_views(cls, promotion: dict[str, Any]) -> dict[str, Any]:
        """The table without the keys of before 0.2, which priced views: no order is of views any more."""
        old = [key for key in SALE_OF_VIEWS if key in promotion]
        if old and promotion.get("offered", False) is not False:
            message = (
                "views are not sold any more; give sizes, tier_from and tier_prices, in likes that settle"
            )
            raise cls.refuses(("promotion", old[0]), message)
        return {key: value for key, value in promotion.items() if key not in old}

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
        return document(self, "A scenario of the lab. Keys that are left out keep their defaults.")

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text, hexadecimal."""
        return hashlib.sha256(self.to_toml().encode()).hexdigest()


SALE_OF_VIEWS = ("price_per_view", "views")
SECTIONS = tuple(field.name for field in fields_of(Scenario) if field.record and field.record is not Seller)


def _change(scenario: Scenario, key: str, value: Any) -> Scenario:
    parts = key.split(".")
    if parts == ["name"]:
        return scenario.replaced(name=value)
    if len(parts) == 2 and parts[0] in SECTIONS:
        section = getattr(scenario, parts[0])
        return scenario.replaced(**{parts[0]: _replaced(section, parts[1], value, key)})
    if len(parts) == 3 and parts[0] == "seller":
        chosen = [seller for seller in scenario.sellers if parts[1] in ("*", seller.name)]
        if chosen:
            sellers = tuple(
                _replaced(seller, parts[2], value, key) if seller in chosen else seller
                for seller in scenario.sellers
            )
            return scenario.replaced(sellers=sellers)
    tables: dict[str, Section] = {title: getattr(scenario, title) for title in SECTIONS}
    tables |= {f"seller.{seller.name}": seller for seller in scenario.sellers}
    known = [f"{title}.{member.key}" for title, table in tables.items() for member in fields_of(type(table))]
    raise InvalidKeyError((key,), f"there is no such key{did_you_mean(key, known)}")


def _replaced(section: Section, name: str, value: Any, key: str) -> Section:
    names = section.__struct_fields__
    if name not in names:
        choice = did_you_mean(name, names) or f"; the keys here are {', '.join(names)}"
        raise InvalidKeyError((key,), f"there is no such key{choice}")
    try:
        return section.replaced(**{name: value})
    except InvalidKeyError as error:
        raise error.under((key.rpartition(".")[0],)) from None
