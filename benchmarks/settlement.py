"""What it costs to settle ten million likes a day, and to pay what changed."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.document import table
from benchmarks.lab_world import lab_world
from benchmarks.scale import START, scale_log
from benchmarks.service_footprint import CATALOGUE, MESSAGE_ROWS, Ended, message, run
from benchmarks.world import DAY, World
from zhenzan.interactions import ROW_COLUMNS, HashKey, RotatingHash, join_rows, read_message
from zhenzan.lake import Lake
from zhenzan.ledger import Ledger
from zhenzan.parquet_sql import parquet_sql
from zhenzan.policy import Policy
from zhenzan.progress import Advance, Progress
from zhenzan.rewards import load_catalogue, moved_accounts, run_rewards
from zhenzan.settlement import Settlement, final_watermark, latest, run_settlement

LIKES_A_DAY, QUICK_LIKES_A_DAY = 10_000_000, 20_000
DAYS, WINDOW_DAYS = 3, 1
SHARE = 0.2
DAY_SECONDS, EVERY_SECONDS = 86_400, 900
WINDOWS, SEEDS = (30, 14, 7, 2), (5, 6)
WORLD_LIKES, QUICK_WORLD_LIKES = 300_000, 30_000
PASS_DAYS = 1  # from one settlement of the lab's month to the next
WINDOWS_TEXT = """\
What a short window costs: months of the lab, {likes:,} likes each, settled every midnight; the verdicts as
they were at the end, most of them final. Seeds {seeds}."""
TEXT = """\
A lake of {likes:,} likes a day and `zhenzan settle --window-days 1`: the window holds one to two days. The
longest settlement is the one before midnight, which also settles a day for good; the shortest the one after.
At {share:.0%} of a core ({budget:,} s a day) settlements follow each other as often as the mean of both
allows. Then the rewards of `examples/catalogue.toml`: what changed by the likes of a quarter of an hour, a
settled day before the window."""


def settlement(progress: Progress, quick: bool) -> str:
    """CPU, memory and pace of settlements at a day's likes, and of the rewards that follow."""
    a_day = QUICK_LIKES_A_DAY if quick else LIKES_A_DAY
    with (
        tempfile.TemporaryDirectory(prefix="zhenzan-settlement-") as folder,
        progress.step("Settling days of likes", 6) as advance,
    ):
        home, log = Path(folder) / "home", Path(folder) / "likes.parquet"
        scale_log(log, DAYS * a_day, 1, ids="string", span=DAYS * DAY)
        advance(1)
        soon = WINDOW_DAYS + 1 + 1 / 24
        _feed(home, log, 0, WINDOW_DAYS + 1)
        advance(1)
        longest, first = _settled(home)
        assert final_watermark(home) == START + WINDOW_DAYS * 86_400_000_000
        advance(1)
        _feed(home, log, WINDOW_DAYS + 1, soon)
        shortest, before = _settled(home)
        held = _hold(before)
        advance(1)
        _feed(home, log, soon, soon + EVERY_SECONDS / DAY_SECONDS)
        _, now = _settled(home)
        assert now.since == before.since > first.since
        advance(1)
        with _cpu() as moving:
            moved = moved_accounts(held.load(), now.load())
        with (
            Ledger.open(Path(folder) / "rewards.sqlite", key=Path(folder) / "key") as ledger,
            _cpu() as paying,
        ):
            done = run_rewards(ledger, load_catalogue(CATALOGUE), now.load(), decided={}, among=moved)
        advance(1)
    mean = (longest.cpu + shortest.cpu) / 2
    budget = SHARE * DAY_SECONDS
    granted = done.settled.cards_granted
    rows = [
        ("longest settlement: likes", f"{first.interactions:,}", ""),
        ("CPU", f"{longest.cpu:,.0f} s", ""),
        ("time", f"{longest.wall:,.0f} s", ""),
        ("memory at most", f"{longest.memory / 1024:,.1f} GiB", ""),
        ("shortest settlement: likes", f"{before.interactions:,}", ""),
        ("CPU", f"{shortest.cpu:,.0f} s", ""),
        ("settlements a day within the share", f"{budget / mean:,.0f}", ""),
        ("**from one to the next**", f"{DAY_SECONDS * mean / budget / 60:,.1f} min", "keeps up"),
        (f"rewards: accounts that moved in {EVERY_SECONDS // 60} min", f"{len(moved):,}", ""),
        ("finding them, CPU", f"{moving[0]:,.1f} s", ""),
        (f"paying them from the beginning ({granted:,} cards), CPU", f"{paying[0]:,.1f} s", ""),
    ]
    text = TEXT.format(likes=a_day, share=SHARE, budget=int(budget))
    text += "\n\n" + table(("", "measured", "goal"), rows)
    with progress.step("Windows of days", len(SEEDS) * len(WINDOWS)) as advance:
        likes, seeds = (QUICK_WORLD_LIKES, SEEDS[:1]) if quick else (WORLD_LIKES, SEEDS)
        windows = _by_window(likes, seeds, advance)
    by_window = WINDOWS_TEXT.format(likes=likes, seeds=" and ".join(map(str, seeds)))
    return f"{text}\n\n{by_window}\n\n" + table(("window, days", "precision", "recall"), windows)


