"""Names of outcomes, strategies and sides in both languages, as the lab's reports say them."""

from __future__ import annotations

from zhenzan.lab.bench.model import Experiment
from zhenzan.pages import Both

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
    "viewer_steps": ("Views", "观看次数"),
    "likes_natural": ("Honest likes", "自然点赞"),
    "likes_bought": ("Bought likes", "买来的赞"),
    "likes_camouflage": ("Likes by which hired accounts hide", "掩护用的赞"),
    "bought_share": ("Share of likes that is bought", "买赞占比"),
    "orders": ("Orders of likes", "买赞订单"),
    "orders_tiny": ("Orders of up to 20 likes", "二十赞以内的订单"),
    "buyer_profit_per_order": ("Buyers: coins an order, pride included", "买家：每单盈亏（币，含面子）"),
    "buyer_profit_money_per_order": ("Buyers: coins an order, money only", "买家：每单盈亏（币，只算钱）"),
    "buyer_profit_per_tiny_order": ("Buyers: coins a tiny order", "买家：每个小单盈亏（币）"),
    "buyer_profit_per_first_order": ("First-time buyers: coins an order", "初次买家：每单盈亏（币）"),
    "buyer_profit_per_repeat_order": ("Repeat buyers: coins an order", "再犯买家：每单盈亏（币）"),
    "buyer_profit": ("All buyers together, coins", "全体买家盈亏（币）"),
    "seller_profit": ("All sellers together, coins", "全体卖家盈亏（币）"),
    "seller_profit_per_order": ("Sellers: coins an order", "卖家：每单盈亏（币）"),
    "honest_views_share": ("Honest creators: share of the feed", "诚实创作者：曝光占比"),
    "honest_views_stolen_share": ("Honest creators: exposure stolen", "诚实创作者：被夺走的曝光"),
    "honest_income": ("Honest creators: income, coins", "诚实创作者：收入（币）"),
    "honest_loss": ("Honest creators: coins taken wrongly", "诚实创作者：被误罚的币"),
    "quality_watched": ("Viewers: quality of what they watch", "观众：所看内容的质量"),
    "seconds_watched": ("Viewers: seconds watched", "观众：观看秒数"),
    "found_share": ("Bought likes that are found", "买赞被查出的比例"),
    "false_share": ("Honest likes called fake", "自然点赞被误判的比例"),
    "false_sanction_share": ("Honest creators punished wrongly", "被误罚的诚实创作者"),
    "bubble": ("Bubble: claimed over genuine likes, less 1", "泡沫：声称的赞比真赞多出的份额"),
    "quality_exposure_rank_correlation": (
        "Does quality get seen? (rank correlation)",
        "好内容是否被看到（秩相关）",
    ),
    "platform_income": ("The platform: income, coins", "平台收入（币）"),
    "cards": ("Cards unlocked", "解锁的小卡"),
    "promotions": ("Orders of honest promotion", "正规推广订单"),
}

STRATEGIES: dict[str, Both] = {
    "burst": ("burst", "集中刷"),
    "drip": ("drip", "慢滴"),
    "tiny": ("tiny", "小单"),
    "crowd": ("crowd", "真人众包"),
    "throwaway": ("throwaway", "一次性号"),
    "mixed": ("mixed", "混合"),
}

SOURCES_OF_LIKES: dict[str, Both] = {
    **STRATEGIES,
    "ordinary": ("ordinary life", "日常"),
    "heavy": ("heavy users", "重度用户"),
    "viral": ("hits", "爆款"),
    "surge": ("group chats", "群聊转发"),
    "fans": ("fans", "粉丝"),
    "community": ("circles", "小圈子"),
    "storm": ("live rooms", "直播间"),
    "cohort": ("offices and schools", "办公室与学校"),
    "newcomer": ("newcomers", "新来者"),
    "hunter": ("card hunters", "集卡者"),
    "promoted": ("honest promotion", "正规推广"),
}

KINDS: dict[str, Both] = {
    "natural": ("honest", "自然"),
    "bought": ("bought", "买来"),
    "camouflage": ("camouflage", "掩护"),
}

SIDES: dict[str, Both] = {
    "buyer": ("buying (pride included)", "买赞（含面子）"),
    "buyer_money": ("buying (money only)", "买赞（只算钱）"),
    "seller": ("selling", "卖赞"),
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
        return "share of bought likes that is found", "买赞被查出的比例"
    keys = ", ".join(experiment.sweep.keys)
    return keys, keys
