"""The tables of the ledger and of the rewards on it.

Of the ledger: numbers name things inside; every event of the log has one sequence number, from 0.
`transfers`, `assets`, `accounts`, `owners` (erased at) and `keys` are the log; `batches` its checkpoints,
`tiles` its Merkle tree. `entries`, the balances in `accounts`, the counts in `assets`, `pendings`, `cards`
and `reversals` are projections that a replay makes again.

Of the rewards: what transfers stand for. No event makes these rows, so each carries a checksum, `crc`, that
finds what was changed behind the ledger's back or by a failing disk.
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
from sqlalchemy.schema import SchemaItem

METADATA = MetaData()
LONG = BigInteger().with_variant(Integer, "sqlite")  # what SQLite takes for the row's own number


def _number(name: str, **given: object) -> Column[int]:
    return Column(name, LONG, nullable=False, **given)  # type: ignore[arg-type]


def _checked(name: str, *columns: SchemaItem) -> Table:
    """A table whose rows carry a checksum, last, which `Database` writes."""
    return Table(name, METADATA, *columns, _number("crc"), info={"checked": True})


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
GRANTS = _checked(  # what each claim of the rewards was granted
    "grants",
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
NAMING_KEYS = _checked(  # secrets under which ids of the rewards are made, the newest in use
    "naming_keys",
    _number("number", primary_key=True, autoincrement=False),
    Column("secret", String, nullable=False),
    _number("made_at"),
)
GRANT_NAMES = _checked(  # grants whose transfers were named under an older secret; 0: under none
    "grant_names",
    Column("key", String, primary_key=True),
    _number("number"),
)
ACCOUNT_NAMES = _checked(  # accounts that keep a name from before names were told apart
    "account_names",
    Column("account", String, primary_key=True),
    Column("name", String, nullable=False),
)
REDEMPTIONS = _checked(  # what the ledger's holds of a redemption stand for
    "redemptions",
    Column("id", String, primary_key=True),
    Column("offer", String, nullable=False),
    Column("account", String, nullable=False, index=True),
    Column("state", String, nullable=False, index=True),
    _number("reserved_at"),
    Column("receipt", String, nullable=False),
)
CODES = _checked(  # of coupons and vouchers; `redemption` "": nobody's yet
    "codes",
    Column("offer", String, primary_key=True),
    Column("code", String, primary_key=True),
    Column("redemption", String, nullable=False, index=True),
)
HOLDS = _checked(  # of each claim, what is pending (`turns` name the holds) or frozen until an appeal is over
    "holds",
    Column("key", String, primary_key=True),
    _number("amount"),
    Column("turns", String, nullable=False),
    _number("until"),
    Column("frozen", String, nullable=False),  # serial:turn, comma-separated
    _number("frozen_at", index=True),
)
LEVELS = _checked(  # where an account stood on a ladder when its last like had settled
    "levels",
    Column("account", String, primary_key=True),
    Column("ladder", String, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("score", Float, nullable=False),
    _number("at"),
)
APPEALS = _checked(
    "appeals",
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False, index=True),
    Column("text", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    _number("opened_at"),
    _number("decided_at"),
    Column("decision", String, nullable=False),
)
WAITING_CLAIMS = Table(  # that stand on likes which came in lately; each run of the rewards writes them anew
    "waiting_claims",
    METADATA,
    Column("key", String, primary_key=True),
    Column("account", String, nullable=False, index=True),
    Column("rule", String, nullable=False),
    _number("grants"),  # that are left without those likes
    _number("until"),  # when no like is that new any more
)
LISTINGS = _checked(  # a card that is for sale, by auction, or for rent; its hold on the ledger is `id`:card
    "listings",
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
BIDS = (
    _checked(  # in an auction, or an offer for a card that is not for sale (`listing` ""); held as id:money
        "bids",
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
)
SALES = _checked(
    "sales",
    Column("id", String, primary_key=True),
    Column("edition", String, nullable=False),
    _number("serial"),
    Column("seller", String, nullable=False, index=True),
    Column("buyer", String, nullable=False, index=True),
    Column("asset", String, nullable=False),
    _number("price"),
    _number("time"),
)
RENTALS = _checked(
    "rentals",
    Column("id", String, primary_key=True),
    Column("edition", String, nullable=False),
    _number("serial"),
    Column("owner", String, nullable=False),
    Column("renter", String, nullable=False, index=True),
    _number("begins"),
    _number("ends"),
)
Index("rentals_card", RENTALS.c.edition, RENTALS.c.serial)
DECORATIONS = _checked(  # what a holder put on a card; shown while they hold it
    "decorations",
    Column("edition", String, primary_key=True),
    _number("serial", primary_key=True, autoincrement=False),
    Column("holder", String, nullable=False),
    Column("frame", String, nullable=False),
    Column("sticker", String, nullable=False),
    Column("motto", String, nullable=False),
)
CREDENTIALS = _checked(  # cards and rights that were handed out as badges; `number` in the status list
    "credentials",
    Column("id", String, primary_key=True),
    _number("number", unique=True),
    Column("account", String, nullable=False, index=True),
    Column("edition", String, nullable=False),  # a card, or "" where it is a right
    _number("serial"),
    Column("right", String, nullable=False),
    Column("creator", String, nullable=False),
    _number("issued_at"),
    _number("expires_at"),  # 0: never
    _number("revoked_at"),  # 0: not by anyone
)
API_KEYS = _checked(  # who may call the service; the key itself is not kept, only its hash
    "api_keys",
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("subject", String, nullable=False),  # the creator or account it is confined to, or ""
    Column("digest", String, nullable=False),
    _number("created_at"),
    _number("revoked_at"),  # 0: not
)
SIGNING_KEYS = _checked(  # a platform's public keys; the private one signs its tokens for viewers
    "signing_keys",
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, index=True),  # the API key of the platform
    Column("public", String, nullable=False),  # Ed25519, PEM
    Column("origins", String, nullable=False),  # a JSON array of those that tokens may name
    _number("created_at"),
    _number("revoked_at"),  # 0: not
)
SESSIONS = Table(  # of the console; nothing of worth once they end
    "sessions",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("key", String, nullable=False),
    _number("expires_at"),
)
REQUESTS = Table(  # that came with an idempotency key; of no worth after a week
    "requests",
    METADATA,
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("status", SmallInteger, nullable=False),  # 0: not answered yet
    Column("answer", String, nullable=False),
    _number("made_at", index=True),
)
CASES = _checked(  # what people look into, and what they decided
    "cases",
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),  # account, ring or sale
    Column("subject", String, nullable=False, index=True),
    Column("accounts", String, nullable=False),  # whom a decision is about: a JSON array
    Column("why", String, nullable=False),
    Column("state", String, nullable=False, index=True),  # open, genuine, fake, unclear
    Column("decision", String, nullable=False),
    Column("opened_by", String, nullable=False),
    _number("opened_at"),
    Column("decided_by", String, nullable=False),
    _number("decided_at"),  # 0: not yet
)
CASE_RINGS = _checked(  # rings as they were when cases on them were opened
    "case_rings",
    Column("case", String, primary_key=True),
    Column("ring", String, nullable=False),  # numbers and items: a JSON object
)
CASE_SCOPES = _checked(  # which likes a decision is about, where that is not those up to the decision
    "case_scopes",
    Column("case", String, primary_key=True),
    _number("until"),  # likes that came in by then
)
POLICIES = _checked(  # every version that was ever proposed
    "policies",
    _number("number", primary_key=True, autoincrement=False),
    Column("version", String, nullable=False),
    Column("text", String, nullable=False),
    Column("state", String, nullable=False),  # draft, shadow, ruling, retired
    Column("note", String, nullable=False),
    Column("made_by", String, nullable=False),
    _number("made_at"),
    _number("published_at"),  # 0: never
)
Index(  # one version rules, one runs in shadow
    "policies_standing", POLICIES.c.state, unique=True,
    sqlite_where=POLICIES.c.state.in_(("ruling", "shadow")),
    postgresql_where=POLICIES.c.state.in_(("ruling", "shadow")),
)  # fmt: skip
SEQUENCES = Table(  # the last number that was given, by what is numbered
    "sequences",
    METADATA,
    Column("name", String, primary_key=True),
    _number("last"),
)
WEBHOOKS = _checked(  # who is told of what happens
    "webhooks",
    Column("id", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("events", String, nullable=False),  # comma-separated
    Column("secret", String, nullable=False),
    Column("made_by", String, nullable=False),
    _number("made_at"),
    _number("removed_at"),  # 0: not
)
DELIVERIES = Table(  # what is to be told to whom, until it was, or was given up
    "deliveries",
    METADATA,
    Column("id", String, primary_key=True),
    Column("webhook", String, nullable=False, index=True),
    Column("event", String, nullable=False),
    Column("body", String, nullable=False),
    Column("state", String, nullable=False, index=True),  # waiting, delivered, dead
    _number("tries"),
    _number("next_at"),
    Column("answer", String, nullable=False),
    _number("made_at"),
)
SETTLEMENT_DELIVERIES = Table(  # the settlement that each subscriber took up last
    "settlement_deliveries",
    METADATA,
    Column("subscriber", String, primary_key=True),
    _number("number"),
    _number("delivered_at"),
)
UPGRADES = Table(  # which version of Zhenzan brought the database to which revision, from 0014 on
    "upgrades",
    METADATA,
    Column("revision", String, primary_key=True),
    Column("zhenzan", String, nullable=False),
    _number("upgraded_at"),
)
HOMES = _checked(  # the folder that the database belongs to: one row
    "homes",
    Column("name", String, primary_key=True),
    Column("id", String, nullable=False),  # as the folder's own file has it
    _number("made_at"),
)
LEASES = Table(
    "leases",
    METADATA,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    _number("epoch"),
    _number("until"),
)
