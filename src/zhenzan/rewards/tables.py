"""Database tables of the rewards.

No event of the ledger makes these rows again, so each carries a checksum, `crc`, that finds what was changed
behind its back or by a failing disk.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, String, Table

from zhenzan.store import METADATA, checked, number

GRANTS = checked(  # what each claim of the rewards was granted
    "grants",
    number("number", primary_key=True, autoincrement=False),
    Column("key", String, nullable=False, unique=True),
    Column("rule", String, nullable=False),
    Column("account", String, nullable=False, index=True),
    Column("scope", String, nullable=False),
    Column("span", String, nullable=False),
    number("granted"),
    number("turns"),
    number("spared"),
    number("cards"),
    number("held"),
)
GRANT_ENTRIES = checked(  # each transfer that stands for a grant: what it moved, and what became of that
    "grant_entries",
    number("grant_number", primary_key=True, autoincrement=False),
    number("seq", primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("transfer", String, nullable=False),
    number("serial"),
    number("amount"),
    number("at"),  # held: until when; frozen: since when
    Column("state", String, nullable=False),
    sqlite_with_rowid=False,
)
Index(  # cards that wait to be burnt
    "grant_entries_frozen",
    GRANT_ENTRIES.c.at,
    sqlite_where=GRANT_ENTRIES.c.state == "frozen",
    postgresql_where=GRANT_ENTRIES.c.state == "frozen",
)
NAMING_KEYS = checked(  # secrets under which ids of the rewards are made, the newest in use
    "naming_keys",
    number("number", primary_key=True, autoincrement=False),
    Column("secret", String, nullable=False),
    number("made_at"),
)
GRANT_NAMES = checked(  # grants whose transfers were named under an older secret; 0: under none
    "grant_names",
    Column("key", String, primary_key=True),
    number("number"),
)
ACCOUNT_NAMES = checked(  # accounts that keep a name of an earlier version
    "account_names",
    Column("account", String, primary_key=True),
    Column("name", String, nullable=False),
)
REDEMPTIONS = checked(  # what the ledger's holds of a redemption stand for
    "redemptions",
    Column("id", String, primary_key=True),
    Column("offer", String, nullable=False),
    Column("account", String, nullable=False, index=True),
    Column("state", String, nullable=False, index=True),
    number("reserved_at"),
    Column("receipt", String, nullable=False),
)
CODES = checked(  # of coupons and vouchers; `redemption` "": nobody's yet
    "codes",
    Column("offer", String, primary_key=True),
    Column("code", String, primary_key=True),
    Column("redemption", String, nullable=False, index=True),
)
LEVELS = checked(  # where an account stood on a ladder when its last like had settled
    "levels",
    Column("account", String, primary_key=True),
    Column("ladder", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("score", Float, nullable=False),
    number("at"),
)
APPEALS = checked(
    "appeals",
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False, index=True),
    Column("text", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    number("opened_at"),
    number("decided_at"),
    Column("decision", String, nullable=False),
)
WAITING_CLAIMS = Table(  # that stand on likes which came in lately; each run of the rewards writes them anew
    "waiting_claims",
    METADATA,
    Column("key", String, primary_key=True),
    Column("account", String, nullable=False, index=True),
    Column("rule", String, nullable=False),
    number("grants"),  # that are left without those likes
    number("until"),  # when no like is that new any more
)
LISTINGS = checked(  # a card that is for sale, by auction, or for rent; its hold on the ledger is `id`:card
    "listings",
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("edition", String, nullable=False),
    number("serial"),
    Column("seller", String, nullable=False, index=True),
    Column("asset", String, nullable=False),
    number("price"),
    number("ends_at"),
    Column("state", String, nullable=False, index=True),
)
Index("listings_card", LISTINGS.c.edition, LISTINGS.c.serial)
BIDS = checked(  # in an auction, or an offer for a card that is not for sale (`listing` ""); held as id:money
    "bids",
    Column("id", String, primary_key=True),
    Column("listing", String, nullable=False, index=True),
    Column("edition", String, nullable=False),
    number("serial"),
    Column("bidder", String, nullable=False, index=True),
    Column("asset", String, nullable=False),
    number("price"),
    number("expires_at"),
    Column("state", String, nullable=False, index=True),
)
SALES = checked(
    "sales",
    Column("id", String, primary_key=True),
    Column("edition", String, nullable=False),
    number("serial"),
    Column("seller", String, nullable=False, index=True),
    Column("buyer", String, nullable=False, index=True),
    Column("asset", String, nullable=False),
    number("price"),
    number("time"),
)
RENTALS = checked(
    "rentals",
    Column("id", String, primary_key=True),
    Column("edition", String, nullable=False),
    number("serial"),
    Column("owner", String, nullable=False),
    Column("renter", String, nullable=False, index=True),
    number("begins"),
    number("ends"),
)
Index("rentals_card", RENTALS.c.edition, RENTALS.c.serial)
DECORATIONS = checked(  # what a holder put on a card; shown while they hold it
    "decorations",
    Column("edition", String, primary_key=True),
    number("serial", primary_key=True, autoincrement=False),
    Column("holder", String, nullable=False),
    Column("frame", String, nullable=False),
    Column("sticker", String, nullable=False),
    Column("motto", String, nullable=False),
)
CREDENTIALS = checked(  # cards and rights that were handed out as badges; `number` in the status list
    "credentials",
    Column("id", String, primary_key=True),
    number("number", unique=True),
    Column("account", String, nullable=False, index=True),
    Column("edition", String, nullable=False),  # a card, or "" where it is a right
    number("serial"),
    Column("right", String, nullable=False),
    Column("creator", String, nullable=False),
    number("issued_at"),
    number("expires_at"),  # 0: never
    number("revoked_at"),  # 0: not by anyone
)
