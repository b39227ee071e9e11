"""SQL access to a result's tables: from its folder, or from memory."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from zhenzan.parquet_sql import parquet_sql
from zhenzan.verify.results.result_format import items_sql

__all__ = ["TABLES", "Tables", "VerifiedResult", "find_likes", "settled_account", "thresholds"]

TABLES = ("verdicts", "accounts", "moments", "rings", "items")


class VerifiedResult(Protocol):
    """The interface of a result for explanations and reports."""

    @property
    def summary(self) -> Mapping[str, Any]: ...

    @property
    def folder(self) -> Path | None:
        """The folder of the tables, as `<name>.parquet`; None for a result that is only in memory."""

    @property
    def final_files(self) -> Sequence[Path]:
        """Files of final verdicts of earlier days."""

    def table(self, name: str) -> pa.Table: ...


class Tables:
    """One SQL view per table. A result of 100 M verdicts is scanned column by column, never loaded whole."""

    def __init__(self, result: VerifiedResult) -> None:
        self.summary = result.summary
        self._connection = duckdb.connect()
        scratch = tempfile.gettempdir().replace("'", "''")
        for setting in ("TimeZone = 'UTC'", "enable_progress_bar = false", f"temp_directory = '{scratch}'"):
            self._connection.execute(f"SET {setting}")
        for name in TABLES:
            path = result.folder / f"{name}.parquet" if result.folder else None
            if path is not None and path.exists():
                rows = items_sql([path]) if name == "items" else f"SELECT * FROM {parquet_sql([path])}"
                self._connection.execute(f"CREATE VIEW {name} AS {rows}")
            else:
                self._connection.register(name, result.table(name))
        self.has_final = bool(result.final_files)
        if self.has_final:
            rows = parquet_sql(result.final_files)
            self._connection.execute(f"CREATE VIEW sealed AS SELECT * EXCLUDE (creator, is_bot) FROM {rows}")

    def query(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query as plain values."""
        rows = self._connection.sql(sql, params=parameters or None)
        return [dict(row) for row in rows.to_arrow_table().to_pylist()] if rows is not None else []

    def one(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> dict[str, Any] | None:
        """The first row of a query, or None."""
        rows = self.query(sql, parameters)
        return rows[0] if rows else None

    def run(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        """Execute a statement that answers nothing."""
        self._connection.execute(sql, parameters)

    def columns(self, name: str) -> list[str]:
        """The names of a table's columns."""
        return [str(row[0]) for row in self._connection.execute(f"DESCRIBE {name}").fetchall()]

    def is_number(self, name: str, column: str) -> bool:
        """Whether a column holds whole numbers (ids may be numbers or text)."""
        for row in self._connection.execute(f"DESCRIBE {name}").fetchall():
            if row[0] == column:
                return str(row[1]).endswith("INT") or str(row[1]) == "INTEGER"
        return False

    def typed(self, name: str, column: str, value: Any) -> Any:
        """What a person typed, in the type of the column; None where it cannot be one of its values."""
        if not self.is_number(name, column):
            return str(value)
        try:
            number = int(str(value).strip())
        except ValueError:
            return None
        return number if -(2**63) <= number < 2**63 else None


def find_likes(tables: Tables, column: str, value: Any, limit: int = 1) -> list[dict[str, Any]]:
    """The first likes, in input order, whose `column` equals `value`; else, by id, of those that settled for
    good before. Cost: a scan of that column.
    """
    if column not in tables.columns("verdicts"):
        return []
    typed = tables.typed("verdicts", column, value)
    if typed is None:
        return []
    rest = f'WHERE "{column}" = ? ORDER BY row LIMIT {limit:d}'
    likes = tables.query(f"SELECT * FROM verdicts {rest}", [typed])
    if not likes and column == "id" and tables.has_final:
        return tables.query(f"SELECT * FROM sealed {rest}", [typed])
    return likes


def settled_account(tables: Tables, value: Any) -> dict[str, Any] | None:
    """Totals of an account's likes with final verdicts of earlier days; None where there are none. Cost: a
    scan of that column.
    """
    typed = tables.typed("accounts", "account", value) if tables.has_final else None
    if typed is None:
        return None
    return tables.one(
        "SELECT account, COUNT(*) AS likes, COUNT(DISTINCT item) AS items, MIN(timestamp) AS first, "
        "MAX(timestamp) AS last, COUNT(*) FILTER (verdict = 'fake') AS fake_likes FROM sealed "
        "WHERE account = ? AND standing = 'counted' GROUP BY account",
        [typed],
    )


def thresholds(summary: Mapping[str, Any]) -> tuple[float, float]:
    """The policy's thresholds: genuine up to, fake from."""
    policy = (summary.get("policy") or {}).get("verdict") or {}
    return float(policy.get("genuine_threshold", 0.5)), float(policy.get("fake_threshold", 0.9))
