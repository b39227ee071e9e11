"""Late likes of a result: likes that came in long after their time, where that is known."""

from __future__ import annotations

from pathlib import Path

from zhenzan.parquet_sql import parquet_sql

__all__ = ["LATE", "late_sql"]

LATE = "late.parquet"


def late_sql(folder: Path | None) -> str:
    """The late likes of a result as DuckDB reads them in a FROM clause: account, item, timestamp, and when
    the like was `received`. None where nobody wrote them down.
    """
    if folder is not None and (folder / LATE).exists():
        return parquet_sql([folder / LATE])
    return (
        "(SELECT NULL::VARCHAR AS account, NULL::VARCHAR AS item, NULL::TIMESTAMPTZ AS timestamp, "
        "NULL::TIMESTAMPTZ AS received WHERE FALSE)"
    )
