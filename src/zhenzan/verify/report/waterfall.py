"""The waterfall of one probability: from the prior, evidence by evidence, to the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from zhenzan.presentation import COLOURS, themed
from zhenzan.translation import N_, gettext
from zhenzan.verify.report.number_text import (
    Language,
    chance,
    decibans,
    likelier,
    percent,
    posterior,
    unique_labels,
)
from zhenzan.verify.report.phrases import evidence_title

__all__ = ["Waterfall", "waterfall"]

WIDTH = 440
"""Width of the plot in pixels, without the names on its left."""

EVIDENCE_SHOWN_MAX = 12
"""Bars of a waterfall; weaker evidence is drawn as one bar, so that the sum still shows."""


@dataclass(frozen=True)
class Waterfall:
    """How one probability came about: `prior + sum(weights) = posterior`, all in decibans."""

    prior: float
    weights: tuple[tuple[str, float], ...]
    fake_threshold: float = 0.9
    genuine_threshold: float = 0.5

    @property
    def posterior(self) -> float:
        """The log-odds that the evidence adds up to."""
        return self.prior + sum(weight for _, weight in self.weights)

    @property
    def verdict(self) -> str:
        """The verdict that the thresholds give it."""
        probability = posterior(self.posterior)
        if probability >= self.fake_threshold:
            return "fake"
        return "genuine" if probability <= self.genuine_threshold else "uncertain"


def _steps(fall: Waterfall, language: Language) -> list[dict[str, Any]]:
    """Rows of a waterfall: each bar's ends in decibans, its label and colour."""
    ranked = sorted(fall.weights, key=lambda pair: -abs(pair[1]))
    shown = ranked[:EVIDENCE_SHOWN_MAX]
    rest = sum(weight for _, weight in ranked[EVIDENCE_SHOWN_MAX:])
    bars = [(evidence_title(name, language), weight) for name, weight in shown]
    if len(ranked) > len(shown):
        bars.append((gettext("Everything else", language), rest))
    rows = []
    level = 0.0
    prior = (gettext("Before any evidence", language), fall.prior, COLOURS["muted"], "")
    after = (gettext("Verdict", language), fall.posterior, COLOURS[fall.verdict], "")
    parts = [
        (name, weight, COLOURS["fake" if weight >= 0 else "genuine"], likelier(weight, language))
        for name, weight in bars
    ]
    names = unique_labels([row[0] for row in (prior, *parts, after)], 44)
    for position, (name, (_, weight, colour, meaning)) in enumerate(
        zip(names, (prior, *parts, after), strict=True)
    ):
        total = position in (0, len(names) - 1)
        start = 0.0 if total else level
        level = weight if total else level + weight
        rows.append(
            {
                "name": name,
                "order": position,
                "start": start,
                "end": level,
                "colour": colour,
                "text": f"{chance(posterior(level))}" if total else decibans(weight),
                "tip": f"{name}: {decibans(weight)}" + (f" ({meaning})" if meaning else ""),
                "right": max(start, level),
            }
        )
    return rows


def waterfall(fall: Waterfall, language: Language = "en") -> Any:
    """From prior to posterior, one bar per evidence; decibans below, with the probability they stand for."""
    rows = _steps(fall, language)
    low, high = _nice_range([row[key] for row in rows for key in ("start", "end")])
    spoken = {tick: f"{tick:+d} dB|{chance(posterior(tick))}".replace("-", "−") for tick in _ticks(low, high)}
    spoken = {tick: text.replace("+0", "0") for tick, text in spoken.items()}
    lookup = "{" + ",".join(f"'{tick}':'{text}'" for tick, text in spoken.items()) + "}"
    title = gettext("log-odds of fake, in decibans (dB), and the probability", language)
    base = alt.Chart(alt.Data(values=rows)).encode(y=alt.Y("name:N", sort=None, title=None))
    axis = alt.Axis(values=list(spoken), labelExpr=f"split({lookup}[datum.value], '|')")
    bars = base.mark_bar(height=18, cornerRadius=2).encode(
        x=alt.X("start:Q", title=title, axis=axis, scale=alt.Scale(domain=[low, high], nice=False)),
        x2="end:Q",
        color=alt.Color("colour:N", scale=None),
        description="tip:N",
    )
    texts = base.mark_text(align="left", dx=6).encode(x="right:Q", text="text:N")
    lines, *names = _thresholds(fall, low, high, language)
    return themed(alt.layer(lines, bars, texts, *names).properties(width=WIDTH, height=alt.Step(30)))


def _ticks(low: float, high: float) -> list[int]:
    step = 10 if high - low <= 90 else 20 if high - low <= 180 else 50
    return [tick for tick in range(-400, 401, step) if low <= tick <= high]


def _nice_range(ends: Sequence[float]) -> tuple[float, float]:
    """The axis always holds -10..+10 dB, and room on the right for a label."""
    low, high = min(-12.0, *ends), max(12.0, *ends)
    span = high - low
    return low - 0.03 * span, high + 0.17 * span


def _thresholds(fall: Waterfall, low: float, high: float, language: Language) -> list[Any]:
    """Even odds as a line; the policy's thresholds as dashed lines with their names above."""
    rows: list[dict[str, Any]] = [{"at": 0.0, "dash": False, "name": "", "side": ""}]
    for share, name, side in (
        (fall.genuine_threshold, N_("genuine up to {share}"), "right"),
        (fall.fake_threshold, N_("fake from {share}"), "left"),
    ):
        at = 10 * math.log10(share / (1 - share)) if 0 < share < 1 else math.inf
        if low < at < high:
            rows.append(
                {"at": at, "dash": True, "name": gettext(name, language, share=percent(share)), "side": side}
            )
    base = alt.Chart(alt.Data(values=rows)).encode(x="at:Q")
    lines = base.mark_rule(color=COLOURS["muted"], strokeWidth=1).encode(
        strokeDash=alt.condition("datum.dash", alt.value([3, 3]), alt.value([1, 0]))
    )
    names = [
        base.transform_filter(f"datum.side == '{side}'")
        .mark_text(fontSize=11, color=COLOURS["muted"], align=side, dx=-4 if side == "right" else 4)
        .encode(y=alt.value(-9), text="name:N")
        for side in ("left", "right")
    ]
    return [lines, *names]
