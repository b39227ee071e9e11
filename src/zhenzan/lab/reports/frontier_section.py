"""The first part of an experiment's report: where buying and selling stop paying, and what closes the gap."""

from __future__ import annotations

import math
from typing import Any

from zhenzan.lab.bench.results import Results
from zhenzan.lab.reports.charts import frontier
from zhenzan.lab.reports.layout import Figure, Points, Section, Table, Text, coins, share
from zhenzan.lab.reports.order_section import verification_in_brief
from zhenzan.lab.reports.outcome_section import interval_of, number, shown_level, where_of
from zhenzan.lab.reports.titles import SIDES, arm_title, axis_title, outcome_title
from zhenzan.pages import LANGUAGES, Both, Language

__all__ = ["frontier_sections", "opening"]

Row = dict[str, Any]


def is_recall(results: Results) -> bool:
    """Whether what is swept is the share of bought likes that is found."""
    sweep = results.experiment.sweep
    return sweep is not None and sweep.keys[0].startswith("detector.recall")


def written(results: Results, value: float) -> str:
    """A value of the sweep, as a person reads it."""
    return share(value) if is_recall(results) else f"{value:,.3g}"


def opening(results: Results) -> tuple[Both, Both]:
    """The headline and the sentence below it."""
    rows = _smallest(results)
    stops = [row for row in rows if row["state"] == "stops"]
    if stops:
        return _frontier_opening(results, rows, stops)
    outcome = results.experiment.outcomes[0]
    held = [row for row in results.contrasts.to_pylist() if row["outcome"] == outcome and row["replicates"]]
    if not held:
        name = outcome_title(outcome)
        return (f"One policy, looked at: {name[0]}", f"一项政策的结果：{name[1]}"), ("", "")
    top = max(held, key=lambda row: abs(row["mean"]))
    arm, than, what = (
        arm_title(results.experiment, top["arm"]),
        arm_title(results.experiment, top["than"]),
        outcome_title(outcome),
    )
    more, zh_more = ("more", "多") if top["mean"] > 0 else ("less", "少")
    amount = coins(abs(top["mean"]), signed=False)
    return (
        (f"{what[0]}: {amount} {more} with “{arm[0]}” than with “{than[0]}”",
         f"{what[1]}：“{arm[1]}”比“{than[1]}”{zh_more} {amount}"),
        (f"95 % interval of the difference: {coins(top['low'])} to {coins(top['high'])}.",
         f"差值的 95% 区间：{coins(top['low'])} 至 {coins(top['high'])}。"),
    )  # fmt: skip


def _smallest(results: Results) -> list[Row]:
    """The buyers' frontier for the smallest order, an arm a row."""
    rows = [row for row in results.frontier.to_pylist() if row["side"] == "buyer"]
    least = min((row["quantity"] for row in rows), default=0)
    return [row for row in rows if row["quantity"] == least]


def _frontier_opening(results: Results, rows: list[Row], stops: list[Row]) -> tuple[Both, Both]:
    """The smallest order under the first policy that makes it lose; what the verification finds of it."""
    first, best = stops[0], min(stops, key=lambda row: row["level"])
    quantity, needed = f"{first['quantity']:,}", written(results, first["level"])
    title, lever = (arm_title(results.experiment, row["arm"]) for row in (first, best))
    if not is_recall(results):
        axis = axis_title(results.experiment)
        lede = (
            f"Buying {quantity} likes stops paying when {axis[0]} reaches {needed}",
            f"{axis[1]} 达到 {needed} 时，买 {quantity} 个赞不再划算",
        )
    else:
        found = [one for _, one in _verified(results, first["quantity"])]
        reached = share(found[0]["mean"]) if found else ""
        lede = (
            f"Buying {quantity} likes stops paying once {needed} of bought likes are found"
            + (f"; Zhenzan finds {reached}" if found else ""),
            f"查出 {needed} 的买赞，买 {quantity} 个赞就不再划算"
            + (f"；真赞查出 {reached}" if found else ""),
        )
    at = _place(results, best)
    under = (f"That is where the policy is “{title[0]}”.", f"这是“{title[1]}”的结果。")
    if best is not first:
        under = (
            f"{under[0]} The strongest lever is “{lever[0]}”: {at[0]}.",
            f"{under[1]}最有力的手段是“{lever[1]}”：{at[1]}。",
        )
    cost = _cost_of(results, best["arm"])
    under = (under[0] + cost[0], under[1] + cost[1])
    brief = verification_in_brief(results)
    return lede, under if brief is None else (f"{under[0]} {brief[0]}", f"{under[1]}{brief[1]}")


def _mean(results: Results, arm: str, outcome: str) -> float:
    """A mean over replicates, at the value of the sweep that contrasts are shown at."""
    level = shown_level(results)
    rows = (
        row["mean"]
        for row in results.intervals.to_pylist()
        if (row["arm"], row["level"], row["outcome"]) == (arm, level, outcome)
    )
    return float(next(rows, math.nan))


