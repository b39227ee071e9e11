"""What settled likes have earned by now: a pure function of the likes and the rules.

A like that is settled is one that was judged genuine and counts; the uncertain earn nothing yet, the fake
nothing. Nothing is remembered from run to run here, so replays and reordered logs come to the same. Cost: one
sort of the likes for each rule, in DuckDB; a million likes a second and more.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

import duckdb
import pyarrow as pa

from zhenzan.rewards.catalogue import Catalogue, Rule
from zhenzan.verify import Result

__all__ = ["Claim", "claims"]

_WINDOWS = {
    "all": "''",
    "day": "strftime(local_time, '%Y-%m-%d')",
    "week": "strftime(local_time, '%G-W%V')",
    "month": "strftime(local_time, '%Y-%m')",
}
_SCOPES = {"account": "''", "creator": "creator", "item": "item"}


class Claim(NamedTuple):
    """What an account has earned by one rule in one scope and window: `grants` of them, the last at
    `earned_at`
    (µs since 1970). `key` stands for rule, account, scope and window.
    """

    key: str
    rule: str
    account: str
    scope: str
    window: str
    grants: int
    earned_at: int


def claims(result: Result, catalogue: Catalogue) -> Iterator[Claim]:
    """All claims, rule by rule in the catalogue's order, the earliest earned first."""
    connection = duckdb.connect()
    try:
        connection.register(
            "verdicts", result.verdicts.select(["row", "account", "item", "timestamp", "verdict", "standing"])
        )
        items = result.items
        owner = items["creator"] if "creator" in items.column_names else items["item"]
        connection.register("owners", pa.table({"item": items["item"], "creator": owner}))
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE TABLE settled AS SELECT v.row, v.account::VARCHAR AS account, v.item::VARCHAR AS item, "
            "COALESCE(o.creator::VARCHAR, v.item::VARCHAR) AS creator, v.timestamp, "
            "timezone(?, v.timestamp) AS local_time FROM verdicts v LEFT JOIN owners o ON o.item = v.item "
            "WHERE v.verdict = 'genuine' AND v.standing = 'counted'",
            [catalogue.timezone],
        )
        for rule in catalogue.rules:
            yield from _of_rule(connection, rule)
    finally:
        connection.close()


def _of_rule(connection: duckdb.DuckDBPyConnection, rule: Rule) -> Iterator[Claim]:
    where, values = _where(rule)
    limits = []
    if rule.creator_most:
        limits.append(f"of_creator <= {rule.creator_most}")
    if rule.first:
        limits.append(f"place <= {rule.first}")
    within = f"AND n // {rule.every} <= {rule.most}" if rule.most else ""
    text = f"""
        WITH counted AS (
            SELECT account, creator, timestamp, row, {_SCOPES[rule.per]} AS scope,
                {_WINDOWS[rule.window]} AS span,
                row_number() OVER (PARTITION BY account, {_SCOPES[rule.per]}, {_WINDOWS[rule.window]}
                    ORDER BY timestamp, row) AS n
            FROM settled WHERE {where}
        ), earned AS (
            SELECT *, n // {rule.every} AS ordinal,
                row_number() OVER (PARTITION BY creator, span ORDER BY timestamp, row) AS of_creator,
                min((timestamp, row)) OVER (PARTITION BY account) AS began
            FROM counted WHERE n % {rule.every} = 0 {within}
        ), placed AS (SELECT *, dense_rank() OVER (ORDER BY began) AS place FROM earned)
        SELECT account, scope, span, count(*), max(epoch_us(timestamp)) AS earned_at
        FROM placed {"WHERE " + " AND ".join(limits) if limits else ""}
        GROUP BY ALL ORDER BY earned_at, account, scope, span"""
    found = connection.execute(text, values)
    while rows := found.fetchmany(50_000):
        for account, scope, span, grants, earned_at in rows:
            key = sha256("\x00".join((rule.id, account, scope, span)).encode()).hexdigest()[:32]
            yield Claim(key, rule.id, account, scope, span, grants, earned_at)


def _where(rule: Rule) -> tuple[str, list[object]]:
    conditions, values = ["TRUE"], list[object]()
    for column, ids in (("creator", rule.creators), ("item", rule.items)):
        if ids:
            conditions.append(f"{column} IN ({', '.join('?' * len(ids))})")
            values.extend(ids)
    for sign, time in ((">=", rule.begin), ("<", rule.end)):
        if time is not None:
            conditions.append(f"timestamp {sign} ?")
            values.append(time)
    return " AND ".join(conditions), values
