"""Levels of ladders: a score of settled likes that may decay, and the grades that it reaches.

A score halves every half-life: each like counts 2^(-age / half-life), so a level is kept by those who go on.
What a level *gives* is given once, when it is first reached; what it *permits* is asked of the score as it
stands when the right is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from zhenzan.rewards.catalogue import grade_id
from zhenzan.rewards.catalogue_tables import Grade, Ladder
from zhenzan.rewards.rules.rule import Rule
from zhenzan.rewards.rules.sql import SCOPE_SQL, depth_sql, filter_sql
from zhenzan.times import DAY_US

__all__ = ["Climbs", "Standing", "climb", "decayed", "first_reached"]

NEVER = -1


class Standing(NamedTuple):
    """An account's `score` on a ladder, with one creator where `scope` names one, as it was at `at` (µs)."""

    ladder: str
    account: str
    scope: str
    score: float
    at: int


class _Climbed(NamedTuple):
    """Of each account and scope: score, time of the last like, and when each grade was first reached."""

    account: pa.ChunkedArray
    scope: pa.ChunkedArray
    score: npt.NDArray[np.float64]
    at: npt.NDArray[np.int64]
    reached: npt.NDArray[np.int64]


@dataclass
class Climbs:
    """How accounts climbed ladders by the likes of a connection's tables, each worked out once. Cost of one:
    a sort of the likes, and one pass.
    """

    connection: duckdb.DuckDBPyConnection
    known: dict[tuple[str, str], _Climbed] = field(default_factory=dict)

    def of(self, ladder: Ladder, likes: str) -> _Climbed:
        if (ladder.id, likes) not in self.known:
            self.known[ladder.id, likes] = _climbed(self.connection, ladder, likes)
        return self.known[ladder.id, likes]


def climb(climbs: Climbs, ladder: Ladder) -> Iterator[Standing]:
    """Standings of all accounts."""
    climbed = climbs.of(ladder, "settled")
    columns = (
        climbed.account.to_pylist(),
        climbed.scope.to_pylist(),
        climbed.score.tolist(),
        climbed.at.tolist(),
    )
    return map(Standing._make, zip(repeat(ladder.id), *columns, strict=False))


def first_reached(
    climbs: Climbs, ladder: Ladder, likes_of: Callable[[Rule | Grade], str]
) -> Iterator[tuple[str, str, str, int]]:
    """Level by level that gives something: its rule, account, scope, and when it was first reached (µs).
    `likes_of`: the table of the likes that count for what a level gives.
    """
    for index, grade in enumerate(ladder.grades):
        if not grade.points and not grade.edition:
            continue
        climb = climbs.of(ladder, likes_of(grade))
        when = climb.reached[:, index]
        order = np.argsort(when, kind="stable")
        rows = order[when[order] != NEVER]
        accounts, scopes = (column.take(rows).to_pylist() for column in (climb.account, climb.scope))
        yield from zip(
            repeat(grade_id(ladder, index + 1)), accounts, scopes, when[rows].tolist(), strict=False
        )


def decayed(score: float, at: int, now: int, half_life_days: float) -> float:
    """A score of the time `at` as it stands `now` (µs)."""
    if not half_life_days:
        return score
    return float(score * 2.0 ** (-max(now - at, 0) / (half_life_days * DAY_US)))


def _climbed(connection: duckdb.DuckDBPyConnection, ladder: Ladder, likes: str) -> _Climbed:
    where, values = filter_sql(ladder.filter)
    table = connection.sql(
        f"""SELECT account, {SCOPE_SQL[ladder.per]} AS scope, epoch_us(timestamp) AS time,
                {depth_sql(ladder.depth)}::BIGINT AS weight
            FROM {likes} WHERE {where} ORDER BY account, scope, timestamp, row""",
        params=values,
    ).to_arrow_table()
    begins = _begins(table.column("account")) | _begins(table.column("scope"))
    first = np.flatnonzero(begins)
    score, at = np.zeros(first.size), np.zeros(first.size, np.int64)
    reached = np.full((first.size, len(ladder.grades)), NEVER, np.int64)
    thresholds = np.array([grade.at for grade in ladder.grades], np.float64)
    time, weight = table.column("time").to_numpy(), table.column("weight").to_numpy().astype(np.float64)
    _score(begins, time, weight, ladder.half_life_days * DAY_US, thresholds, score, at, reached)
    account, scope = (table.column(name).take(first) for name in ("account", "scope"))
    return _Climbed(account, scope, score, at, reached)


def _begins(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Where a value is another than the one before."""
    begins = np.ones(len(column), np.bool_)
    begins[1:] = pc.not_equal(column.slice(1), column.slice(0, len(column) - 1)).to_numpy()
    return begins


@njit(cache=True)  # type: ignore[untyped-decorator]
def _score(
    begins: npt.NDArray[np.bool_],
    time: npt.NDArray[np.int64],
    weight: npt.NDArray[np.float64],
    half_life_us: float,
    thresholds: npt.NDArray[np.float64],
    score: npt.NDArray[np.float64],
    at: npt.NDArray[np.int64],
    reached: npt.NDArray[np.int64],
) -> None:
    """One pass over likes sorted by account, scope and time; writes `score`, `at` and `reached`."""
    group = -1
    for i in range(begins.size):
        if begins[i]:
            group += 1
        elif half_life_us > 0:
            score[group] *= 2.0 ** (-(time[i] - at[group]) / half_life_us)
        score[group] += weight[i]
        at[group] = time[i]
        for grade in range(thresholds.size):
            if reached[group, grade] < 0 and score[group] >= thresholds[grade] - 1e-9:
                reached[group, grade] = time[i]
