"""A scenario's policy in words: the detector, sanctions, ranking and honest promotion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zhenzan.lab.reports.layout import CLAUSES, coins, joined, share
from zhenzan.lab.scenario import Sanctions, Scenario
from zhenzan.presentation import Both
from zhenzan.translation import N_, both, nboth

__all__ = ["policy_in_words"]

RANKERS: Mapping[str, str] = {
    "raw": N_("The feed ranks by raw likes."),
    "depth": N_("The feed ranks by likes weighted by how much was watched."),
    "verified": N_("The feed ranks by likes that are settled: pending and void ones move nothing."),
}


def policy_in_words(scenario: Scenario) -> Sequence[Both]:
    """The detector, what follows for creators, accounts and sellers, the ranking, honest promotion."""
    sentences = [_detector(scenario), _penalties(scenario.sanctions), both(RANKERS[scenario.feed.ranker])]
    if scenario.promotion.offered:
        price = coins(scenario.promotion.tier_prices[0], signed=False)
        sentences.append(
            both(
                "Honest promotion is offered: {price} coins for a like by real people that settles.",
                price=price,
            )
        )
    return sentences


def _detector(scenario: Scenario) -> Both:
    about = scenario.detector
    if about.kind == "none":
        return both("Nobody looks for bought likes.")
    if about.kind == "verify":
        return nboth(
            "Zhenzan's own verification, default policy, judges the likes every day.",
            "Zhenzan's own verification, default policy, judges the likes every {days} days.",
            about.every_days,
            days=about.every_days,
        )
    hours = f"{about.delay_hours:g}"
    if about.kind == "perfect":
        return both("Every bought like is found, {hours} hours later.", hours=hours)
    small = "", ""
    if about.recall_small != about.recall:
        recall_text, size = share(about.recall_small), f"{about.small_order:,}"
        small = both(", but {found} in orders of up to {size}", found=recall_text, size=size)
    wrong, recall = share(about.false_share), share(about.recall)
    return both(
        "{recall} of bought likes are found{small}, {hours} hours later; {wrong} of honest "
        "likes are called fake by mistake.",
        recall=recall,
        small=small,
        hours=hours,
        wrong=wrong,
    )


def _penalties(about: Sanctions) -> Both:
    """What follows when likes are found, as one sentence."""
    penalties: list[Both] = [
        both("found likes are voided") if about.void else both("found likes go on counting")
    ]
    if about.downrank < 1:
        penalties.append(
            both(
                "the creator is shown {downrank} as often{downrank_from}",
                downrank=share(about.downrank),
                downrank_from=_from(about.downrank_from),
            )
        )
    if about.freeze_days:
        penalties.append(
            both(
                "income is frozen for {freeze_days} days{freeze_from}",
                freeze_days=f"{about.freeze_days:g}",
                freeze_from=_from(about.freeze_from),
            )
        )
    if about.fine_per_like:
        fine = coins(about.fine_per_like, signed=False)
        penalties.append(
            both(
                "the creator pays {fine} coins for each{fine_from}",
                fine=fine,
                fine_from=_from(about.fine_from),
            )
        )
    if about.repeat_factor > 1 and (about.fine_per_like or about.freeze_days):
        penalties.append(
            both(
                "each further strike multiplies that by {repeat_factor}",
                repeat_factor=f"{about.repeat_factor:g}",
            )
        )
    if about.ban_from:
        penalties.append(both("strike {ban_from} is a ban", ban_from=about.ban_from))
    if about.account_ban_likes:
        penalties.append(
            both(
                "an account is closed at {account_ban_likes} found likes",
                account_ban_likes=about.account_ban_likes,
            )
        )
    if about.seller_fine_per_like:
        fine = coins(about.seller_fine_per_like, signed=False)
        back = share(about.restitution)
        penalties.append(
            both("the seller pays {fine} coins for each, {back} of it to the buyer", fine=fine, back=back)
        )
    english, chinese = joined(CLAUSES, penalties)
    return both(
        "{penalties}. A strike is {likes} found likes in a day.",
        penalties=(english[0].upper() + english[1:], chinese),
        likes=about.strike_likes,
    )


def _from(strike: int) -> Both:
    return ("", "") if strike <= 1 else both(" from strike {strike} on", strike=strike)
