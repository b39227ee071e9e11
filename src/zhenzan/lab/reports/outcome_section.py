"""The parts of an experiment's report about everybody: outcomes, contrasts, and how it was made."""

from __future__ import annotations

import math
from typing import Any

from zhenzan.lab.bench.results import Results
from zhenzan.lab.outputs.manifest import versions
from zhenzan.lab.reports.charts import sweeps
from zhenzan.lab.reports.layout import Figure, Points, Section, Table, Text, coins, share
from zhenzan.lab.reports.titles import arm_title, axis_title, outcome_title
from zhenzan.pages import LANGUAGES, Both, Language

__all__ = [
    "contrast_section",
    "interval_of",
    "making_section",
    "number",
    "outcome_section",
    "shown_level",
    "where_of",
]

AT_SHARE = 0.6  # contrasts of swept arms are shown at the value nearest to this part of the sweep


def interval_of(results: Results, arm: str, quantity: int, outcome: str) -> dict[str, Any] | None:
    """The interval of an order's outcome in an arm without sweep; of the strategy with most such orders."""
    rows = [
        row
        for row in results.size_intervals.to_pylist()
        if (row["arm"], row["quantity"], row["outcome"]) == (arm, quantity, outcome) and row["level"] is None
    ]
    return max(rows, key=lambda row: row["orders"], default=None)


def number(outcome: str, value: float, *, signed: bool = False) -> str:
    """An outcome as a person reads it."""
    if not math.isfinite(value):
        return "–"
    if outcome.endswith("_share") or outcome == "bubble":
        return ("+" if signed and value > 0 else "") + share(value).replace("-", "−")
    if outcome.startswith("quality"):
        return f"{value:+.3f}".replace("-", "−") if signed else f"{value:.3f}".replace("-", "−")
    return coins(value, signed=signed)


def outcome_section(results: Results) -> Section | None:
    """Everybody's outcomes along the sweep; None where nothing is swept (the contrasts say it then)."""
    experiment = results.experiment
    arms = [name for name in experiment.arms if len(experiment.levels(name)) > 1]
    if not arms:
        return None
    rows = [
        row
        for row in results.intervals.to_pylist()
        if row["arm"] in arms and row["outcome"] in experiment.outcomes and row["replicates"]
    ]

    def make(language: Language) -> Any:
        place = LANGUAGES.index(language)
        titles = {name: arm_title(experiment, name)[place] for name in arms}
        told = []
        for row in rows:
            ends = {e: row[e] if math.isfinite(row[e]) else row["mean"] for e in ("mean", "low", "high")}
            tip = f"{titles[row['arm']]} · {row['level']:g}: {number(row['outcome'], row['mean'])}"
            told.append({**row, **ends, "arm": titles[row["arm"]], "tip": tip})
        panels = [(name, outcome_title(name)[place]) for name in experiment.outcomes]
        axis = axis_title(experiment)
        return sweeps(told, list(titles.values()), panels, axis[place], axis[0].startswith("share"))

    text = (
        "The same worlds, seen by everybody: buyers and sellers, honest creators whose exposure bought likes "
        "take, viewers who get worse things to watch, creators who are punished for what they did not do.",
        "同样的世界，从各方看去：买家与卖家、被买赞夺走曝光的诚实创作者、"
        "看到更差内容的观众，以及没做错却受罚的创作者。",
    )
    if any(experiment.scenario(name, experiment.levels(name)[0]).buyers.demand == "trial" for name in arms):
        text = (
            f"{text[0]} In a trial far more is bought than anywhere in life: compare policies, not levels.",
            f"{text[1]}试验中的买赞远多于现实：请比较政策之间的高下，不看绝对水平。",
        )
    caption = (
        "Each outcome as more is found. Bars: 95 % intervals.",
        "查出越多时的各项结果。竖线：95% 区间。",
    )
    return Section("outcomes", ("Who gains, who loses", "谁得谁失"), [Text(text), Figure(caption, make)])


