"""How fast the screen is in process: counters, context, verdicts; beside River, a peer in online learning."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.document import table
from zhenzan.lake import COLUMNS
from zhenzan.policy import Rule
from zhenzan.progress import Progress
from zhenzan.screen import FEATURES, Screen

LIKES, QUICK_LIKES, RIVER_LIKES = 1_000_000, 20_000, 20_000
BATCHES = (1_000, 4_096, 20_000)
SINGLES = 64  # as many as single posts that are kept together
REPEATS = 3
RULES_BATCH = 4_096
RULES = (
    "account_likes_hour > 30 AND device_accounts_day > 4",
    "item_likes_minute > 20 AND item_likes_hour < 60",
    "watched < 800",
    "watched < 1500 AND account_likes_minute > 6",
    "ip_accounts_day > 25",
    "account_ips_day / account_likes_day > 0.8 AND account_likes_day > 4",
    "item_ip_likes_day > 0.4 * item_likes_day AND item_likes_day > 9",
    "region IS NULL OR region NOT IN ('CN', 'SG', 'MY')",
    "origin = 'direct' AND watched IS NULL",
    "account LIKE 'a%9' OR hour(timestamp) BETWEEN 2 AND 4",
)
TEXT = """\
Likes a second on one core: the screen counts all of its {features} features (accounts, items, devices,
addresses, regions, their pairs and distinct counts) and gives a provisional verdict, a million likes after
its start; River's hourly mean of
one number per account is one counter, its half-space trees one anomaly score of three numbers. Medians of
{repeats}; River on {river:,} likes."""


def screen(progress: Progress, quick: bool) -> str:
    """Likes a second, by the size of a batch, beside River."""
    likes = _likes(2 * (QUICK_LIKES if quick else LIKES))
    rows = []
    with progress.step("The screen", len(BATCHES) + 2) as advance:
        Screen().step(likes.slice(0, 5_000))  # compiles
        for size in BATCHES:
            rate = _median(lambda size=size: _screen(likes, size))  # type: ignore[misc]
            goal = "≥ 1,000,000/s" if size == BATCHES[-1] else ""
            rows.append((f"**the screen**, {size:,} a batch", f"{rate:,.0f}/s", goal))
            advance(1)
        slow = _slowest(likes)
        rows.append((f"the screen, {SINGLES} a batch: 99 of 100 take at most", f"{slow:.2f} ms", "≤ 2 ms"))
        rules = tuple(Rule(f"rule {i}", when, 1.0) for i, when in enumerate(RULES))
        rate = _median(lambda: _screen(likes, RULES_BATCH, rules))
        rows.append(
            (f"**the screen with ten rules**, {RULES_BATCH:,} a batch", f"{rate:,.0f}/s", "≥ 200,000/s")
        )
        some = likes.slice(0, 2_000 if quick else RIVER_LIKES)
        for name, run in (
            ("River, one counter", _river_counter),
            ("River, one anomaly score", _river_anomaly),
        ):
            rows.append((name, f"{_median(lambda run=run: run(some)):,.0f}/s", ""))  # type: ignore[misc]
            advance(1)
    text = TEXT.format(features=len(FEATURES), repeats=REPEATS, river=some.num_rows)
    return text + "\n\n" + table(("", "measured", "goal"), rows)


def _median(run: Callable[[], float]) -> float:
    return float(np.median([run() for _ in range(REPEATS)]))


def _screen(likes: pa.RecordBatch, size: int, rules: tuple[Rule, ...] = ()) -> float:
    """Of the second half of the likes: the first has filled the tables."""
    fresh, half = Screen(rules=rules), likes.num_rows // 2
    for row in range(0, half, BATCHES[-1]):
        fresh.step(likes.slice(row, min(BATCHES[-1], half - row)))
    begin = time.perf_counter()
    for row in range(half, likes.num_rows, size):
        fresh.step(likes.slice(row, size))
    return (likes.num_rows - half) / (time.perf_counter() - begin)


def _slowest(likes: pa.RecordBatch) -> float:
    """Milliseconds in which 99 of 100 small batches are screened: what it adds to an answer."""
    screen, seconds = Screen(), []
    for row in range(0, min(likes.num_rows, 5_000 * SINGLES), SINGLES):
        begin = time.perf_counter()
        screen.step(likes.slice(row, SINGLES))
        seconds.append(time.perf_counter() - begin)
    return 1e3 * float(np.quantile(seconds, 0.99))


def _river_counter(likes: pa.RecordBatch) -> float:
    from river import stats, utils

    accounts, watched = likes.column("account").to_pylist(), likes.column("watched").to_pylist()
    times = [at.replace(tzinfo=None) for at in likes.column("timestamp").to_pylist()]
    counters: dict[str, Any] = {}
    hour = timedelta(hours=1)
    begin = time.perf_counter()
    for account, seen, at in zip(accounts, watched, times, strict=True):
        counter = counters.get(account)
        if counter is None:
            counter = counters[account] = utils.TimeRolling(stats.Mean(), period=hour)
        counter.update(seen, t=at)
    return len(accounts) / (time.perf_counter() - begin)


def _river_anomaly(likes: pa.RecordBatch) -> float:
    from river import anomaly

    rows = likes.select(["watched", "ip", "device"]).to_pylist()
    scaled = [{name: float(value % 1000) / 1000 for name, value in row.items()} for row in rows]
    trees = anomaly.HalfSpaceTrees(seed=1)
    begin = time.perf_counter()
    for row in scaled:
        trees.score_one(row)
        trees.learn_one(row)
    return len(scaled) / (time.perf_counter() - begin)


def _likes(n: int) -> pa.RecordBatch:
    """An hour of likes: accounts and items as unevenly liked as they are, one device an account."""
    rng = np.random.default_rng(1)
    account = (rng.pareto(1.2, n) * 2000).astype(np.int64) % 100_000
    item = (rng.pareto(1.0, n) * 500).astype(np.int64) % 20_000
    at = 1_790_000_000_000_000 + np.sort(rng.integers(0, 3600 * 10**6, n))
    time_type = COLUMNS.field("timestamp").type

    def named(numbers: np.ndarray, prefix: str) -> pa.Array:
        return pa.array([f"{prefix}-{number}" for number in numbers.tolist()])

    columns = {
        "sequence": pa.array(np.arange(n)),
        "id": named(np.arange(n), "like"),
        "kind": pa.array(["like"] * n),
        "timestamp": pa.array(at).cast(time_type),
        "account": named(account, "viewer"),
        "item": named(item, "video"),
        "creator": named(item % 7_000, "creator"),
        "watched": pa.array(rng.integers(0, 9_000, n)),
        "duration": pa.array(np.full(n, 9_000)),
        "ip": pa.array(account % 30_000 * 7_919 + 1),
        "device": pa.array(account * 104_729 + 1),
        "region": named(account % 30, "R"),
        "received": pa.array(at).cast(time_type),
    }
    arrays = [columns.get(column.name, pa.nulls(n, column.type)) for column in COLUMNS]
    return pa.RecordBatch.from_arrays(arrays, schema=COLUMNS)
