"""What the settlement that is served knows of items."""

from __future__ import annotations

from zhenzan.service.results import query_rows
from zhenzan.settlement import Settlement

__all__ = ["creator_in"]


def creator_in(settlement: Settlement, item: str) -> str:
    """The creator of an item, "" where it is not known. Cost: a scan of the table of items."""
    text = (
        "SELECT creator::VARCHAR AS creator FROM items "
        "WHERE item::VARCHAR = ? AND creator IS NOT NULL LIMIT 1"
    )
    rows = query_rows(settlement, text, [item])
    return str(rows[0]["creator"]) if rows else ""
