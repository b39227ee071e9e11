"""The lake: every interaction received, stored exactly once, in Parquet files by the hour."""

from typing import TYPE_CHECKING

from zhenzan.deprecation import renamed_names
from zhenzan.lake.columns import COLUMNS
from zhenzan.lake.damage import check_files, linked_as, refuse_damaged, refuse_newer, warn_foreign
from zhenzan.lake.dedup import fingerprints
from zhenzan.lake.journal import sync_folder
from zhenzan.lake.lake import AppendResult, Lake, lake_files, lake_hours, link_hours, read_since
from zhenzan.lake.locks import only_one
from zhenzan.lake.snapshot import SnapshotFile, snapshot_files
from zhenzan.times import HOUR_US

__all__ = [
    "COLUMNS",
    "HOUR_US",
    "AppendResult",
    "Lake",
    "SnapshotFile",
    "check_files",
    "fingerprints",
    "lake_files",
    "lake_hours",
    "link_hours",
    "linked_as",
    "only_one",
    "read_since",
    "refuse_damaged",
    "refuse_newer",
    "snapshot_files",
    "sync_folder",
    "warn_foreign",
]

if not TYPE_CHECKING:  # a type checker knows the new names alone
    __getattr__ = renamed_names(__name__)
