"""Daily totals: claimed and verified likes of an item day by day; counts of all final likes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from zhenzan.parquet_sql import parquet_sql
from zhenzan.service.results import query_rows
from zhenzan.settlement import Settlement
from zhenzan.verify import (
    BOT_SQL,
    HIGH_SQL,
    LOW_SQL,
    PARTS,
    SUMS_SQL,
    counts_sql,
    items_sql,
    nothing_said,
    total_of_items,
)

__all__ = ["days_of", "final_counts", "settlement_totals"]


def days_of(settlement: Settlement, item: str) -> list[dict[str, Any]]:
    """The days (UTC) on which the item was liked, the oldest first: day, claimed, verified, every part of the
    claimed, and whether that is final. Cost: a scan of the window's verdicts.
    """
    likes = f"""SELECT v.* EXCLUDE (is_bot), {BOT_SQL} AS is_bot, strftime(timestamp, '%Y-%m-%d') AS day
        FROM verdicts v LEFT JOIN accounts a ON a.account = v.account
        WHERE NOT v.final AND v.standing = 'counted' AND v.item = ?"""
    columns = ", ".join(("claimed", "verified", *PARTS))
    silent = nothing_said(settlement.load().summary["prior_decibans"])
    text = f"SELECT day, {columns}, FALSE AS final FROM ({counts_sql(likes, silent, 'day')})"
    values = [item]
    files = settlement.final_item_files
    if files:
        text += f""" UNION ALL SELECT strftime(first, '%Y-%m-%d') AS day, {columns}, TRUE
            FROM ({items_sql(files)}) WHERE item = ?"""
        values.append(item)
    return query_rows(settlement, f"{text} ORDER BY day", values)


@lru_cache(maxsize=2)  # a pass and its files never change
def final_counts(settlement: Settlement) -> dict[str, float]:
    """Of likes whose verdicts are final: all `likes`, how many are `claimed`, with what interval they are
    `verified`, and every part of the claimed.
    """
    files = settlement.final_item_files
    items = items_sql(files) if files else "SELECT * FROM items WHERE FALSE"
    likes = f"(SELECT count(*) FROM {parquet_sql(settlement.final_files)})" if settlement.final_files else "0"
    text = f"""SELECT {likes} AS likes, claimed, verified, {LOW_SQL} AS verified_low,
        {HIGH_SQL} AS verified_high, {", ".join(PARTS)} FROM (SELECT {SUMS_SQL} FROM ({items}))"""
    return query_rows(settlement, text, [])[0]


def settlement_totals(settlement: Settlement) -> dict[str, Any]:
    """A settlement in a few numbers, final likes included."""
    result = settlement.load()
    counts, final = result.summary["counts"], final_counts(settlement)
    return {
        "number": settlement.number,
        "likes": counts["likes"] + final["likes"],
        **total_of_items(result.items),
        "rings": counts["rings"],
        "accounts": counts["accounts"],
        "items": result.items.num_rows,
    }
