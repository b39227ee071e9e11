"""The lake: every interaction that came in, exactly once, in Parquet files by the hour."""

from zhenzan.lake.columns import ARRIVAL, COLUMNS
from zhenzan.lake.lake import Kept, Lake, lake_files, read_since, snapshot
from zhenzan.lake.seen import fingerprints

__all__ = ["ARRIVAL", "COLUMNS", "Kept", "Lake", "fingerprints", "lake_files", "read_since", "snapshot"]
