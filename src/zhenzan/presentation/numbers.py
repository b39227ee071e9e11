"""Percentages as every page, report and command writes them, and what the likes of a count are called."""

from __future__ import annotations

import math
from collections.abc import Mapping

from zhenzan.translation import N_

__all__ = ["COUNTS", "chance", "percent"]

SMALLEST = 0.001  # what is less, and not nothing, is written as less

COUNTS: Mapping[str, str] = {
    "claimed": N_("claimed"),
    "verified": N_("verified"),
    "genuine": N_("called genuine"),
    "uncertain": N_("uncertain"),
    "fake": N_("called fake"),
    "idle": N_("by hired accounts"),
}
"""Of likes that count: how many are claimed; how many of them are expected to be genuine (verified); and the
parts that the verdicts make of them, which add up to the claimed.
"""


def percent(share: float) -> str:
    """A share of a count: `17.3 %`; `0 %` and `100 %` where it is nothing and all."""
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    return chance(share)


def chance(probability: float) -> str:
    """A probability: `17.3 %`, `< 0.1 %`, `> 99.9 %`; nothing is sure. `–` where it is no number."""
    if not math.isfinite(probability):
        return "–"
    if probability < SMALLEST:
        return f"< {SMALLEST:.1%}".replace("%", " %")
    if probability > 1 - SMALLEST:
        return f"> {1 - SMALLEST:.1%}".replace("%", " %")
    return f"{100 * probability:.1f} %"
