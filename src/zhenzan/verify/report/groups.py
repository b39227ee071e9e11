"""An item and a ring: what the tables know of them, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhenzan.pages import COUNTS
from zhenzan.verify.report.drawings import item_drawing, ring_drawing
from zhenzan.verify.report.phrases import campaign_words, unknown_words
from zhenzan.verify.report.story import ring_story
from zhenzan.verify.report.subject import CAMPAIGNS_TOLD_MAX, Subject, Weights
from zhenzan.verify.report.tables import Tables
from zhenzan.verify.report.words import Language, amount, counted, joined, label
from zhenzan.verify.results.verified import PARTS

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
    english = language == "en"
    shown, maker = label(item["item"], 60), label(item["creator"], 60)
    claimed, verified = counted(item["claimed"], "like", language), amount(item["verified"])
    low, high = amount(item["verified_low"]), amount(item["verified_high"])
    form = "{1} {0[0]}" if english else "{0[1]} {1}"
    parts = [form.format(COUNTS[part], amount(item[part])) for part in PARTS]
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
    if english:
        opening = [
            f"Item {shown} by creator {maker} claims {claimed}; {verified} are verified "
            f"(between {low} and {high} with 95 % confidence).",
            f"By verdict, of the claimed likes: {joined(parts, language)}.",
        ]
        heading = "What spoke against the likes called fake, on average:" if weights else ""
        told = [f"ring {row['ring']} ({counted(row['likes'], 'like', language)})" for row in rings]
        served = [f"Likes called fake came from {joined(told, language)}."] if rings else []
    else:
        opening = [
            f"创作者 {maker} 的作品 {shown} 声称有 {claimed}；"
            f"核实 {verified} 个（95 % 区间 {low} 至 {high}）。",
            f"声称的赞中：{joined(parts, language)}。",
        ]
        heading = "指向刷赞的证据（平均）：" if weights else ""
        told = [f"团伙 {row['ring']}（{counted(row['likes'], 'like', language)}）" for row in rings]
        served = [f"刷赞来自{joined(told, language)}。"] if rings else []
    closing = _untold_words(item, language) + _item_bursts(bought, cleared, language) + served
    closing.append(unknown_words(list(tables.summary.get("missing") or []), language))
    facts = {**item, "campaigns": len(bought), "cleared_bursts": len(cleared), "rings": rings}
    name = f"item {shown}" if english else f"作品 {shown}"
    draw = item_drawing(tables, item, language)
    return Subject(name, opening, closing, weights, heading, facts, draw)


def _untold_words(item: Mapping[str, Any], language: Language) -> list[str]:
    """That the likes over the item's own pace can be compared with nothing; results of before lack the
    number.
    """
    if round(item.get("untold") or 0) == 0:
        return []
    likes = counted(round(item["untold"]), "like", language)
    if language == "en":
        return [
            f"Whether {likes} over its own pace were bought cannot be told from one item: its accounts are "
            "hardly seen elsewhere. The interval holds both answers."
        ]
    return [
        f"超出其自身节奏的 {likes}是否买来，仅凭一个作品无法判断：它的账号在别处几乎没有出现过。"
        "区间包含两种可能。"
    ]


def _item_bursts(
    bought: list[dict[str, Any]], cleared: list[dict[str, Any]], language: Language
) -> list[str]:
    lines = []
    for moments, english, chinese in (
        (bought, "Campaigns on it:", "对它的刷量："),
        (cleared, "Bursts that were examined and cleared:", "经审查后放行的集中点赞："),
    ):
        if moments:
            lines.append(english if language == "en" else chinese)
            largest = sorted(moments, key=lambda moment: -moment["likes"])[:CAMPAIGNS_TOLD_MAX]
            lines += [f"  {campaign_words(one, language, item=False)}" for one in largest]
    return lines


def ring_subject(tables: Tables, ring: Mapping[str, Any], language: Language) -> Subject:
    """One row of the rings, told as a story."""
    weights = _mean_evidence(tables, "ring", ring["ring"])
    if language == "en":
        name, heading = f"ring {ring['ring']}", "What spoke against its likes, on average:" if weights else ""
    else:
        name, heading = f"团伙 {ring['ring']}", "指向刷赞的证据（平均）：" if weights else ""
    opening, closing = ring_story(tables, ring, language)
    closing.append(unknown_words(list(tables.summary.get("missing") or []), language))
    return Subject(name, opening, closing, weights, heading, dict(ring), ring_drawing(tables, ring, language))
