"""The observed log: the interactions that a platform sees, and the truth about each row, from a run's
events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.lab.events import Events
from zhenzan.lab.kernels.watch import COMMENT, DOUBLE_TAP, FOLLOW, LIKE, SHARE, UNLIKE
from zhenzan.lab.outputs.final_state import FinalState
from zhenzan.lab.outputs.table_schemas import ADDRESS, GESTURE, INTERACTIONS, TIMESTAMP, TRUTH, words_of
from zhenzan.lab.rng import generator
from zhenzan.lab.time_units import DAY, HOUR
from zhenzan.lab.vocabulary import KINDS_OF_LIKE, MOTIVES, ORIGINS, REGIONS, SOURCE_CODE, SOURCES

__all__ = ["Names", "make_names", "write_log"]

KINDS = ("view", "like", "unlike", "comment", "share", "follow")
DEEDS = ((LIKE, 1), (UNLIKE, 2), (COMMENT, 3), (SHARE, 4), (FOLLOW, 5))
UNLIKE_DELAY_SECONDS = 600.0  # mean
DEED_GAP_US = 800_000  # between two things done in one view
WORK_BEGINS, WORK_ENDS = 9, 18  # local hours in which members of a cohort share its address
GAP_OF_IDS = 7
_CAME_BY = {"fans": "profile", "community": "profile", "hunter": "profile"}  # all other visitors: direct


@dataclass(frozen=True)
class Names:
    """Opaque ids: of account, item, creator, by number; in random order and with gaps, as platforms' are."""

    account: npt.NDArray[np.int64]
    item: npt.NDArray[np.int64]
    creator: npt.NDArray[np.int64]


def make_names(final: FinalState) -> Names:
    """Draw the ids of a run."""
    rng = generator(final.seed, "names")
    counts = (final.accounts, final.catalogue.count, final.makers.count)
    return Names(*(_opaque(rng, count) for count in counts))


def _opaque(rng: np.random.Generator, count: int) -> npt.NDArray[np.int64]:
    return rng.permutation(count).astype(np.int64) * GAP_OF_IDS + 1_000 + rng.integers(0, GAP_OF_IDS, count)


def write_log(final: FinalState, names: Names) -> tuple[pa.Table, pa.Table]:
    """The log and the truth, in order of time. Cost: O(rows log rows), some 200 bytes a row at the peak."""
    events = final.log.all()
    events = events.take(np.flatnonzero((events.time >= 0) & (events.time < final.scenario.world.days * DAY)))
    source_row, kind, time = _rows(final, events)
    order = np.lexsort((kind, events.item[source_row], events.account[source_row], time))
    source_row, kind, time = source_row[order], kind[order], time[order]
    rows = events.take(source_row)
    ip, device, region = _places(final, rows.account, time)
    duration = final.catalogue.duration_ms[rows.item].astype(np.int64)
    columns: dict[str, Any] = {
        "kind": words_of(kind, KINDS),
        "timestamp": pa.array(time + final.scenario.world.start_us).cast(TIMESTAMP),
        "account": names.account[rows.account],
        "item": names.item[rows.item],
        "creator": names.creator[final.catalogue.creator[rows.item]],
        "watched": rows.watched.astype(np.int64),
        "duration": pa.array(duration, mask=duration == 0),
        "ip": _address(ip, "net"),
        "device": _address(device, "dev"),
        "region": words_of(region, REGIONS),
        "origin": _origin(rows),
    }
    log = pa.table(columns, schema=INTERACTIONS)
    if final.scenario.records.gestures:
        from zhenzan.lab.outputs.gestures import gestures

        drawn = gestures(final.seed, rows, kind == KINDS.index("like"))
        log = log.append_column(pa.field("gesture", GESTURE), drawn)
    return log, _truth(final, rows, kind)


def _rows(
    final: FinalState, events: Events
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8], npt.NDArray[np.int64]]:
    """One row for each action, and for each view of those viewers whose views are kept: event, kind, time."""
    everything = np.arange(len(events))
    watched = everything[final.log.keeps_views_of(events.account)]
    parts = [(watched, np.zeros(len(watched), np.int8), events.time[watched])]
    rng = generator(final.seed, "unlikes")
    end = final.scenario.world.days * DAY
    for number, (flag, kind) in enumerate(DEEDS):
        done = np.flatnonzero((events.flags & flag) != 0)
        time = events.time[done] + (DEED_GAP_US * number if kind > 2 else 0)
        if flag == UNLIKE:
            time = (
                time + (rng.exponential(UNLIKE_DELAY_SECONDS, len(done)) * 1e6).astype(np.int64) + 1_000_000
            )
        inside = time < end
        parts.append((done[inside], np.full(int(inside.sum()), kind, np.int8), time[inside]))
    row, kinds, times = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return row, kinds, times // 1000 * 1000


