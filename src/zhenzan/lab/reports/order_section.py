"""The part of an experiment's report about orders by strategy and size: who still gains, said plainly."""

from __future__ import annotations

from typing import Any

from zhenzan.lab.bench.results import Results
from zhenzan.lab.reports.charts import profits
from zhenzan.lab.reports.layout import Figure, Points, Section, Table, Text, coins, share
from zhenzan.lab.reports.titles import STRATEGIES, arm_title
from zhenzan.lab.vocabulary import STRATEGIES as ORDER
from zhenzan.pages import LANGUAGES, Both, Language

__all__ = ["order_section", "verification_in_brief"]

Row = dict[str, Any]
PROFIT = "buyer_profit_per_order"


def order_section(results: Results) -> Section | None:
    """What an order of each strategy and size comes to, in the arms that are not swept; None without any."""
    arms = [name for name in results.experiment.arms if results.experiment.levels(name) == (None,)]
    cells = _cells(results, arms)
    if not cells:
        return None
    judged = [name for name in arms if _verifies(results, name)]
    parts: list[Any] = []
    for name in judged:
        parts += _verdict(results, name, [cell for cell in cells if cell["arm"] == name])
    if not judged:
        parts.append(
            Text(("What an order leaves its buyer with, pride included, by way of selling and size.",
                  "按卖法与订单大小，每单留给买家的盈亏（含面子）。"))
        )  # fmt: skip
    parts += [_picture(results, arms, cells), _table(results, cells)]
    title: Both = (
        ("Under the real verification", "在真实核验之下")
        if judged
        else ("By way of selling and size", "按卖法与大小")
    )
    return Section("orders", title, parts)


def verification_in_brief(results: Results) -> Both | None:
    """One sentence: where buyers lose and where they gain under the real verification."""
    arms = [name for name in results.experiment.arms if results.experiment.levels(name) == (None,)]
    judged = [name for name in arms if _verifies(results, name)]
    cells = _cells(results, judged[:1])
    if not cells:
        return None
    loses, gains = (_losing(cells), [cell for cell in cells if cell[PROFIT]["mean"] > 0])
    english = f"With Zhenzan in the loop, buyers lose in {len(loses)} of {len(cells)} kinds of order"
    chinese = f"由它核验，{len(cells)} 类订单中有 {len(loses)} 类让买家亏本"
    if not gains:
        return f"{english}.", f"{chinese}。"
    return f"{english}, but still gain from {_named(gains, 0)}.", f"{chinese}，但{_named(gains, 1)}仍能获利。"


def _losing(cells: list[Row]) -> list[Row]:
    """Kinds of order in which buyers surely lose on average."""
    return [cell for cell in cells if cell[PROFIT]["high"] < 0]


def _verifies(results: Results, arm: str) -> bool:
    return results.experiment.scenario(arm).detector.kind == "verify"


def _cells(results: Results, arms: list[str]) -> list[Row]:
    """One row per arm, strategy and size, its outcomes beside each other."""
    cells: dict[tuple[Any, ...], Row] = {}
    for row in results.size_intervals.to_pylist():
        if row["arm"] in arms:
            key = (row["strategy"], row["quantity"], row["arm"])
            names = ("arm", "strategy", "quantity", "orders")
            cells.setdefault(key, {name: row[name] for name in names})[row["outcome"]] = row
    ranked = sorted(cells, key=lambda key: (ORDER.index(key[0]), key[1], arms.index(key[2])))
    return [cells[key] for key in ranked]


