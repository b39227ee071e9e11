"""Where state lives: SQL tables on SQLite or PostgreSQL, and the migrations that make them."""

from zhenzan.store.engine import Database, StoreError, open_database
from zhenzan.store.tables import (
    ACCOUNTS,
    ASSETS,
    BATCHES,
    CARDS,
    ENTRIES,
    GRANTS,
    KEYS,
    LEASES,
    METADATA,
    OWNERS,
    PENDINGS,
    REVERSALS,
    SEALS,
    TILES,
    TRANSFERS,
)

__all__ = [
    "ACCOUNTS",
    "ASSETS",
    "BATCHES",
    "CARDS",
    "ENTRIES",
    "GRANTS",
    "KEYS",
    "LEASES",
    "METADATA",
    "OWNERS",
    "PENDINGS",
    "REVERSALS",
    "SEALS",
    "TILES",
    "TRANSFERS",
    "Database",
    "StoreError",
    "open_database",
]
