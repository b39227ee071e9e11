"""Names of outcomes, strategies and sides in both languages, as the lab's reports say them."""

from __future__ import annotations

from zhenzan.lab.bench.model import Experiment
from zhenzan.pages import Both
from zhenzan.translation import both

__all__ = [
    "KINDS",
    "OUTCOMES",
    "SIDES",
    "SOURCES_OF_LIKES",
    "STRATEGIES",
    "arm_title",
    "axis_title",
    "outcome_title",
]

OUTCOMES: dict[str, Both] = {
    "viewer_steps": both("Views"),
    "likes_natural": both("Honest likes"),
    "likes_bought": both("Bought likes"),
    "likes_camouflage": both("Likes by which hired accounts hide"),
    "bought_share": both("Share of likes that is bought"),
    "orders": both("Orders of likes"),
    "orders_tiny": both("Orders of up to 20 likes"),
    "buyer_profit_per_order": both("Buyers: coins an order, pride included"),
    "buyer_profit_money_per_order": both("Buyers: coins an order, money only"),
    "buyer_profit_per_tiny_order": both("Buyers: coins a tiny order"),
    "buyer_profit_per_first_order": both("First-time buyers: coins an order"),
    "buyer_profit_per_repeat_order": both("Repeat buyers: coins an order"),
    "buyer_profit": both("All buyers together, coins"),
    "seller_profit": both("All sellers together, coins"),
    "seller_profit_per_order": both("Sellers: coins an order"),
    "honest_views_share": both("Honest creators: share of the feed"),
    "honest_views_stolen_share": both("Honest creators: exposure stolen"),
    "honest_income": both("Honest creators: income, coins"),
    "honest_loss": both("Honest creators: coins taken wrongly"),
    "quality_watched": both("Viewers: quality of what they watch"),
    "seconds_watched": both("Viewers: seconds watched"),
    "found_share": both("Bought likes that are found"),
    "false_share": both("Honest likes called fake"),
    "false_sanction_share": both("Honest creators punished wrongly"),
    "bubble": both("Bubble: claimed over genuine likes, less 1"),
    "quality_exposure_rank_correlation": both("Does quality get seen? (rank correlation)"),
    "platform_income": both("The platform: income, coins"),
    "cards": both("Cards unlocked"),
    "promotions": both("Orders of honest promotion"),
}

STRATEGIES: dict[str, Both] = {
    "burst": both("burst"),
    "drip": both("drip"),
    "tiny": both("tiny"),
    "crowd": both("crowd"),
    "throwaway": both("throwaway"),
    "mixed": both("mixed"),
}

SOURCES_OF_LIKES: dict[str, Both] = {
    **STRATEGIES,
    "ordinary": both("ordinary life"),
    "heavy": both("heavy users"),
    "viral": both("hits"),
    "surge": both("group chats"),
    "fans": both("fans"),
    "community": both("circles"),
    "storm": both("live rooms"),
    "cohort": both("offices and schools"),
    "newcomer": both("newcomers"),
    "hunter": both("card hunters"),
    "promoted": both("honest promotion"),
}

KINDS: dict[str, Both] = {
    "natural": both("honest"),
    "bought": both("bought"),
    "camouflage": both("camouflage"),
}

SIDES: dict[str, Both] = {
    "buyer": both("buying (pride included)"),
    "buyer_money": both("buying (money only)"),
    "seller": both("selling"),
}


def outcome_title(name: str) -> Both:
    """What an outcome is called."""
    return OUTCOMES.get(name, (name, name))


def arm_title(experiment: Experiment, name: str) -> Both:
    """What an arm is called."""
    arm = experiment.arm(name)
    english = arm.title or name
    return english, arm.title_zh or english


def axis_title(experiment: Experiment) -> Both:
    """What is swept."""
    assert experiment.sweep is not None
    if experiment.sweep.keys[0].startswith("detector.recall"):
        return both("share of bought likes that is found")
    keys = ", ".join(experiment.sweep.keys)
    return keys, keys
