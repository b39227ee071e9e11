"""A ring told as a story: who they are, how they work, and what they did when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhenzan.verify.report.phrases import campaign_words
from zhenzan.verify.report.tables import Tables
from zhenzan.verify.report.words import (
    Language,
    amount,
    chance,
    counted,
    label,
    number,
    percent,
    when,
)

__all__ = ["RING_KINDS", "ring_campaigns", "ring_story"]

RING_KINDS: dict[str, tuple[str, str, str, str]] = {
    # kind -> (name, 名称, how it works, 手法)
    "burst": (
        "burst",
        "爆发型",
        "It strikes fast: most of a campaign's likes arrive within minutes.",
        "出手迅猛：一次刷量的多数赞在几分钟内到达。",
    ),
    "drip": (
        "slow drip",
        "滴灌型",
        "It works slowly, a few likes at a time, so that no single hour looks unusual.",
        "细水长流：每次只点几个赞，让任何一小时看起来都不异常。",
    ),
    "pool": (
        "pool",
        "账号池",
        "It is a large pool of which each order draws a few accounts, so that the same two seldom meet.",
        "账号池很大，每单只抽取少数几个，同样的两个账号很少相遇。",
    ),
    "throwaway": (
        "throwaway accounts",
        "一次性账号",
        "Its accounts are used once or twice and thrown away.",
        "账号用一两次就丢弃。",
    ),
}
EVENTS_TOLD_MAX = 8
"""Lines of a ring's timeline: the first, the last, and the largest between."""


def ring_campaigns(tables: Tables, ring: int, limit: int) -> list[dict[str, Any]]:
    """The ring's largest campaigns, in order of time."""
    return tables.query(
        "SELECT * FROM (SELECT * FROM moments WHERE ring = ? AND campaign_probability >= 0.5 "
        'ORDER BY likes DESC, start, moment LIMIT ?) ORDER BY start, "end", moment',
        [ring, limit],
    )


def ring_story(tables: Tables, ring: Mapping[str, Any], language: Language) -> tuple[list[str], list[str]]:
    """Opening sentences and a timeline in words."""
    return _portrait(tables, ring, language), _chronicle(tables, ring, language)


def _portrait(tables: Tables, ring: Mapping[str, Any], language: Language) -> list[str]:
    accounts, campaigns = (
        counted(ring["accounts"], "account", language),
        counted(ring["moments"], "campaign", language),
    )
    items, creators = counted(ring["items"], "item", language), counted(ring["creators"], "creator", language)
    likes, sure = counted(ring["likes"], "like", language), chance(ring["mean_probability"])
    first, last = when(ring["first"], language), when(ring["last"], language)
    kind = RING_KINDS.get(ring["kind"])
    if language == "en":
        lines = [
            f"Ring {ring['ring']} is {accounts} that took part together in {campaigns}, "
            f"on {items} of {creators}.",
            f"It was at work from {first} to {last} (UTC) and gave {likes}, {sure} likely fake on average.",
        ]
    else:
        lines = [
            f"团伙 {ring['ring']} 由 {accounts}组成，共同参与了 {campaigns}，涉及 {creators}的 {items}。",
            f"活动时间为 {first} 至 {last}（UTC），共点了 {likes}，平均 {sure} 可能是刷赞。",
        ]
    if kind:
        lines.append(kind[2] if language == "en" else kind[3])
    return lines + _habits(tables, ring, language)


def _habits(tables: Tables, ring: Mapping[str, Any], language: Language) -> list[str]:
    lines = []
    shared = tables.one(
        "SELECT avg(joined) AS mean FROM (SELECT count(DISTINCT moment) AS joined FROM verdicts "
        "WHERE ring = ? AND moment IS NOT NULL GROUP BY account)",
        [ring["ring"]],
    )
    if shared and shared["mean"] and ring["moments"] > 1:
        mean, all_of = number(round(shared["mean"], 1)), number(ring["moments"])
        lines.append(
            f"On average an account took part in {mean} of the {all_of} campaigns."
            if language == "en"
            else f"平均每个账号参与了 {all_of} 次刷量中的 {mean} 次。"
        )
    customer = tables.one(
        "SELECT i.creator AS creator, count(*) AS likes FROM verdicts v JOIN items i ON v.item = i.item "
        "WHERE v.ring = ? AND v.verdict = 'fake' GROUP BY 1 ORDER BY likes DESC, creator LIMIT 1",
        [ring["ring"]],
    )
    # A favourite is told only where there is one: twice an equal share.
    if customer and ring["creators"] > 1 and customer["likes"] * ring["creators"] >= 2 * ring["likes"]:
        who, likes = label(customer["creator"]), counted(customer["likes"], "like", language)
        share = percent(min(1.0, customer["likes"] / ring["likes"]))
        lines.append(
            f"The creator it served most is {who}: {likes}, {share} of its work."
            if language == "en"
            else f"它服务最多的创作者是 {who}：{likes}，占其全部的 {share}。"
        )
    return lines


def _chronicle(tables: Tables, ring: Mapping[str, Any], language: Language) -> list[str]:
    told = ring_campaigns(tables, ring["ring"], EVENTS_TOLD_MAX)
    if not told:
        return []
    lines = [f"  {campaign_words(moment, language)}" for moment in told]
    rest = ring["moments"] - len(told)
    if language == "en":
        tail = [f"  … and {amount(rest)} smaller ones."] if rest > 0 else []
        return ["What it did, largest campaigns in order of time:", *lines, *tail]
    tail = [f"  ……另有 {amount(rest)} 次较小的。"] if rest > 0 else []
    return ["它做了什么（最大的几次，按时间排列）：", *lines, *tail]
