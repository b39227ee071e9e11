"""A scenario's policy in words: who looks, what follows, what is offered instead."""

from __future__ import annotations

from collections.abc import Sequence

from zhenzan.lab.reports.layout import coins, share
from zhenzan.lab.scenario import Sanctions, Scenario
from zhenzan.pages import Both

__all__ = ["policy_in_words"]

RANKERS: dict[str, Both] = {
    "raw": ("The feed ranks by raw likes.", "信息流按原始点赞数排序。"),
    "depth": (
        "The feed ranks by likes weighted by how much was watched.",
        "信息流按观看深度加权的点赞排序。",
    ),
    "verified": (
        "The feed ranks by likes that are settled: pending and void ones move nothing.",
        "信息流只按已结算的赞排序：待定与作废的赞不起作用。",
    ),
}


def policy_in_words(scenario: Scenario) -> Sequence[Both]:
    """The detector, what follows for creators, accounts and sellers, the ranking, honest promotion."""
    told = [_detector(scenario), _penalties(scenario.sanctions), RANKERS[scenario.feed.ranker]]
    if scenario.promotion.offered:
        price = coins(1000 * scenario.promotion.price_per_view, signed=False)
        told.append(
            (f"Honest promotion is offered: a thousand views by real people for {price} coins.",
             f"提供正规推广：一千次真人观看 {price} 币。")
        )  # fmt: skip
    return told


def _detector(scenario: Scenario) -> Both:
    about = scenario.detector
    if about.kind == "none":
        return "Nobody looks for bought likes.", "无人查验买来的赞。"
    if about.kind == "verify":
        every = f"{about.every_days} days" if about.every_days > 1 else "day"
        return (
            f"Zhenzan's own verification, default policy, judges the likes every {every}.",
            f"真赞自身的核验（默认策略）每 {about.every_days} 天判定一次。",
        )
    hours = f"{about.delay_hours:g}"
    if about.kind == "perfect":
        return (
            f"Every bought like is found, {hours} hours later.",
            f"每个买来的赞都在 {hours} 小时后被查出。",
        )
    small = "", ""
    if about.recall_small != about.recall:
        found, size = share(about.recall_small), f"{about.small_order:,}"
        small = f", but {found} in orders of up to {size}", f"（{size} 赞以内的订单只查出 {found}）"
    wrong, recall = share(about.false_share), share(about.recall)
    return (
        f"{recall} of bought likes are found{small[0]}, {hours} hours later; {wrong} of honest likes are "
        "called fake by mistake.",
        f"{hours} 小时后查出 {recall} 的买赞{small[1]}；{wrong} 的自然点赞被误判。",
    )


def _penalties(about: Sanctions) -> Both:
    """What follows when likes are found, as one sentence."""
    told: list[Both] = [("found likes are voided", "查出的赞作废") if about.void else
                        ("found likes go on counting", "查出的赞照样计数")]  # fmt: skip
    if about.downrank < 1:
        told.append((f"the creator is shown {share(about.downrank)} as often{_from(about.downrank_from)[0]}",
                     f"创作者的曝光降至 {share(about.downrank)}{_from(about.downrank_from)[1]}"))  # fmt: skip
    if about.freeze_days:
        told.append((f"income is frozen for {about.freeze_days:g} days{_from(about.freeze_from)[0]}",
                     f"收入冻结 {about.freeze_days:g} 天{_from(about.freeze_from)[1]}"))  # fmt: skip
    if about.fine_per_like:
        fine = coins(about.fine_per_like, signed=False)
        told.append((f"the creator pays {fine} coins for each{_from(about.fine_from)[0]}",
                     f"创作者每赞罚 {fine} 币{_from(about.fine_from)[1]}"))  # fmt: skip
    if about.repeat_factor > 1 and (about.fine_per_like or about.freeze_days):
        told.append((f"each further strike multiplies that by {about.repeat_factor:g}",
                     f"每再犯一次乘以 {about.repeat_factor:g}"))  # fmt: skip
    if about.ban_from:
        told.append((f"strike {about.ban_from} is a ban", f"第 {about.ban_from} 次封禁"))
    if about.account_ban_likes:
        told.append((f"an account is closed at {about.account_ban_likes} found likes",
                     f"账号被查出 {about.account_ban_likes} 个赞即封号"))  # fmt: skip
    if about.seller_fine_per_like:
        fine = coins(about.seller_fine_per_like, signed=False)
        back = share(about.restitution)
        told.append((f"the seller pays {fine} coins for each, {back} of it to the buyer",
                     f"卖家每赞罚 {fine} 币，其中 {back} 归买家"))  # fmt: skip
    strike = f"A strike is {about.strike_likes} found likes in a day."
    english = "; ".join(one[0] for one in told)
    return (
        f"{english[0].upper()}{english[1:]}. {strike}",
        f"{'；'.join(one[1] for one in told)}。一天查出 {about.strike_likes} 个赞记一次。",
    )


def _from(strike: int) -> Both:
    return ("", "") if strike <= 1 else (f" from strike {strike} on", f"（第 {strike} 次起）")
