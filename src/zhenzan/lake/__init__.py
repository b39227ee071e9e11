"""The lake: every interaction that came in, exactly once, in Parquet files by the hour."""

from zhenzan.lake.columns import COLUMNS
from zhenzan.lake.journal import read_segment, segments
from zhenzan.lake.lake import Kept, Lake, copy_files, lake_files, read_since, snapshot
from zhenzan.lake.locks import only_one
from zhenzan.lake.seen import fingerprints

__all__ = [
    "COLUMNS",
    "Kept",
    "Lake",
    "copy_files",
    "fingerprints",
    "lake_files",
    "only_one",
    "read_segment",
    "read_since",
    "segments",
    "snapshot",
]
