"""The lake: every interaction that came in, exactly once, in Parquet files by the hour."""

from zhenzan.lake.columns import COLUMNS
from zhenzan.lake.lake import Kept, Lake, lake_files, read_since, snapshot
from zhenzan.lake.locks import only_one
from zhenzan.lake.seen import fingerprints
from zhenzan.lake.still import Still, hold_still

__all__ = [
    "COLUMNS",
    "Kept",
    "Lake",
    "Still",
    "fingerprints",
    "hold_still",
    "lake_files",
    "only_one",
    "read_since",
    "snapshot",
]
