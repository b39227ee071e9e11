"""Charts of the lab's reports, as Altair objects. Each takes plain rows and a language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from zhenzan.presentation import COLOURS, Language, themed
from zhenzan.translation import gettext

__all__ = ["PALETTE", "daily", "frontier", "profits", "sweeps"]

WIDTH = 780
"""Width of a chart's plot in pixels; the page scales drawings down to fit, never up."""

# Told apart with common colour-vision deficiencies by lightness and by the shape of their points too.
PALETTE = (
    COLOURS["fake"],
    COLOURS["genuine"],
    COLOURS["uncertain"],
    "#7a5195",
    "#3c8d5a",
    "#d9743f",
    "#57a6a1",
    COLOURS["muted"],
)
SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "triangle-right", "stroke")
Rows = Sequence[Mapping[str, Any]]


def _looks(names: Sequence[str]) -> dict[str, Any]:
    """Colour and shape by name, with one legend of two columns."""
    colours = [PALETTE[i % len(PALETTE)] for i in range(len(names))]
    shapes = [SHAPES[i % len(SHAPES)] for i in range(len(names))]
    legend = alt.Legend(columns=2, labelLimit=380, symbolType="circle", columnPadding=70, offset=30)
    return {
        "color": alt.Color("arm:N", scale=alt.Scale(domain=list(names), range=colours), legend=legend),
        "shape": alt.Shape("arm:N", scale=alt.Scale(domain=list(names), range=shapes), legend=legend),
    }


def frontier(
    rows: Rows, names: Sequence[str], top: float, axis: str, language: Language, percent: bool
) -> Any:
    """Frontier chart: where orders of a size stop paying. Rows: arm, quantity, level, low, high, beyond
    (bool), tip.

    `top` is the last level; who is `beyond` still pays there and is drawn on a line above it.
    """
    values = sorted({row["quantity"] for row in rows})
    looks, ceiling = _looks(names), top * 1.1
    spread = {name: 1.0 + 0.05 * (i - (len(names) - 1) / 2) for i, name in enumerate(names)}
    points = [
        {**row, "at": ceiling if row["beyond"] else row["level"], "x": row["quantity"] * spread[row["arm"]]}
        for row in rows
    ]
    x = alt.X(
        "x:Q",
        title=gettext("likes ordered", language),
        scale=alt.Scale(type="log", domain=[min(values) / 1.4, max(values) * 1.4], nice=False),
        axis=alt.Axis(values=values, format=",d", grid=False),
    )
    never, form = gettext("never", language), (".0%" if percent else "~g")
    label = f"datum.value > {top} ? '{never}' : format(datum.value, '{form}')"
    ticks = [top * i / 5 for i in range(6)]
    y = alt.Y(
        "at:Q",
        title=axis,
        scale=alt.Scale(domain=[0, ceiling]),
        axis=alt.Axis(values=[*ticks, ceiling], labelExpr=label),
    )
    data = alt.Data(values=points)
    lines = alt.Chart(data).mark_line(strokeWidth=1.6).encode(x=x, y=y, color=looks["color"])
    bars = (
        alt.Chart(alt.Data(values=[p for p in points if not p["beyond"]]))
        .mark_rule(strokeWidth=1.6, opacity=0.75)
        .encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=looks["color"])
    )
    dots = (
        alt.Chart(data)
        .mark_point(size=62, filled=True, opacity=1)
        .encode(x=x, y=y, description="tip:N", **looks)
    )
    return themed(alt.layer(lines, bars, dots).properties(width=WIDTH, height=330))


def sweeps(
    rows: Rows, names: Sequence[str], panels: Sequence[tuple[str, str]], axis: str, percent: bool
) -> Any:
    """Outcomes along the sweep, one panel each. Rows: outcome, arm, level, mean, low, high, tip."""
    looks = _looks(names)
    form = ".0%" if percent else "~g"
    panels_drawn = []
    for outcome, title in panels:
        data = alt.Data(values=[row for row in rows if row["outcome"] == outcome])
        x = alt.X("level:Q", title=axis, axis=alt.Axis(format=form, tickCount=5, grid=False))
        y = alt.Y(
            "mean:Q",
            title=None,
            scale=alt.Scale(zero=False, nice=True),
            axis=alt.Axis(tickCount=4, format=number_format(outcome)),
        )
        bars = (
            alt.Chart(data)
            .mark_rule(opacity=0.6)
            .encode(x=x, y=alt.Y("low:Q", title=None), y2="high:Q", color=looks["color"])
        )
        lines = alt.Chart(data).mark_line(strokeWidth=1.6).encode(x=x, y=y, color=looks["color"])
        dots = (
            alt.Chart(data)
            .mark_point(size=36, filled=True, opacity=1)
            .encode(x=x, y=y, description="tip:N", **looks)
        )
        panels_drawn.append(alt.layer(bars, lines, dots).properties(width=335, height=165, title=title))
    return themed(alt.concat(*panels_drawn, columns=2, spacing=34))


def number_format(outcome: str) -> str:
    """How an axis writes an outcome: shares in percent, qualities with two digits, coins short."""
    if outcome.endswith("_share") or outcome == "bubble":
        return ".0%" if outcome == "bubble" else "~%"
    return ".2f" if outcome.startswith("quality") else "~s"


def profits(rows: Rows, names: Sequence[str], title: str) -> Any:
    """Profit by kind of order with intervals, against 0. Rows: label, arm, mean, low, high, tip."""
    looks = _looks(names)
    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(grid=True))
    offset = alt.YOffset("arm:N", sort=list(names))
    data = alt.Data(values=list(rows))
    zero = (
        alt.Chart(alt.Data(values=[{"at": 0}]))
        .mark_rule(color=COLOURS["ink"], strokeWidth=1)
        .encode(x="at:Q")
    )
    bars = (
        alt.Chart(data)
        .mark_rule(strokeWidth=2)
        .encode(
            y=y,
            yOffset=offset,
            x=alt.X("low:Q", title=title, axis=alt.Axis(tickCount=8)),
            x2="high:Q",
            color=looks["color"],
        )
    )
    dots = (
        alt.Chart(data)
        .mark_point(size=58, filled=True, opacity=1)
        .encode(y=y, yOffset=offset, x=alt.X("mean:Q", title=title), description="tip:N", **looks)
    )
    return themed(
        alt.layer(zero, bars, dots).properties(
            width=WIDTH - 90, height=alt.Step(13 if len(names) > 1 else 22)
        )
    )


def daily(rows: Rows, names: Sequence[str], title: str, language: Language) -> Any:
    """Numbers day by day. Rows: day, arm (what is counted), value, tip."""
    looks = _looks(names)
    x = alt.X("day:Q", title=gettext("day", language), axis=alt.Axis(grid=False, tickMinStep=1))
    y = alt.Y("value:Q", title=title, axis=alt.Axis(format=",d", tickCount=5))
    data = alt.Data(values=list(rows))
    lines = alt.Chart(data).mark_line(strokeWidth=1.8).encode(x=x, y=y, color=looks["color"])
    dots = (
        alt.Chart(data)
        .mark_point(size=40, filled=True, opacity=1)
        .encode(x=x, y=y, description="tip:N", **looks)
    )
    return themed(alt.layer(lines, dots).properties(width=WIDTH, height=220))
