"""Database tables of the ledger.

Numbers name things inside; every event of the log has one sequence number, from 0. `transfers`, `assets`,
`accounts`, `owners` (erased at) and `keys` are the log; `batches` its checkpoints, `tiles` its Merkle tree.
`entries`, the balances in `accounts`, the counts in `assets`, `pendings`, `cards` and `reversals` are
projections that a replay makes again.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, SmallInteger, String, Table, UniqueConstraint

from zhenzan.store import LONG, METADATA, number

ASSETS = Table(
    "assets",
    METADATA,
    number("number", primary_key=True, autoincrement=False),
    number("seq", unique=True),
    Column("id", String, nullable=False, unique=True),
    Column("kind", SmallInteger, nullable=False),
    Column("scale", SmallInteger, nullable=False),
    number("cap"),
    number("issued"),
    number("coming"),
    number("serials"),
)
OWNERS = Table(
    "owners",
    METADATA,
    number("number", primary_key=True, autoincrement=False),
    Column("name", String, unique=True),  # null: erased
    Column("salt", LargeBinary),
    Column("erased_seq", LONG, unique=True),
)
ACCOUNTS = Table(
    "accounts",
    METADATA,
    number("number", primary_key=True, autoincrement=False),
    number("seq", unique=True),
    Column("id", String, nullable=False, unique=True),
    number("owner", index=True),
    number("asset"),
    Column("kind", SmallInteger, nullable=False),
    number("floor"),
    number("debits"),
    number("credits"),
    number("held"),
    number("coming"),
)
TRANSFERS = Table(
    "transfers",
    METADATA,
    number("seq", primary_key=True, autoincrement=False),
    Column("id", String, nullable=False, unique=True),
    number("debit"),
    number("credit"),
    number("asset"),
    number("amount"),
    Column("phase", SmallInteger, nullable=False),
    number("pending"),
    number("expires_at"),
    Column("group", String, nullable=False),
    Column("cause", String, nullable=False),
    number("reverses"),
    number("serial"),
    Column("body", LargeBinary, nullable=False),
)
Index(  # a card's way, from its mint on
    "transfers_card",
    TRANSFERS.c.asset,
    TRANSFERS.c.serial,
    sqlite_where=TRANSFERS.c.serial > 0,
    postgresql_where=TRANSFERS.c.serial > 0,
)
ENTRIES = Table(
    "entries",
    METADATA,
    number("account", primary_key=True, autoincrement=False),
    number("seq", primary_key=True, autoincrement=False),
    number("debits"),
    number("credits"),
    number("held"),
    number("coming"),
    sqlite_with_rowid=False,
)
PENDINGS = Table(
    "pendings",
    METADATA,
    number("seq", primary_key=True, autoincrement=False),
    Column("id", String, nullable=False, unique=True),
    number("debit"),
    number("credit"),
    number("asset"),
    number("amount"),
    number("expires_at"),
    Column("group", String, nullable=False),
    number("serial"),
    Column("resolution", SmallInteger, nullable=False),
    number("resolved"),
)
Index("pendings_open", PENDINGS.c.resolution, PENDINGS.c.expires_at)
Index("pendings_group", PENDINGS.c.group)
Index("pendings_debit", PENDINGS.c.debit, PENDINGS.c.expires_at)
Index(  # what is on its way to somebody
    "pendings_coming",
    PENDINGS.c.credit,
    sqlite_where=PENDINGS.c.resolution == 0,
    postgresql_where=PENDINGS.c.resolution == 0,
)
CARDS = Table(
    "cards",
    METADATA,
    number("asset", primary_key=True, autoincrement=False),
    number("serial", primary_key=True, autoincrement=False),
    number("holder", index=True),
    number("pending"),
    number("moved"),
    sqlite_with_rowid=False,
)
REVERSALS = Table(
    "reversals",
    METADATA,
    number("seq", primary_key=True, autoincrement=False),
    number("amount"),
)
SEALS = Table(  # what leaves said of accounts, kept where a salt is gone
    "seals",
    METADATA,
    number("seq", primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("row", LargeBinary, nullable=False),
)
KEYS = Table(
    "keys",
    METADATA,
    number("seq", primary_key=True, autoincrement=False),
    Column("key", String, nullable=False),
)
BATCHES = Table(
    "batches",
    METADATA,
    number("number", primary_key=True, autoincrement=False),
    number("size"),
    number("time"),
    Column("note", String, nullable=False),
    UniqueConstraint("size"),
)
Index("batches_time", BATCHES.c.time)
TILES = Table(
    "tiles",
    METADATA,
    number("level", primary_key=True, autoincrement=False),
    number("number", primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
LEASES = Table(
    "leases",
    METADATA,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    number("epoch"),
    number("until"),
)
