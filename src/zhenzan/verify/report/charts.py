"""The charts of reports and explanations, as Altair objects. Each takes plain rows and a language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import altair as alt

from zhenzan.presentation import COLOURS, COUNTS, themed
from zhenzan.translation import N_, gettext
from zhenzan.verify.report.number_text import (
    Language,
    amount,
    label,
    number,
    percent,
    span,
    unique_labels,
    when,
)
from zhenzan.verify.report.phrases import burst_words, evidence_title
from zhenzan.verify.results.verified_counts import PARTS

__all__ = ["VERDICTS", "bursts", "certainty", "evidence_kinds", "items", "timeline"]

WIDTH = 560
"""Width of a chart's plot in pixels; the page scales drawings down to fit, never up."""

VERDICTS: Mapping[str, str] = {
    "genuine": N_("genuine"),
    "uncertain": N_("uncertain"),
    "fake": N_("fake"),
}


def _scale(language: Language, *names: str) -> dict[str, Any]:
    """The parts of that name, all of them if none is named, in their colours."""
    names = names or PARTS
    return {
        "domain": [gettext(COUNTS[name], language) for name in names],
        "range": [COLOURS[name] for name in names],
    }


def certainty(bands: Sequence[Mapping[str, Any]], language: Language = "en") -> Any:
    """How many likes lie in each band of the probability. Rows: low, high, likes, verdict."""
    total = sum(band["likes"] for band in bands) or 1
    rows = [
        {
            "band": name,
            "likes": band["likes"],
            "verdict": _part(band["verdict"], language),
            "text": f"{amount(band['likes'])}  ·  {percent(band['likes'] / total)}",
            "tip": f"{name}: {amount(band['likes'])}",
        }
        for name, band in ((_band(band, language), band) for band in bands)
    ]
    title = gettext("probability of being fake", language)
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("band:N", sort=None, title=title, axis=alt.Axis(titleAlign="right", titleX=-6))
    )
    bars = base.mark_bar(height=20, cornerRadius=2).encode(
        x=alt.X(
            "likes:Q",
            axis=None,
            stack=None,
            scale=alt.Scale(domain=[0, 1.3 * max([1, *(band["likes"] for band in bands)])]),
        ),
        color=alt.Color("verdict:N", scale=alt.Scale(**_scale(language)), legend=alt.Legend()),
        description="tip:N",
    )
    texts = base.mark_text(align="left", dx=6).encode(x="likes:Q", text="text:N")
    return themed(alt.layer(bars, texts).properties(width=WIDTH - 80, height=alt.Step(32)))


def _part(name: str, language: Language) -> str:
    """What likes of a part are called."""
    title = COUNTS[name]
    return gettext(title, language)


def _band(band: Mapping[str, Any], language: Language) -> str:
    """A band's name. Nothing is surely genuine or fake: the ends are open."""
    if band["low"] is None:
        return _part("idle", language)
    low, high = (f"{100 * band[end]:.4g}" for end in ("low", "high"))
    return f"≤ {high} %" if low == "0" else f"> {low} %" if high == "100" else f"{low} – {high} %"


def items(rows: Sequence[Mapping[str, Any]], language: Language = "en") -> Any:
    """Claimed likes of items by their parts. Rows: as in the table of items."""
    names = unique_labels([row["item"] for row in rows])
    bars = []
    for name, row in zip(names, rows, strict=True):
        bars += [
            {
                "item": name,
                "likes": row[part],
                "order": order,
                "verdict": gettext(COUNTS[part], language),
                "tip": f"{name}: {amount(row[part])} {gettext(COUNTS[part], language)}",
            }
            for order, part in enumerate(PARTS)
        ]
    marks = [
        {
            "item": name,
            "at": row["verified"],
            "low": row["verified_low"],
            "high": row["verified_high"],
            "tip": f"{name}: {amount(row['verified'])} ({_interval(row)})",
        }
        for name, row in zip(names, rows, strict=True)
    ]
    title = gettext("claimed likes; the line is the verified number", language)
    y = alt.Y("item:N", sort=None, title=None)
    layers = [
        alt.Chart(alt.Data(values=bars))
        .mark_bar(height=16)
        .encode(
            y=y,
            x=alt.X("likes:Q", title=title, axis=alt.Axis(format=",d", tickCount=5)),
            order="order:Q",
            color=alt.Color("verdict:N", scale=alt.Scale(**_scale(language)), legend=alt.Legend()),
            description="tip:N",
        ),
        alt.Chart(alt.Data(values=marks))
        .mark_tick(color=COLOURS["ink"], thickness=2, size=22)
        .encode(y=y, x="at:Q", description="tip:N"),
    ]
    return themed(alt.layer(*layers).properties(width=WIDTH - 60, height=alt.Step(26)))


def _interval(row: Mapping[str, Any]) -> str:
    return f"{amount(row['verified_low'])}–{amount(row['verified_high'])}"


