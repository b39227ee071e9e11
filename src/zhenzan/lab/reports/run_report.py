"""The HTML report of one run: what buyers, sellers, honest creators, viewers and the platform gained or
lost.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from zhenzan.lab.outputs.outcomes import Outcomes
from zhenzan.lab.reports.charts import daily, profits
from zhenzan.lab.reports.layout import (
    Figure,
    Points,
    Section,
    Table,
    Text,
    charts_of,
    coins,
    joined,
    page,
    share,
)
from zhenzan.lab.reports.market_sections import buyers_section, sellers_section
from zhenzan.lab.reports.policy_text import policy_in_words
from zhenzan.lab.reports.titles import KINDS, SOURCES_OF_LIKES, STRATEGIES, named
from zhenzan.lab.scenario import Scenario
from zhenzan.presentation import LANGUAGES, Both, Language, write_whole
from zhenzan.translation import N_, NC_, both, gettext

__all__ = ["run_charts", "write_run_report"]

TITLE = N_("One simulated run")
ORDERS = NC_("between the orders of a list", ", ")


def write_run_report(
    scenario: Scenario, seed: int, outcomes: Outcomes, path: str | os.PathLike[str], language: str = "en"
) -> Path:
    """Write the report of a run as one HTML file. Raises `ResultError`. About a second."""
    lede, under = _opening(outcomes)
    size = scenario.world
    kicker = both(
        "Scenario “{name}”, seed {seed}: {days} days, {viewers} viewers, {items} items",
        name=scenario.name,
        seed=seed,
        days=size.days,
        viewers=f"{size.viewers:,}",
        items=f"{size.items:,}",
    )
    text = page(
        language,
        both(TITLE),
        kicker=kicker,
        lede=lede,
        under=under,
        tiles=_tiles(outcomes),
        sections=_sections(outcomes, scenario),
    )
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
        return both("Nobody bought likes in this world"), ("", "")
    buyers, sellers = outcomes["buyer_profit"], outcomes["seller_profit"]
    words = both("gained") if buyers > 0 else both("lost")
    others = both("gained") if sellers > 0 else both("lost")
    amounts = [coins(abs(value), signed=False) for value in (buyers, sellers)]
    lede = both(
        "Buyers of likes {buyers} {bought} coins, sellers {sellers} {sold}",
        buyers=words,
        bought=amounts[0],
        sellers=others,
        sold=amounts[1],
    )
    caught = share(outcomes["found_share"])
    stolen = share(outcomes["honest_views_stolen_share"])
    wrongly = _taken_wrongly(outcomes)
    under = both(
        "{orders} orders; {found} of the bought likes were found; they took {stolen} of "
        "honest creators' exposure.{wrongly} One run is one draw of luck: an experiment says "
        "what is sure.",
        orders=f"{outcomes['orders']:,.0f}",
        found=caught,
        stolen=stolen,
        wrongly=wrongly,
    )
    return lede, under


def _taken_wrongly(outcomes: Outcomes) -> Both:
    """What penalties cost the honest; nothing where they cost nothing."""
    lost, earned = outcomes["honest_loss"], coins(outcomes["honest_income"], signed=False)
    if lost <= 0:
        return "", ""
    amount = coins(lost, signed=False)
    return both(
        " Penalties by mistake took {amount} coins from honest creators, who earned {earned}.",
        amount=amount,
        earned=earned,
    )


def _policy(scenario: Scenario) -> Section:
    return Section("policy", both("What the platform did"), [Points(policy_in_words(scenario))])


def _tiles(outcomes: Outcomes) -> list[tuple[Both, str, str]]:
    def tone(value: float, bad: bool) -> str:
        return "fake" if bad and value else ""

    return [
        (both("bought in all likes"), share(outcomes["bought_share"]), "fake"),
        (both("found of these"), share(outcomes["found_share"]), "genuine"),
        (both("bubble in the counts"), share(outcomes["bubble"]), tone(outcomes["bubble"], True)),
        (
            both("honest creators punished"),
            share(outcomes["false_sanction_share"]),
            tone(outcomes["false_sanction_share"], True),
        ),
        (both("exposure stolen"), share(outcomes["honest_views_stolen_share"]), "fake"),
        (both("quality watched"), f"{outcomes['quality_watched']:.2f}", ""),
    ]


def _orders(outcomes: Outcomes) -> Section | None:
    rows = outcomes.sizes.to_pylist()
    if not rows:
        return None

    def make(language: Language) -> Any:
        position = LANGUAGES.index(language)
        who = [both("buyer"), both("seller")]
        bars = []
        for row in rows:
            label = f"{named(STRATEGIES, row['strategy'])[position]} {row['quantity']:,} (×{row['orders']:,})"
            for name, column in zip(who, ("buyer_profit_per_order", "seller_profit_per_order"), strict=True):
                value, arm = row[column] / row["quantity"], name[position]
                bars.append(
                    {
                        "label": label,
                        "arm": arm,
                        "mean": value,
                        "low": value,
                        "high": value,
                        "tip": f"{label} · {arm}: {coins(row[column])}",
                    }
                )
        axis = gettext("coins of profit for each like ordered", language)
        return profits(bars, [pair[position] for pair in who], axis)

    gains = [row for row in rows if row["buyer_profit_per_order"] > 0]
    if gains:
        names = [
            both(
                "{strategy} {quantity}",
                strategy=named(STRATEGIES, row["strategy"]),
                quantity=f"{row['quantity']:,}",
            )
            for row in gains
        ]
        text = both("Buying still paid here: {names}.", names=joined(ORDERS, names))
    else:
        text = both("No kind of order paid for its buyers.")
    caption = both(
        "Profit by way of selling and size (× how many orders), pride included for buyers. "
        "Left of the line: a loss."
    )
    return Section("orders", both("Who gains, who loses"), [Text(text), Figure(caption, make)])


def _counts(outcomes: Outcomes) -> Section:
    rows = outcomes.days.to_pylist()
    shown = {
        "likes_bought": both("bought likes"),
        "found": both(NC_("likes", "found")),
    }

    def make(language: Language) -> Any:
        position = LANGUAGES.index(language)
        bars = [
            {
                "day": row["day"] + 1,
                "arm": title[position],
                "value": row[name],
                "tip": f"{title[position]}: {row[name]:,}",
            }
            for row in rows
            for name, title in shown.items()
        ]
        return daily(
            bars,
            [title[position] for title in shown.values()],
            gettext("a day", language),
            language,
        )

    caption = both("Likes that were bought and likes that were found, day by day.")
    figure = Figure(caption, make)
    return Section("days", both("The market day by day"), [*_first_and_last(rows), figure])


def _first_and_last(rows: list[dict[str, Any]]) -> list[Text]:
    """Whether the market grew or withered, where there are two weeks to tell."""
    if len(rows) < 14:
        return []
    first, last = (sum(row["likes_bought"] for row in part) / 7 for part in (rows[:7], rows[-7:]))
    if first <= 0:
        return []
    ends = f"{first:,.0f}", f"{last:,.0f}"
    return [
        Text(
            both(
                "In the first week {first} likes a day were bought, in the last {last}.",
                first=ends[0],
                last=ends[1],
            )
        )
    ]


def _honest(outcomes: Outcomes) -> Section:
    numbers = outcomes.numbers()
    points: list[Both] = [
        both(
            "Honest creators earned {honest_income} coins; {honest_views_stolen_share} of their "
            "exposure went to bought likes.",
            honest_income=coins(numbers["honest_income"], signed=False),
            honest_views_stolen_share=share(numbers["honest_views_stolen_share"]),
        ),
        both(
            "{false_sanction_share} of them were punished at least once; {false_share} of honest "
            "likes were called fake.",
            false_sanction_share=share(numbers["false_sanction_share"]),
            false_share=share(numbers["false_share"]),
        ),
        both(
            "Fines, freezes and bans by mistake took {honest_loss} coins from them.",
            honest_loss=coins(numbers["honest_loss"], signed=False),
        ),
        both(
            "What viewers watched was {quality_watched} standard deviations better than the middling item.",
            quality_watched=f"{numbers['quality_watched']:.2f}",
        ),
        both(
            "The platform earned {platform_income} coins and sold {promotions} orders of honest promotion.",
            platform_income=coins(numbers["platform_income"], signed=False),
            promotions=f"{numbers['promotions']:,.0f}",
        ),
    ]
    heads = [
        both("likes from"),
        both(NC_("likes", "kind")),
        both(NC_("how many", "likes")),
        both("found"),
        both("share"),
    ]
    order = ("bought", "camouflage", "natural")
    rows = sorted(
        outcomes.likes_by_source.to_pylist(),
        key=lambda row: (order.index(row["kind_of_like"]), -row["likes"]),
    )
    cells: list[list[str | Both]] = [
        [
            named(SOURCES_OF_LIKES, row["source"]),
            named(KINDS, row["kind_of_like"]),
            f"{row['likes']:,}",
            f"{row['found']:,}",
            share(row["found_share"]),
        ]
        for row in rows
    ]
    table = Table(
        both("Likes by what brought them, and what was called fake"),
        heads,
        cells,
        frozenset({2, 3, 4}),
    )
    return Section(
        "honest",
        both("Honest creators, viewers, the platform"),
        [Points(points), table],
    )


def _about() -> Section:
    points: list[Both] = [
        both(
            "One coin is the price of a like in the smallest order. The world is no copy of any "
            "platform: compare policies by it, forecast nothing."
        ),
        both("The same scenario and seed give the same numbers; manifest.json beside this file says which."),
    ]
    return Section("making", both(NC_("of an experiment", "How this was made")), [Points(points)])
