"""What the forms say that narrow a list, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from zhenzan.pages import Both

__all__ = ["ASKING"]

ASKING: Mapping[str, Both] = {
    "by_accounts_min": ("Accounts, at least", "账号数至少"),
    "by_all": ("Show all", "显示全部"),
    "by_creator": ("Of creator", "创作者"),
    "by_exact": ("the whole id", "完整编号"),
    "by_in_ring": ("in a ring", "属于团伙"),
    "by_kind": ("Kind", "类型"),
    "by_kind_account": ("account", "账号"),
    "by_kind_any": ("any", "不限"),
    "by_kind_burst": ("burst", "突发"),
    "by_kind_crowd": ("crowd", "众包"),
    "by_kind_drip": ("drip", "细水长流"),
    "by_kind_pool": ("pool", "号池"),
    "by_kind_ring": ("ring", "团伙"),
    "by_kind_sale": ("sale", "交易"),
    "by_kind_throwaway": ("throwaway", "一次性账号"),
    "by_more_wait": ("More that wait", "更多待办"),
    "by_nothing": ("Nothing matches.", "没有符合条件的结果。"),
    "by_ring": ("Of ring", "团伙编号"),
    "by_role": ("Role", "角色"),
    "by_role_analyst": ("analyst", "分析员"),
    "by_role_any": ("any", "不限"),
    "by_role_creator": ("creator", "创作者"),
    "by_role_operator": ("operator", "运营者"),
    "by_role_platform": ("platform", "平台后端"),
    "by_role_viewer": ("viewer", "用户"),
    "by_search": ("Id begins with", "编号开头"),
    "by_search_keys": ("Id, name or subject begins with", "编号、名称或限定对象的开头"),
    "by_show": ("Show", "显示"),
    "by_sort": ("Order", "排序"),
    "by_sort_biggest": ("biggest", "账号最多"),
    "by_sort_claimed": ("most claimed likes", "声称点赞最多"),
    "by_sort_creators": ("most creators", "创作者最多"),
    "by_sort_items": ("most items", "作品最多"),
    "by_sort_likes": ("most likes", "点赞最多"),
    "by_sort_newest": ("latest", "最近活跃"),
    "by_sort_share": ("largest share of fake likes", "刷赞比例最高"),
    "by_sort_verified": ("most verified likes", "核实点赞最多"),
    "by_sort_worst": ("most fake likes", "刷赞最多"),
    "by_status": ("State", "状态"),
    "by_status_any": ("any", "不限"),
    "by_status_decided": ("decided", "已决定"),
    "by_status_fake": ("decided: fake", "已决定：刷赞"),
    "by_status_genuine": ("decided: genuine", "已决定：真赞"),
    "by_status_open": ("waiting", "待办"),
    "by_status_revoked": ("revoked", "已吊销"),
    "by_status_standing": ("standing", "有效"),
    "by_status_unclear": ("decided: unclear", "已决定：无法判断"),
    "by_verdict": ("With likes", "含有点赞"),
    "by_verdict_any": ("any", "不限"),
    "by_verdict_fake": ("that are fake", "刷赞"),
    "by_verdict_genuine": ("that are genuine", "真赞"),
    "by_verdict_uncertain": ("that are uncertain", "存疑"),
}
