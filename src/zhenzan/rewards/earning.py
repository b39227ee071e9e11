"""What settled likes have earned by now: a pure function of the likes and the rules.

A like that is settled is one that was judged genuine and counts, and whose account is no bot: no member of a
ring that is paid for most of what it does, as in `items.verified`. The uncertain earn nothing yet, the fake
nothing. Nothing is remembered from run to run here, so replays and reordered logs come to the same. Cost: one
sort of the likes for each rule, in DuckDB; a million likes a second and more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import duckdb
import pyarrow as pa

from zhenzan.errors import InputError
from zhenzan.rewards.catalogue import Catalogue, Rule
from zhenzan.rewards.naming import key_of
from zhenzan.verify import BOT_SHARE, Result

__all__ = ["Claim", "claims"]

_WINDOWS = {
    "all": "''",
    "day": "strftime(local_time, '%Y-%m-%d')",
    "week": "strftime(local_time, '%G-W%V')",
    "month": "strftime(local_time, '%Y-%m')",
}
_NO_BOT = f"AND NOT (a.ring IS NOT NULL AND COALESCE(a.paid_share, 0) >= {BOT_SHARE})"
_COUNTING = {
    "settled": f"AND v.verdict = 'genuine' {_NO_BOT}",
    "not fake": f"AND v.verdict <> 'fake' {_NO_BOT}",
    "all": "",
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


def claims(
    result: Result, catalogue: Catalogue, *, counting: Literal["settled", "not fake", "all"] = "settled"
) -> Iterator[Claim]:
    """All claims, rule by rule in the catalogue's order, the earliest earned first.

    `counting`: which likes earn; others than the settled only to tell what they would have taken.
    Raises InputError where a rule asks for watched time and the log had none.
    """
    columns = ["row", "account", "item", "timestamp", "verdict", "standing"]
    asking = next((rule.id for rule in catalogue.rules if rule.watched), None)
    if asking is not None:
        if "watched_share" not in result.verdicts.column_names:
            raise InputError(
                f"rule {asking!r} asks how much was watched, and these verdicts do not say: "
                "verify a log that has the columns watched and duration"
            )
        columns.append("watched_share")
    connection = duckdb.connect()
    try:
        connection.register("verdicts", result.verdicts.select(columns))
        items = result.items
        owner = items["creator"] if "creator" in items.column_names else items["item"]
        connection.register("owners", pa.table({"item": items["item"], "creator": owner}))
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("accounts", result.accounts.select(["account", "ring", "paid_share"]))
        connection.execute(
            f"""CREATE TABLE settled AS SELECT v.row, v.account::VARCHAR AS account, v.item::VARCHAR AS item,
                COALESCE(o.creator::VARCHAR, v.item::VARCHAR) AS creator, v.timestamp,
                timezone(?, v.timestamp) AS local_time, {"v.watched_share" if asking else "NULL"} AS watched
            FROM verdicts v LEFT JOIN owners o ON o.item = v.item
                LEFT JOIN accounts a ON a.account = v.account
            WHERE v.standing = 'counted' {_COUNTING[counting]}""",
            [catalogue.timezone],
        )
        if any(rule.elsewhere for rule in catalogue.rules):
            connection.execute(
                """CREATE OR REPLACE TABLE settled AS SELECT *, count(*) OVER (PARTITION BY account)
                    - count(*) OVER (PARTITION BY account, creator) AS elsewhere FROM settled"""
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
            key = key_of(rule.id, account, scope, span)
            yield Claim(key, rule.id, account, scope, span, grants, earned_at)


def _where(rule: Rule) -> tuple[str, list[object]]:
    conditions, values = ["TRUE"], list[object]()
    if rule.elsewhere:
        conditions.append("elsewhere >= ?")
        values.append(rule.elsewhere)
    for column, ids in (("creator", rule.creators), ("item", rule.items)):
        if ids:
            conditions.append(f"{column} IN ({', '.join('?' * len(ids))})")
            values.extend(ids)
    if rule.watched:
        conditions.append("watched >= ?")
        values.append(rule.watched)
    for sign, time in ((">=", rule.begin), ("<", rule.end)):
        if time is not None:
            conditions.append(f"timestamp {sign} ?")
            values.append(time)
    return " AND ".join(conditions), values
