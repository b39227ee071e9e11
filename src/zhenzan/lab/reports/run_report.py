"""The report of one run: what buyers, sellers, honest creators, viewers and the platform came to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from zhenzan.lab.outputs.outcomes import Outcomes
from zhenzan.lab.reports.charts import daily, profits
from zhenzan.lab.reports.layout import Figure, Points, Section, Table, Text, charts_of, coins, page, share
from zhenzan.lab.reports.market_sections import buyers_section, sellers_section
from zhenzan.lab.reports.policy_words import policy_in_words
from zhenzan.lab.reports.titles import KINDS, SOURCES_OF_LIKES, STRATEGIES
from zhenzan.lab.scenario import Scenario
from zhenzan.pages import LANGUAGES, Both, Language, write_whole

__all__ = ["run_charts", "write_run_report"]

TITLES: Both = ("One simulated run", "一次模拟运行")


def write_run_report(
    scenario: Scenario, seed: int, outcomes: Outcomes, path: str | os.PathLike[str], language: str = "en"
) -> Path:
    """Write the report of a run as one HTML file. Raises `ResultError`. About a second."""
    lede, under = _opening(outcomes)
    size = scenario.world
    kicker = (
        f"Scenario “{scenario.name}”, seed {seed}: {size.days} days, {size.viewers:,} viewers, "
        f"{size.items:,} items",
        f"场景“{scenario.name}”，种子 {seed}：{size.days} 天，{size.viewers:,} 名观众，{size.items:,} 件作品",
    )
    text = page(
        language, TITLES, kicker=kicker, lede=lede, under=under, tiles=_tiles(outcomes),
        sections=_sections(outcomes, scenario),
    )  # fmt: skip
    return write_whole(text, Path(path))


def run_charts(outcomes: Outcomes, language: str = "en") -> dict[str, Any]:
    """The report's charts as Altair objects: `orders`, `days`."""
    return charts_of(_sections(outcomes), language)


def _sections(outcomes: Outcomes, scenario: Scenario | None = None) -> list[Section]:
    sections = [
        None if scenario is None else _policy(scenario),
        _orders(outcomes),
        _counts(outcomes),
        buyers_section(outcomes),
        sellers_section(outcomes),
        _honest(outcomes),
        _about(),
    ]
    return [section for section in sections if section is not None]


def _opening(outcomes: Outcomes) -> tuple[Both, Both]:
    if not outcomes["orders"]:
        return ("Nobody bought likes in this world", "这个世界里没有人买赞"), ("", "")
    buyers, sellers = outcomes["buyer_profit"], outcomes["seller_profit"]
    words = ("gained", "赚了") if buyers > 0 else ("lost", "亏了")
    others = ("gained", "赚了") if sellers > 0 else ("lost", "亏了")
    amounts = [coins(abs(value), signed=False) for value in (buyers, sellers)]
    lede = (
        f"Buyers of likes {words[0]} {amounts[0]} coins, sellers {others[0]} {amounts[1]}",
        f"买赞者{words[1]} {amounts[0]} 币，卖赞者{others[1]} {amounts[1]} 币",
    )
    found = share(outcomes["found_share"])
    stolen = share(outcomes["honest_views_stolen_share"])
    wrongly = _taken_wrongly(outcomes)
    under = (
        f"{outcomes['orders']:,.0f} orders; {found} of the bought likes were found; they took {stolen} of "
        f"honest creators' exposure.{wrongly[0]} One run is one draw of luck: an experiment says what is "
        "sure.",
        f"共 {outcomes['orders']:,.0f} 单；{found} 的买赞被查出；它们夺走了诚实创作者 {stolen} 的曝光。"
        f"{wrongly[1]}一次运行只是一次运气，要确定结论请做实验。",
    )
    return lede, under


