"""Subjects of explanations: what is known of one thing, before its evidence is put into words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhenzan.translation import gettext
from zhenzan.verify.report.number_text import Language
from zhenzan.verify.report.phrases import campaign_words

__all__ = ["CAMPAIGNS_TOLD_MAX", "Subject", "Weights", "campaign_lines", "weights_of"]

Weights = list[tuple[str, float]]
CAMPAIGNS_TOLD_MAX = 5
"""Campaigns told one by one; of more, the number is given."""


@dataclass(frozen=True)
class Subject:
    """An explanation before its evidence is put into words."""

    name: str
    opening: list[str]
    closing: list[str]
    evidence: Weights
    evidence_heading: str
    facts: Mapping[str, Any]
    draw: Callable[[], Any]
    related: Mapping[str, Any] = field(default_factory=dict)


def weights_of(evidence: Any) -> Weights:
    """Evidence of a table's row as pairs of name and decibans."""
    return [(str(one["name"]), float(one["decibans"])) for one in evidence or []]


def campaign_lines(moments: list[dict[str, Any]], language: Language) -> list[str]:
    """The first campaigns of a list, one a line, and how many more there are."""
    if not moments:
        return []
    more = len(moments) - CAMPAIGNS_TOLD_MAX
    lines = [f"  {campaign_words(moment, language)}" for moment in moments[:CAMPAIGNS_TOLD_MAX]]
    if more > 0:
        lines.append("  " + gettext("… and {count} more.", language, count=f"{more:,}"))
    return [gettext("Its campaigns:", language), *lines]
