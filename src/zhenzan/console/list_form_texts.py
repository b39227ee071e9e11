"""Texts of the forms that filter and sort lists."""

from __future__ import annotations

from collections.abc import Mapping

from zhenzan.translation import N_, NC_

__all__ = ["LIST_FORM"]

LIST_FORM: Mapping[str, str] = {
    "by_accounts_min": N_("Accounts, at least"),
    "by_all": N_("Show all"),
    "by_creator": N_("Of creator"),
    "by_exact": N_("the whole id"),
    "by_in_ring": N_("in a ring"),
    "by_kind": N_("Kind"),
    "by_kind_account": N_("account"),
    "by_kind_any": N_("any"),
    "by_kind_burst": NC_("choice of rings", "burst"),
    "by_kind_crowd": NC_("choice of rings", "crowd"),
    "by_kind_drip": NC_("choice of rings", "drip"),
    "by_kind_pool": N_("pool"),
    "by_kind_ring": N_("ring"),
    "by_kind_sale": N_("sale"),
    "by_kind_throwaway": NC_("choice of rings", "throwaway"),
    "by_more_wait": N_("More that wait"),
    "by_nothing": N_("Nothing matches."),
    "by_ring": N_("Of ring"),
    "by_role": N_("Role"),
    "by_role_analyst": N_("analyst"),
    "by_role_any": N_("any"),
    "by_role_creator": N_("creator"),
    "by_role_operator": N_("operator"),
    "by_role_platform": N_("platform"),
    "by_role_viewer": N_("viewer"),
    "by_search": N_("Id begins with"),
    "by_search_keys": N_("Id, name or subject begins with"),
    "by_show": N_("Show"),
    "by_sort": N_("Order"),
    "by_sort_biggest": N_("biggest"),
    "by_sort_claimed": N_("most claimed likes"),
    "by_sort_creators": N_("most creators"),
    "by_sort_items": N_("most items"),
    "by_sort_likes": N_("most likes"),
    "by_sort_newest": N_("latest"),
    "by_sort_share": N_("largest share of fake likes"),
    "by_sort_verified": N_("most verified likes"),
    "by_sort_worst": N_("most fake likes"),
    "by_status": N_("State"),
    "by_status_any": N_("any"),
    "by_status_decided": N_("decided"),
    "by_status_fake": N_("decided: fake"),
    "by_status_genuine": N_("decided: genuine"),
    "by_status_open": NC_("case", "waiting"),
    "by_status_revoked": N_("revoked"),
    "by_status_standing": N_("standing"),
    "by_status_unclear": N_("decided: unclear"),
    "by_verdict": N_("With likes"),
    "by_verdict_any": N_("any"),
    "by_verdict_fake": N_("that are fake"),
    "by_verdict_genuine": N_("that are genuine"),
    "by_verdict_uncertain": N_("that are uncertain"),
}