def bursts(rows: Sequence[Mapping[str, Any]], language: Language = "en") -> Any:
    """Bought campaigns and cleared bursts: likes against likes expected, on log axes. Rows of moments."""
    kinds = gettext("cleared", language), gettext("bought", language)
    points = [
        {
            "expected": max(0.01, row["expected_likes"]),
            "likes": max(1, row["likes"]),
            "kind": kinds[int(row["campaign_probability"] >= 0.5)],
            "tip": f"{label(row['item'])}, {when(row['start'], language)}: {burst_words(row, language)}",
        }
        for row in rows
    ]
    across, down = (_log_axis([point[name] for point in points]) for name in ("expected", "likes"))
    ends = [max(across[0][0], down[0][0]), min(across[0][1], down[0][1])]
    line = alt.Chart(alt.Data(values=[{"at": value} for value in ends])).mark_line(
        color=COLOURS["muted"], strokeWidth=1, strokeDash=[3, 3]
    )
    title = gettext("likes expected", language), gettext("likes received", language)
    x = alt.X("expected:Q", title=title[0], scale=_log_scale(across[0]), axis=_decades(across[1]))
    y = alt.Y("likes:Q", title=title[1], scale=_log_scale(down[0]), axis=_decades(down[1]))
    dots = (
        alt.Chart(alt.Data(values=points))
        .mark_circle(size=64, opacity=0.75)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=list(kinds), range=[COLOURS["genuine"], COLOURS["fake"]]),
                legend=alt.Legend(symbolType="circle"),
            ),
            description="tip:N",
        )
    )
    return themed(alt.layer(line.encode(x="at:Q", y="at:Q"), dots).properties(width=WIDTH - 70, height=320))


def _bar(row: Mapping[str, Any], language: Language) -> str:
    """The time that a bar stands for."""
    return span(row["start"], row["start"] + timedelta(seconds=row["seconds"]), language)


def _log_axis(values: Sequence[float]) -> tuple[list[float], list[float]]:
    """A domain with some air, and its ticks: decades, or 1-2-5 steps where there are few decades."""
    low, high = min([1.0, *values]) / 1.6, max([10.0, *values]) * 1.6
    steps = (1,) if high / low > 3000 else (1, 3) if high / low > 100 else (1, 2, 5)
    ticks = [step * 10.0**power for power in range(-3, 12) for step in steps]
    return [low, high], [tick for tick in ticks if low <= tick <= high]


def _log_scale(domain: list[float]) -> Any:
    return alt.Scale(type="log", domain=domain, nice=False)


def _decades(ticks: list[float]) -> Any:
    return alt.Axis(
        values=ticks, labelExpr="datum.value < 1 ? format(datum.value, '~g') : format(datum.value, ',d')"
    )


def evidence_kinds(rows: Sequence[Mapping[str, Any]], language: Language = "en") -> Any:
    """How often each kind of evidence speaks, for fake and for genuine. Rows: name, fake, genuine (likes)."""
    sides = {"fake": gettext("speaks for fake", language), "genuine": gettext("speaks for genuine", language)}
    bars = [
        {
            "name": evidence_title(row["name"], language),
            "likes": row[side] * (1 if side == "fake" else -1),
            "side": side_title,
            "tip": f"{evidence_title(row['name'], language)}: {side_title}, {amount(row[side])}",
        }
        for row in rows
        for side, side_title in sides.items()
    ]
    scale = alt.Scale(domain=list(sides.values()), range=[COLOURS["fake"], COLOURS["genuine"]])
    chart = (
        alt.Chart(alt.Data(values=bars))
        .mark_bar(height=16)
        .encode(
            y=alt.Y("name:N", sort=None, title=None),
            x=alt.X(
                "likes:Q",
                title=gettext("likes", language),
                axis=alt.Axis(labelExpr="format(abs(datum.value), ',d')", tickCount=5),
            ),
            color=alt.Color("side:N", scale=scale),
            description="tip:N",
        )
    )
    return themed(chart.properties(width=WIDTH - 80, height=alt.Step(28)))


def timeline(rows: Sequence[Mapping[str, Any]], language: Language = "en") -> Any:
    """Likes of one item over time by part. Rows: start (datetime, UTC), seconds, verdict (a part), likes."""
    bars = [
        {
            "start": int(row["start"].timestamp() * 1000),
            "end": int((row["start"].timestamp() + row["seconds"]) * 1000),
            "likes": row["likes"],
            "order": PARTS.index(row["verdict"]),
            "verdict": _part(row["verdict"], language),
            "tip": f"{_bar(row, language)}: {number(row['likes'])}",
        }
        for row in rows
    ]
    chart = (
        alt.Chart(alt.Data(values=bars))
        .mark_bar()
        .encode(
            x=alt.X(
                "start:T",
                title="UTC",
                bin="binned",
                scale=alt.Scale(type="utc"),
                axis=alt.Axis(grid=False, tickCount=8),
            ),
            x2="end:T",
            y=alt.Y("likes:Q", title=gettext("likes", language)),
            order="order:Q",
            color=alt.Color("verdict:N", scale=alt.Scale(**_scale(language))),
            description="tip:N",
        )
    )
    return themed(chart.properties(width=WIDTH, height=220))
