"""Where what was earned is used, and what was used is told."""

from __future__ import annotations

from zhenzan.ledger import Ledger
from zhenzan.rewards import Catalogue, Market, Rights, Shop
from zhenzan.service.webhooks.use_cases import Webhooks

__all__ = ["RewardsDesk", "tell_deals"]

TELL_US = 3_600_000_000  # how far back deals are looked for that nobody was told of


class RewardsDesk:
    """The rights, offers and market of a catalogue."""

    def __init__(self, ledger: Ledger, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.rights = Rights(ledger, catalogue)
        self.shop = Shop(ledger, catalogue)
        self.market = Market(ledger, catalogue)

    def end_deals(self) -> None:
        """End auctions whose time is over; ask again about what was reserved and never answered."""
        self.market.close()
        self.shop.recover()


def tell_deals(ledger: Ledger, webhooks: Webhooks) -> None:
    """Tell what was sold and redeemed lately: what was told already is not told again."""
    since = ledger.clock() - TELL_US
    for event, table, names, time_name in (
        ("sale.made", "sales", "id, edition, serial, seller, buyer, asset, price, time", "time"),
        ("redemption.confirmed", "redemptions", "id, offer, account, reserved_at", "reserved_at"),
    ):
        where = " AND state = 'confirmed'" if table == "redemptions" else ""
        text = f"SELECT {names} FROM {table} WHERE {time_name} > ?{where}"
        for row in ledger.database.fetch(text, (since,)):
            told = dict(zip(names.split(", "), row, strict=True))
            webhooks.tell(event, str(row[0]), told, at=int(told[time_name]))