def _verdict(results: Results, arm: str, cells: list[Row]) -> list[Any]:
    """Where buyers lose, where they still gain, where it cannot be told."""
    gains = [cell for cell in cells if cell[PROFIT]["mean"] > 0]
    unsure = [cell for cell in cells if cell[PROFIT]["mean"] <= 0 and not cell[PROFIT]["high"] < 0]
    loses = _losing(cells)
    title = arm_title(results.experiment, arm)
    points: list[Both] = [
        (f"Buyers surely lose on average in {len(loses)} of {len(cells)} kinds of order"
         f"{': ' + _named(loses, 0) if loses else ''}.",
         f"{len(cells)} 类订单中，有 {len(loses)} 类买家平均确定亏本"
         f"{'：' + _named(loses, 1) if loses else ''}。")
    ]  # fmt: skip
    if gains:
        points.append(
            (f"Not there yet: buyers still gain from {_named(gains, 0, money=True)}.",
             f"尚未做到：买家仍能从下列订单获利：{_named(gains, 1, money=True)}。")
        )  # fmt: skip
    else:
        points.append(
            ("There is no kind of order from which buyers gain on average.", "没有一类订单能让买家平均获利。")
        )
    if unsure:
        points.append(
            (f"Losing, but the interval reaches above 0: {_named(unsure, 0)}.",
             f"平均亏本但区间触及零以上：{_named(unsure, 1)}。")
        )  # fmt: skip
    text = (
        f"“{title[0]}”: the product's own verification, default policy, judged every like in the loop.",
        f"“{title[1]}”：由本产品自身的核验（默认策略）在模拟中逐赞判定。",
    )
    return [Text(text), Points(points)]


def _named(cells: list[Row], place: int, *, money: bool = False) -> str:
    """Kinds of order in words: `burst of 100, 300; tiny of 10`."""
    by_strategy: dict[str, list[str]] = {}
    for cell in cells:
        size = f"{cell['quantity']:,}"
        if money:
            size += (
                f" ({coins(cell[PROFIT]['mean'])})" if place == 0 else f"（{coins(cell[PROFIT]['mean'])}）"
            )
        by_strategy.setdefault(cell["strategy"], []).append(size)
    if place == 0:
        return "; ".join(
            f"{STRATEGIES[name][0]} of {', '.join(sizes)}" for name, sizes in by_strategy.items()
        )
    return "；".join(f"{STRATEGIES[name][1]} {'、'.join(sizes)} 赞" for name, sizes in by_strategy.items())


def _picture(results: Results, arms: list[str], cells: list[Row]) -> Any:
    shown = [name for name in arms if any(cell["arm"] == name for cell in cells)]

    def make(language: Language) -> Any:
        place = LANGUAGES.index(language)
        titles = {name: arm_title(results.experiment, name)[place] for name in shown}
        rows = []
        for cell in cells:
            found, size = cell[PROFIT], cell["quantity"]
            label = f"{STRATEGIES[cell['strategy']][place]} {size:,}"
            ends = {end: found[end] / size for end in ("mean", "low", "high")}
            tip = f"{label} · {titles[cell['arm']]}: {_interval(found)}"
            rows.append({"label": label, "arm": titles[cell["arm"]], "tip": tip, **ends})
        axis = "coins of profit for each like ordered" if language == "en" else "每订一赞的盈亏（币）"
        return profits(rows, list(titles.values()), axis)

    return Figure(
        ("What each ordered like leaves its buyer with, pride included. Left of the line buyers lose. "
         "Bars: 95 % intervals.",
         "每订一赞留给买家的盈亏（含面子）。竖线左侧为亏本。横线：95% 区间。"),
        make,
    )  # fmt: skip


def _interval(found: Row) -> str:
    return f"{coins(found['mean'])} ({coins(found['low'])} – {coins(found['high'])})"


def _table(results: Results, cells: list[Row]) -> Table:
    rows: list[list[str | Both]] = []
    for cell in cells:
        found = [cell[name] for name in (PROFIT, "buyer_profit_money_per_order", "seller_profit_per_order")]
        rows.append(
            [STRATEGIES[cell["strategy"]], f"{cell['quantity']:,}",
             arm_title(results.experiment, cell["arm"]), f"{cell['orders']:,}",
             share(cell["found_share"]["mean"]),
             _interval(found[0]),
             coins(found[1]["mean"]), coins(found[2]["mean"])]
        )  # fmt: skip
    return Table(
        ("The numbers, in coins an order (95 % interval)", "明细：每单盈亏，币（95% 区间）"),
        [("sold as", "卖法"), ("likes", "赞数"), ("policy", "政策"), ("orders", "订单数"), ("found", "查出"),
         ("buyer", "买家"), ("in money", "只算钱"), ("seller", "卖家")],
        rows, frozenset({1, 3, 4, 5, 6, 7}),
    )  # fmt: skip
