"""Backtests: what the rules of a draft would have said of every like in the lake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from zhenzan.lake import read_since
from zhenzan.parquet_sql import parquet_sql
from zhenzan.policy import Rule
from zhenzan.screen.screen import Screen

__all__ = ["backtest"]

EXAMPLES = 5


def backtest(
    home: Path, rules: tuple[Rule, ...], verdicts: Sequence[Path], *, go_on: Callable[[], bool] = lambda: True
) -> dict[str, Any]:
    """Replay the lake from its beginning through these rules, and compare with what settlement found.

    `verdicts`: the files of the newest result and of what is final, none where nothing is settled. Gives
    `likes`, and of each rule: `likes` it applies to, how many of them are settled as `fake`, `uncertain`,
    `genuine`, `precision` (fake of fake and genuine, None where there are none), `recall` (of all fake
    likes), `examples` (ids). `go_on` is asked between batches; False breaks off. Raises PolicyError,
    LakeError. Cost: that of the screen, some 2 µs a like, and a join by id.
    """
    screen = Screen(rules=rules)
    ids: list[pa.Array] = []
    bits: list[Any] = []
    likes = 0
    for batch in read_since(home, 0):
        if not go_on():
            break
        screened = screen.step(batch)
        likes += screened.likes.size
        some = screened.applies.any(axis=1)
        ids.append(batch.column("id").take(pa.array(screened.likes[some])))
        bits.append(screened.applies[some])
    matched = np.concatenate(bits) if bits else np.zeros((0, len(rules)), np.bool_)
    table = pa.table(
        {"id": pa.concat_arrays(ids) if ids else pa.array([], pa.string())}
        | {f"r{i}": matched[:, i] for i in range(len(rules))}
    )
    with duckdb.connect() as connection:
        connection.register("matched", table)
        settled = "SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS verdict WHERE false"
        if verdicts:
            settled = f"SELECT id::VARCHAR AS id, verdict::VARCHAR AS verdict FROM {parquet_sql(verdicts)}"
        connection.execute(f"CREATE TABLE settled AS {settled}")
        fakes = connection.execute("SELECT count(*) FROM settled WHERE verdict = 'fake'").fetchall()[0][0]
        results = [_of_rule(connection, i, rule, fakes) for i, rule in enumerate(rules)]
    return {"likes": likes, "rules": results}


def _of_rule(connection: duckdb.DuckDBPyConnection, number: int, rule: Rule, fakes: int) -> dict[str, Any]:
    result: dict[str, Any] = {"rule": rule.name, "when": rule.when, "weight": rule.weight}
    rows = connection.execute(
        f"""SELECT count(*), count(*) FILTER (s.verdict = 'fake'), count(*) FILTER (s.verdict = 'uncertain'),
            count(*) FILTER (s.verdict = 'genuine') FROM matched m LEFT JOIN settled s ON s.id = m.id
            WHERE m.r{number}"""
    ).fetchall()
    result |= dict(zip(("likes", "fake", "uncertain", "genuine"), rows[0], strict=True))
    sure = result["fake"] + result["genuine"]
    result["precision"] = result["fake"] / sure if sure else None
    result["recall"] = result["fake"] / fakes if fakes else None
    examples = connection.execute(
        f"SELECT id FROM matched WHERE r{number} ORDER BY id LIMIT {EXAMPLES}"
    ).fetchall()
    return result | {"examples": [row[0] for row in examples]}
