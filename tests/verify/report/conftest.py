"""A plausible result without running the model: three rings, a viral hit, quiet days, all by the contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhenzan.verify import BOT_SQL, HIGH_SQL, LOW_SQL, counts_sql, nothing_said

PRIOR = -18.0
START = datetime(2024, 5, 1, tzinfo=UTC)
TIME = pa.timestamp("us", tz="UTC")
EVIDENCE = pa.list_(pa.struct([("name", pa.dictionary(pa.int8(), pa.string())), ("decibans", pa.float32())]))
WORD = pa.dictionary(pa.int8(), pa.string())


@dataclass
class MemoryResult:
    """The least a result must be to be explained and reported."""

    tables: dict[str, pa.Table]
    summary: dict[str, Any]
    folder: Path | None = None
    final_files: tuple[Path, ...] = ()
    queries: list[str] = field(default_factory=list)

    def table(self, name: str) -> pa.Table:
        self.queries.append(name)
        return self.tables[name]

    def saved(self, folder: Path) -> MemoryResult:
        """The same result as a folder, whose tables must not be asked for."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in self.tables.items():
            pq.write_table(table, folder / f"{name}.parquet")
        return MemoryResult({}, self.summary, folder)


def probability(decibans: float) -> float:
    return 1 / (1 + 10 ** (-decibans / 10))


