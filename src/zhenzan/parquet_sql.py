"""Parquet files in DuckDB queries."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

__all__ = ["parquet_sql"]


def parquet_sql(paths: Sequence[Path]) -> str:
    """Files as DuckDB reads them in a FROM clause, columns by their names."""
    quoted = ", ".join("'" + glob.escape(str(path)).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{quoted}], union_by_name = true)"
