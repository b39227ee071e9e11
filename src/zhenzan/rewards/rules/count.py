"""Count rules: a grant for every so many likes."""

from __future__ import annotations

from typing import Annotated

from zhenzan.config import about, items_about
from zhenzan.rewards.catalogue_records import Amount, Count, Depth, Filter
from zhenzan.rewards.rules.rule import Part, Rule
from zhenzan.rewards.rules.sql import counted_sql, first_sql, ranked_sql

__all__ = ["CountRule"]


class CountRule(Rule, frozen=True, tag="count", tag_field="kind"):
    """A grant for every `every` likes. A like counts once, or by `depth`. At most `creator_most` grants for
    likes of one creator in a window.
    """

    every: Annotated[Count, about("How many likes earn a grant.")] = 1
    creator_most: Annotated[
        Amount, about("The most grants for likes of one creator in a window; 0: no limit.")
    ] = 0
    depth: Annotated[
        tuple[Depth, ...],
        items_about(
            "How much a like counts, instead of 1, from a given watched share upwards; below the lowest"
            " share it counts 0.",
            least=0,
            rising_by="watched",
        ),
    ] = ()

    @property
    def needs_all_accounts(self) -> bool:
        return self.first > 0 or self.creator_most > 0

    def claims_sql(self, campaign: Filter | None, likes: str) -> Part:
        counted, values = counted_sql(self, campaign, likes, every=self.every, most=self.most)
        got = "gives"
        if self.creator_most:
            so_far = """sum(gives) OVER (PARTITION BY creator, span ORDER BY timestamp, row
                ROWS UNBOUNDED PRECEDING)"""
            got = f"greatest(least(gives, {self.creator_most} - ({so_far} - gives)), 0)"
        return (
            f"""WITH {counted}, placed AS (
                SELECT *, {got} AS got, min((timestamp, row)) OVER (PARTITION BY account) AS began FROM earned
            ), {ranked_sql(self, "placed")}
            SELECT account, scope, span, sum(got)::BIGINT AS grants, max(epoch_us(timestamp)) AS earned_at
            FROM ranked WHERE got > 0 {first_sql(self)} GROUP BY ALL""",
            values,
        )
