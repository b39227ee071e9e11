"""Explanations of an item and of a ring, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhenzan.presentation import COUNTS
from zhenzan.translation import N_, gettext
from zhenzan.verify.report.drawings import item_drawing, ring_drawing
from zhenzan.verify.report.number_text import Language, amount, counted, joined, label
from zhenzan.verify.report.phrases import campaign_words, unknown_words
from zhenzan.verify.report.result_sql import Tables
from zhenzan.verify.report.story import ring_story
from zhenzan.verify.report.subject import CAMPAIGNS_TOLD_MAX, Subject, Weights
from zhenzan.verify.results.verified_counts import PARTS

__all__ = ["item_subject", "ring_subject"]


def _mean_evidence(tables: Tables, where: str, value: Any) -> Weights:
    """The mean weight of each kind of evidence over the likes called fake, where it speaks."""
    rows = tables.query(
        "SELECT e.name AS name, avg(e.decibans) AS decibans FROM "
        f"(SELECT unnest(evidence) AS e FROM verdicts WHERE {where} = ? AND verdict = 'fake') "
        "GROUP BY 1 ORDER BY count(*) DESC, 1",
        [value],
    )
    return [(str(row["name"]), float(row["decibans"])) for row in rows]


def item_subject(tables: Tables, item: Mapping[str, Any], language: Language) -> Subject:
    """One row of the items, with the campaigns on it and the rings that served it."""
    shown, maker = label(item["item"], 60), label(item["creator"], 60)
    claimed, verified = counted(item["claimed"], "like", language), amount(item["verified"])
    low, high = amount(item["verified_low"]), amount(item["verified_high"])
    parts = [
        gettext("{likes} {part}", language, likes=amount(item[part]), part=gettext(COUNTS[part], language))
        for part in PARTS
    ]
    weights = _mean_evidence(tables, "item", item["item"])
    moments = tables.query("SELECT * FROM moments WHERE item = ? ORDER BY start, moment", [item["item"]])
    bought = [moment for moment in moments if moment["campaign_probability"] >= 0.5]
    cleared = [moment for moment in moments if moment["campaign_probability"] < 0.5]
    rings = tables.query(
        "SELECT ring, count(*) AS likes FROM verdicts "
        "WHERE item = ? AND ring IS NOT NULL AND verdict = 'fake' GROUP BY 1 "
        "ORDER BY likes DESC, ring LIMIT 5",
        [item["item"]],
    )
    opening = [
        gettext(
            "Item {shown} by creator {maker} claims {claimed}; {verified} are verified (between {low} and"
            " {high} with 95 % confidence).",
            language,
            shown=shown,
            maker=maker,
            claimed=claimed,
            verified=verified,
            low=low,
            high=high,
        ),
        gettext("By verdict, of the claimed likes: {parts}.", language, parts=joined(parts, language)),
    ]
    heading = gettext("What spoke against the likes called fake, on average:", language) if weights else ""
    closing = _untold_words(item, language) + _item_bursts(bought, cleared, language)
    if rings:
        ring_phrases = joined([_ring_served(row, language) for row in rings], language)
        closing.append(gettext("Likes called fake came from {rings}.", language, rings=ring_phrases))
    closing.append(unknown_words(list(tables.summary.get("missing") or []), language))
    facts = {**item, "campaigns": len(bought), "cleared_bursts": len(cleared), "rings": rings}
    name = gettext("item {shown}", language, shown=shown)
    draw = item_drawing(tables, item, language)
    return Subject(name, opening, closing, weights, heading, facts, draw)


def _untold_words(item: Mapping[str, Any], language: Language) -> list[str]:
    """That the likes over the item's own pace can be compared with nothing; results of before lack the
    number.
    """
    if round(item.get("untold") or 0) == 0:
        return []
    return [
        gettext(
            "Whether {likes} over its own pace were bought cannot be told from one item: its accounts are"
            " hardly seen elsewhere. The interval holds both answers.",
            language,
            likes=counted(round(item["untold"]), "like", language),
        )
    ]


def _ring_served(row: Mapping[str, Any], language: Language) -> str:
    likes = counted(row["likes"], "like", language)
    return gettext("ring {ring} ({likes})", language, ring=row["ring"], likes=likes)


def _item_bursts(
    bought: list[dict[str, Any]], cleared: list[dict[str, Any]], language: Language
) -> list[str]:
    lines = []
    for moments, heading in (
        (bought, N_("Campaigns on it:")),
        (cleared, N_("Bursts that were examined and cleared:")),
    ):
        if moments:
            lines.append(gettext(heading, language))
            largest = sorted(moments, key=lambda moment: -moment["likes"])[:CAMPAIGNS_TOLD_MAX]
            lines += [f"  {campaign_words(one, language, item=False)}" for one in largest]
    return lines


def ring_subject(tables: Tables, ring: Mapping[str, Any], language: Language) -> Subject:
    """One row of the rings, told as a story."""
    weights = _mean_evidence(tables, "ring", ring["ring"])
    name = gettext("ring {ring}", language, ring=ring["ring"])
    heading = gettext("What spoke against its likes, on average:", language) if weights else ""
    opening, closing = ring_story(tables, ring, language)
    closing.append(unknown_words(list(tables.summary.get("missing") or []), language))
    return Subject(name, opening, closing, weights, heading, dict(ring), ring_drawing(tables, ring, language))
