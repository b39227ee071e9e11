"""Promoted interactions are billed as they settle: a subscriber of settlements.

A like settles by its verdict. Comments, shares and follows have no verdict of their own: they settle by their
account's, once a settlement has judged what came as late as they did. What is still uncertain when its day
has settled for good is void: nobody pays for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from zhenzan.promote import SYSTEM, Judge, OrderRecord, Status, Step, statuses
from zhenzan.service.promotion.delivering import PromotionDelivery
from zhenzan.service.results import query_rows
from zhenzan.settlement import Settlement
from zhenzan.times import HOUR_US, now_us
from zhenzan.verify import BOT_SQL

__all__ = ["BillPromotion"]

BATCH_ORDERS = 500
ITEMS_AT_ONCE = 500
_VERDICTS = f"""
SELECT v.account::VARCHAR AS account, v.item::VARCHAR AS item, v.verdict::VARCHAR AS verdict, v.final,
    COALESCE(v.is_bot, {BOT_SQL}) AS is_bot
FROM verdicts v LEFT JOIN accounts a ON a.account = v.account WHERE v.item::VARCHAR IN"""
_BOTS = f"SELECT a.account::VARCHAR AS account FROM accounts a WHERE {BOT_SQL}"
_RING_MEMBERS = "SELECT a.account::VARCHAR AS account FROM accounts a WHERE a.ring IS NOT NULL"
_NEWEST = "SELECT epoch_us(max(timestamp)) AS newest FROM verdicts"


@dataclass(frozen=True)
class _Judgement:
    """What a settlement says: by account and item, whether a like is genuine (None: not sure yet)."""

    likes: dict[tuple[str, str], bool | None]
    bots: frozenset[str]
    newest_us: int
    since_us: int

    def of(self, kind: str, account: str, item: str, at_us: int) -> bool | None:
        if kind == "like":
            key = account, item
            return self.likes[key] if key in self.likes else self._of_unseen(at_us)
        if account in self.bots:
            return False
        is_covered = at_us <= self.newest_us or at_us < now_us() - HOUR_US
        return True if is_covered else None

    def _of_unseen(self, at_us: int) -> bool | None:
        """A like without a verdict: it was taken back, or came too late to be judged; or is to be judged."""
        return False if at_us < self.since_us else None


class BillPromotion:
    """Captures, frees and refunds units as verdicts say, whatever they said before."""

    name, remembers = "promotion", False  # it compares what outcomes are with what verdicts say

    def __init__(self, delivery: PromotionDelivery) -> None:
        self._delivery, self._book = delivery, delivery.book

    def on_settlement(
        self, previous: Settlement | None, current: Settlement, changed: Collection[str] | None
    ) -> None:
        members = [row["account"] for row in query_rows(current, _RING_MEMBERS, [])]
        self._delivery.set_ring_members(members)
        if previous is None:  # the first in this process: what was kept before it by now lies in files
            self._delivery.catch_up()
        self._delivery.attribute()
        records = self._book.awaiting(current.since)
        for first in range(0, len(records), BATCH_ORDERS):
            batch = records[first : first + BATCH_ORDERS]
            judgement = self._judgement(current, {record.order.item for record in batch})
            self._book.carry_out(list(_steps(batch, judgement)), SYSTEM)

    def _judgement(self, current: Settlement, items: Collection[str]) -> _Judgement:
        likes: dict[tuple[str, str], bool | None] = {}
        ordered = sorted(items)
        for first in range(0, len(ordered), ITEMS_AT_ONCE):
            some = ordered[first : first + ITEMS_AT_ONCE]
            text = f"{_VERDICTS} ({', '.join('?' * len(some))}) ORDER BY v.standing::VARCHAR = 'promoted'"
            for row in query_rows(current, text, list(some)):
                likes[row["account"], row["item"]] = _is_genuine(row["verdict"], row["is_bot"], row["final"])
        bots = frozenset(row["account"] for row in query_rows(current, _BOTS, []))
        newest = query_rows(current, _NEWEST, [])[0]["newest"] or 0
        return _Judgement(likes, bots, int(newest), current.since)


def _is_genuine(verdict: str, is_bot: bool, is_final: bool) -> bool | None:
    if verdict == "fake" or is_bot:
        return False
    if verdict == "genuine":
        return True
    return False if is_final else None


def _steps(records: Sequence[OrderRecord], judgement: _Judgement) -> Iterable[Step]:
    """What verdicts change of outcomes."""
    for record in records:
        for name, status in statuses(record.order.lines).items():
            about = record.outcomes[name]
            kind = name.partition(":")[0]
            genuine = judgement.of(kind, about.account, record.order.item, about.at_us)
            if genuine is None or (about.judged_at and genuine == (status is not Status.void)):
                continue
            yield Step(record.order.id, Judge(name, genuine))
