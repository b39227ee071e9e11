"""Market sections of a run's report: what buyers and sellers paid, took and kept, by strategy."""

from __future__ import annotations

from collections.abc import Mapping

from zhenzan.lab.outputs.outcomes import Outcomes
from zhenzan.lab.reports.layout import Section, Table, Text, coins, share
from zhenzan.lab.reports.titles import STRATEGIES, named
from zhenzan.presentation import Both
from zhenzan.translation import N_, NC_, both

__all__ = ["buyers_section", "sellers_section"]

BUYERS_BOOKS: Mapping[str, str] = {
    "gain_pride": N_("pride"),
    "gain_fees": N_("fees"),
    "gain_views": N_("exposure"),
    "paid": N_("paid"),
    "buyer_fine": N_("fines"),
    "loss_frozen": N_("frozen"),
    "buyer_profit": N_("profit"),
}


def buyers_section(outcomes: Outcomes) -> Section | None:
    """Section on buyers: what their standing likes brought and cost them, by strategy."""
    if not outcomes.orders.num_rows:
        return None
    sums = [(name, "sum") for name in (*BUYERS_BOOKS, "restitution")]
    rows = outcomes.orders.group_by("strategy").aggregate([("order", "count"), *sums]).to_pylist()
    total = {name: sum(row[f"{name}_sum"] for row in rows) for name, _ in sums}
    gained = coins(total["gain_pride"] + total["gain_fees"] + total["gain_views"], signed=False)
    paid, frozen, fines = (coins(total[name], signed=False) for name in ("paid", "loss_frozen", "buyer_fine"))
    text = both(
        "Buyers paid {paid} coins, were fined {fines} and lost {frozen} of frozen income. "
        "What stood of their likes was worth {gained}, in pride, advertisers' fees and "
        "exposure.",
        paid=paid,
        fines=fines,
        frozen=frozen,
        gained=gained,
    )
    heads = [both("sold as"), both("orders"), *map(both, BUYERS_BOOKS.values())]
    cells: list[list[str | Both]] = [
        [
            named(STRATEGIES, row["strategy"]),
            f"{row['order_count']:,}",
            *(coins(row[f"{name}_sum"], signed=name == "buyer_profit") for name in BUYERS_BOOKS),
        ]
        for row in sorted(rows, key=lambda row: row["buyer_profit_sum"])
    ]
    table = Table(both("Buyers' books, in coins"), heads, cells, frozenset(range(1, len(heads))))
    return Section("buyers", both("Buyers"), [Text(text), table])


def sellers_section(outcomes: Outcomes) -> Section | None:
    """Section on sellers: what each took, spent and kept."""
    rows = outcomes.sellers.to_pylist()
    if not rows:
        return None
    heads = [
        both("seller"),
        both("sold as"),
        both("orders"),
        both(NC_("how many", "likes")),
        both("found"),
        both("revenue"),
        both("cost"),
        both("fines"),
        both("profit"),
        both("accounts lost"),
    ]
    cells: list[list[str | Both]] = [
        [
            row["seller"],
            named(STRATEGIES, row["strategy"]),
            f"{row['orders']:,}",
            f"{row['likes']:,}",
            share(row["found_share"]),
            coins(row["revenue"], signed=False),
            coins(row["cost"], signed=False),
            coins(row["fines"], signed=False),
            coins(row["profit"]),
            f"{row['accounts_lost']:,}",
        ]
        for row in rows
    ]
    best = max(rows, key=lambda row: row["profit"])
    losing = sum(row["profit"] < 0 for row in rows)
    text = both(
        "{losing} of {rows} sellers lost. “{seller}” did best: {profit} coins on {orders} orders.",
        losing=losing,
        rows=len(rows),
        seller=best["seller"],
        profit=coins(best["profit"]),
        orders=f"{best['orders']:,}",
    )
    table = Table(both("Sellers' books, in coins"), heads, cells, frozenset(range(2, 10)))
    return Section("sellers", both("Sellers"), [Text(text), table])