def _taken_wrongly(outcomes: Outcomes) -> Both:
    """What penalties cost the honest; nothing where they cost nothing."""
    lost, earned = outcomes["honest_loss"], coins(outcomes["honest_income"], signed=False)
    if lost <= 0:
        return "", ""
    amount = coins(lost, signed=False)
    return (
        f" Penalties by mistake took {amount} coins from honest creators, who earned {earned}.",
        f"误罚从诚实创作者手中拿走 {amount} 币（他们共收入 {earned} 币）。",
    )


def _policy(scenario: Scenario) -> Section:
    return Section("policy", ("What the platform did", "平台做了什么"), [Points(policy_in_words(scenario))])


def _tiles(outcomes: Outcomes) -> list[tuple[Both, str, str]]:
    def tone(value: float, bad: bool) -> str:
        return "fake" if bad and value else ""

    return [
        (("bought in all likes", "买赞占比"), share(outcomes["bought_share"]), "fake"),
        (("found of these", "其中查出"), share(outcomes["found_share"]), "genuine"),
        (("bubble in the counts", "计数泡沫"), share(outcomes["bubble"]), tone(outcomes["bubble"], True)),
        (("honest creators punished", "被误罚的诚实创作者"), share(outcomes["false_sanction_share"]),
         tone(outcomes["false_sanction_share"], True)),
        (("exposure stolen", "被夺走的曝光"), share(outcomes["honest_views_stolen_share"]), "fake"),
        (("quality watched", "所看质量"), f"{outcomes['quality_watched']:.2f}", ""),
    ]  # fmt: skip


def _orders(outcomes: Outcomes) -> Section | None:
    rows = outcomes.sizes.to_pylist()
    if not rows:
        return None

    def make(language: Language) -> Any:
        place = LANGUAGES.index(language)
        who = [("buyer", "买家"), ("seller", "卖家")]
        told = []
        for row in rows:
            label = f"{STRATEGIES[row['strategy']][place]} {row['quantity']:,} (×{row['orders']:,})"
            for (name, zh), column in zip(
                who, ("buyer_profit_per_order", "seller_profit_per_order"), strict=True
            ):
                value, arm = row[column] / row["quantity"], (name, zh)[place]
                told.append(
                    {"label": label, "arm": arm, "mean": value, "low": value, "high": value,
                     "tip": f"{label} · {arm}: {coins(row[column])}"}
                )  # fmt: skip
        axis = "coins of profit for each like ordered" if language == "en" else "每订一赞的盈亏（币）"
        return profits(told, [pair[place] for pair in who], axis)

    gains = [row for row in rows if row["buyer_profit_per_order"] > 0]
    if gains:
        names = [
            ", ".join(f"{STRATEGIES[r['strategy']][i]} {r['quantity']:,}" for r in gains) for i in (0, 1)
        ]
        text = (f"Buying still paid here: {names[0]}.", f"下列买赞仍然划算：{names[1]}。")
    else:
        text = ("No kind of order paid for its buyers.", "没有一类订单让买家划算。")
    caption = (
        "Profit by way of selling and size (× how many orders), pride included for buyers. Left of the "
        "line: a loss.",
        "按卖法与大小（× 订单数）的盈亏（买家含面子）。竖线左侧为亏本。",
    )
    return Section("orders", ("Who gains, who loses", "谁得谁失"), [Text(text), Figure(caption, make)])


def _counts(outcomes: Outcomes) -> Section:
    rows = outcomes.days.to_pylist()
    shown = {
        "likes_bought": ("bought likes", "买来的赞"),
        "found": ("found", "查出的赞"),
    }

    def make(language: Language) -> Any:
        place = LANGUAGES.index(language)
        told = [
            {
                "day": row["day"] + 1,
                "arm": title[place],
                "value": row[name],
                "tip": f"{title[place]}: {row[name]:,}",
            }
            for row in rows
            for name, title in shown.items()
        ]
        return daily(
            told,
            [title[place] for title in shown.values()],
            "a day" if language == "en" else "每天",
            language,
        )

    caption = ("Likes that were bought and likes that were found, day by day.", "每天买来的赞与查出的赞。")
    figure = Figure(caption, make)
    return Section("days", ("The market day by day", "市场的每一天"), [*_first_and_last(rows), figure])


