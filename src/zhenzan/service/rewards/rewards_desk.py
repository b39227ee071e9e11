"""The rewards desk: rights, offers and market of a catalogue; deals that end by themselves."""

from __future__ import annotations

from dataclasses import asdict

from zhenzan.ledger import Ledger
from zhenzan.rewards import Catalogue, Market, Redemptions, Rights, confirmed_since, sales_since
from zhenzan.service.webhooks.use_cases import Webhooks

__all__ = ["RewardsDesk", "tell_deals"]

TELL_US = 3_600_000_000  # how far back deals without a notification are looked for


class RewardsDesk:
    """The rights, offers and market of a catalogue."""

    def __init__(self, ledger: Ledger, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.rights = Rights(ledger, catalogue)
        self.shop = Redemptions(ledger, catalogue)
        self.market = Market(ledger, catalogue)

    def end_deals(self) -> None:
        """End auctions whose time is over; ask again about what was reserved and never answered."""
        self.market.close()
        self.shop.recover()


def tell_deals(ledger: Ledger, webhooks: Webhooks) -> None:
    """Notify webhooks of sales and redemptions, each once."""
    since = ledger.clock() - TELL_US
    for sale in sales_since(ledger, since):
        webhooks.tell("sale.made", sale.id, asdict(sale), at=sale.time)
    for redemption in confirmed_since(ledger, since):
        event = {name: getattr(redemption, name) for name in ("id", "offer", "account", "reserved_at")}
        webhooks.tell("redemption.confirmed", redemption.id, event, at=redemption.reserved_at)
