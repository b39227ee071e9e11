"""Titles of outcomes, strategies and sides in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from zhenzan.lab.bench.model import Experiment
from zhenzan.presentation import Both
from zhenzan.translation import N_, both

__all__ = [
    "KINDS",
    "OUTCOMES",
    "SIDES",
    "SOURCES_OF_LIKES",
    "STRATEGIES",
    "arm_title",
    "axis_title",
    "named",
    "outcome_title",
]

OUTCOMES: Mapping[str, str] = {
    "viewer_steps": N_("Views"),
    "likes_natural": N_("Honest likes"),
    "likes_bought": N_("Bought likes"),
    "likes_camouflage": N_("Likes by which hired accounts hide"),
    "bought_share": N_("Share of likes that is bought"),
    "orders": N_("Orders of likes"),
    "orders_tiny": N_("Orders of up to 20 likes"),
    "buyer_profit_per_order": N_("Buyers: coins an order, pride included"),
    "buyer_profit_money_per_order": N_("Buyers: coins an order, money only"),
    "buyer_profit_per_tiny_order": N_("Buyers: coins a tiny order"),
    "buyer_profit_per_first_order": N_("First-time buyers: coins an order"),
    "buyer_profit_per_repeat_order": N_("Repeat buyers: coins an order"),
    "buyer_profit": N_("All buyers together, coins"),
    "seller_profit": N_("All sellers together, coins"),
    "seller_profit_per_order": N_("Sellers: coins an order"),
    "honest_views_share": N_("Honest creators: share of the feed"),
    "honest_views_stolen_share": N_("Honest creators: exposure stolen"),
    "honest_income": N_("Honest creators: income, coins"),
    "honest_loss": N_("Honest creators: coins taken wrongly"),
    "quality_watched": N_("Viewers: quality of what they watch"),
    "seconds_watched": N_("Viewers: seconds watched"),
    "found_share": N_("Bought likes that are found"),
    "false_share": N_("Honest likes called fake"),
    "false_sanction_share": N_("Honest creators punished wrongly"),
    "bubble": N_("Bubble: claimed over genuine likes, less 1"),
    "quality_exposure_rank_correlation": N_("Does quality get seen? (rank correlation)"),
    "platform_income": N_("The platform: income, coins"),
    "cards": N_("Cards unlocked"),
    "promotions": N_("Orders of honest promotion"),
    "promotions_refused": N_("Promotion refused: not feasible"),
    "likes_buyers": N_("Creators who bought likes"),
    "promotion_buyers": N_("Creators who ordered promotion"),
    "promotion_only_share": N_("Buyers with promotion and no bought likes"),
    "promotion_only_small_share": N_("… with a small budget"),
    "promotion_only_large_share": N_("… with a large budget"),
    "promotion_only_proud_share": N_("… led by pride"),
    "promotion_only_fee_share": N_("… led by fees"),
    "promotion_done_share": N_("Promotion orders delivered in full"),
    "promotion_void_share": N_("Promoted likes that were void"),
    "promotion_views_per_like": N_("Promoted views for each billed like"),
    "promotion_billed": N_("Promotion billed, coins"),
    "promotion_refunded": N_("Promotion refunded, coins"),
}

STRATEGIES: Mapping[str, str] = {
    "burst": N_("burst"),
    "drip": N_("drip"),
    "tiny": N_("tiny"),
    "crowd": N_("crowd"),
    "throwaway": N_("throwaway"),
    "mixed": N_("mixed"),
}

SOURCES_OF_LIKES: Mapping[str, str] = {
    **STRATEGIES,
    "ordinary": N_("ordinary life"),
    "heavy": N_("heavy users"),
    "viral": N_("hits"),
    "surge": N_("group chats"),
    "fans": N_("fans"),
    "community": N_("circles"),
    "storm": N_("live rooms"),
    "cohort": N_("offices and schools"),
    "newcomer": N_("newcomers"),
    "hunter": N_("card hunters"),
    "promoted": N_("honest promotion"),
}

KINDS: Mapping[str, str] = {
    "natural": N_("honest"),
    "bought": N_("bought"),
    "camouflage": N_("camouflage"),
}

SIDES: Mapping[str, str] = {
    "buyer": N_("buying (pride included)"),
    "buyer_money": N_("buying (money only)"),
    "seller": N_("selling"),
}


def outcome_title(name: str) -> Both:
    """Title of an outcome."""
    return named(OUTCOMES, name)


def named(titles: Mapping[str, str], name: str) -> Both:
    """Title of a name in a table; the name itself where the table does not know it."""
    return both(titles.get(name, name))


def arm_title(experiment: Experiment, name: str) -> Both:
    """Title of an arm."""
    arm = experiment.arm(name)
    english = arm.title or name
    return english, arm.title_zh or english


def axis_title(experiment: Experiment) -> Both:
    """Title of the swept key."""
    assert experiment.sweep is not None
    if experiment.sweep.keys[0].startswith("detector.recall"):
        return both("share of bought likes that is found")
    keys = ", ".join(experiment.sweep.keys)
    return keys, keys
