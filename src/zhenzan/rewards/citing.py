"""What a reversal cites: which likes were judged fake, how surely, and on what evidence."""

from __future__ import annotations

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
        verdicts = self._result.verdicts
        has_id = "id" in verdicts.column_names
        wanted = ["row", "account", "verdict", "fake_probability", "ring", "evidence"]
        names = [name for name in wanted if name in verdicts.column_names] + (["id"] if has_id else [])
        missing = {"fake_probability": "NULL", "ring": "NULL", "evidence": "NULL"}
        given = {name: name if name in names else text for name, text in missing.items()}
        connection = duckdb.connect()
        try:
            connection.register("verdicts", verdicts.select(names))
            connection.register(
                "granted", pa.table({"account": pa.array([row[0] for row in granted], pa.string())})
            )
            rows = connection.execute(
                f"""SELECT account::VARCHAR, count(*), max({given["ring"]}), list(struct_pack(
                        like_id := {"COALESCE(id::VARCHAR, row::VARCHAR)" if has_id else "row::VARCHAR"},
                        p := {given["fake_probability"]}, why := {_strongest(given["evidence"])})
                        ORDER BY {given["fake_probability"]} DESC, row)[:{LIKES_MAX}]
                FROM verdicts WHERE verdict = 'fake' AND account::VARCHAR IN (SELECT account FROM granted)
                GROUP BY account"""
            ).fetchall()
        finally:
            connection.close()
        return {account: _text(count, ring, likes) for account, count, ring, likes in rows}


def _strongest(evidence: str) -> str:
    """The reason that weighs most, as SQL."""
    if evidence == "NULL":
        return "NULL"
    return (
        "list_sort(list_transform(evidence, lambda x: struct_pack(db := x.decibans, of := x.name::VARCHAR)),"
        " 'DESC')[1]"
    )


def _text(count: int, ring: int | None, likes: list[dict[str, object]]) -> str:
    named = []
    for like in likes:
        parts = [f"like {like['like_id']}"]
        if like["p"] is not None:
            parts.append(f"fake {like['p']:.3f}")
        why = like["why"]
        if isinstance(why, dict):
            parts.append(f"{why['of']} {why['db']:+.1f} dB")
        named.append(" ".join(parts))
    more = f" and {count - len(likes)} more" if count > len(likes) else ""
    of_ring = f", ring {ring}" if ring is not None else ""
    return f"{'; '.join(named)}{more}{of_ring}"
