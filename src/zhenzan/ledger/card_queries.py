"""Card and asset queries: who holds which card, how many are issued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhenzan.ledger import rejections as no
from zhenzan.ledger.entities import AssetKind
from zhenzan.ledger.queries import Queries, marks

__all__ = ["Card", "CardQueries"]


@dataclass(frozen=True, slots=True)
class Card:
    """A card that an account holds; `is_held`: a pending transfer holds it back."""

    edition: str
    serial: int
    is_held: bool


class CardQueries(Queries):
    """Queries about cards and assets."""

    def holder(self, edition: str, serial: int) -> str:
        """The account that holds a card. Raises NotHolderError where there is no such card."""
        text = (
            "SELECT a.id FROM cards c JOIN assets s ON s.number = c.asset JOIN accounts a "
            "ON a.number = c.holder WHERE s.id = ? AND c.serial = ?"
        )
        return str(self._one(text, (edition, serial), _no_card(edition, serial))[0])

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
        text = "SELECT issued, coming, cap, kind, serials FROM assets WHERE id = ?"
        missing = no.UnknownAssetError(f"there is no asset {asset!r}")
        issued, coming, cap, kind, serials = map(int, self._one(text, (asset,), missing))
        return (serials if kind else issued), coming, cap

    def editions(self) -> list[str]:
        """The editions of cards, by id."""
        return [id for (id,) in self.database.fetch("SELECT id FROM assets WHERE kind = 1 ORDER BY id")]

    def accounts_of_assets(self) -> list[tuple[str, AssetKind, int]]:
        """Each asset, by id, with its kind and how many accounts hold it or may."""
        rows = self.database.fetch(
            "SELECT s.id, s.kind, COUNT(a.number) FROM assets s LEFT JOIN accounts a ON a.asset = s.number "
            "GROUP BY s.id, s.kind ORDER BY s.id"
        )
        return [(asset, AssetKind(kind), accounts) for asset, kind, accounts in rows]

    def minted(self) -> int:
        """How many cards there are, of all editions."""
        return int(self.database.fetch("SELECT COUNT(*) FROM cards")[0][0])

    def minted_at(self, edition: str, serial: int) -> int:
        """Time at which a card was minted (µs). Raises NotHolderError where there is no such card."""
        text = (
            "SELECT b.time FROM batches b WHERE b.size > (SELECT MIN(t.seq) FROM transfers t JOIN assets s "
            "ON s.number = t.asset WHERE s.id = ? AND t.serial = ?) ORDER BY b.size LIMIT 1"
        )
        return int(self._one(text, (edition, serial), _no_card(edition, serial))[0])

    def cards_to_keep(self, accounts: Sequence[str]) -> list[tuple[str, int]]:
        """Account and serial of the cards in some accounts that are not on their way to be burnt."""
        return self.database.fetch(
            "SELECT a.id, c.serial FROM accounts a JOIN cards c ON c.holder = a.number "
            "LEFT JOIN pendings p ON p.seq = c.pending AND p.resolution = 0 "
            "LEFT JOIN accounts t ON t.number = p.credit "
            f"WHERE a.id IN ({marks(accounts)}) AND (t.kind IS NULL OR t.kind <> 6)",
            accounts,
        )

    def cards_to_come(self, accounts: Sequence[str], now: int) -> list[tuple[str, int]]:
        """Account and end (µs; 0: none) of each hold that is to mint a card for one of some accounts."""
        return self.database.fetch(
            "SELECT a.id, p.expires_at FROM accounts a JOIN pendings p ON p.credit = a.number "
            f"WHERE a.coming > 0 AND a.id IN ({marks(accounts)}) AND p.resolution = 0 AND p.serial = 0 "
            "AND (p.expires_at = 0 OR p.expires_at > ?)",
            (*accounts, now),
        )


def _no_card(edition: str, serial: int) -> no.NotHolderError:
    return no.NotHolderError(f"there is no card {edition}/{serial}")
