"""Wash trades: sales between parties that act together. They are flagged for a person.

Of those within a ring, and those that a person confirmed, value is followed: see `clawback`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import duckdb

from zhenzan.ledger import Ledger
from zhenzan.rewards.account_ids import points_account
from zhenzan.rewards.market_records import Sale, load
from zhenzan.times import DAY_US
from zhenzan.verify import Result

__all__ = ["SAME_RING", "Flag", "rings_of", "wash_trades"]

DAYS = 30  # within which a card comes back, two trade both ways, or likes are taken back
SAME_RING = "same ring"
OTHERS_MIN = 4  # prices of an edition, beside a sale's own, from which the usual price is known
DEVIATIONS_MAX = 3.5  # robust standard deviations; Iglewicz and Hoaglin, "Outliers" (1993)
RATIO_MIN = 3.0  # and never odd within a third and three times of the usual price


@dataclass(frozen=True)
class Flag:
    """A flagged sale, and why: "came back", "both ways", "same ring", "odd price", "taken back soon after"
    (what likes of its seller or buyer had earned).
    """

    sale: Sale
    reasons: tuple[str, ...]


def wash_trades(ledger: Ledger, rings: Mapping[str, int] | None = None, days: int = DAYS) -> list[Flag]:
    """Sales of a card that its seller had back within `days`, between two who sold to each other within them,
    between two of one ring (`rings`: by account), at a price far from the edition's others, or of which one
    of the two lost within `days` what their likes had earned. The newest first. Cost: one pass over the
    sales, and the history of their accounts of which something was ever reversed.
    """
    sales = load(ledger.database, Sale, "ORDER BY time, id")
    reasons: dict[str, set[str]] = defaultdict(set)
    last_sold: dict[tuple[str, str, int], Sale] = {}  # by seller and card
    last_between: dict[tuple[str, str], Sale] = {}  # by seller and buyer
    within, known = days * DAY_US, rings or {}
    for sale in sales:
        sold = last_sold.get((sale.buyer, sale.edition, sale.serial))
        if sold is not None and sale.time - sold.time <= within:
            for deal in (sold, sale):
                reasons[deal.id].add("came back")
        other_way = last_between.get((sale.buyer, sale.seller))
        if other_way is not None and sale.time - other_way.time <= within:
            for deal in (other_way, sale):
                reasons[deal.id].add("both ways")
        if sale.seller in known and known[sale.seller] == known.get(sale.buyer):
            reasons[sale.id].add(SAME_RING)
        last_sold[sale.seller, sale.edition, sale.serial] = sale
        last_between[sale.seller, sale.buyer] = sale
    for id in _odd_prices(sales):
        reasons[id].add("odd price")
    lost = _lost_at(ledger, {account for sale in sales for account in (sale.seller, sale.buyer)})
    for sale in sales:
        times = (*lost.get(sale.seller, ()), *lost.get(sale.buyer, ()))
        if any(0 <= time - sale.time <= within for time in times):
            reasons[sale.id].add("taken back soon after")
    return [Flag(sale, tuple(sorted(reasons[sale.id]))) for sale in reversed(sales) if reasons[sale.id]]


def rings_of(result: Result) -> dict[str, int]:
    """The ring of each account that is in one."""
    with duckdb.connect() as connection:
        result.show(connection, "accounts")
        rows = connection.execute(
            "SELECT account::VARCHAR, ring FROM accounts WHERE ring IS NOT NULL"
        ).fetchall()
    return dict(rows)


def _odd_prices(sales: list[Sale]) -> list[str]:
    """Sales whose price lies far from the median of the edition's other prices, on a scale of ratios."""
    prices: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
    for sale in sales:
        prices[sale.edition, sale.asset].append((sale.id, math.log(sale.price)))
    odd = []
    for rows in prices.values():
        if len(rows) <= OTHERS_MIN:
            continue
        usual = median(price for _, price in rows)
        spread = 1.4826 * median(abs(price - usual) for _, price in rows)
        most = max(DEVIATIONS_MAX * spread, math.log(RATIO_MIN))
        odd += [id for id, price in rows if abs(price - usual) > most]
    return odd


def _lost_at(ledger: Ledger, accounts: set[str]) -> dict[str, list[int]]:
    """By account, when something was reversed of what it had earned or been paid (µs)."""
    names = {points_account(ledger, account): account for account in accounts}
    lost: dict[str, list[int]] = defaultdict(list)
    for name, time in ledger.reversal_times():
        if name in names:
            lost[names[name]].append(time)
    return lost
