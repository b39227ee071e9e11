"""What there is to say of a like, an account, an item, a ring: facts gathered by query, put into sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhenzan.verify.report.charts import VERDICTS, Waterfall
from zhenzan.verify.report.phrases import burst_words, campaign_words, pick, unknown_words
from zhenzan.verify.report.story import RING_KINDS, item_drawing, ring_drawing, ring_story
from zhenzan.verify.report.tables import Tables
from zhenzan.verify.report.words import (
    Language,
    amount,
    counted,
    joined,
    label,
    percent,
    period,
    posterior,
    when,
)

__all__ = ["SUBJECTS", "Subject", "like_waterfall"]

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


def _weights(evidence: Any) -> Weights:
    return [(str(one["name"]), float(one["decibans"])) for one in evidence or []]


def _thresholds(summary: Mapping[str, Any]) -> tuple[float, float]:
    policy = (summary.get("policy") or {}).get("verdict") or {}
    return float(policy.get("fake_threshold", 0.9)), float(policy.get("genuine_threshold", 0.5))


def like_waterfall(like: Mapping[str, Any], summary: Mapping[str, Any]) -> Waterfall:
    """The sum behind one like. Its posterior is exact where the stored single-precision probability rounds."""
    return Waterfall(
        float(summary["prior_decibans"]), tuple(_weights(like["evidence"])), *_thresholds(summary)
    )


def _draw_waterfall(fall: Waterfall, language: Language) -> Callable[[], Any]:
    def draw() -> Any:
        from zhenzan.verify.report.charts import waterfall

        return waterfall(fall, language)

    return draw


def _log_odds(probability: float) -> float:
    """Decibans, kept finite where single precision has rounded to 0 or 1."""
    bounded = min(max(probability, 1e-9), 1 - 1e-9)
    return 10 * math.log10(bounded / (1 - bounded))


def _ring_of(tables: Tables, ring: Any) -> dict[str, Any] | None:
    return None if ring is None else tables.one("SELECT * FROM rings WHERE ring = ?", [ring])


def _moment_of(tables: Tables, like: Mapping[str, Any]) -> dict[str, Any] | None:
    """The moment that the verdict names, or the likeliest campaign on record that covers the like."""
    if like.get("moment") is not None:
        return tables.one("SELECT * FROM moments WHERE moment = ?", [like["moment"]])
    return tables.one(
        'SELECT * FROM moments WHERE item = ? AND start <= ? AND "end" >= ? '
        "ORDER BY campaign_probability DESC, likes DESC, moment LIMIT 1",
        [like["item"], like["timestamp"], like["timestamp"]],
    )


def _ring_words(ring: Mapping[str, Any] | None, language: Language) -> str:
    if ring is None:
        return "It belongs to no ring that was found." if language == "en" else "不属于任何已发现的团伙。"
    accounts, campaigns = (
        counted(ring["accounts"], "account", language),
        counted(ring["moments"], "campaign", language),
    )
    creators, span = (
        counted(ring["creators"], "creator", language),
        period(ring["first"], ring["last"], language),
    )
    kind = RING_KINDS.get(ring["kind"])
    if language == "en":
        sort = f" ({kind[0]})" if kind else ""
        return f"It belongs to ring {ring['ring']}{sort}: {accounts}, {campaigns} on {creators}, {span}."
    sort = f"（{kind[1]}）" if kind else ""
    return f"属于团伙 {ring['ring']}{sort}：{accounts}，对 {creators}进行了 {campaigns}，{span}。"


def _like(tables: Tables, like: Mapping[str, Any], language: Language) -> Subject:
    english = language == "en"
    fall = like_waterfall(like, tables.summary)
    ring, moment = _ring_of(tables, like.get("ring")), _moment_of(tables, like)
    account = tables.one("SELECT * FROM accounts WHERE account = ?", [like["account"]])
    shown = label(like["id"], 60) if like.get("id") is not None else f"{like['row']}"
    name = f"like {shown}" if english else f"点赞 {shown}"
    who, what = label(like["account"], 60), label(like["item"], 60)
    at = when(like["timestamp"], language, seconds=True)
    sure, verdict = percent(posterior(fall.posterior)), pick(VERDICTS[like["verdict"]], language)
    prior = percent(posterior(fall.prior))
    if english:
        opening = [
            f"Like {shown}: account {who} liked item {what} on {at} UTC.",
            f"Verdict: {verdict}. The probability that it is fake is {sure}.",
            f"Before any evidence, any like of this log is fake with probability {prior}.",
        ]
        heading = (
            "The evidence:"
            if fall.weights
            else "No evidence speaks for or against it: the prior alone decides."
        )
    else:
        opening = [
            f"点赞 {shown}：账号 {who} 于 {at}（UTC）赞了作品 {what}。",
            f"判定：{verdict}。它是刷赞的概率为 {sure}。",
            f"在看任何证据之前，这份日志中任一个赞是刷赞的概率为 {prior}。",
        ]
        heading = "证据：" if fall.weights else "没有证据支持或反对：只由先验决定。"
    opening.append(_standing_words(like.get("standing"), language))
    closing = [_burst_verdict(moment, like, language), _ring_words(ring, language)]
    closing.append(unknown_words(list(tables.summary.get("missing") or []), language))
    facts = {
        "row": like["row"],
        "id": like.get("id"),
        "account": like["account"],
        "item": like["item"],
        "timestamp": like["timestamp"],
        "verdict": like["verdict"],
        "fake_probability": posterior(fall.posterior),
        "prior_decibans": fall.prior,
        "posterior_decibans": fall.posterior,
        "standing": like.get("standing"),
        "ring": like.get("ring"),
        "moment": moment,
    }
    related = {"moment": moment, "account": account, "ring": ring}
    draw = _draw_waterfall(fall, language)
    return Subject(name, opening, closing, list(fall.weights), heading, facts, draw, related)


def _standing_words(standing: Any, language: Language) -> str:
    if standing == "repeated":
        return (
            "The account had liked this item before: this repetition does not count."
            if language == "en"
            else "该账号此前已赞过此作品：这次重复不计数。"
        )
    if standing == "cancelled":
        return (
            "The like was taken back: it does not count." if language == "en" else "这个赞已被取消：不计数。"
        )
    return ""


def _burst_verdict(moment: Mapping[str, Any] | None, like: Mapping[str, Any], language: Language) -> str:
    if moment is None:
        return ""
    bought = moment["campaign_probability"] >= 0.5
    start, sure = when(moment["start"], language), percent(moment["campaign_probability"])
    burst = burst_words(moment, language)
    if language == "en":
        kind = "a campaign" if bought else "a burst that was examined and cleared"
        return f"It falls in {kind}: from {start} the item received {burst}; {sure} likely bought."
    kind = "一次刷量" if bought else "一次经审查后放行的集中点赞"
    return f"它落在{kind}中：自 {start} 起，该作品{burst}；{sure} 可能是买来的。"


def _account(tables: Tables, account: Mapping[str, Any], language: Language) -> Subject:
    english = language == "en"
    shown, chance = label(account["account"], 60), float(account["recruit_probability"])
    weights = _weights(account.get("evidence"))
    likes, creators = (
        counted(account["likes"], "like", language),
        counted(account["creators"], "creator", language),
    )
    span, sure = period(account["first"], account["last"], language), percent(chance)
    fake, expected = amount(account["fake_likes"]), f"{account['expected_fake']:,.1f}"
    if english:
        opening = [
            f"Account {shown} gave {likes} to {creators} ({span}).",
            f"{fake} of them are called fake; the probabilities add up to {expected}.",
            f"The probability that the account takes part in campaigns is {sure}.",
        ]
        heading = "The evidence:" if weights else ""
    else:
        opening = [
            f"账号 {shown} 给 {creators}点了 {likes}（{span}）。",
            f"其中 {fake} 个判为刷赞；概率之和为 {expected}。",
            f"该账号参与刷量的概率为 {sure}。",
        ]
        heading = "证据：" if weights else ""
    moments = tables.query(
        "SELECT m.* FROM moments m JOIN (SELECT DISTINCT moment FROM verdicts WHERE account = ? AND moment IS NOT NULL) "
        "USING (moment) WHERE m.campaign_probability >= 0.5 ORDER BY m.start, m.moment",
        [account["account"]],
    )
    closing = _campaign_lines(moments, language)
    closing.append(_ring_words(_ring_of(tables, account.get("ring")), language))
    closing.append(unknown_words(list(tables.summary.get("missing") or []), language))
    prior = _log_odds(chance) - sum(weight for _, weight in weights)
    fall = Waterfall(prior, tuple(weights), *_thresholds(tables.summary))
    facts = {**{key: account[key] for key in account if key != "evidence"}, "campaigns": len(moments)}
    ring = _ring_of(tables, account.get("ring"))
    related = {"account": account, "ring": ring}
    name = f"account {shown}" if english else f"账号 {shown}"
    return Subject(name, opening, closing, weights, heading, facts, _draw_waterfall(fall, language), related)


def _campaign_lines(moments: list[dict[str, Any]], language: Language) -> list[str]:
    if not moments:
        return []
    more = len(moments) - CAMPAIGNS_TOLD_MAX
    told = [f"  {campaign_words(moment, language)}" for moment in moments[:CAMPAIGNS_TOLD_MAX]]
    if language == "en":
        tail = [f"  … and {more:,} more."] if more > 0 else []
        return ["Its campaigns:", *told, *tail]
    tail = [f"  ……另有 {more:,} 次。"] if more > 0 else []
    return ["它参与的刷量：", *told, *tail]


def _mean_evidence(tables: Tables, where: str, value: Any) -> Weights:
    """The mean weight of each kind of evidence over the likes called fake, where it speaks."""
    rows = tables.query(
        "SELECT e.name AS name, avg(e.decibans) AS decibans FROM "
        f"(SELECT unnest(evidence) AS e FROM verdicts WHERE {where} = ? AND verdict = 'fake') "
        "GROUP BY 1 ORDER BY count(*) DESC, 1",
        [value],
    )
    return [(str(row["name"]), float(row["decibans"])) for row in rows]


def _item(tables: Tables, item: Mapping[str, Any], language: Language) -> Subject:
    english = language == "en"
    shown, maker = label(item["item"], 60), label(item["creator"], 60)
    claimed, verified = counted(item["claimed"], "like", language), amount(item["verified"])
    low, high = amount(item["verified_low"]), amount(item["verified_high"])
    fake, uncertain = amount(item["fake"]), amount(item["uncertain"])
    weights = _mean_evidence(tables, "item", item["item"])
    moments = tables.query("SELECT * FROM moments WHERE item = ? ORDER BY start, moment", [item["item"]])
    bought = [moment for moment in moments if moment["campaign_probability"] >= 0.5]
    cleared = [moment for moment in moments if moment["campaign_probability"] < 0.5]
    rings = tables.query(
        "SELECT ring, count(*) AS likes FROM verdicts WHERE item = ? AND ring IS NOT NULL AND verdict = 'fake' "
        "GROUP BY 1 ORDER BY likes DESC, ring LIMIT 5",
        [item["item"]],
    )
    if english:
        opening = [
            f"Item {shown} by creator {maker} claims {claimed}; {verified} are verified "
            f"(between {low} and {high} with 95% confidence).",
            f"{fake} are called fake and {uncertain} uncertain.",
        ]
        heading = "What spoke against the likes called fake, on average:" if weights else ""
        told = [f"ring {row['ring']} ({counted(row['likes'], 'like', language)})" for row in rings]
        served = [f"Likes called fake came from {joined(told, language)}."] if rings else []
    else:
        opening = [
            f"创作者 {maker} 的作品 {shown} 声称有 {claimed}；核实 {verified} 个（95% 区间 {low} 至 {high}）。",
            f"{fake} 个判为刷赞，{uncertain} 个存疑。",
        ]
        heading = "指向刷赞的证据（平均）：" if weights else ""
        told = [f"团伙 {row['ring']}（{counted(row['likes'], 'like', language)}）" for row in rings]
        served = [f"刷赞来自{joined(told, language)}。"] if rings else []
    closing = _item_bursts(bought, cleared, language) + served
    closing.append(unknown_words(list(tables.summary.get("missing") or []), language))
    facts = {**item, "campaigns": len(bought), "cleared_bursts": len(cleared), "rings": rings}
    name = f"item {shown}" if english else f"作品 {shown}"
    draw = item_drawing(tables, item, language)
    return Subject(name, opening, closing, weights, heading, facts, draw)


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


def _ring(tables: Tables, ring: Mapping[str, Any], language: Language) -> Subject:
    weights = _mean_evidence(tables, "ring", ring["ring"])
    if language == "en":
        name, heading = f"ring {ring['ring']}", "What spoke against its likes, on average:" if weights else ""
    else:
        name, heading = f"团伙 {ring['ring']}", "指向刷赞的证据（平均）：" if weights else ""
    opening, closing = ring_story(tables, ring, language)
    closing.append(unknown_words(list(tables.summary.get("missing") or []), language))
    return Subject(name, opening, closing, weights, heading, dict(ring), ring_drawing(tables, ring, language))


SUBJECTS: dict[str, Callable[[Tables, Mapping[str, Any], Language], Subject]] = {
    "like": _like,
    "account": _account,
    "item": _item,
    "ring": _ring,
}
