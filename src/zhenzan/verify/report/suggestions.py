"""Suggestions of similar ids, when nothing has the id that was asked for."""

from __future__ import annotations

from typing import Any

from zhenzan.errors import ResultError
from zhenzan.verify.report.number_text import label
from zhenzan.verify.report.result_sql import Tables

__all__ = ["unknown"]

CANDIDATES_MAX = 2_000_000
"""Ids compared with a mistyped one: a second or two of work, however large the result."""

_WHERE = {"account": ("accounts", "account"), "item": ("items", "item"), "ring": ("rings", "ring")}


def unknown(tables: Tables, kind: str, value: Any) -> ResultError:
    """An error that names the nearest ids there are."""
    shown = label(value, 60)
    if kind == "like":
        return ResultError(f"no like has the id or row number {shown!r}{_nearest_likes(tables, value)}")
    table, column = _WHERE[kind]
    near = _nearest(tables, table, column, value)
    held = tables.one(f"SELECT count(*) AS rows FROM {table}") or {"rows": 0}
    if held["rows"] == 0:
        return ResultError(f"no {kind} {shown!r}: this result has no {kind}s")
    return ResultError(f"no {kind} {shown!r} in this result{_named(near)}")


def _named(near: list[Any]) -> str:
    if not near:
        return ""
    return "; the nearest are " + ", ".join(repr(label(one, 60)) for one in near)


def _nearest_likes(tables: Tables, value: Any) -> str:
    near: list[Any] = []
    if "id" in tables.columns("verdicts"):
        near = _nearest(tables, "verdicts", "id", value)
    if not near:
        near = _nearest(tables, "verdicts", "row", value)
    if near:
        return _named(near)
    span = tables.one("SELECT min(row) AS low, max(row) AS high FROM verdicts")
    if span is None or span["low"] is None:
        return ": this result has no likes"
    return f"; rows of likes go from {span['low']} to {span['high']}"


def _nearest(tables: Tables, table: str, column: str, value: Any) -> list[Any]:
    """Up to three ids: by distance for numbers, by spelling for text."""
    if tables.is_number(table, column):
        typed = tables.typed(table, column, value)
        if typed is None:
            return []
        rows = tables.query(
            f'SELECT "{column}" AS near FROM {table} '
            f'ORDER BY abs("{column}"::HUGEINT - ?::HUGEINT), "{column}" LIMIT 3',
            [typed],
        )
        return [row["near"] for row in rows]
    text = str(value)[:200]
    rows = tables.query(
        f'SELECT near FROM (SELECT DISTINCT "{column}" AS near FROM '
        f'(SELECT "{column}" FROM {table} LIMIT {CANDIDATES_MAX})) '
        "WHERE near IS NOT NULL AND length(near) <= 400 "
        "AND jaro_winkler_similarity(lower(near), lower(?)) > 0.6 "
        "ORDER BY jaro_winkler_similarity(lower(near), lower(?)) DESC, near LIMIT 3",
        [text, text],
    )
    return [row["near"] for row in rows]