def _cost_of(results: Results, arm: str) -> Both:
    """What a lever takes from honest creators by mistake, as a sentence; none where that is nothing."""
    lost, earned = (_mean(results, arm, name) for name in ("honest_loss", "honest_income"))
    if not lost > 0:
        return "", ""
    at, amounts = where_of(results), [coins(value, signed=False) for value in (lost, earned)]
    return (
        f" By mistake it takes {amounts[0]} coins from honest creators, who earn {amounts[1]}{at[0]}.",
        f"它也从诚实创作者手中误罚 {amounts[0]} 币（他们收入 {amounts[1]} 币）{at[1]}。",
    )


def _levers(results: Results, rows: list[Row]) -> Table:
    """Every lever beside its price: what it takes from the honest, what it leaves sellers."""
    at = where_of(results)
    columns: dict[str, Both] = {
        "honest_loss": ("taken from the honest", "误罚诚实者"),
        "false_sanction_share": ("honest ones struck", "被误记的诚实者"),
        "honest_views_stolen_share": ("exposure stolen", "被夺走的曝光"),
        "seller_profit_per_order": ("seller, an order", "卖家每单"),
    }
    cells: list[list[str | Both]] = [
        [arm_title(results.experiment, row["arm"]), _place(results, row),
         *(number(name, _mean(results, row["arm"], name)) for name in columns)]
        for row in rows
    ]  # fmt: skip
    return Table(
        (f"Every lever and its price{at[0]}", f"各种手段及其代价{at[1]}"),
        [("policy", "政策"), ("stops paying at", "不再划算之处"), *columns.values()],
        cells,
        frozenset(range(1, 6)),
    )


def frontier_sections(results: Results) -> list[Section]:
    """The frontier of buyers, what closes the gap for the smallest order, the frontier of sellers."""
    if not results.frontier.num_rows:
        return []
    return [_buyers(results), _gap(results), _sellers(results)]


def _picture(results: Results, side: str) -> Figure:
    experiment = results.experiment
    assert experiment.sweep is not None
    top = experiment.sweep.values[-1]
    shown, left_out = _distinct(results, side)
    arms = list(dict.fromkeys(row["arm"] for row in shown))

    def make(language: Language) -> Any:
        place = LANGUAGES.index(language)
        titles = {name: arm_title(experiment, name)[place] for name in arms}
        rows = []
        for row in shown:
            level = {"loses": 0.0, "pays": top}.get(row["state"], row["level"])
            rows.append(
                {"arm": titles[row["arm"]], "quantity": row["quantity"], "level": level,
                 "low": row["low"] if row["low"] is not None else 0.0,
                 "high": row["high"] if row["high"] is not None else top,
                 "beyond": row["state"] == "pays",
                 "tip": f"{titles[row['arm']]} · {row['quantity']:,}: {_place(results, row)[place]}"}
            )  # fmt: skip
        axis = axis_title(experiment)[place]
        return frontier(rows, list(titles.values()), top, axis, language, is_recall(results))

    who, same = SIDES[side], [arm_title(experiment, name) for name in left_out]
    caption = (
        f"Above a line, {who[0]} loses. Bars: 95 % intervals. “Never”: it pays even at the last value.",
        f"线以上，{who[1]}亏本。竖线：95% 区间。“永不”：到最高值仍划算。",
    )
    if same:
        caption = (
            f"{caption[0]} Same as the first line: {'; '.join(one[0] for one in same)}.",
            f"{caption[1]}与第一条线相同：{'、'.join(one[1] for one in same)}。",
        )
    return Figure(caption, make)


def _distinct(results: Results, side: str) -> tuple[list[Row], list[str]]:
    """The frontier of a side, and the arms that are left out of it, as theirs is that of the first arm."""
    rows = [row for row in results.frontier.to_pylist() if row["side"] == side]
    lines: dict[str, list[Row]] = {}
    for row in rows:
        lines.setdefault(row["arm"], []).append({**row, "arm": ""})
    first = next(iter(lines))
    same = [name for name, line in lines.items() if name != first and line == lines[first]]
    return [row for row in rows if row["arm"] not in same], same


def _place(results: Results, row: Row) -> Both:
    """Where it stops paying, with the interval."""
    if row["state"] == "pays" and row["low"] is None:
        return "never", "永不"
    if row["state"] == "loses" and row["high"] is None:
        return "from the start", "一开始就亏"
    at = {"pays": "never", "loses": "start"}.get(row["state"]) or written(results, row["level"])
    zh = {"pays": "永不", "loses": "起点"}.get(row["state"]) or at
    low, high = ("…" if row[end] is None else written(results, row[end]) for end in ("low", "high"))
    low, high = low.removesuffix(" %"), high.removesuffix(" %")
    return f"{at} ({low}–{high})", f"{zh}（{low}–{high}）"


