"""Scenarios: the description of a simulated world in one validated TOML file."""

from zhenzan.lab.scenario.honest_world import Creators, Feed, OrganicEvents, Viewers, Viewing, WorldSize
from zhenzan.lab.scenario.load import load_scenario, read_scenario, shipped_scenario
from zhenzan.lab.scenario.market import (
    Buyers,
    Detector,
    Money,
    Promotion,
    Records,
    Rewards,
    Sanctions,
    Seller,
)
from zhenzan.lab.scenario.model import Scenario, seller_of

__all__ = [
    "Buyers",
    "Creators",
    "Detector",
    "Feed",
    "Money",
    "OrganicEvents",
    "Promotion",
    "Records",
    "Rewards",
    "Sanctions",
    "Scenario",
    "Seller",
    "Viewers",
    "Viewing",
    "WorldSize",
    "load_scenario",
    "read_scenario",
    "seller_of",
    "shipped_scenario",
]
