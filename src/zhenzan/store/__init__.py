"""The store: SQL tables on SQLite or PostgreSQL, and the migrations that create them."""

from zhenzan.store.checksums import checksum
from zhenzan.store.engine import Database, check_place, open_database
from zhenzan.store.errors import DuplicateError, NewerDatabaseError, StoreError, UnfitValueError
from zhenzan.store.metadata import LONG, METADATA, checked, number

__all__ = [
    "LONG",
    "METADATA",
    "Database",
    "DuplicateError",
    "NewerDatabaseError",
    "StoreError",
    "UnfitValueError",
    "check_place",
    "checked",
    "checksum",
    "number",
    "open_database",
]