def contrast_section(results: Results) -> Section | None:
    """Each arm against its baseline, for the outcomes that were asked for."""
    experiment = results.experiment
    shown = shown_level(results)
    rows: list[list[str | Both]] = []
    for row in results.contrasts.to_pylist():
        known = row["outcome"] in experiment.outcomes and row["replicates"] > 1
        if not known or row["level"] not in (None, shown):
            continue
        name, sure = row["outcome"], row["low"] > 0 or row["high"] < 0
        if row["low"] == row["high"] == 0:
            continue
        rows.append(
            [outcome_title(name), arm_title(experiment, row["arm"]), arm_title(experiment, row["than"]),
             number(name, row["mean"], signed=True),
             f"{number(name, row['low'], signed=True)} – {number(name, row['high'], signed=True)}",
             ("yes", "是") if sure else ("no", "否")]
        )  # fmt: skip
    if not rows:
        return None
    rows.sort(key=lambda row: [outcome_title(name) for name in experiment.outcomes].index(row[0]))  # type: ignore[arg-type]
    at = where_of(results)
    text = (
        f"Replicate by replicate, the same luck, another policy: what the second column has more than the "
        f"third{at[0]}. Where a policy changes nothing at all there is no row.",
        f"逐次重复、运气相同、只换政策：第二列比第三列多出多少{at[1]}。毫无变化之处不列。",
    )
    heads = [("outcome", "结果"), ("policy", "政策"), ("against", "对照"), ("difference", "差值"),
             ("95 % interval", "95% 区间"), ("sure?", "确定？")]  # fmt: skip
    table = Table(("Paired contrasts", "配对对比"), heads, rows, frozenset({3, 4}))
    return Section(
        "contrasts", ("What a policy changes, for sure", "政策确定改变了什么"), [Text(text), table]
    )


def where_of(results: Results) -> Both:
    """At which value of the sweep contrasts are shown, to go into a sentence."""
    shown = shown_level(results)
    if shown is None:
        return "", ""
    axis = axis_title(results.experiment)
    if axis[0].startswith("share"):
        return f", where {share(shown)} of bought likes are found", f"（查出 {share(shown)} 的买赞时）"
    value = f"{shown:g}"
    return f", where the {axis[0]} is {value}", f"（{axis[1]}为 {value} 处）"


def shown_level(results: Results) -> float | None:
    sweep = results.experiment.sweep
    if sweep is None:
        return None
    aim = sweep.values[0] + AT_SHARE * (sweep.values[-1] - sweep.values[0])
    return min(sweep.values, key=lambda value: abs(value - aim))


def making_section(results: Results) -> Section:
    """Seeds, sizes, methods, limits."""
    experiment = results.experiment
    last = experiment.first_seed + experiment.replicates - 1
    worlds = list(dict.fromkeys(experiment.base_of(name) for name in experiment.arms))
    points: list[Both] = [
        (f"{experiment.replicates} replicates of every arm, seeds {experiment.first_seed} to {last}; "
         f"replicate by replicate all arms share the seed (common random numbers).",
         f"每个政策重复 {experiment.replicates} 次，种子 {experiment.first_seed} 至 {last}；"
         f"每次重复，各政策共用种子（公共随机数）。"),
        ("Means and contrasts: 95 % intervals by Student's t over replicates. Where profit crosses 0: "
         "straight lines between the values of the sweep, 95 % percentile intervals by a bootstrap of the "
         "replicates.",
         "均值与对比：按重复次数的学生 t 分布 95% 区间。"
         "盈亏过零处：扫描值间直线插值，对重复做自助法取 95% 百分位区间。"),
    ]  # fmt: skip
    for scenario in worlds:
        size = scenario.world
        points.append(
            (f"Scenario “{scenario.name}”: {size.days} days, {size.viewers:,} viewers, "
             f"{size.creators:,} creators, {size.items:,} items; demand: {scenario.buyers.demand}.",
             f"场景“{scenario.name}”：{size.days} 天，{size.viewers:,} 名观众，{size.creators:,} 位创作者，"
             f"{size.items:,} 件作品；需求方式：{scenario.buyers.demand}。")
        )  # fmt: skip
    told = ", ".join(f"{name} {version}" for name, version in versions().items())
    points += [
        ("One coin is the price of a like in the smallest order. The world is no copy of any platform: "
         "compare policies by it, forecast nothing.",
         "一币等于最小订单里一个赞的价格。这个世界不是任何平台的复制品：用它比较政策，不要用来预测。"),
        (f"Versions: {told}.", f"版本：{told}。"),
    ]  # fmt: skip
    return Section("making", ("How this was made", "如何得出"), [Points(points)])
