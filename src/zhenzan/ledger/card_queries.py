"""Cards and assets: who holds what, what is out."""

from __future__ import annotations

from dataclasses import dataclass

from zhenzan.ledger import refusals as no
from zhenzan.ledger.queries import Queries

__all__ = ["Card", "CardQueries"]


@dataclass(frozen=True, slots=True)
class Card:
    """A card that an account holds; `is_held`: a pending transfer holds it back."""

    edition: str
    serial: int
    is_held: bool


class CardQueries(Queries):
    """What can be asked of cards and assets."""

    def holder(self, edition: str, serial: int) -> str:
        """The account that holds a card. Raises NotHolderError where there is no such card."""
        rows = self.database.fetch(
            "SELECT a.id FROM cards c JOIN assets s ON s.number = c.asset JOIN accounts a "
            "ON a.number = c.holder WHERE s.id = ? AND c.serial = ?",
            (edition, serial),
        )
        if not rows:
            raise no.NotHolderError(f"there is no card {edition}/{serial}")
        return str(rows[0][0])

    def cards(self, account: str) -> list[Card]:
        """The cards that an account holds, by edition and serial."""
        rows = self.database.fetch(
            "SELECT s.id, c.serial, c.pending FROM cards c JOIN assets s ON s.number = c.asset "
            "WHERE c.holder = ? ORDER BY s.id, c.serial",
            (self._number(account),),
        )
        return [Card(edition, serial, pending != 0) for edition, serial, pending in rows]

    def card_hold(self, edition: str, serial: int) -> str:
        """The pending transfer that holds a card back, "" where none does, or one that ran out."""
        rows = self.database.fetch(
            "SELECT p.id FROM cards c JOIN assets s ON s.number = c.asset JOIN pendings p "
            "ON p.seq = c.pending AND p.resolution = 0 AND (p.expires_at = 0 OR p.expires_at > ?) "
            "WHERE s.id = ? AND c.serial = ? AND c.pending <> 0",
            (self.clock(), edition, serial),
        )
        return str(rows[0][0]) if rows else ""

    def issued(self, asset: str) -> tuple[int, int, int]:
        """Out now, held to be issued, and the cap. Raises UnknownAssetError."""
        rows = self.database.fetch(
            "SELECT issued, coming, cap, kind, serials FROM assets WHERE id = ?", (asset,)
        )
        if not rows:
            raise no.UnknownAssetError(f"there is no asset {asset!r}")
        issued, coming, cap, kind, serials = map(int, rows[0])
        return (serials if kind else issued), coming, cap
