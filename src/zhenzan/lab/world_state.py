"""World state of a simulation: people, items, their counters, and planned visits."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zhenzan.lab.catalogue import Catalogue, CreatorTraits, make_catalogue, make_creators
from zhenzan.lab.organic_events import gather
from zhenzan.lab.population import Population, make_population
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.state import CreatorState, ItemState
from zhenzan.lab.visit_calendar import Calendar
from zhenzan.lab.vocabulary import SOURCES

__all__ = ["WorldState", "draw_world"]


@dataclass
class WorldState:
    """People, creators and items as they were drawn, their counters, and the visits that are planned.

    `day_sums` of the day: views, ms watched in the feed, quality · ms. `likes_by_source` [3, sources] by kind
    of like; `views` of all kinds, so far.
    """

    scenario: Scenario
    seed: int
    people: Population
    makers: CreatorTraits
    catalogue: Catalogue
    items: ItemState
    creators: CreatorState
    visits: Calendar = field(default_factory=Calendar)
    hired: Calendar = field(default_factory=Calendar)
    day_sums: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    likes_by_source: npt.NDArray[np.int64] = field(
        default_factory=lambda: np.zeros((3, len(SOURCES)), np.int64)
    )
    views: int = 0


def draw_world(scenario: Scenario, seed: int) -> WorldState:
    """Draw the people, creators and items of a scenario, and plan the visits of honest crowds."""
    makers = make_creators(scenario, seed)
    catalogue = make_catalogue(scenario, seed, makers)
    people = make_population(scenario, seed, makers.topic, makers.fame)
    planned, people, catalogue = gather(scenario, seed, people, makers, catalogue)
    world = WorldState(
        scenario, seed, people, makers, catalogue, ItemState(catalogue.count), CreatorState(makers.count)
    )
    world.visits.plan(planned)
    return world
