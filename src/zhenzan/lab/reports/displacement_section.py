"""The part of an experiment's report about promotion: which buyers turn to it instead of sellers of likes."""

from __future__ import annotations

import math
from typing import Any

from zhenzan.lab.bench.results import Results
from zhenzan.lab.reports.layout import Section, Table, Text, share, span
from zhenzan.lab.reports.outcome_section import number
from zhenzan.lab.reports.titles import arm_title, axis_title, outcome_title
from zhenzan.presentation import Both
from zhenzan.translation import NC_, both

__all__ = ["displacement_section"]

SHARES = (
    "promotion_only_share", "promotion_only_small_share", "promotion_only_large_share",
    "promotion_only_proud_share", "promotion_only_fee_share",
)  # fmt: skip
MOVED = ("likes_buyers", "seller_profit", "platform_income")
Row = dict[str, Any]


def displacement_section(results: Results) -> Section | None:
    """Shares of buyers who order promotion and buy no likes; None where no arm offers promotion."""
    experiment = results.experiment
    arms = [
        name
        for name in experiment.arms
        if any(experiment.scenario(name, level).promotion.offered for level in experiment.levels(name))
    ]
    if not arms:
        return None
    parts: list[Any] = [
        Text(
            both(
                "Of all creators who bought likes or ordered promotion, the share who ordered promotion and "
                "bought no likes; in all, and of those with small and large budgets, and those to whom pride "
                "or advertisers' fees are worth more. 95 % intervals over replicates."
            )
        ),
        _shares(results, arms),
    ]
    moved = _moved(results, arms)
    if moved.rows:
        parts.append(moved)
    return Section("displacement", both("Who moves to honest promotion"), parts)


def _shares(results: Results, arms: list[str]) -> Table:
    rows = _by_outcome(results.intervals.to_pylist(), arms, SHARES)
    heads = [both("policy"), axis_title(results.experiment), *map(outcome_title, SHARES)]
    cells: list[list[str | Both]] = [
        [
            arm_title(results.experiment, arm),
            _level(level),
            *(f"{share(row['mean'])} ({span(row['low'], row['high'], share)})" for row in by_outcome),
        ]
        for (arm, level), by_outcome in rows
    ]
    return Table(
        both("Buyers who order promotion and buy no likes"), heads, cells, frozenset(range(1, len(heads)))
    )


def _moved(results: Results, arms: list[str]) -> Table:
    """What each arm changes against its baseline in the same worlds."""
    rows = _by_outcome(results.contrasts.to_pylist(), arms, MOVED)
    heads = [both("policy"), axis_title(results.experiment), *map(outcome_title, MOVED)]
    cells: list[list[str | Both]] = [
        [
            arm_title(results.experiment, arm),
            _level(level),
            *(_difference(row) for row in by_outcome),
        ]
        for (arm, level), by_outcome in rows
    ]
    caption = both(NC_("of paired worlds", "The change against the baseline, world by world"))
    return Table(caption, heads, cells, frozenset(range(1, len(heads))))


def _by_outcome(
    rows: list[Row], arms: list[str], outcomes: tuple[str, ...]
) -> list[tuple[tuple[str, float | None], list[Row]]]:
    """Rows of these outcomes beside each other, by arm and level."""
    cells: dict[tuple[str, float | None], dict[str, Row]] = {}
    for row in rows:
        if row["arm"] in arms and row["outcome"] in outcomes:
            cells.setdefault((row["arm"], row["level"]), {})[row["outcome"]] = row
    return [(key, [cell[name] for name in outcomes]) for key, cell in cells.items()]


def _level(level: float | None) -> str:
    return "–" if level is None else f"{level:g}"


def _difference(row: Row) -> str:
    if not math.isfinite(row["mean"]):
        return "–"
    ends = span(row["low"], row["high"], lambda value: number(row["outcome"], value, signed=True))
    return f"{number(row['outcome'], row['mean'], signed=True)} ({ends})"
