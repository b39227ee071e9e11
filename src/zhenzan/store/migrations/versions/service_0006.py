"""The tables of the first release: of the ledger, the rewards, the service."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "service_0006"
down_revision = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(text: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(text), "postgresql_where": sa.text(text)}


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "accounts",
        sa.Column("number", LONG, autoincrement=False, nullable=False),
        sa.Column("seq", LONG, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", LONG, nullable=False),
        sa.Column("asset", LONG, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("floor", LONG, nullable=False),
        sa.Column("debits", LONG, nullable=False),
        sa.Column("credits", LONG, nullable=False),
        sa.Column("held", LONG, nullable=False),
        sa.Column("coming", LONG, nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index(op.f("ix_accounts_owner"), "accounts", ["owner"], unique=False)
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", LONG, nullable=False),
        sa.Column("revoked_at", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "appeals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", LONG, nullable=False),
        sa.Column("decided_at", LONG, nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_appeals_account"), "appeals", ["account"], unique=False)
    op.create_index(op.f("ix_appeals_state"), "appeals", ["state"], unique=False)
    op.create_table(
        "assets",
        sa.Column("number", LONG, autoincrement=False, nullable=False),
        sa.Column("seq", LONG, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("scale", sa.SmallInteger(), nullable=False),
        sa.Column("cap", LONG, nullable=False),
        sa.Column("issued", LONG, nullable=False),
        sa.Column("coming", LONG, nullable=False),
        sa.Column("serials", LONG, nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "batches",
        sa.Column("number", LONG, autoincrement=False, nullable=False),
        sa.Column("size", LONG, nullable=False),
        sa.Column("time", LONG, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("size"),
    )
    op.create_index("batches_time", "batches", ["time"], unique=False)
    op.create_table(
        "bids",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("listing", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("serial", LONG, nullable=False),
        sa.Column("bidder", sa.String(), nullable=False),
        sa.Column("asset", sa.String(), nullable=False),
        sa.Column("price", LONG, nullable=False),
        sa.Column("expires_at", LONG, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_bids_bidder"), "bids", ["bidder"], unique=False)
    op.create_index(op.f("ix_bids_listing"), "bids", ["listing"], unique=False)
    op.create_index(op.f("ix_bids_state"), "bids", ["state"], unique=False)
    op.create_table(
        "cards",
        sa.Column("asset", LONG, autoincrement=False, nullable=False),
        sa.Column("serial", LONG, autoincrement=False, nullable=False),
        sa.Column("holder", LONG, nullable=False),
        sa.Column("pending", LONG, nullable=False),
        sa.Column("moved", LONG, nullable=False),
        sa.PrimaryKeyConstraint("asset", "serial"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_cards_holder"), "cards", ["holder"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("accounts", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_at", LONG, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_cases_state"), "cases", ["state"], unique=False)
    op.create_index(op.f("ix_cases_subject"), "cases", ["subject"], unique=False)
    op.create_table(
        "codes",
        sa.Column("offer", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("redemption", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("offer", "code"),
    )
    op.create_index(op.f("ix_codes_redemption"), "codes", ["redemption"], unique=False)
    op.create_table(
        "credentials",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", LONG, nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("serial", LONG, nullable=False),
        sa.Column("right", sa.String(), nullable=False),
        sa.Column("creator", sa.String(), nullable=False),
        sa.Column("issued_at", LONG, nullable=False),
        sa.Column("expires_at", LONG, nullable=False),
        sa.Column("revoked_at", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_credentials_account"), "credentials", ["account"], unique=False)
    op.create_table(
        "decorations",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("serial", LONG, autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("frame", sa.String(), nullable=False),
        sa.Column("sticker", sa.String(), nullable=False),
        sa.Column("motto", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("edition", "serial"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("webhook", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", LONG, nullable=False),
        sa.Column("next_at", LONG, nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("made_at", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_deliveries_state"), "deliveries", ["state"], unique=False)
    op.create_index(op.f("ix_deliveries_webhook"), "deliveries", ["webhook"], unique=False)
    op.create_table(
        "entries",
        sa.Column("account", LONG, autoincrement=False, nullable=False),
        sa.Column("seq", LONG, autoincrement=False, nullable=False),
        sa.Column("debits", LONG, nullable=False),
        sa.Column("credits", LONG, nullable=False),
        sa.Column("held", LONG, nullable=False),
        sa.Column("coming", LONG, nullable=False),
        sa.PrimaryKeyConstraint("account", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "grants",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("span", sa.String(), nullable=False),
        sa.Column("granted", LONG, nullable=False),
        sa.Column("turns", LONG, nullable=False),
        sa.Column("spared", LONG, nullable=False),
        sa.Column("serials", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_grants_account"), "grants", ["account"], unique=False)
    op.create_table(
        "holds",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("amount", LONG, nullable=False),
        sa.Column("turns", sa.String(), nullable=False),
        sa.Column("until", LONG, nullable=False),
        sa.Column("frozen", sa.String(), nullable=False),
        sa.Column("frozen_at", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_holds_frozen_at"), "holds", ["frozen_at"], unique=False)
    op.create_table(
        "keys",
        sa.Column("seq", LONG, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("epoch", LONG, nullable=False),
        sa.Column("until", LONG, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "levels",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("ladder", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("account", "ladder", "scope"),
    )
    op.create_table(
        "listings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("serial", LONG, nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("asset", sa.String(), nullable=False),
        sa.Column("price", LONG, nullable=False),
        sa.Column("ends_at", LONG, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_listings_seller"), "listings", ["seller"], unique=False)
    op.create_index(op.f("ix_listings_state"), "listings", ["state"], unique=False)
    op.create_index("listings_card", "listings", ["edition", "serial"], unique=False)
    op.create_table(
        "owners",
        sa.Column("number", LONG, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("erased_seq", LONG, nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("erased_seq"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "pendings",
        sa.Column("seq", LONG, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("debit", LONG, nullable=False),
        sa.Column("credit", LONG, nullable=False),
        sa.Column("asset", LONG, nullable=False),
        sa.Column("amount", LONG, nullable=False),
        sa.Column("expires_at", LONG, nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("serial", LONG, nullable=False),
        sa.Column("resolution", sa.SmallInteger(), nullable=False),
        sa.Column("resolved", LONG, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(
        "pendings_coming",
        "pendings",
        ["credit"],
        unique=False,
        **_where("resolution = 0"),
    )
    op.create_index("pendings_debit", "pendings", ["debit", "expires_at"], unique=False)
    op.create_index("pendings_group", "pendings", ["group"], unique=False)
    op.create_index("pendings_open", "pendings", ["resolution", "expires_at"], unique=False)
    op.create_table(
        "policies",
        sa.Column("number", LONG, autoincrement=False, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", LONG, nullable=False),
        sa.Column("published_at", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "redemptions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("offer", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reserved_at", LONG, nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_redemptions_account"), "redemptions", ["account"], unique=False)
    op.create_index(op.f("ix_redemptions_state"), "redemptions", ["state"], unique=False)
    op.create_table(
        "rentals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("serial", LONG, nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("renter", sa.String(), nullable=False),
        sa.Column("begins", LONG, nullable=False),
        sa.Column("ends", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_rentals_renter"), "rentals", ["renter"], unique=False)
    op.create_index("rentals_card", "rentals", ["edition", "serial"], unique=False)
    op.create_table(
        "requests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("made_at", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_requests_made_at"), "requests", ["made_at"], unique=False)
    op.create_table(
        "reversals",
        sa.Column("seq", LONG, autoincrement=False, nullable=False),
        sa.Column("amount", LONG, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "sales",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("serial", LONG, nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("buyer", sa.String(), nullable=False),
        sa.Column("asset", sa.String(), nullable=False),
        sa.Column("price", LONG, nullable=False),
        sa.Column("time", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_sales_buyer"), "sales", ["buyer"], unique=False)
    op.create_index(op.f("ix_sales_seller"), "sales", ["seller"], unique=False)
    op.create_table(
        "seals",
        sa.Column("seq", LONG, autoincrement=False, nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("row", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("expires_at", LONG, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "tiles",
        sa.Column("level", LONG, autoincrement=False, nullable=False),
        sa.Column("number", LONG, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number"),
    )
    op.create_table(
        "transfers",
        sa.Column("seq", LONG, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("debit", LONG, nullable=False),
        sa.Column("credit", LONG, nullable=False),
        sa.Column("asset", LONG, nullable=False),
        sa.Column("amount", LONG, nullable=False),
        sa.Column("phase", sa.SmallInteger(), nullable=False),
        sa.Column("pending", LONG, nullable=False),
        sa.Column("expires_at", LONG, nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("reverses", LONG, nullable=False),
        sa.Column("serial", LONG, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(
        "transfers_card",
        "transfers",
        ["asset", "serial"],
        unique=False,
        **_where("serial > 0"),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("events", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", LONG, nullable=False),
        sa.Column("removed_at", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
