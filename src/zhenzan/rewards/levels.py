"""Levels: a score of settled likes that may decay, and the grades that it reaches.

A score halves every half-life: each like counts 2^(-age / half-life), so a level is kept by those who go on.
What a level *gives* is given once, when it is first reached; what it *permits* is asked of the score as it
stands when the right is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
from numba import njit

from zhenzan.rewards.catalogue import grade_id
from zhenzan.rewards.catalogue_tables import Grade, Ladder
from zhenzan.rewards.rules.rule import Rule
from zhenzan.rewards.rules.sql import SCOPE_SQL, depth_sql, filter_sql
from zhenzan.times import DAY_US

__all__ = ["Standing", "climb", "decayed", "first_reached"]

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

    account: npt.NDArray[np.object_]
    scope: npt.NDArray[np.object_]
    score: npt.NDArray[np.float64]
    at: npt.NDArray[np.int64]
    reached: npt.NDArray[np.int64]


def climb(connection: duckdb.DuckDBPyConnection, ladder: Ladder) -> Iterator[Standing]:
    """Standings of all accounts. Cost: a sort of the likes, and one pass."""
    found = _climbed(connection, ladder, "settled")
    columns = (found.account, found.scope, found.score.tolist(), found.at.tolist())
    for account, scope, score, at in zip(*columns, strict=True):
        yield Standing(ladder.id, account, scope, score, at)


def first_reached(
    connection: duckdb.DuckDBPyConnection, ladder: Ladder, likes_of: Callable[[Rule | Grade], str]
) -> Iterator[tuple[str, str, str, int]]:
    """Level by level that gives something: its rule, account, scope, and when it was first reached (µs).
    `likes_of`: the table of the likes that count for what a level gives.
    """
    climbed: dict[str, _Climbed] = {}
    for index, grade in enumerate(ladder.grades):
        if not grade.points and not grade.edition:
            continue
        likes = likes_of(grade)
        if likes not in climbed:
            climbed[likes] = _climbed(connection, ladder, likes)
        found = climbed[likes]
        when = found.reached[:, index]
        order = np.argsort(when, kind="stable")
        for row in order[when[order] != NEVER].tolist():
            yield grade_id(ladder, index + 1), found.account[row], found.scope[row], int(when[row])


def decayed(score: float, at: int, now: int, half_life_days: float) -> float:
    """A score of the time `at` as it stands `now` (µs)."""
    if not half_life_days:
        return score
    return float(score * 2.0 ** (-max(now - at, 0) / (half_life_days * DAY_US)))


def _climbed(connection: duckdb.DuckDBPyConnection, ladder: Ladder, likes: str) -> _Climbed:
    where, values = filter_sql(ladder.filter)
    order = "ORDER BY account, scope, timestamp, row"
    found = connection.execute(
        f"""WITH likes AS (SELECT account, {SCOPE_SQL[ladder.per]} AS scope, timestamp, row,
                {depth_sql(ladder.depth)} AS weight FROM {likes} WHERE {where})
            SELECT account, scope, epoch_us(timestamp) AS time, weight::BIGINT AS weight,
                row_number() OVER (PARTITION BY account, scope ORDER BY timestamp, row) = 1 AS begins
            FROM likes {order}""",
        values,
    ).fetchnumpy()
    begins = np.asarray(found["begins"], np.bool_)
    first = np.flatnonzero(begins)
    score, at = np.zeros(first.size), np.zeros(first.size, np.int64)
    reached = np.full((first.size, len(ladder.grades)), NEVER, np.int64)
    thresholds = np.array([grade.at for grade in ladder.grades], np.float64)
    time = np.asarray(found["time"], np.int64)
    weight = np.asarray(found["weight"], np.float64)
    _score(begins, time, weight, ladder.half_life_days * DAY_US, thresholds, score, at, reached)
    account, scope = (np.asarray(found[name], np.object_)[first] for name in ("account", "scope"))
    return _Climbed(account, scope, score, at, reached)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _score(
    begins: npt.NDArray[np.bool_], time: npt.NDArray[np.int64], weight: npt.NDArray[np.float64],
    half_life_us: float, thresholds: npt.NDArray[np.float64], score: npt.NDArray[np.float64],
    at: npt.NDArray[np.int64], reached: npt.NDArray[np.int64],
) -> None:  # fmt: skip
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
