"""Replay: sends a simulated world to a running service through its public API, faster than real time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.client import Client
from zhenzan.lab.outputs.world import World

__all__ = ["replay_world"]

BATCH_ROWS = 5_000
TICK_SECONDS = 0.25
HOUR_US = 3_600_000_000


def replay_world(
    world: World,
    client: Client,
    *,
    begin: int = 0,
    quick_share: float = 0.5,
    hours_a_second: float = 1.0,
    sent: Callable[[int], object] = lambda rows: None,
    stops: Callable[[], bool] = lambda: False,
) -> int:
    """Send the world's interactions from row `begin` on, the first `quick_share` of them at once, the others
    at so many hours a second; returns how many rows are sent. `sent`: told how far it is. Rows have ids, so
    what is sent again is kept once. Raises ServiceError.
    """
    log = world.interactions.sort_by("timestamp")
    times = log["timestamp"].cast(pa.int64()).to_numpy()
    quick = int(log.num_rows * quick_share)
    for row in range(begin, quick, BATCH_ROWS):
        if stops():
            return row
        end = min(row + BATCH_ROWS, quick)
        client.send(_rows(log, world.seed, row, end))
        sent(end)
    row = max(begin, quick)
    if row >= log.num_rows:
        return row
    started, first = time.monotonic(), times[row]
    while row < log.num_rows and not stops():
        until = first + int((time.monotonic() - started) * hours_a_second * HOUR_US)
        end = min(int(np.searchsorted(times, until, side="right")), row + BATCH_ROWS)
        if end > row:
            client.send(_rows(log, world.seed, row, end))
            row = end
            sent(row)
        time.sleep(TICK_SECONDS)
    return row


def _rows(log: pa.Table, seed: int, begin: int, end: int) -> Iterator[dict[str, Any]]:
    part = log.slice(begin, end - begin)
    part = part.set_column(
        part.schema.get_field_index("timestamp"), "timestamp", pc.cast(part["timestamp"], pa.int64())
    )
    for row, values in enumerate(part.to_pylist(), begin):
        named = {name: value for name, value in values.items() if value is not None}
        yield {"id": f"w{seed}-{row}", **named, "account": f"viewer-{values['account']}"}
