"""Outcomes of a run as Arrow tables: who gained, who lost, what viewers got."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

__all__ = ["SUMMARY", "Outcomes"]

SUMMARY: dict[str, str] = {
    "viewer_steps": "views: times that somebody was shown an item",
    "likes_natural": "honest likes",
    "likes_bought": "bought likes",
    "likes_camouflage": "likes by which hired accounts hide",
    "bought_share": "bought likes in all likes",
    "orders": "orders of likes",
    "orders_tiny": "orders of up to 20 likes",
    "buyer_profit_per_order": "coins that an order left its buyer with, pride included (mean)",
    "buyer_profit_money_per_order": "the same without pride",
    "buyer_profit_per_tiny_order": "the same for orders of up to 20 likes, pride included",
    "buyer_profit_per_first_order": "the same for a creator's first order, pride included",
    "buyer_profit_per_repeat_order": "the same for all further orders, pride included",
    "buyer_profit": "coins that all buyers together gained by buying, pride included",
    "seller_profit": "coins that all sellers together gained",
    "seller_profit_per_order": "the same by order",
    "honest_views_share": "share of the feed's views that honest creators got",
    "honest_views_stolen_share": "share of honest creators' views that bought likes took away",
    "honest_income": "coins that honest creators earned",
    "honest_loss": "coins that fines, freezes and bans took from honest creators",
    "quality_watched": "viewers' welfare: mean quality of what was watched, weighted by time",
    "seconds_watched": "seconds watched in all",
    "found_share": "bought likes called fake, in all bought likes",
    "false_share": "natural likes called fake, in all natural likes",
    "false_sanction_share": "honest creators with at least one strike, in all honest creators",
    "bubble": "claimed likes over genuine likes, at the end, less 1",
    "quality_exposure_rank_correlation": "Spearman's, over items published in the run: quality and views",
    "platform_income": "coins: advertising and promotion and fines, less cards",
    "cards": "cards unlocked by likes that stand",
    "promotions": "orders of honest promotion",
    "promotions_refused": "quotes of promotion that could not be done in their window",
    "likes_buyers": "creators who bought likes of a seller",
    "promotion_buyers": "creators who ordered honest promotion",
    "promotion_only_share": "of all these, those who ordered promotion and bought no likes",
    "promotion_only_small_share": "the same of creators whose budget is below the tempted ones' median",
    "promotion_only_large_share": "the same of all others",
    "promotion_only_proud_share": "the same of creators to whom pride in a like is worth more than its fee",
    "promotion_only_fee_share": "the same of all others",
    "promotion_done_share": "orders of promotion all of whose likes settled, in all that ended",
    "promotion_void_share": "promoted likes that were void, in all that were judged",
    "promotion_views_per_like": "promoted views for each promoted like that was billed",
    "promotion_billed": "coins that promotion was billed",
    "promotion_refunded": "coins that buyers of promotion got back",
}
"""The columns of the table `summary`, each a number, and what it says."""


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of one run. Each table is an Arrow table with the schema in `table_schemas`.

    `summary` has one row: `scenario`, `seed` and the numbers of `SUMMARY`.
    """

    summary: pa.Table
    orders: pa.Table
    sizes: pa.Table
    sellers: pa.Table
    creators: pa.Table
    days: pa.Table
    likes_by_source: pa.Table

    def __getitem__(self, name: str) -> float:
        """One number of the summary."""
        return float(self.summary[name][0].as_py())

    def numbers(self) -> dict[str, float]:
        """All numbers of the summary by name; not a number where there was nothing to count."""
        row: Mapping[str, Any] = self.summary.to_pylist()[0]
        return {name: float(row[name]) for name in SUMMARY}

    def tables(self) -> dict[str, pa.Table]:
        """All tables by name."""
        names = ("summary", "orders", "sizes", "sellers", "creators", "days", "likes_by_source")
        return {name: getattr(self, name) for name in names}
