"""Organic events: honest crowds that a detector must spare, as visits planned beside the feed."""

from __future__ import annotations

import numpy as np

from zhenzan.lab.catalogue import Catalogue, CreatorTraits
from zhenzan.lab.organic_events.followers import circles, fans, hunters
from zhenzan.lab.organic_events.hits import hits, newcomers, shared_in_cohorts
from zhenzan.lab.organic_events.rooms import live_rooms
from zhenzan.lab.organic_events.setting import Behaviour, Setting, behaviour, likes_a_day
from zhenzan.lab.population import Population
from zhenzan.lab.scenario import Scenario
from zhenzan.lab.visit_calendar import Visits, join

__all__ = ["Behaviour", "behaviour", "gather", "likes_a_day"]


def gather(
    scenario: Scenario, seed: int, people: Population, makers: CreatorTraits, catalogue: Catalogue
) -> tuple[Visits, Population, Catalogue]:
    """Plan all visits of honest crowds; give them, the people with newcomers, the items with live rooms."""
    setting = Setting(scenario, seed, people, makers, catalogue, behaviour(scenario))
    storms, owners, opens = live_rooms(setting)
    parts = [
        hits(setting, "viral"),
        hits(setting, "surge"),
        fans(setting),
        circles(setting),
        shared_in_cohorts(setting),
        newcomers(setting),
        hunters(setting),
        storms,
    ]
    joined = np.concatenate(setting.newcomers) if setting.newcomers else np.zeros(0, np.int64)
    return (
        join(parts),
        people.with_newcomers(joined.astype(np.int64), seed),
        catalogue.with_live_rooms(owners, opens, makers, seed),
    )
