"""Wash trades: sales that look as if nobody really bought. They are flagged for a person, never undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zhenzan.ledger import Ledger
from zhenzan.rewards.deals import Sale, select

__all__ = ["Flag", "wash_trades"]

DAYS = 30  # within which a card comes back, or two trade both ways
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Flag:
    """A sale, and what is odd about it: "came back", "both ways", "same ring"."""

    sale: Sale
    reasons: tuple[str, ...]


def wash_trades(ledger: Ledger, rings: Mapping[str, int] | None = None, days: int = DAYS) -> list[Flag]:
    """Sales of a card that its seller had back within `days`, between two who sold to each other within them,
    or between two of one ring (`rings`: by account). The newest first. Cost: one pass over the sales.
    """
    sales = [Sale(*row) for row in ledger.database.fetch(f"{select(Sale)} ORDER BY time, id")]
    reasons: dict[str, set[str]] = {}
    last_sold: dict[tuple[str, str, int], Sale] = {}  # by seller and card
    last_between: dict[tuple[str, str], Sale] = {}  # by seller and buyer
    within = days * DAY_US
    for sale in sales:
        sold = last_sold.get((sale.buyer, sale.edition, sale.serial))
        if sold is not None and sale.time - sold.time <= within:
            for each in (sold, sale):
                reasons.setdefault(each.id, set()).add("came back")
        other_way = last_between.get((sale.buyer, sale.seller))
        if other_way is not None and sale.time - other_way.time <= within:
            for each in (other_way, sale):
                reasons.setdefault(each.id, set()).add("both ways")
        ring = (rings or {}).get(sale.seller)
        if ring is not None and ring == (rings or {}).get(sale.buyer):
            reasons.setdefault(sale.id, set()).add("same ring")
        last_sold[sale.seller, sale.edition, sale.serial] = sale
        last_between[sale.seller, sale.buyer] = sale
    return [Flag(sale, tuple(sorted(reasons[sale.id]))) for sale in reversed(sales) if sale.id in reasons]