class World:
    """Collects likes and moments, then closes them into the tables."""

    def __init__(self, seed: int, text_ids: bool) -> None:
        self.random = np.random.default_rng(seed)
        self.text_ids = text_ids
        self.likes: list[dict[str, Any]] = []
        self.moments: list[dict[str, Any]] = []

    def name(self, kind: str, number: int) -> Any:
        return f"{kind}{number:05d}" if self.text_ids else number

    def like(
        self,
        account: int,
        item: int,
        at: datetime,
        evidence: list[tuple[str, float]],
        ring: int | None = None,
        moment: int | None = None,
    ) -> None:
        total = PRIOR + sum(weight for _, weight in evidence)
        chance = probability(total)
        verdict = "fake" if chance >= 0.9 else "genuine" if chance <= 0.5 else "uncertain"
        self.likes.append(
            {
                "account": account,
                "item": item,
                "timestamp": at,
                "evidence": evidence,
                "verdict": verdict,
                "fake_probability": chance,
                "ring": ring,
                "moment": moment,
            }
        )

    def moment(
        self,
        item: int,
        at: datetime,
        seconds: float,
        likes: int,
        expected: float,
        chance: float,
        ring: int | None,
    ) -> int:
        number = len(self.moments)
        self.moments.append(
            {
                "moment": number,
                "item": item,
                "creator": item // 3,
                "start": at,
                "end": at + timedelta(seconds=seconds),
                "scale_seconds": float(seconds),
                "likes": likes,
                "expected_likes": expected,
                "suspects": likes if ring is not None else 1,
                "campaign_probability": chance,
                "ring": ring,
            }
        )
        return number

    def natural(self, likes: int, accounts: int, items: int, days: int) -> None:
        for _ in range(likes):
            item = min(items - 1, int(self.random.pareto(0.9) * 3))
            at = START + timedelta(seconds=float(self.random.random() * days * 86400))
            weights = [] if self.random.random() < 0.3 else [("moment", -float(self.random.gamma(2, 2)))]
            if self.random.random() < 0.2:
                weights.append(("account", -float(self.random.gamma(2, 1.5))))
            self.like(int(self.random.integers(accounts)), item, at, weights)

    def viral(self, item: int, likes: int) -> None:
        at = START + timedelta(days=4, hours=19)
        moment = self.moment(item, at, 7200, likes, likes * 0.7, 0.03, None)
        for _ in range(likes):
            when = at + timedelta(seconds=float(self.random.random() * 7200))
            weights = [("moment", 6.0), ("account", -5.5)]
            self.like(int(self.random.integers(5000)), item, when, weights, None, moment)

    def ring(self, ring: int, accounts: int, items: list[int], seconds: float, share: float) -> None:
        members = 100_000 * (ring + 1) + np.arange(accounts)
        for order, item in enumerate(items):
            at = START + timedelta(days=1 + order * 20 / len(items), hours=float(self.random.random() * 20))
            crew = members[self.random.random(accounts) < share]
            moment = self.moment(item, at, seconds, len(crew), 1.5, 0.98, ring)
            for account in crew:
                when = at + timedelta(seconds=float(self.random.random() * seconds))
                weights = [("moment", 14.0), ("account", float(self.random.normal(9, 4)))]
                if share > 0.3:
                    weights.append(("coincidence", 12.0))
                self.like(int(account), item, when, weights, ring, moment)

    def close(self) -> dict[str, pa.Table]:
        self.likes.sort(key=lambda like: like["timestamp"])
        verdicts, accounts = self._verdicts(), self._accounts()
        return {
            "verdicts": verdicts,
            "accounts": accounts,
            "moments": self._moments(),
            "rings": self._rings(),
            "items": self._items(verdicts, accounts),
        }

    def _ids(self, kind: str, numbers: list[int]) -> pa.Array:
        return pa.array(
            [self.name(kind, one) for one in numbers], pa.string() if self.text_ids else pa.int64()
        )

    def _verdicts(self) -> pa.Table:
        likes = self.likes
        columns = {
            "row": pa.array(range(len(likes)), pa.int64()),
            "account": self._ids("u", [one["account"] for one in likes]),
            "item": self._ids("v", [one["item"] for one in likes]),
            "timestamp": pa.array([one["timestamp"] for one in likes], TIME),
            "fake_probability": pa.array([one["fake_probability"] for one in likes], pa.float32()),
            "verdict": pa.array([one["verdict"] for one in likes], WORD),
            "standing": pa.array(
                ["repeated" if i % 97 == 96 else "counted" for i in range(len(likes))], WORD
            ),
            "ring": pa.array([one["ring"] for one in likes], pa.int32()),
            "moment": pa.array([one["moment"] for one in likes], pa.int32()),
            "evidence": pa.array(
                [[{"name": name, "decibans": weight} for name, weight in one["evidence"]] for one in likes],
                EVIDENCE,
            ),
        }
        if self.text_ids:
            columns["id"] = pa.array([f"like-{i:06d}" for i in range(len(likes))])
        return pa.table(columns)

    def _grouped(self, key: str) -> dict[Any, list[dict[str, Any]]]:
        groups: dict[Any, list[dict[str, Any]]] = {}
        for one in self.likes:
            if one[key] is not None:
                groups.setdefault(one[key], []).append(one)
        return groups

    def _accounts(self) -> pa.Table:
        groups = self._grouped("account")
        rows = list(groups.values())
        return pa.table(
            {
                "account": self._ids("u", list(groups)),
                "likes": pa.array([len(row) for row in rows], pa.int64()),
                "creators": pa.array([len({one["item"] // 3 for one in row}) for row in rows], pa.int64()),
                "fake_likes": pa.array(
                    [sum(one["verdict"] == "fake" for one in row) for row in rows], pa.int64()
                ),
                "expected_fake": pa.array([sum(one["fake_probability"] for one in row) for row in rows]),
                "recruit_probability": pa.array(
                    [max(one["fake_probability"] for one in row) for row in rows], pa.float32()
                ),
                "ring": pa.array([row[0]["ring"] for row in rows], pa.int32()),
                "paid_share": pa.array(
                    [0.3 if row[0]["ring"] is None else 0.9 for row in rows], pa.float32()
                ),
                "first": pa.array([row[0]["timestamp"] for row in rows], TIME),
                "last": pa.array([row[-1]["timestamp"] for row in rows], TIME),
                "evidence": pa.array(
                    [
                        [{"name": "account", "decibans": 20.0 if row[0]["ring"] is not None else -3.0}]
                        for row in rows
                    ],
                    EVIDENCE,
                ),
            }
        )

    def _moments(self) -> pa.Table:
        def column(name: str) -> list[Any]:
            return [one[name] for one in self.moments]

        return pa.table(
            {
                "moment": pa.array(column("moment"), pa.int32()),
                "item": self._ids("v", column("item")),
                "creator": self._ids("c", column("creator")),
                "start": pa.array(column("start"), TIME),
                "end": pa.array(column("end"), TIME),
                "scale_seconds": pa.array(column("scale_seconds"), pa.float64()),
                "likes": pa.array(column("likes"), pa.int64()),
                "expected_likes": pa.array(column("expected_likes"), pa.float64()),
                "suspects": pa.array(column("suspects"), pa.int64()),
                "campaign_probability": pa.array(column("campaign_probability"), pa.float32()),
                "ring": pa.array(column("ring"), pa.int32()),
            }
        )

    def _rings(self) -> pa.Table:
        groups = dict(sorted(self._grouped("ring").items()))
        rows = list(groups.values())
        kinds = ["burst", "drip", "pool", "throwaway"]
        return pa.table(
            {
                "ring": pa.array(list(groups), pa.int32()),
                "accounts": pa.array([len({one["account"] for one in row}) for row in rows], pa.int64()),
                "moments": pa.array([len({one["moment"] for one in row}) for row in rows], pa.int64()),
                "items": pa.array([len({one["item"] for one in row}) for row in rows], pa.int64()),
                "creators": pa.array([len({one["item"] // 3 for one in row}) for row in rows], pa.int64()),
                "likes": pa.array([len(row) for row in rows], pa.int64()),
                "first": pa.array([row[0]["timestamp"] for row in rows], TIME),
                "last": pa.array([row[-1]["timestamp"] for row in rows], TIME),
                "kind": pa.array([kinds[ring % 4] for ring in groups], pa.string()),
                "mean_probability": pa.array(
                    [sum(one["fake_probability"] for one in row) / len(row) for row in rows], pa.float32()
                ),
            }
        )

    def _items(self, verdicts: pa.Table, accounts: pa.Table) -> pa.Table:
        """As `verify` counts them."""
        groups = self._grouped("item")
        creators = pa.table(
            {
                "item": self._ids("v", list(groups)),
                "creator": self._ids("c", [item // 3 for item in groups]),
            }
        )
        likes = f"""SELECT v.*, {BOT_SQL} AS is_bot FROM verdicts v LEFT JOIN accounts a
            ON a.account = v.account WHERE standing = 'counted'"""
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        for name, table in (("verdicts", verdicts), ("accounts", accounts), ("creators", creators)):
            connection.register(name, table)
        counts = counts_sql(likes, nothing_said(PRIOR), "item")
        query = f"""SELECT *, {LOW_SQL} AS verified_low, {HIGH_SQL} AS verified_high
            FROM ({counts}) JOIN creators USING (item) ORDER BY item"""
        return connection.sql(query).to_arrow_table()


def summary(likes: int) -> dict[str, Any]:
    return {
        "version": "0.1.0",
        "policy": {
            "name": "default",
            "version": "default-1f3a",
            "verdict": {"fake_threshold": 0.9, "genuine_threshold": 0.5},
        },
        "prior_decibans": PRIOR,
        "counts": {"rows": likes + 40, "likes": likes, "rejected": 12},
        "kinds": {"like": likes, "view": 28},
        "columns": ["account", "item", "timestamp", "creator"],
        "missing": ["watched", "duration", "ip", "device", "gesture"],
        "timings_seconds": {"read": 0.4, "encode": 0.2, "moments": 0.9, "infer": 1.3, "write": 0.2},
        "learned": {"campaign": 0.02},
        "sources": ["likes.csv.gz"],
        "evidence_names": {
            "moment": "The item received more likes than its life explains.",
            "account": "The account keeps appearing in improbable moments.",
            "coincidence": "The account meets the same accounts again and again.",
        },
    }


def make_result(seed: int = 1, likes: int = 4000, rings: int = 3, text_ids: bool = True) -> MemoryResult:
    """A result with the given number of natural likes and of planted rings."""
    world = World(seed, text_ids)
    if likes:
        world.natural(likes, likes // 2, max(30, likes // 20), 30)
        world.viral(7, max(20, likes // 8))
    designs = [(60, 14, 600.0, 0.9), (40, 10, 86400.0, 0.7), (150, 24, 1800.0, 0.09), (30, 6, 60.0, 0.5)]
    for ring in range(rings):
        accounts, campaigns, seconds, share = designs[ring % 4]
        chosen = [100 + 40 * ring + 3 * order for order in range(campaigns)]
        world.ring(ring, accounts, chosen, seconds, share)
    tables = world.close()
    return MemoryResult(tables, summary(len(world.likes)))


@pytest.fixture(scope="session")
def result() -> MemoryResult:
    return make_result()


@pytest.fixture(scope="session")
def number_result() -> MemoryResult:
    return make_result(seed=2, likes=1500, rings=2, text_ids=False)


@pytest.fixture(scope="session")
def empty_result() -> MemoryResult:
    return make_result(likes=0, rings=0)


@pytest.fixture(scope="session")
def quiet_result() -> MemoryResult:
    return make_result(likes=400, rings=0)
