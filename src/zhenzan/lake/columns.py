"""What lies in the lake: the interaction schema with text ids, hashed addresses, and when it came in.

DuckDB and Spark read the files as they lie; `verify` reads the folder like any other log.
"""

from __future__ import annotations

import pyarrow as pa

from zhenzan.interactions import ROW_COLUMNS

__all__ = ["COLUMNS", "HOUR_US"]

HOUR_US = 3_600_000_000

COLUMNS = pa.schema(
    [
        pa.field("sequence", pa.int64(), nullable=False),  # 0, 1, 2, … in the order of acknowledgement
        *ROW_COLUMNS,
        pa.field("received", ROW_COLUMNS.field("timestamp").type, nullable=False),
    ]
)
"""What lies there."""
