"""The books of a run: what buyers and sellers paid, took and kept, by way of selling."""

from __future__ import annotations

from zhenzan.lab.outputs.outcomes import Outcomes
from zhenzan.lab.reports.layout import Section, Table, Text, coins, share
from zhenzan.lab.reports.titles import STRATEGIES
from zhenzan.pages import Both

__all__ = ["buyers_section", "sellers_section"]

BUYERS_BOOKS: dict[str, Both] = {
    "gain_pride": ("pride", "面子"),
    "gain_fees": ("fees", "广告费"),
    "gain_views": ("exposure", "曝光收入"),
    "paid": ("paid", "付款"),
    "buyer_fine": ("fines", "罚款"),
    "loss_frozen": ("frozen", "冻结收入"),
    "buyer_profit": ("profit", "盈亏"),
}


def buyers_section(outcomes: Outcomes) -> Section | None:
    """What likes that stand brought buyers, and what they cost, by way of selling."""
    if not outcomes.orders.num_rows:
        return None
    sums = [(name, "sum") for name in (*BUYERS_BOOKS, "restitution")]
    rows = outcomes.orders.group_by("strategy").aggregate([("order", "count"), *sums]).to_pylist()
    total = {name: sum(row[f"{name}_sum"] for row in rows) for name, _ in sums}
    gained = coins(total["gain_pride"] + total["gain_fees"] + total["gain_views"], signed=False)
    paid, frozen, fines = (coins(total[name], signed=False) for name in ("paid", "loss_frozen", "buyer_fine"))
    text = (
        f"Buyers paid {paid} coins, were fined {fines} and lost {frozen} of frozen income. What stood of "
        f"their likes was worth {gained}, in pride, advertisers' fees and exposure.",
        f"买家付出 {paid} 币，被罚 {fines} 币，冻结收入损失 {frozen} 币；"
        f"留存的赞（面子、广告费与曝光）值 {gained} 币。",
    )
    heads = [("sold as", "卖法"), ("orders", "订单"), *BUYERS_BOOKS.values()]
    cells: list[list[str | Both]] = [
        [STRATEGIES[row["strategy"]], f"{row['order_count']:,}",
         *(coins(row[f"{name}_sum"], signed=name == "buyer_profit") for name in BUYERS_BOOKS)]
        for row in sorted(rows, key=lambda row: row["buyer_profit_sum"])
    ]  # fmt: skip
    table = Table(
        ("Buyers' books, in coins", "买家账目（币）"), heads, cells, frozenset(range(1, len(heads)))
    )
    return Section("buyers", ("Buyers", "买家"), [Text(text), table])


def sellers_section(outcomes: Outcomes) -> Section | None:
    """What each seller took, spent and kept."""
    rows = outcomes.sellers.to_pylist()
    if not rows:
        return None
    heads = [
        ("seller", "卖家"), ("sold as", "卖法"), ("orders", "订单"), ("likes", "赞数"), ("found", "查出"),
        ("revenue", "收入"), ("cost", "成本"), ("fines", "罚款"), ("profit", "盈亏"),
        ("accounts lost", "被封账号"),
    ]  # fmt: skip
    cells: list[list[str | Both]] = [
        [row["seller"], STRATEGIES[row["strategy"]], f"{row['orders']:,}", f"{row['likes']:,}",
         share(row["found_share"]), coins(row["revenue"], signed=False), coins(row["cost"], signed=False),
         coins(row["fines"], signed=False), coins(row["profit"]), f"{row['accounts_lost']:,}"]
        for row in rows
    ]  # fmt: skip
    best = max(rows, key=lambda row: row["profit"])
    losing = sum(row["profit"] < 0 for row in rows)
    text = (
        f"{losing} of {len(rows)} sellers lost. “{best['seller']}” did best: {coins(best['profit'])} coins "
        f"on {best['orders']:,} orders.",
        f"{len(rows)} 位卖家中 {losing} 位亏本。“{best['seller']}”最好：{best['orders']:,} 单，"
        f"{coins(best['profit'])} 币。",
    )
    table = Table(("Sellers' books, in coins", "卖家账目（币）"), heads, cells, frozenset(range(2, 10)))
    return Section("sellers", ("Sellers", "卖家"), [Text(text), table])
