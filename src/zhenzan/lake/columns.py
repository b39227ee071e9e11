"""What lies in the lake: the interaction schema with text ids, hashed addresses, and when it came in.

DuckDB and Spark read the files as they lie; `verify` reads the folder like any other log.
"""

from __future__ import annotations

import pyarrow as pa

__all__ = ["ARRIVAL", "COLUMNS", "HOUR_US"]

HOUR_US = 3_600_000_000
_TIME = pa.timestamp("us", tz="UTC")
_GESTURE = pa.list_(pa.struct([("x", pa.float64()), ("y", pa.float64()), ("t", pa.float64())]))

ARRIVAL = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # in English: like, view, …
        pa.field("timestamp", _TIME, nullable=False),
        pa.field("account", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),
        pa.field("creator", pa.string()),
        pa.field("watched", pa.int64()),  # milliseconds
        pa.field("duration", pa.int64()),  # milliseconds
        pa.field("ip", pa.int64()),  # keyed hash
        pa.field("device", pa.int64()),  # keyed hash
        pa.field("region", pa.string()),
        pa.field("app", pa.string()),
        pa.field("origin", pa.string()),
        pa.field("gesture", _GESTURE),
    ]
)
"""What is brought to the lake."""

COLUMNS = pa.schema(
    [
        pa.field("sequence", pa.int64(), nullable=False),  # 0, 1, 2, … in the order of acknowledgement
        *ARRIVAL,
        pa.field("received", _TIME, nullable=False),
    ]
)
"""What lies there."""