def _by_window(likes: int, seeds: Sequence[int], advance: Advance) -> list[tuple[str, str, str]]:
    """Precision and recall of verdicts as they are at the end of a month of the lab, by the window."""
    counts_by_window: dict[int, list[tuple[int, int, int]]] = {days: [] for days in WINDOWS}
    for seed in seeds:
        world = lab_world(seed, likes)
        for days in WINDOWS:
            with tempfile.TemporaryDirectory(prefix="zhenzan-windows-") as folder:
                counts_by_window[days].append(_lived(Path(folder), world, days))
            advance(1)
    rows = []
    for days, counts in counts_by_window.items():
        hits, called, bought = (sum(column) for column in zip(*counts, strict=True))
        rows.append((f"{days}", f"{hits / max(called, 1):.3f}", f"{hits / max(bought, 1):.3f}"))
    return rows


def _lived(home: Path, world: World, days: int) -> tuple[int, int, int]:
    """Settled every midnight: bought likes that were called fake, all that were, all bought likes."""
    n = len(world)
    columns = {
        "id": pa.array(np.arange(n).astype(str)),
        "kind": pa.array(["like"] * n),
        "timestamp": pa.array(world.timestamp).cast(ROW_COLUMNS.field("timestamp").type),
        **{name: pa.array(getattr(world, name).astype(str)) for name in ("account", "item", "creator")},
    }
    rows = pa.table(
        [columns.get(field.name, pa.nulls(n, field.type)) for field in ROW_COLUMNS], schema=ROW_COLUMNS
    )
    order = np.argsort(world.timestamp, kind="stable")
    day = world.timestamp[order] // (DAY_SECONDS * 1_000_000) // PASS_DAYS
    with Lake(home) as lake:
        for some in np.split(order, np.flatnonzero(np.diff(day)) + 1):
            lake.append(rows.take(pa.array(some)).combine_chunks().to_batches()[0])
            lake.flush()
            settlement = run_settlement(home, Policy.default(), window_days=days)
    assert settlement is not None
    paths = [settlement.folder / "verdicts.parquet", *settlement.final_files]
    called = duckdb.sql(f"SELECT id::BIGINT AS id FROM {parquet_sql(paths)} WHERE verdict = 'fake'")
    fakes = called.fetchnumpy()["id"]
    return int(world.is_bought[fakes].sum()), fakes.size, int(world.is_bought.sum())


def _feed(home: Path, log: Path, begin: float, end: float) -> None:
    """The likes of days `begin` to `end` of the log, into the lake."""
    rng, hashes = np.random.default_rng(int(begin * 1000)), RotatingHash([HashKey(0, b"benchmark")])
    times = [int(START + day * DAY_SECONDS * 1_000_000) for day in (begin, end)]
    with Lake(home) as lake:
        for batch in pq.ParquetFile(log).iter_batches(MESSAGE_ROWS):
            at = batch.column("timestamp").cast(pa.int64())
            chosen = batch.filter(pc.and_(pc.greater_equal(at, times[0]), pc.less(at, times[1])))
            if chosen.num_rows:
                lake.append(join_rows([read_message(message(chosen, rng), "arrow", hashes)]))
                lake.flush_segments()


def _settled(home: Path) -> tuple[Ended, Settlement]:
    ended = run("settle", home, "--once", "--quiet", "--window-days", WINDOW_DAYS)
    settlement = latest(home)
    assert settlement is not None
    return ended, settlement


def _hold(settlement: Settlement) -> Settlement:
    """The same result in a folder of its own, which later settlements leave alone."""
    folder = settlement.folder.with_name(f"served-{settlement.number:08d}")
    folder.mkdir()
    for path in settlement.folder.iterdir():
        os.link(path, folder / path.name)
    return replace(settlement, folder=folder)


@contextmanager
def _cpu() -> Iterator[list[float]]:
    """Seconds of CPU of this process within it, all threads."""
    begin, spent = time.process_time(), [0.0]
    yield spent
    spent[0] = time.process_time() - begin
