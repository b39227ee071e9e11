"""Big logs for speed and memory: heavy-tailed, in time order, with campaigns, written in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.lab_world import lab_world
from benchmarks.world import DAY, HOUR, MINUTE

START = 1_717_200_000_000_000  # 2024-06-01T00:00:00Z in µs
SPAN = 30 * DAY
CHUNK_LIKES = 1_000_000
LIKES_PER_ACCOUNT = 16
LIKES_PER_ITEM = 40
BLOCK_ITEMS = 500  # Items of about one age; popularity falls off steeply within a block.
BOUGHT_SHARE = 0.03


def scale_log(
    path: Path,
    likes: int,
    seed: int,
    ids: str = "int",
    advance: Callable[[int], None] | None = None,
    *,
    span: float = SPAN,
) -> int:
    """Write `likes` likes of a `span` to a Parquet file; gives the number of bought ones among them.

    Columns account, item, creator, timestamp. Accounts, items and creators follow power laws, items live some
    days and a few stay popular, 3 % of the likes are bursts and tiny orders by rings. Memory: some 200 MB and
    the bought likes (100 bytes each); 0.4 s per million likes with integer ids.
    """
    assert ids in ("int", "string"), ids
    rng = np.random.default_rng([seed, likes])
    accounts, items = max(likes // LIKES_PER_ACCOUNT, 1000), max(likes // LIKES_PER_ITEM, BLOCK_ITEMS)
    bought = _bought_likes(int(likes * BOUGHT_SHARE), accounts, items, span, rng)
    natural = likes - len(bought[0])
    chunks = max(1, -(-likes // CHUNK_LIKES))
    edges = np.linspace(0, span, chunks + 1)
    cuts = np.searchsorted(bought[2], edges)
    schema = _schema(ids)
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        for chunk in range(chunks):
            count = natural // chunks + (chunk < natural % chunks)
            mine = slice(cuts[chunk], cuts[chunk + 1])
            begin, end = edges[chunk], edges[chunk + 1]
            account, item, time = _natural_likes(count, accounts, items, begin, end, span, rng)
            account = np.concatenate((account, bought[0][mine]))
            item = np.concatenate((item, bought[1][mine]))
            time = np.concatenate((time, bought[2][mine]))
            order = np.argsort(time, kind="stable")
            writer.write_table(_table(account[order], item[order], time[order], ids, schema))
            if advance is not None:
                advance(len(order))
    return len(bought[0])


def lab_log(path: Path, likes: int, seed: int, advance: Callable[[int], None] | None = None) -> None:
    """Write the lab's months of a million likes side by side, ids apart: every confounder and strategy.

    Slower to make than `scale_log` (10 s per million likes), harder to judge. Memory: that of one world.
    """
    schema = _schema("int")
    worlds = max(1, likes // 1_000_000)
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        for number in range(worlds):
            world = lab_world(seed * 1000 + number, likes // worlds)
            apart = number << 32
            columns = (world.account + apart, world.item + apart, world.creator + apart)
            timestamp = pa.array(world.timestamp).cast(schema.field("timestamp").type)
            writer.write_table(pa.table([*map(pa.array, columns), timestamp], schema=schema))
            if advance is not None:
                advance(len(world))


def _natural_likes(
    n: int, accounts: int, items: int, begin: float, end: float, span: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    time = begin + rng.random(n) * (end - begin)
    # People sleep: two thirds of the likes of the small hours move to the evening before.
    hour = (time / HOUR) % 24
    time = np.where((hour < 6) & (rng.random(n) < 0.66) & (time - begin > 6 * HOUR), time - 5 * HOUR, time)
    account = (accounts * rng.random(n) ** 1.6).astype(np.int64)
    # Items are numbered by birth, the first third before the log begins; most likes are of young items.
    age = rng.exponential(2 * DAY, n)
    age = np.where(rng.random(n) < 0.2, rng.random(n) * 40 * DAY, age)
    born = np.clip((time - age) / span, -0.5, 1.0)
    blocks = max(1, items // BLOCK_ITEMS)
    block = np.minimum(((born + 0.5) / 1.5 * blocks).astype(np.int64), blocks - 1)
    within = (BLOCK_ITEMS * rng.random(n) ** 3).astype(np.int64)
    return account, block * BLOCK_ITEMS + within, time


def _bought_likes(
    n: int, accounts: int, items: int, span: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Account, item and time of n bought likes in time order; ring accounts come after the natural ones."""
    parts = list(_orders(n, accounts, items, span, rng))
    account, item, time = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(time, kind="stable")
    return account[order], item[order], time[order]


def _orders(
    n: int, accounts: int, items: int, span: float, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    drawn = 0
    next_account = accounts
    while drawn < n:
        tiny = rng.random() < 0.5
        size = 1500 if tiny else int(rng.integers(200, 800))
        orders = int(size * rng.uniform(5, 9) / (10 if tiny else 200))
        per_order = 10 if tiny else 200
        total = min(orders * per_order, n - drawn)
        order = np.arange(total) // per_order
        begin = rng.random(orders) * (span - HOUR)
        target = rng.integers(0, items, orders)
        length = rng.uniform(5, 15 if tiny else 60, orders) * MINUTE
        yield (
            next_account + rng.integers(0, size, total),
            target[order],
            begin[order] + rng.random(total) * length[order],
        )
        next_account += size
        drawn += total


def _schema(ids: str) -> pa.Schema:
    type_ = pa.int64() if ids == "int" else pa.string()
    names = ("account", "item", "creator")
    return pa.schema([(name, type_) for name in names] + [("timestamp", pa.timestamp("us", tz="UTC"))])


def _table(account: np.ndarray, item: np.ndarray, time: np.ndarray, ids: str, schema: pa.Schema) -> pa.Table:
    timestamp = pa.array(START + (time / 1000).astype(np.int64) * 1000).cast(schema.field("timestamp").type)
    # A creator owns a few items of the same block; ids are spread so that they are not consecutive.
    codes = (account, item, item // 5)
    if ids == "int":
        return pa.table([*(pa.array(_scatter(code)) for code in codes), timestamp], schema=schema)
    texts = (
        pc.binary_join_element_wise(prefix, pa.array(_scatter(code)).cast(pa.string()), "_")
        for prefix, code in zip(("user", "video", "author"), codes, strict=True)
    )
    return pa.table([*texts, timestamp], schema=schema)


def _scatter(code: np.ndarray) -> np.ndarray:
    """Distinct ids in [0, 2^40) that look random: multiplication by an odd number modulo a power of two."""
    return (code * 0x5DEECE66D) & ((1 << 40) - 1)
