"""The ledger's tables. Numbers name things inside; every event of the log has one sequence number, from 0.

`transfers`, `assets`, `accounts`, `owners` (erased at) and `keys` are the log; `batches` its checkpoints,
`tiles`
its Merkle tree. `entries`, the balances in `accounts`, the counts in `assets`, `pendings`, `cards` and
`reversals` are projections that a replay makes again.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

METADATA = MetaData()
LONG = BigInteger().with_variant(Integer, "sqlite")  # what SQLite takes for the row's own number


def _number(name: str, **given: object) -> Column[int]:
    return Column(name, LONG, nullable=False, **given)  # type: ignore[arg-type]


ASSETS = Table(
    "assets",
    METADATA,
    _number("number", primary_key=True, autoincrement=False),
    _number("seq", unique=True),
    Column("id", String, nullable=False, unique=True),
    Column("kind", SmallInteger, nullable=False),
    Column("scale", SmallInteger, nullable=False),
    _number("cap"),
    _number("issued"),
    _number("coming"),
    _number("serials"),
)
OWNERS = Table(
    "owners",
    METADATA,
    _number("number", primary_key=True, autoincrement=False),
    Column("name", String, unique=True),  # null: erased
    Column("salt", LargeBinary),
    Column("erased_seq", LONG, unique=True),
)
ACCOUNTS = Table(
    "accounts",
    METADATA,
    _number("number", primary_key=True, autoincrement=False),
    _number("seq", unique=True),
    Column("id", String, nullable=False, unique=True),
    _number("owner", index=True),
    _number("asset"),
    Column("kind", SmallInteger, nullable=False),
    _number("floor"),
    _number("debits"),
    _number("credits"),
    _number("held"),
    _number("coming"),
)
TRANSFERS = Table(
    "transfers",
    METADATA,
    _number("seq", primary_key=True, autoincrement=False),
    Column("id", String, nullable=False, unique=True),
    _number("debit"),
    _number("credit"),
    _number("asset"),
    _number("amount"),
    Column("phase", SmallInteger, nullable=False),
    _number("pending"),
    _number("expires_at"),
    Column("group", String, nullable=False),
    Column("cause", String, nullable=False),
    _number("reverses"),
    _number("serial"),
    Column("body", LargeBinary, nullable=False),
)
Index(  # a card's way, from its mint on
    "transfers_card", TRANSFERS.c.asset, TRANSFERS.c.serial,
    sqlite_where=TRANSFERS.c.serial > 0, postgresql_where=TRANSFERS.c.serial > 0,
)  # fmt: skip
ENTRIES = Table(
    "entries",
    METADATA,
    _number("account", primary_key=True, autoincrement=False),
    _number("seq", primary_key=True, autoincrement=False),
    _number("debits"),
    _number("credits"),
    _number("held"),
    _number("coming"),
    sqlite_with_rowid=False,
)
PENDINGS = Table(
    "pendings",
    METADATA,
    _number("seq", primary_key=True, autoincrement=False),
    Column("id", String, nullable=False, unique=True),
    _number("debit"),
    _number("credit"),
    _number("asset"),
    _number("amount"),
    _number("expires_at"),
    Column("group", String, nullable=False),
    _number("serial"),
    Column("resolution", SmallInteger, nullable=False),
    _number("resolved"),
)
Index("pendings_open", PENDINGS.c.resolution, PENDINGS.c.expires_at)
Index("pendings_group", PENDINGS.c.group)
Index("pendings_debit", PENDINGS.c.debit, PENDINGS.c.expires_at)
Index(  # what is on its way to somebody
    "pendings_coming", PENDINGS.c.credit,
    sqlite_where=PENDINGS.c.resolution == 0, postgresql_where=PENDINGS.c.resolution == 0,
)  # fmt: skip
CARDS = Table(
    "cards",
    METADATA,
    _number("asset", primary_key=True, autoincrement=False),
    _number("serial", primary_key=True, autoincrement=False),
    _number("holder", index=True),
    _number("pending"),
    _number("moved"),
    sqlite_with_rowid=False,
)
REVERSALS = Table(
    "reversals",
    METADATA,
    _number("seq", primary_key=True, autoincrement=False),
    _number("amount"),
)
SEALS = Table(  # what leaves said of accounts, kept where a salt is gone
    "seals",
    METADATA,
    _number("seq", primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("row", LargeBinary, nullable=False),
)
KEYS = Table(
    "keys",
    METADATA,
    _number("seq", primary_key=True, autoincrement=False),
    Column("key", String, nullable=False),
)
BATCHES = Table(
    "batches",
    METADATA,
    _number("number", primary_key=True, autoincrement=False),
    _number("size"),
    _number("time"),
    Column("note", String, nullable=False),
    UniqueConstraint("size"),
)
Index("batches_time", BATCHES.c.time)
TILES = Table(
    "tiles",
    METADATA,
    _number("level", primary_key=True, autoincrement=False),
    _number("number", primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
GRANTS = Table(  # what each claim of the rewards was granted
    "grants",
    METADATA,
    Column("key", String, primary_key=True),
    Column("rule", String, nullable=False),
    Column("account", String, nullable=False, index=True),
    Column("scope", String, nullable=False),
    Column("span", String, nullable=False),
    _number("granted"),
    _number("turns"),
    _number("spared"),
    Column("serials", String, nullable=False),
)
REDEMPTIONS = Table(  # what the ledger's holds of a redemption stand for
    "redemptions",
    METADATA,
    Column("id", String, primary_key=True),
    Column("offer", String, nullable=False),
    Column("account", String, nullable=False, index=True),
    Column("state", String, nullable=False, index=True),
    _number("reserved_at"),
    Column("receipt", String, nullable=False),
)
CODES = Table(  # of coupons and vouchers; `redemption` "": nobody's yet
    "codes",
    METADATA,
    Column("offer", String, primary_key=True),
    Column("code", String, primary_key=True),
    Column("redemption", String, nullable=False, index=True),
)
HOLDS = Table(  # of each claim, what is pending (`turns` name the holds) or frozen until an appeal is over
    "holds",
    METADATA,
    Column("key", String, primary_key=True),
    _number("amount"),
    Column("turns", String, nullable=False),
    _number("until"),
    Column("frozen", String, nullable=False),  # serial:turn, comma-separated
    _number("frozen_at", index=True),
)
LEVELS = Table(  # where an account stood on a ladder when its last like had settled
    "levels",
    METADATA,
    Column("account", String, primary_key=True),
    Column("ladder", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("score", Float, nullable=False),
    _number("at"),
)
APPEALS = Table(
    "appeals",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False, index=True),
    Column("text", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    _number("opened_at"),
    _number("decided_at"),
    Column("decision", String, nullable=False),
)
LISTINGS = Table(  # a card that is for sale, by auction, or for rent; its hold on the ledger is `id`:card
    "listings",
    METADATA,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("edition", String, nullable=False),
    _number("serial"),
    Column("seller", String, nullable=False, index=True),
    Column("asset", String, nullable=False),
    _number("price"),
    _number("ends_at"),
    Column("state", String, nullable=False, index=True),
)
Index("listings_card", LISTINGS.c.edition, LISTINGS.c.serial)
BIDS = Table(  # in an auction, or an offer for a card that is not for sale (`listing` ""); held as `id`:money
    "bids",
    METADATA,
    Column("id", String, primary_key=True),
    Column("listing", String, nullable=False, index=True),
    Column("edition", String, nullable=False),
    _number("serial"),
    Column("bidder", String, nullable=False, index=True),
    Column("asset", String, nullable=False),
    _number("price"),
    _number("expires_at"),
    Column("state", String, nullable=False, index=True),
)
SALES = Table(
    "sales",
    METADATA,
    Column("id", String, primary_key=True),
    Column("edition", String, nullable=False),
    _number("serial"),
    Column("seller", String, nullable=False, index=True),
    Column("buyer", String, nullable=False, index=True),
    Column("asset", String, nullable=False),
    _number("price"),
    _number("time"),
)
RENTALS = Table(
    "rentals",
    METADATA,
    Column("id", String, primary_key=True),
    Column("edition", String, nullable=False),
    _number("serial"),
    Column("owner", String, nullable=False),
    Column("renter", String, nullable=False, index=True),
    _number("begins"),
    _number("ends"),
)
Index("rentals_card", RENTALS.c.edition, RENTALS.c.serial)
DECORATIONS = Table(  # what a holder put on a card; shown while they hold it
    "decorations",
    METADATA,
    Column("edition", String, primary_key=True),
    _number("serial", primary_key=True, autoincrement=False),
    Column("holder", String, nullable=False),
    Column("frame", String, nullable=False),
    Column("sticker", String, nullable=False),
    Column("motto", String, nullable=False),
)
LEASES = Table(
    "leases",
    METADATA,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    _number("epoch"),
    _number("until"),
)
