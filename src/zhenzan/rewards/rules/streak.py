"""Streak rules: a row of days or weeks with enough likes, of which some may be missed.

A row earns one grant: it is complete with `streak` held windows, and what comes after begins the next. Where
more was missed than is forgiven, the row is lost, and the window after the gap begins a new one.
"""

from __future__ import annotations

from typing import Annotated

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from msgspec import Meta
from numba import njit

from zhenzan.config import about, between, items_about, one_of
from zhenzan.rewards.catalogue_records import Count, Depth, Filter
from zhenzan.rewards.rules.rule import Part, Rule
from zhenzan.rewards.rules.sql import counted_sql, grants_sql

__all__ = ["StreakRule"]

ANY = 2**31
_NUMBER = {  # of a day or a week, one more for the next
    "day": "date_diff('day', DATE '1970-01-05', local_time::DATE)",  # a Monday
    "week": "date_diff('day', DATE '1970-01-05', local_time::DATE) // 7",
}

Missed = Annotated[int, Meta(ge=0, le=1_000)]


class StreakRule(Rule, frozen=True, kw_only=True, tag="streak", tag_field="kind"):
    """A grant for each row of `streak` windows with `every` likes each, in which at most `grace` in all, and
    `grace_between` between any two, were missed; one of them alone is the only limit.
    """

    streak: Annotated[
        int, between(1, 10_000, "How many days (or weeks) in a row, with `every` likes each, earn a grant.")
    ]
    window: Annotated[str, one_of(("day", "week"), "The unit of the streak.")] = "day"
    every: Annotated[Count, about("How many likes make a day (or week) count.")] = 1
    depth: Annotated[
        tuple[Depth, ...],
        items_about(
            "How much a like counts, instead of 1, from a given watched share upwards.",
            least=0,
            rising_by="watched",
        ),
    ] = ()
    grace: Annotated[
        Missed,
        about(
            "How many missed days (or weeks) are forgiven within one streak; the next streak starts afresh."
        ),
    ] = 0
    grace_between: Annotated[
        Missed,
        about(
            "How many missed days are forgiven in each gap (defaults to `grace` and may not exceed it)."
            " Without `grace` there is no limit over the whole streak: with `grace_between = 1`, "
            "`streak = 7` is then earned by liking every other day."
        ),
    ] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if 0 < self.grace < self.grace_between:
            raise self.refused(f"is more than `grace`, {self.grace}, allows", "grace_between")

    def prepare(self, connection: duckdb.DuckDBPyConnection, campaign: Filter | None, likes: str) -> None:
        """Write the table `complete`: account, scope, timestamp and row of the like that completed each row.
        Cost: a sort of the held windows, and one pass.
        """
        text, values = self._held_sql(campaign, likes)
        held = connection.sql(text, params=values).to_arrow_table()
        number = held.column("number").to_numpy().astype(np.int64)
        begins = held.column("begins").to_numpy().astype(np.bool_)
        # `grace` alone limits what a row may miss in all; `grace_between` alone only what one gap may.
        in_all = self.grace if self.grace or not self.grace_between else ANY
        completes = _completes(number, begins, self.streak, in_all, self.grace_between or in_all)
        complete = held.select(["account", "scope", "timestamp", "row"]).filter(pa.array(completes))
        connection.register("complete_rows", complete)
        connection.execute("CREATE OR REPLACE TABLE complete AS SELECT * FROM complete_rows")
        connection.unregister("complete_rows")

    def _held_sql(self, campaign: Filter | None, likes: str) -> Part:
        """Account, scope and number of each window that has likes enough, and the like that did it; sorted,
        `begins` marks the first of an account and scope.
        """
        number = _NUMBER[self.window]
        counted, values = counted_sql(self, campaign, likes, every=self.every, most=1, number=number)
        return (
            f"""WITH {counted} SELECT account, scope, number, timestamp, row,
                row_number() OVER (PARTITION BY account, scope ORDER BY number) = 1 AS begins
            FROM earned ORDER BY account, scope, number""",
            values,
        )

    def claims_sql(self, campaign: Filter | None, likes: str) -> Part:
        """From the table `complete`, which has a row for each grant."""
        whole = "(SELECT *, '' AS span FROM complete)"
        return f"WITH {grants_sql(self, whole)}", []


@njit(cache=True)  # type: ignore[untyped-decorator]
def _completes(
    number: npt.NDArray[np.int64], begins: npt.NDArray[np.bool_], streak: int, missed_most: int, gap_most: int
) -> npt.NDArray[np.bool_]:
    """Which held windows complete a row; sorted by account, scope and number, `begins` marks the first."""
    completes = np.zeros(number.size, np.bool_)
    held = missed = 0
    for i in range(number.size):
        gap = 0 if begins[i] else number[i] - number[i - 1] - 1
        if begins[i] or held == 0 or gap > gap_most or missed + gap > missed_most:
            held = missed = 0
        else:
            missed += gap
        held += 1
        if held == streak:
            completes[i] = True
            held = 0
    return completes