def _first_and_last(rows: list[dict[str, Any]]) -> list[Text]:
    """Whether the market grew or withered, where there are two weeks to tell."""
    if len(rows) < 14:
        return []
    first, last = (sum(row["likes_bought"] for row in part) / 7 for part in (rows[:7], rows[-7:]))
    if first <= 0:
        return []
    ends = f"{first:,.0f}", f"{last:,.0f}"
    return [
        Text((f"In the first week {ends[0]} likes a day were bought, in the last {ends[1]}.",
              f"第一周每天买入 {ends[0]} 个赞，最后一周每天 {ends[1]} 个。"))
    ]  # fmt: skip


def _honest(outcomes: Outcomes) -> Section:
    numbers = outcomes.numbers()
    points: list[Both] = [
        (f"Honest creators earned {coins(numbers['honest_income'], signed=False)} coins; "
         f"{share(numbers['honest_views_stolen_share'])} of their exposure went to bought likes.",
         f"诚实创作者共收入 {coins(numbers['honest_income'], signed=False)} 币；"
         f"{share(numbers['honest_views_stolen_share'])} 的曝光被买赞夺走。"),
        (f"{share(numbers['false_sanction_share'])} of them were punished at least once; "
         f"{share(numbers['false_share'])} of honest likes were called fake.",
         f"其中 {share(numbers['false_sanction_share'])} 至少被误罚一次；"
         f"{share(numbers['false_share'])} 的自然点赞被误判。"),
        (f"Fines, freezes and bans by mistake took {coins(numbers['honest_loss'], signed=False)} coins from "
         "them.",
         f"误罚、误冻与误封从他们手中拿走 {coins(numbers['honest_loss'], signed=False)} 币。"),
        (f"What viewers watched was {numbers['quality_watched']:.2f} standard deviations better than the "
         "middling item.",
         f"观众所看内容的平均质量高出中等作品 {numbers['quality_watched']:.2f} 个标准差。"),
        (f"The platform earned {coins(numbers['platform_income'], signed=False)} coins and sold "
         f"{numbers['promotions']:,.0f} orders of honest promotion.",
         f"平台收入 {coins(numbers['platform_income'], signed=False)} 币，"
         f"卖出 {numbers['promotions']:,.0f} 单正规推广。"),
    ]  # fmt: skip
    heads = [
        ("likes from", "点赞来源"),
        ("kind", "类别"),
        ("likes", "赞数"),
        ("found", "查出"),
        ("share", "比例"),
    ]
    order = ("bought", "camouflage", "natural")
    rows = sorted(
        outcomes.likes_by_source.to_pylist(),
        key=lambda row: (order.index(row["kind_of_like"]), -row["likes"]),
    )
    cells: list[list[str | Both]] = [
        [SOURCES_OF_LIKES.get(row["source"], row["source"]), KINDS[row["kind_of_like"]], f"{row['likes']:,}",
         f"{row['found']:,}", share(row["found_share"])]
        for row in rows
    ]  # fmt: skip
    table = Table(
        ("Likes by what brought them, and what was called fake", "按来源的点赞与判为刷赞的数目"),
        heads,
        cells,
        frozenset({2, 3, 4}),
    )
    return Section(
        "honest",
        ("Honest creators, viewers, the platform", "诚实创作者、观众与平台"),
        [Points(points), table],
    )


def _about() -> Section:
    points: list[Both] = [
        ("One coin is the price of a like in the smallest order. The world is no copy of any platform: "
         "compare policies by it, forecast nothing.",
         "一币等于最小订单里一个赞的价格。这个世界不是任何平台的复制品：用它比较政策，不要用来预测。"),
        ("The same scenario and seed give the same numbers; manifest.json beside this file says which.",
         "同样的场景与种子得到同样的数字；见旁边的 manifest.json。"),
    ]  # fmt: skip
    return Section("making", ("How this was made", "如何得出"), [Points(points)])
