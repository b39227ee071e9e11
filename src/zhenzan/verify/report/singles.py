"""A like and an account: what the tables know of them, in sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from zhenzan.verify.report.charts import VERDICTS
from zhenzan.verify.report.phrases import burst_words, pick, unknown_words
from zhenzan.verify.report.story import RING_KINDS
from zhenzan.verify.report.subject import Subject, campaign_lines, weights_of
from zhenzan.verify.report.tables import Tables, thresholds
from zhenzan.verify.report.waterfall import Waterfall, waterfall
from zhenzan.verify.report.words import Language, amount, chance, counted, label, period, posterior, when

__all__ = ["account_subject", "like_subject"]


def _fall(like: Mapping[str, Any], summary: Mapping[str, Any]) -> Waterfall:
    """The sum behind one like: exact where the stored single-precision probability is rounded."""
    genuine, fake = thresholds(summary)
    return Waterfall(float(summary["prior_decibans"]), tuple(weights_of(like["evidence"])), fake, genuine)


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


def like_subject(tables: Tables, like: Mapping[str, Any], language: Language) -> Subject:
    """One row of the verdicts."""
    english = language == "en"
    fall = _fall(like, tables.summary)
    ring, moment = _ring_of(tables, like.get("ring")), _moment_of(tables, like)
    account = tables.one("SELECT * FROM accounts WHERE account = ?", [like["account"]])
    shown = label(like["id"], 60) if like.get("id") is not None else f"{like['row']}"
    name = f"like {shown}" if english else f"点赞 {shown}"
    who, what = label(like["account"], 60), label(like["item"], 60)
    at = when(like["timestamp"], language, seconds=True)
    sure, verdict = chance(posterior(fall.posterior)), pick(VERDICTS[like["verdict"]], language)
    prior = chance(posterior(fall.prior))
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
    draw = partial(waterfall, fall, language)
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
    start, sure = when(moment["start"], language), chance(moment["campaign_probability"])
    burst = burst_words(moment, language)
    if language == "en":
        kind = "a campaign" if bought else "a burst that was examined and cleared"
        return f"It falls in {kind}: from {start} the item received {burst}; {sure} likely bought."
    kind = "一次刷量" if bought else "一次经审查后放行的集中点赞"
    return f"它落在{kind}中：自 {start} 起，该作品{burst}；{sure} 可能是买来的。"


def account_subject(tables: Tables, account: Mapping[str, Any], language: Language) -> Subject:
    """One row of the accounts, with the campaigns that its likes fell in."""
    if "recruit_probability" not in account:
        return _settled_subject(tables, account, language)
    english = language == "en"
    shown, recruit = label(account["account"], 60), float(account["recruit_probability"])
    weights = weights_of(account.get("evidence"))
    likes, creators = (
        counted(account["likes"], "like", language),
        counted(account["creators"], "creator", language),
    )
    span, sure = period(account["first"], account["last"], language), chance(recruit)
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
        "SELECT m.* FROM moments m JOIN (SELECT DISTINCT moment FROM verdicts "
        "WHERE account = ? AND moment IS NOT NULL) USING (moment) "
        "WHERE m.campaign_probability >= 0.5 ORDER BY m.start, m.moment",
        [account["account"]],
    )
    closing = campaign_lines(moments, language)
    ring = _ring_of(tables, account.get("ring"))
    closing.append(_ring_words(ring, language))
    closing.append(unknown_words(list(tables.summary.get("missing") or []), language))
    prior = _log_odds(recruit) - sum(weight for _, weight in weights)
    genuine, threshold = thresholds(tables.summary)
    fall = Waterfall(prior, tuple(weights), threshold, genuine)
    facts = {**{key: account[key] for key in account if key != "evidence"}, "campaigns": len(moments)}
    related = {"account": account, "ring": ring}
    name = f"account {shown}" if english else f"账号 {shown}"
    return Subject(
        name, opening, closing, weights, heading, facts, partial(waterfall, fall, language), related
    )


def _settled_subject(tables: Tables, account: Mapping[str, Any], language: Language) -> Subject:
    """An account of which nothing is judged any more."""
    shown, fake = label(account["account"], 60), amount(account["fake_likes"])
    likes, items = counted(account["likes"], "like", language), counted(account["items"], "item", language)
    span = period(account["first"], account["last"], language)
    if language == "en":
        opening = [
            f"Account {shown} gave {likes} to {items} ({span}).",
            f"All of them settled for good, {fake} of them as fake; none is young enough to be judged anew.",
        ]
    else:
        opening = [
            f"账号 {shown} 给 {items}点了 {likes}（{span}）。",
            f"全部已成定论，其中 {fake} 个判为刷赞；没有仍可重新判定的点赞。",
        ]
    genuine, threshold = thresholds(tables.summary)
    fall = Waterfall(float(tables.summary["prior_decibans"]), (), threshold, genuine)
    name = f"account {shown}" if language == "en" else f"账号 {shown}"
    return Subject(name, opening, [], [], "", dict(account), partial(waterfall, fall, language))
