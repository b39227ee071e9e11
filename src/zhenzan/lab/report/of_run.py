"""The report of one run: what buyers, sellers, honest creators, viewers and the platform came to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhenzan.lab.report.charts import daily, profits
from zhenzan.lab.report.parts import Figure, Points, Section, Table, Text, charts_of, coins, page, share
from zhenzan.lab.report.words import KINDS, SOURCES_OF_LIKES, STRATEGIES
from zhenzan.pages import LANGUAGES, Both, Language, write_whole

if TYPE_CHECKING:
    from zhenzan.lab.outcomes import Outcomes
    from zhenzan.lab.scenario import Scenario

__all__ = ["run_charts", "write_run_report"]

TITLES: Both = ("One simulated run", "一次模拟运行")


def write_run_report(
    scenario: Scenario, seed: int, outcomes: Outcomes, path: Path, language: str = "en"
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
        sections=_sections(outcomes),
    )  # fmt: skip
    return write_whole(text, path)


def run_charts(outcomes: Outcomes, language: str = "en") -> dict[str, Any]:
    """The report's charts as Altair objects: `orders`, `days`."""
    return charts_of(_sections(outcomes), language)


def _sections(outcomes: Outcomes) -> list[Section]:
    sections = [_orders(outcomes), _counts(outcomes), _sellers(outcomes), _honest(outcomes), _about()]
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
    under = (
        f"{outcomes['orders']:,.0f} orders; {found} of the bought likes were found; they took {stolen} of "
        f"honest creators' exposure. One run is one draw of luck: an experiment says what is sure.",
        f"共 {outcomes['orders']:,.0f} 单；{found} 的买赞被查出；它们夺走了诚实创作者 {stolen} 的曝光。"
        f"一次运行只是一次运气，要确定结论请做实验。",
    )
    return lede, under


def _tiles(outcomes: Outcomes) -> list[tuple[Both, str, str]]:
    def tone(value: float, bad: bool) -> str:
        return "fake" if bad and value else ""

    return [
        (("bought in all likes", "买赞占比"), share(outcomes["bought_share"]), "fake"),
        (("found of these", "其中查出"), share(outcomes["found_share"]), "genuine"),
        (("bubble in the counts", "计数泡沫"), share(outcomes["bubble"]), tone(outcomes["bubble"], True)),
        (("honest creators punished", "被误罚的诚实创作者"), share(outcomes["false_sanction_share"]), ""),
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
            label = f"{STRATEGIES[row['strategy']][place]} {row['quantity']:,}"
            for (name, zh), column in zip(
                who, ("buyer_profit_per_order", "seller_profit_per_order"), strict=True
            ):
                value, arm = row[column] / row["quantity"], (name, zh)[place]
                told.append(
                    {"label": label, "arm": arm, "mean": value, "low": value, "high": value,
                     "tip": f"{label} · {arm}: {coins(row[column])} × {row['orders']}"}
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
        "Profit by way of selling and size, pride included for buyers. Left of the line: a loss.",
        "按卖法与大小的盈亏（买家含面子）。竖线左侧为亏本。",
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
    return Section("days", ("The market day by day", "市场的每一天"), [Figure(caption, make)])


def _sellers(outcomes: Outcomes) -> Section | None:
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
    table = Table(("Sellers' books, in coins", "卖家账目（币）"), heads, cells, frozenset(range(2, 10)))
    return Section("sellers", ("Sellers", "卖家"), [table])


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
    rows = sorted(
        outcomes.likes_by_source.to_pylist(), key=lambda row: (row["kind_of_like"] != "bought", -row["likes"])
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
        ("The same scenario and seed give the same numbers; `manifest.json` beside this file says which.",
         "同样的场景与种子得到同样的数字；见旁边的 manifest.json。"),
    ]  # fmt: skip
    return Section("making", ("How this was made", "如何得出"), [Points(points)])
