"""Frontier section of an experiment's report: where buying and selling stop paying, and what closes the
gap.
"""

from __future__ import annotations

import math
from typing import Any

from zhenzan.lab.bench.results import Results
from zhenzan.lab.reports.charts import frontier
from zhenzan.lab.reports.layout import Figure, Points, Section, Table, Text, coins, joined, share
from zhenzan.lab.reports.order_section import verification_in_brief
from zhenzan.lab.reports.outcome_section import interval_of, number, shown_level, where_of
from zhenzan.lab.reports.titles import SIDES, arm_title, axis_title, named, outcome_title
from zhenzan.presentation import LANGUAGES, Both, Language
from zhenzan.translation import N_, NC_, both

__all__ = ["frontier_sections", "opening"]

TITLES = NC_("between the titles of a list", "; ")
STOPS_PAYING = {
    "buyer": N_("Buying (pride included) stops paying at (95 % interval)"),
    "buyer_money": N_("Buying (money only) stops paying at (95 % interval)"),
    "seller": N_("Selling stops paying at (95 % interval)"),
}

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
        return _frontier_opening(results, stops)
    outcome = results.experiment.outcomes[0]
    held = [row for row in results.contrasts.to_pylist() if row["outcome"] == outcome and row["replicates"]]
    if not held:
        name = outcome_title(outcome)
        return both("One policy, looked at: {name}", name=name), ("", "")
    top = max(held, key=lambda row: abs(row["mean"]))
    arm, than, what = (
        arm_title(results.experiment, top["arm"]),
        arm_title(results.experiment, top["than"]),
        outcome_title(outcome),
    )
    more = both("more") if top["mean"] > 0 else both("less")
    amount = coins(abs(top["mean"]), signed=False)
    return (
        both(
            "{what}: {amount} {more} with “{arm}” than with “{than}”",
            what=what,
            amount=amount,
            more=more,
            arm=arm,
            than=than,
        ),
        both(
            "95 % interval of the difference: {low} to {high}.",
            low=coins(top["low"]),
            high=coins(top["high"]),
        ),
    )


def _smallest(results: Results) -> list[Row]:
    """The buyers' frontier for the smallest order, an arm a row."""
    rows = [row for row in results.frontier.to_pylist() if row["side"] == "buyer"]
    least = min((row["quantity"] for row in rows), default=0)
    return [row for row in rows if row["quantity"] == least]


def _frontier_opening(results: Results, stops: list[Row]) -> tuple[Both, Both]:
    """The smallest order under the first policy that makes it lose; what the verification finds of it."""
    first, best = stops[0], min(stops, key=lambda row: row["level"])
    quantity, needed = f"{first['quantity']:,}", written(results, first["level"])
    title, lever = (arm_title(results.experiment, row["arm"]) for row in (first, best))
    if not is_recall(results):
        axis = axis_title(results.experiment)
        lede = both(
            "Buying {quantity} likes stops paying when {axis} reaches {needed}",
            quantity=quantity,
            axis=axis,
            needed=needed,
        )
    else:
        verified = [one for _, one in _verified(results, first["quantity"])]
        reached = share(verified[0]["mean"]) if verified else ""
        lede = both(
            "Buying {quantity} likes stops paying once {needed} of bought likes are found{reached}",
            quantity=quantity,
            needed=needed,
            reached=both("; Zhenzan finds {share}", share=reached) if verified else "",
        )
    at = _stops_at(results, best)
    under = both("That is where the policy is “{title}”.", title=title)
    if best is not first:
        under = both("{under} The strongest lever is “{lever}”: {at}.", under=under, lever=lever, at=at)
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
    return both(
        " By mistake it takes {lost} coins from honest creators, who earn {earned}{at}.",
        lost=amounts[0],
        earned=amounts[1],
        at=at,
    )


