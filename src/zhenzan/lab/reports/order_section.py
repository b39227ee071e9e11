"""Order section of an experiment's report: profit by strategy and order size."""

from __future__ import annotations

from typing import Any

from zhenzan.lab.bench.results import Results
from zhenzan.lab.reports.charts import profits
from zhenzan.lab.reports.layout import (
    CLAUSES,
    THINGS,
    Figure,
    Points,
    Section,
    Table,
    Text,
    coins,
    joined,
    share,
)
from zhenzan.lab.reports.titles import STRATEGIES, arm_title, named
from zhenzan.lab.vocabulary import STRATEGIES as ORDER
from zhenzan.presentation import LANGUAGES, Both, Language
from zhenzan.translation import NC_, both, gettext

__all__ = ["order_section", "verification_in_brief"]

Row = dict[str, Any]
PROFIT = "buyer_profit_per_order"


def order_section(results: Results) -> Section | None:
    """Section on orders: the profit of each strategy and size, in the arms that are not swept; None without
    any.
    """
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
            Text(both("What an order leaves its buyer with, pride included, by way of selling and size."))
        )
    parts += [_picture(results, arms, cells), _table(results, cells)]
    title: Both = both("Under the real verification") if judged else both("By way of selling and size")
    return Section("orders", title, parts)


def verification_in_brief(results: Results) -> Both | None:
    """One sentence: where buyers lose and where they gain under the real verification."""
    arms = [name for name in results.experiment.arms if results.experiment.levels(name) == (None,)]
    judged = [name for name in arms if _verifies(results, name)]
    cells = _cells(results, judged[:1])
    if not cells:
        return None
    loses, gains = (_losing(cells), [cell for cell in cells if cell[PROFIT]["mean"] > 0])
    return both(
        "With Zhenzan in the loop, buyers lose in {lost} of {kinds} kinds of order{gains}.",
        lost=len(loses),
        kinds=len(cells),
        gains=both(", but still gain from {orders}", orders=_named(gains)) if gains else "",
    )


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
        both(
            "Buyers surely lose on average in {lost} of {kinds} kinds of order{orders}.",
            lost=len(loses),
            kinds=len(cells),
            orders=both(": {orders}", orders=_named(loses)) if loses else "",
        )
    ]
    if gains:
        points.append(both("Not there yet: buyers still gain from {gains}.", gains=_named(gains, money=True)))
    else:
        points.append(both("There is no kind of order from which buyers gain on average."))
    if unsure:
        points.append(both("Losing, but the interval reaches above 0: {unsure}.", unsure=_named(unsure)))
    text = both(
        "“{title}”: the product's own verification, default policy, judged every like in the loop.",
        title=title,
    )
    return [Text(text), Points(points)]


def _named(cells: list[Row], *, money: bool = False) -> Both:
    """Kinds of order in words: `burst of 100, 300; tiny of 10`."""
    by_strategy: dict[str, list[Both]] = {}
    for cell in cells:
        size = f"{cell['quantity']:,}"
        profit = coins(cell[PROFIT]["mean"])
        shown = both("{size} ({profit})", size=size, profit=profit) if money else (size, size)
        by_strategy.setdefault(cell["strategy"], []).append(shown)
    orders = [
        both("{strategy} of {sizes}", strategy=named(STRATEGIES, name), sizes=joined(THINGS, sizes))
        for name, sizes in by_strategy.items()
    ]
    return joined(CLAUSES, orders)


def _picture(results: Results, arms: list[str], cells: list[Row]) -> Any:
    shown = [name for name in arms if any(cell["arm"] == name for cell in cells)]

    def make(language: Language) -> Any:
        position = LANGUAGES.index(language)
        titles = {name: arm_title(results.experiment, name)[position] for name in shown}
        rows = []
        for cell in cells:
            interval, size = cell[PROFIT], cell["quantity"]
            label = f"{named(STRATEGIES, cell['strategy'])[position]} {size:,}"
            ends = {end: interval[end] / size for end in ("mean", "low", "high")}
            tip = f"{label} · {titles[cell['arm']]}: {_interval(interval)}"
            rows.append({"label": label, "arm": titles[cell["arm"]], "tip": tip, **ends})
        axis = gettext("coins of profit for each like ordered", language)
        return profits(rows, list(titles.values()), axis)

    return Figure(
        both(
            "What each ordered like leaves its buyer with, pride included. Left of the line "
            "buyers lose. Bars: 95 % intervals."
        ),
        make,
    )


def _interval(interval: Row) -> str:
    return f"{coins(interval['mean'])} ({coins(interval['low'])} – {coins(interval['high'])})"


def _table(results: Results, cells: list[Row]) -> Table:
    rows: list[list[str | Both]] = []
    for cell in cells:
        intervals = [
            cell[name] for name in (PROFIT, "buyer_profit_money_per_order", "seller_profit_per_order")
        ]
        rows.append(
            [
                named(STRATEGIES, cell["strategy"]),
                f"{cell['quantity']:,}",
                arm_title(results.experiment, cell["arm"]),
                f"{cell['orders']:,}",
                share(cell["found_share"]["mean"]),
                _interval(intervals[0]),
                coins(intervals[1]["mean"]),
                coins(intervals[2]["mean"]),
            ]
        )
    return Table(
        both("The numbers, in coins an order (95 % interval)"),
        [
            both("sold as"),
            both(NC_("how many", "likes")),
            both(NC_("of a platform", "policy")),
            both(NC_("how many", "orders")),
            both("found"),
            both("buyer"),
            both("in money"),
            both("seller"),
        ],
        rows,
        frozenset({1, 3, 4, 5, 6, 7}),
    )
