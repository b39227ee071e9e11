"""Outcome sections of an experiment's report: outcomes, contrasts, and the method."""

from __future__ import annotations

import math
from typing import Any

from zhenzan.lab.bench.results import Results
from zhenzan.lab.outputs.manifest import versions
from zhenzan.lab.reports.charts import sweeps
from zhenzan.lab.reports.layout import Figure, Points, Section, Table, Text, coins, share
from zhenzan.lab.reports.titles import arm_title, axis_title, outcome_title
from zhenzan.presentation import LANGUAGES, Both, Language
from zhenzan.translation import NC_, both

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
        position = LANGUAGES.index(language)
        titles = {name: arm_title(experiment, name)[position] for name in arms}
        tipped = []
        for row in rows:
            ends = {e: row[e] if math.isfinite(row[e]) else row["mean"] for e in ("mean", "low", "high")}
            tip = f"{titles[row['arm']]} · {row['level']:g}: {number(row['outcome'], row['mean'])}"
            tipped.append({**row, **ends, "arm": titles[row["arm"]], "tip": tip})
        panels = [(name, outcome_title(name)[position]) for name in experiment.outcomes]
        axis = axis_title(experiment)
        return sweeps(tipped, list(titles.values()), panels, axis[position], axis[0].startswith("share"))

    text = both(
        "The same worlds, seen by everybody: buyers and sellers, honest creators whose "
        "exposure bought likes take, viewers who get worse things to watch, creators who are "
        "punished for what they did not do."
    )
    if any(experiment.scenario(name, experiment.levels(name)[0]).buyers.demand == "trial" for name in arms):
        text = both(
            "{text} In a trial far more is bought than anywhere in life: compare policies, not levels.",
            text=text,
        )
    caption = both("Each outcome as more is found. Bars: 95 % intervals.")
    return Section("outcomes", both("Who gains, who loses"), [Text(text), Figure(caption, make)])


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
            [
                outcome_title(name),
                arm_title(experiment, row["arm"]),
                arm_title(experiment, row["than"]),
                number(name, row["mean"], signed=True),
                f"{number(name, row['low'], signed=True)} – {number(name, row['high'], signed=True)}",
                both("yes") if sure else both("no"),
            ]
        )
    if not rows:
        return None
    rows.sort(key=lambda row: [outcome_title(name) for name in experiment.outcomes].index(row[0]))  # type: ignore[arg-type]
    at = where_of(results)
    text = both(
        "Replicate by replicate, the same luck, another policy: what the second column has "
        "more than the third{at}. Where a policy changes nothing at all there is no row.",
        at=at,
    )
    heads = [
        both("outcome"),
        both(NC_("of a platform", "policy")),
        both("against"),
        both("difference"),
        both("95 % interval"),
        both("sure?"),
    ]
    table = Table(both("Paired contrasts"), heads, rows, frozenset({3, 4}))
    return Section("contrasts", both("What a policy changes, for sure"), [Text(text), table])


def where_of(results: Results) -> Both:
    """At which value of the sweep contrasts are shown, to go into a sentence."""
    shown = shown_level(results)
    if shown is None:
        return "", ""
    axis = axis_title(results.experiment)
    if axis[0].startswith("share"):
        return both(", where {shown} of bought likes are found", shown=share(shown))
    value = f"{shown:g}"
    return both(", where the {axis} is {value}", axis=axis, value=value)


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
        both(
            "{replicates} replicates of every arm, seeds {first_seed} to {last}; replicate by "
            "replicate all arms share the seed (common random numbers).",
            replicates=experiment.replicates,
            first_seed=experiment.first_seed,
            last=last,
        ),
        both(
            "Means and contrasts: 95 % intervals by Student's t over replicates. Where profit "
            "crosses 0: straight lines between the values of the sweep, 95 % percentile "
            "intervals by a bootstrap of the replicates."
        ),
    ]
    for scenario in worlds:
        size = scenario.world
        points.append(
            both(
                "Scenario “{name}”: {days} days, {viewers} viewers, {creators} creators, {items} "
                "items; demand: {demand}.",
                name=scenario.name,
                days=size.days,
                viewers=f"{size.viewers:,}",
                creators=f"{size.creators:,}",
                items=f"{size.items:,}",
                demand=scenario.buyers.demand,
            )
        )
    packages = ", ".join(f"{name} {version}" for name, version in versions().items())
    points += [
        both(
            "One coin is the price of a like in the smallest order. The world is no copy of any "
            "platform: compare policies by it, forecast nothing."
        ),
        both("Versions: {told}.", told=packages),
    ]
    return Section("making", both(NC_("of an experiment", "How this was made")), [Points(points)])
