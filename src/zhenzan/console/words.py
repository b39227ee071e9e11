"""What the console says, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from zhenzan.pages import Both

__all__ = ["WORDS"]

WORDS: Mapping[str, Both] = {
    "accounts": ("Accounts", "账号"),
    "account": ("Account", "账号"),
    "all_items": ("All items", "全部作品"),
    "arriving": ("Likes coming in", "实时点赞"),
    "before_settlement": (
        "Nothing is settled yet. The first settlement comes within a minute of the first likes.",
        "尚未结算。收到首批点赞后一分钟内完成首次结算。",
    ),
    "campaigns": ("Campaigns", "刷赞活动"),
    "cards_given": ("cards given", "发放小卡"),
    "chance": ("Chance fake", "刷赞概率"),
    "claimed": ("Claimed", "声称点赞"),
    "creator": ("Creator", "创作者"),
    "creators": ("Creators", "创作者"),
    "evidence": ("Evidence", "证据"),
    "fake": ("Fake", "刷赞"),
    "fake_likes": ("Fake likes", "刷赞数"),
    "genuine": ("Genuine", "真赞"),
    "graph": ("Who liked what", "谁赞了什么"),
    "graph_help": (
        "Round: accounts. Square: items. A line is a like that was judged fake. Tab or arrow keys walk along"
        " the lines, Enter opens what has the focus.",
        "圆点是账号，方块是作品，连线是判定为刷赞的点赞。按 Tab 或方向键沿连线移动，按回车打开。",
    ),
    "interactions_second": ("interactions a second", "每秒互动"),
    "item": ("Item", "作品"),
    "items": ("Items", "作品"),
    "key": ("Key", "密钥"),
    "kind": ("Kind", "类型"),
    "language": ("中文", "English"),
    "like": ("Like", "点赞"),
    "likes": ("Likes", "点赞"),
    "likes_judged": ("likes judged", "已判定点赞"),
    "live": ("Live", "实时"),
    "log_in": ("Log in", "登录"),
    "log_in_help": (
        "Paste an API key. `zhenzan keys create --role operator` makes one.",
        "粘贴 API 密钥。可用 `zhenzan keys create --role operator` 创建。",
    ),
    "log_out": ("Log out", "退出"),
    "members": ("Members", "成员"),
    "moments": ("Moments", "时刻"),
    "next": ("Next page", "下一页"),
    "no_like_yet": ("No like has come in since this page was opened.", "打开本页后尚无点赞。"),
    "no_rings": ("No rings were found.", "未发现团伙。"),
    "not_found": ("There is no such thing in the newest settlement.", "最新结算中没有该对象。"),
    "not_for_you": ("This page is for operators and analysts.", "此页仅供运营者与分析员查看。"),
    "paused": ("Pause", "暂停"),
    "provisional": ("as it looks at first; settlement decides", "初步判断，以结算为准"),
    "ring": ("Ring", "团伙"),
    "rings": ("Rings", "团伙"),
    "rings_found": ("rings found", "发现团伙"),
    "settlement": ("Settlement", "结算"),
    "skip": ("Skip to the content", "跳到正文"),
    "theme": ("Light / dark", "浅色／深色"),
    "time": ("Time", "时间"),
    "uncertain": ("Uncertain", "存疑"),
    "verdict": ("Verdict", "判定"),
    "verified": ("Verified", "已核实"),
    "when": ("When", "时间"),
    "worst_first": ("Those with the most fake likes first.", "按刷赞数从多到少排列。"),
    "wrong_key": ("That key opens nothing.", "密钥无效。"),
    "why": ("Why", "理由"),
}
