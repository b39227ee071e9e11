"""Whose items may be promoted, and which viewers are shown no promotion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zhenzan.errors import PromotionError
from zhenzan.promote.tables import OPT_OUTS, PROMOTABLE_ITEMS
from zhenzan.promote.terms import Terms
from zhenzan.store import Database
from zhenzan.times import now_us

__all__ = ["ItemOwner", "NotPermittedError", "Permissions"]


class NotPermittedError(PromotionError):
    """The terms do not let this buyer promote this item."""


@dataclass(frozen=True, slots=True)
class ItemOwner:
    """Whose an item is, and whether the creator lets others promote it."""

    item: str
    creator: str
    is_permitted: bool = False


class Permissions:
    """What platforms said of items and viewers. `creator_of`: whom the log knows as an item's creator, ""
    where it does not say.
    """

    def __init__(self, database: Database, creator_of: Callable[[str], str]) -> None:
        self._database, self._creator_of = database, creator_of

    def register(self, owner: ItemOwner) -> ItemOwner:
        """Note whose an item is; the last word counts."""
        row = (owner.item, owner.creator, int(owner.is_permitted))
        with self._database.write() as connection:
            self._database.upsert(connection, PROMOTABLE_ITEMS, [row])
        return owner

    def owner_of(self, item: str) -> ItemOwner:
        """By the platform's word, else by the log; `creator` "" where neither says."""
        text = "SELECT item, creator, is_permitted FROM promotable_items WHERE item = ?"
        for name, creator, is_permitted in self._database.fetch(text, (item,)):
            return ItemOwner(name, creator, bool(is_permitted))
        return ItemOwner(item, self._creator_of(item))

    def creator_for(self, terms: Terms, buyer: str, item: str) -> str:
        """The creator of an item that this buyer may promote. Raises NotPermittedError."""
        owner = self.owner_of(item)
        if terms.delivery.may_promote(buyer, owner.creator, owner.is_permitted):
            return owner.creator
        if not owner.creator:
            raise NotPermittedError(
                f"nobody knows whose item {item!r} is; let the platform register it, then order again"
            )
        remedy = (
            "ask the creator to permit it" if terms.delivery.items == "permitted" else "order for your own"
        )
        raise NotPermittedError(f"item {item!r} is somebody else's, and may not be promoted; {remedy}")

    # Viewers

    def opt_out(self, account: str, opted_out: bool) -> bool:
        """Show a viewer no promotion from now on, or show it again; gives whether they opted out."""
        with self._database.write() as connection:
            if opted_out:
                self._database.insert_missing(connection, OPT_OUTS, [(account, now_us())])
            else:
                self._database.delete(connection, OPT_OUTS, "account", [account])
        return opted_out

    def opted_out(self) -> list[str]:
        """Viewers who are shown none."""
        text = "SELECT account FROM promotion_opt_outs ORDER BY account"
        return [account for (account,) in self._database.fetch(text)]