def _levers(results: Results, rows: list[Row]) -> Table:
    """Every lever beside its price: what it takes from the honest, what it leaves sellers."""
    at = where_of(results)
    columns: dict[str, Both] = {
        "honest_loss": both("taken from the honest"),
        "false_sanction_share": both("honest ones struck"),
        "honest_views_stolen_share": both("exposure stolen"),
        "seller_profit_per_order": both("seller, an order"),
    }
    cells: list[list[str | Both]] = [
        [
            arm_title(results.experiment, row["arm"]),
            _stops_at(results, row),
            *(number(name, _mean(results, row["arm"], name)) for name in columns),
        ]
        for row in rows
    ]
    return Table(
        both("Every lever and its price{at}", at=at),
        [both(NC_("of a platform", "policy")), both("stops paying at"), *columns.values()],
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
        position = LANGUAGES.index(language)
        titles = {name: arm_title(experiment, name)[position] for name in arms}
        rows = []
        for row in shown:
            level = {"loses": 0.0, "pays": top}.get(row["state"], row["level"])
            rows.append(
                {
                    "arm": titles[row["arm"]],
                    "quantity": row["quantity"],
                    "level": level,
                    "low": row["low"] if row["low"] is not None else 0.0,
                    "high": row["high"] if row["high"] is not None else top,
                    "beyond": row["state"] == "pays",
                    "tip": f"{titles[row['arm']]} · {row['quantity']:,}: {_stops_at(results, row)[position]}",
                }
            )
        axis = axis_title(experiment)[position]
        return frontier(rows, list(titles.values()), top, axis, language, is_recall(results))

    who, same = named(SIDES, side), [arm_title(experiment, name) for name in left_out]
    caption = both(
        "Above a line, {who} loses. Bars: 95 % intervals. “Never”: it pays even at the last value.", who=who
    )
    if same:
        caption = both(
            "{caption} Same as the first line: {same}.", caption=caption, same=joined(TITLES, same)
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


def _stops_at(results: Results, row: Row) -> Both:
    """Where it stops paying, with the interval."""
    if row["state"] == "pays" and row["low"] is None:
        return both("never")
    if row["state"] == "loses" and row["high"] is None:
        return both("from the start")
    ends = {"pays": both("never"), "loses": both("start")}
    at = ends.get(row["state"]) or written(results, row["level"])
    low, high = ("…" if row[end] is None else written(results, row[end]) for end in ("low", "high"))
    low, high = low.removesuffix(" %"), high.removesuffix(" %")
    return both("{at} ({low}–{high})", at=at, low=low, high=high)


def _table(results: Results, side: str) -> Table:
    rows = [row for row in results.frontier.to_pylist() if row["side"] == side]
    sizes = sorted({row["quantity"] for row in rows})
    by_place = {(row["arm"], row["quantity"]): _stops_at(results, row) for row in rows}
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    return Table(
        both(STOPS_PAYING[side]),
        [both(NC_("of a platform", "policy")), *(both("{q} likes", q=f"{q:,}") for q in sizes)],
        [
            [arm_title(results.experiment, arm), *(by_place.get((arm, q), ("", "")) for q in sizes)]
            for arm in arms
        ],
        frozenset(range(1, len(sizes) + 1)),
    )


def _buyers(results: Results) -> Section:
    text = both(
        "Buyers in this trial are creators who would gain if nobody looked. Each line is a "
        "policy. The lower it runs, the less has to be found before an order of that size "
        "loses, the pride of a high number included."
    )
    title = both("Which lever makes buying lose")
    return Section("frontier", title, [Text(text), _picture(results, "buyer"), _table(results, "buyer")])


def _gap(results: Results) -> Section:
    rows = _smallest(results)
    quantity = f"{rows[0]['quantity']:,}"
    never = [arm_title(results.experiment, row["arm"]) for row in rows if row["state"] == "pays"]
    points: list[Both] = [
        both(
            "“{title}” never makes an order of {quantity} lose, whatever is found.",
            title=title,
            quantity=quantity,
        )
        for title in never
    ]
    stops = sorted((row for row in rows if row["state"] == "stops"), key=lambda row: row["level"])
    points += _held_against_verification(results, rows[0]["quantity"], stops)
    title = both("What closes the gap for orders of {quantity}", quantity=quantity)
    text = both(
        "From where on an order of {quantity} leaves its buyer with a loss, the strongest "
        "lever first, and what each takes from creators who bought nothing: a penalty hits "
        "whoever a detector is wrong about.",
        quantity=quantity,
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
    intervals = [(name, interval_of(results, name, quantity, "found_share")) for name in arms]
    return [(name, one) for name, one in intervals if one is not None]


def _held_against_verification(results: Results, quantity: int, stops: list[Row]) -> list[Both]:
    """Whether the real verification finds enough of the smallest orders, under each policy."""
    experiment = results.experiment
    points: list[Both] = []
    for name, interval in _verified(results, quantity) if is_recall(results) else []:
        enough = [row for row in stops if row["high"] is not None and row["high"] < interval["low"]]
        title, names = arm_title(experiment, name), [arm_title(experiment, row["arm"]) for row in enough]
        span = f"{share(interval['mean'])} ({share(interval['low'])}–{share(interval['high'])})"
        quoted = [both("“{name}”", name=one) for one in names]
        policies_named = joined(TITLES, quoted) if quoted else both("none of these policies")
        points.append(
            both(
                "The real verification (“{title}”) finds {span} of the likes of such orders. Surely "
                "enough with: {said}.",
                title=title,
                span=span,
                said=policies_named,
            )
        )
    return points


def _sellers(results: Results) -> Section:
    text = both(
        "A seller loses when accounts are closed faster than they earn, or when fines eat "
        "the price. Penalties on buyers alone cost a seller customers; that does not show "
        "here, as a trial holds the orders fixed."
    )
    title = both("What makes selling lose")
    return Section("sellers", title, [Text(text), _picture(results, "seller"), _table(results, "seller")])
