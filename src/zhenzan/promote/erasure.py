"""Forgetting a viewer: their id goes from the outcomes of orders and from those who opted out."""

from __future__ import annotations

from zhenzan.promote.tables import OPT_OUTS, ORDER_OUTCOMES
from zhenzan.store import Database

__all__ = ["forget_viewer"]


def forget_viewer(database: Database, account: str) -> int:
    """Forget whose outcomes these were; gives how many. What is pending of theirs is void in the end: no
    verdict names them any more. Receipts keep a number that their id made.
    """
    with database.write() as connection:
        rows = connection.execute(ORDER_OUTCOMES.select().where(ORDER_OUTCOMES.c.account == account))
        unnamed = [
            tuple("" if name == "account" else value for name, value in row._mapping.items() if name != "crc")
            for row in rows
        ]
        database.upsert(connection, ORDER_OUTCOMES, unnamed)
        database.delete(connection, OPT_OUTS, "account", [account])
    return len(unnamed)
