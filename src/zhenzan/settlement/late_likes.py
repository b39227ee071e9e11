"""Late likes: likes that came in long after their time, which earn nothing scarce.

Written beside a result as late.parquet: account, item, timestamp, and when the lake first received the like
(`received`), of likes that came in more than an hour after their time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from zhenzan.errors import ResultError
from zhenzan.parquet_sql import parquet_sql
from zhenzan.verify import LATE

__all__ = ["write_late"]

LATE_FROM = "INTERVAL 1 HOUR"  # what is less is how messages travel; catalogues bound lateness by whole hours


def write_late(folder: Path, files: Sequence[Path]) -> None:
    """Write which likes in `files` of the lake were late into the folder of a result. A like that was sent
    several times came in with the first. Cost: a pass over three columns, and a join of the late ones.
    """
    target = str(folder / LATE).replace("'", "''")
    try:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(
                f"""COPY (
                    WITH likes AS (SELECT account, item, timestamp, received FROM {parquet_sql(files)}
                        WHERE kind = 'like'),
                    late AS (SELECT DISTINCT account, item, timestamp FROM likes
                        WHERE received > timestamp + {LATE_FROM})
                    SELECT account, item, timestamp, min(received) AS received FROM likes
                        SEMI JOIN late USING (account, item, timestamp)
                    GROUP BY ALL HAVING min(received) > timestamp + {LATE_FROM} ORDER BY ALL
                ) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"""
            )
    except duckdb.Error as error:
        raise ResultError(f"{folder / LATE} cannot be written: {error}") from error
