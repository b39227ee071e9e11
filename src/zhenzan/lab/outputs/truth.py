"""Truth tables: what the accounts and items of a run really are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.lab.outputs.final_state import FinalState
from zhenzan.lab.outputs.observed_log import Names
from zhenzan.lab.outputs.table_schemas import ACCOUNTS, ITEMS, TIMESTAMP, words_of
from zhenzan.lab.time_units import DAY, REGION_OFFSETS_HOURS
from zhenzan.lab.vocabulary import MOTIVES, REGIONS

__all__ = ["account_table", "item_table"]

ROLES = ("viewer", "newcomer", "bot")
LONG_AGO_DAYS = 400  # when those joined who were there from the first day, about


def account_table(final: FinalState, names: Names) -> pa.Table:
    """One row an account. Bots have no motives of their own but `hired`."""
    people, bots, n = final.people, final.bots, final.accounts
    number = bots.count
    single = np.diff(people.motives, axis=1, prepend=0)
    motive = np.append(single.argmax(axis=1), np.full(number, MOTIVES.index("hired")))
    role = np.append(np.where(np.arange(people.count) < people.viewers, 0, 1), np.full(number, 2))
    ring = final.ring_of_accounts()
    shops = final.shops
    seller_of_ring = {pool.ring: shop.about.name for shop in shops for pool in shop.pools}
    start = final.scenario.world.start_us
    created = np.append(np.maximum(people.joined, -LONG_AGO_DAYS * DAY), bots.created[:number]) + start
    closed = np.append(np.full(people.count, -1), bots.closed[:number])
    region = np.append(people.region, np.zeros(number, np.int8))
    columns: dict[str, Any] = {
        "account": names.account,
        "role": words_of(role, ROLES),
        "motive": words_of(motive, MOTIVES),
        **{
            f"motive_{name}": np.append(single[:, k], np.zeros(number)).astype(np.float32)
            for k, name in enumerate(MOTIVES[:-1])
        },
        "sessions_per_day": np.append(people.sessions_per_day, np.zeros(number)).astype(np.float32),
        "heavy": np.append(people.heavy, np.zeros(number, np.bool_)),
        "region": words_of(region, REGIONS),
        "utc_offset_hours": REGION_OFFSETS_HOURS[region].astype(np.float32),
        "cohort": _missing(np.append(people.cohort, np.full(number, -1)).astype(np.int32)),
        "ring": _missing(ring),
        "seller": pa.array([seller_of_ring.get(number) for number in ring.tolist()], pa.string()),
        "created": pa.array(created).cast(TIMESTAMP),
        "closed": pa.array(closed + start, mask=closed < 0).cast(TIMESTAMP),
    }
    assert n == len(names.account)
    return pa.table(columns, schema=ACCOUNTS)


def item_table(final: FinalState, names: Names) -> pa.Table:
    """One row an item."""
    catalogue, items = final.catalogue, final.items
    duration = catalogue.duration_ms.astype(np.int64)
    columns = {
        "item": names.item,
        "creator": names.creator[catalogue.creator],
        "topic": catalogue.topic,
        "quality": catalogue.quality,
        "appeal": catalogue.appeal,
        "clickbait": catalogue.clickbait,
        "live": ~catalogue.listed,
        "published": pa.array(catalogue.published + final.scenario.world.start_us).cast(TIMESTAMP),
        "duration": pa.array(duration, mask=duration == 0),
        "views": items.exposures,
        "likes_genuine": items.genuine(),
        "likes_bought": items.likes[1],
        "likes_claimed": items.shown,
        "views_by_bought_likes": items.uplift,
        "stage": items.stage,
    }
    return pa.table(columns, schema=ITEMS)


def _missing(codes: npt.NDArray[np.int32]) -> pa.Array:
    return pa.array(codes, mask=codes < 0)
