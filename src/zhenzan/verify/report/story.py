"""The story of a ring in sentences: who they are, how they work, and what they did when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhenzan.translation import N_, NC_, gettext
from zhenzan.verify.report.number_text import (
    Language,
    amount,
    chance,
    counted,
    label,
    number,
    percent,
    when,
)
from zhenzan.verify.report.phrases import campaign_words
from zhenzan.verify.report.result_sql import Tables

__all__ = ["RING_KINDS", "ring_campaigns", "ring_story"]

RING_KINDS: Mapping[str, tuple[str, str]] = {
    # kind -> (name, how it works)
    "burst": (
        NC_("kind of ring", "burst"),
        N_("It strikes fast: most of a campaign's likes arrive within minutes."),
    ),
    "drip": (
        N_("slow drip"),
        N_("It works slowly, a few likes at a time, so that no single hour looks unusual."),
    ),
    "pool": (
        NC_("kind of ring", "pool"),
        N_("It is a large pool of which each order draws a few accounts, so that the same two seldom meet."),
    ),
    "throwaway": (
        N_("throwaway accounts"),
        N_("Its accounts are used once or twice and thrown away."),
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
    lines = [
        gettext(
            "Ring {ring} is {accounts} that took part together in {campaigns}, on {items} of {creators}.",
            language,
            ring=ring["ring"],
            accounts=accounts,
            campaigns=campaigns,
            items=items,
            creators=creators,
        ),
        gettext(
            "It was at work from {first} to {last} (UTC) and gave {likes}, {sure} likely fake on average.",
            language,
            first=first,
            last=last,
            likes=likes,
            sure=sure,
        ),
    ]
    if kind:
        lines.append(gettext(kind[1], language))
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
            gettext(
                "On average an account took part in {mean} of the {all_of} campaigns.",
                language,
                mean=mean,
                all_of=all_of,
            )
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
            gettext(
                "The creator it served most is {who}: {likes}, {share} of its work.",
                language,
                who=who,
                likes=likes,
                share=share,
            )
        )
    return lines


def _chronicle(tables: Tables, ring: Mapping[str, Any], language: Language) -> list[str]:
    campaigns = ring_campaigns(tables, ring["ring"], EVENTS_TOLD_MAX)
    if not campaigns:
        return []
    lines = [f"  {campaign_words(moment, language)}" for moment in campaigns]
    rest = ring["moments"] - len(campaigns)
    if rest > 0:
        lines.append("  " + gettext("… and {count} smaller ones.", language, count=amount(rest)))
    return [gettext("What it did, largest campaigns in order of time:", language), *lines]
