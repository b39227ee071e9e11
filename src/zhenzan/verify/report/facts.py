"""The numbers of a report, from bounded queries: aggregates and top lists, never whole tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from zhenzan.errors import ResultError
from zhenzan.verify.report.result_sql import Tables, thresholds
from zhenzan.verify.results.verified_counts import HIGH_SQL, LOW_SQL, PARTS, SUMS_SQL, part_sql

__all__ = ["Facts", "Totals", "gather"]

ITEMS_MAX = 12
BURSTS_DRAWN_MAX = 120
"""Moments drawn of each kind (bought, cleared) in the scatter plot."""

CLEARED_MAX = 6
RINGS_LISTED_MAX = 12
RASTERS_MAX = 6
EVIDENCE_KINDS_MAX = 16
EVIDENCE_SAMPLE = 5_000_000
"""Likes whose evidence is counted; of larger results every n-th row: seconds instead of minutes."""


CANDIDATES_MAX = 64
"""Likes among which a telling example is looked for."""


@dataclass(frozen=True)
class Totals:
    """The counted likes of the whole result: how many are claimed, how many of them are expected to be
    genuine (`verified`, with `low` and `high` a 95 % interval), and the `parts` that add up to the claimed.
    """

    claimed: int
    verified: float
    low: float
    high: float
    parts: Mapping[str, int]
    first: datetime | None
    last: datetime | None

    @property
    def bubble(self) -> float:
        """The share of claimed likes that is not verified."""
        return 1 - self.verified / self.claimed if self.claimed else 0.0


@dataclass(frozen=True)
class Facts:
    """All that a page shows, as plain rows (columns as in the result's tables)."""

    totals: Totals
    bands: list[dict[str, Any]]
    items: list[dict[str, Any]]
    items_total: int
    bursts: list[dict[str, Any]]
    cleared: list[dict[str, Any]]
    cleared_total: int
    campaigns_total: int
    rings: list[dict[str, Any]]
    rings_total: int
    ring_accounts: int
    evidence: list[dict[str, Any]]
    evidence_step: int
    silent: int
    typical: list[tuple[str, int]]
    """What it shows (`fake`, `uncertain`, `cleared`) and the row of the like."""


def gather(tables: Tables) -> Facts:
    """Run every query of a report. Cost: about ten scans of single columns of the verdicts."""
    rings = tables.query(f"SELECT * FROM rings ORDER BY accounts DESC, ring LIMIT {RINGS_LISTED_MAX}")
    members = tables.one(
        "SELECT count(*) AS rings, coalesce(sum(accounts), 0)::BIGINT AS accounts FROM rings"
    )
    assert members is not None, "an aggregate always has one row"
    bursts = _bursts(tables)
    kinds = tables.one(
        "SELECT count(*) FILTER (campaign_probability >= 0.5) AS bought, "
        "count(*) FILTER (campaign_probability < 0.5) AS cleared FROM moments"
    )
    assert kinds is not None, "an aggregate always has one row"
    evidence, step, silent = _evidence(tables)
    cleared = _cleared(tables)
    return Facts(
        totals=_totals(tables),
        bands=_bands(tables),
        items=_items(tables),
        items_total=_count(tables, "items"),
        bursts=bursts,
        cleared=cleared,
        cleared_total=kinds["cleared"],
        campaigns_total=kinds["bought"],
        rings=rings,
        rings_total=members["rings"],
        ring_accounts=members["accounts"],
        evidence=evidence,
        evidence_step=step,
        silent=silent,
        typical=_typical(tables, rings, cleared),
    )


def _count(tables: Tables, name: str) -> int:
    row = tables.one(f"SELECT count(*) AS rows FROM {name}")
    return int(row["rows"]) if row else 0


def _totals(tables: Tables) -> Totals:
    if not {*PARTS, "lower"} <= set(tables.columns("items")):
        raise ResultError("this result was written by another version: run `zhenzan verify` again")
    row = tables.one(
        f"SELECT *, {LOW_SQL} AS low, {HIGH_SQL} AS high FROM (SELECT {SUMS_SQL}, min(first) AS first, "
        "max(last) AS last FROM items)"
    )
    assert row is not None, "an aggregate always has one row"
    names = ("claimed", "verified", "low", "high", "first", "last")
    return Totals(**{name: row[name] for name in names}, parts={name: row[name] for name in PARTS})


def _bands(tables: Tables) -> list[dict[str, Any]]:
    """Counted likes by probability, in bands that never cross a threshold of the policy. Idle likes have
    one of their own.
    """
    genuine, fake = thresholds(tables.summary)
    edges = sorted({0.0, 0.01, 0.1, genuine, fake, 0.99, 1.0})
    spans = list(pairwise(edges))
    verdicts = [
        "genuine" if high <= genuine else "fake" if low >= fake else "uncertain" for low, high in spans
    ]
    cases = " ".join(
        f"WHEN fake_probability::DOUBLE <= {high} THEN {order}" for order, (_, high) in enumerate(spans[:-1])
    )
    likes = [0] * len(spans)
    idle = 0
    for row in tables.query(
        f"SELECT CASE {cases} ELSE {len(spans) - 1} END AS band, {part_sql()} AS verdict, count(*) AS likes "
        "FROM verdicts v LEFT JOIN accounts a ON a.account = v.account "
        "WHERE standing = 'counted' GROUP BY ALL"
    ):
        if row["verdict"] == "idle":
            idle += row["likes"]
            continue
        # The verdict decides, where a probability lies on a threshold within single precision.
        own = [order for order, verdict in enumerate(verdicts) if verdict == row["verdict"]]
        likes[min(own or [row["band"]], key=lambda order: abs(order - row["band"]))] += row["likes"]
    bands: list[dict[str, Any]] = [
        {"low": low, "high": high, "likes": likes[order], "verdict": verdicts[order]}
        for order, (low, high) in enumerate(spans)
    ]
    return [*bands, {"low": None, "high": None, "likes": idle, "verdict": "idle"}] if idle else bands


def _items(tables: Tables) -> list[dict[str, Any]]:
    return tables.query(
        "SELECT * FROM items WHERE claimed > 0 AND claimed - verified >= 0.5 "
        f"ORDER BY claimed - verified DESC, claimed DESC, item LIMIT {ITEMS_MAX}"
    )


def _bursts(tables: Tables) -> list[dict[str, Any]]:
    return tables.query(
        "SELECT * FROM moments QUALIFY row_number() OVER (PARTITION BY campaign_probability >= 0.5 "
        f"ORDER BY likes DESC, moment) <= {BURSTS_DRAWN_MAX} "
        "ORDER BY campaign_probability >= 0.5, likes, moment"
    )


def _cleared(tables: Tables) -> list[dict[str, Any]]:
    return tables.query(
        "SELECT * FROM moments WHERE campaign_probability < 0.5 "
        f"ORDER BY likes - expected_likes DESC, moment LIMIT {CLEARED_MAX}"
    )


def _evidence(tables: Tables) -> tuple[list[dict[str, Any]], int, int]:
    """Kinds of evidence by how often they speak, the step of sampling, and how many likes have none."""
    step = max(1, _count(tables, "verdicts") // EVIDENCE_SAMPLE)
    sample = f"FROM verdicts WHERE row % {step} = 0" if step > 1 else "FROM verdicts"
    rows = tables.query(
        f"SELECT name, {step} * count(*) FILTER (decibans > 0) AS fake, "
        f"{step} * count(*) FILTER (decibans <= 0) AS genuine, "
        "avg(decibans) FILTER (decibans > 0) AS fake_decibans, "
        "avg(decibans) FILTER (decibans <= 0) AS genuine_decibans FROM "
        "(SELECT e.name::VARCHAR AS name, e.decibans::DOUBLE AS decibans FROM "
        f"(SELECT unnest(evidence) AS e {sample})) "
        f"GROUP BY 1 ORDER BY fake + genuine DESC, name LIMIT {EVIDENCE_KINDS_MAX}"
    )
    silent = tables.one(f"SELECT {step} * count(*) FILTER (len(evidence) = 0) AS silent {sample}")
    return rows, step, int(silent["silent"]) if silent else 0


def _typical(
    tables: Tables, rings: list[dict[str, Any]], cleared: list[dict[str, Any]]
) -> list[tuple[str, int]]:
    """One like called fake, one uncertain, one that was cleared although it fell in a burst."""
    ring = f"AND ring = {int(rings[0]['ring'])}" if rings else ""
    chosen = [
        ("fake", _telling(tables, f"verdict = 'fake' {ring}", 0.99)),
        ("uncertain", _telling(tables, "verdict = 'uncertain'", 0.7)),
    ]
    if cleared:
        burst = cleared[0]
        within = "verdict = 'genuine' AND item = ? AND timestamp BETWEEN ? AND ?"
        chosen.append(
            ("cleared", _telling(tables, within, 0.5, [burst["item"], burst["start"], burst["end"]]))
        )
    return [(shows, row) for shows, row in chosen if row is not None]


def _telling(tables: Tables, condition: str, near: float, parameters: Sequence[Any] = ()) -> int | None:
    """Of the likes nearest to a probability, the one with most evidence.

    Two steps, because evidence is the widest column: it is read of a few candidates only.
    """
    candidates = tables.query(
        f"SELECT row FROM verdicts WHERE standing = 'counted' AND {condition} "
        f"ORDER BY abs(fake_probability - {near}), row LIMIT {CANDIDATES_MAX}",
        parameters,
    )
    if not candidates:
        return None
    rows = ", ".join(str(one["row"]) for one in candidates)
    best = tables.one(
        f"SELECT row FROM verdicts WHERE row IN ({rows}) "
        f"ORDER BY len(evidence) DESC, abs(fake_probability - {near}), row LIMIT 1"
    )
    return None if best is None else int(best["row"])
