"""Streaks: rows of days or weeks with likes enough, which a rule may forgive some missed ones.

A row earns one grant: it is complete with `streak` held windows, and what comes after begins the next. Where
more was missed than is forgiven, the row is lost, and the window after the gap begins a new one.
"""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from zhenzan.rewards.catalogue import Filter, Rule
from zhenzan.rewards.counting import held_windows_sql

__all__ = ["write_complete_rows"]

ANY = 2**31


def write_complete_rows(
    connection: duckdb.DuckDBPyConnection, rule: Rule, campaign: Filter | None, likes: str
) -> None:
    """The table `complete`: account, scope, timestamp and row of the like that completed each row. Cost: a
    sort of the held windows, and one pass.
    """
    text, values = held_windows_sql(rule, campaign, likes)
    held = connection.sql(text, params=values).to_arrow_table()
    number = held.column("number").to_numpy().astype(np.int64)
    begins = held.column("begins").to_numpy().astype(np.bool_)
    # `grace` alone limits what a row may miss in all; `grace_between` alone only what one gap may.
    in_all = rule.grace if rule.grace or not rule.grace_between else ANY
    completes = _completes(number, begins, rule.streak, in_all, rule.grace_between or in_all)
    complete = held.select(["account", "scope", "timestamp", "row"]).filter(pa.array(completes))
    connection.register("complete_rows", complete)
    connection.execute("CREATE OR REPLACE TABLE complete AS SELECT * FROM complete_rows")
    connection.unregister("complete_rows")


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
