"""A settlement made by hand: whose likes of what, when, how they were judged, and when they came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from zhenzan.verify import LATE, Result

HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
START = 20_000 * DAY_US
TIME = pa.timestamp("us", "UTC")
EVIDENCE = pa.list_(pa.struct([("name", pa.string()), ("decibans", pa.float32())]))


@dataclass(frozen=True)
class Like:
    """`hour` of the like since START, and `received`, an hour, where it came in late."""

    account: str
    item: str
    hour: float
    verdict: str = "genuine"
    received: float | None = None


def judged(folder: Path, likes: Sequence[Like], rings: Mapping[str, int] | None = None) -> Result:
    """Written into a folder, as a settlement is; of members of a ring that are not bots."""
    n, rings = len(likes), rings or {}
    accounts = sorted({like.account for like in likes} | set(rings))
    tables = {
        "verdicts": pa.table(
            {
                "row": pa.array(range(n), pa.int64()),
                "account": pa.array([like.account for like in likes], pa.string()),
                "item": pa.array([like.item for like in likes], pa.string()),
                "timestamp": times([like.hour for like in likes]),
                "fake_probability": pa.array(
                    [0.9 * (like.verdict == "fake") for like in likes], pa.float32()
                ),
                "verdict": pa.array([like.verdict for like in likes], pa.string()),
                "standing": pa.array(["counted"] * n, pa.string()),
                "ring": pa.array([None] * n, pa.int32()),
                "evidence": pa.array([[]] * n, EVIDENCE),
            }
        ),
        "items": pa.table({"item": pa.array(sorted({like.item for like in likes}), pa.string())}),
        "accounts": pa.table(
            {
                "account": pa.array(accounts, pa.string()),
                "ring": pa.array([rings.get(account) for account in accounts], pa.int32()),
                "paid_share": pa.array([0.0] * len(accounts), pa.float32()),
            }
        ),
        "moments": pa.table({"moment": pa.array([], pa.int32())}),
        "rings": pa.table({"ring": pa.array([], pa.int32())}),
    }
    Result(tables, {"prior_decibans": -27.0}).write(folder)
    late = [like for like in likes if like.received is not None and like.received > like.hour + 1]
    pq.write_table(
        pa.table(
            {
                "account": pa.array([like.account for like in late], pa.string()),
                "item": pa.array([like.item for like in late], pa.string()),
                "timestamp": times([like.hour for like in late]),
                "received": times([like.received or 0.0 for like in late]),
            }
        ),
        folder / LATE,
    )
    return Result.load(folder)


def times(hours: Sequence[float]) -> pa.Array:
    return pa.array([START + int(hour * HOUR_US) for hour in hours], pa.int64()).cast(TIME)
