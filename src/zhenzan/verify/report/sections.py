"""Sections of the report page, as ready-made words and numbers in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zhenzan.translation import Both, both, gettext
from zhenzan.verify.report.facts import Facts
from zhenzan.verify.report.gallery import Pictures
from zhenzan.verify.report.number_text import (
    LANGUAGES,
    Language,
    amount,
    chance,
    counted,
    decibans,
    duration,
    label,
    number,
    percent,
    period,
    posterior,
    when,
)
from zhenzan.verify.report.phrases import ABSENT_COLUMNS, evidence_title
from zhenzan.verify.report.result_sql import Tables, thresholds
from zhenzan.verify.report.story import RING_KINDS, ring_story
from zhenzan.verify.results.verified_counts import PARTS

__all__ = ["context"]


def per_language(say: Callable[[Language], str]) -> Both:
    """The same thing said in both languages."""
    return say("en"), say("zh")


def context(tables: Tables, facts: Facts, pictures: Pictures) -> dict[str, Any]:
    """Everything that the template asks for besides its charts."""
    summary = tables.summary
    genuine, fake = thresholds(summary)
    return {
        "head": _head(facts, summary),
        "genuine_threshold": percent(genuine),
        "fake_threshold": percent(fake),
        "items": [_item(row, facts) for row in facts.items],
        "items_shown": per_language(lambda language: counted(len(facts.items), "item", language)),
        "items_total": per_language(lambda language: counted(facts.items_total, "item", language)),
        "bursts_cleared": per_language(lambda language: counted(facts.cleared_total, "burst", language)),
        "bursts_bought": amount(facts.campaigns_total),
        "cleared": [_burst(row) for row in facts.cleared],
        "ring_rows": [_ring(row) for row in facts.rings],
        "rings_shown": amount(len(facts.rings)),
        "rings_total": per_language(lambda language: counted(facts.rings_total, "ring", language)),
        "story": _story(tables, facts),
        "typical": [(shows, _explanation_lines(pictures, shows)) for shows, _ in facts.typical],
        "evidence": [_evidence(row) for row in facts.evidence],
        "evidence_step": amount(facts.evidence_step),
        "silent": per_language(lambda language: counted(facts.silent, "like", language)),
        "absent": _absent(summary),
        "made": _provenance(facts, summary),
        "timings": _timings(summary),
    }


def _head(facts: Facts, summary: Mapping[str, Any]) -> dict[str, Any]:
    totals, counts = facts.totals, summary.get("counts") or {}
    claimed = max(1, totals.claimed)
    return {
        "claimed": amount(totals.claimed),
        "verified": amount(totals.verified),
        "low": amount(totals.low),
        "high": amount(totals.high),
        "bubble": percent(totals.bubble),
        "large": totals.bubble >= 0.005,
        "parts": [
            (name, likes / claimed, amount(likes), percent(likes / claimed))
            for name, likes in totals.parts.items()
            if likes or name != "idle"
        ],
        "period": per_language(lambda language: period(totals.first, totals.last, language)),
        "repeated": amount(counts.get("repeated", 0)),
        "cancelled": amount(counts.get("cancelled", 0)),
        "idle": amount(totals.parts["idle"]) if totals.parts["idle"] else "",
        "untold": amount(counts["untold"]) if counts.get("untold") else "",
        "uncounted": bool(counts.get("repeated", 0) or counts.get("cancelled", 0)),
        "tiles": [
            ("tile_rings", amount(facts.rings_total), ""),
            ("tile_ring_accounts", amount(facts.ring_accounts), ""),
            ("tile_campaigns", amount(facts.campaigns_total), ""),
            ("tile_cleared", amount(facts.cleared_total), "genuine"),
        ],
    }


def _item(row: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """A table row with its bar: widths in percent of the largest item of the table."""
    largest = max(one["claimed"] for one in facts.items)
    return {
        "item": label(row["item"]),
        "creator": label(row["creator"], 20),
        "claimed": amount(row["claimed"]),
        "verified": amount(row["verified"]),
        "interval": f"{amount(row['verified_low'])} – {amount(row['verified_high'])}",
        "bars": [(name, 100 * row[name] / largest, amount(row[name])) for name in PARTS],
    }


def _burst(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "item": label(row["item"]),
        "start": per_language(lambda language: when(row["start"], language)),
        "within": per_language(lambda language: duration(row["scale_seconds"], language)),
        "received": amount(row["likes"]),
        "expected": number(row["expected_likes"]),
        "suspects": amount(row["suspects"]),
        "chance": chance(row["campaign_probability"]),
    }


def _ring(row: Mapping[str, Any]) -> dict[str, Any]:
    kind = RING_KINDS.get(row["kind"])
    return {
        "ring": row["ring"],
        "kind": both(kind[0]) if kind else (label(row["kind"]),) * 2,
        "accounts": amount(row["accounts"]),
        "campaigns": amount(row["moments"]),
        "creators": amount(row["creators"]),
        "likes": amount(row["likes"]),
        "at_work": per_language(lambda language: period(row["first"], row["last"], language)),
        "chance": chance(row["mean_probability"]),
    }


def _story(tables: Tables, facts: Facts) -> dict[str, Any] | None:
    if not facts.rings:
        return None
    stories = {language: ring_story(tables, facts.rings[0], language) for language in LANGUAGES}
    return {
        "ring": facts.rings[0]["ring"],
        "opening": {language: stories[language][0] for language in LANGUAGES},
        "chronicle": {language: stories[language][1] for language in LANGUAGES},
    }


def _explanation_lines(pictures: Pictures, shows: str) -> dict[Language, list[str]]:
    return {language: pictures.likes[shows][language].text.split("\n") for language in LANGUAGES}


def _evidence(row: Mapping[str, Any]) -> dict[str, Any]:
    def mean(weight: float | None) -> str:
        return "–" if weight is None else decibans(weight)

    return {
        "name": per_language(lambda language: evidence_title(row["name"], language)),
        "fake": amount(row["fake"]),
        "fake_mean": mean(row["fake_decibans"]),
        "genuine": amount(row["genuine"]),
        "genuine_mean": mean(row["genuine_decibans"]),
    }


def _absent(summary: Mapping[str, Any]) -> list[tuple[str, Both, Both]]:
    missing = [column for column in summary.get("missing") or [] if column in ABSENT_COLUMNS]
    return [(column, both(ABSENT_COLUMNS[column][0]), both(ABSENT_COLUMNS[column][1])) for column in missing]


def _provenance(facts: Facts, summary: Mapping[str, Any]) -> list[tuple[str, str | Both]]:
    """Rows of the last table: a key of the texts, and what it is."""
    counts, policy = summary.get("counts") or {}, summary.get("policy") or {}
    genuine, fake = thresholds(summary)
    sources = [label(source, 60) for source in summary.get("sources") or []]
    more = f" +{len(sources) - 5:,}" if len(sources) > 5 else ""
    name = summary.get("policy_version") or policy.get("version") or policy.get("name") or "default"
    rows: list[tuple[str, str | Both]] = [
        ("version", label(summary.get("version", "–"))),
        ("policy", label(name, 60)),
        ("thresholds", per_language(lambda language: _threshold_words(genuine, fake, language))),
        ("prior", f"{chance(posterior(summary['prior_decibans']))} ({decibans(summary['prior_decibans'])})"),
        ("period", per_language(lambda language: period(facts.totals.first, facts.totals.last, language))),
        ("rows", amount(counts.get("rows", 0))),
        ("rejected", amount(counts.get("rejected", 0))),
        ("sources", ", ".join(sources[:5]) + more or "–"),
        ("present", ", ".join(label(column) for column in summary.get("columns") or []) or "–"),
    ]
    return rows


def _threshold_words(genuine: float, fake: float, language: Language) -> str:
    return gettext(
        "genuine up to {genuine}, fake from {fake}", language, genuine=percent(genuine), fake=percent(fake)
    )


def _timings(summary: Mapping[str, Any]) -> list[tuple[str, float, str]]:
    """Stages of the run: name, width in percent of the longest, seconds."""
    spent = {str(name): float(value) for name, value in (summary.get("timings_seconds") or {}).items()}
    longest = max([1e-9, *spent.values()])
    return [(label(name), 100 * value / longest, f"{value:,.2f}") for name, value in spent.items()]
