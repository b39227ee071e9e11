"""Explanations of a like and of an account, in sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from zhenzan.translation import N_, gettext
from zhenzan.verify.report.charts import VERDICTS
from zhenzan.verify.report.number_text import (
    Language,
    amount,
    chance,
    counted,
    label,
    period,
    posterior,
    when,
)
from zhenzan.verify.report.phrases import burst_words, unknown_words
from zhenzan.verify.report.result_sql import Tables, thresholds
from zhenzan.verify.report.story import RING_KINDS
from zhenzan.verify.report.subject import Subject, campaign_lines, weights_of
from zhenzan.verify.report.waterfall import Waterfall, waterfall

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
        return gettext("It belongs to no ring that was found.", language)
    accounts, campaigns = (
        counted(ring["accounts"], "account", language),
        counted(ring["moments"], "campaign", language),
    )
    creators, span = (
        counted(ring["creators"], "creator", language),
        period(ring["first"], ring["last"], language),
    )
    kind = RING_KINDS.get(ring["kind"])
    sort = gettext(" ({kind})", language, kind=gettext(kind[0], language)) if kind else ""
    return gettext(
        "It belongs to ring {ring}{kind}: {accounts}, {campaigns} on {creators}, {span}.",
        language,
        ring=ring["ring"],
        kind=sort,
        accounts=accounts,
        campaigns=campaigns,
        creators=creators,
        span=span,
    )


def like_subject(tables: Tables, like: Mapping[str, Any], language: Language) -> Subject:
    """One row of the verdicts."""
    fall = _fall(like, tables.summary)
    ring, moment = _ring_of(tables, like.get("ring")), _moment_of(tables, like)
    account = tables.one("SELECT * FROM accounts WHERE account = ?", [like["account"]])
    shown = label(like["id"], 60) if like.get("id") is not None else f"{like['row']}"
    name = gettext("like {shown}", language, shown=shown)
    who, what = label(like["account"], 60), label(like["item"], 60)
    at = when(like["timestamp"], language, seconds=True)
    verdict = VERDICTS[like["verdict"]]
    sure, verdict = chance(posterior(fall.posterior)), gettext(verdict, language)
    prior = chance(posterior(fall.prior))
    opening = [
        gettext(
            "Like {shown}: account {who} liked item {what} on {at} UTC.",
            language, shown=shown, who=who, what=what, at=at,
        ),
        gettext(
            "Verdict: {verdict}. The probability that it is fake is {sure}.",
            language, verdict=verdict, sure=sure,
        ),
        gettext(
            "Before any evidence, any like of this log is fake with probability {prior}.",
            language, prior=prior,
        ),
    ]  # fmt: skip
    heading = gettext(
        N_("The evidence:")
        if fall.weights
        else N_("No evidence speaks for or against it: the prior alone decides."),
        language,
    )
    opening.append(_standing_words(like.get("standing"), language))
    closing = [_burst_verdict(moment, language), _ring_words(ring, language)]
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
        return gettext("The account had liked this item before: this repetition does not count.", language)
    if standing == "cancelled":
        return gettext("The like was cancelled: it does not count.", language)
    return ""


def _burst_verdict(moment: Mapping[str, Any] | None, language: Language) -> str:
    if moment is None:
        return ""
    bought = moment["campaign_probability"] >= 0.5
    start, sure = when(moment["start"], language), chance(moment["campaign_probability"])
    burst = burst_words(moment, language)
    kind = gettext(N_("a campaign") if bought else N_("a burst that was examined and cleared"), language)
    return gettext(
        "It falls in {kind}: from {start} the item received {burst}; {sure} likely bought.",
        language,
        kind=kind,
        start=start,
        burst=burst,
        sure=sure,
    )


def account_subject(tables: Tables, account: Mapping[str, Any], language: Language) -> Subject:
    """One row of the accounts, with the campaigns that its likes fell in."""
    if "recruit_probability" not in account:
        return _settled_subject(tables, account, language)
    shown, recruit = label(account["account"], 60), float(account["recruit_probability"])
    weights = weights_of(account.get("evidence"))
    likes, creators = (
        counted(account["likes"], "like", language),
        counted(account["creators"], "creator", language),
    )
    span, sure = period(account["first"], account["last"], language), chance(recruit)
    fake, expected = amount(account["fake_likes"]), f"{account['expected_fake']:,.1f}"
    opening = [
        gettext(
            "Account {shown} gave {likes} to {others} ({span}).",
            language, shown=shown, likes=likes, others=creators, span=span,
        ),
        gettext(
            "{fake} of them are called fake; the probabilities add up to {expected}.",
            language, fake=fake, expected=expected,
        ),
        gettext("The probability that the account takes part in campaigns is {sure}.", language, sure=sure),
    ]  # fmt: skip
    heading = gettext("The evidence:", language) if weights else ""
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
    name = gettext("account {shown}", language, shown=shown)
    return Subject(
        name, opening, closing, weights, heading, facts, partial(waterfall, fall, language), related
    )


def _settled_subject(tables: Tables, account: Mapping[str, Any], language: Language) -> Subject:
    """An account of which nothing is judged any more."""
    shown, fake = label(account["account"], 60), amount(account["fake_likes"])
    likes, items = counted(account["likes"], "like", language), counted(account["items"], "item", language)
    span = period(account["first"], account["last"], language)
    opening = [
        gettext(
            "Account {shown} gave {likes} to {others} ({span}).",
            language,
            shown=shown,
            likes=likes,
            others=items,
            span=span,
        ),
        gettext(
            "The verdicts on all of them are final, {fake} of them as fake; none is judged again.",
            language,
            fake=fake,
        ),
    ]
    genuine, threshold = thresholds(tables.summary)
    fall = Waterfall(float(tables.summary["prior_decibans"]), (), threshold, genuine)
    name = gettext("account {shown}", language, shown=shown)
    return Subject(name, opening, [], [], "", dict(account), partial(waterfall, fall, language))