def _table(results: Results, side: str) -> Table:
    rows = [row for row in results.frontier.to_pylist() if row["side"] == side]
    sizes = sorted({row["quantity"] for row in rows})
    by_place = {(row["arm"], row["quantity"]): _place(results, row) for row in rows}
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    return Table(
        (
            f"{SIDES[side][0].capitalize()} stops paying at (95 % interval)",
            f"{SIDES[side][1]}不再划算之处（95% 区间）",
        ),
        [("policy", "政策"), *((f"{q:,} likes", f"{q:,} 赞") for q in sizes)],
        [
            [arm_title(results.experiment, arm), *(by_place.get((arm, q), ("", "")) for q in sizes)]
            for arm in arms
        ],
        frozenset(range(1, len(sizes) + 1)),
    )  # fmt: skip


def _buyers(results: Results) -> Section:
    text = (
        "Buyers in this trial are creators who would gain if nobody looked. Each line is a policy. The lower "
        "it runs, the less has to be found before an order of that size loses, the pride of a high number "
        "included.",
        "试验中的买家，都是在无人查验时有利可图的创作者。每条线是一项政策；"
        "线越低，越少的查出率就足以让这种大小的订单亏本（已计入高赞数带来的面子）。",
    )
    title = ("Which lever makes buying lose", "什么手段让买赞亏本")
    return Section("frontier", title, [Text(text), _picture(results, "buyer"), _table(results, "buyer")])


def _gap(results: Results) -> Section:
    rows = _smallest(results)
    quantity = f"{rows[0]['quantity']:,}"
    never = [arm_title(results.experiment, row["arm"]) for row in rows if row["state"] == "pays"]
    points: list[Both] = [
        (
            f"“{title[0]}” never makes an order of {quantity} lose, whatever is found.",
            f"“{title[1]}”：无论查出多少，都不会让 {quantity} 赞的订单亏本。",
        )
        for title in never
    ]
    stops = sorted((row for row in rows if row["state"] == "stops"), key=lambda row: row["level"])
    points += _held_against_verification(results, rows[0]["quantity"], stops)
    title = (f"What closes the gap for orders of {quantity}", f"怎样堵住 {quantity} 赞小单的漏洞")
    text = (
        f"From where on an order of {quantity} leaves its buyer with a loss, the strongest lever first, and "
        "what each takes from creators who bought nothing: a penalty hits whoever a detector is wrong about.",
        f"从何处起 {quantity} 赞的订单给买家留下亏损（最有力的手段在前），"
        "以及各种手段误伤未买赞的创作者的代价：检测出错时，处罚就落在他们身上。",
    )
    ranked = stops + [row for row in rows if row["state"] != "stops"]
    parts: list[Text | Points | Figure | Table] = [Text(text), _levers(results, ranked)]
    return Section("gap", title, [*parts, Points(points)] if points else parts)


def _verified(results: Results, quantity: int) -> list[tuple[str, Row]]:
    """Arms with the real verification, and the share it finds of orders of a size."""
    experiment = results.experiment
    arms = [
        name
        for name in experiment.arms
        if experiment.scenario(name, experiment.levels(name)[0]).detector.kind == "verify"
    ]
    found = [(name, interval_of(results, name, quantity, "found_share")) for name in arms]
    return [(name, one) for name, one in found if one is not None]


def _held_against_verification(results: Results, quantity: int, stops: list[Row]) -> list[Both]:
    """Whether the real verification finds enough of the smallest orders, under each policy."""
    experiment = results.experiment
    points: list[Both] = []
    for name, found in _verified(results, quantity) if is_recall(results) else []:
        enough = [row for row in stops if row["high"] is not None and row["high"] < found["low"]]
        title, names = arm_title(experiment, name), [arm_title(experiment, row["arm"]) for row in enough]
        span = f"{share(found['mean'])} ({share(found['low'])}–{share(found['high'])})"
        said = "; ".join(f"“{one[0]}”" for one in names) or "none of these policies"
        zh = "、".join(f"“{one[1]}”" for one in names) or "没有"
        points.append(
            (
                f"The real verification (“{title[0]}”) finds {span} of the likes of such orders. "
                f"Surely enough with: {said}.",
                f"真实核验（“{title[1]}”）能查出这类订单 {span} 的赞。确定足够的政策：{zh}。",
            )
        )
    return points


def _sellers(results: Results) -> Section:
    text = (
        "A seller loses when accounts are closed faster than they earn, or when fines eat the price. "
        "Penalties on buyers alone cost a seller customers; that does not show here, as a trial holds the "
        "orders fixed.",
        "账号被封得比赚钱还快、或者罚款吃掉售价时，卖家才亏本。"
        "只罚买家会让卖家失去顾客；试验固定了订单数，所以在此看不出来。",
    )
    title = ("What makes selling lose", "什么让卖赞亏本")
    return Section("sellers", title, [Text(text), _picture(results, "seller"), _table(results, "seller")])
