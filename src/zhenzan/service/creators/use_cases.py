"""Totals, genuine fans and the leaderboard of creators."""

from __future__ import annotations

from typing import Any

from zhenzan.rewards import cards_by_creator, scores_by_creator
from zhenzan.service.listing import ALL, Filter, ItemsQuery
from zhenzan.service.results import COUNTS_SQL, page, query_rows
from zhenzan.settlement import Settlement
from zhenzan.store import Database
from zhenzan.verify import BOT_SQL, SUMS_SQL

__all__ = ["fans", "items_of", "leaders", "public_part", "totals"]

PUBLIC = ("creator", "items", "verified")

_OWNERS = "SELECT * REPLACE (COALESCE(creator::VARCHAR, item::VARCHAR) AS creator) FROM items"


def leaders(
    settlement: Settlement, limit: int, offset: int = 0, narrowed: Filter = ALL
) -> list[dict[str, Any]]:
    """Creators by verified likes, the most first: creator, items, claimed, verified with its interval, and
    the parts of the claimed.
    """
    return query_rows(
        settlement,
        f"""SELECT creator, items, {COUNTS_SQL}
            FROM (SELECT creator, count(*) AS items, {SUMS_SQL} FROM ({_OWNERS}) GROUP BY creator)
            WHERE {" AND ".join(narrowed.conditions) or "TRUE"}
            ORDER BY {narrowed.order or "verified DESC, creator"} LIMIT ? OFFSET ?""",
        [*narrowed.values, limit, offset],
    )


def public_part(row: dict[str, Any]) -> dict[str, Any]:
    """The public part of a creator's totals: how many likes were bought for somebody is not for others."""
    return {name: row[name] for name in PUBLIC}


def items_of(settlement: Settlement, creator: str, limit: int) -> list[dict[str, Any]]:
    """Items of one creator, those with the most fake likes first."""
    narrowed = ItemsQuery(creator=creator).filter()
    return page(settlement, "items", limit, None, narrowed=narrowed)[0]


def totals(settlement: Settlement, creator: str) -> dict[str, Any]:
    """Totals of one creator's items: claimed likes, verified ones with their interval, the parts of the
    claimed.
    """
    return query_rows(
        settlement,
        f"SELECT {COUNTS_SQL} FROM (SELECT {SUMS_SQL} FROM ({_OWNERS}) WHERE creator = ?)",
        [creator],
    )[0]


def fans(settlement: Settlement, database: Database, creator: str, limit: int) -> list[dict[str, Any]]:
    """Accounts by their genuine likes of a creator's items, with cards that they got for them and levels."""
    rows = query_rows(
        settlement,
        f"""SELECT v.account::VARCHAR AS account, count(*) AS likes, max(v.timestamp) AS last
            FROM verdicts v JOIN ({_OWNERS}) o ON o.item = v.item
            LEFT JOIN accounts a ON a.account = v.account
            WHERE o.creator = ? AND v.standing = 'counted' AND v.verdict = 'genuine'
                AND NOT COALESCE(v.is_bot, {BOT_SQL})
            GROUP BY v.account ORDER BY likes DESC, v.account LIMIT ?""",
        [creator, limit],
    )
    cards: dict[str, list[dict[str, Any]]] = {}
    for account, rule, serials in cards_by_creator(database, creator):
        cards.setdefault(account, []).append({"rule": rule, "serials": serials})
    levels = scores_by_creator(database, creator)
    return [
        row | {"cards": cards.get(row["account"], []), "score": levels.get(row["account"], 0.0)}
        for row in rows
    ]
