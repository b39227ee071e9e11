"""What was day by day: of an item, likes claimed and what they were worth; of all, what is final."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from zhenzan.parquet import parquet_sql
from zhenzan.service.results import asked
from zhenzan.settle import Pass
from zhenzan.verify import BOT_SQL

__all__ = ["days_of", "final_counts"]


def days_of(found: Pass, item: str) -> list[dict[str, Any]]:
    """The days (UTC) on which the item was liked, the oldest first: day, claimed, verified, uncertain, fake,
    and whether that is final. Cost: a scan of the window's verdicts.
    """
    text = f"""SELECT strftime(timestamp, '%Y-%m-%d') AS day, count(*) AS claimed, sum(worth) AS verified,
            count(*) FILTER (verdict = 'uncertain') AS uncertain, count(*) FILTER (verdict = 'fake') AS fake,
            FALSE AS final
        FROM (SELECT v.timestamp, v.verdict,
                CASE WHEN v.verdict <> 'fake' AND {BOT_SQL} THEN 0.0 ELSE 1.0 - v.fake_probability
                    END AS worth
            FROM verdicts v LEFT JOIN accounts a ON a.account = v.account
            WHERE NOT v.final AND v.standing = 'counted' AND v.item = ?)
        GROUP BY day"""
    values = [item]
    files = found.sealed_items
    if files:
        text += f""" UNION ALL SELECT strftime(first, '%Y-%m-%d'), claimed, verified, uncertain, fake, TRUE
            FROM {parquet_sql(files)} WHERE item = ?"""
        values.append(item)
    return asked(found, f"{text} ORDER BY day", values)


@lru_cache(maxsize=2)  # a pass and its files never change
def final_counts(found: Pass) -> dict[str, int]:
    """Of likes whose verdicts are final: all `likes`, how many of them are genuine, uncertain and fake."""
    files = found.sealed
    if not files:
        return {"likes": 0, "genuine": 0, "uncertain": 0, "fake": 0}
    text = f"""SELECT count(*) AS likes, count(*) FILTER (verdict = 'genuine') AS genuine,
        count(*) FILTER (verdict = 'uncertain') AS uncertain, count(*) FILTER (verdict = 'fake') AS fake
        FROM {parquet_sql(files)}"""
    return asked(found, text, [])[0]