def _places(
    final: FinalState, account: npt.NDArray[np.int32], time: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int8]]:
    """Address, device and region of each row: codes.

    People have an address at home, members of a cohort share one in working hours, and some have a second
    device. Bots share the addresses and devices of their ring.
    """
    people, bots = final.people, final.bots
    rng = generator(final.seed, "places")
    n = final.accounts
    home = rng.permutation(n).astype(np.int64)
    device = rng.permutation(2 * n).astype(np.int64)
    second_share = np.where(rng.random(n) < 0.2, 0.3, 0.0)
    region = np.zeros(n, np.int8)
    region[: people.count] = people.region
    where = np.arange(people.count, n)
    if len(where):
        ring = bots.ring[: bots.count].astype(np.int64)
        sellers = [shop.about for shop in final.shops]
        seller = bots.seller[: bots.count]
        room = np.array([about.addresses for about in sellers])[seller]
        shelf = np.array([about.devices for about in sellers])[seller]
        home[where] = 4 * n + ring * 1_000_000 + (rng.random(len(where)) * room).astype(np.int64)
        device[where] = 4 * n + ring * 1_000_000 + (rng.random(len(where)) * shelf).astype(np.int64)
        regions = [0 if about.region == "any" else REGIONS.index(about.region) for about in sellers]
        region[where] = np.array(regions, np.int8)[seller]
        second_share[where] = 0.0
    number = np.minimum(account, people.count - 1)
    local = (time / HOUR + people.zone[number]) % 24
    weekday = ((time // DAY) + final.first_weekday) % 7 < 5
    at_work = (local >= WORK_BEGINS) & (local < WORK_ENDS) & weekday & (account < people.count)
    cohort = np.where(at_work, people.cohort[number], -1)
    ip = np.where(cohort >= 0, 2 * n + cohort, home[account])
    other = rng.random(len(account)) < second_share[account]
    used = np.where(other, device[n + account], device[account])
    return ip, used, region[account]


def _origin(rows: Events) -> pa.Array:
    code = np.full(len(rows), ORIGINS.index("direct"), np.int8)
    code[rows.channel >= 0] = ORIGINS.index("organic")
    code[rows.channel == 4] = ORIGINS.index("search")
    for source, origin in _CAME_BY.items():
        code[rows.source == SOURCE_CODE[source]] = ORIGINS.index(origin)
    origin = words_of(code, ORIGINS).cast(pa.string())
    promoted = rows.source == SOURCE_CODE["promoted"]
    if not promoted.any():
        return origin
    orders, index = np.unique(rows.campaign[promoted], return_inverse=True)
    named = pa.array([f"promoted:{order}" for order in orders.tolist()])
    import pyarrow.compute as pc

    return pc.replace_with_mask(origin, pa.array(promoted), named.take(pa.array(index)))


def _truth(final: FinalState, rows: Events, kind: npt.NDArray[np.int8]) -> pa.Table:
    ring = final.ring_of_accounts()[rows.account]
    campaign = np.where(rows.source == SOURCE_CODE["promoted"], -1, rows.campaign)
    columns = {
        "row": np.arange(len(rows)),
        "kind_of_like": words_of(rows.kind, KINDS_OF_LIKE),
        "source": words_of(rows.source, SOURCES),
        "motive": words_of(rows.motive, MOTIVES),
        "ring": pa.array(ring, mask=ring < 0),
        "campaign": pa.array(campaign.astype(np.int32), mask=campaign < 0),
        "double_tap": (kind == KINDS.index("like")) & ((rows.flags & DOUBLE_TAP) != 0),
    }
    return pa.table(columns, schema=TRUTH)


def _address(codes: npt.NDArray[np.int64], prefix: str) -> pa.DictionaryArray:
    """Text for each distinct code, numbered by first appearance so that the text tells nothing."""
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    names = pa.array([f"{prefix}-{number:x}" for number in range(len(first))], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(rank[inverse].astype(np.int32)), names).cast(ADDRESS)
