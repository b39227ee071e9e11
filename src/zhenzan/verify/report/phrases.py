"""What evidence means, in words: one place for explanations, report and whatever comes later.

Every text is a pair (English, Chinese), so that none can be missing in one language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhenzan.verify.report.words import Language, chance, counted, duration, joined, label, number, when

__all__ = ["ABSENT_COLUMNS", "campaign_words", "evidence_sentence", "evidence_title", "pick", "unknown_words"]

Pair = tuple[str, str]

# name -> (title, sentence for fake, sentence for genuine). Sentences may use the facts of the like.
_EVIDENCE: dict[str, tuple[Pair, Pair, Pair]] = {
    "moment": (
        ("Improbable moment", "异常时刻"),
        (
            "The item received far more likes at that moment than its own life explains.",
            "该作品在这一时刻得到的赞，远多于它自身的热度所能解释的。",
        ),
        (
            "The item received about as many likes at that moment as its own life explains.",
            "该作品在这一时刻得到的赞，与它自身的热度相符。",
        ),
    ),
    "account": (
        ("Account's record", "账号历史"),
        (
            "The account keeps appearing in improbable moments on creators that have nothing in common.",
            "该账号一再出现在互不相关的创作者的异常时刻里。",
        ),
        (
            "The account's other likes fall in ordinary moments, as those of a real viewer do.",
            "该账号的其他赞都落在正常时刻，与真实观众一致。",
        ),
    ),
    "coincidence": (
        ("Company it keeps", "反复同行"),
        (
            "The account meets the same other accounts again and again, far more often than chance.",
            "该账号一再与同一批账号同时出现，远超巧合。",
        ),
        (
            "The account meets no other account more often than chance.",
            "该账号与其他账号的相遇不超过巧合。",
        ),
    ),
    "company": (
        ("Company in the moment", "同场账号"),
        (
            "The moment's other accounts keep meeting in improbable moments of unrelated creators.",
            "这一时刻的其他账号一再相聚于互不相关的创作者的异常时刻里。",
        ),
        (
            "The moment's other accounts meet nowhere else more often than chance.",
            "这一时刻的其他账号在别处的相遇不超过巧合。",
        ),
    ),
    "gathering": (
        ("Why they meet", "因何相聚"),
        (
            "Nothing says that the moment's accounts meet of their own accord.",
            "没有迹象表明这一时刻的账号是自发相聚的。",
        ),
        (
            "The moment's accounts meet of their own accord: people of one taste, a class, friends or"
            " organised fans.",
            "这一时刻的账号是自发相聚的：趣味相投的人、同班同学、朋友或有组织的粉丝。",
        ),
    ),
    "untold": (
        ("Nothing to compare with", "无从比较"),
        (
            "Whether it was bought cannot be told from one item: it is one of more likes than the item's own "
            "pace explains, and the item's accounts are hardly seen elsewhere.",
            "仅凭一个作品无法判断它是否买来：它属于超出该作品自身节奏的赞，而该作品的账号在别处几乎没有出现过。",
        ),
        (
            "Whether it was bought cannot be told from one item.",
            "仅凭一个作品无法判断它是否买来。",
        ),
    ),
    "farm": (
        ("Farm", "刷赞设备"),
        (
            "Its device or network address acts for many accounts as no household does: in haste, hardly"
            " watching, all for the same items.",
            "其设备或网络地址以任何家庭都不会有的方式为许多账号操作：动作匆忙，几乎不看，都点同样的作品。",
        ),
        ("Its device and network address are ordinary ones.", "其设备和网络地址正常。"),
    ),
    "watch": (
        ("Watch time", "观看时长"),
        ("It was liked almost without being watched.", "几乎没有观看就点了赞。"),
        ("It was watched before it was liked.", "看过之后才点赞。"),
    ),
    "device": (
        ("Device", "设备"),
        ("The device is shared by many accounts.", "该设备被许多账号共用。"),
        ("The device belongs to this account alone.", "该设备只有这个账号使用。"),
    ),
    "ip": (
        ("Network address", "网络地址"),
        ("The network address is shared by many accounts.", "该网络地址被许多账号共用。"),
        ("The network address is an ordinary one.", "该网络地址正常。"),
    ),
    "gaps": (
        ("Rhythm", "点赞间隔"),
        ("The account likes at metronomic intervals.", "该账号点赞的间隔像节拍器一样均匀。"),
        ("The account likes at irregular intervals, as people do.", "该账号点赞的间隔不规则，与真人一致。"),
    ),
    "hours": (
        ("Hours of the day", "作息"),
        ("The account is active around the clock.", "该账号昼夜不停地活动。"),
        ("The account sleeps, as people do.", "该账号有正常作息。"),
    ),
    "gesture": (
        ("Gesture", "手势"),
        ("The pointer moved as a machine moves it.", "指针轨迹像机器。"),
        ("The pointer moved as a hand moves it.", "指针轨迹像人手。"),
    ),
    "calibrated:account": (
        ("Labels of the account", "账号的标注"),
        ("Labelled likes of this account were fake.", "该账号被标注过的赞是刷的。"),
        ("Labelled likes of this account were genuine.", "该账号被标注过的赞是真的。"),
    ),
    "calibrated:item": (
        ("Labels of the item", "作品的标注"),
        (
            "More of this item's labelled likes were fake than the rest explains.",
            "该作品被标注过的赞里，刷赞比其他证据所能解释的多。",
        ),
        (
            "Fewer of this item's labelled likes were fake than the rest makes likely.",
            "该作品被标注过的赞里，刷赞比其他证据所预期的少。",
        ),
    ),
}
_ALIASES = {"participation": "account", "ring": "coincidence", "watched": "watch"}

ABSENT_COLUMNS: dict[str, tuple[Pair, Pair]] = {
    # canonical column -> (what it is, what it would add)
    "creator": (
        ("creators", "创作者"),
        (
            "Tells loyal fans of one creator from accounts that serve many unrelated ones.",
            "区分一位创作者的铁粉，与为许多无关创作者服务的账号。",
        ),
    ),
    "watched": (
        ("watch time", "观看时长"),
        ("Shows likes given without watching.", "看出没看就点的赞。"),
    ),
    "duration": (
        ("length of the items", "作品时长"),
        ("Says how much of an item was watched.", "说明作品被看了多少。"),
    ),
    "ip": (
        ("network addresses", "网络地址"),
        ("Shows many accounts behind one address, and addresses that rotate.", "看出一址多号和轮换地址。"),
    ),
    "device": (
        ("devices", "设备"),
        ("Shows many accounts on one device: device farms.", "看出一机多号，即设备农场。"),
    ),
    "gesture": (
        ("gestures", "手势"),
        ("Shows taps and swipes that no hand made.", "看出不是人手做出的点按与滑动。"),
    ),
    "kind": (
        ("kinds of interaction", "互动种类"),
        (
            "Views, comments and unlikes beside the likes: who only ever likes, what was cancelled.",
            "赞之外的观看、评论与取消：谁只点赞，哪些已撤回。",
        ),
    ),
    "origin": (
        ("origin of the visit", "来源"),
        ("Separates paid exposure from organic reach.", "把付费曝光与自然流量分开。"),
    ),
    "region": (
        ("regions", "地区"),
        ("Shows crowds from a place where the creator has no audience.", "看出来自无受众地区的人群。"),
    ),
    "app": (
        ("apps", "应用"),
        ("Compares platforms, apps and client versions.", "在平台、应用与客户端之间作比较。"),
    ),
    "id": (
        ("ids of the likes", "点赞编号"),
        (
            "Lets you look up a verdict by your own id; until then, by row number.",
            "可按自己的编号查询判定；目前用行号。",
        ),
    ),
}


def pick(pair: Pair, language: Language) -> str:
    """The text of one language."""
    return pair[0] if language == "en" else pair[1]


def evidence_title(name: str, language: Language) -> str:
    """A short name of a kind of evidence for axes and tables."""
    known = _EVIDENCE.get(_ALIASES.get(name, name))
    if known is not None:
        return pick(known[0], language)
    kind, _, rest = name.partition(":")
    if kind == "rule" and rest:
        return f"{'Rule' if language == 'en' else '规则'}: {label(rest, 40)}"
    if kind == "calibrated" and rest:
        return f"{'Learned' if language == 'en' else '学得'}: {_features_named(rest, language, 40)}"
    return label(name.replace("_", " ").capitalize(), 40)


def evidence_sentence(
    name: str, decibans: float, language: Language, described: Mapping[str, Any], facts: Mapping[str, Any]
) -> str:
    """What one piece of evidence says. `facts` is what is known of the like, its moment, account and ring.

    Names outside the built-in ones fall back to `described`, the summary's one-sentence descriptions.
    """
    core = _ALIASES.get(name, name)
    special = _with_facts(core, decibans, language, facts)
    if special is not None:
        return special
    if core in _EVIDENCE:
        return pick(_EVIDENCE[core][1 if decibans >= 0 else 2], language)
    kind, _, rest = name.partition(":")
    if kind == "rule" and rest:
        shown = label(rest, 60)
        return (
            f"The platform's own rule “{shown}” applies." if language == "en" else f"命中平台规则“{shown}”。"
        )
    description = described.get(name)
    if isinstance(description, str) and description.strip():
        return label(description.strip(), 400)
    if kind == "calibrated" and rest:
        shown = _features_named(rest, language, 60)
        return f"Learned from labels: {shown}." if language == "en" else f"从标注数据学得：{shown}。"
    return evidence_title(name, language) + ("." if language == "en" else "。")


def _features_named(names: str, language: Language, length: int) -> str:
    """The feature that calibration looked at, or the two that it looked at together."""
    words = [label(name.replace("_", " "), length) for name in names.split("*")]
    return " and ".join(words) + " together" if len(words) > 1 and language == "en" else " 与 ".join(words)


def _with_facts(core: str, decibans: float, language: Language, facts: Mapping[str, Any]) -> str | None:
    moment, account, ring = facts.get("moment"), facts.get("account"), facts.get("ring")
    if core == "moment" and moment:
        text = burst_words(moment, language)
        if language == "en":
            return f"The item received {text}."
        return f"该作品{text}。"
    if core == "account" and account and decibans > 0 and account["likes"]:
        fake, likes = number(account["fake_likes"]), counted(account["likes"], "like", language)
        creators = counted(account["creators"], "creator", language)
        if language == "en":
            return (
                f"The account keeps appearing in improbable moments: {fake} of its {likes}, "
                f"which went to {creators}, are called fake."
            )
        return f"该账号一再出现在异常时刻：它给 {creators}的 {likes}中，{fake} 个判为刷赞。"
    if core == "coincidence" and ring and decibans > 0:
        accounts = counted(ring["accounts"], "account", language)
        if language == "en":
            return (
                f"The account meets the same others again and again: the {accounts} of ring {ring['ring']}."
            )
        return f"该账号一再与同一批账号同时出现：团伙 {ring['ring']} 的 {accounts}。"
    return None


def burst_words(moment: Mapping[str, Any], language: Language) -> str:
    """How many likes in how long, against how many expected."""
    likes, expected = moment["likes"], moment["expected_likes"]
    span = duration(moment["scale_seconds"], language)
    if language == "en":
        verb = "was" if round(expected, 1) == 1 else "were"
        return f"{counted(likes, 'like', language)} within {span}, where {number(expected)} {verb} expected"
    return f"在 {span}内得到 {counted(likes, 'like', language)}，预期为 {number(expected)} 个"


def campaign_words(moment: Mapping[str, Any], language: Language, *, item: bool = True) -> str:
    """One campaign (or cleared burst) as a line of a timeline."""
    start, sure = when(moment["start"], language), chance(moment["campaign_probability"])
    burst = burst_words(moment, language)
    if language == "en":
        on = f"item {label(moment['item'])} received " if item else ""
        return f"{start}: {on}{burst} ({sure} likely bought)"
    on = f"作品 {label(moment['item'])} " if item else ""
    return f"{start}：{on}{burst}（{sure} 可能是买来的）"


def unknown_words(missing: list[str], language: Language) -> str:
    """What the log could not tell, in one sentence; empty when nothing is missing."""
    names = [pick(ABSENT_COLUMNS[column][0], language) for column in missing if column in ABSENT_COLUMNS]
    if not names:
        return ""
    if language == "en":
        return f"What could not be known: the log says nothing of {joined(names, language)}."
    return f"无从得知的：日志中没有{joined(names, language)}。"
