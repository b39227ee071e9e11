"""The lake: every interaction that came in, exactly once, in Parquet files by the hour."""

from zhenzan.lake.columns import COLUMNS
from zhenzan.lake.damage import check_parts, linked_as, refuse_damaged, refuse_newer, tell_foreign
from zhenzan.lake.journal import sync_folder
from zhenzan.lake.lake import Kept, Lake, lake_files, lake_hours, read_since, snapshot
from zhenzan.lake.locks import only_one
from zhenzan.lake.seen import fingerprints
from zhenzan.lake.still import Still, hold_still
from zhenzan.times import HOUR_US

__all__ = [
    "COLUMNS",
    "HOUR_US",
    "Kept",
    "Lake",
    "Still",
    "check_parts",
    "fingerprints",
    "hold_still",
    "lake_files",
    "lake_hours",
    "linked_as",
    "only_one",
    "read_since",
    "refuse_damaged",
    "refuse_newer",
    "snapshot",
    "sync_folder",
    "tell_foreign",
]
