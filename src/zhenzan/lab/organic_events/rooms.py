"""Live rooms: waves of likes within a minute or two, many by regulars of a topic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhenzan.lab.organic_events.setting import Setting
from zhenzan.lab.rng import generator
from zhenzan.lab.time_units import HOUR, SECOND, awake
from zhenzan.lab.visit_calendar import Visits, join
from zhenzan.lab.vocabulary import SOURCE_CODE

__all__ = ["live_rooms"]

REGULAR_TOPICS = 6


def live_rooms(setting: Setting) -> tuple[Visits, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Visits to live rooms, and the rooms themselves: whose, and when they open (µs).

    Rooms are numbered from the end of the catalogue on.
    """
    rng, makers = generator(setting.seed, "storm"), setting.makers
    target = setting.visits_wanted("storm")
    topics = rng.choice(
        setting.scenario.world.topics, min(REGULAR_TOPICS, setting.scenario.world.topics), False
    )
    regulars: dict[int, npt.NDArray[np.int64]] = {}
    fame = np.cumsum(makers.fame)
    parts: list[Visits] = []
    owners: list[int] = []
    opens: list[int] = []
    visits_made = 0
    while visits_made < target:
        owner = int(np.searchsorted(fame, rng.random() * fame[-1]))
        topic = int(rng.choice(topics))
        if topic not in regulars:
            size = int(rng.integers(800, 2500) * max(setting.scale, 0.1))
            regulars[topic] = setting.audience(topic, size, rng, 0.9)
        begin = int(rng.integers(0, max(setting.end - 4 * HOUR, 1)))
        time = _waves(begin, setting.scale, rng)
        loyal = rng.choice(regulars[topic], len(time))
        account = np.where(rng.random(len(time)) < 0.5, loyal, setting.audience(topic, len(time), rng, 0.5))
        kept = awake(time, setting.people.zone[account], rng) & (time < setting.end)
        room = setting.catalogue.count + len(owners)
        parts.append(Visits.of(account[kept], room, time[kept], SOURCE_CODE["storm"]))
        owners.append(owner)
        opens.append(begin)
        visits_made += max(int(kept.sum()), 1)
    return join(parts), np.array(owners, np.int64), np.array(opens, np.int64)


def _waves(begin: int, scale: float, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Times of visits to one room of one to three and a half hours: waves, and a steady rest."""
    length = rng.uniform(1, 3.5) * HOUR
    waves = rng.uniform(0, length, rng.integers(3, 12))
    sizes = (rng.lognormal(np.log(130 * max(scale, 0.15)), 0.8, len(waves))).astype(np.int64) + 10
    time = np.repeat(waves, sizes) + rng.exponential(40 * SECOND, int(sizes.sum()))
    steady = rng.uniform(0, length, int(sizes.sum() * 0.5))
    return begin + np.concatenate((time, steady)).astype(np.int64)
