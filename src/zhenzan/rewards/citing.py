"""What a reversal cites: which likes were judged fake, how surely, and on what evidence."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from zhenzan.ledger import Ledger
from zhenzan.rewards.earning import Claim
from zhenzan.verify import Result

__all__ = ["Cited"]

LIKES_MAX = 3  # that are named; the others are counted


class Cited:
    """Call it with a claim: the account's fake likes in words. The verdicts are read once, when first asked,
    and only for accounts that were granted something.
    """

    def __init__(self, result: Result, ledger: Ledger) -> None:
        self._result, self._ledger = result, ledger
        self._texts: dict[str, str] | None = None

    def __call__(self, claim: Claim) -> str:
        if self._texts is None:
            self._texts = self._read()
        return self._texts.get(claim.account, "its likes are no longer in the log, or unsettled")

    def _read(self) -> dict[str, str]:
        granted = self._ledger.database.fetch("SELECT DISTINCT account FROM grants")
        connection = duckdb.connect()
        try:
            self._result.show(connection, "verdicts")
            columns = {row[0] for row in connection.execute("DESCRIBE verdicts").fetchall()}
            id = "COALESCE(id::VARCHAR, row::VARCHAR)" if "id" in columns else "row::VARCHAR"
            names = pa.array([account for (account,) in granted], pa.string())
            connection.register("granted", pa.table({"account": names}))
            rows = connection.execute(
                f"""SELECT account::VARCHAR, count(*), max(ring), list(struct_pack(
                        id := {id}, fake := fake_probability, why := list_sort(list_transform(evidence,
                            lambda each: struct_pack(db := each.decibans, of := each.name::VARCHAR)),
                            'DESC')[1]) ORDER BY fake_probability DESC, row)[:{LIKES_MAX}]
                FROM verdicts WHERE verdict = 'fake' AND account::VARCHAR IN (SELECT account FROM granted)
                GROUP BY account"""
            ).fetchall()
        finally:
            connection.close()
        return {account: _text(count, ring, likes) for account, count, ring, likes in rows}


def _text(count: int, ring: int | None, likes: list[dict[str, Any]]) -> str:
    named = []
    for like in likes:
        why = f" {like['why']['of']} {like['why']['db']:+.1f} dB" if like["why"] else ""
        named.append(f"like {like['id']} fake {like['fake']:.3f}{why}")
    more = f" and {count - len(likes)} more" if count > len(likes) else ""
    of_ring = f", ring {ring}" if ring is not None else ""
    return f"{'; '.join(named)}{more}{of_ring}"
