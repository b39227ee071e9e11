"""Reasons of reversals: which likes were judged fake, how surely and on what evidence; or what else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from zhenzan.ledger import Ledger
from zhenzan.rewards.decisions import Decision
from zhenzan.rewards.earned_claims import Claim, judged_likes
from zhenzan.verify import Result

__all__ = ["ReversalReasons"]

LIKES_MAX = 3  # that are named; the others are counted


class ReversalReasons:
    """A function from a claim to the words why its account earned less. The likes are read once, when first
    asked, and only of accounts that were granted something.
    """

    def __init__(self, result: Result, ledger: Ledger, decided: Mapping[str, Decision] | None = None) -> None:
        self._result, self._ledger, self._decided = result, ledger, decided or {}
        self._texts: dict[str, str] | None = None

    def __call__(self, claim: Claim) -> str:
        decision = self._decided.get(claim.account)
        if decision is not None and decision.is_fake:
            return "a person decided that its likes are fake"
        if self._texts is None:
            self._texts = self._read()
        return self._texts.get(claim.account, "its likes are no longer in the log")

    def _read(self) -> dict[str, str]:
        granted = self._ledger.database.fetch("SELECT DISTINCT account FROM grants")
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            names = pa.array([account for (account,) in granted], pa.string())
            connection.register("granted", pa.table({"account": names}))
            judged_likes(connection, "judged", self._result)
            reasons = {
                account: _counts(*counts) for account, *counts in connection.execute(_JUDGED).fetchall()
            }
            self._result.show(connection, "verdicts")
            columns = {row[0] for row in connection.execute("DESCRIBE verdicts").fetchall()}
            id = "COALESCE(id::VARCHAR, row::VARCHAR)" if "id" in columns else "row::VARCHAR"
            rows = connection.execute(
                f"""SELECT account::VARCHAR, count(*), max(ring), list(struct_pack(
                        id := {id}, fake := fake_probability, why := list_sort(list_transform(evidence,
                            lambda each: struct_pack(db := each.decibans, of := each.name::VARCHAR)),
                            'DESC')[1]) ORDER BY fake_probability DESC, row)[:{LIKES_MAX}]
                FROM verdicts WHERE verdict = 'fake' AND account::VARCHAR IN (SELECT account FROM granted)
                GROUP BY account"""
            ).fetchall()
        return reasons | {account: _text(count, ring, likes) for account, count, ring, likes in rows}


_JUDGED = """SELECT account, count(*) FILTER (verdict = 'genuine' AND standing = 'counted'),
        count(*) FILTER (verdict IN ('uncertain', 'lapsed')), count(*) FILTER (standing <> 'counted'),
        bool_or(is_bot)
    FROM judged WHERE account IN (SELECT account FROM granted) GROUP BY account"""


def _counts(genuine: int, uncertain: int, uncounted: int, is_bot: bool) -> str:
    """Of an account without a fake like."""
    if is_bot:
        return "a ring is paid for most of what it does"
    parts = [f"{genuine} of its likes count"]
    parts += [f"{uncertain} are uncertain"] if uncertain else []
    parts += [f"{uncounted} were taken back or repeated"] if uncounted else []
    return f"no like is fake; {', '.join(parts)}, and by the catalogue that earns less than before"


def _text(count: int, ring: int | None, likes: list[dict[str, Any]]) -> str:
    named = []
    for like in likes:
        why = f" {like['why']['of']} {like['why']['db']:+.1f} dB" if like["why"] else ""
        named.append(f"like {like['id']} fake {like['fake']:.3f}{why}")
    more = f" and {count - len(likes)} more" if count > len(likes) else ""
    of_ring = f", ring {ring}" if ring is not None else ""
    return f"{'; '.join(named)}{more}{of_ring}"
