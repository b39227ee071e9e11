"""Result formats of earlier versions, read as this version writes them.

Format 1 (`summary.json` without `result_format`): items have no `genuine`, `untold`, `lower`, `higher`,
`variance`, and their idle likes stand among the uncertain; `counts.claimed` was called `counts.counted`.
Format 2 is this one. Files of days that are final name their format in their metadata; those of format 1 are
known by their columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from zhenzan.errors import NewerResultError, newer_version
from zhenzan.parquet_sql import parquet_sql
from zhenzan.verify.results.verified_counts import INTERVAL_Z

__all__ = ["FORMAT_KEY", "RESULT_FORMAT", "check_result_format", "is_old", "items_sql", "promoted_summary"]

RESULT_FORMAT = 2
FORMAT_KEY = "zhenzan.result_format"  # in the metadata of a Parquet file
_OPTIONAL = ("verified_low", "verified_high", "variance", "lower", "higher", "untold")


def promoted_summary(summary: Mapping[str, Any], where: Path) -> dict[str, Any]:
    """A summary as this version writes it. Raises NewerResultError where a newer one wrote it."""
    promoted = dict(summary)
    format = promoted.get("result_format", 1)
    check_result_format(format, where)
    counts = promoted.get("counts")
    if format == 1 and isinstance(counts, dict) and "counted" in counts:
        promoted["counts"] = {"claimed" if name == "counted" else name: n for name, n in counts.items()}
        promoted["counts"].setdefault("idle", 0)
    return promoted


def check_result_format(format: object, where: Path) -> None:
    """Raise NewerResultError where a newer version of Zhenzan wrote a result, or a day that is final."""
    if not isinstance(format, int) or format > RESULT_FORMAT:
        again = "; a result alone is made anew by `zhenzan verify`"
        raise NewerResultError(newer_version(where, "result format", format, RESULT_FORMAT) + again)


def is_old(columns: Sequence[str]) -> bool:
    """Whether a table of items is of format 1."""
    return "idle" in columns and "genuine" not in columns


def _is_old_file(path: Path) -> bool:
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowException):  # who reads it says what is wrong with it
        return False
    named = (schema.metadata or {}).get(FORMAT_KEY.encode(), b"1")
    check_result_format(int(named) if named.isdigit() else named, path)
    return is_old(schema.names)


def items_sql(files: Sequence[Path]) -> str:
    """Rows of `items` files of any format, those of sealed days too, as a query for DuckDB. Raises
    NewerResultError.
    """
    rows = f"SELECT * FROM {parquet_sql(files)}"
    if not any(map(_is_old_file, files)):
        return rows
    optional = ", ".join(f"NULL::DOUBLE AS {name}" for name in _OPTIONAL)
    half = f"((verified_high - verified_low) / {2 * INTERVAL_Z})"
    return f"""SELECT item, creator, claimed, verified, verified_low, verified_high,
            greatest(claimed - fake - idle - uncertain, 0) AS genuine,
            least(uncertain, claimed - fake - idle) AS uncertain, fake, idle,
            coalesce(untold, 0.0) AS untold, coalesce(lower, 0.0) AS lower, coalesce(higher, 0.0) AS higher,
            coalesce(variance, {half} * {half}, 0.0) AS variance, first, last
        FROM ({rows} UNION ALL BY NAME SELECT {optional} WHERE FALSE)"""
