"""Hits from outside the feed: viral items, small surges, people who join for one item, shared offices."""

from __future__ import annotations

import numpy as np

from zhenzan.lab.organic_events.setting import AWAKE_MEAN, Setting
from zhenzan.lab.rng import generator
from zhenzan.lab.time_units import DAY, HOUR, MINUTE, awake
from zhenzan.lab.visit_calendar import Visits, join
from zhenzan.lab.vocabulary import SOURCE_CODE

__all__ = ["hits", "newcomers", "shared_in_cohorts"]

# Visits: median and spread of a hit's size, its limits, pace in minutes, share of brand-new accounts.
_SIZES = {
    "viral": (1_600.0, 0.7, 250, 12_000, 75.0, (0.08, 0.35)),
    "surge": (75.0, 0.7, 20, 500, 12.0, (0.0, 0.2)),
}
LIVELY_MAX = 2.0  # how much oftener than the mean somebody looks at what their office passes round
BREAKS_LOCAL_HOURS = (12.2, 17.0)


def hits(setting: Setting, source: str) -> Visits:
    """Items of any age that suddenly draw many (`viral`) or some dozens in minutes (`surge`).

    Part of the visitors are new accounts. About `visits_wanted` visits in all.
    """
    rng = generator(setting.seed, source)
    median, spread, smallest, largest, pace_minutes, fresh_range = _SIZES[source]
    catalogue, parts, left = setting.catalogue, [], setting.visits_wanted(source)
    attraction = np.cumsum(np.exp(0.6 * catalogue.quality.astype(np.float64)) * catalogue.listed)
    while left > 0:
        size = int(np.clip(rng.lognormal(np.log(median * setting.scale), spread), smallest, largest))
        size = min(size, max(left, smallest))
        item = int(np.searchsorted(attraction, rng.random() * attraction[-1], side="right"))
        earliest, latest = max(int(catalogue.published[item]), 0), setting.end - 2 * HOUR
        if earliest >= latest:
            left -= 1  # so that a world in which nothing can be hit still ends
            continue
        start = rng.uniform(earliest, latest)
        pace = rng.lognormal(np.log(pace_minutes * MINUTE), 0.6)
        time = (start + rng.gamma(rng.uniform(1.2, 2.5), pace, int(size / AWAKE_MEAN))).astype(np.int64)
        account = setting.audience(int(catalogue.topic[item]), len(time), rng, 0.5)
        kept = awake(time, setting.people.zone[account], rng) & (time < setting.end)
        account, time = account[kept][:size], time[kept][:size]
        fresh = rng.random(len(time)) < rng.uniform(*fresh_range)
        account[fresh] = setting.join_now(time[fresh])
        parts.append(Visits.of(account, item, time, SOURCE_CODE[source]))
        left -= max(len(time), 1)
    return join(parts)


def newcomers(setting: Setting) -> Visits:
    """People who join, like one thing that is talked about, and are not seen again."""
    rng, catalogue = generator(setting.seed, "newcomer"), setting.catalogue
    n = setting.visits_wanted("newcomer")
    time = np.sort(rng.integers(0, setting.end, n))
    weight = np.exp(0.8 * catalogue.quality.astype(np.float64)) * catalogue.listed
    born = np.searchsorted(catalogue.published[catalogue.listed], time)  # listed items come first, by time
    ripe = born > 0
    total = np.concatenate(([0.0], np.cumsum(weight)))
    recent = total[np.maximum(born - max(catalogue.count // 8, 1), 0)]
    goal = recent + rng.random(n) * (total[born] - recent)
    item = np.searchsorted(total, goal, side="right") - 1
    account = setting.join_now(time[ripe])
    return Visits.of(account, item[ripe], time[ripe], SOURCE_CODE["newcomer"])


def shared_in_cohorts(setting: Setting) -> Visits:
    """Things passed round in an office or a school: some members look at one item in one break."""
    rng, people, catalogue = generator(setting.seed, "cohort"), setting.people, setting.catalogue
    members_of = np.argsort(people.cohort, kind="stable")
    edges = np.searchsorted(people.cohort[members_of], np.arange(int(people.cohort.max(initial=-1)) + 2))
    listed = np.flatnonzero(catalogue.listed)
    parts, left = [], setting.visits_wanted("cohort") if len(edges) > 1 else 0
    lively = np.minimum(people.liveliness / people.liveliness.mean(), LIVELY_MAX)
    while left > 0:
        left -= 1
        cohort = int(rng.integers(0, len(edges) - 1))
        members = members_of[edges[cohort] : edges[cohort + 1]]
        hour = BREAKS_LOCAL_HOURS[int(rng.integers(0, 2))] + (cohort % 5) * 0.25
        day = int(rng.integers(0, setting.scenario.world.days))
        start = day * DAY + (hour - float(np.median(people.zone[members]))) % 24 * HOUR
        born = int(np.searchsorted(catalogue.published[listed], start))
        if born == 0 or len(members) == 0:
            continue
        item = int(listed[max(born - 1 - int(rng.exponential(max(len(listed) // 20, 1))), 0)])
        who = members[rng.random(len(members)) < rng.uniform(0.08, 0.35) * lively[members]]
        time = (start + rng.gamma(2, 6 * MINUTE, len(who))).astype(np.int64)
        kept = time < setting.end
        parts.append(Visits.of(who[kept], item, time[kept], SOURCE_CODE["cohort"]))
        left -= int(kept.sum())
    return join(parts)
